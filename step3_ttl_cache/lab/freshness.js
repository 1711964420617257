// Time in the picture's cache: slots expire, requests wait together, an expired response goes out and is refreshed.

import { texts } from "./language.js";
import { shapes } from "./picture.js";
import { says } from "./said.js";
import { add, guess, onRequest, requests } from "./scene.js";
import { cache, expiry, happened } from "./slots.js";
import { alsoShow } from "./stats.js";

const t = texts({
  en: {
    stale: "stale", wasStale: "The response had expired, but was sent at once.", collapsed: "collapsed", wasCollapsed: (wait) => `It waited ${wait} for another request's computation.`,
    not_modified: "304", wasSame: "The browser's copy is still good, so no body was sent.", browser: "browser's cache", wasBrowser: "The browser's own cache had the response.",
  },
  ko: {
    stale: "만료된 응답", wasStale: "응답이 만료되었지만 바로 보냈습니다.", collapsed: "요청 합치기", wasCollapsed: (wait) => `다른 요청의 계산을 ${wait} 기다렸습니다.`,
    not_modified: "304", wasSame: "브라우저의 사본이 그대로 유효해서 본문을 보내지 않았습니다.", browser: "브라우저 캐시", wasBrowser: "브라우저 자체 캐시에 응답이 있었습니다.",
  },
});

shapes({
  stale: "M0-8 8 0 0 8-8 0zM0-3-3 0 0 3 3 0z", collapsed: "M-6-6H6V6H-6z",
  not_modified: "M-3 0a3 3 0 1 0 6 0a3 3 0 1 0-6 0z", browser: "M-7 6 0-7 7 6z",
});
says({
  stale: { name: () => t.stale, said: () => t.wasStale }, collapsed: { name: () => t.collapsed, said: ({ wait }) => wait && t.wasCollapsed(wait) },
  not_modified: { name: () => t.not_modified, said: () => t.wasSame }, browser: { name: () => t.browser, said: () => t.wasBrowser },
});

cache.names.push("wait");

let ttl = 0;
alsoShow((stats) => void (ttl = 1000 * stats.ttl_seconds));

// A hit tells how many seconds are left, rounded down. What is known more exactly stays.
expiry.until = (does, request, at, old) => {
  if (does === "stored") return at + ttl;
  const told = at + 1000 * (request.ttl ?? 0);
  return old && Math.abs(old.until - told) < 1100 ? old.until : told;
};
expiry.share = ({ until }, ms, isStill) => (isStill ? 1 : Math.min(1, (until - ms) / ttl));

// Single flight.
guess(({ path, n }, { earlier }) => path.startsWith("/cached") && earlier.some((other) => other.n === n && other.path === path) ? "wait" : null);

// Nobody measures a refresh, so the last computation of the same response stands for it.
onRequest((request) => {
  const { kind, n, worker, journey } = request;
  const at = journey?.find(({ place }) => place === "cache")?.from;
  if (kind !== "stale" || request.isGuess || requests.some((other) => other.isGuess && other.n === n && other.worker === worker && other.end > at)) return;
  const last = requests.findLast((other) => other.n === n && other.timing?.compute);
  const end = at + (last?.timing.compute ?? 200);
  const refresh = { id: `refresh ${request.id}`, path: "", n, worker, kind: "miss", isGuess: true, start: at, end, journey: [{ place: "compute", from: at, to: end }] };
  happened(end, "stored", refresh);
  add(refresh);
});
