// The cache in the picture: a slot for each response that it has, as far as the page's own responses say.

import { h } from "./dom.js";
import { texts } from "./language.js";
import { alsoPaint, cell, inside, place, rectangle, shapes } from "./picture.js";
import { says, spent } from "./said.js";
import { guess, onRequest } from "./scene.js";
import { alsoShow } from "./stats.js";

const t = texts({
  en: { cache: "cache", hit: "hit", wasHit: "The cache had the response.", miss: "miss", wasMiss: "The cache did not have it." },
  ko: { cache: "캐시", hit: "캐시 히트", wasHit: "캐시에 응답이 있었습니다.", miss: "캐시 미스", wasMiss: "캐시에 없었습니다." },
});

shapes({ hit: "M0-8 8 0 0 8-8 0z", miss: "M-6 0a6 6 0 1 0 12 0a6 6 0 1 0-12 0z" });
says({
  hit: { name: () => t.hit, said: () => t.wasHit },
  miss: { name: () => t.miss, said: (timing) => `${t.wasMiss} ${timing.compute ? spent(timing) : ""}` },
});

const isLow = ({ h }) => h < 60;
const parted = (box) => (isLow(box) ? [{ ...box, w: box.w / 2 }, { ...box, x: box.x + box.w / 2, w: box.w / 2 }] : [{ ...box, h: box.h - 24 }, { ...box, y: box.y + box.h - 24, h: 24 }]);

/** The place. */
export const cache = place({ names: ["cache"], label: () => t.cache, least: 50, share: 2, area: (box) => parted(box)[1] }, "queue");

let capacity = Infinity;
alsoShow((stats) => void (capacity = stats.capacity / (stats.workers?.length ?? 1) || Infinity));

/** What responses told of the cache: [{ at, worker, key, does, request }], in the order of `at`. */
const history = [];

/** When a slot expires that a request has filled or used at this time. Here, none does. */
export const expiry = { until: () => Infinity, share: () => 1 };

/** Tells that a request has "stored", "used" or "cleared". */
export function happened(at, does, request) {
  history.push({ at, does, request, key: request.n });
  history.sort((a, b) => a.at - b.at);
  if (history.length > 500) history.shift();
}

onRequest((request) => {
  const { journey, kind, headers, method, status, isGuess } = request;
  if (!journey || isGuess || kind === "browser") return;
  const { from } = journey.at(-1);
  if (method === "DELETE" && status === 204) happened(from, "cleared", request);
  else if (headers.some(([name, value]) => name === "cache-status" && value.includes("stored"))) happened(from, "stored", request);
  else if (kind === "hit" || kind === "stale" || kind === "not_modified") happened(journey.find(({ place }) => place === "cache").from, "used", request);
});

/** The slots at a moment, the least recently used one first: Map of { worker, key, from, until } by worker and key. */
export function slotsAt(ms) {
  const slots = new Map();
  for (const { at, does, request, key } of history) {
    if (at > ms) break;
    if (does === "cleared") slots.clear();
    else {
      const worker = cache.isShared?.() ? "" : (request.worker ?? "");
      const name = `${worker} ${key}`;
      const old = slots.get(name);
      slots.delete(name);
      slots.set(name, { worker, key, from: does === "used" && old ? old.from : at, until: expiry.until(does, request, at, old) });
      const own = [...slots].filter(([, slot]) => slot.worker === worker);
      if (own.length > capacity) slots.delete(own[0][0]);
    }
  }
  return slots;
}

// A slot that was filled since then is too late for it.
guess(({ path, n, start }, { ms }) => {
  if (!path.startsWith("/cached")) return null;
  return [...slotsAt(ms).values()].some(({ key, from, until }) => key === n && from < start && until > ms) ? "cache" : "compute";
});

let drawn = "";
let fills = [];

alsoPaint(({ ms, all, isStill }) => {
  const slots = [...slotsAt(ms).values()];
  const boxes = (cache.isShared?.() ? [{ id: "" }] : all).flatMap(({ id }, lane) => {
    const box = parted(cell("cache", lane, all.length))[0];
    const own = slots.filter(({ worker }) => worker === id).sort((a, b) => a.key - b.key);
    const isWide = !isLow(box) && box.w > 85 && own.length <= Math.floor(box.h / 24);
    const [w, hi] = isWide ? [box.w - 8, 22] : [10, 10];
    const perRow = Math.max(1, Math.floor((box.w - 4) / (w + 3)));
    return own.map((slot, index) => ({ slot, isWide, x: box.x + 4 + (w + 3) * (index % perRow), y: box.y + 4 + (hi + 3) * Math.floor(index / perRow), w, h: hi }));
  });
  const now = boxes.map(({ slot, x, y, w }) => [slot.key, x, y, w]).join();
  if (now !== drawn) {
    drawn = now;
    fills = boxes.map(() => h("path", { class: "filled" }));
    inside.replaceChildren(...boxes.flatMap((box, index) => [fills[index], h("path", { class: "slot", d: rectangle(box) }), box.isWide ? h("text", { x: box.x + 4, y: box.y + 17 }, box.slot.key) : ""]));
  }
  boxes.forEach((box, index) => {
    const share = ms < box.slot.until ? expiry.share(box.slot, ms, isStill) : 0;
    fills[index].setAttribute("d", rectangle({ ...box, w: box.w * share }));
  });
  return slots.some(({ until }) => until > ms && until < Infinity) ? 200 : 0;
});
