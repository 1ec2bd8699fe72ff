// The questionnaire: an answer saves itself, is kept while there is no connection, and changes of colleagues appear.
"use strict";

const form = document.getElementById("answer");
const said = document.getElementById("answer-said");

// word is a text of the page in the reader's language, with its {places} filled.
function word(name, values = {}) {
  const text = document.getElementById("answer-words").content.querySelector(`[data-word="${name}"]`).textContent;
  return text.replace(/\{(\w+)\}/g, (_, place) => values[place] ?? "");
}

function say(text, trouble = false) {
  said.textContent = text;
  said.classList.toggle("trouble", trouble);
}

// Kept are the answers that the service has not confirmed, in this browser, by account, assessment and item.
const prefix = form && `merit:${form.dataset.account}:${form.dataset.assessment}:`;
const keep = (item, answer) => localStorage.setItem(prefix + item, JSON.stringify(answer));
const kept = (item) => JSON.parse(localStorage.getItem(prefix + item) ?? "null");
const forget = (item) => localStorage.removeItem(prefix + item);
const keptItems = () => Object.keys(localStorage).filter((key) => key.startsWith(prefix)).map((key) => key.slice(prefix.length));

const newID = () => Array.from(crypto.getRandomValues(new Uint8Array(16)), (b) => b.toString(16).padStart(2, "0")).join("");

// typed is what the form says now.
function typed() {
  const fields = new FormData(form);
  return { level: fields.get("level") ?? "", choice: fields.get("choice") ?? "", note: fields.get("note"), sequence: fields.get("sequence") };
}

const same = (a, b) => a.level === b.level && a.choice === b.choice && a.note === b.note;

// put shows an answer in the form.
function put(answer) {
  for (const radio of form.querySelectorAll("input[type=radio]")) radio.checked = radio.value === (answer[radio.name] ?? "");
  form.elements.note.value = answer.note;
}

// label is an answer as its radio is called.
function label(answer) {
  const radio = [...form.querySelectorAll("input[type=radio]")].find((r) => r.value === (answer[r.name] || null));
  const words = radio?.closest("label");
  return (words?.querySelector("strong") ?? words)?.textContent.trim() ?? "–";
}

let current; // the answer that the service has, as far as this page knows
let saving = false;
let timer; // of the next try or of a pause in typing
let wait = 2000; // until the next try
let goTo = ""; // the item to go to once the answer is saved
let queued = []; // what colleagues did while a save was under way

// send gives an answer to the service. It returns the service's word, or null when there is no connection.
async function send(item, answer) {
  const body = new URLSearchParams({ ...answer, request_id: answer.request });
  try {
    const response = await fetch(`/assessments/${form.dataset.assessment}/items/${encodeURIComponent(item)}/save`, { method: "POST", body, keepalive: true });
    if (response.status >= 500 || !response.headers.get("Content-Type")?.startsWith("application/json")) return null;
    return { ok: response.ok, ...(await response.json()) };
  } catch {
    return null;
  }
}

// save sends what the form says. The answer is kept first, so that nothing on the way can lose it.
async function save() {
  clearTimeout(timer);
  if (saving || !document.getElementById("answer-choice").hidden) return;
  const answer = typed();
  const before = kept(form.dataset.item);
  if (!before && same(answer, current)) return goOn();
  answer.request = before && same(before, answer) && before.sequence === answer.sequence ? before.request : newID();
  keep(form.dataset.item, answer);
  saving = true;
  say(word("saving"));
  const reply = await send(form.dataset.item, answer);
  saving = false;
  if (!reply?.ok) goTo = "";
  if (!reply) {
    say(word("kept"), true);
    timer = setTimeout(save, wait);
    wait = Math.min(wait * 2, 30000);
  } else if (reply.ok) {
    confirm(answer, reply);
  } else {
    refuse(answer, reply);
  }
  for (const event of queued.splice(0)) arrive(event);
}

function confirm(answer, reply) {
  wait = 2000;
  current = { ...reply.answer, note: answer.note };
  form.elements.sequence.value = reply.answer.sequence;
  forget(form.dataset.item);
  show(reply);
  say(word("saved", { time: reply.answer.at }));
  if (form.dataset.gate !== undefined && !goTo) return location.reload(); // other items apply now
  if (!same(typed(), answer)) save(); // somebody went on typing
  else goOn();
}

// goOn leaves for the next item, if that was asked for.
function goOn() {
  if (goTo) location.assign(`/assessments/${form.dataset.assessment}/items/${encodeURIComponent(goTo)}`);
}

