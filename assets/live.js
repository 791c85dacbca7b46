// The live client: keeps the open page equal to what the server would build now, and says when it cannot.
(() => {
  "use strict";

  const SHORTEST_WAIT = 300;
  const LONGEST_WAIT = 12_000;
  const SILENCE = 20_000; // the server speaks at least every 5 s
  const GRACE = 1_500; // a restart shorter than this is not worth a word
  const SIGNED_OUT = 4401;
  const SWITCHED_OFF = 4403;
  const GRID = "orders-grid";
  const GRID_PAUSE = 2_000;

  const clientside = (window.dash_clientside = window.dash_clientside || {});

  let socket = null;
  let shown = null; // what the page shows: url, lang, theme, shape, zone
  let seq = 0;
  let generation = null;
  let wait = SHORTEST_WAIT;
  let heard = Date.now();
  let timer = null;
  let lost = null; // when the connection or the server's data was lost
  let warning = null;
  let gridRefreshed = 0;
  let gridTimer = null;

  // What the system prefers, for the server to draw the first view by; a choice of the person's outranks it.
  const scheme = window.matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
  document.cookie = `scheme=${scheme}; path=/; max-age=31536000; SameSite=Lax`;

  function subscribe() {
    seq = 0;
    if (socket?.readyState === WebSocket.OPEN && shown) {
      const { url, lang, theme, shape } = shown;
      socket.send(JSON.stringify({ url, lang, theme, shape: shape || "" }));
    }
  }

  function connect() {
    clearTimeout(timer);
    if (socket) {
      socket.onclose = socket.onmessage = socket.onopen = null;
      socket.close();
    }
    const mine = new WebSocket(`${location.origin.replace(/^http/, "ws")}/live`);
    socket = mine;
    heard = Date.now();
    mine.onopen = subscribe;
    mine.onmessage = ({ data }) => {
      heard = Date.now();
      document.documentElement.dataset.heard = String(heard); // a watcher may ask
      wait = SHORTEST_WAIT;
      hear(JSON.parse(data));
    };
    mine.onclose = ({ code }) => {
      if (socket !== mine) return;
      socket = null;
      if (code === SIGNED_OUT || code === SWITCHED_OFF) {
        leave(code);
        return;
      }
      isLost(new Date());
      timer = setTimeout(connect, wait * (0.5 + Math.random()));
      wait = Math.min(LONGEST_WAIT, wait * 1.8);
    };
  }

  // Nothing stays on the screen that its viewer may not see any more. The server says why: at the very address of a
  // display that was switched off, else where to sign in.
  function leave(code) {
    const here = location.pathname + location.search;
    document.getElementById("page")?.replaceChildren();
    if (code === SWITCHED_OFF) location.replace(here);
    else location.replace(`/login${here === "/" ? "" : `?next=${encodeURIComponent(here)}`}`);
  }

  function hear(message) {
    if (message.state) {
      if (message.state === "failed") isLost(new Date(message.since));
      else isBack();
      return;
    }
    const { url, lang, theme } = shown;
    if (JSON.stringify(message.view) !== JSON.stringify([url, lang, theme])) return;
    if (message.base !== null && message.base !== seq) {
      subscribe();
      return;
    }
    if (!apply(message.props)) {
      shown.shape = ""; // the page is not what the server thinks it is: ask for all of it
      setTimeout(subscribe, 1_000);
      return;
    }
    seq = message.seq;
    shown.shape = message.shape;
    document.documentElement.dataset.asOf = message.as_of;
    if (generation !== null && generation !== message.generation) refreshGrid();
    generation = message.generation;
  }

  function apply(parts) {
    for (const [id, props] of Object.entries(parts)) {
      if (!document.getElementById(id)) return false;
      clientside.set_props(id, props);
    }
    return true;
  }

  // The rows are sorted and filtered by the server: ask again for the blocks in view, which keeps the scroll.
  function refreshGrid() {
    if (gridTimer || !document.getElementById(GRID)) return;
    gridTimer = setTimeout(
      () => {
        gridTimer = null;
        gridRefreshed = Date.now();
        try {
          window.dash_ag_grid?.getApi(GRID)?.refreshInfiniteCache();
        } catch {
          // the grid is not there yet; it asks for its rows by itself
        }
      },
      Math.max(0, gridRefreshed + GRID_PAUSE - Date.now()),
    );
  }

  function isLost(since) {
    if (lost) return;
    lost = since;
    warning = setTimeout(say, GRACE);
  }

  function isBack() {
    clearTimeout(warning);
    lost = null;
    say();
  }

  function say() {
    document.documentElement.dataset.connection = lost ? "lost" : "live";
    if (!document.getElementById("connection-lost")) return;
    if (lost) clientside.set_props("connection-lost-time", { children: timeOf(lost) });
    clientside.set_props("connection-lost", { hidden: !lost });
  }

  function timeOf(instant) {
    const language = shown?.lang === "zh" ? "zh-CN" : "en-GB";
    const options = { hour: "2-digit", minute: "2-digit", second: "2-digit", timeZone: shown?.zone };
    return new Intl.DateTimeFormat(language, options).format(instant);
  }

  function dress(lang, theme) {
    const root = document.documentElement;
    root.lang = lang === "zh" ? "zh-Hans" : lang;
    root.dataset.theme = theme;
    const title = document.querySelector(".title-own")?.textContent;
    const brand = document.querySelector(".brand")?.textContent;
    document.title = [title, brand].filter(Boolean).join(" · ");
  }

  clientside.lifeline = {
    // The page in the browser became another one.
    show(data) {
      if (!data) return;
      const path = (url) => url.split("?")[0];
      const moved = shown && path(shown.url) !== path(data.url);
      shown = { ...data };
      window.dispatchEvent(new CustomEvent("page-shown", { detail: data }));
      if (lost) setTimeout(say);
      setTimeout(() => dress(data.lang, data.theme));
      if (moved) {
        window.scrollTo(0, 0);
        setTimeout(() => document.getElementById("main")?.focus({ preventScroll: true }));
      }
      if (socket) subscribe();
      else connect();
    },
  };

  // Asleep, in the background or offline, a socket dies without a word.
  let ticked = Date.now();
  setInterval(() => {
    const slept = Date.now() - ticked > 10_000;
    ticked = Date.now();
    if (shown && (slept || (socket?.readyState === WebSocket.OPEN && ticked - heard > SILENCE))) connect();
  }, 2_000);
  document.addEventListener("visibilitychange", () => {
    if (shown && !document.hidden && Date.now() - heard > 10_000) connect();
  });
  window.addEventListener("online", () => shown && connect());
})();
