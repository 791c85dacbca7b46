// What the list of orders needs in the browser: links in cells, and the words for an empty list.
(() => {
  const components = (window.dashAgGridComponentFunctions = window.dashAgGridComponentFunctions || {});
  const functions = (window.dashAgGridFunctions = window.dashAgGridFunctions || {});

  // dcc.Link would hide itself while anything loads: outside the layout it cannot tell whose loading it is.
  const follow = (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey || event.button) return;
    event.preventDefault();
    window.history.pushState({}, "", event.currentTarget.href);
    window.dispatchEvent(new CustomEvent("_dashprivate_pushstate"));
    window.scrollTo(0, 0);
  };

  components.OrderLink = ({ value, data }) =>
    data ? React.createElement("a", { href: data._href, className: "order-link", onClick: follow }, value) : null;

  functions.gridUpdated = ({ api, type, source }) => {
    window.dispatchEvent(new CustomEvent("acting-grid", { detail: { api, type, source } }));
    const frame = document.querySelector(`[grid-id="${api.getGridId()}"]`)?.closest(".orders-frame");
    if (!frame) return;
    const empty = api.isLastRowIndexKnown() && api.getDisplayedRowCount() === 0;
    const filtered = Object.keys(api.getFilterModel()).length > 0;
    frame.classList.toggle("shows-empty", empty && !filtered);
    frame.classList.toggle("shows-no-match", empty && filtered);
  };

  document.addEventListener("click", (event) => {
    const id = event.target.closest?.("[data-clears]")?.dataset.clears;
    if (id) window.dash_ag_grid.getApi(id)?.setFilterModel(null);
  });
})();
