// The clock of the picture: it follows the present, or shows slowly, in steps or not at all what has happened.

import { h, view } from "./dom.js";
import { texts, time as duration } from "./language.js";
import { now } from "./server.js";

const t = texts({
  en: {
    controls: "Time in the picture", speed: "Speed", pause: "Pause", play: "Play", back: "Previous event", next: "Next event",
    live: "Live", ago: (ms) => `${duration(ms)} ago`,
  },
  ko: {
    controls: "그림의 시간", speed: "속도", pause: "일시 정지", play: "재생", back: "이전 사건", next: "다음 사건",
    live: "실시간", ago: (ms) => `${duration(ms)} 전`,
  },
});

/** How fast time can pass. A hit on the same machine takes long enough to be seen at the last one only. */
const SPEEDS = [["1×", 1], ["¼×", 1 / 4], ["1/20×", 1 / 20], ["1/400×", 1 / 400]];
const ICONS = { back: "M3 2v12M13 2 5 8l8 6z", pause: "M5 2v12M11 2v12", play: "M4 2l9 6-9 6z", next: "M13 2v12M3 2l8 6-8 6z" };

const uses = [];
let [state, speed, shown, seen] = ["live", 1, 0, 0];
let around = () => ({ isIdle: true });

/** The moment shown, as `now()`. Slow motion leaves out what is idle. */
function time() {
  const present = now();
  if (state === "live") return present;
  if (state === "playing") {
    [shown, seen] = [Math.min(present, shown + speed * (present - seen)), present];
    const { isIdle, next } = around(shown);
    if (isIdle) shown = next ?? present;
    if (shown === present && speed === 1) change("live", present);
  }
  return shown;
}

function change(to, moment = time()) {
  [state, shown, seen] = [to, moment, now()];
  pause.redraw();
  [select.value, present.ariaPressed] = [speed, state === "live"];
  uses.forEach((use) => use());
}

const seek = (ms) => change("paused", Math.min(ms, now()));

function step(direction) {
  const { previous, next } = around(time());
  seek((direction < 0 ? previous : next) ?? time());
}

function setSpeed(to) {
  const moment = time();
  speed = to;
  change(state === "live" ? "playing" : state, moment);
}

function live() {
  speed = 1;
  change("live");
}

const toggle = () => change(state === "paused" ? "playing" : "paused");

export const clock = {
  time, seek, step, live, toggle,
  /** Calls `use` when the clock was set, and no longer goes on as before. */
  onChange: (use) => uses.push(use),
  state: () => state,
  /** `events(ms)` finds the events `previous` and `next` to a moment, and whether it `isIdle`. */
  over: (events) => (around = events),
};

function iconButton(name, onclick) {
  const button = h("button", { class: "icon", onclick });
  return view(button, () => {
    button.title = button.ariaLabel = t[name()];
    return h("svg", { viewBox: "0 0 16 16", "aria-hidden": "true" }, h("path", { d: ICONS[name()] }));
  });
}

const select = h("select", { onchange: () => setSpeed(Number(select.value)) }, SPEEDS.map(([label, value]) => h("option", { value }, label)));
const pause = iconButton(() => (state === "paused" ? "play" : "pause"), toggle);
const present = view(h("button", { onclick: live, "aria-pressed": "true" }), () => t.live);
const moment = h("span", { class: "moment" });

/** Says how long ago it was what the picture shows. */
export function tellMoment(ms) {
  const ago = now() - ms;
  const text = state === "live" || ago < 50 ? "" : t.ago(ago);
  if (moment.textContent !== text) moment.textContent = text;
}

/** Its buttons. */
export const controls = h("div", { class: "clock", role: "group" },
  iconButton(() => "back", () => step(-1)), pause, iconButton(() => "next", () => step(1)), select, present, moment);
view(h("i"), () => ([controls.ariaLabel, select.ariaLabel] = [t.controls, t.speed]) && []);

/** Its keys. */
export function onkeydown(event) {
  const faster = (by) => setSpeed(SPEEDS[SPEEDS.findIndex(([, value]) => value === speed) + by]?.[1] ?? speed);
  const act = {
    " ": toggle, ArrowLeft: () => step(-1), ArrowRight: () => step(1), ArrowUp: () => faster(-1), ArrowDown: () => faster(1), End: live,
  }[event.key];
  if (!act) return;
  event.preventDefault();
  act();
}
