// A row for each request: how it spent its time, on one scale for all rows.

import { h, legend } from "./dom.js";
import { journey } from "./journey.js";
import { texts, time } from "./language.js";
import { roundUp } from "./plot.js";
import { kinds } from "./said.js";
import { now } from "./server.js";

const t = texts({
  en: {
    network: "network", loop: "server", queue: "queue", compute: "computing", browser: "browser", pending: "pending",
  },
  ko: {
    network: "네트워크", loop: "서버", queue: "대기열", compute: "계산", browser: "브라우저", pending: "진행 중",
  },
});

/** The names of the spans. Steps add theirs. */
export const spans = Object.fromEntries(["network", "loop", "queue", "compute", "browser", "pending"].map((name) => [name, () => t[name]]));

const workers = [];

/** A dot in a worker's colour. */
export function workerDot(pid) {
  if (!workers.includes(pid)) workers.push(pid);
  return h("b", { "--color": `hsl(${205 + 137 * workers.indexOf(pid)} 75% 48%)` });
}

/** Where a "log" scale begins, in milliseconds. */
const LEAST = 0.1;

/** Where a time is on a "linear" or "log" scale that ends at `most`: from 0 to 1. */
export function position(ms, scale, most) {
  const part = scale === "log" ? Math.log(ms / LEAST) / Math.log(most / LEAST) : ms / most;
  return Math.min(1, Math.max(0, part));
}

/** The marks of a scale that reaches `longest`, in milliseconds. The last one is its end. */
export function marks(scale, longest) {
  if (scale === "log") return Array.from({ length: 1 + Math.max(2, Math.ceil(Math.log10(longest / LEAST))) }, (_, decade) => LEAST * 10 ** decade);
  const step = roundUp(longest / 4);
  return Array.from({ length: 1 + Math.ceil(longest / step) }, (_, index) => index * step);
}

/** How long a request took, or has taken until now. */
export const took = ({ wire, start }) => wire ?? now() - start;

const nameOf = (request) => (request.kind ? kinds[request.kind].name(request) : t.pending);

const SPENT = { out: "network", back: "network", cache: "loop" };

/** What a request spent its time on: [{ name, from, to }] in milliseconds since its start. */
function spent(request) {
  const { start } = request;
  const all = [];
  for (const { place, from, to } of request.status ? journey(request) : [{ place: "pending", from: start, to: start + took(request) }]) {
    const [name, last] = [SPENT[place] ?? place, all.at(-1)];
    if (last?.name === name) last.to = to - start;
    else if (to > from) all.push({ name, from: from - start, to: to - start });
  }
  return all;
}

/** A request in one line of text. */
export function told(request) {
  const kind = `${request.what}: ${nameOf(request)}`;
  if (!request.kind) return kind;
  const sums = {};
  for (const { name, from, to } of spent(request)) sums[name] = (sums[name] ?? 0) + to - from;
  return [kind, time(request.wire), ...Object.entries(sums).map(([name, ms]) => `${spans[name]()} ${time(ms)}`)].join(", ");
}

/** Draws a request into its row. */
export function draw(row, request, scale, most) {
  row.className = `entry ${request.kind ?? "pending"}`;
  row.setAttribute("aria-label", told(request));
  // The grid ignores the spaces, but without them other programs would read its words as one.
  row.replaceChildren(
    h("span", { class: "path" }, request.worker && workerDot(request.worker), request.what.replace("GET ", "")), " ",
    h("span", { class: "kind" }, nameOf(request)), " ",
    h("span", { class: "spent" }, spent(request).map(({ name, from, to }) => {
      const [left, right] = [from, to].map((ms) => position(ms, scale, most));
      return h("i", { class: name, "--from": left, "--size": right - left });
    })),
    h("span", { class: "took" }, time(took(request))),
  );
}

/** The marks of an axis. Where there are more than three, every second one has a label. */
export const axis = (marks, scale) => h("div", { class: "spent" }, marks.map((ms, index) =>
  h("span", { "--from": position(ms, scale, marks.at(-1)) }, (marks.length < 4 || index % 2 === 0) && time(ms))));

/** What the segments of these requests mean. */
export const spanLegend = (requests) => legend([...new Set(requests.flatMap(spent).map(({ name }) => name))].map((name) => [name, spans[name]()]));
