// What the list of orders needs in the browser: links in cells, and the words for an empty list.
(() => {
  const components = (window.dashAgGridComponentFunctions = window.dashAgGridComponentFunctions || {});
  const functions = (window.dashAgGridFunctions = window.dashAgGridFunctions || {});

  components.OrderLink = ({ value, data }) =>
    data ? React.createElement(window.dash_core_components.Link, { href: data._href, className: "order-link", children: value }) : null;

  functions.gridUpdated = ({ api }) => {
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
