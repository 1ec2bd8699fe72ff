// The verifier's desk by keyboard. Without this script the page is a form and links; nothing here decides anything.
"use strict";

(() => {
  const desk = document.getElementById("desk");
  if (!desk) return;
  const form = document.getElementById("decide");
  const state = document.getElementById("state");
  const reason = document.getElementById("reason");
  const help = document.getElementById("help");
  const dialog = document.getElementById("question");
  const kept = `merit.reason.${desk.dataset.assessment}.${desk.dataset.item}`;
  const questions = `merit.questions.${desk.dataset.assessment}`;

  const say = (key, more = "") => {
    state.textContent = (state.dataset[key] ?? "") + more;
    state.classList.toggle("bad", key === "");
  };
  const go = (path) => { if (path) location.assign(path); };

  // Evidence opens in the frame beside the item; the keyboard stays in the page.
  const citations = [...document.querySelectorAll("[data-citation]")];
  const frame = document.getElementById("preview");
  let shown = Math.max(0, citations.findIndex((c) => c.hasAttribute("aria-current")));
  const show = (n) => {
    shown = n;
    for (const c of citations) c.removeAttribute("aria-current");
    citations[n].setAttribute("aria-current", "true");
    citations[n].scrollIntoView({ block: "nearest" });
    if (frame && citations[n].hasAttribute("data-preview")) frame.contentWindow.location.replace(citations[n].href);
    else citations[n].focus();
  };
  citations.forEach((c, n) => c.addEventListener("click", (e) => {
    if (!frame || !c.hasAttribute("data-preview") || e.ctrlKey || e.metaKey || e.shiftKey) return;
    e.preventDefault();
    show(n);
  }));
  // A viewer in the frame takes the keyboard when it was clicked, and at some time after it has loaded, which may be in the
  // middle of a word: then it goes back to where it was, unless the pointer is in the frame.
  let held = null;
  const takeBack = () => {
    if (document.activeElement !== frame || frame.matches(":hover")) return;
    frame.blur();
    held?.focus();
  };
  if (frame) {
    document.addEventListener("focusin", (e) => { if (e.target !== frame) held = e.target; });
    document.addEventListener("focusout", () => setTimeout(() => { if (document.activeElement === document.body) held = null; }));
    addEventListener("blur", () => setTimeout(takeBack));
    frame.addEventListener("mouseleave", takeBack);
  }

  // What is typed is kept until the service has it.
  const chosen = () => form?.querySelector("input[name=answer]:checked")?.value;
  const keep = () => sessionStorage.setItem(kept, JSON.stringify({ answer: chosen(), reason: reason.value }));
  const needsReason = () => chosen() && chosen() !== form.dataset.claimed && !reason.value.trim();
  const freshRequest = () => { form.elements.request_id.value = `${Date.now()}-${Math.random().toString(36).slice(2)}`; };

  if (form) {
    const before = JSON.parse(sessionStorage.getItem(kept) ?? "null");
    if (before && (before.reason !== reason.value || before.answer !== chosen())) {
      reason.value = before.reason;
      const radio = [...form.elements.answer].find((r) => r.value === before.answer);
      if (radio) radio.checked = true;
      say("kept");
    }
    form.addEventListener("input", () => { keep(); freshRequest(); say(needsReason() ? "needs" : "none"); });
    form.addEventListener("submit", (e) => {
      const phrase = e.submitter?.name === "phrase" ? e.submitter : null;
      e.preventDefault();
      if (!phrase) return save();
      reason.value = `${reason.value.trim()} ${phrase.textContent}`.trim();
      form.dispatchEvent(new Event("input"));
      reason.focus();
    });
  }

  let saving = false;
  async function save() {
    if (!form || saving) return;
    if (!chosen()) return say("choose");
    if (needsReason()) { say("needs"); return reason.focus(); }
    saving = true;
    keep();
    say("saving");
    try {
      const answer = await fetch(form.action, {
        method: "POST", body: new URLSearchParams(new FormData(form)), headers: { Accept: "application/json" }, redirect: "manual",
      });
      if (answer.type === "opaqueredirect") return say("ended");
      const said = await answer.json();
      if (!answer.ok) {
        form.elements.sequence.value = said.sequence;
        freshRequest();
        return say("", said.message + (said.stands ? ` ${state.dataset.stands} ${said.stands}` : ""));
      }
      sessionStorage.removeItem(kept);
      say("saved");
      go(said.next);
    } catch {
      say("offline");
    } finally {
      saving = false;
    }
  }

  // Questions are collected until the round is opened.
  const collected = () => JSON.parse(localStorage.getItem(questions) ?? "{}");
  const clarify = document.getElementById("clarify");
  const count = () => {
    const link = document.getElementById("collected");
    if (!link) return;
    const n = Object.keys(collected()).length;
    link.hidden = n === 0;
    link.querySelector("span").textContent = n;
  };
  const ask = () => {
    if (!clarify) return;
    document.getElementById("question-text").value = collected()[desk.dataset.item] ?? "";
    dialog.returnValue = "";
    dialog.showModal();
  };
  clarify?.addEventListener("click", (e) => { e.preventDefault(); ask(); });
  dialog?.addEventListener("close", () => {
    if (dialog.returnValue !== "keep") return;
    const all = collected();
    const text = document.getElementById("question-text").value.trim();
    if (text) all[desk.dataset.item] = text; else delete all[desk.dataset.item];
    localStorage.setItem(questions, JSON.stringify(all));
    count();
    say("collected");
  });
  count();

  const opener = document.getElementById("help-open");
  opener.hidden = false;
  opener.addEventListener("click", () => help.showModal());

  const phrases = document.querySelector(".phrases");
  const openPhrases = () => {
    if (!phrases) return;
    phrases.open = true;
    phrases.querySelector("button").focus();
  };
  const choose = (key) => {
    const radio = form?.querySelector(`input[data-key="${CSS.escape(key)}"]`);
    if (!radio) return;
    radio.checked = true;
    form.dispatchEvent(new Event("input"));
  };
  const keys = {
    j: () => go(desk.dataset.next), k: () => go(desk.dataset.previous), n: () => choose("n"),
    r: () => reason?.focus(), p: openPhrases, c: ask, s: save,
    e: () => { if (citations.length) show((shown + 1) % citations.length); }, "?": () => help.showModal(),
  };
  const typing = (el) => el.matches("textarea, select, input:not([type=radio], [type=checkbox])") || el.isContentEditable;

  // A key that did something writes nothing into the field that it moved to.
  let handled = false;
  document.addEventListener("keypress", (e) => { if (handled) e.preventDefault(); }, true);

  document.addEventListener("keydown", (e) => {
    handled = false;
    if (e.ctrlKey || e.metaKey || e.altKey || e.isComposing || document.querySelector("dialog[open]")) return;
    if (typing(e.target)) {
      if (e.key === "Escape") e.target.blur();
      return;
    }
    if (e.key === "Enter") {
      if (e.target.closest("a, button, summary")) return;
      e.preventDefault();
      handled = true;
      save();
      return;
    }
    const does = keys[e.key] ?? (/^\d$/.test(e.key) ? () => choose(e.key) : null);
    if (!does) return;
    e.preventDefault();
    handled = true;
    does();
  });
})();
