// The server as a picture: its places, and the requests that go from one to the next.

import { clock, controls, onkeydown, tellMoment } from "./clock.js";
import { h, part, view } from "./dom.js";
import { texts } from "./language.js";
import { lastAt, log, nameOf, said } from "./said.js";
import { lanes, onRequest, requests, sceneAt } from "./scene.js";

const t = texts({
  en: {
    title: "The server", browser: "browser", loop: "loop", queue: "queue", compute: "compute", read: "How to read it",
    keys: "The server as a picture, with keys",
    note: "Each request of this page is a shape, which stays where the headers of its response say that it stayed. A hollow one has no response yet, so its place is a guess. The way that a request took glows for half a second. Nobody measures the two ways through the network, so each gets half of the time. While the picture has the focus, Space pauses, ← → go from event to event, ↑ ↓ change the speed, and End goes back to live.",
  },
  ko: {
    title: "서버", browser: "브라우저", loop: "루프", queue: "대기열", compute: "계산", read: "그림 읽는 법",
    keys: "서버 그림, 키로 조작",
    note: "이 페이지의 요청은 도형 하나씩으로 나타나고, 응답 헤더가 알려 주는 시간만큼 그 자리에 머뭅니다. 속이 빈 도형은 아직 응답이 없어서 자리를 추측한 것입니다. 요청이 지나간 길은 0.5초 동안 빛납니다. 네트워크를 가고 오는 시간은 따로 잴 수 없어서 절반씩 나눕니다. 그림에 포커스가 있을 때 스페이스는 일시 정지, ← →는 이전 사건과 다음 사건, ↑ ↓는 속도 조절, End는 실시간으로 돌아가기입니다.",
  },
});

const [HEAD, GAP, GLOW, SETTLING] = [26, 5, 500, 70];

const SHAPES = {
  computed: "M-6 0a6 6 0 1 0 12 0a6 6 0 1 0-12 0z",
  error: "M-4-7 0-3 4-7 7-4 3 0 7 4 4 7 0 3-4 7-7 4-3 0-7-4z",
};

/** Has a kind of request another shape than a circle. */
export const shapes = (more) => Object.assign(SHAPES, more);
const shapeOf = (kind) => SHAPES[kind] ?? SHAPES.computed;

const still = matchMedia("(prefers-reduced-motion: reduce)");

const columns = [];

/**
 * Adds a place before another: what `journey` calls it (`names`), its label, how wide it is at `least` and its `share`
 * of what is left. A place that all workers share is as high as all of them, and `area` is where in its cell the
 * requests are, if not everywhere.
 */
export function place(added, before) {
  const index = columns.findIndex(({ names }) => names.includes(before));
  columns.splice(index < 0 ? columns.length : index, 0, added);
  return added;
}

place({ names: ["browser", "out", "back"], label: () => t.browser, least: 64, share: 1, isShared: () => true });
place({ names: ["loop"], label: () => t.loop, least: 46, share: 1 });
place({ names: ["queue"], label: () => t.queue, least: 48, share: 3 });
place({ names: ["compute"], label: () => t.compute, least: 66, share: 1 });

const columnOf = (name) => {
  const index = columns.findIndex(({ names }) => names.includes(name));
  return index < 0 ? columns.findIndex(({ names }) => names.includes("loop")) : index;
};

const svg = h("svg", { "aria-hidden": "true" });
const layer = () => svg.appendChild(h("svg"));
const ground = layer();
/** For what a place has in it. */
export const inside = layer();
const [glowing, moving] = [layer(), layer()];
let [width, height, drawn] = [0, 0, ""];

/** A column's rectangle in a lane. */
function cellOf(index, lane, count) {
  const [least, share] = ["least", "share"].map((name) => columns.map((column) => column[name]));
  const sum = (values) => values.reduce((a, b) => a + b, 0);
  const rest = width - sum(least) - GAP * (columns.length - 1);
  const w = least[index] + (rest * share[index]) / sum(share);
  const x = sum(least.slice(0, index)) + (rest * sum(share.slice(0, index))) / sum(share) + GAP * index;
  const each = (height - HEAD) / count;
  return columns[index].isShared?.() ? { x, y: HEAD, w, h: height - HEAD } : { x, y: HEAD + lane * each, w, h: each - (count > 1 ? 3 : 0) };
}

/** A place's rectangle in a lane: { x, y, w, h, isShared }. */
export const cell = (name, lane, count) => ({ ...cellOf(columnOf(name), lane, count), isShared: columns[columnOf(name)].isShared?.() });

const middle = ({ x, y, w, h }) => [x + w / 2, y + h / 2];

/** A path around a rectangle, whose corners are round. */
export function rectangle({ x, y, w, h }, r = Math.min(4, w / 2)) {
  const corner = (dx, dy) => `a${r} ${r} 0 0 1 ${dx} ${dy}`;
  return `M${x + r} ${y}h${w - 2 * r}${corner(r, r)}v${h - 2 * r}${corner(-r, r)}h${2 * r - w}${corner(-r, -r)}v${2 * r - h}${corner(r, -r)}z`;
}

