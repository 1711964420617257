// The head: which step and program this is, and the language.

import { facts, h, part, view } from "./dom.js";
import { language, languageChoice } from "./language.js";

const steps = {};

/** Says what a step adds. Labs belong to the `latest` step that has said so. */
export function step(name, texts) {
  steps[name] = texts;
  step.latest = name;
  head.redraw();
}

const head = view(h("div"), () => [
  h("h1", {}, h("code", {}, facts.step), ` ${steps[facts.step]?.[language()] ?? ""}`),
  h("p", {}, facts.program),
]);

part("head").append(head, languageChoice());
