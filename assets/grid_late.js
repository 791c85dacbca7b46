// The grid is more than half of all script, and few pages have one: it is fetched when the first is to be drawn.
(() => {
  const source = document.getElementById("late-grid")?.dataset.source;
  if (!source) return;
  const again = 2000;

  const arrive = (resolve) => {
    const script = document.createElement("script");
    script.src = source;
    script.onload = () => {
      const { AgGrid } = window.dash_ag_grid;
      // The same component before and after, or Dash would throw the first grid away and draw it anew.
      window.dash_ag_grid = { ...window.dash_ag_grid, AgGrid: late };
      resolve({ default: AgGrid });
    };
    script.onerror = () => {
      script.remove();
      window.setTimeout(() => arrive(resolve), again);
    };
    document.head.append(script);
  };

  const Grid = React.lazy(() => new Promise(arrive));
  const late = (props) =>
    React.createElement(React.Suspense, { fallback: null }, React.createElement(Grid, props));
  late.dashRenderType = true; // as the grid itself says: Dash then tells it why it is drawn
  window.dash_ag_grid = { AgGrid: late };
})();
