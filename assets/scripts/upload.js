// Files of a form (pages/attach.html): chosen, dropped or pasted, sent in parts that go on where they were interrupted.
// Without this script the same input sends them with the form. Protocol: docs/reference/attachments.md.
// Tells the form "palier:attached" {id, name, picture, pasted} and "palier:removed" {id}.
const DELAYS = [500, 1000, 2000, 4000, 8000, 15000, 30000, 30000];
const HASHED = 64e6; // larger ones are not read twice: their length is compared, and the server's hash names them
const rest = (ms) => new Promise((go) => setTimeout(go, ms));
const online = () => (navigator.onLine ? null : new Promise((go) => addEventListener("online", go, { once: true })));

class Refused extends Error {}

// fetch says nothing of what is on its way; XMLHttpRequest does. Resolves to null where the connection failed.
function ask(method, url, { token, headers = {}, body = null, progress } = {}) {
  return new Promise((resolve) => {
    const asked = new XMLHttpRequest();
    asked.open(method, url);
    asked.timeout = 120000;
    asked.setRequestHeader("Accept", "application/json");
    if (token) asked.setRequestHeader("X-CSRFToken", token);
    for (const [name, value] of Object.entries(headers)) asked.setRequestHeader(name, value);
    if (progress) asked.upload.onprogress = (event) => progress(event.loaded);
    asked.onerror = asked.ontimeout = () => resolve(null);
    asked.onload = () => resolve(asked);
    asked.send(body);
  });
}

const said = (answer) => { try { return JSON.parse(answer.responseText); } catch { return {}; } };
const known = (answer) => answer.getResponseHeader("Upload-Offset") !== null;

function size(bytes) {
  let step = 0, figure = bytes;
  while (step < 3 && figure >= 999.5) { figure /= 1000; step += 1; }
  const units = document.documentElement.lang.startsWith("fr") ? ["octets", "ko", "Mo", "Go"] : ["bytes", "kB", "MB", "GB"];
  const digits = step >= 2 && figure < 100 ? 1 : 0;
  return `${new Intl.NumberFormat(document.documentElement.lang, { maximumFractionDigits: digits }).format(figure)}\u00a0${units[step]}`;
}

async function digest(file) {
  // Only where the connection is secure does the browser lend its hash.
  if (!globalThis.crypto?.subtle || file.size > HASHED) return "";
  const sum = new Uint8Array(await crypto.subtle.digest("SHA-256", await file.arrayBuffer()));
  return `sha-256=:${btoa(String.fromCharCode(...sum))}:`;
}

// What was begun in this browser, so that a page that was closed does not begin from nought.
const memory = {
  key: (file) => `palier-upload:${location.pathname.split("/")[1]}:${file.name}:${file.size}:${file.lastModified}`,
  get(file) { try { return localStorage.getItem(this.key(file)); } catch { return null; } },
  set(file, url) { try { localStorage.setItem(this.key(file), url); } catch { /* private windows keep nothing */ } },
  drop(file) { try { localStorage.removeItem(this.key(file)); } catch { /* the same */ } },
};

class Row {
  constructor(box, file, pasted) {
    this.box = box; this.file = file; this.pasted = pasted; this.state = "waits"; this.url = ""; this.id = "";
    this.element = box.part("template[data-row]").content.firstElementChild.cloneNode(true);
    this.at("[data-name]").textContent = file.name;
    this.at("[data-size]").textContent = size(file.size);
    this.at("[data-remove] .visually-hidden").append(` ${file.name}`);
    this.at("[data-again]").addEventListener("click", () => this.box.again(this));
    this.at("[data-remove]").addEventListener("click", () => this.remove());
    box.part("[data-list]").append(this.element);
  }

  at(what) { return this.element.querySelector(what); }
  say(words, bad = false) {
    this.at("[data-said]").textContent = words;
    this.element.classList.toggle("is-bad", bad);
  }
  bar(bytes) { this.at("progress").value = this.file.size ? Math.round((100 * bytes) / this.file.size) : 0; }

  fail(words) {
    this.state = "failed";
    this.say(words, true);
    this.at("[data-again]").hidden = false;
    this.box.tell(`${this.file.name}: ${words}`);
  }

