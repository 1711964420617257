// Two plots, of bars made of parts and of curves.

import { h, legend } from "./dom.js";
import { number, texts } from "./language.js";
import { sum } from "./measure.js";

const t = texts({ en: { line: "line: lowest to highest round" }, ko: { line: "선: 최저 라운드에서 최고 라운드까지" } });

/**
 * Groups of bars { label, note, parts: [[class, value], …], low, high }. Each group has a scale of its own from 0, drawn
 * under it, whose numbers `format` writes.
 */
export const bars = (groups, names, format = number) => h("div", { class: "bars" }, groups.map((rows) => group(rows, format)),
  groups.flat().some(({ high }) => high != null) && h("p", {}, t.line), names && legend(names));

function group(rows, format) {
  const total = ({ parts, high = 0 }) => Math.max(high, sum(parts.map(([, value]) => value)));
  const most = Math.max(...rows.map(total)) || 1;
  const axis = () => ticks(most, false, 3).map((value) => h("u", { "--from": value / most }, h("span", {}, value ? format(value) : 0)));
  return h("div", { class: "group" },
    rows.map(({ label, note, parts, low, high }) => h("div", { class: "row" },
      h("span", {}, label),
      h("div", { class: "track" },
        parts.map(([name, value]) => h("i", { class: name, "--size": value / most })),
        high != null && h("b", { "--from": low / most, "--size": (high - low) / most })),
      h("span", {}, note))),
    h("div", { class: "row axis", "aria-hidden": "true" }, h("div", {}, axis())));
}

// In pixels: the height of a plot, and the room around its curves.
const HEIGHT = 300;
const [LEFT, RIGHT, TOP, BOTTOM] = [64, 16, 28, 44];

/** The next number that is 1, 2 or 5 times a power of ten. */
export function roundUp(value) {
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 5, 10].map((factor) => factor * power).find((round) => round >= value);
}

/** The marks of a scale up to `most`, about `count`; whole numbers, if it counts things. */
function ticks(most, counts, count = 5) {
  const step = roundUp(Math.max(most / count, counts ? 1 : 0));
  return Array.from({ length: Math.floor(most / step + 1e-9) + 1 }, (_, index) => index * step);
}

/** Curves { name, label, points: [[x, y, low, high], …], counts, scattered, line }, where x counts things or flows; `scattered` is dots alone, and `line` a level. */
export function curves(series, [xName, yName], caption) {
  const points = series.flatMap(({ points }) => points);
  const most = (values) => Math.max(...values) || 1;
  const [xMost, yMost] = [most(points.map(([x]) => x)), most([...points.map(([, y, , high]) => high ?? y), ...series.map(({ line = 0 }) => line)])];
  const box = h("div", { class: "curves" });
  const draw = () => {
    const width = Math.max(260, box.clientWidth);
    const x = (value) => LEFT + (value / xMost) * (width - LEFT - RIGHT);
    const y = (value) => HEIGHT - BOTTOM - (value / yMost) * (HEIGHT - BOTTOM - TOP);
    const text = (value, x, y, anchor) => h("text", { x, y, "text-anchor": anchor }, value);
    box.replaceChildren(h("svg", { width, height: HEIGHT, role: "img", "aria-label": `${caption}. ${xName}: 0–${number(xMost)}. ${yName}: 0–${number(yMost)}.` },
      ticks(yMost).map((value) => [
        h("line", { class: "grid", x1: LEFT, x2: width - RIGHT, y1: y(value), y2: y(value) }),
        text(number(value), LEFT - 8, y(value) + 5, "end"),
      ]),
      ticks(xMost, series[0].counts).map((value) => text(number(value), x(value), HEIGHT - BOTTOM + 20, "middle")),
      text(xName, width - RIGHT, HEIGHT - 4, "end"),
      text(yName, LEFT, 15),
      series.map(({ name, points, counts, scattered, line }) => [
        line != null && h("line", { class: `curve ${name}`, x1: LEFT, x2: width - RIGHT, y1: y(line), y2: y(line) }),
        scattered && points.map(([a, b]) => h("circle", { class: `dot ${name}`, cx: x(a), cy: y(b), r: 3.5 })),
        !scattered && h("path", { class: `curve ${name}`, d: points.map(([a, b], index) => `${index ? "L" : "M"}${x(a)} ${y(b)}`).join("") }),
        counts && points.map(([a, b, low = b, high = b]) => [
          h("line", { class: `curve ${name}`, x1: x(a), x2: x(a), y1: y(low), y2: y(high) }),
          h("circle", { class: `dot ${name}`, cx: x(a), cy: y(b), r: 5 }),
        ]),
      ])));
  };
  // The box has no width until it is part of the page.
  new ResizeObserver(draw).observe(box);
  return h("div", {}, box, legend(series.map(({ name, label }) => [name, label])));
}
