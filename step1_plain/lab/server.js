// Asking the server: how long it took, what the headers say, and what happens when nobody answers.

import { part, view } from "./dom.js";
import { texts } from "./language.js";

const t = texts({
  en: { outage: "The server does not answer. Start it again: this page waits, and goes on." },
  ko: { outage: "서버가 응답하지 않습니다. 다시 시작하세요. 이 페이지는 기다렸다가 계속합니다." },
});

export class Lost extends Error {}

/** How many requests a browser has under way to one server. */
export const AT_ONCE = 6;

const listeners = [];

export const onAnswer = (use) => listeners.push(use);

function kindOf(status, cacheStatus, isBrowsers) {
  if (status >= 400) return "error";
  if (status === 304) return "not_modified";
  if (isBrowsers) return "browser";
  if (!cacheStatus) return "computed";
  return ["collapsed", "hit"].find((kind) => cacheStatus.includes(`; ${kind}`)) ?? "miss";
}

/**
 * Sends a request; "no-store" goes past the browser's `cache`. `wire` is how many milliseconds the
 * page waited for the answer, `server` how many the server says it took.
 */
export async function ask(path, { method = "GET", cache = "no-store", headers = {}, signal, quiet } = {}) {
  if (cache !== "no-store") performance.clearResourceTimings();
  const start = performance.now();
  let response, text;
  try {
    response = await fetch(path, { method, cache, headers, signal });
    text = await response.text();
  } catch (error) {
    if (signal?.aborted) throw error;
    noticeOutage();
    throw new Lost();
  }
  const wire = performance.now() - start;
  const { status } = response;
  const header = (name) => response.headers.get(name);
  const isBrowsers = cache !== "no-store" && performance.getEntriesByName(response.url).at(-1)?.transferSize === 0;
  const answer = {
    what: `${method} ${path}`, status, text, wire, headers: [...response.headers],
    server: isBrowsers ? 0 : Math.min(wire, 1000 * header("x-process-time")), kind: kindOf(status, header("cache-status"), isBrowsers),
    worker: header("x-worker"), age: Number(header("age")), etag: header("etag"),
  };
  if (!quiet) listeners.forEach((use) => use(answer));
  if (status >= 400) throw new Error(/"detail":"(.*)"/.exec(text)?.[1] ?? text);
  return answer;
}

export function sleep(ms, signal) {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    signal?.addEventListener("abort", () => reject(signal.reason));
    setTimeout(resolve, ms);
  });
}

export const together = (send) => Promise.all(Array.from({ length: AT_ONCE }, () => send()));

let outage = null;
const banner = view(part("outage"), () => outage && t.outage);

async function noticeOutage() {
  outage ??= (async () => {
    while (!(await isThere().catch(() => false))) await sleep(300);
    outage = null;
    banner.redraw();
  })();
  banner.redraw();
}

let page = null;

/** Whether it answers. Another program has another page. */
async function isThere() {
  const response = await fetch("/", { cache: "no-store" });
  const html = await response.text();
  if (response.ok && html !== (page ??= html)) location.reload();
  return response.ok;
}

/** Does this, and again if the server went away meanwhile. */
export async function again(what, signal) {
  for (;;) {
    while (outage) await Promise.race([outage, sleep(1000, signal)]);
    try {
      return await what();
    } catch (error) {
      if (!(error instanceof Lost)) throw error;
    }
  }
}

const pulses = [() => isThere().catch(noticeOutage)];

/** Does this every second while the page is looked at. */
export const everySecond = (what) => pulses.push(what);

(async () => {
  for (;;) {
    if (!document.hidden && !outage) for (const pulse of pulses) await pulse().catch(() => {});
    await sleep(1000);
  }
})();
