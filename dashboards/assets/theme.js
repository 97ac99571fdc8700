// Follows the light or dark choice of the reader's system.
(() => {
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  const apply = () => {
    document.documentElement.dataset.frTheme = dark.matches ? "dark" : "light";
    document.dispatchEvent(new Event("theme"));
  };
  dark.addEventListener("change", apply);
  apply();
})();
