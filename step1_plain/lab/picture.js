// The server as a picture: its places, and the requests that go from one to the next.

import { clock, controls, moment, onkeydown } from "./clock.js";
import { h, part, view } from "./dom.js";
import { texts } from "./language.js";
import { sum } from "./measure.js";
import { kinds, log, saidAt } from "./said.js";
import { lanes, onRequest, requests, sceneAt } from "./scene.js";

const t = texts({
  en: {
    title: "The server", browser: "browser", loop: "loop", queue: "queue", compute: "compute", read: "How to read it",
    note: "Each shape is a request of this page. The headers of its response say where it was, and for how long. A hollow shape has no response yet, so its place is a guess. The page can't time each direction of the network by itself, so each gets half.",
    keys: "Space pauses, ← → go from event to event, ↑ ↓ change the speed, and End goes back to live.",
  },
  ko: {
    title: "서버", browser: "브라우저", loop: "루프", queue: "대기열", compute: "계산", read: "그림 읽는 법",
    note: "도형 하나가 이 페이지의 요청 하나입니다. 어디에 얼마나 있었는지는 응답 헤더가 알려 줍니다. 속이 빈 도형은 아직 응답을 받지 못한 요청이므로 위치는 추정한 것입니다. 네트워크에서 걸린 시간은 가는 쪽과 오는 쪽을 따로 잴 수 없어 반씩 나눕니다.",
    keys: "스페이스로 멈추고, ← →로 이벤트를 하나씩 이동하고, ↑ ↓로 속도를 바꾸고, End로 실시간으로 돌아갑니다.",
  },
});

// Pixels: the height of the labels, and the width between two places.
const HEAD = 26;
const GAP = 4;
// Milliseconds: how long a way glows, and how long a request takes to come near its place.
const GLOW = 500;
const SETTLING = 70;

const still = matchMedia("(prefers-reduced-motion: reduce)");

const columns = [];
const indexOf = (name) => columns.findIndex(({ names }) => names.includes(name));
const columnOf = (name) => (indexOf(name) < 0 ? indexOf("loop") : indexOf(name));

/**
 * Adds a place before another: its `names` in a journey, its label, how wide it is at `least` and its `share` of what
 * is left. One that `isShared` by all workers is as high as all. `area(cell)` is where in it the requests are.
 */
export function place(added, before) {
  columns.splice(before ? indexOf(before) : columns.length, 0, added);
  return added;
}

place({ names: ["browser", "out", "back"], label: () => t.browser, least: 61, share: 1, isShared: true });
place({ names: ["loop"], label: () => t.loop, least: 53, share: 1 });
place({ names: ["queue"], label: () => t.queue, least: 50, share: 3 });
place({ names: ["compute"], label: () => t.compute, least: 66, share: 1 });

const svg = h("svg", { "aria-hidden": "true" });
const layer = () => svg.appendChild(h("svg"));
const ground = layer();
/** For the contents of the places. */
export const inside = layer();
const [glowing, moving] = [layer(), layer()];
let width = 0;
let height = 0;
// The rectangles of each place, lane by lane.
let grid = [];
let drawn = "";

/** A place's rectangle in a lane. */
export const cell = (name, lane) => grid[columnOf(name)][lane];

const middle = ({ x, y, w, h }) => [x + w / 2, y + h / 2];

/** A path around it, with round corners. */
export function rectangle({ x, y, w, h }) {
  const r = Math.min(4, w / 2);
  const corner = (dx, dy) => `a${r} ${r} 0 0 1 ${dx} ${dy}`;
  return `M${x + r} ${y}h${w - 2 * r}${corner(r, r)}v${h - 2 * r}${corner(-r, r)}h${2 * r - w}${corner(-r, -r)}v${2 * r - h}${corner(r, -r)}z`;
}

