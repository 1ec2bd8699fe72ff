// Offers agencies while somebody types their code or name. Without it the code is typed whole.
"use strict";

for (const input of document.querySelectorAll("input[data-agencies]")) {
  const list = document.createElement("datalist");
  list.id = input.id + "-agencies";
  input.after(list);
  input.setAttribute("list", list.id);
  let waiting, last = "";
  input.addEventListener("input", () => {
    clearTimeout(waiting);
    const text = input.value.trim();
    if (text === last || text.includes(" · ")) return;
    waiting = setTimeout(async () => {
      last = text;
      const answer = await fetch("/find/agencies?text=" + encodeURIComponent(text)).catch(() => null);
      if (!answer?.ok || last !== text) return;
      list.replaceChildren(...(await answer.json()).map((agency) => new Option(agency, agency)));
    }, 200);
  });
}
