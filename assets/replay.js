/* The replay's bar. Each control becomes one command; the server answers with the page of another instant. */
(() => {
  const AIMED = 350; // so long after the last key the strip's jump is made
  let told = 0;
  let aim = null; // the share of the recording that the keys have come to
  let timer = null;

  const bar = () => document.querySelector(".replay");
  const strip = () => document.querySelector(".replay-strip");
  const number = (text) => Number.parseFloat(text);

  const command = (what, value = null) => {
    told += 1;
    window.dash_clientside.set_props("replay-command", { data: { what, value, told: `${Date.now()}-${told}` } });
  };

  const written = () => command("to", document.getElementById("replay-to")?.value ?? "");

  const shareAt = (event) => {
    const { left, width } = strip().getBoundingClientRect();
    return Math.min(1, Math.max(0, (event.clientX - left) / width));
  };

  const momentAt = (share) => {
    const { first, last, zone } = bar().dataset;
    const from = Date.parse(first);
    const language = document.documentElement.lang.startsWith("zh") ? "zh-CN" : "en-GB";
    const options = { dateStyle: "medium", timeStyle: "short", timeZone: zone };
    return new Intl.DateTimeFormat(language, options).format(from + share * (Date.parse(last) - from));
  };

  const point = (share) => {
    const mark = strip()?.querySelector(".replay-aim");
    if (!mark) return;
    mark.hidden = share === null;
    if (share === null) return;
    mark.style.left = `${share * 100}%`;
    mark.classList.toggle("is-late", share > 0.5);
    mark.textContent = momentAt(share);
  };

  const keys = {
    ArrowLeft: (share) => share - 0.01,
    ArrowRight: (share) => share + 0.01,
    ArrowDown: (share) => share - 0.01,
    ArrowUp: (share) => share + 0.01,
    PageDown: (share) => share - 0.1,
    PageUp: (share) => share + 0.1,
    Home: () => 0,
    End: () => 1,
  };

  const walk = (move) => {
    const from = aim ?? number(strip().getAttribute("aria-valuenow")) / 100;
    aim = Math.min(1, Math.max(0, move(from)));
    point(aim);
    clearTimeout(timer);
    timer = setTimeout(() => {
      command("share", aim);
      aim = null;
      point(null);
    }, AIMED);
  };

  document.addEventListener("click", (event) => {
    const control = event.target.closest?.("[data-replay]");
    if (control) {
      const { replay: what, value } = control.dataset;
      if (what === "to") written();
      else command(what, value === undefined ? null : number(value));
    } else if (event.target.closest?.(".replay-strip")) {
      command("share", shareAt(event));
    }
  });

  document.addEventListener("keydown", (event) => {
    if (event.target.id === "replay-to" && event.key === "Enter") {
      written();
    } else if (event.target.matches?.(".replay-strip") && Object.hasOwn(keys, event.key)) {
      event.preventDefault();
      walk(keys[event.key]);
    }
  });

  document.addEventListener("pointermove", (event) => {
    if (aim !== null) return;
    const mark = strip()?.querySelector(".replay-aim");
    if (event.target.closest?.(".replay-strip")) point(shareAt(event));
    else if (mark && !mark.hidden) point(null);
  });
})();
