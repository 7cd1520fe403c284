// Sets the theme before the first paint. A file of its own, for the content security policy allows no script in the page.
(() => {
  let chosen = null;
  try {
    chosen = localStorage.getItem("agent-runner.theme");
  } catch {
    // storage may be forbidden: then the system decides
  }
  const dark = chosen ? chosen === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  document.documentElement.dataset.theme = dark ? "dark" : "light";
})();
