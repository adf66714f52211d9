// Keys press what carries them: `data-key="c"` on a button or link, `data-key="g t"` for two in a row.
// Letters never fire inside a field, with a modifier held, or where a person turned them off.
// @ts-check

const FIELDS = "input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable]";
let before = "";
let since = 0;

/** @param {Element} element */
const shown = (element) => element.getClientRects().length > 0;

/** Press, or step into a field.
 * @param {HTMLElement} element */
function press(element) {
  if (element.matches(FIELDS)) {
    element.focus();
    if (element instanceof HTMLInputElement) element.select();
  } else {
    if (element instanceof HTMLInputElement) element.focus(); // a choice among others: arrows go on from here
    element.click();
    if (element.matches(".menu > summary")) enter(element.parentElement); // at once: what is typed next is meant for it
  }
}

/** Step into an open menu's first field, unless one is in it already.
 * @param {EventTarget | null} menu */
export function enter(menu) {
  if (!(menu instanceof HTMLDetailsElement) || !menu.open) return;
  const first = menu.querySelector("input:not([type=hidden]), select");
  const at = document.activeElement;
  if (first instanceof HTMLElement && (!at || at.matches("summary") || !menu.contains(at))) first.focus();
}

/** @param {string} keys */
function find(keys) {
  const scope = document.querySelector("dialog[open]") ?? document;
  const all = [...scope.querySelectorAll(`[data-key="${CSS.escape(keys)}"]`)];
  const found = all.find((e) => shown(e)) ?? all.find((e) => e.closest(".side"));
  return found instanceof HTMLElement && !found.hasAttribute("disabled") ? found : null;
}

/** @param {KeyboardEvent} event */
function heard(event) {
  if (event.defaultPrevented || event.isComposing || event.altKey) return;
  const target = event.target instanceof Element ? event.target : null;
  const inField = target?.matches(FIELDS) ?? false;
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    const form = target?.closest("form") ?? document.querySelector("form[data-ctrl-enter]");
    if (form instanceof HTMLFormElement) { event.preventDefault(); form.requestSubmit(); }
    return;
  }
  if (event.ctrlKey || event.metaKey) return;
  if (event.key === "Escape") {
    if (inField && target instanceof HTMLElement) target.blur();
    const menu = document.querySelector("details.menu[open]");
    if (menu) { menu.removeAttribute("open"); menu.querySelector("summary")?.focus(); event.preventDefault(); }
    else if (!inField && !document.querySelector("dialog[open]")) find("esc")?.click();
    return;
  }
  if (inField || document.body.dataset.keys === "off") return;
  const now = Date.now();
  const two = before && now - since < 1200 ? `${before} ${event.key}` : "";
  const found = (two && find(two)) || find(event.key);
  before = event.key; since = now;
  if (found) { event.preventDefault(); before = ""; press(found); }
}

/** Whether the next key is the second of two, as in `g w`: then it is nothing else. */
export const half = () => before === "g" && Date.now() - since < 1200;

/** Begin to listen. */
export function listenForKeys() {
  document.addEventListener("keydown", heard);
}
