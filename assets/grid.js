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

  const gridOf = (api) => document.querySelector(`[grid-id="${api.getGridId()}"]`);

  // Columns are measured in pixels of a font of 16; where the page's font is larger, all that is in them is too.
  const USUAL = 16;
  const scales = new WeakMap();
  const fit = (api) => {
    const scale = parseFloat(getComputedStyle(document.documentElement).fontSize) / USUAL;
    const ratio = scale / (scales.get(api) ?? 1);
    scales.set(api, scale);
    if (Math.abs(ratio - 1) < 0.01) return;
    const sizes = (column) => ["minWidth", "maxWidth", ...(column.flex ? [] : ["width"])].filter((name) => column[name]);
    const scaled = (column) => ({
      ...column,
      ...Object.fromEntries(sizes(column).map((name) => [name, Math.round(column[name] * ratio)])),
    });
    const ticks = api.getGridOption("selectionColumnDef");
    if (ticks) api.setGridOption("selectionColumnDef", scaled(ticks));
    api.setGridOption("columnDefs", api.getColumnDefs().map(scaled));
  };

  // Where there is no room for all columns, those that can be spared are left out, rather than the last ones cut.
  const spare = (api) => {
    const width = gridOf(api)?.clientWidth;
    if (!width) return;
    const columns = api.getColumns() ?? [];
    const spared = columns.filter((column) => column.getColDef().context?.spare);
    const needed = columns.reduce((sum, column) => sum + column.getMinWidth(), 0);
    const wrong = spared.filter((column) => column.isVisible() !== needed <= width);
    if (wrong.length) api.setColumnsVisible(wrong, needed <= width);
  };

  functions.gridUpdated = ({ api, type, source }) => {
    fit(api);
    spare(api);
    window.dispatchEvent(new CustomEvent("acting-grid", { detail: { api, type, source } }));
    const frame = gridOf(api)?.closest(".orders-frame");
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
