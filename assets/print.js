// For paper: a head that says what the page shows, as of when and where, and the loaded orders as a plain table.
(() => {
  const GRID = "orders-grid";
  const words = (selector) => document.querySelector(selector)?.textContent.trim() ?? "";

  const line = (text, className) => {
    const part = document.createElement("div");
    part.className = className;
    part.textContent = text;
    return part;
  };

  const head = () => {
    const picked = [...document.querySelectorAll(".picker-button")].map((button) =>
      [...button.querySelectorAll(".picker-label, .picker-value")].map((part) => part.textContent).join(" "),
    );
    const told = [...picked, words(".as-of"), words(".zone-name")].filter(Boolean).join(" · ");
    const made = document.createElement("div");
    made.className = "print-made print-head";
    made.append(line(words(".brand"), "print-brand"), line(told, "print-told"), line(location.href, "print-url"));
    return made;
  };

  const cells = (tag, texts) => {
    const row = document.createElement("tr");
    for (const text of texts) {
      const cell = document.createElement(tag);
      cell.textContent = text ?? "";
      row.append(cell);
    }
    return row;
  };

  const orders = (api) => {
    const columns = api.getAllDisplayedColumns().map((column) => column.getColDef());
    const table = document.createElement("table");
    table.className = "print-made print-orders";
    table.createTHead().append(cells("th", columns.map((column) => column.headerName)));
    const body = table.createTBody();
    api.forEachNode((node) => {
      if (node.data) body.append(cells("td", columns.map((column) => node.data[column.field])));
    });
    return table;
  };

  const clear = () => document.querySelectorAll(".print-made").forEach((part) => part.remove());

  window.addEventListener("beforeprint", () => {
    clear();
    document.getElementById("main")?.prepend(head());
    const frame = document.querySelector(".orders-frame");
    if (!frame) return;
    try {
      frame.after(orders(window.dash_ag_grid.getApi(GRID)));
    } catch {
      // no rows came yet: the panel's head says how many there are, and where the whole list is
    }
  });
  window.addEventListener("afterprint", clear);
})();
