/* One command of the acting dialog, to the server and back, with no other beside it. Dash's own calls neither tell that
   they failed nor can be given up, so this one is made here, in Dash's form.

   Who only asks waits as long as it takes, and is told when the server is gone. What changes something is sent again
   until it is answered: it carries a key, so that the server does it once however often it comes. */
(() => {
  "use strict";

  const CALLBACK = "/_dash-update-component";
  const COMMAND = "acting-command";
  const STATE = "acting-state";
  const WAITED_FOR = new Set(["open", "preview", "undo_ask"]);
  const ANSWER = 8_000; // after so long without an answer a command is sent again
  const SHORTEST_PAUSE = 700;
  const LONGEST_PAUSE = 8_000;
  const REFUSED = { 401: "signed_out", 403: "refused" };

  const clientside = (window.dash_clientside = window.dash_clientside || {});

  let place = null; // where the page is, as the server tells it
  let current = null;

  const body = (command) => {
    const output = document.getElementById("acting").dataset.output;
    const outputs = output.slice(2, -2).split("...").map((one) => {
      const [id, property] = one.split(".");
      return { id, property };
    });
    return JSON.stringify({
      output,
      outputs,
      inputs: [{ id: COMMAND, property: "data", value: command }],
      changedPropIds: [`${COMMAND}.data`],
      state: [{ id: "shown", property: "data", value: place }],
    });
  };

  // Resolves to what the dialog shows then, or to why there is nothing: "signed_out", "refused", "unanswered".
  const posted = async (command, signal) => {
    try {
      const headers = { "Content-Type": "application/json", Accept: "application/json" };
      const answer = await fetch(CALLBACK, { method: "POST", headers, body: body(command), signal });
      if (answer.status in REFUSED) return REFUSED[answer.status];
      const { response } = await answer.json();
      return response?.[STATE] ? response : "unanswered";
    } catch {
      return "unanswered"; // gone, given up, or no answer of ours
    }
  };

  const attempt = async (call) => {
    call.gives = new AbortController();
    const limit = call.waits ? null : setTimeout(() => call.gives.abort(), ANSWER);
    const answer = await posted(call.command, call.gives.signal);
    clearTimeout(limit);
    if (call !== current) return;
    if (answer === "unanswered" && !call.waits) {
      call.told.late();
      call.again = setTimeout(attempt, call.pause, call);
      call.pause = Math.min(LONGEST_PAUSE, call.pause * 1.8);
      return;
    }
    current = null;
    if (typeof answer === "string") call.told.failed(answer);
    else show(answer, call.told);
  };

  const show = ({ [STATE]: state, ...parts }, told) => {
    for (const [id, props] of Object.entries(parts)) clientside.set_props(id, props);
    told.answered(state.data);
  };

  const leave = () => {
    if (!current) return;
    clearTimeout(current.again);
    const left = current;
    current = null;
    left.gives.abort();
  };

  // told: answered(state), failed(why), and late() each time that it has to be sent again.
  const send = (command, told) => {
    leave();
    current = { command, told, waits: WAITED_FOR.has(command.do), pause: SHORTEST_PAUSE };
    attempt(current);
  };

  // A server that is gone without a word is noticed by the page's socket first.
  const fail = () => {
    if (!current?.waits) return;
    const { told } = current;
    leave();
    told.failed("unanswered");
  };

  window.addEventListener("page-shown", ({ detail }) => {
    place = detail;
  });

  window.actingCall = { send, leave, fail, command: () => current?.command ?? null, ready: () => place !== null };
})();
