// English and Korean: every text stands beside its translation, in the file that uses it.

import { h, kept, redrawAll } from "./dom.js";

const LANGUAGES = { en: "English", ko: "한국어" };

/** All texts, to look whether one is missing. */
export const everyText = [];

const KEY = "lab language";
const first = navigator.languages.map((name) => name.slice(0, 2)).find((name) => name in LANGUAGES);
let current = [kept(KEY), first, "en"].find((name) => name in LANGUAGES);
document.documentElement.lang = current;

export const language = () => current;

function speak(language) {
  current = document.documentElement.lang = language;
  kept(KEY, language);
  redrawAll();
}

export const languageChoice = () => h("fieldset", {}, h("legend", { class: "unseen" }, "Language / 언어"), Object.entries(LANGUAGES).map(([name, label]) =>
  h("label", { lang: name }, h("input", { type: "radio", name: "language", value: name, checked: name === current, onchange: () => speak(name) }), label)));

/** Texts by language and name. The result has those of the language of now, and of `others`. */
export function texts(all, others = {}) {
  everyText.push(all);
  return new Proxy(all, { get: (_, name) => all[current][name] ?? others[name] });
}

/** A number as people write it, with three digits or all that come before the point. */
export function number(value) {
  const isWhole = Number.isInteger(value) || value >= 100;
  return new Intl.NumberFormat(current, isWhole ? { maximumFractionDigits: 0 } : { maximumSignificantDigits: 3 }).format(value);
}

export const time = (ms) => (ms >= 1000 ? `${number(ms / 1000)} s` : `${number(ms)} ms`);
