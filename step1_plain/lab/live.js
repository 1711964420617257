// Buttons that send requests, and the last requests of this page.

import { clock } from "./clock.js";
import { h, kept, part, view } from "./dom.js";
import { language, texts } from "./language.js";
import { ask, AT_ONCE, now, together, watch } from "./server.js";
import { axis, draw, marks, spanLegend, told, took } from "./waterfall.js";

const t = texts({
  en: {
    title: "Requests", scale: "Time", linear: "linear", log: "logarithmic",
    hint: "/slow counts the primes up to n. Choose a row to see its headers here and its way in the picture.",
  },
  ko: {
    title: "요청", scale: "시간 축", linear: "선형", log: "로그",
    hint: "/slow는 n까지의 소수를 셉니다. 행을 고르면 헤더는 여기에, 요청이 지나간 길은 그림에 나옵니다.",
  },
});

const SHOWN = 40;
const PAUSE = 250;
const KEY = "lab scale";
const SCALES = ["linear", "log"];

/** { request, row, drawn } by the request's number, the newest last. */
const entries = new Map();
let chosen = null;
let scale = SCALES.find((name) => name === kept(KEY)) ?? SCALES[0];

const seek = ({ request: { start, id } }) => clock.seek(start, id);

function choose(entry) {
  if (entry === chosen) return;
  chosen = entry;
  if (clock.chosen()) seek(entry);
  details.redraw();
  ruler.redraw();
}

function rowOf(entry) {
  const onclick = () => {
    choose(entry);
    seek(entry);
  };
  const row = h("button", { onclick, onfocus: () => choose(entry) });
  rows.prepend(row);
  return row;
}

function onkeydown(event) {
  const { previousSibling, nextSibling } = document.activeElement;
  const other = { ArrowUp: previousSibling, ArrowDown: nextSibling, Home: rows.firstChild, End: rows.lastChild }[event.key];
  if (!other) return;
  event.preventDefault();
  other.focus();
}

const rows = h("div", { role: "group", onkeydown });
const legend = h("div", {}, spanLegend([]));

const details = view(h("div", { class: "details" }), () => {
  if (!chosen) return h("p", {}, t.hint);
  const { status, headers, text } = chosen.request;
  return [h("p", {}, told(chosen.request)), status > 0 && h("pre", { tabindex: 0 }, [
    `HTTP ${status}`, ...headers.map((header) => header.join(": ")), text.slice(0, 500),
  ].map((line) => h("div", {}, line)))];
});

/** The axis. The rows stay the same elements, so that the row under the pointer or the focus is not lost. */
const ruler = view(h("div", { class: "ruler", "aria-hidden": "true" }), () => {
  const all = [...entries.values()];
  const requests = all.map(({ request }) => request);
  const scaleMarks = marks(scale, Math.max(all.length ? 1 : 1000, ...requests.map(took)));
  const most = scaleMarks.at(-1);
  // Tab reaches only one of the rows.
  const one = chosen ?? all.at(-1);
  for (const entry of all) {
    const { request } = entry;
    const row = (entry.row ??= rowOf(entry));
    const drawn = [request.status, scale, most, language()].join();
    if (entry.drawn !== drawn || !request.kind) draw(row, request, scale, most);
    entry.drawn = drawn;
    row.tabIndex = entry === one ? 0 : -1;
    row.setAttribute("aria-current", entry === chosen);
  }
  rows.setAttribute("aria-label", t.title);
  legend.replaceChildren(spanLegend(requests.filter(({ kind }) => kind)));
  if (requests.some(({ kind }) => !kind)) soon();
  return axis(scaleMarks, scale);
});

let timer = null;
let last = 0;

/** Draws once a hit that was just sent has ended, and four times a second at most. */
function soon() {
  timer ??= setTimeout(() => {
    timer = null;
    if (document.hidden) return;
    last = now();
    ruler.redraw();
  }, Math.max(60, last + PAUSE - now()));
}
document.addEventListener("visibilitychange", soon);

function drop(entry) {
  entries.delete(entry.request.id);
  entry.row?.remove();
}

watch({
  sent(request) {
    entries.set(request.id, { request });
    if (entries.size > SHOWN) drop([...entries.values()].find((entry) => entry !== chosen));
    soon();
  },
  ended(response) {
    const entry = entries.get(response.id);
    if (!entry) return;
    if (response.kind) entry.request = response;
    else drop(entry);
    if (entry === chosen) details.redraw();
    soon();
  },
});

const n = h("input", { id: "live-n", type: "number", value: 2_000_000 });
const buttons = h("div", { class: "buttons" }, h("label", { for: n.id }, "n"), n);

const sender = (label, send, name) => h("button", { "aria-label": name, onclick: () => send(`?n=${n.value}`).catch(() => {}) }, label);

export const button = (label, send) => buttons.append(sender(label, send));

/** Adds buttons that send this request, once and many times at once. */
export function action(path) {
  const [label, many] = [`GET ${path}`, `${AT_ONCE} ×`];
  const send = (query) => ask(path + query);
  buttons.append(h("span", { class: "pair" }, sender(label, send), sender(many, (query) => together(() => send(query)), `${many} ${label}`)));
}

action("/slow");

const choice = (name) => h("label", {}, h("input", {
  type: "radio", name: "scale", checked: name === scale, onchange: () => (kept(KEY, (scale = name)), ruler.redraw()),
}), t[name]);

part("live").append(
  view(h("div", { class: "title" }), () => [h("h2", {}, t.title), h("fieldset", {}, h("legend", {}, t.scale), SCALES.map(choice))]),
  buttons, h("div", { class: "waterfall" }, ruler, rows), legend, details,
);
