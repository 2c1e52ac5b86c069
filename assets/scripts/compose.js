// Writing: drafts kept while one types, marks by keys, quotes, people named in notes, canned answers, taking back.
// Every one of them is a form of its own without this script; what it adds is that the page stays where it is.
const typing = (target) => target.closest("input, textarea, select, [contenteditable]");
const plain = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();

function put(area, text) {
  area.focus();
  // Keeps the browser's own undo; the other way does not.
  if (!document.execCommand("insertText", false, text)) {
    area.setRangeText(text, area.selectionStart, area.selectionEnd, "end");
    area.dispatchEvent(new Event("input", { bubbles: true }));
  }
}

// --- drafts -------------------------------------------------------------------------------------------------

function keepDrafts(form) {
  const said = form.querySelector("[data-kept]");
  let timer = 0, asked = null, sent = false;
  const content = (more = {}) => {
    const found = new URLSearchParams();
    for (const [name, value] of new FormData(form)) if (typeof value === "string" && !(name in more)) found.append(name, value);
    for (const [name, value] of Object.entries(more)) found.append(name, value);
    return found;
  };
  let last = content().toString();
  async function keep({ leaving = false, more } = {}) {
    clearTimeout(timer);
    timer = 0;
    const body = content(more);
    if (sent || body.toString() === last) return;
    last = body.toString();
    asked?.abort();
    asked = new AbortController();
    try {
      const answer = await fetch(form.dataset.draft, {
        method: "POST", body, headers: { Accept: "application/json" }, signal: asked.signal, keepalive: leaving && last.length < 60000,
      });
      const found = await answer.json();
      if (said) said.textContent = found.refusal ?? found.kept;
    } catch (problem) {
      // Not there, or no longer signed in: what is typed next tries again.
      if (problem.name !== "AbortError") last = "";
    }
  }
  const later = () => {
    clearTimeout(timer);
    timer = setTimeout(keep, 1000);
  };
  form.addEventListener("input", later);
  form.addEventListener("change", later);
  form.addEventListener("submit", (event) => {
    sent = true;
    clearTimeout(timer);
    asked?.abort();
    // Somebody else held it back: files are still on their way.
    setTimeout(() => { if (event.defaultPrevented) sent = false; });
  });
  addEventListener("pageshow", () => { sent = false; });
  addEventListener("pagehide", () => timer && keep({ leaving: true }));
  document.addEventListener("visibilitychange", () => document.hidden && timer && keep({ leaving: true }));
  return { now: (more) => timer && keep({ more }), forget: () => { clearTimeout(timer); timer = 0; last = content().toString(); } };
}

// --- marks --------------------------------------------------------------------------------------------------

function around(area, before, after = before) {
  const { selectionStart: start, selectionEnd: end, value } = area;
  const inside = value.slice(start, end);
  put(area, before + inside + after);
  if (!inside) area.setSelectionRange(start + before.length, start + before.length);
}

function lines(area, prefix) {
  const start = area.value.lastIndexOf("\n", area.selectionStart - 1) + 1;
  const end = area.selectionEnd;
  area.setSelectionRange(start, end);
  put(area, area.value.slice(start, end).split("\n").map((line) => prefix + line).join("\n"));
}

const MARKS = {
  bold: (area) => around(area, "**"),
  italic: (area) => around(area, "*"),
  list: (area) => lines(area, "- "),
  quote: (area) => lines(area, "> "),
  code: (area) => area.value.slice(area.selectionStart, area.selectionEnd).includes("\n") ? around(area, "```\n", "\n```") : around(area, "`"),
};
const KEYS = { KeyB: "bold", KeyI: "italic", KeyE: "code" };
const SHIFTED = { Digit8: "list", Digit9: "quote" };

// --- quotes -------------------------------------------------------------------------------------------------

function quote(area, link) {
  const chosen = getSelection();
  const within = chosen.rangeCount && chosen.toString().trim() && chosen.getRangeAt(0).startContainer.parentElement?.closest(".pl-entry-body");
  const message = (link ?? [...document.querySelectorAll("[data-quote]")].at(-1))?.parentElement.querySelector(".pl-entry-body");
  const text = within && (!link || within === message) ? chosen.toString() : message?.innerText;
  if (!text) return false;
  const before = area.value.trimEnd();
  area.setSelectionRange(area.value.length, area.value.length);
  put(area, (before ? "\n\n" : "") + text.trim().split("\n").map((line) => `> ${line}`.trimEnd()).join("\n") + "\n\n");
  return true;
}

// --- people -------------------------------------------------------------------------------------------------

