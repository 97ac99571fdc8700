// Says that a page is on its way when it takes long: a bar on top, and words for
// whoever listens. Without this script the browser's own sign is there.
(() => {
  const patience = 400; // milliseconds before anything is said
  let timer = 0;
  const place = () => document.querySelector(".loading");
  const rest = () => {
    clearTimeout(timer);
    place()?.replaceChildren();
    document.querySelector("main")?.removeAttribute("aria-busy");
  };
  const wait = () => {
    rest();
    timer = setTimeout(() => {
      place()?.replaceChildren("Chargement de la page…");
      document.querySelector("main")?.setAttribute("aria-busy", "true");
    }, patience);
  };
  // A file is saved and leaves the page where it is.
  const file = (url) => /\.(csv|json|xlsx|pdf)$/.test(url.pathname);
  document.addEventListener("click", (e) => {
    const a = e.target.closest?.("a[href]");
    if (!a || e.defaultPrevented || e.button !== 0 || e.metaKey || e.ctrlKey || e.shiftKey || e.altKey || a.target) return;
    const url = new URL(a.href);
    const here = url.pathname === location.pathname && url.search === location.search;
    if (url.origin === location.origin && !here && !file(url)) wait();
  });
  document.addEventListener("submit", (e) => {
    if (!e.defaultPrevented && !file(new URL(e.target.action))) wait();
  });
  window.addEventListener("pageshow", rest); // also when it comes back from the history
})();
