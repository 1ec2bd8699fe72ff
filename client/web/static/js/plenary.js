// Shows the levels that can be set otherwise when the plenary does that, and asks for the reason of each.
"use strict";

(() => {
  const form = document.getElementById("decide");
  const levels = document.getElementById("levels");
  if (!form || !levels) return;
  const update = () => {
    levels.hidden = form.elements.outcome.value !== "changed";
    for (const select of levels.querySelectorAll("select")) {
      form.elements[select.name.replace("level.", "why.")].required = !levels.hidden && select.value !== "";
    }
  };
  form.addEventListener("change", update);
  update();
})();
