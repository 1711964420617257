// The cache in the picture: a slot for each stored response, as far as this page can tell from its responses.

import { h } from "./dom.js";
import { texts } from "./language.js";
import { alsoPaint, cell, inside, notes, place, rectangle, wake } from "./picture.js";
import { CIRCLE, kinds, spent } from "./said.js";
import { guess, onRequest } from "./scene.js";
import { now } from "./server.js";
import { alsoShow } from "./stats.js";

const t = texts({
  en: { cache: "cache", hit: "hit", wasHit: "The cache had the response.", miss: "miss", wasMiss: "It missed.", cleared: "cleared", note: "A box in the cache is a stored response." },
  ko: { cache: "캐시", hit: "캐시 히트", wasHit: "캐시에 응답이 있었습니다.", miss: "캐시 미스", wasMiss: "캐시에 응답이 없었습니다.", cleared: "비움", note: "캐시 안의 상자는 저장된 응답입니다." },
});

notes.push(() => t.note);
const { name } = kinds.computed;
kinds.computed.name = (request) => (request?.method === "DELETE" ? t.cleared : name());
Object.assign(kinds, {
  miss: { name: () => t.miss, says: ({ timing }) => `${t.wasMiss} ${spent(timing) ?? ""}`, shape: CIRCLE },
  hit: { name: () => t.hit, says: () => t.wasHit, shape: "M0-8 8 0 0 8-8 0z" },
});

/** A cell's part for slots and its part for requests: one above the other, or in a low one side by side. */
const parts = ({ x, y, w, h }) => (h < 60 ? [{ x, y, w: w / 2, h }, { x: x + w / 2, y, w: w / 2, h }] : [{ x, y, w, h: h - 26 }, { x, y: y + h - 26, w, h: 26 }]);

/** The cache's place. */
export const cache = place({ names: ["cache"], label: () => t.cache, least: 48, share: 2, area: (cell) => parts(cell)[1] }, "queue");

let capacity = Infinity;
let misses = 0;
alsoShow((stats) => {
  // Another server counts from 0, and its cache was empty. Or another client has emptied it.
  if (stats.misses < misses || (stats.entries === 0 && slotsAt(now()).some(({ until }) => until === Infinity))) {
    happened(now(), "cleared", {});
    wake();
  }
  misses = stats.misses;
  capacity = stats.capacity / (stats.workers?.length ?? 1) || Infinity;
});

/** [{ at, does, request }], in the order of time. A request has "stored", "used" or "cleared". */
const history = [];

export function happened(at, does, request) {
  history.push({ at, does, request });
  history.sort((a, b) => a.at - b.at);
  if (history.length > 500) history.shift();
}

onRequest((request) => {
  const { journey, kind, headers, method, status, isGuess } = request;
  if (!journey || isGuess) return;
  const at = journey.at(-1).from;
  if (method === "DELETE" && status === 204) happened(at, "cleared", request);
  else if (headers.some(([name, value]) => name === "cache-status" && value.includes("stored"))) happened(at, "stored", request);
  else if (["hit", "stale", "not_modified"].includes(kind)) happened(at, "used", request);
});

/** When a slot expires, how much of its life is left at a moment, from 0 to 1, and how long it is seen then. Here, none expires. */
export const life = { end: () => Infinity, left: () => 1, after: 3000 };

/** The slots at a moment, the least recently used one first: [{ worker, n, from, until }]. */
function slotsAt(ms) {
  let slots = [];
  for (const event of history) {
    const { at, does, request: { n, worker } } = event;
    if (at > ms) break;
    if (does === "cleared") {
      slots = [];
      continue;
    }
    const slot = { n, worker: cache.isShared ? "" : (worker ?? "") };
    const old = slots.find((other) => other.n === n && other.worker === slot.worker);
    const own = slots.filter((other) => other.worker === slot.worker && other !== old);
    const evicted = own.length >= capacity ? own[0] : null;
    const from = does === "used" && old ? old.from : at;
    slots = [...slots.filter((other) => other !== old && other !== evicted), { ...slot, from, until: life.end(event, old) }];
  }
  return slots.filter(({ until }) => ms < until + life.after);
}

// A slot that was filled after the request was sent is too late for it.
guess(({ path, n, start }, { ms }) => {
  if (!path.startsWith("/cached")) return null;
  return slotsAt(ms).some((slot) => slot.n === n && slot.from < start && slot.until > ms) ? "cache" : "compute";
});

let [drawn, fills] = ["", []];

alsoPaint((ms, all, isStill) => {
  const boxes = (cache.isShared ? [{ id: "" }] : all).flatMap(({ id }, lane) => {
    const [area] = parts(cell("cache", lane));
    const own = slotsAt(ms).filter(({ worker }) => worker === id).sort((a, b) => a.n - b.n);
    const isNamed = area.w > 85 && 25 * own.length <= area.h;
    const [w, h] = isNamed ? [area.w - 8, 22] : [10, 10];
    const perRow = Math.max(1, Math.floor((area.w - 5) / (w + 3)));
    return own.map((slot, index) =>
      ({ ...slot, isNamed, w, h, x: area.x + 4 + (w + 3) * (index % perRow), y: area.y + 4 + (h + 3) * Math.floor(index / perRow) }))
      .filter(({ y }) => y + h <= area.y + area.h);
  });
  const what = boxes.map(({ n, x, y, w }) => [n, x, y, w]).join();
  if (what !== drawn) {
    drawn = what;
    fills = boxes.map(() => h("path", { class: "filled" }));
    inside.replaceChildren(...fills, ...boxes.flatMap((box) =>
      [h("path", { class: "slot", d: rectangle(box) }), box.isNamed ? h("text", { x: box.x + 5, y: box.y + 17 }, box.n) : ""]));
  }
  boxes.forEach((box, index) => fills[index].setAttribute("d", rectangle({ ...box, w: box.w * (ms < box.until ? life.left(box, ms, isStill) : 0) })));
  return boxes.some(({ until }) => until < Infinity);
});