function drawGround(all) {
  const now = [width, height, document.documentElement.lang, ...columns.map(({ label }) => label()), ...all.map(({ label, isLeaving }) => label + isLeaving)].join();
  if (now === drawn) return;
  drawn = now;
  const boxes = columns.flatMap(({ isShared, names }, index) => (isShared?.() ? [{ label: "" }] : all).map(({ label, isLeaving }, lane) => {
    const box = cellOf(index, lane, all.length);
    return [
      h("path", { class: `place ${names[0]}${isLeaving ? " leaving" : ""}`, d: rectangle(box) }),
      names[0] === "loop" && label && h("text", { class: isLeaving ? "leaving" : "", x: box.x + 3, y: box.y + Math.min(18, box.h / 2 + 5.5) }, label),
    ];
  }));
  const labels = columns.map(({ label }, index) => {
    const { x, w } = cellOf(index, 0, 1);
    return h("text", { x: x + w / 2, y: 18, "text-anchor": "middle" }, label());
  });
  const wires = all.map((_, lane) => {
    const [[x, y], [homeX]] = [middle(cellOf(columns.length - 1, lane, all.length)), middle(cellOf(0, 0, 1))];
    return h("path", { class: "wire", d: `M${homeX} ${y}H${x}` });
  });
  ground.replaceChildren(...[boxes, wires, labels].flat(3).filter((it) => it));
}

/** A place for the one of this number in a rectangle: they line up from the right, in as many rows as they need. */
function spot({ x, y, w, h }, index, count, size) {
  const step = 15 * size;
  const perRow = Math.max(1, Math.floor((w - 4) / step));
  const rows = Math.min(Math.max(1, Math.floor(h / step)), Math.ceil(count / perRow));
  const [row, column] = [Math.min(rows - 1, Math.floor(index / perRow)), index < rows * perRow ? index % perRow : perRow - 1];
  const first = count < perRow ? x + w / 2 + (step * (count - 1)) / 2 : x + w - 2 - step / 2;
  return [first - column * step, y + h / 2 + step * (row - (rows - 1) / 2)];
}

function positions(scene, count, size) {
  const crowds = new Map();
  const cellFor = (name, lane) => {
    const box = cell(name, lane, count);
    return columns[columnOf(name)].area?.(box) ?? box;
  };
  const found = scene.map((dot) => {
    const { request, place, from, to, lane } = dot;
    if (place === "out" || place === "back") {
      const way = request.journey;
      const [other] = [way[way.findIndex((stay) => stay.place === place) + (place === "out" ? 1 : -1)].place];
      const [home, there] = [middle(cellFor("browser", lane)), middle(cellFor(other, lane))];
      const share = still.matches ? 0 : (dot.ms - from) / (to - from) || 0;
      const part = still.matches ? 0 : place === "out" ? share : 1 - share;
      // Those that go together go side by side.
      const aside = 5 * ((request.id % 7) - 3) * size * Math.min(1, 1 - part + 0.3);
      return [home[0] + part * (there[0] - home[0]), home[1] + part * (there[1] - home[1]) + aside];
    }
    const box = cellFor(place, lane);
    const crowd = `${box.x} ${box.y}`;
    if (!crowds.has(crowd)) crowds.set(crowd, { box, dots: [] });
    crowds.get(crowd).dots.push(dot);
    return null;
  });
  for (const { box, dots } of crowds.values()) {
    dots.sort((a, b) => a.from - b.from);
    dots.forEach((dot, index) => (found[scene.indexOf(dot)] = spot(box, index, dots.length, size)));
  }
  return found;
}

const elements = new Map();
const spare = [];

function drawDots(scene, count, elapsed) {
  const size = Math.min(1.3, Math.max(0.75, (height - HEAD) / count / 50));
  const goal = positions(scene, count, size);
  const pull = still.matches ? 1 : 1 - Math.exp(-elapsed / SETTLING);
  let isSettling = false;
  const left = new Set(elements.keys());
  scene.forEach(({ request, place, from, to, isGuess }, index) => {
    const [x, y] = goal[index];
    left.delete(request.id);
    let dot = elements.get(request.id);
    if (!dot) {
      const element = moving.appendChild(spare.pop() ?? h("path"));
      const [homeX, homeY] = clock.state() === "live" && !still.matches ? middle(cell("browser", 0, count)) : [x, y];
      elements.set(request.id, (dot = { element, x: homeX, y: homeY }));
    }
    dot.x += pull * (x - dot.x);
    dot.y += pull * (y - dot.y);
    if (Math.abs(x - dot.x) + Math.abs(y - dot.y) > 0.3) isSettling = true;
    const { element } = dot;
    element.setAttribute("transform", `translate(${dot.x.toFixed(1)} ${dot.y.toFixed(1)}) scale(${size})`);
    const is = [request.kind, place, from, to, isGuess].join();
    if (dot.is === is) return;
    dot.is = is;
    element.setAttribute("class", `request ${request.kind ?? "computed"}${isGuess ? " hollow" : ""}`);
    element.setAttribute("d", shapeOf(request.kind));
    Object.assign(element.dataset, { id: request.id, place, from, to, worker: request.worker ?? "", guess: Boolean(isGuess) });
  });
  for (const id of left) {
    const { element } = elements.get(id);
    element.remove();
    spare.push(element);
    elements.delete(id);
  }
  return isSettling;
}

