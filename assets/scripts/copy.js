// Copies a text that has an address of its own (the proof of a clock): a button that is there only where this can be done.
for (const button of navigator.clipboard ? document.querySelectorAll("[data-copy]") : []) {
  const words = button.textContent;
  button.hidden = false;
  button.addEventListener("click", async () => {
    const answer = await fetch(button.dataset.copy);
    if (!answer.ok) {
      location.assign(button.dataset.copy);
      return;
    }
    await navigator.clipboard.writeText(await answer.text());
    button.textContent = button.dataset.copied;
    setTimeout(() => (button.textContent = words), 3000);
  });
}
