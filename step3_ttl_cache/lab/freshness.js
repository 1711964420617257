// Time in the picture's cache: slots expire, requests wait together, and stale responses are sent and refreshed.

import { texts, time } from "./language.js";
import { notes, wake } from "./picture.js";
import { kinds } from "./said.js";
import { add, guess, onRequest, requests } from "./scene.js";
import { cache, happened, life } from "./slots.js";
import { alsoShow } from "./stats.js";
import { spans } from "./waterfall.js";

const t = texts({
  en: {
    stale: "stale", wasStale: "An expired response was sent at once.", collapsed: "collapsed", wasCollapsed: (wait) => `It waited ${wait} for another request.`,
    not_modified: "304", wasSame: "The browser's copy is still valid.", browser: "browser", wasBrowser: "The browser's own cache had it.", wait: "wait (same n)", note: "The box empties until the response expires.",
  },
  ko: {
    stale: "만료된 응답", wasStale: "만료된 응답을 바로 보냈습니다.", collapsed: "합쳐진 요청", wasCollapsed: (wait) => `다른 요청을 ${wait} 기다렸습니다.`,
    not_modified: "304", wasSame: "브라우저에 저장된 응답이 아직 유효합니다.", browser: "브라우저", wasBrowser: "브라우저 자체 캐시에 있었습니다.", wait: "대기(같은 n)", note: "상자의 색은 만료될 때까지 줄어듭니다.",
  },
});

Object.assign(kinds, {
  stale: { name: () => t.stale, says: () => t.wasStale, shape: "M0-8 8 0 0 8-8 0zM0-3-3 0 0 3 3 0z" },
  collapsed: { name: () => t.collapsed, says: ({ timing }) => t.wasCollapsed(time(timing.wait ?? 0)), shape: "M-6-6H6V6H-6z" },
  not_modified: { name: () => t.not_modified, says: () => t.wasSame, shape: "M-3 0a3 3 0 1 0 6 0a3 3 0 1 0-6 0z" },
  browser: { name: () => t.browser, says: () => t.wasBrowser, shape: "M-7 6 0-7 7 6z" },
});
spans.wait = () => t.wait;

cache.names.push("wait");
notes.push(() => t.note);

let ttl = 0;
const { label } = cache;
cache.label = () => (ttl ? `${label()}, TTL ${time(ttl)}` : label());
alsoShow((stats) => {
  ttl = 1000 * stats.ttl_seconds;
  wake();
});

// A hit says how many seconds are left, rounded. A more exact value stays.
life.end = ({ at, does, request }, old) => {
  const said = at + (does === "stored" ? ttl : 1000 * request.ttl);
  return does === "used" && Math.abs(old?.until - said) < 1500 ? old.until : said;
};
life.left = ({ until }, ms, isStill) => (isStill ? 1 : Math.min(1, (until - ms) / ttl));

guess(({ path, n }, { earlier }) => (path.startsWith("/cached") && earlier.some((other) => other.n === n && other.path === path) ? "wait" : null));

// A response that may be served stale stays in the cache.
onRequest(({ headers = [] }) => {
  const window = /stale-while-revalidate=(\d+)/.exec(headers)?.[1];
  if (window) life.after = Math.max(life.after, 1000 * window);
});

// The page can't time a refresh, so it assumes the duration of the last computation of the same response.
onRequest(({ id, kind, n, worker, journey, isGuess }) => {
  if (kind !== "stale" || isGuess) return;
  const { from } = journey.at(-1);
  if (requests.some((other) => other.isGuess && other.n === n && other.worker === worker && other.end > from)) return;
  const to = from + (requests.findLast((other) => other.n === n && other.timing?.compute)?.timing.compute ?? 200);
  const refresh = { id: `refresh ${id}`, path: "", n, worker, kind: "miss", isGuess: true, start: from, end: to, journey: [{ place: "compute", from, to }] };
  happened(to, "stored", refresh);
  add(refresh);
});
