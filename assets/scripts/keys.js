// The desk's keyboard: j k move, o opens, r replies, a assigns, / searches a view, ? lists the keys.
// Every key presses a link, button or summary that is on the page (data-key), so nothing works only with a script.
const typing = (target) => target.closest("input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable]");
const rows = () => [...document.querySelectorAll("[data-row]")];

function move(step) {
  const all = rows();
  const here = all.findIndex((row) => row.classList.contains("is-cursor"));
  const next = all[Math.max(0, Math.min(all.length - 1, here < 0 ? 0 : here + step))];
  if (!next) return false;
  all[here]?.classList.remove("is-cursor");
  next.classList.add("is-cursor");
  next.querySelector("a.pl-subject").focus({ preventScroll: true });
  next.scrollIntoView({ block: "nearest" });
  return true;
}

function press(key) {
  const target = document.querySelector(`[data-key="${CSS.escape(key)}"]`);
  if (!target) return false;
  if (target.matches("summary")) {
    target.parentElement.open = !target.parentElement.open;
    target.parentElement.querySelector(".pl-pop :is(select, input:not([type=hidden]), textarea, button)")?.focus();
  } else if (target.matches("textarea, input, select")) target.focus();
  else if (target.dataset.dialog) document.getElementById(target.dataset.dialog).showModal();
  else target.click();
  return true;
}

const boxes = () => [...document.querySelectorAll("tr[data-row] input[name=t]")];
const picked = () => boxes().filter((box) => box.checked);
let lastPicked = null;

function count() {
  const words = document.querySelector("[data-picked]");
  const n = picked().length;
  if (words) words.textContent = words.dataset.one.replace("{n}", n);
  const all = document.querySelector("[data-pick-all]");
  if (!all) return;
  all.closest("label").hidden = false;
  all.checked = n > 0 && n === boxes().length;
  all.indeterminate = n > 0 && !all.checked;
}

function pick(box, value, range) {
  const all = boxes();
  const from = range ? all.indexOf(lastPicked) : -1;
  const here = all.indexOf(box);
  for (const one of from < 0 ? [box] : all.slice(Math.min(from, here), Math.max(from, here) + 1)) one.checked = value;
  lastPicked = box;
  count();
  return true;
}

function pickCursor() {
  const box = document.querySelector("tr.is-cursor input[name=t]");
  return Boolean(box) && pick(box, !box.checked, false);
}

// What is done to many is done to those picked; with none picked, to the one under the cursor.
function bulk(key) {
  const button = document.querySelector(`[data-pick-key="${CSS.escape(key)}"]`);
  if (!button) return false;
  if (!picked().length && !["t", "m", "z"].includes(key)) return false;
  if (!picked().length && !pickCursor()) return false;
  button.click();
  return true;
}

document.addEventListener("click", (event) => {
  const box = event.target.closest("tr[data-row] input[name=t]");
  if (box) pick(box, box.checked, event.shiftKey);
  if (event.target.matches("[data-pick-all]")) {
    for (const one of boxes()) one.checked = event.target.checked;
    count();
  }
  if (event.target.closest("[data-unpick]")) setTimeout(count);
});
document.addEventListener("rows-changed", count);
count();
document.querySelector("[data-focus] :is(select, textarea, input:not([type=hidden]):not([type=checkbox])), [data-focus] button")?.focus();

function open(suffix) {
  const link = document.querySelector(".is-cursor a.pl-subject");
  if (!link) return false;
  location.assign(link.href + suffix);
  return true;
}

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") {
    for (const details of document.querySelectorAll("details.pl-act[open], details.pl-account-menu[open]")) {
      details.open = false;
      details.querySelector("summary").focus();
    }
    if (!typing(event.target)) document.querySelector("[data-unpick]")?.click();
    return;
  }
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && event.target.form) {
    event.target.form.requestSubmit();
    return;
  }
  if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
  const inList = rows().length > 0;
  const done =
    (inList && event.key === "j" && move(1)) ||
    (inList && event.key === "k" && move(-1)) ||
    (inList && event.key === "x" && pickCursor()) ||
    (inList && event.key === "X" && Boolean(document.querySelector("[data-pick-all]")?.click() ?? true)) ||
    (inList && bulk(event.key)) ||
    (inList && event.key === "o" && open("")) ||
    (inList && event.key === "r" && open("#reply")) ||
    (inList && event.key === "a" && open("?open=assign#assign")) ||
    press(event.key);
  if (done) event.preventDefault();
});

document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-dialog]");
  if (opener) document.getElementById(opener.dataset.dialog).showModal();
  for (const details of document.querySelectorAll("details.pl-act[open], details.pl-account-menu[open], details.pl-menu[open]")) {
    if (!details.contains(event.target)) details.open = false;
  }
});
