// Issue by keyboard and live: the close form is where x leads, ticks stay in this browser, changes wait for a press.
// @ts-check

import { ask, fetchParts, tellLive } from "./app.js";
import { enter, half } from "./keys.js";

const POLL = 20_000;
const page = () => document.getElementById("issue");

/** Ticked steps stay in this browser. */
function steps() {
  const list = /** @type {HTMLElement | null} */ (document.querySelector("[data-steps]"));
  if (!list) return;
  const key = `steps:${list.dataset.steps}`;
  const kept = new Set(JSON.parse(localStorage.getItem(key) ?? "[]"));
  const boxes = /** @type {NodeListOf<HTMLInputElement>} */ (list.querySelectorAll("input"));
  const tell = () => {
    const done = [...boxes].filter((b) => b.checked).length;
    const told = document.getElementById("ticked");
    if (told) told.textContent = done ? `${done} of ${boxes.length} done` : "";
  };
  for (const box of boxes) {
    box.checked = kept.has(box.name);
    box.addEventListener("change", () => {
      const done = [...boxes].filter((b) => b.checked).map((b) => b.name);
      if (done.length) localStorage.setItem(key, JSON.stringify(done));
      else localStorage.removeItem(key);
      tell();
    });
  }
  tell();
}

/** A wide chart opens at its newest end. */
function newest() {
  for (const wide of document.querySelectorAll(".body.scroll")) wide.scrollLeft = wide.scrollWidth;
}

/** Step to where the address points: the close form, the note, the rank. */
function arrive() {
  const where = { "#close": "how", "#note": "note", "#rank": "rank" }[location.hash];
  const element = where ? document.getElementById(where) : null;
  if (!element) return;
  const chosen = element.id === "how" ? document.querySelector("#close :checked") : element;
  if (chosen instanceof HTMLElement) chosen.focus();
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || half() || document.querySelector("dialog[open]")) return;
  const target = /** @type {Element} */ (event.target);
  if (target.matches("input:not([type=checkbox]):not([type=radio]), textarea, select") || document.body.dataset.keys === "off") return;
  if (event.key === "x") document.querySelector("#close :checked")?.dispatchEvent(new Event("arrive", { bubbles: true }));
  else if (event.key === "w") document.getElementById("rank")?.focus();
  else if (event.key === "Enter" && target.matches("#close [type=radio]")) (document.querySelector("#cause, #false-why, #of")?.checkVisibility() ? document.querySelector("#minutes") : null)?.dispatchEvent(new Event("arrive", { bubbles: true }));
  else return;
  event.preventDefault();
}, true);
document.addEventListener("arrive", (event) => {
  if (!(event.target instanceof HTMLElement)) return;
  event.target.focus();
  event.target.scrollIntoView({ block: "nearest" });
});
document.addEventListener("toggle", (event) => {
  if (event.target instanceof Element && event.target.matches(".menu")) enter(event.target);
}, true);

async function look() {
  const here = page();
  const strip = document.getElementById("live");
  if (!here || !strip || document.hidden || !navigator.onLine) return;
  const url = `/issues/${here.dataset.number}/changes?version=${here.dataset.version}`;
  const response = await ask(url).catch(() => null);
  if (response?.status !== 200) return;
  tellLive(strip, await response.json());
}

document.getElementById("live")?.addEventListener("click", async (event) => {
  event.preventDefault();
  const strip = /** @type {HTMLElement} */ (event.currentTarget);
  const done = await fetchParts(location.href, ["issue"]).catch(() => null);
  if (done) tellLive(strip, null);
});
document.addEventListener("exchanged", () => {
  steps();
  newest();
  if (document.activeElement === document.body) document.getElementById("main")?.focus({ preventScroll: true }); // its control is gone
});
setInterval(() => void look(), POLL);
window.addEventListener("focus", () => void look());
steps();
newest();
if (document.readyState === "complete") arrive();
else window.addEventListener("load", () => setTimeout(arrive)); // going to a fragment takes the focus away
