/* Keys. A part marked data-shortcut="g l" is clicked when its keys are pressed; the rest is search, menus, walking,
   the window, printing and the panel that lists them all. Nothing is heard while a person types. */
(() => {
  const PATIENCE = 1500; // how long a "g" waits for its letter
  let begun = null;
  let timer = null;

  const openMenus = () => document.querySelectorAll("details.picker[open]");
  const seen = (part) => part.offsetParent !== null;
  const options = (menu) => [...menu.querySelectorAll(".picker-option")].filter(seen);

  const walk = (links, from, step) => {
    const at = links.indexOf(from);
    const next = at < 0 ? links[step > 0 ? 0 : links.length - 1] : links[(at + step + links.length) % links.length];
    next?.focus();
  };

  const press = (keys) => {
    const part = document.querySelector(`[data-shortcut="${CSS.escape(keys)}"]`);
    const target = part?.matches("a, button") ? part : part?.querySelector("a, button");
    target?.click();
    return Boolean(target);
  };

  const turnWindow = (step) => {
    const list = [...document.querySelectorAll("#window-picker a.picker-option")];
    const now = list.findIndex((link) => link.closest("[aria-current]"));
    list[now + step]?.click();
  };

  const search = () => {
    const box = document.getElementById("search");
    box?.focus();
    box?.select();
  };

  const toggleHelp = () => {
    const panel = document.getElementById("keys");
    if (panel?.open) panel.close();
    else panel?.showModal();
  };

  const walkNodes = (step) => {
    if (press(step > 0 ? "j" : "k")) return;
    const links = [...document.querySelectorAll(".chain-link, .sources-table .source-nodes a")].filter(seen);
    walk(links, document.activeElement, step);
  };

  const acts = {
    "?": toggleHelp,
    "/": search,
    j: () => walkNodes(1),
    k: () => walkNodes(-1),
    "[": () => turnWindow(-1),
    "]": () => turnWindow(1),
    t: () => press("t"),
    L: () => press("L"),
    z: () => press("z"),
    p: () => window.print(),
    r: () => press("r"),
  };

  const forget = () => {
    begun = null;
    clearTimeout(timer);
  };

  const hear = (event) => {
    if (document.querySelector("dialog[open]") && event.key !== "?") return;
    if (begun) {
      const known = press(`${begun} ${event.key}`);
      forget();
      if (known) event.preventDefault();
      return;
    }
    if (event.key === "g") {
      begun = "g";
      timer = setTimeout(forget, PATIENCE);
    } else if (Object.hasOwn(acts, event.key)) {
      event.preventDefault();
      acts[event.key]();
    }
  };

  document.addEventListener("keydown", (event) => {
    if (event.isComposing || event.defaultPrevented) return;
    const menu = event.target.closest?.("details.picker[open]");
    const typing = event.target.closest?.("input, textarea, select, [contenteditable='true']");
    if (event.key === "Escape" && menu) {
      menu.open = false;
      menu.querySelector("summary").focus();
    } else if (event.key === "Escape" && typing?.id === "search") {
      typing.blur();
    } else if (menu && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
      event.preventDefault();
      walk(options(menu), event.target, event.key === "ArrowDown" ? 1 : -1);
    } else if (event.target.closest?.(".search") && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
      event.preventDefault();
      walk([...document.querySelectorAll(".search-list a")], event.target, event.key === "ArrowDown" ? 1 : -1);
    } else if (event.target.closest?.(".chain") && (event.key === "ArrowRight" || event.key === "ArrowLeft")) {
      event.preventDefault();
      walkNodes(event.key === "ArrowRight" ? 1 : -1);
    } else if (!typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
      hear(event);
    }
  });

  document.addEventListener("click", (event) => {
    const { opens, closes } = event.target.closest?.("[data-opens], [data-closes]")?.dataset ?? {};
    if (opens) document.getElementById(opens)?.showModal();
    const panel = document.getElementById("keys");
    if (closes || event.target === panel) panel?.close(); // a click beside the panel falls on the dialog itself
    const chosen = event.target.closest?.(".picker-option");
    openMenus().forEach((menu) => {
      if (chosen || !menu.contains(event.target)) menu.open = false;
    });
  });

  // A menu that opens below the edge of the screen comes up; a finder's box takes what is typed.
  document.addEventListener(
    "toggle",
    ({ target }) => {
      if (!target.open || !target.matches("details.picker")) return;
      target.querySelector(".picker-menu")?.scrollIntoView({ block: "nearest" });
      if (target.matches(".finder")) target.querySelector("input")?.focus({ preventScroll: true });
    },
    true,
  );

  document.addEventListener("focusin", (event) => {
    openMenus().forEach((menu) => {
      if (!menu.contains(event.target)) menu.open = false;
    });
  });

  document.addEventListener("input", (event) => {
    const menu = event.target.closest(".picker-menu");
    if (!menu) return;
    const wanted = event.target.value.trim().toLowerCase();
    menu.querySelectorAll("li").forEach((item) => {
      item.style.display = item.textContent.toLowerCase().includes(wanted) ? "" : "none";
    });
  });
})();