  async send() {
    this.state = "sends";
    this.say("");
    this.at("[data-again]").hidden = true;
    try {
      const hash = await digest(this.file);
      for (let tries = 0; tries <= DELAYS.length; tries += 1) {
        if (this.state === "removed") return;
        await online();
        const got = await this.go(hash, () => { tries = 0; });
        if (got) return this.done(got);
        this.say(this.box.word("waits"));
        await rest(DELAYS[Math.min(tries, DELAYS.length - 1)]);
      }
      this.fail(this.box.word("failed"));
    } catch (problem) {
      if (!(problem instanceof Refused)) throw problem;
      memory.drop(this.file);
      this.url = "";
      this.fail(problem.message || this.box.word("failed"));
    }
  }

  // One run: from where it stands to its end. Null where the connection failed on the way.
  async go(hash, moved) {
    let offset = await this.offset();
    if (this.ready) return this.ready;
    while (offset !== null) {
      if (this.state === "removed") return null;
      const end = Math.min(offset + this.box.step, this.file.size), last = end === this.file.size;
      const headers = { "Content-Type": "application/offset+octet-stream", "Upload-Offset": String(offset) };
      if (last && hash) headers["Repr-Digest"] = hash;
      const answer = await ask("PATCH", this.url, {
        token: this.box.token, headers, body: this.file.slice(offset, end), progress: (bytes) => this.bar(offset + bytes),
      });
      if (answer?.status === 422) throw new Refused(said(answer).said);
      if (answer?.status === 404) { this.url = ""; memory.drop(this.file); return null; }
      if (answer === null || answer.status >= 500 || answer.status === 429 || answer.status === 400) return null;
      if (!known(answer)) throw new Refused("");
      const reached = Number(answer.getResponseHeader("Upload-Offset"));
      if (reached > offset) { moved(); this.say(""); }
      offset = reached;
      this.bar(offset);
      if (answer.status === 200 && said(answer).here) return said(answer);
      if (answer.status === 200 && said(answer).bad) throw new Refused(said(answer).said);
    }
    return null;
  }

  // How much is there: of this upload, of one begun before the page was left, or of a new one. Null: no connection.
  async offset() {
    const before = this.url || memory.get(this.file);
    if (before) {
      const answer = await ask("GET", before);
      if (answer === null || answer.status >= 500) return null;
      if (answer.status === 200 && known(answer) && !this.box.has(said(answer).id, this)) {
        this.url = before;
        this.id = said(answer).id;
        // Here already: nothing is sent twice.
        if (said(answer).here) { this.ready = said(answer); return null; }
        return Number(answer.getResponseHeader("Upload-Offset"));
      }
      memory.drop(this.file);
      this.url = "";
    }
    const body = new URLSearchParams({ name: this.file.name, size: String(this.file.size) });
    const answer = await ask("POST", this.box.url, { token: this.box.token, body });
    if (answer === null || answer.status >= 500) return null;
    if (answer.status !== 201) throw new Refused(said(answer).said);
    this.url = said(answer).upload;
    this.id = said(answer).id;
    memory.set(this.file, this.url);
    return 0;
  }

  done(state) {
    if (this.state === "removed") return;
    this.state = "here";
    this.say(state.said);
    this.at("progress").hidden = true;
    const field = document.createElement("input");
    field.type = "hidden"; field.name = "file"; field.value = state.id;
    this.element.append(field);
    this.box.tell(`${this.file.name} ${this.box.word("here")}`);
    this.box.form.dispatchEvent(new CustomEvent("palier:attached", {
      bubbles: true, detail: { id: state.id, name: state.name, picture: this.file.type.startsWith("image/"), pasted: this.pasted },
    }));
    if (state.pending) this.watch();
    else this.show(state);
  }

  // The scanner and the picture come a moment later.
  async watch() {
    for (const ms of [700, 1500, 3000, 6000, 12000, 30000]) {
      await rest(ms);
      if (this.state !== "here") return;
      const answer = await ask("GET", this.url);
      if (answer?.status !== 200) return;
      const state = said(answer);
      this.say(state.said, state.bad);
      if (state.bad) { this.element.querySelector("input[name=file]").remove(); this.state = "failed"; return; }
      this.show(state);
      if (!state.pending) return;
    }
  }

  show(state) {
    if (!state.thumbnail) return;
    const image = this.at("img");
    image.src = state.thumbnail;
    image.hidden = false;
  }

  async remove() {
    this.state = "removed";
    memory.drop(this.file);
    this.element.remove();
    this.box.tell(`${this.file.name} ${this.box.word("removed")}`);
    this.box.part("[data-pick]").focus();
    this.box.gone(this);
    if (this.id) this.box.form.dispatchEvent(new CustomEvent("palier:removed", { bubbles: true, detail: { id: this.id } }));
    if (this.url) await ask("DELETE", this.url, { token: this.box.token });
  }
}

