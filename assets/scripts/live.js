// Keeps an open page true: asks every five seconds, every minute when nobody sees it, whether anything happened.
// The answer to "nothing" is empty (304). A list is changed row by row, so that cursor, ticks, focus and scroll stay;
// a conversation is never pulled from under the writer: a quiet bar says that there is more.
const SEEN = 5000;
const HIDDEN = 60000;
const FAILS = 3;
const list = document.querySelector("[data-live]");
const ticket = document.querySelector("[data-news]");
const stopped = document.querySelector("[data-stopped]");
let etag = list?.dataset.etag;
let fails = 0;
let timer;

function part(name) {
  return list.querySelector(`[data-part="${name}"]`);
}

function cells(html) {
  const body = document.createElement("tbody");
  body.innerHTML = html;
  return [...body.children];
}

const key = (row) => row.dataset.row ?? row.textContent;
// Where the cursor is and who is there (presence.js) are the page's own.
const plain = (row) => row.outerHTML.replace(/ class="(is-cursor)?"/, "").replace(/<span class="pl-here[^<]*<\/span>/, "");

function change(body, html) {
  const old = new Map([...body.children].map((row) => [key(row), row]));
  const active = document.activeElement?.closest?.("tr[data-row]");
  const focused = active && body.contains(active) ? { row: key(active), subject: document.activeElement.matches("a.pl-subject") } : null;
  const cursor = body.querySelector("tr.is-cursor");
  const at = cursor ? [...body.querySelectorAll("tr[data-row]")].indexOf(cursor) : 0;
  const top = cursor?.getBoundingClientRect().top;
  let changed = 0;
  const next = cells(html).map((row) => {
    const was = old.get(key(row));
    old.delete(key(row));
    row.classList.remove("is-cursor");
    if (was && plain(was) === plain(row)) return was;
    if (row.dataset.row) changed += 1;
    const ticked = was?.querySelector("input[name=t]")?.checked;
    if (ticked) row.querySelector("input[name=t]").checked = true;
    if (was?.classList.contains("is-cursor")) row.classList.add("is-cursor");
    return row;
  });
  changed += [...old.values()].filter((row) => row.dataset.row).length;
  if (!changed && next.length === body.children.length && next.every((row, n) => row === body.children[n])) return 0;
  body.replaceChildren(...next);
  const rows = [...body.querySelectorAll("tr[data-row]")];
  if (!body.querySelector("tr.is-cursor")) rows[Math.min(at, rows.length - 1)]?.classList.add("is-cursor");
  const now = body.querySelector("tr.is-cursor");
  if (focused) {
    const row = rows.find((one) => key(one) === focused.row) ?? now;
    row?.querySelector(focused.subject ? "a.pl-subject" : "input[name=t]")?.focus({ preventScroll: true });
  }
  // What one was looking at stays where it was on the screen.
  if (top !== undefined && now && scrollY > 0) scrollBy(0, now.getBoundingClientRect().top - top);
  document.dispatchEvent(new Event("rows-changed"));
  return changed;
}

function show(found) {
  const body = part("rows");
  if (!body || !found.rows) {
    // From empty to full, or back: the page is another one. Not while somebody writes or has ticked something.
    if (Boolean(body) !== Boolean(found.rows) && !document.querySelector("input[name=t]:checked, .pl-narrowing")) location.reload();
    return;
  }
  const changed = change(body, found.rows);
  part("views").innerHTML = found.views;
  part("count").textContent = found.count;
  part("caption").textContent = found.caption;
  part("caption-foot").textContent = found.caption;
  for (const name of ["next", "previous"]) if (part(name) && found[name]) part(name).href = found[name];
  if (changed) part("news").textContent = list.dataset.changed.replace("{n}", changed);
}

function tell(found) {
  const bar = document.querySelector("[data-fresh]");
  const more = found.entries - Number(ticket.dataset.seen);
  bar.hidden = more <= 0;
  if (more > 0) bar.querySelector("span").textContent = (more === 1 ? bar.dataset.one : bar.dataset.many).replace("{n}", more);
}

async function ask() {
  clearTimeout(timer);
  try {
    const answer = await fetch(list ? list.dataset.live : ticket.dataset.news, {
      headers: etag ? { "If-None-Match": etag } : {},
      cache: "no-store",
      redirect: "error",
    });
    if (answer.status === 200) {
      etag = answer.headers.get("ETag");
      (list ? show : tell)(await answer.json());
    } else if (answer.status !== 304) throw new Error(String(answer.status));
    fails = 0;
  } catch {
    fails += 1;
  }
  if (stopped) stopped.hidden = fails < FAILS;
  plan();
}

function plan() {
  clearTimeout(timer);
  const pause = document.hidden ? HIDDEN : SEEN;
  timer = setTimeout(ask, Math.min(pause * 2 ** Math.max(0, fails - FAILS), HIDDEN));
}

document.addEventListener("visibilitychange", () => (document.hidden ? plan() : ask()));
document.querySelector("[data-fresh] a")?.addEventListener("click", (event) => {
  event.preventDefault();
  location.reload();
});
if (list || ticket) plan();
