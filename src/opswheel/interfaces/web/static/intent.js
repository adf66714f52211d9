// Rows of the sweep by keys: j and k move, a letter chooses; what is chosen is counted before it is written.
// @ts-check

const form = document.getElementById("sweep");
const rows = form ? [...form.querySelectorAll("tr[data-row]")] : [];
let at = -1;

/** @param {number} to */
function move(to) {
  if (!rows.length) return;
  rows[at]?.classList.remove("at");
  at = Math.max(0, Math.min(rows.length - 1, to));
  const row = rows[at];
  row.classList.add("at");
  row.scrollIntoView({ block: "nearest" });
  const chosen = row.querySelector("input:checked");
  if (chosen instanceof HTMLElement) chosen.focus({ preventScroll: true });
}

function count() {
  const told = document.getElementById("chosen");
  if (!told) return;
  let n = 0;
  for (const row of rows) {
    const chosen = row.querySelector("input:checked");
    if (chosen instanceof HTMLInputElement && chosen.value) n += Number(row.getAttribute("data-n"));
  }
  told.textContent = n ? `${n.toLocaleString("en")} chosen` : "";
}

document.addEventListener("keydown", (event) => {
  const target = event.target instanceof Element ? event.target : null;
  if (!rows.length || event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
  if (target?.closest("dialog, textarea, select, input:not([type=radio])") || document.body.dataset.keys === "off") return;
  if (event.key === "j" || event.key === "k") {
    event.preventDefault();
    move(at + (event.key === "j" ? 1 : -1));
    return;
  }
  const radio = at >= 0 ? rows[at].querySelector(`input[data-choice="${CSS.escape(event.key)}"]`) : null;
  if (radio instanceof HTMLInputElement) {
    event.preventDefault();
    event.stopPropagation();
    radio.checked = true;
    radio.focus({ preventScroll: true });
    count();
  }
}, true);
form?.addEventListener("change", count);
form?.addEventListener("focusin", (event) => {
  const row = event.target instanceof Element ? event.target.closest("tr[data-row]") : null;
  const index = row ? rows.indexOf(row) : -1;
  if (index >= 0 && index !== at) { rows[at]?.classList.remove("at"); at = index; rows[at].classList.add("at"); }
});
