// Without a connection acts are kept in this tab and sent, in order, when it is back. The server refuses one that
// comes too late: each names the version of the issue it was made for.
// @ts-check

const KEPT = "acts";

/** @returns {{url: string, fields: [string, string][]}[]} */
const kept = () => JSON.parse(sessionStorage.getItem(KEPT) ?? "[]");

/** Say what waits. */
export function told() {
  const strip = document.getElementById("offline");
  const words = strip?.querySelector("span");
  if (!strip || !words) return;
  const waiting = kept().length;
  strip.hidden = navigator.onLine && waiting === 0;
  const acts = waiting === 1 ? "1 change waits" : `${waiting} changes wait`;
  words.textContent = waiting
    ? `No connection. ${acts} here and will be sent when it is back.`
    : "No connection. What you see is as it was; what you do is kept and sent when it is back.";
}

/** @param {string} url @param {FormData} data */
export function queueUp(url, data) {
  const fields = [...data].filter((f) => typeof f[1] === "string").map(([k, v]) => [k, String(v)]);
  sessionStorage.setItem(KEPT, JSON.stringify([...kept(), { url, fields }]));
  told();
}

/** Send what waits, in order; what cannot be sent yet stays.
 * @param {(url: string, options?: RequestInit) => Promise<Response | null>} ask */
export async function sendQueued(ask) {
  told();
  let sent = 0;
  for (let next = kept()[0]; next && navigator.onLine; next = kept()[0]) {
    const data = new FormData();
    for (const [name, value] of next.fields) data.append(name, value);
    try {
      if (!(await ask(next.url, { method: "POST", body: data }))) return;
    } catch {
      return;
    }
    sessionStorage.setItem(KEPT, JSON.stringify(kept().slice(1)));
    sent += 1;
  }
  told();
  if (sent) location.reload();
}
