// A button that copies the value of a field. Without script the value is marked and copied by hand.
"use strict";

for (const button of document.querySelectorAll("button[data-copies]")) {
  const field = document.getElementById(button.dataset.copies);
  button.hidden = false;
  button.addEventListener("click", async () => {
    field.select();
    const copied = await navigator.clipboard?.writeText(field.value).then(() => true, () => false) ?? document.execCommand("copy");
    if (copied) document.getElementById(button.dataset.copies + "-copied").hidden = false;
  });
}
