/* Keys: "/" goes to the search box, Escape leaves it or a menu, arrows walk through a menu. Menus close when left. */
(() => {
  const openMenus = () => document.querySelectorAll("details.picker[open]");
  const options = (menu) => [...menu.querySelectorAll("a.picker-option")].filter((link) => link.offsetParent);

  const walk = (menu, from, step) => {
    const links = options(menu);
    const next = links[(links.indexOf(from) + step + links.length) % links.length];
    if (next) next.focus();
  };

  document.addEventListener("keydown", (event) => {
    const menu = event.target.closest("details.picker[open]");
    const box = document.getElementById("search");
    const typing = event.target.closest("input, textarea, select, [contenteditable='true']");
    if (event.key === "/" && box && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
      event.preventDefault();
      box.focus();
      box.select();
    } else if (event.key === "Escape" && menu) {
      menu.open = false;
      menu.querySelector("summary").focus();
    } else if (event.key === "Escape" && event.target === box) {
      box.blur();
    } else if (menu && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
      event.preventDefault();
      walk(menu, event.target, event.key === "ArrowDown" ? 1 : -1);
    }
  });

  document.addEventListener("click", (event) => {
    const chosen = event.target.closest("a.picker-option");
    openMenus().forEach((menu) => {
      if (chosen || !menu.contains(event.target)) menu.open = false;
    });
  });

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
