/* What a wall needs beside the live client: turns of scenes, a clock that goes on, no sleep, no pointer, full screen,
   grey when nothing is heard, and a safe reload when the server serves another edition or the page has died. */
(() => {
  "use strict";

  const BEAT = 500;
  const REST = 3_000; // a pointer that rests this long is hidden
  const BEHIND = 120_000;
  const STALE = 900_000; // as the server judges its sources
  const DEAD = 45_000; // so long may a page be nothing but its document
  const DEAF = 300_000; // so long may a page hear nothing while the server is well
  const SHORTEST_RELOAD = 60_000;
  const LONGEST_RELOAD = 1_800_000;
  const FULL_HEAP = 0.7;
  const CHECK = 15_000;
  const OFTEN = "wall-reloads"; // in the tab's own storage: how many reloads in a row did not help

  const root = document.documentElement;
  const isPlace = () => location.pathname.replace(/\/+$/, "") === "/wall";
  const content = () => document.querySelector(".wall-content");
  const born = Date.now();

  // Before the first view is there: no white flash on a dark wall.
  if (isPlace() && !root.dataset.theme) root.dataset.theme = new URLSearchParams(location.search).get("theme") ?? "wall";

  // ---- scenes ------------------------------------------------------------------------------------------------------

  let ahead = 0; // by how much a hand has moved the turns
  let held = null; // the instant at which they were stopped

  function turns() {
    const scenes = document.querySelectorAll(".wall-scene").length;
    const every = Number(content()?.dataset.every ?? 0) * 1000;
    return scenes > 1 && every > 0 ? { scenes, every } : null;
  }

  function turn() {
    const known = turns();
    if (!known) {
      delete root.dataset.scene;
      return;
    }
    const { scenes, every } = known;
    const at = (((held ?? Date.now()) + ahead) % (every * scenes) + every * scenes) % (every * scenes);
    const place = Math.floor(at / every);
    if (root.dataset.scene !== String(place)) root.dataset.scene = String(place);
    const bar = document.querySelector(".wall-turns");
    bar?.classList.toggle("is-held", held !== null);
    bar?.querySelectorAll(".wall-turn").forEach((button, number) => {
      if (number === place) {
        button.setAttribute("aria-current", "true");
        button.style.setProperty("--gone", ((at % every) / every).toFixed(3));
      } else if (button.hasAttribute("aria-current")) {
        button.removeAttribute("aria-current");
        button.style.removeProperty("--gone");
      }
    });
  }

  // To the beginning of a scene: of a number, or so many further.
  function turnTo(number) {
    const known = turns();
    if (!known) return;
    const { scenes, every } = known;
    const target = (((number % scenes) + scenes) % scenes) * every;
    const now = held ?? Date.now();
    ahead = target - (now % (every * scenes));
    turn();
  }

  const turnBy = (step) => turnTo(Number(root.dataset.scene ?? 0) + step);

  function hold() {
    if (!turns()) return;
    if (held === null) {
      held = Date.now();
    } else {
      ahead += held - Date.now(); // it goes on where it was stopped
      held = null;
    }
    turn();
  }

  // ---- a clock and a judgement of age while nothing is heard -------------------------------------------------------

  let offset = 0; // of the server's clock to this one
  let told = null;
  let lostAt = null;

  function age() {
    const { connection } = root.dataset;
    const asOf = root.dataset.asOf ?? document.querySelector(".wall-clock")?.dateTime; // cut off before a first word
    if (asOf && asOf !== told) {
      told = asOf;
      offset = Date.parse(asOf) - Date.now();
    }
    if (connection !== "lost") {
      lostAt = null;
      delete root.dataset.wall;
      return;
    }
    lostAt ??= Date.now();
    const gone = Date.now() - lostAt;
    const level = gone > STALE ? "stale" : gone > BEHIND ? "behind" : "lost";
    if (root.dataset.wall !== level) root.dataset.wall = level;
    const clock = document.querySelector(".wall-clock");
    if (told && clock && content()?.dataset.lives) {
      const options = { hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone: content().dataset.zone };
      const text = new Intl.DateTimeFormat("en-GB", options).format(new Date(Date.now() + offset));
      if (clock.textContent !== text) window.dash_clientside.set_props("live:wall-clock", { children: text });
    }
  }

  // ---- no sleep ----------------------------------------------------------------------------------------------------

  let lock = null;
  let asking = false;

  async function stayAwake() {
    if (!content() || document.hidden) {
      if (!content()) lock?.release();
      return;
    }
    if (lock || asking || !navigator.wakeLock) return; // the browser offers it on https and on this machine only
    asking = true;
    try {
      lock = await navigator.wakeLock.request("screen");
      lock.addEventListener("release", () => {
        lock = null;
      });
    } catch {
      // refused, for a low battery say: it is asked again
    }
    asking = false;
  }
  document.addEventListener("visibilitychange", stayAwake);

  // ---- the hand ----------------------------------------------------------------------------------------------------

  let resting = null;
  function moved() {
    if (!content()) return;
    root.dataset.pointer = "moving";
    clearTimeout(resting);
    resting = setTimeout(() => {
      root.dataset.pointer = "resting";
    }, REST);
  }
  document.addEventListener("pointermove", moved, { passive: true });

  async function fill() {
    try {
      if (document.fullscreenElement) await document.exitFullscreen();
      else await root.requestFullscreen({ navigationUI: "hide" });
    } catch {
      // the browser does not let it
    }
  }

  document.addEventListener("click", (event) => {
    if (!content()) return;
    const target = event.target;
    const button = target.closest?.(".wall-turn");
    if (target.closest?.("[data-fullscreen]")) fill();
    else if (button) {
      turnTo([...button.parentElement.children].indexOf(button));
      if (event.detail) button.blur(); // a hand that pressed it means the next key for the wall
    } else if (!document.fullscreenElement && target.closest?.(".wall") && !target.closest("a, button")) fill();
  });

  document.addEventListener("keydown", (event) => {
    if (!content() || event.defaultPrevented || event.isComposing) return;
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.closest?.("dialog, input, textarea")) return;
    const onPart = event.target.closest?.("a, button, .chain");
    const acts = {
      f: fill,
      ...(onPart ? {} : { " ": hold, ArrowRight: () => turnBy(1), ArrowLeft: () => turnBy(-1) }),
    };
    if (!Object.hasOwn(acts, event.key)) return;
    event.preventDefault();
    acts[event.key]();
  });

  // ---- a safe reload -----------------------------------------------------------------------------------------------

  let edition = null;
  let heardAt = Date.now();
  let heard = null;
  let checked = 0;
  let checking = false;

  function reason() {
    if (!content()) return Date.now() - born > DEAD ? "dead" : null;
    const serves = content().dataset.edition;
    edition ??= serves ?? null;
    if (serves && edition && serves !== edition) return "edition";
    const { heard: now } = root.dataset;
    if (now !== heard) {
      heard = now;
      heardAt = Date.now();
    }
    if (Date.now() - heardAt > DEAF) return "deaf";
    const { memory } = performance;
    return memory && memory.usedJSHeapSize > FULL_HEAP * memory.jsHeapSizeLimit ? "full" : null;
  }

  async function isWell(address) {
    try {
      return (await fetch(address, { cache: "no-store" })).ok;
    } catch {
      return false;
    }
  }

  // Only into a server that answers with a page, and ever more rarely while it does not help.
  async function reloadIfNeeded() {
    if (checking || !isPlace()) return;
    checking = true;
    const why = reason();
    const often = Number(sessionStorage.getItem(OFTEN) ?? 0);
    const wait = Math.min(LONGEST_RELOAD, SHORTEST_RELOAD * 2 ** often);
    if (!why) {
      if (often && Date.now() - born > LONGEST_RELOAD) sessionStorage.removeItem(OFTEN);
    } else if (Date.now() - born > (why === "edition" && !often ? 0 : wait)) {
      if ((await isWell("/healthz")) && (await isWell(location.href))) {
        sessionStorage.setItem(OFTEN, String(Math.min(often + 1, 10)));
        location.reload();
      }
    }
    checking = false;
  }

  // ---- one beat for all --------------------------------------------------------------------------------------------

  setInterval(() => {
    if (content()) {
      root.dataset.pointer ??= "resting";
      turn();
      age();
    } else {
      delete root.dataset.scene;
      delete root.dataset.wall;
      delete root.dataset.pointer;
    }
    if (Date.now() - checked > CHECK) {
      checked = Date.now();
      stayAwake();
      reloadIfNeeded();
    }
  }, BEAT);
})();
