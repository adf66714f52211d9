// What every page needs of a browser: send a form or follow a link and exchange the parts of the page that changed,
// keep place and focus while doing so, press what a key stands for, and keep what is being written.
// @ts-check

import { queueUp, sendQueued, told } from "./offline.js";
import { keepDrafts, forgetDraft } from "./drafts.js";
import { listenForKeys } from "./keys.js";

/** @param {string} id */
const at = (id) => document.getElementById(id);

/** What names the control that has focus, so that it can be found again in new markup.
 * @param {Element | null} element */
function nameOf(element) {
  if (!(element instanceof HTMLElement) || element === document.body) return null;
  if (element.id) return `#${CSS.escape(element.id)}`;
  const name = element.getAttribute("name");
  const form = element.closest("form[id]");
  if (name && form) return `#${CSS.escape(form.id)} [name="${CSS.escape(name)}"]`;
  const href = element.getAttribute("href");
  return href ? `a[href="${CSS.escape(href)}"]` : null;
}

/** The row one stands on, or else the first in sight, that is there before and after: [its id, how far down it is].
 * @param {string[]} parts @param {Document} fresh @returns {[string, number] | null} */
function anchor(parts, fresh) {
  const rows = parts.flatMap((part) => [...(at(part)?.querySelectorAll("tr[id]") ?? [])]);
  const stays = rows.filter((row) => fresh.getElementById(row.id));
  const mine = stays.find((row) => row.contains(document.activeElement));
  const row = mine ?? stays.find((each) => each.getBoundingClientRect().top >= 0);
  const top = row?.getBoundingClientRect().top ?? innerHeight;
  return row && top < innerHeight ? [row.id, top] : null;
}

/** Put the named parts of `html` in the place of those that stand here. Focus and writing stay, and so does the row one
 * stands on: what went or came above it is scrolled away.
 * @param {string} html @param {string[]} parts */
export function exchange(html, parts) {
  const fresh = new DOMParser().parseFromString(html, "text/html");
  const active = document.activeElement;
  const name = nameOf(active);
  const { scrollX, scrollY } = window;
  const held = anchor(parts, fresh);
  for (const part of parts) {
    const old = at(part);
    const next = fresh.getElementById(part);
    if (old && next) old.replaceWith(document.adoptNode(next));
  }
  if (name && !document.contains(active)) {
    const again = document.querySelector(name);
    if (again instanceof HTMLElement) again.focus({ preventScroll: true });
  }
  window.scrollTo(scrollX, scrollY);
  const row = held && at(held[0]);
  if (row) window.scrollBy(0, row.getBoundingClientRect().top - held[1]);
  document.dispatchEvent(new CustomEvent("exchanged", { detail: { parts } }));
}

/** The strip that says what others did: `said` is what the server answered, null takes it away.
 * @param {HTMLElement} strip @param {{words: string, by: string[]} | null} said */
export function tellLive(strip, said) {
  const words = strip.querySelector("span");
  if (words && said) words.textContent = `${said.words}${said.by.length ? ` by ${said.by.join(", ")}` : ""} · press`;
  strip.hidden = !said;
}

/** Ask our server; a session that has ended leads to the sign-in page and back.
 * @param {string} url @param {RequestInit} [options] */
export async function ask(url, options = {}) {
  const response = await fetch(url, { credentials: "same-origin", ...options });
  if (response.status === 401 || new URL(response.url).pathname === "/sign-in" || (await refusedForAge(response))) {
    const here = location.pathname + location.search;
    location.assign(`/sign-in?next=${encodeURIComponent(here)}`);
    return null;
  }
  return response;
}

/** Whether a form was refused because the session it was made in is over: its mark then fits nobody.
 * @param {Response} response */
async function refusedForAge(response) {
  if (response.status !== 403) return false;
  const probe = await fetch("/today/changes?since=0.0", { credentials: "same-origin" });
  return probe.status === 401 || new URL(probe.url).pathname === "/sign-in";
}

/** Fetch `url` and exchange `parts` with what it answers.
 * @param {string} url @param {string[]} parts @param {RequestInit} [options]
 * @param {(response: Response) => void} [first] what is done before the parts change */
export async function fetchParts(url, parts, options = {}, first = () => {}) {
  const headers = { "X-Part": parts.join(","), ...options.headers };
  const response = await ask(url, { ...options, headers });
  if (!response || response.status === 304) return null;
  const html = await response.text();
  if (!html.includes(`id="${parts[0]}"`) && response.redirected) {
    first(response);
    location.assign(response.url); // the act led to another page
    return response;
  }
  first(response);
  exchange(html, [...parts, "notice"]);
  return response;
}

/** @param {HTMLFormElement} form @param {HTMLElement | null} submitter */
async function send(form, submitter) {
  const parts = (form.dataset.swap ?? "").split(",");
  const data = new FormData(form, submitter);
  const url = submitter?.getAttribute("formaction") ?? form.action;
  if (form.method === "get") {
    const asked = new URL(url);
    asked.search = new URLSearchParams([...data].filter(([, v]) => v !== "").map(([k, v]) => [k, String(v)])).toString();
    history.pushState(null, "", asked);
    return fetchParts(asked.href, parts);
  }
  form.setAttribute("aria-busy", "true");
  try {
    return await fetchParts(url, parts, { method: "POST", body: data }, (response) => {
      if (response.ok && !response.headers.has("X-Refused")) forgetDraft(form);
    });
  } catch (error) {
    if (!(error instanceof TypeError)) throw error; // what a browser says of a lost connection
    queueUp(url, data);
    forgetDraft(form);
    return null;
  } finally {
    form.removeAttribute("aria-busy");
  }
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!(form instanceof HTMLFormElement) || !("swap" in form.dataset)) return;
  if (event.submitter instanceof HTMLElement && "plain" in event.submitter.dataset) return; // a download, a new page
  event.preventDefault();
  if (form.getAttribute("aria-busy") === "true") return; // the second press of a double click
  void send(form, /** @type {HTMLElement | null} */ (event.submitter));
});

document.addEventListener("click", (event) => {
  const target = event.target instanceof Element ? event.target : null;
  const link = target?.closest("a[data-swap]");
  if (link instanceof HTMLAnchorElement && !event.metaKey && !event.ctrlKey && !event.shiftKey && event.button === 0) {
    event.preventDefault();
    if (!("quiet" in link.dataset)) history.pushState(null, "", link.href);
    void fetchParts(link.href, (link.dataset.swap ?? "").split(",")).catch(() => location.assign(link.href));
    return;
  }
  const opener = target?.closest("[data-opens]");
  if (opener instanceof HTMLElement) {
    const dialog = at(opener.dataset.opens ?? "");
    if (dialog instanceof HTMLDialogElement && !dialog.open) dialog.showModal();
  }
  const closer = target?.closest("[data-hides]");
  if (closer instanceof HTMLElement) {
    const what = at(closer.dataset.hides ?? "");
    if (what instanceof HTMLDialogElement) what.close();
    else if (what) what.hidden = true;
  }
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!target || !menu.contains(target)) menu.removeAttribute("open");
  }
});

document.addEventListener("change", (event) => {
  const field = event.target;
  if (field instanceof HTMLElement && "submits" in field.dataset) field.closest("form")?.requestSubmit();
});

window.addEventListener("popstate", () => location.reload());
window.addEventListener("online", () => void sendQueued(ask));
window.addEventListener("offline", () => told());

for (const element of document.querySelectorAll("[data-needs-script], [data-opens]")) element.removeAttribute("hidden");
listenForKeys();
keepDrafts();
void sendQueued(ask);
