// The last requests of this page, a bar each, and buttons to send some.

import { h, part, view } from "./dom.js";
import { texts, time } from "./language.js";
import { ask, AT_ONCE, together, watch } from "./server.js";

const t = texts({
  en: {
    title: "Live", empty: "Nothing sent yet.", worker: "worker",
    intro: "/slow counts the primes up to n. A bar for each request of this page, as high as the time on the wire, dark as far as the server's own (X-Process-Time). Choose one (← →) to see its headers.",
    hit: "hit", stale: "stale", miss: "miss", collapsed: "collapsed", not_modified: "304", browser: "the browser's cache", computed: "no cache", error: "error",
  },
  ko: {
    title: "실시간", empty: "아직 보낸 요청이 없습니다.", worker: "워커",
    intro: "/slow는 n까지의 소수를 셉니다. 이 페이지의 요청마다 막대 하나: 높이는 전체 시간, 진한 부분은 서버의 시간(X-Process-Time)입니다. 고르면(← →) 헤더가 보입니다.",
    hit: "적중", stale: "만료된 응답", miss: "미스", collapsed: "합쳐짐", not_modified: "304", browser: "브라우저 캐시", computed: "캐시 없음", error: "오류",
  },
});

const SHOWN = 60;
const SCALE = ["10 s", "1 s", "100 ms", "10 ms", "1 ms", "0.1 ms"];
const answers = [];
const workers = [];
let chosen = null;

const height = (ms) => `${Math.min(100, Math.max(0, 20 * Math.log10(10 * ms)))}%`;

/** A spot in a worker's colour. */
export function spot(pid) {
  if (!workers.includes(pid)) workers.push(pid);
  return h("b", { "--color": `hsl(${205 + 137 * workers.indexOf(pid)} 75% 48%)` });
}

function bar(answer) {
  const one = answers.includes(chosen) ? chosen : answers.at(-1);
  return h("button", {
    class: `bar ${answer.kind}`, "aria-label": `${answer.what}: ${t[answer.kind]}, ${time(answer.wire)}`, "aria-pressed": answer === chosen,
    // Of all bars, Tab comes to one.
    tabindex: answer === one ? 0 : -1,
    "--wire": height(answer.wire), "--server": height(answer.server), onfocus: () => choose(answer), onpointerenter: () => choose(answer),
  }, h("i"), answer.worker && spot(answer.worker));
}

function choose(answer) {
  if (answer === chosen) return;
  chosen = answer;
  draw();
}

function onkeydown({ key }) {
  const step = { ArrowLeft: -1, ArrowRight: 1 }[key];
  if (step) strip.children[answers.indexOf(chosen) + step]?.focus();
}

const strip = h("div", { class: "strip", role: "group", onkeydown });
view(strip, () => {
  strip.setAttribute("aria-label", t.title);
  return answers.length ? answers.map(bar) : h("p", {}, t.empty);
});

const details = view(h("div", { class: "details" }), () => chosen && [
  h("strong", {}, chosen.what), ` → ${chosen.status}, ${t[chosen.kind]}, ${time(chosen.wire)}`,
  h("pre", { tabindex: 0 }, [...chosen.headers.map((header) => header.join(": ")), "", chosen.text.slice(0, 500)].join("\n")),
]);

const seen = (name) => [...new Set(answers.map((answer) => answer[name]))].filter((it) => it);

const legend = view(h("p", { class: "legend" }), () => [
  seen("kind").map((kind) => h("span", {}, h("i", { class: kind }), t[kind])),
  seen("worker").map((pid) => h("span", {}, spot(pid), `${t.worker} ${pid}`)),
]);

function draw() {
  const hadFocus = strip.contains(document.activeElement);
  [strip, legend, details].forEach((view) => view.redraw());
  if (hadFocus) (strip.children[answers.indexOf(chosen)] ?? strip.lastChild).focus({ preventScroll: true });
}

let isDue = false;
watch({ ended(answer) {
  if (!answer.kind) return;
  answers.push(answer);
  if (answers.length > SHOWN) answers.shift();
  if (!isDue) setTimeout(() => ((isDue = false), draw()), 100);
  isDue = true;
} });

const n = h("input", { id: "live-n", type: "number", value: 2_000_000 });
const buttons = h("div", { class: "buttons" });

export const button = (label, send) => buttons.append(h("button", { onclick: () => send(`?n=${n.value}`).catch(() => {}) }, label));

/** Adds buttons that send this request, once and many times at once. */
export function action(path) {
  const send = (query) => ask(path + query);
  button(`GET ${path}`, send);
  button(`${AT_ONCE} × GET ${path}`, (query) => together(() => send(query)));
}

action("/slow");

part("live").append(
  view(h("div"), () => [h("h2", {}, t.title), h("p", {}, t.intro)]),
  h("p", { class: "field" }, h("label", { for: "live-n" }, "n"), n),
  buttons,
  h("div", { class: "chart" }, h("div", { class: "scale", "aria-hidden": "true" }, SCALE.map((line) => h("span", {}, line))), strip),
  legend, details,
);