function refuse(answer, reply) {
  if (reply.signIn) return say(word("sign-in"), true);
  if (reply.stored) return choose(answer, reply.stored);
  forget(form.dataset.item); // the service will not take it: the form still shows it
  say(reply.message, true);
}

// choose shows two versions and lets the person decide.
function choose(mine, theirs) {
  const box = document.getElementById("answer-choice");
  box.querySelector("[data-theirs=by]").textContent = `${theirs.by}, ${theirs.at}`;
  box.querySelector("[data-theirs=text]").textContent = theirs.text;
  box.querySelector("[data-theirs=note]").textContent = theirs.note;
  box.querySelector("[data-mine=text]").textContent = label(mine);
  box.querySelector("[data-mine=note]").textContent = mine.note;
  box.hidden = false;
  say("");
  box.onclick = (e) => {
    const chosen = e.target.dataset.choose;
    if (!chosen) return;
    box.hidden = true;
    current = theirs;
    form.elements.sequence.value = theirs.sequence;
    forget(form.dataset.item);
    put(chosen === "mine" ? mine : theirs);
    if (chosen === "mine") save();
  };
}

// show puts a new score and progress into the page.
function show(news) {
  if (news.score) document.getElementById("score-card").innerHTML = news.score;
  for (const a of news.aspects ?? []) {
    const aspect = document.querySelector(`.item-list [data-aspect="${CSS.escape(a.aspect)}"]`);
    if (!aspect) continue;
    aspect.querySelector(".aspect-count").textContent = `${a.answered}/${a.applicable}`;
    Object.assign(aspect.querySelector("progress"), { max: a.applicable, value: a.answered });
  }
  const answered = Boolean(news.answer.level || news.answer.choice);
  for (const entry of document.querySelectorAll(`.item-list [data-entry="${CSS.escape(news.answer.item)}"]`)) {
    entry.classList.toggle("done", answered);
    entry.querySelector(".state").textContent = answered ? word("answered") : "";
  }
}

// arrive takes what happened on the sheet, here or at a colleague's.
function arrive(event) {
  if (saving) return void queued.push(event);
  if (event.step) return say(word("moved"), true);
  const news = event.answer;
  if (event.score) show(event);
  if (news.item !== form.dataset.item) {
    if (event.score && news.by) say(word("elsewhere", { name: news.by, items: news.item, time: news.at }));
    return;
  }
  if (news.sequence <= current.sequence) return;
  if (!same(typed(), current) || kept(news.item)) return choose(typed(), news);
  current = news;
  form.elements.sequence.value = news.sequence;
  put(news);
  say(word("changed", { name: news.by, time: news.at, answer: news.text }));
}

// sendKept sends what is kept of other items of the sheet.
async function sendKept() {
  const sent = [], stuck = [];
  for (const item of keptItems().filter((item) => item !== form.dataset.item)) {
    const reply = await send(item, kept(item));
    if (!reply) return;
    if (reply.ok) forget(item);
    if (reply.ok) show(reply);
    (reply.ok ? sent : stuck).push(item);
  }
  if (stuck.length) say(word("waiting", { items: stuck.join(", ") }), true);
  else if (sent.length) say(word("sent", { items: sent.join(", ") }));
}

// watch follows the sheet while somebody looks at the page: a hidden one needs no connection.
let events;
function watch() {
  if (document.hidden) {
    events?.close();
    events = null;
  } else if (!events) {
    events = new EventSource(`/assessments/${form.dataset.assessment}/events?item=${encodeURIComponent(form.dataset.item)}`);
    events.onmessage = (e) => arrive(JSON.parse(e.data));
  }
}

// submit saves as the buttons say, without leaving the page while the answer is not safe.
function submit(e) {
  e.preventDefault();
  if (e.submitter?.name === "clear") {
    put({ note: form.elements.note.value });
    return save();
  }
  goTo = e.submitter && e.submitter.value !== form.dataset.item ? e.submitter.value : "";
  save();
}

function begin() {
  current = { ...typed(), sequence: Number(form.elements.sequence.value) };
  const before = kept(form.dataset.item);
  if (before && document.getElementById("stored")) forget(form.dataset.item); // the page itself asks which version
  else if (before) {
    put(before);
    form.elements.sequence.value = before.sequence;
    save();
  }
  form.addEventListener("change", (e) => e.target.name !== "note" && save());
  form.elements.note.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(save, 1200);
  });
  form.elements.note.addEventListener("blur", save);
  form.addEventListener("submit", submit);
  addEventListener("online", () => {
    save();
    sendKept();
  });
  document.addEventListener("visibilitychange", watch);
  sendKept();
  watch();
}

if (form) begin();
