/* Which orders of the node's list are meant: those that are ticked, or all that match. What it says of them, and what
   the dialog of acting asks it for. */
(() => {
  "use strict";

  const GRID = "orders-grid";

  let everyOne = false; // all that match are meant, not only those that are ticked

  const part = (id) => document.getElementById(id);

  const grid = () => {
    if (!part(GRID)) return null;
    try {
      return window.dash_ag_grid?.getApi(GRID) ?? null;
    } catch {
      return null; // it is not drawn yet
    }
  };

  const ticked = () => {
    const rows = grid()?.getSelectedRows() ?? [];
    return [...new Set(rows.map((row) => row.order_id))];
  };

  const matching = (api) => (api.isLastRowIndexKnown() ? api.getDisplayedRowCount() : 0);

  // How many orders are meant; 0 where there is no list.
  const count = (api = grid()) => {
    if (!api) return 0;
    return everyOne ? matching(api) : ticked().length;
  };

  const words = (holder, number) => {
    const { one, many } = holder.dataset;
    const format = new Intl.NumberFormat(document.documentElement.lang.startsWith("zh") ? "zh-CN" : "en-GB");
    return (number === 1 && one ? one : many).replace("{count}", format.format(number));
  };

  const say = (id, text) => {
    const place = part(id);
    if (place && place.textContent !== text) place.textContent = text;
  };

  // The hub may draw the buttons anew at any time, as they are where nothing is ticked.
  let watched = null;
  const drawnAnew = new MutationObserver(() => showSelection());
  const watchButtons = () => {
    const buttons = document.querySelector(".orders .acting-bar");
    if (!buttons || buttons === watched) return;
    drawnAnew.disconnect();
    drawnAnew.observe(buttons, { childList: true, subtree: true });
    watched = buttons;
  };

  const showSelection = () => {
    const bar = part("acting-selection");
    const api = grid();
    if (!bar || !api) return;
    watchButtons();
    const all = matching(api);
    const meant = count(api);
    bar.classList.toggle("has-selection", meant > 0);
    bar.classList.toggle("has-all", everyOne || (all > 0 && meant >= all));
    bar.classList.toggle("has-rows", all > 0);
    say("acting-count", words(part("acting-count"), meant));
    say("acting-all", words(part("acting-all"), all));
    document.querySelectorAll(".orders [data-act]").forEach((button) => {
      button.setAttribute("aria-disabled", String(meant === 0));
    });
  };

  const clear = () => {
    everyOne = false;
    grid()?.deselectAll();
    showSelection();
  };

  const selectLoaded = (api) => {
    const nodes = [];
    api.forEachNode((node) => {
      if (node.data && !node.isSelected()) nodes.push(node);
    });
    if (nodes.length) api.setNodesSelected({ nodes, newValue: true, source: "api" });
  };

  window.addEventListener("acting-grid", ({ detail: { api, type, source } }) => {
    if (type === "filterChanged") everyOne = false;
    if (type === "selectionChanged" && everyOne && source !== "api") everyOne = false; // one was unticked
    if (everyOne) selectLoaded(api);
    showSelection();
  });

  const asked = () => {
    const api = grid();
    const title = document.querySelector("h1 .title-own")?.textContent ?? "";
    if (everyOne && api) return { every: true, filters: api.getFilterModel(), title };
    return { orders: ticked(), title };
  };

  document.addEventListener("click", ({ target }) => {
    const control = target.closest?.("#acting-all, #acting-none");
    if (control?.id === "acting-none") clear();
    else if (control) {
      everyOne = true;
      selectLoaded(grid());
      showSelection();
    }
  });

  window.actingSelection = { asked, clear, count };
})();
