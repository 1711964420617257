// Requests to the server: how long each takes, what its headers say, and what happens while the server is away.

import { part, view } from "./dom.js";
import { texts } from "./language.js";

const t = texts({
  en: { outage: "The server does not respond. Start it again, and this page will continue." },
  ko: { outage: "서버가 응답하지 않습니다. 서버를 다시 시작하면 이 페이지가 하던 일을 이어서 합니다." },
});

export class Lost extends Error {}

/** How many requests a browser has under way to one server. */
export const AT_ONCE = 6;

const watchers = [];

/**
 * Watches all requests of the page but the quiet ones. `use.sent` gets { id, method, path, what, start } as one is
 * sent, and `use.ended` gets its response (see `ask`). Without a response, it gets an error with the status 0, or only { id }
 * if the page itself has stopped the request.
 */
export const watch = (use) => watchers.push(use);

const tell = (event, what) => watchers.forEach((use) => use[event]?.(what));

/** Milliseconds since 1970, in fractions, on every thread of the page. */
export const now = () => performance.timeOrigin + performance.now();

const sender = new Worker("/lab/sender.js", { type: "module" });
const waiting = new Map();
let sent = 0;
sender.onmessage = ({ data }) => waiting.get(data.id)(data);

function kindOf(status, cacheStatus, isFromBrowser) {
  if (status >= 400) return "error";
  if (status === 304) return "not_modified";
  if (isFromBrowser) return "browser";
  if (!cacheStatus) return "computed";
  if (/; ttl=-/.test(cacheStatus)) return "stale";
  return ["collapsed", "hit"].find((kind) => cacheStatus.includes(`; ${kind}`)) ?? "miss";
}

/** The durations in Server-Timing by name, in milliseconds. */
const timingOf = (header) => Object.fromEntries([...(header ?? "").matchAll(/\b(queue|compute|wait|redis|total);dur=([\d.]+)/g)].map(([, name, ms]) => [name, Number(ms)]));

/**
 * Sends a request, at once or when it is `due` (as `now()`). "no-store" goes past the browser's `cache`. Resolves to
 * { id, what, method, path, status, text, headers, kind, worker, age, etag, start, wire, held, server, timing, ttl }:
 * `start` as `now()`, `wire` how many milliseconds the page waited from then on, `held` how many of them the request
 * waited in the browser, because there were more than it has connections, `server` how many of them the server
 * says it took, `timing` the parts in Server-Timing, and `ttl` the seconds that an entry has left.
 * An error of the server is thrown, with its `response`.
 */
export async function ask(path, { method = "GET", cache = "no-store", headers = {}, due, signal, quiet } = {}) {
  signal?.throwIfAborted();
  const request = { id: (sent += 1), method, path, what: `${method} ${path}` };
  const stop = () => sender.postMessage(request.id);
  signal?.addEventListener("abort", stop);
  const found = await new Promise((resolve) => {
    waiting.set(request.id, (message) => {
      if (message.end || message.isLost) return resolve(message);
      request.start = message.start;
      if (!quiet) tell("sent", request);
    });
    sender.postMessage({ id: request.id, path, due, options: { method, cache, headers } });
  });
  waiting.delete(request.id);
  signal?.removeEventListener("abort", stop);
  if (found.isLost) {
    const lost = { ...request, kind: "error", status: 0, wire: now() - request.start, timing: {}, headers: [], text: "" };
    if (!quiet && request.start) tell("ended", signal?.aborted ? { id: request.id } : lost);
    signal?.throwIfAborted();
    noticeOutage();
    throw new Lost();
  }
  const { start, end, held, status, text, isFromBrowser } = found;
  const header = (name) => found.headers.find(([other]) => other === name)?.[1] ?? null;
  const [wire, cacheStatus] = [end - start, header("cache-status")];
  const response = {
    ...request, start, wire, held, status, text, headers: found.headers,
    server: isFromBrowser ? 0 : Math.min(wire, 1000 * header("x-process-time")), kind: kindOf(status, cacheStatus, isFromBrowser),
    timing: isFromBrowser ? {} : timingOf(header("server-timing")), ttl: /; ttl=(-?\d+)/.exec(cacheStatus)?.[1] ?? null,
    worker: header("x-worker"), age: Number(header("age")), etag: header("etag"),
  };
  if (!quiet) tell("ended", response);
  if (status >= 400) throw Object.assign(new Error(/"detail":"(.*)"/.exec(text)?.[1] ?? text), { response });
  return response;
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

function noticeOutage() {
  outage ??= (async () => {
    while (!(await isThere().catch(() => false))) await sleep(300);
    outage = null;
    banner.redraw();
  })();
  banner.redraw();
}

let page = null;

/** Whether the server responds. Reloads the page if another program has started, because its page differs. */
async function isThere() {
  const response = await fetch("/", { cache: "no-store" });
  const html = await response.text();
  if (response.ok && html !== (page ??= html)) {
    scrollTo(0, 0);
    location.reload();
    // Another server gets nothing from this page.
    await new Promise(() => {});
  }
  return response.ok;
}

/** Does `what`, and does it again after each outage of the server. */
export async function again(what, signal) {
  for (;;) {
    while (outage) await Promise.race([outage, sleep(1000, signal)]);
    try {
      return await what();
    } catch (error) {
      if (!(error instanceof Lost)) throw error;
      // Do not flood a server that responds to this check and loses other requests.
      await sleep(1000, signal);
    }
  }
}

const pulses = [() => isThere().catch(noticeOutage)];

/** Does this every second while the page is visible. */
export const everySecond = (what) => pulses.push(what);

(async () => {
  for (;;) {
    if (!document.hidden && !outage) for (const pulse of pulses) await pulse().catch(() => {});
    await sleep(1000);
  }
})();
