// Small conveniences; every page works without them.
document.addEventListener("DOMContentLoaded", () => {
  // a server's list of errors is where the reader must start
  document.querySelector("[data-focus-first]")?.focus();
  // a filter answers at once instead of waiting for the button
  for (const form of document.querySelectorAll("form[data-submit-on-change]")) {
    form.addEventListener("change", () => form.requestSubmit());
  }
  for (const button of document.querySelectorAll("[data-print]")) {
    button.hidden = false;
    button.addEventListener("click", () => window.print());
  }
});