function drawGround(all) {
  const now = JSON.stringify([width, height, columns.map(({ label, isShared }) => [label(), isShared]), all]);
  if (now === drawn) return;
  drawn = now;
  const total = (name) => sum(columns.map((column) => column[name]));
  const rest = (width - total("least") - GAP * (columns.length - 1)) / total("share");
  const each = (height - HEAD) / all.length;
  let x = 0;
  grid = columns.map(({ least, share, isShared }) => {
    const w = least + rest * share;
    const cells = all.map((_, lane) => ({ x, w, ...(isShared ? { y: HEAD, h: height - HEAD - 3 } : { y: HEAD + lane * each, h: each - 3 }) }));
    x += w + GAP;
    return cells;
  });
  const box = (cell, lane) => h("path", { class: all[lane].isLeaving ? "place leaving" : "place", d: rectangle(cell) });
  // The text after a comma is left out if there is no room for it.
  const fitting = (label, width) => (8 * label.length > width + 30 ? label.split(",")[0] : label);
  const text = (x, y, label, anchor) => h("text", { x, y, "text-anchor": anchor }, label);
  ground.replaceChildren(
    ...columns.flatMap(({ isShared }, index) => (isShared ? grid[index].slice(0, 1) : grid[index]).map(box)),
    ...all.map((_, lane) => h("path", { class: "wire", d: `M${middle(grid[0][0])[0]} ${middle(cell("loop", lane))[1]}H${middle(cell("compute", lane))[0]}` })),
    ...columns.map(({ label }, index) => text(middle(grid[index][0])[0], 18, fitting(label(), grid[index][0].w), "middle")),
    ...all.map(({ label }, lane) => text(cell("loop", lane).x + 3, cell("loop", lane).y + Math.min(18, each / 2 + 4), label)));
}

/** The place of one of so many in a rectangle: they line up from the right, in as many rows as they need. */
function spot({ x, y, w, h }, index, count, step) {
  const perRow = Math.max(1, Math.floor((w - 4) / step));
  const rows = Math.min(Math.max(1, Math.floor(h / step)), Math.ceil(count / perRow));
  const row = Math.min(rows - 1, Math.floor(index / perRow));
  const column = Math.min(perRow - 1, index - row * perRow);
  const right = count < perRow ? x + (w + step * (count - 1)) / 2 : x + w - 2 - step / 2;
  return [right - column * step, y + h / 2 + step * (row - (rows - 1) / 2)];
}

/** Where each dot of a scene is. */
function spots(scene, ms, size) {
  const columnAt = ({ place }) => columns[columnOf(place)];
  const areaOf = (dot) => (columnAt(dot).area ?? ((cell) => cell))(cell(dot.place, dot.lane));
  const [going, staying] = [true, false].map((isGoing) => scene.filter(({ place }) => ["out", "back"].includes(place) === isGoing));
  const found = new Map();
  for (const crowd of Map.groupBy(staying, (dot) => [columnOf(dot.place), !columnAt(dot).isShared && dot.lane].join()).values()) {
    crowd.sort((a, b) => a.from - b.from).forEach((dot, index) => found.set(dot, spot(areaOf(dot), index, crowd.length, 15 * size)));
  }
  for (const dot of going) {
    const { request: { id, journey }, place, from, to, lane } = dot;
    const other = place === "out" ? journey[journey.findIndex(({ place }) => place === "out") + 1] : journey.at(-2);
    const share = still.matches ? 0 : (ms - from) / (to - from);
    const part = place === "out" || still.matches ? share : 1 - share;
    const [[x, y], [toX, toY]] = [middle(cell("browser", lane)), middle(areaOf({ ...other, lane }))];
    // Those that go together go side by side.
    found.set(dot, [x + part * (toX - x), y + part * (toY - y) + 6 * ((id % 7) - 3)]);
  }
  return found;
}

const symbol = (kind, transform) => h("path", { class: `request ${kind}`, d: kinds[kind].shape, transform });

const dots = new Map();

function drawDots(scene, ms, count, elapsed) {
  const size = Math.min(1.3, Math.max(0.75, (height - HEAD) / count / 50));
  const pull = still.matches ? 1 : 1 - Math.exp(-elapsed / SETTLING);
  const gone = new Set(dots.keys());
  let isSettling = false;
  for (const [{ request, place, from, to, isGuess }, [x, y]] of spots(scene, ms, size)) {
    const { id, kind = "computed", worker } = request;
    gone.delete(id);
    if (!dots.has(id)) {
      const [startX, startY] = clock.state() === "live" ? middle(cell("browser", 0)) : [x, y];
      dots.set(id, { element: moving.appendChild(h("path")), x: startX, y: startY });
    }
    const dot = dots.get(id);
    dot.x += pull * (x - dot.x);
    dot.y += pull * (y - dot.y);
    isSettling ||= Math.abs(x - dot.x) + Math.abs(y - dot.y) > 0.3;
    dot.element.setAttribute("transform", `translate(${dot.x.toFixed(1)} ${dot.y.toFixed(1)}) scale(${size})`);
    const isChosen = id === clock.chosen();
    const is = [kind, place, from, isGuess, isChosen].join();
    if (dot.is === is) continue;
    dot.is = is;
    dot.element.setAttribute("class", `request ${kind}${isGuess ? " hollow" : ""}${isChosen ? " chosen" : ""}`);
    if (isChosen) moving.append(dot.element);
    dot.element.setAttribute("d", kinds[kind].shape);
    Object.assign(dot.element.dataset, { id, place, from, to, worker });
  }
  for (const id of gone) {
    dots.get(id).element.remove();
    dots.delete(id);
  }
  return isSettling;
}

