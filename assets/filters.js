// Forms that filter a page by its address: what is left empty is left out of it, and the page is not loaded anew.
(() => {
  document.addEventListener("submit", (event) => {
    const form = event.target.closest?.("form[data-filters]");
    if (!form) return;
    event.preventDefault();
    const filled = [...new FormData(form)].map(([name, value]) => [name, String(value).trim()]).filter(([, value]) => value);
    const query = new URLSearchParams(filled).toString();
    window.history.pushState({}, "", new URL(form.action).pathname + (query ? `?${query}` : ""));
    window.dispatchEvent(new CustomEvent("_dashprivate_pushstate"));
  });
})();