class Box {
  constructor(element) {
    this.element = element;
    this.form = element.closest("form");
    this.url = element.dataset.upload;
    this.step = Number(element.dataset.part);
    this.largest = Number(element.dataset.largest);
    this.rows = [];
    this.running = false;
    this.submitter = undefined;
    const pick = this.part("[data-pick]");
    pick.addEventListener("change", (event) => {
      // Nothing was answered anew: the live preview need not ask.
      event.stopPropagation();
      const chosen = [...pick.files];
      pick.value = "";
      this.add(chosen);
    });
    this.listen();
  }

  get token() { return this.form.elements.namedItem("csrfmiddlewaretoken").value; }
  part(what) { return this.element.querySelector(what); }
  word(name) { return this.part("template[data-words]").content.querySelector(`[data-word=${name}]`).textContent; }
  tell(words) { this.part("[data-told]").textContent = words; }
  has(id, but) { return this.rows.some((row) => row !== but && row.id === id); }

  listen() {
    const carries = (event) => event.dataTransfer?.types.includes("Files");
    let inside = 0;
    const mark = (step) => { inside = step ? Math.max(0, inside + step) : 0; this.form.classList.toggle("is-dropping", inside > 0); };
    this.form.addEventListener("dragenter", (event) => carries(event) && mark(1));
    this.form.addEventListener("dragleave", (event) => carries(event) && mark(-1));
    this.form.addEventListener("dragover", (event) => carries(event) && event.preventDefault());
    this.form.addEventListener("drop", (event) => {
      if (!carries(event)) return;
      event.preventDefault();
      mark(0);
      this.add([...event.dataTransfer.files]);
    });
    this.form.addEventListener("paste", (event) => {
      const files = [...(event.clipboardData?.files ?? [])];
      // What a table program copies is text with a picture of it: the text is meant.
      if (!files.length || event.clipboardData.types.includes("text/plain")) return;
      event.preventDefault();
      this.add(files.map(named), true);
    });
    this.form.addEventListener("submit", (event) => this.before(event), true);
  }

  add(files, pasted = false) {
    for (const file of files) {
      const row = new Row(this, file, pasted);
      this.rows.push(row);
      if (file.size > this.largest) this.refuse(row, "large");
      else if (file.size === 0) this.refuse(row, "empty");
    }
    this.run();
  }

  refuse(row, why) {
    row.fail(this.word(why));
    row.at("[data-again]").hidden = true;
    row.at("progress").hidden = true;
  }

  again(row) { row.state = "waits"; this.run(); }
  gone(row) { this.rows = this.rows.filter((one) => one !== row); this.after(); }

  // One after the other: a slow line brings one file whole rather than five halves.
  async run() {
    if (this.running) return;
    this.running = true;
    for (let row; (row = this.rows.find((one) => one.state === "waits")); ) await row.send();
    this.running = false;
    this.after();
  }

  before(event) {
    if (this.rows.some((row) => row.state === "waits" || row.state === "sends")) {
      event.preventDefault();
      event.stopImmediatePropagation();
      this.submitter = event.submitter;
      this.tell(this.word("first"));
    } else if (this.rows.some((row) => row.state === "failed")) {
      event.preventDefault();
      event.stopImmediatePropagation();
      this.stuck();
    } else for (const row of this.rows) memory.drop(row.file);
  }

  stuck() {
    this.submitter = undefined;
    this.tell(this.word("stuck"));
    const row = this.rows.find((one) => one.state === "failed");
    const button = row.at("[data-again]");
    (button.hidden ? row.at("[data-remove]") : button).focus();
  }

  after() {
    if (this.submitter === undefined || this.running) return;
    if (this.rows.some((row) => row.state === "failed")) return this.stuck();
    const submitter = this.submitter;
    this.submitter = undefined;
    this.form.requestSubmit(submitter ?? undefined);
  }
}

// Every pasted picture is called image.png: the time tells them apart.
function named(file) {
  if (!/^image\.\w+$/.test(file.name)) return file;
  const now = new Date(), two = (figure) => String(figure).padStart(2, "0");
  const stamp = `${now.getFullYear()}-${two(now.getMonth() + 1)}-${two(now.getDate())}-${two(now.getHours())}${two(now.getMinutes())}${two(now.getSeconds())}`;
  return new File([file], file.name.replace("image", `image-${stamp}`), { type: file.type, lastModified: file.lastModified });
}

for (const element of document.querySelectorAll("fieldset[data-upload]")) new Box(element);
