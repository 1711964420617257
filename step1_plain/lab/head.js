// The head: which step this is, the way to each lab, the language.

import { facts, h, part, view } from "./dom.js";
import { LANGUAGES, language, speak } from "./language.js";

const steps = {};
const labs = [];

export function step(name, texts) {
  steps[name] = texts;
  head.redraw();
}

export function contents(id, title) {
  labs.push([id, title]);
  head.redraw();
}

const head = view(h("div"), () => [
  h("h1", {}, h("code", {}, facts.step), ` ${steps[facts.step]?.[language()] ?? ""}`),
  h("nav", {}, labs.map(([id, title]) => h("a", { href: `#${id}` }, title()))),
]);

const choice = ([name, label]) => h("label", { lang: name }, h("input", {
  type: "radio", name: "language", value: name, checked: name === language(), onchange: () => speak(name),
}), label);

part("head").append(head, h("fieldset", {}, h("legend", {}, "Language / 언어"), Object.entries(LANGUAGES).map(choice)));
