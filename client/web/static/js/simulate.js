// What if: the score follows the form. The page is asked for again with the form's answers, and its numbers are taken.
"use strict";

const form = document.getElementById("simulate");
let latest = 0;

async function compute() {
  const tried = new URLSearchParams([...new FormData(form)].filter(([, value]) => value));
  const address = `${form.action}?${tried}`;
  const turn = ++latest;
  const response = await fetch(address).catch(() => null);
  if (!response || turn !== latest) return; // the button is still there
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  if (turn !== latest || !page.getElementById("simulate")) return;
  for (const part of document.querySelectorAll("#simulated, #path, [id^=aspect-], [id^=points-]")) {
    const fresh = page.getElementById(part.id);
    if (fresh && fresh.innerHTML !== part.innerHTML) part.innerHTML = fresh.innerHTML;
  }
  for (const row of form.querySelectorAll("tr[id]")) {
    row.classList.toggle("changed", Boolean(row.querySelector("select").value));
  }
  history.replaceState(null, "", address);
  if (form.querySelectorAll("tr[id]").length !== page.querySelectorAll("#simulate tr[id]").length) location.reload(); // a gate opened or closed items
}

form.addEventListener("change", compute);
