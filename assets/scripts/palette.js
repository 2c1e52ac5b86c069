// The command palette (Ctrl K): what this page can do (data-key, data-command), where one can go, and what a search finds.
// Without a script the same is on the page, and the search is a page of its own (/desk/find).
const dialog = document.getElementById("palette");
const input = dialog.querySelector("input");
const list = dialog.querySelector("ul");
const none = dialog.querySelector(".pl-palette-none");
const count = dialog.querySelector("[role=status]");
const words = dialog.querySelector("template").dataset;
const page = document.querySelector("form.pl-search[data-results]");
let found = "", turn = 0, timer, before;

const plain = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
const label = (one) => {
  const copy = one.cloneNode(true);
  // The key beside a name is shown as a key, not said as a part of it.
  for (const key of copy.querySelectorAll("kbd, svg")) key.remove();
  return (one.dataset.command || one.getAttribute("aria-label") || one.placeholder || copy.textContent).replace(/\s+/g, " ").trim();
};
const shown = (one) => one.checkVisibility?.() ?? one.offsetParent !== null;

function row(name, sub, act) {
  const item = document.createElement("li");
  item.setAttribute("role", "option");
  const text = item.appendChild(document.createElement("span"));
  text.className = "pl-palette-name";
  text.textContent = name;
  if (sub) item.appendChild(document.createElement("kbd")).textContent = sub;
  item.act = act;
  return item;
}

function head(text) {
  const item = document.createElement("li");
  item.className = "pl-palette-kind";
  item.setAttribute("role", "presentation");
  item.textContent = text;
  return item;
}

// A button does what it does when pressed; a field is gone to; what folds is opened.
function press(target) {
  if (target.matches("summary")) {
    target.parentElement.open = true;
    target.parentElement.querySelector(".pl-pop :is(select, input:not([type=hidden]), textarea, button)")?.focus();
  } else if (target.matches("input, select, textarea")) target.focus();
  else target.click();
}

function commands(asked) {
  const here = [], go = [], seen = new Set();
  for (const one of document.querySelectorAll("[data-command], [data-key]")) {
    const name = label(one);
    if (dialog.contains(one) || one.disabled || !name || seen.has(name) || !shown(one)) continue;
    seen.add(name);
    if (plain(name).includes(asked)) here.push(row(name, one.dataset.key, () => press(one)));
  }
  for (const one of document.querySelectorAll(".pl-nav a, .pl-views a")) {
    const name = label(one.querySelector("span") ?? one);
    if (!seen.has(name) && plain(name).includes(asked)) go.push(row(name, "", () => location.assign(one.href)));
    seen.add(name);
  }
  return [...(here.length ? [head(words.here), ...here] : []), ...(go.length ? [head(words.go), ...go] : [])];
}

function draw() {
  const asked = input.value.trim();
  const items = commands(plain(asked));
  const results = document.createElement("template");
  results.innerHTML = asked ? found : "";
  for (const one of results.content.querySelectorAll("[role=option]")) one.act = () => location.assign(one.dataset.url);
  if (asked) items.push(...results.content.children, row(words.find.replace("{q}", asked), "", () => location.assign(`${page.action}?q=${encodeURIComponent(asked)}`)));
  list.replaceChildren(...items);
  const options = list.querySelectorAll("[role=option]");
  options.forEach((one, n) => (one.id ||= `palette-${n}`));
  none.hidden = options.length > 0;
  count.textContent = count.dataset.count.replace("{n}", options.length);
  choose(options[0]);
}

function choose(option) {
  for (const one of list.querySelectorAll("[role=option]")) one.setAttribute("aria-selected", one === option);
  if (option) {
    input.setAttribute("aria-activedescendant", option.id);
    option.scrollIntoView({ block: "nearest" });
  } else input.removeAttribute("aria-activedescendant");
}

function move(step) {
  const options = [...list.querySelectorAll("[role=option]")];
  const here = options.findIndex((one) => one.getAttribute("aria-selected") === "true");
  choose(options[(here + step + options.length) % options.length]);
}

function run(option) {
  if (!option) return;
  dialog.close();
  option.act();
}

async function look() {
  const mine = ++turn, asked = input.value.trim();
  if (asked.length < 2) {
    found = "";
    return;
  }
  try {
    const answer = await fetch(`${page.dataset.results}?q=${encodeURIComponent(asked)}`, { headers: { "X-Requested-With": "fetch" } });
    if (mine !== turn) return;
    // Signed out meanwhile: the sign-in page is no list.
    found = answer.ok && !answer.redirected ? await answer.text() : "";
  } catch {
    found = "";
  }
  if (mine === turn) draw();
}

function open() {
  before = document.activeElement;
  input.value = found = "";
  dialog.showModal();
  draw();
  input.focus();
}

input.addEventListener("input", () => {
  clearTimeout(timer);
  timer = setTimeout(look, 140);
  draw();
});
input.addEventListener("keydown", (event) => {
  if (event.key === "ArrowDown" || event.key === "ArrowUp") move(event.key === "ArrowDown" ? 1 : -1);
  else if (event.key === "Enter") run(list.querySelector("[aria-selected=true]"));
  else return;
  event.preventDefault();
});
list.addEventListener("click", (event) => run(event.target.closest("[role=option]")));
list.addEventListener("pointermove", (event) => {
  const option = event.target.closest("[role=option]");
  if (option && option.getAttribute("aria-selected") !== "true") choose(option);
});
dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
dialog.addEventListener("close", () => before?.isConnected && document.activeElement === document.body && before.focus());
document.addEventListener("keydown", (event) => {
  if (event.key.toLowerCase() !== "k" || !(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey) return;
  event.preventDefault();
  if (!dialog.open) open();
});

// g, then a letter: to a page of the desk.
const places = { q: "queue", d: "dashboard", c: "customers", f: "finance", i: "notices", o: "on-call" };
let going = 0;
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable], dialog")) return;
  const began = going;
  going = event.key === "g" ? event.timeStamp : 0;
  if (!began || event.timeStamp - began > 1500 || !Object.hasOwn(places, event.key)) return;
  const link = [...document.querySelectorAll(".pl-nav a")].find((one) => one.pathname.endsWith(`/desk/${places[event.key]}`));
  if (!link) return;
  event.preventDefault();
  // The letter alone may be a key of this page: here it is not.
  event.stopImmediatePropagation();
  location.assign(link.href);
}, true);
