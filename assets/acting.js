/* Acting: which orders are ticked, and the dialog that previews, asks for a reason, applies and undoes.

   The server holds the state; what is sent is one command at a time, sent again until it is answered. A command that
   changes something carries a key, so that the server does it once however often it comes. The last one is kept for as
   long as the tab lives: who loads the page anew sees what came of it. */
(() => {
  "use strict";

  const GRID = "orders-grid";
  const DIALOG = "acting";
  const COMMAND = "acting-command";
  const KEPT = "acting";
  const LOOK = 600;
  const LOOK_ASIDE = 2_000;
  const ANSWER = 8_000; // after so long without an answer a command is sent again

  const clientside = (window.dash_clientside = window.dash_clientside || {});

  let told = 0;
  let pending = null;
  let timer = null;
  let looking = null;
  let state = {};
  let everyOne = false; // all that match are meant, not only those that are ticked

  const dialog = () => document.getElementById(DIALOG);
  const part = (id) => document.getElementById(id);

  const grid = () => {
    if (!document.getElementById(GRID)) return null;
    try {
      return window.dash_ag_grid?.getApi(GRID) ?? null;
    } catch {
      return null; // it is not drawn yet
    }
  };

  // ---- commands

  const keep = (command) => {
    try {
      if (command) sessionStorage.setItem(KEPT, JSON.stringify(command));
      else sessionStorage.removeItem(KEPT);
    } catch {
      // a browser that keeps nothing still acts
    }
  };

  const post = () => {
    clearTimeout(timer);
    if (!pending) return;
    told += 1;
    clientside.set_props(COMMAND, { data: { ...pending, told: `${Date.now()}-${told}` } });
    timer = setTimeout(() => {
      dialog()?.classList.add("is-late");
      post();
    }, ANSWER);
  };

  const send = (command) => {
    clearTimeout(looking);
    told += 1;
    pending = { ...command, number: `${Date.now()}-${told}` };
    dialog()?.classList.add("is-waiting");
    if (command.do === "apply" || command.do === "undo") keep(command);
    post();
  };

  const params = () =>
    Object.fromEntries(
      [...document.querySelectorAll("#acting [data-param]")].map((field) => [field.dataset.param, field.value.trim().replace(/\s+/g, " ")]),
    );

  const reason = () => part("acting-reason")?.value.trim() ?? "";

  const lacks = (field) => {
    field?.classList.add("is-lacking");
    field?.setAttribute("aria-invalid", "true");
    field?.focus();
  };

  const preview = () => send({ do: "preview", ask: state.ask, params: params() });

  const apply = () => {
    if (pending && pending.do !== "look") return;
    if (!reason()) {
      lacks(part("acting-reason"));
      return;
    }
    if (state.step === "undo") send({ do: "undo", action: state.action, key: state.key, reason: reason() });
    else send({ do: "apply", preview: state.preview, key: state.key, reason: reason() });
  };

  const open = () => {
    if (dialog() && !dialog().open) dialog().showModal();
    aside();
  };

  // What it showed last time is gone before the new is there.
  const openAnew = (command) => {
    state = {};
    dialog()?.classList.add("is-opening");
    open();
    send(command);
  };

  const aside = () => {
    const pill = part("acting-aside");
    if (pill) pill.hidden = Boolean(dialog()?.open) || !["running", "done"].includes(state.step);
  };

  const look = (pause) => {
    clearTimeout(looking);
    looking = setTimeout(() => {
      if (!pending) send({ do: "look", action: state.action });
    }, pause);
  };

  const focusFirst = () => {
    const first = dialog()?.querySelector("#acting-form :is(select, textarea, input), #acting-reason");
    (first ?? dialog()?.querySelector("#acting-foot button"))?.focus();
  };

  clientside.acting = {
    // The server answered.
    told(data) {
      if (!data || (pending && data.number !== pending.number)) return;
      const before = state;
      state = data;
      pending = null;
      clearTimeout(timer);
      dialog()?.classList.remove("is-waiting", "is-late", "is-opening");
      if (data.step === "running" || data.step === "done") keep({ do: "look", action: data.action });
      if (data.step === "gone") keep(null);
      if (data.step === "running") look(dialog()?.open ? LOOK : LOOK_ASIDE);
      if (before.step !== data.step || before.ask?.kind !== data.ask?.kind) {
        setTimeout(() => {
          if (dialog()?.open) focusFirst();
        });
        if (data.step === "done") unselect();
      }
      aside();
    },
  };

  // ---- which orders

  const ticked = () => {
    const rows = grid()?.getSelectedRows() ?? [];
    return [...new Set(rows.map((row) => row.order_id))];
  };

  const matching = (api) => (api.isLastRowIndexKnown() ? api.getDisplayedRowCount() : 0);

  const words = (holder, count) => {
    const { one, many } = holder.dataset;
    const number = new Intl.NumberFormat(document.documentElement.lang.startsWith("zh") ? "zh-CN" : "en-GB");
    return (count === 1 && one ? one : many).replace("{count}", number.format(count));
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
    const count = everyOne ? all : ticked().length;
    bar.classList.toggle("has-selection", count > 0);
    bar.classList.toggle("has-all", everyOne || (all > 0 && count >= all));
    bar.classList.toggle("has-rows", all > 0);
    say("acting-count", words(part("acting-count"), count));
    say("acting-all", words(part("acting-all"), all));
    document.querySelectorAll(".orders [data-act]").forEach((button) => {
      button.setAttribute("aria-disabled", String(count === 0));
    });
  };

  const unselect = () => {
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

  const selection = () => {
    const api = grid();
    const title = document.querySelector("h1 .title-own")?.textContent ?? "";
    if (everyOne && api) return { every: true, filters: api.getFilterModel(), title };
    return { orders: ticked(), title };
  };

  const act = (button) => {
    const { act: kind, order, subject } = button.dataset;
    if (button.getAttribute("aria-disabled") === "true") return;
    const menu = button.closest("details");
    menu?.removeAttribute("open");
    menu?.querySelector("summary")?.focus({ preventScroll: true }); // the dialog gives the focus back to what had it
    const what = subject ? { subjects: [subject] } : order ? { orders: [order] } : selection();
    openAnew({ do: "open", ask: { kind, ...what } });
  };

  // ---- where the focus was: a button that is drawn anew gets it back

  let focused = null;
  const again = () => {
    if (!focused || document.activeElement !== document.body || dialog()?.open) return;
    const { act: kind, order, subject } = focused;
    const place = order ? `[data-order="${CSS.escape(order)}"]` : ":not([data-order])";
    // What was suspended can only be resumed then: of a SKU or an outlet there is one button, whatever it does.
    const same = subject ? `[data-subject="${CSS.escape(subject)}"]` : `[data-act="${kind}"]${place}`;
    document.querySelector(`.acting-bar > .button${same}`)?.focus({ preventScroll: true });
  };
  const refocusing = new MutationObserver(again);

  document.addEventListener("focusin", ({ target }) => {
    if (target.closest("#acting")) return;
    refocusing.disconnect();
    focused = target.matches(".acting-bar > .button[data-act]") ? { ...target.dataset } : null;
    const place = focused && target.closest(".panel");
    if (place) refocusing.observe(place, { childList: true, subtree: true });
  });

  document.addEventListener("pointerdown", ({ target }) => {
    if (!target.closest(".acting-bar, #acting")) focused = null; // who clicks elsewhere has left it
  });

  // ---- what a person does

  document.addEventListener("click", (event) => {
    const control = event.target.closest?.("[data-act], [data-undo], [data-acting], #acting-all, #acting-none");
    if (event.target === dialog()) dialog().close(); // a click beside it falls on the dialog itself
    if (!control) return;
    const { act: kind, undo, acting: what } = control.dataset;
    if (kind) act(control);
    else if (undo) openAnew({ do: "undo_ask", action: undo });
    else if (what === "apply") apply();
    else if (what === "preview") preview();
    else if (what === "stop") send({ do: "stop", action: state.action });
    else if (what === "close") dialog().close();
    else if (what === "show") open();
    else if (control.id === "acting-all") {
      everyOne = true;
      selectLoaded(grid());
      showSelection();
    } else if (control.id === "acting-none") unselect();
  });

  document.addEventListener("change", (event) => {
    if (event.target.matches?.("#acting [data-param]")) preview();
  });

  document.addEventListener("input", (event) => {
    if (!event.target.matches?.("#acting .is-lacking")) return;
    event.target.classList.remove("is-lacking");
    event.target.removeAttribute("aria-invalid");
  });

  document.addEventListener("keydown", (event) => {
    const writes = event.target.id === "acting-reason" && (event.ctrlKey || event.metaKey);
    if (writes && event.key === "Enter" && part("acting-apply")) apply();
  });

  // It closes on Escape by itself, and gives the focus back to what opened it, where that is still there.
  document.addEventListener(
    "close",
    (event) => {
      if (event.target !== dialog()) return;
      if (state.step === "done") {
        keep(null);
        state = {};
      } else if (state.step !== "running") {
        if (!pending || !["apply", "undo"].includes(pending.do)) pending = null;
        state = pending ? state : {};
      }
      aside();
      // Where what opened it was drawn anew, a button that is hidden by now holds the focus still.
      if (dialog().contains(document.activeElement)) document.activeElement.blur();
      again();
      if (document.activeElement === document.body) part("main")?.focus({ preventScroll: true });
    },
    true,
  );

  // What was begun before the page was loaded anew is shown again.
  const resume = () => {
    let kept = null;
    try {
      kept = JSON.parse(sessionStorage.getItem(KEPT) ?? "null");
    } catch {
      return;
    }
    if (!kept) return;
    if (!dialog() || !clientside.set_props) {
      setTimeout(resume, 200);
      return;
    }
    openAnew(kept);
  };
  window.addEventListener("load", () => setTimeout(resume, 300));
})();
