// The viewer's time zone: only the browser knows it, so it is put into the address by its IANA name.
(() => {
  const own = Intl.DateTimeFormat().resolvedOptions().timeZone;

  const addressIn = (zone) => {
    const address = new URL(location.href);
    address.searchParams.set("tz", zone);
    return address.pathname + address.search;
  };

  // A link may say tz=viewer; it is read before the first view is asked for.
  if (new URLSearchParams(location.search).get("tz") === "viewer") {
    window.history.replaceState(window.history.state, "", addressIn(own));
  }

  document.addEventListener("click", (event) => {
    if (!event.target.closest?.("[data-zone='viewer']")) return;
    window.history.pushState({}, "", addressIn(own));
    window.dispatchEvent(new CustomEvent("_dashprivate_pushstate"));
  });
})();
