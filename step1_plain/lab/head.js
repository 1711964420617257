// The head: which step and program this is, and the language.

import { facts, h, part, view } from "./dom.js";
import { LANGUAGES, language, speak } from "./language.js";

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

const choice = ([name, label]) => h("label", { lang: name }, h("input", {
  type: "radio", name: "language", value: name, checked: name === language(), onchange: () => speak(name),
}), label);

part("head").append(head, h("fieldset", {}, h("legend", { class: "unseen" }, "Language / 언어"), Object.entries(LANGUAGES).map(choice)));