function people(form, area, list) {
  const all = [...list.children];
  let found = [], at = 0, from = -1;
  const close = () => {
    list.hidden = true;
    area.removeAttribute("aria-activedescendant");
  };
  const mark = (next) => {
    at = (next + found.length) % found.length;
    for (const one of all) one.setAttribute("aria-selected", String(one === found[at]));
    area.setAttribute("aria-activedescendant", found[at].id);
    found[at].scrollIntoView({ block: "nearest" });
  };
  const choose = (one) => {
    area.setSelectionRange(from, area.selectionStart);
    close();
    put(area, `@${one.textContent} `);
  };
  area.setAttribute("aria-controls", list.id);
  area.setAttribute("aria-autocomplete", "list");
  area.addEventListener("input", () => {
    const typed = /(?:^|[\s(])@([\p{L}\p{M}'’.-]*(?: [\p{L}\p{M}'’.-]*)?)$/u.exec(area.value.slice(0, area.selectionStart));
    if (!typed || form.elements.to.value !== "note") return close();
    const sought = plain(typed[1]);
    found = all.filter((one) => plain(one.textContent).startsWith(sought) || plain(one.textContent).split(" ").some((part) => part.startsWith(sought)));
    for (const one of all) one.hidden = !found.includes(one);
    if (!found.length) return close();
    from = area.selectionStart - typed[1].length - 1;
    list.hidden = false;
    mark(0);
  });
  area.addEventListener("keydown", (event) => {
    if (list.hidden || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "ArrowDown") mark(at + 1);
    else if (event.key === "ArrowUp") mark(at - 1);
    else if (event.key === "Enter" || event.key === "Tab") choose(found[at]);
    else if (event.key === "Escape") close();
    else return;
    event.preventDefault();
    event.stopImmediatePropagation();
  });
  list.addEventListener("mousedown", (event) => {
    event.preventDefault();
    const one = event.target.closest("[role=option]");
    if (one) choose(one);
  });
  area.addEventListener("blur", close);
}

// --- canned answers -----------------------------------------------------------------------------------------

function canned(form, area) {
  const list = form.querySelector("[data-canned]");
  if (!list) return;
  const search = form.querySelector("[data-canned-search]");
  const button = form.querySelector("[data-canned-insert]");
  const shown = () => [...list.options].filter((one) => !one.hidden);
  async function insert() {
    if (!list.value) return;
    const body = new URLSearchParams({ canned: list.value, csrfmiddlewaretoken: form.elements.csrfmiddlewaretoken.value });
    const answer = await fetch(form.dataset.insert, { method: "POST", body, headers: { Accept: "application/json" } });
    if (!answer.ok) return form.requestSubmit(button);
    list.closest("details").open = false;
    area.focus();
    put(area, (await answer.json()).body);
  }
  search.addEventListener("input", () => {
    const sought = plain(search.value);
    for (const one of list.options) one.hidden = !plain(one.textContent).includes(sought);
    list.value = shown()[0]?.value ?? "";
  });
  for (const one of [search, list]) {
    one.addEventListener("keydown", (event) => {
      if (event.key === "Enter") insert();
      else if (event.key === "ArrowDown" && one === search) {
        list.focus();
        list.value ||= shown()[0]?.value ?? "";
      } else return;
      event.preventDefault();
      event.stopPropagation();
    });
  }
  list.addEventListener("dblclick", insert);
  button.addEventListener("click", (event) => {
    event.preventDefault();
    insert();
  });
}

// --- a form in which one writes -----------------------------------------------------------------------------

function tabs(form, area, drafts) {
  const other = form.querySelector("template[data-other]");
  if (!other) return;
  const kept = form.querySelector("[data-kept]");
  const texts = { [other.dataset.other]: { body: other.content.textContent, since: other.dataset.since } };
  let here = form.elements.to.value;
  form.addEventListener("change", (event) => {
    if (event.target.name !== "to") return;
    drafts.now({ to: here });
    texts[here] = { body: area.value, since: kept.textContent };
    here = form.elements.to.value;
    ({ body: area.value, since: kept.textContent } = texts[here]);
    drafts.forget();
  });
}

function write(form, drafts) {
  const area = form.querySelector("textarea");
  const preview = form.querySelector("[data-preview]");
  const list = form.querySelector("[role=listbox]");
  if (list) people(form, area, list);
  tabs(form, area, drafts);
  canned(form, area);
  area.addEventListener("keydown", (event) => {
    const control = event.ctrlKey || event.metaKey;
    const mark = control && !event.altKey && (event.shiftKey ? SHIFTED : KEYS)[event.code];
    if (mark) MARKS[mark](area);
    else if (control && event.key === "Enter") form.requestSubmit();
    else if (event.altKey && event.code === "KeyP") preview?.click();
    else if (event.key === "Escape") area.blur();
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
  area.addEventListener("input", () => document.getElementById("preview")?.replaceChildren());
  form.addEventListener("click", (event) => {
    const button = event.target.closest("[data-mark]");
    if (button) MARKS[button.dataset.mark](area);
  });
  document.addEventListener("click", (event) => {
    const link = event.target.closest("[data-quote]");
    if (link && quote(area, link)) event.preventDefault();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "q" || event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
    if (quote(area)) event.preventDefault();
  });
  // One arrives here to go on where one left off: by the key r in the queue, by a quote, after taking back.
  if (location.hash === "#reply") {
    area.focus();
    area.setSelectionRange(area.value.length, area.value.length);
  }
}

for (const form of document.querySelectorAll("form[data-draft]")) {
  const drafts = keepDrafts(form);
  if ("compose" in form.dataset) write(form, drafts);
}
for (const bar of document.querySelectorAll("[data-undo]")) setTimeout(() => bar.remove(), Number(bar.dataset.undo));