// A request's path glows afterwards. Requests with the same path share one glow.

const glows = new Map();
let glowsFrom = 0;
// A response can arrive after a frame of a later moment, so its end does not tell whether it has glowed.
let glowed = new WeakSet();

function way({ journey, worker }, all) {
  const lane = Math.max(0, all.findIndex(({ id }) => id === worker));
  const visited = new Set(journey.map(({ place }) => columnOf(place)));
  const y = middle(cell("loop", lane))[1];
  // It bypasses a place that it did not visit.
  const aside = y + Math.min(16, cell("loop", lane).h / 2 - 2);
  return grid.slice(0, Math.max(...visited) + 1).map((cells, index) =>
    [middle(cells[lane])[0], visited.has(index) || index < columnOf("loop") ? y : aside]);
}

function drawGlows(ms, all) {
  const stamp = performance.now();
  const ended = requests.filter(({ journey, isGuess, end }) => journey && !isGuess && glowsFrom < end && end <= ms);
  for (const request of ended.filter((request) => !glowed.has(request))) {
    glowed.add(request);
    const [points, { kind }] = [way(request, all), request];
    const d = `M${points.join("L")}`;
    if (!glows.has(kind + d)) {
      const parts = [h("path", { class: `glow ${kind}`, d }), symbol(kind, `translate(${points.at(-1)})`)];
      glows.set(kind + d, { parts });
      glowing.append(...parts);
    }
    glows.get(kind + d).since = stamp;
  }
  for (const [key, { parts, since }] of glows) {
    const left = 1 - (stamp - since) / GLOW;
    parts.forEach((part) => (left > 0 ? part.setAttribute("opacity", still.matches ? 1 : left) : part.remove()));
    if (left <= 0) glows.delete(key);
  }
  return glows.size > 0;
}

const painters = [];

/** Has `paint(ms, all, isStill)` draw more at a moment, with all lanes. It returns whether its drawing changes with time. */
export const alsoPaint = (paint) => painters.push(paint);

const line = h("p", { class: "said", "aria-hidden": "true" });
let frame = 0;
let timer = 0;
let before = 0;
let isSeen = true;

function paint(stamp) {
  frame = 0;
  const ms = clock.time();
  const all = lanes.at(ms);
  drawGround(all);
  const scene = sceneAt(ms);
  const moves = [
    drawDots(scene, ms, all.length, Math.min(50, stamp - before)), drawGlows(ms, all),
    clock.state() === "playing" && (scene.length || requests.some(({ start }) => start > ms)),
  ];
  const changes = painters.map((paint) => paint(ms, all, still.matches));
  const text = saidAt(ms);
  if (line.textContent !== text) line.textContent = text;
  if (moment.firstChild || clock.state() !== "live") moment.redraw();
  before = stamp;
  if (moves.some(Boolean)) wake();
  else if (changes.some(Boolean) && clock.state() !== "paused") timer = setTimeout(wake, 200);
}

/** Draws it at the next frame. */
export function wake() {
  clearTimeout(timer);
  if (!frame && isSeen) frame = requestAnimationFrame(paint);
}

clock.onChange(() => {
  glowsFrom = clock.time();
  glowed = new WeakSet();
  wake();
});
onRequest(wake);

const stage = h("div", { class: "stage", tabindex: 0, role: "group", "aria-keyshortcuts": "Space ArrowLeft ArrowRight ArrowUp ArrowDown End", onkeydown }, svg);
new ResizeObserver(([{ contentRect }]) => {
  ({ width, height } = contentRect);
  wake();
}).observe(stage);
new IntersectionObserver((entries) => {
  isSeen = entries.at(-1).isIntersecting;
  wake();
}).observe(stage);

/** Sentences on how to read the picture. */
export const notes = [() => t.note];

const legendOf = (kind) => h("span", {}, h("svg", { class: "shape", "aria-hidden": "true" }, symbol(kind, "translate(8 8)")), kinds[kind].name());
const reading = view(h("div"), () => {
  [stage.ariaLabel, stage.title] = [t.title, t.keys];
  wake();
  return [h("p", { class: "legend" }, Object.keys(kinds).map(legendOf)), h("p", {}, notes.map((note) => `${note()} `))];
});

part("picture").append(
  h("div", { class: "top" }, view(h("h2"), () => t.title), moment, controls), stage, line, log,
  h("details", { ontoggle: () => reading.redraw() }, view(h("summary"), () => t.read), reading));
