// Files go piece by piece: each shows how far it is, goes on by itself where a connection broke, and after a reload when the
// same file is chosen again. Without this script, or without SHA-256 in the browser, the form sends them whole.
"use strict";

(() => {
  const form = document.querySelector("form[data-upload]");
  if (!form || !window.crypto?.subtle) return;
  const list = form.querySelector(".uploads");
  const says = list.dataset;
  const field = form.querySelector("input[type=file]");
  const drop = form.querySelector(".drop");
  const prefix = "merit-upload:";
  const patience = 60_000; // without a byte of progress
  let under = 0; // files on their way
  let failed = 0;

  class Refused extends Error {}

  const remember = (key, id) => { try { localStorage.setItem(key, id); } catch { /* only going on after a reload is lost */ } };
  const recall = (key) => { try { return localStorage.getItem(key); } catch { return null; } };
  const forget = (key) => { try { localStorage.removeItem(key); } catch { /* as above */ } };

  // ask calls the service. It throws Refused for what will not get better by asking again.
  async function ask(path, fields) {
    const options = fields ? { method: "POST", body: new URLSearchParams(fields) } : {};
    return answer(await fetch(path, { headers: { Accept: "application/json" }, ...options }));
  }
  async function answer(response) {
    if (response.ok) return response.json();
    if (response.status >= 500) throw new Error(String(response.status));
    if (response.status === 401) throw new Refused(says.ended);
    const said = await response.json().catch(() => ({}));
    throw Object.assign(new Refused(said.message || says.failed), { status: response.status });
  }

  // put sends the rest of a file and reports how far it is.
  function put(up, file, progress) {
    return new Promise((resolve, reject) => {
      const x = new XMLHttpRequest();
      let watch;
      const stir = () => { clearTimeout(watch); watch = setTimeout(() => x.abort(), patience); };
      x.open("PUT", `/uploads/${up.id}?offset=${up.offset}`);
      x.setRequestHeader("Content-Type", "application/octet-stream");
      x.upload.onprogress = (e) => { stir(); progress(up.offset + e.loaded); };
      x.onloadend = () => {
        clearTimeout(watch);
        if (x.status === 200) resolve(JSON.parse(x.responseText));
        else if (x.status === 401) reject(new Refused(says.ended));
        else reject(new Error(String(x.status))); // where to go on is asked next
      };
      stir();
      x.send(file.slice(up.offset));
    });
  }

  // pause waits longer each time, or until the browser is online again.
  const pause = (times) => new Promise((resolve) => {
    const timer = setTimeout(resolve, Math.min(500 * 2 ** times, 20_000));
    addEventListener("online", () => { clearTimeout(timer); resolve(); }, { once: true });
  });

  const keyOf = (file) => `${prefix}${file.name}|${file.size}|${file.lastModified}`;

  async function sumOf(file) {
    const sum = await crypto.subtle.digest("SHA-256", await file.arrayBuffer());
    return Array.from(new Uint8Array(sum), (b) => b.toString(16).padStart(2, "0")).join("");
  }

  // persist repeats a step until it succeeds or is refused.
  async function persist(row, step) {
    for (let times = 0; ; times++) {
      try {
        return await step();
      } catch (e) {
        if (e instanceof Refused) throw e;
        row.say(says.waiting);
        await pause(times);
      }
    }
  }

  async function begin(file, key, sha256, row) {
    const id = recall(key);
    if (id) {
      const up = await persist(row, () => ask(`/uploads/${id}`).catch((e) => { if (e.status === 404) return null; throw e; }));
      if (up && up.sha256 === sha256) return up;
      forget(key);
    }
    const up = await persist(row, () => ask("/uploads", { name: file.name, size: file.size, sha256 }));
    remember(key, up.id);
    return up;
  }

  async function send(file, fields, row) {
    if (file.size > Number(form.dataset.limit)) throw new Refused(says.large);
    row.say(says.hashing);
    const key = keyOf(file);
    let up = await begin(file, key, await sumOf(file), row);
    while (!up.finished && up.offset < up.size) {
      row.say(says.sending);
      row.at(up.offset, up.size);
      up = await put(up, file, (bytes) => row.at(bytes, file.size)).catch(async (e) => {
        if (e instanceof Refused) throw e;
        row.say(says.waiting);
        await pause(1);
        return persist(row, () => ask(`/uploads/${up.id}`));
      });
    }
    row.at(up.size, up.size);
    try {
      await persist(row, () => ask(`/uploads/${up.id}/finish`, fields));
    } catch (e) {
      if (e.status) forget(key); // refused for good; a session that ended can go on with it
      throw e;
    }
    forget(key);
  }

  // line is a file in the list.
  function line(name) {
    const li = document.createElement("li");
    const state = document.createElement("span");
    const bar = document.createElement("progress");
    bar.setAttribute("aria-label", name);
    bar.max = 1;
    bar.value = 0;
    li.append(name, " · ", state, bar);
    list.append(li);
    return {
      li, bar,
      say: (text, mark) => { if (state.textContent !== text) state.textContent = text; state.className = mark || ""; },
      at: (bytes, size) => { bar.max = size || 1; bar.value = bytes; },
    };
  }

  async function run(file, fields, row) {
    under++;
    try {
      await send(file, fields, row);
      row.say(says.done, "finished");
    } catch (e) {
      failed++;
      row.say(e instanceof Refused ? e.message : says.failed, "failed");
      const again = document.createElement("button");
      again.type = "button";
      again.className = "button small secondary";
      again.textContent = says.again;
      again.addEventListener("click", () => { again.remove(); failed--; void run(file, fields, row); });
      row.li.append(again);
    }
    under--;
    if (under === 0 && failed === 0) location.assign(next(fields));
  }

  function next(fields) {
    const path = form.getAttribute("action");
    if (fields.get("back")) return `${fields.get("back")}?said=evidence-added`;
    return fields.get("item") ? `${path}?item=${encodeURIComponent(fields.get("item"))}&said=evidence-added` : `${path}?show=all&said=evidence-added`;
  }

  const offered = new Map(); // what broke off before the page was loaded

  // Files one after the other: a slow line serves one well or all badly.
  let queue = Promise.resolve();
  function take(files) {
    const fields = new URLSearchParams();
    for (const [name, value] of new FormData(form)) if (typeof value === "string") fields.append(name, value);
    for (const file of files) {
      offered.get(keyOf(file))?.li.remove();
      const row = line(file.name);
      under++; // from now on, so that the page stays until the last one is there
      queue = queue.then(() => { under--; return run(file, fields, row); });
    }
    field.value = "";
  }

  form.addEventListener("submit", (e) => {
    e.preventDefault();
    take([...field.files]);
  });

  form.querySelector(".drop-hint").hidden = false;
  for (const kind of ["dragenter", "dragover"]) {
    drop.addEventListener(kind, (e) => { e.preventDefault(); drop.classList.add("over"); });
  }
  for (const kind of ["dragleave", "drop"]) drop.addEventListener(kind, () => drop.classList.remove("over"));
  drop.addEventListener("drop", (e) => { e.preventDefault(); take([...e.dataTransfer.files]); });

  async function offer() {
    for (const key of Object.keys(localStorage).filter((k) => k.startsWith(prefix)).slice(0, 20)) {
      const up = await ask(`/uploads/${recall(key)}`).catch((e) => { if (e.status === 404) forget(key); });
      if (!up) continue;
      if (up.finished) { forget(key); continue; }
      const row = line(key.slice(prefix.length).split("|")[0]);
      row.say(says.broken);
      row.at(up.offset, up.size);
      offered.set(key, row);
    }
  }
  offer().catch(() => { /* no storage: nothing to offer */ });
})();
