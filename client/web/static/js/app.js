// Comfort on every page. Nothing here is needed: forms work without script.
"use strict";

// Focus on what went wrong, so that it is read first.
document.getElementById("problem")?.focus();

// A menu closes when somebody presses Escape or clicks elsewhere.
document.addEventListener("keydown", (e) => {
  if (e.key !== "Escape") return;
  for (const menu of document.querySelectorAll("details.account[open]")) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});
document.addEventListener("click", (e) => {
  for (const menu of document.querySelectorAll("details.account[open]")) {
    if (!menu.contains(e.target)) menu.open = false;
  }
});

// A form is sent once: a second click while the first is under way does nothing.
document.addEventListener("submit", (e) => {
  const form = e.target;
  if (e.defaultPrevented || form.dataset.many !== undefined) return;
  if (form.dataset.sent) {
    e.preventDefault();
    return;
  }
  form.dataset.sent = "1";
  addEventListener("pageshow", () => delete form.dataset.sent, { once: true });
});

// A select marked so sends its form when it changes; the button beside it is for those without script.
for (const select of document.querySelectorAll("select[data-submits]")) {
  select.addEventListener("change", () => select.form.requestSubmit());
}
