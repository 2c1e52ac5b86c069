// New notices shown by the browser while a page is open, for who asked for that; and the browser's leave, asked on a click.
const box = document.querySelector("[data-alerts] input[name=alerts]");
const asks = document.querySelector("script[data-alerts-url]");
const KNOWN = "palier-unread";

if (box && "Notification" in window) {
  box.addEventListener("change", async () => {
    if (!box.checked || Notification.permission === "granted") return;
    if ((await Notification.requestPermission()) !== "granted") {
      box.checked = false;
      document.querySelector("[data-alerts-refused]").hidden = false;
    }
  });
}

async function ask() {
  const answer = await fetch(asks.dataset.alertsUrl, { headers: { Accept: "application/json" } });
  if (!answer.ok || answer.redirected) return;
  const { unread, words } = await answer.json();
  const known = localStorage.getItem(KNOWN);
  localStorage.setItem(KNOWN, unread);
  // Whatever was there before somebody came is in the page's head already.
  if (known === null || unread <= Number(known)) return;
  const shown = new Notification(words, { tag: "palier" });
  shown.addEventListener("click", () => {
    window.focus();
    location.assign(asks.dataset.notices);
  });
}

if (asks && "Notification" in window && Notification.permission === "granted") {
  const quietly = () => ask().catch(() => undefined); // the network is gone: the next minute tells
  quietly();
  setInterval(quietly, 60_000);
}
