// What is being written survives a reload, a lost session and a refused form: kept in this tab until it is sent.
// @ts-check

/** @param {Element} field */
const nameOf = (field) => `draft:${field instanceof HTMLElement ? field.dataset.draft : ""}`;

/** Offer what was being written, and keep what is. */
export function keepDrafts() {
  offer();
  document.addEventListener("exchanged", offer);
  document.addEventListener("input", (event) => {
    const field = event.target;
    if (!(field instanceof HTMLTextAreaElement || field instanceof HTMLInputElement)) return;
    if (!field.dataset.draft) return;
    if (field.value) sessionStorage.setItem(nameOf(field), field.value);
    else sessionStorage.removeItem(nameOf(field));
  });
}

function offer() {
  for (const field of document.querySelectorAll("[data-draft]")) {
    if (!(field instanceof HTMLTextAreaElement || field instanceof HTMLInputElement)) continue;
    const kept = sessionStorage.getItem(nameOf(field));
    if (!kept || field.value === kept || document.activeElement === field) continue;
    field.value = kept;
    const told = document.querySelector(`[data-draft-told="${CSS.escape(field.dataset.draft ?? "")}"]`);
    if (told instanceof HTMLElement) told.hidden = false;
  }
}

/** It was sent.
 * @param {HTMLFormElement} form */
export function forgetDraft(form) {
  for (const field of form.querySelectorAll("[data-draft]")) sessionStorage.removeItem(nameOf(field));
}
