/* Acting: the dialog that previews, asks for a reason, applies and undoes.

   The server holds the state; what is sent is one command at a time (acting_call.js), and what is said meanwhile is
   acting_wait.js's. The last command that changed something is kept for as long as the tab lives, until it is
   answered: who loads the page anew sees what came of it. It is nobody else's: whoever signs in next never sends it. */
(() => {
  "use strict";

  const DIALOG = "acting";
  const KEPT = "acting";
  const MORE = ".acting-bar > details > summary";
  const LOOK = 600;
  const LOOK_ASIDE = 2_000;
  const CHANGING = new Set(["apply", "undo"]);
  const SAID = { open: "preview", preview: "preview", undo_ask: "asking", apply: "doing", undo: "doing", stop: "stopping" };
  const STATES = ["is-waiting", "is-lost", "is-failed"];

  let looking = null;
  let state = {};
  let asked = null; // the last command, to be tried again

  const dialog = () => document.getElementById(DIALOG);
  const part = (id) => document.getElementById(id);
  const is = (name) => dialog()?.classList.contains(name);

  // ---- commands

  const who = () => document.querySelector("[data-who]")?.dataset.who;

  const keep = (command) => {
    try {
      if (command) sessionStorage.setItem(KEPT, JSON.stringify({ who: who(), command }));
      else sessionStorage.removeItem(KEPT);
    } catch {
      // a browser that keeps nothing still acts
    }
  };

  const becomes = (...names) => {
    dialog()?.classList.remove(...STATES);
    dialog()?.classList.add(...names);
  };

  const isConnected = () => document.documentElement.dataset.connection !== "lost";

  const say = (command) => {
    const { orders, every } = command.ask ?? {};
    const count = every ? window.actingSelection.count() : orders?.length;
    const connected = isConnected();
    const watch = () => {
      if (connected && !isConnected()) window.actingCall.fail();
    };
    if (SAID[command.do]) window.actingWait.begin(SAID[command.do], count, watch);
  };

  const send = (command) => {
    clearTimeout(looking);
    asked = command;
    becomes("is-waiting");
    if (CHANGING.has(command.do)) keep(command);
    say(command);
    window.actingCall.send(command, { answered, failed, late });
  };

  const late = () => {
    becomes("is-waiting", "is-lost");
    window.actingWait.end("lost");
  };

  const failed = (why) => {
    if (CHANGING.has(asked?.do)) keep(null); // it was refused: nothing is left to be sent
    becomes("is-failed");
    window.actingWait.end(why, why === "unanswered");
    if (dialog()?.open) part("acting-wait-again")?.focus();
  };

  const isChanging = () => CHANGING.has(window.actingCall.command()?.do);

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
    const underway = window.actingCall.command();
    if (is("is-failed") || (underway && underway.do !== "look")) return;
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

  // What it showed last time is gone before the new is there. title: what is done, as the button said it.
  const openAnew = (command, title) => {
    state = {};
    dialog()?.classList.add("is-opening");
    window.actingWait.head(title);
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
      if (!window.actingCall.command()) send({ do: "look", action: state.action });
    }, pause);
  };

  const focusFirst = () => {
    const first = dialog()?.querySelector("#acting-form :is(select, textarea, input), #acting-reason");
    (first ?? dialog()?.querySelector("#acting-foot button"))?.focus();
  };

  const answered = (data) => {
    const before = state;
    state = data;
    becomes();
    dialog()?.classList.remove("is-opening");
    window.actingWait.end();
    if (data.step === "running" || data.step === "done") keep({ do: "look", action: data.action });
    if (data.step === "gone") keep(null);
    if (data.step === "running") look(dialog()?.open ? LOOK : LOOK_ASIDE);
    if (before.step !== data.step || before.ask?.kind !== data.ask?.kind) {
      setTimeout(() => {
        if (dialog()?.open) focusFirst();
      });
      if (data.step === "done") window.actingSelection.clear();
    }
    aside();
  };

  const act = (button) => {
    const { act: kind, order, subject } = button.dataset;
    if (button.getAttribute("aria-disabled") === "true") return;
    const menu = button.closest("details");
    menu?.removeAttribute("open");
    menu?.querySelector("summary")?.focus({ preventScroll: true }); // the dialog gives the focus back to what had it
    const what = subject ? { subjects: [subject] } : order ? { orders: [order] } : window.actingSelection.asked();
    openAnew({ do: "open", ask: { kind, ...what } }, button.textContent);
  };

  // ---- where the focus was: a button that is drawn anew gets it back

  let focused = null;
  const of = (order) => (order ? `[data-order="${CSS.escape(order)}"]` : ":not([data-order])");
  const buttons = (order) => [...document.querySelectorAll(`.acting-bar > .button[data-act]${of(order)}`)];
  const again = () => {
    if (!focused || document.activeElement !== document.body || dialog()?.open) return;
    const { act: kind, order, subject } = focused;
    const place = of(order);
    // What was suspended can only be resumed then: of a SKU or an outlet there is one button, whatever it does.
    const same = subject ? `[data-subject="${CSS.escape(subject)}"]` : `[data-act="${kind}"]${place}`;
    const there = kind ? document.querySelector(`.acting-bar > .button${same}`) : document.querySelector(MORE);
    // What was done cannot be done twice: in the place of its button stands another.
    const others = buttons(order);
    (there ?? others[focused.number] ?? others[0])?.focus({ preventScroll: true });
  };
  const refocusing = new MutationObserver(again);

  document.addEventListener("focusin", ({ target }) => {
    if (target.closest("#acting")) return;
    refocusing.disconnect();
    const acts = target.matches(`.acting-bar > .button[data-act], ${MORE}`);
    focused = acts ? { ...target.dataset, number: buttons(target.dataset.order).indexOf(target) } : null;
    const place = focused && (target.closest(".panel") ?? part("main"));
    if (place) refocusing.observe(place, { childList: true, subtree: true });
  });

  document.addEventListener("pointerdown", ({ target }) => {
    if (!target.closest(".acting-bar, #acting")) focused = null; // who clicks elsewhere has left it
  });

  // ---- what a person does

  document.addEventListener("click", (event) => {
    const control = event.target.closest?.("[data-act], [data-undo], [data-acting]");
    if (event.target === dialog()) dialog().close(); // a click beside it falls on the dialog itself
    if (!control) return;
    const { act: kind, undo, acting: what } = control.dataset;
    if (kind) act(control);
    else if (undo) openAnew({ do: "undo_ask", action: undo }, control.textContent);
    else if (what === "apply") apply();
    else if (what === "preview") preview();
    else if (what === "again") send(asked);
    else if (what === "stop") send({ do: "stop", action: state.action });
    else if (what === "close") dialog().close();
    else if (what === "show") open();
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
      } else if (state.step !== "running" && !isChanging()) {
        window.actingCall.leave();
        window.actingWait.end();
        becomes();
        keep(null);
        state = {};
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
    if (!dialog() || !window.actingCall.ready()) {
      setTimeout(resume, 200);
      return;
    }
    if (kept.who !== who()) keep(null);
    else openAnew(kept.command, "");
  };
  window.addEventListener("load", () => setTimeout(resume, 300));
})();
