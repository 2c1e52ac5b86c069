// Who else is on a ticket: an open page says every ten seconds that it is looked at, and whether somebody writes; a list asks.
const EVERY = 10_000;
const ticket = document.querySelector("[data-here]");
const list = document.querySelector("[data-everywhere]");
const token = document.querySelector("input[name=csrfmiddlewaretoken]")?.value;
let typed = 0;
let etag;

async function say(writing) {
  const body = new URLSearchParams({ csrfmiddlewaretoken: token, writing });
  try {
    const answer = await fetch(ticket.dataset.here, { method: "POST", body, keepalive: writing === "gone" });
    if (!answer.ok || writing === "gone") return;
    const found = await answer.json();
    if (ticket.textContent !== found.words) ticket.textContent = found.words;
    ticket.hidden = !found.words;
    ticket.classList.toggle("is-writing", found.writing);
  } catch {
    ticket.hidden = true;
  }
}

async function ask() {
  try {
    const answer = await fetch(list.dataset.everywhere, { headers: etag ? { "If-None-Match": etag } : {} });
    if (answer.status === 200) {
      etag = answer.headers.get("ETag");
      list.found = await answer.json();
    }
    mark();
  } catch {
    list.found = {};
  }
}

function mark() {
  for (const row of document.querySelectorAll("tr[data-row]")) {
    const subject = row.querySelector("a.pl-subject");
    const number = subject?.href.split("/").pop();
    const here = list.found?.[number];
    let shown = row.querySelector(".pl-here");
    if (!here) shown?.remove();
    else {
      if (!shown) {
        shown = document.createElement("span");
        shown.className = "pl-here";
        subject.after(shown);
      }
      if (shown.textContent !== here.words) shown.textContent = here.words;
      shown.classList.toggle("is-writing", here.writing);
    }
  }
}

if (ticket && token) {
  const now = () => say(Date.now() - typed < 2 * EVERY ? "yes" : "no");
  document.addEventListener("input", (event) => {
    if (!event.target.closest("textarea")) return;
    const first = Date.now() - typed > 2 * EVERY;
    typed = Date.now();
    if (first) now();
  });
  setInterval(() => document.hidden || now(), EVERY);
  addEventListener("pagehide", () => say("gone"));
  now();
}
if (list) {
  setInterval(() => document.hidden || ask(), EVERY);
  document.addEventListener("rows-changed", mark);
  ask();
}
