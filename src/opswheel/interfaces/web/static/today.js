// Today by keyboard, and live: rows are walked with j and k, chosen with space, and nothing moves by itself.
// @ts-check

import { ask, exchange, fetchParts, tellLive } from "./app.js";
import { enter, half } from "./keys.js";

const POLL = 20_000;
const form = () => /** @type {HTMLFormElement | null} */ (document.getElementById("queue"));
const links = () => /** @type {HTMLAnchorElement[]} */ ([...document.querySelectorAll(".q .row .l1 a, .q .kid a")]);
const boxes = () => /** @type {HTMLInputElement[]} */ ([...document.querySelectorAll('.q input[name="n"]')]);
const chosen = () => boxes().filter((box) => box.checked);

/** The row that has focus. */
const row = () => document.activeElement?.closest("tr.row") ?? null;
/** Where the focus was, to find the same place in new rows. */
let place = 0;

/** Show what is chosen, and what it comes to. */
function count() {
  const dock = document.getElementById("dock");
  const picked = chosen();
  if (!dock) return;
  dock.hidden = picked.length === 0;
  const sum = (/** @type {string} */ name) => picked.reduce((n, box) => n + Number(box.dataset[name]), 0);
  const words = dock.querySelector(".sum");
  const me = form()?.dataset.me ?? "";
  const mine = picked.length > 0 && picked.every((box) => box.dataset.worker === me);
  const claim = dock.querySelector('button[data-key="c"]');
  if (claim instanceof HTMLButtonElement && claim.firstChild) {
    claim.value = mine ? "release" : "claim";
    claim.firstChild.textContent = mine ? "Release " : "Claim ";
  }
  if (words) words.textContent = `${picked.length} chosen · ${sum("money").toLocaleString("en")} to save · ${sum("minutes")} min`;
}

/** Prepare rows that have just come. */
function settle() {
  for (const box of boxes()) box.tabIndex = -1; // one tab stop a row: space chooses it
  count();
  void salesLines();
}

/** Fetch the sales lines of rows that came without. */
async function salesLines() {
  const wanted = form()?.dataset.unknown;
  if (!wanted) return;
  delete /** @type {HTMLFormElement} */ (form()).dataset.unknown;
  const response = await ask(`/today/sales?n=${wanted}`).catch(() => null);
  if (response?.ok) exchange(await response.text(), wanted.split(",").flatMap((n) => [`s${n}`, `r${n}`]));
}

/** @param {number} step */
function move(step) {
  const all = links();
  if (!all.length) return;
  const now = all.indexOf(/** @type {HTMLAnchorElement} */ (document.activeElement));
  const next = now < 0 ? (step > 0 ? 0 : all.length - 1) : Math.min(all.length - 1, Math.max(0, now + step));
  all[next]?.focus({ preventScroll: true });
  all[next]?.closest("tr")?.scrollIntoView({ block: "nearest" });
}

document.addEventListener("keydown", (event) => { // Enter in a menu of the dock is that menu's act, not the form's first
  const menu = event.key === "Enter" && event.target instanceof HTMLInputElement ? event.target.closest(".menu.up") : null;
  const act = menu?.querySelector("button.primary");
  if (!(act instanceof HTMLElement)) return;
  event.preventDefault();
  if (!event.isComposing) act.click();
});

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || half() || document.querySelector("dialog[open]")) return;
  const target = /** @type {Element} */ (event.target);
  if (target.matches("input:not([type=checkbox]), textarea, select") || document.body.dataset.keys === "off") return;
  const here = row();
  const box = /** @type {HTMLInputElement | null | undefined} */ (here?.querySelector('input[name="n"]'));
  const href = here?.querySelector(".l1 a")?.getAttribute("href");
  if (event.key === "j" || event.key === "k") move(event.key === "j" ? 1 : -1);
  else if (event.key === " " && box && target !== box) { box.checked = !box.checked; count(); }
  else if (event.key === "w" && href) location.assign(`${href}#rank`);
  else if (event.key === "n" && href) location.assign(`${href}#note`);
  else if (event.key === "x" && href && chosen().length === 0) location.assign(`${href}#close`);
  else if ("casm".includes(event.key) && box && chosen().length === 0) { box.checked = true; count(); return; }
  else return;
  event.preventDefault();
}, true);

document.addEventListener("change", (event) => {
  if (event.target instanceof HTMLInputElement && event.target.name === "n") count();
});
document.addEventListener("reset", () => setTimeout(count));
document.addEventListener("toggle", (event) => {
  if (event.target instanceof Element && event.target.matches(".menu.up")) enter(event.target);
}, true);
document.addEventListener("focusin", () => {
  const at = links().indexOf(/** @type {HTMLAnchorElement} */ (document.activeElement));
  if (at >= 0) place = at;
});
document.addEventListener("submit", (event) => {
  const asked = event.target;
  if (asked instanceof HTMLFormElement && asked.id === "queue") asked.dataset.acted = "1";
});
document.addEventListener("exchanged", (event) => {
  if (!(/** @type {CustomEvent} */ (event).detail.parts.includes("queue"))) return;
  settle();
  if (document.activeElement === document.body) links()[Math.min(place, links().length - 1)]?.focus({ preventScroll: true });
});

let tag = "";
async function look() {
  const mark = form()?.dataset.mark;
  const strip = document.getElementById("live");
  if (!mark || !strip || document.hidden || !navigator.onLine) return;
  const headers = tag ? { "If-None-Match": tag } : undefined;
  const response = await ask(`/today/changes?since=${mark}`, { headers }).catch(() => null);
  if (response?.status !== 200) return;
  tag = response.headers.get("ETag") ?? "";
  tellLive(strip, await response.json());
}

document.getElementById("live")?.addEventListener("click", async (event) => {
  event.preventDefault();
  const kept = new Set(chosen().map((box) => box.value));
  const strip = /** @type {HTMLElement} */ (event.currentTarget);
  const response = await fetchParts(location.href, ["strip", "queue"]).catch(() => null);
  if (!response) return;
  tag = "";
  tellLive(strip, null);
  for (const box of boxes()) box.checked = kept.has(box.value);
  count();
});

setInterval(() => void look(), POLL);
window.addEventListener("focus", () => void look());
settle();
