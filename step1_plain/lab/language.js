// English and Korean: every text is beside its translation, in the file that uses it.

import { h, kept, redrawAll } from "./dom.js";

const LANGUAGES = { en: "English", ko: "한국어" };

/** All texts. A test looks for missing ones. */
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

/** Texts by language and name. The result has those of the current language, and the ones of `others`. */
export function texts(all, others = {}) {
  everyText.push(all);
  return new Proxy(all, { get: (_, name) => all[current][name] ?? others[name] });
}

// Creating a format is slower than using it.
const whole = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
const short = new Intl.NumberFormat("en", { maximumSignificantDigits: 3 });

/** A number as people write it in both languages, with three digits or all that come before the point. */
export const number = (value) => (Number.isInteger(value) || value >= 100 ? whole : short).format(value);

export const time = (ms) => (ms >= 1000 ? `${number(ms / 1000)} s` : `${number(ms)} ms`);
