// Sheets that hang from a <details> close on Escape or a click elsewhere; <dialog> drawers open from [data-opens].
const close = (sheet, focus) => {
  sheet.open = false;
  if (focus) sheet.querySelector("summary").focus();
};

export const startSheets = () => {
  const open = () => document.querySelectorAll("details[data-sheet][open]");
  document.addEventListener("click", ({ target }) => {
    for (const sheet of open()) if (!sheet.contains(target)) close(sheet, false);
    const opener = target.closest?.("[data-opens]");
    if (opener) document.getElementById(opener.dataset.opens)?.showModal();
    if (target.matches?.("dialog[open]")) target.close(); // the backdrop belongs to the dialog, its content does not
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const sheet of open()) close(sheet, sheet.contains(document.activeElement));
  });
  document.addEventListener("focusin", ({ target }) => {
    for (const sheet of open()) if (!sheet.contains(target)) close(sheet, false); // so that it hides no focus
  });
};
