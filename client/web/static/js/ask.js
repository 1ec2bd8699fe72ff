// Puts the questions collected at the desk into the form that opens a round, and forgets them once it is open.
"use strict";

(() => {
  const keyOf = (assessment) => `merit.questions.${assessment}`;
  const opened = document.querySelector("[data-asked]");
  if (opened) localStorage.removeItem(keyOf(opened.dataset.asked));
  const form = document.getElementById("ask");
  if (!form) return;
  const key = keyOf(form.dataset.assessment);
  const itemOf = (field) => field.name.slice("question.".length);
  const collected = JSON.parse(localStorage.getItem(key) ?? "{}");
  const fields = [...form.querySelectorAll("textarea")];
  for (const field of fields) {
    const question = collected[itemOf(field)];
    if (question === undefined) continue;
    if (!field.value) field.value = question;
    field.closest("details").open = true;
  }
  form.addEventListener("input", () => {
    const all = fields.filter((f) => f.value.trim()).map((f) => [itemOf(f), f.value]);
    localStorage.setItem(key, JSON.stringify(Object.fromEntries(all)));
  });
  const asked = new URLSearchParams(location.search).get("item");
  fields.find((f) => itemOf(f) === asked)?.focus();
})();
