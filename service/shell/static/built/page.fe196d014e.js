// Small conveniences; every page works without them.
document.addEventListener("DOMContentLoaded", () => {
  // a server's list of errors is where the reader must start
  document.querySelector("[data-focus-first]")?.focus();
  // a filter answers at once instead of waiting for the button
  for (const form of document.querySelectorAll("form[data-submit-on-change]")) {
    form.addEventListener("change", () => form.requestSubmit());
  }
  // a second click while the first is on its way must not send a form twice; a form that answers with a file
  // leaves its page standing and may be sent again
  for (const form of document.querySelectorAll("form[method=post]:not([data-upload]):not([data-again])")) {
    form.addEventListener("submit", (event) => {
      if (form.dataset.sent) event.preventDefault();
      form.dataset.sent = "yes";
    });
  }
  for (const button of document.querySelectorAll("[data-print]")) {
    button.hidden = false;
    button.addEventListener("click", () => window.print());
  }
});

// coming back with the back button, a form may be sent again
window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
});
