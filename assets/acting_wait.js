/* What the acting dialog says while the server works or is away: what is waited for, for how many orders, how long. */
(() => {
  "use strict";

  const SOON = 400; // an answer that comes sooner needs no words
  const MINUTE = 60;

  const part = (id) => document.getElementById(`acting-wait${id}`);
  const language = () => (document.documentElement.lang.startsWith("zh") ? "zh" : "en");
  const words = () => JSON.parse(part("").dataset.words)[language()];

  const say = (id, text) => {
    const place = part(id);
    if (place.textContent !== text) place.textContent = text;
  };

  const filled = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name]);

  const sentence = (what, count) => {
    const told = words();
    if (!count) return told[what];
    const number = new Intl.NumberFormat(language() === "zh" ? "zh-CN" : "en-GB");
    return filled(told[`${what}_${count === 1 ? "one" : "many"}`] ?? told[what], { shown: number.format(count) });
  };

  const span = (seconds) => {
    const { s, min } = words();
    const second = filled(s, { n: seconds % MINUTE });
    return seconds < MINUTE ? second : `${filled(min, { n: Math.floor(seconds / MINUTE) })} ${second}`;
  };

  let waiting = null;

  const tick = () => {
    const seconds = Math.floor((Date.now() - waiting.since) / 1_000);
    say("-time", seconds > 0 ? span(seconds) : "");
    waiting.tick?.();
  };

  const stop = () => {
    clearTimeout(waiting?.soon);
    clearInterval(waiting?.clock);
    waiting = null;
    say("-time", "");
  };

  // what: a name of the words; tick: called each second.
  const begin = (what, count, ticked) => {
    stop();
    say("-again", "");
    const mine = { since: Date.now(), tick: ticked };
    mine.soon = setTimeout(() => say("-said", sentence(what, count)), SOON);
    mine.clock = setInterval(tick, 1_000);
    waiting = mine;
  };

  const end = (what = null, again = false) => {
    stop();
    say("-said", what ? sentence(what) : "");
    say("-again", again ? words().again : "");
    say("-title", what ? part("-title").textContent : "");
    say("-leave", what ? part("-leave").textContent : "");
  };

  // Of a dialog that shows nothing else yet: what it will be about, and the way out.
  const head = (title) => {
    say("-title", title);
    say("-leave", words().cancel);
  };

  window.actingWait = { begin, end, head };
})();
