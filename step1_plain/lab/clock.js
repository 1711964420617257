// The clock of the picture. It shows the present, or the past in slow motion, step by step or paused.

import { h, view } from "./dom.js";
import { texts, time as duration } from "./language.js";
import { now } from "./server.js";

const t = texts({
  en: { clock: "Time in the picture", speed: "Speed", pause: "Pause", play: "Play", back: "Previous event", next: "Next event", live: "Live", ago: (ms) => `${duration(ms)} ago` },
  ko: { clock: "그림의 시간", speed: "속도", pause: "일시 정지", play: "재생", back: "이전 이벤트", next: "다음 이벤트", live: "실시간", ago: (ms) => `${duration(ms)} 전` },
});

/** How fast time can pass. Only at the slowest speed can you see a local hit move. */
const SPEEDS = { "1×": 1, "¼×": 1 / 4, "1/20×": 1 / 20, "1/400×": 1 / 400 };
const ICONS = { back: "M3 2v12M13 2 5 8l8 6z", pause: "M5 2v12M11 2v12", play: "M4 2l9 6-9 6z", next: "M13 2v12M3 2l8 6-8 6z" };

const uses = [];
// "live", "playing" or "paused".
let state = "live";
let speed = 1;
// The request to whose start the clock was set.
let chosen = null;
// The last moment shown, and when it was shown.
let shown = 0;
let seen = 0;
let around;

/** The moment shown, as `now()`. Slow motion skips idle time. */
function time() {
  const present = now();
  if (state === "live") return present;
  if (state === "playing") {
    [shown, seen] = [Math.min(present, shown + speed * (present - seen)), present];
    const { isIdle, next } = around(shown);
    if (isIdle) shown = Math.min(next, present);
    if (shown === present && speed === 1) change("live", present);
  }
  return shown;
}

function change(to, moment = time()) {
  [state, shown, seen] = [to, moment, now()];
  if (to === "live") chosen = null;
  pause.redraw();
  select.value = speed;
  live.ariaPressed = state === "live";
  uses.forEach((use) => use());
}

function seek(ms, id = chosen) {
  chosen = id;
  change("paused", Math.min(ms, now()));
}

function step(to) {
  const moment = time();
  const event = around(moment)[to];
  seek(Number.isFinite(event) ? event : moment);
}

function setSpeed(to) {
  const moment = time();
  speed = to;
  change(state === "live" ? "playing" : state, moment);
}

const faster = (by) => setSpeed(Object.values(SPEEDS)[select.selectedIndex + by] ?? speed);
const toggle = () => change(state === "paused" ? "playing" : "paused");

/** Back to the present. */
function follow() {
  speed = 1;
  change("live");
}

export const clock = {
  time, follow, state: () => state,
  /** Shows this moment, paused, and marks the request of this number if there is one. */
  seek,
  chosen: () => chosen,
  /** Calls `use` when it is set. */
  onChange: (use) => uses.push(use),
  /** `events(ms)` finds the events `previous` and `next` to a moment, if finite, and whether it `isIdle`. */
  over: (events) => (around = events),
};

function icon(name, onclick) {
  const button = h("button", { class: "icon", onclick });
  return view(button, () => {
    button.title = button.ariaLabel = t[name()];
    return h("svg", { viewBox: "0 0 16 16", "aria-hidden": "true" }, h("path", { d: ICONS[name()] }));
  });
}

const select = h("select", { onchange: () => setSpeed(Number(select.value)) }, Object.entries(SPEEDS).map(([label, value]) => h("option", { value }, label)));
const pause = icon(() => (state === "paused" ? "play" : "pause"), toggle);
const live = view(h("button", { onclick: follow, "aria-pressed": "true" }), () => t.live);

/** The buttons of the clock. */
export const controls = h("div", { class: "clock", role: "group" }, icon(() => "back", () => step("previous")), pause, icon(() => "next", () => step("next")), select, live);
/** How long ago the moment in the picture was. */
export const moment = view(h("span", { class: "moment" }), () => {
  [controls.ariaLabel, select.ariaLabel] = [t.clock, t.speed];
  const ago = now() - time();
  return ago > 50 && t.ago(ago);
});

/** The keys of the clock. */
export function onkeydown(event) {
  const act = {
    " ": toggle, ArrowLeft: () => step("previous"), ArrowRight: () => step("next"), ArrowUp: () => faster(-1), ArrowDown: () => faster(1), End: follow,
  }[event.key];
  act?.();
  if (act) event.preventDefault();
}
