// Files are dropped on their form, too large ones are told before they travel, and a run at work is looked at again.
// @ts-check

import { fetchParts } from "./app.js";

const form = document.querySelector("form[data-drop]");
if (form instanceof HTMLFormElement) {
  const field = form.querySelector("input[type=file]");
  const told = form.querySelector("[data-told]");
  const most = Number(form.dataset.most) * 1e6;

  const look = () => {
    if (!(field instanceof HTMLInputElement) || !told) return;
    const files = [...(field.files ?? [])];
    const size = files.reduce((sum, file) => sum + file.size, 0);
    field.setCustomValidity(size > most ? `Together they have ${Math.ceil(size / 1e6)} MB; one upload takes ${form.dataset.most} MB.` : "");
    told.textContent = field.validationMessage && size > most ? field.validationMessage : files.length ? `${files.length} chosen` : "";
  };
  field?.addEventListener("change", look);
  for (const name of ["dragenter", "dragover"]) form.addEventListener(name, (event) => { event.preventDefault(); form.classList.add("over"); });
  for (const name of ["dragleave", "drop"]) form.addEventListener(name, () => form.classList.remove("over"));
  form.addEventListener("drop", (event) => {
    event.preventDefault();
    const files = event.dataTransfer?.files;
    if (!(field instanceof HTMLInputElement) || !files?.length) return;
    field.files = files;
    look();
    if (form.reportValidity()) form.requestSubmit();
  });
  form.addEventListener("submit", () => { if (told && !field?.matches(":invalid")) told.textContent = "Reading the files …"; });
}

/** A run at work: look every few seconds until it is done. */
function watch() {
  const state = document.getElementById("run-state");
  if (!state || !("working" in state.dataset)) return;
  setTimeout(() => void fetchParts(location.pathname, ["run-state"]).catch(() => null).then(watch), 2000);
}
watch();
