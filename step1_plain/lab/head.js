// The head: which step and program this is, and the language.

import { facts, h, part, view } from "./dom.js";
import { language, languageChoice } from "./language.js";

const steps = {};

/** The step that adds labs at the moment. */
export let currentStep;

/** Begins a step, with what it adds to the steps before. The labs that follow belong to it. */
export function step(name, texts) {
  steps[name] = texts;
  currentStep = name;
  head.redraw();
}

const head = view(h("div"), () => [
  h("h1", {}, h("code", {}, facts.step), ` ${steps[facts.step]?.[language()] ?? ""}`),
  h("p", {}, facts.program),
]);

part("head").append(head, languageChoice());
