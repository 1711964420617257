// The course: a row of all labs, of which the page shows one. The address says which, so that the back button works.

import { facts, h, part, redrawAll, view } from "./dom.js";
import { currentStep } from "./head.js";
import { texts } from "./language.js";

const t = texts({
  en: { labs: "Labs", done: "done", now: "now", next: "next" },
  ko: { labs: "실습 순서", done: "완료", now: "현재", next: "다음" },
});

const labs = [];
let shown = null;

/** Adds a lab, hidden: { id, title, section, heading, isDone }, where `title` and `isDone` are called each time. */
export function enroll(lab) {
  labs.push({ ...lab, step: currentStep });
  lab.section.hidden = true;
}

/** The lab after this one, if there is one. */
export const after = (id) => labs[labs.findIndex((lab) => lab.id === id) + 1];

// The first lab that is not done, of this step if there is one.
function first() {
  const own = labs.filter((lab) => lab.step === facts.step);
  return [...own, ...labs].find((lab) => !lab.isDone()) ?? own[0] ?? labs[0];
}

function show() {
  const chosen = labs.find((lab) => `#${lab.id}` === location.hash) ?? shown ?? first();
  const isOther = shown && chosen !== shown;
  shown = chosen;
  for (const lab of labs) lab.section.hidden = lab !== shown;
  course.redraw();
  if (isOther) shown.heading.focus();
}

const course = view(h("ol"), () => {
  const next = labs.slice(labs.indexOf(shown)).find((lab) => lab !== shown && !lab.isDone());
  return labs.map((lab, index) => {
    const states = [lab.isDone() && "done", lab === shown && "now", lab === next && "next"].filter(Boolean);
    return h("li", {}, h("a", { href: `#${lab.id}`, class: states.join(" "), onclick: () => lab.heading.focus(), "aria-current": lab === shown && "step" },
      h("i", { "aria-hidden": "true" }, lab.isDone() ? "✓" : index + 1), h("span", {}, lab.title()),
      states.length > 0 && h("small", {}, states.map((state) => t[state]).join(", "))));
  });
});

/** Draws the row again when a lab is done. The focus stays where it is. */
export function redrawCourse() {
  const focused = [...course.children].findIndex((item) => item.contains(document.activeElement));
  course.redraw();
  course.children[focused]?.firstChild.focus();
}

view(part("course"), () => (part("course").setAttribute("aria-label", t.labs), course));
addEventListener("hashchange", show);
// By then, all labs are in the list, so each can name the next one.
addEventListener("DOMContentLoaded", () => (show(), redrawAll()));