// The way that a request took glows afterwards. Of those that took the same way, one does.

const glows = new Map();
let glowedUntil = 0;

function way({ journey, worker }, all) {
  const lane = Math.max(0, all.findIndex(({ id }) => id === worker));
  const visited = new Set(journey.map(({ place }) => columnOf(place)));
  const last = Math.max(...visited);
  return columns.slice(0, last + 1).map((_, index) => {
    const box = cellOf(index, lane, all.length);
    const [x, y] = middle(columns[index].isShared?.() ? { ...box, ...cell("loop", lane, all.length), x: box.x, w: box.w } : box);
    // It goes past a place that it did not visit.
    return [x, visited.has(index) || columns[index].isShared?.() ? y : box.y + box.h - 2];
  });
}

function drawGlows(ms, all) {
  const stamp = performance.now();
  if (!still.matches && ms - glowedUntil < 1000) {
    for (const request of requests) {
      if (!request.journey || request.isGuess || request.end <= glowedUntil || request.end > ms) continue;
      const points = way(request, all);
      const d = `M${points.join("L")}`;
      const key = request.kind + d;
      if (!glows.has(key)) {
        const [x, y] = points.at(-1);
        const shape = h("path", { class: `request ${request.kind}`, d: shapeOf(request.kind), transform: `translate(${x} ${y})` });
        glows.set(key, { parts: [h("path", { class: `glow ${request.kind}`, d }), shape] });
        glowing.append(...glows.get(key).parts);
      }
      glows.get(key).since = stamp;
    }
  }
  glowedUntil = ms;
  for (const [key, { parts, since }] of glows) {
    const left = 1 - (stamp - since) / GLOW;
    parts.forEach((part) => (left > 0 ? part.setAttribute("opacity", left.toFixed(2)) : part.remove()));
    if (left <= 0) glows.delete(key);
  }
  return glows.size > 0;
}

const painters = [];

/**
 * Has `paint({ ms, all, isStill })` draw more, whenever the picture is drawn: at a moment, with all lanes, and without
 * anything between two states if it is to be still. It may return after how many milliseconds it is due again.
 */
export const alsoPaint = (paint) => painters.push(paint);

const line = h("p", { class: "said", "aria-hidden": "true" });
let [frame, timer, before, isSeen] = [0, 0, 0, true];

function paint(stamp) {
  frame = 0;
  const ms = clock.time();
  const all = lanes.at(ms);
  drawGround(all);
  const scene = sceneAt(ms).map((dot) => ({ ...dot, ms }));
  const isSettling = drawDots(scene, all.length, Math.min(50, stamp - before));
  const isGlowing = drawGlows(ms, all);
  const dues = painters.map((paint) => paint({ ms, all, isStill: still.matches })).filter((due) => due > 0);
  const last = lastAt(ms);
  const text = last ? said(last) : "";
  if (line.textContent !== text) line.textContent = line.title = text;
  tellMoment(ms);
  before = stamp;
  const isGoing = clock.state() === "playing" && (scene.length > 0 || requests.some(({ start }) => start > ms));
  if (isSettling || isGlowing || isGoing) wake();
  else if (dues.length) timer = setTimeout(wake, Math.min(...dues));
}

/** Draws it at the next frame. */
export function wake() {
  clearTimeout(timer);
  if (!frame && isSeen) frame = requestAnimationFrame(paint);
}

clock.onChange(() => ((glowedUntil = clock.time()), wake()));
onRequest(wake);

const stage = h("div", { class: "stage", tabindex: 0, role: "group", onkeydown }, svg);
new ResizeObserver(([{ contentRect }]) => (([width, height] = [contentRect.width, contentRect.height]), wake())).observe(stage);
new IntersectionObserver(([{ isIntersecting }]) => ((isSeen = isIntersecting), wake())).observe(stage);

const legend = view(h("p", { class: "legend" }), () => Object.entries(SHAPES).map(([kind, d]) =>
  h("span", {}, h("svg", { class: "shape", "aria-hidden": "true" }, h("path", { class: `request ${kind}`, d, transform: "translate(8 8)" })), nameOf(kind))));

part("picture").append(
  h("div", { class: "top" }, view(h("h2"), () => t.title), controls),
  stage, line, log,
  h("details", {}, view(h("summary"), () => t.read), legend, view(h("p"), () => (((stage.ariaLabel = t.keys), wake()), t.note))),
);
