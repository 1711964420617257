// The notebook: results and notes of all steps, stored in this browser.

import { facts, h, kept, part, view } from "./dom.js";
import { number, texts } from "./language.js";

const t = texts({
  en: {
    title: "Worksheet", intro: (count) => `This browser stores the results and notes of all steps. Results so far: ${count}.`,
    unstored: "This browser cannot store your results. Download the worksheet before you close or reload this page.",
    name: "Your name", download: "Download", board: "Board for the class", over: "Start over", sure: "Delete all results and notes?",
    settings: "settings", note: "Note", time: "Time", prediction: "Prediction", reason: "Reason", seen: "Seen",
    machine: "The board reads this part. Leave it as it is.",
  },
  ko: {
    title: "활동지", intro: (count) => `모든 단계의 결과와 메모는 이 브라우저에 저장됩니다. 지금까지의 결과: ${count}개.`,
    unstored: "이 브라우저에 결과를 저장할 수 없습니다. 이 페이지를 닫거나 새로 고치기 전에 활동지를 내려받으세요.",
    name: "이름", download: "내려받기", board: "수업 게시판", over: "처음부터 다시", sure: "결과와 메모를 모두 삭제할까요?",
    settings: "설정", note: "메모", time: "시각", prediction: "예측", reason: "이유", seen: "관찰",
    machine: "수업 게시판이 읽는 부분이니 그대로 두세요.",
  },
});

/** What a student can have seen. */
export const seenWords = texts({
  en: { same: "as predicted", more: "more than predicted", less: "less than predicted", other: "another one", unsure: "cannot tell" },
  ko: { same: "예측과 같음", more: "예측보다 큼", less: "예측보다 작음", other: "예측과 다름", unsure: "알 수 없음" },
});

const KEY = "lab notebook";
const FORMAT = 1;
const MOST_RUNS = 200;
const EMPTY = { runs: [], fields: {} };
let book = null;
// Without storage, only the page has the newest results.
let isStored = true;
book = load();

function load() {
  const { runs, fields } = (isStored ? kept(KEY) : null) ?? book ?? EMPTY;
  return { runs: [runs].flat().filter((run) => Array.isArray(run?.table?.[0])), fields: { ...fields } };
}

function change(use) {
  book = use(load());
  isStored = kept(KEY, book) !== null;
  intro.redraw();
}

const resets = [];

export const onStartOver = (use) => resets.push(use);

/** An input or textarea whose text is stored. */
export function field(tag, id, properties = {}) {
  const set = () => (element.value = book.fields[id] ?? properties.value ?? "");
  const oninput = () => change((book) => ({ ...book, fields: { ...book.fields, [id]: element.value } }));
  const element = h(tag, { id, ...properties, oninput });
  set();
  onStartOver(set);
  return element;
}

/** The results of one lab, oldest first, without those of an earlier format, which appear only in the worksheet. */
export const runsOf = (lab) => book.runs.filter((run) => run.lab === lab && run.version === FORMAT);

/** The last result of a lab for each `key(run)`. */
export const lastRuns = (lab, key) => [...new Map(runsOf(lab).map((run) => [key(run), run])).values()];

export const remarks = [];

/** Adds a result and its table, which may include earlier results. */
export function addRun(run, tabulate) {
  Object.assign(run, { time: new Date().toISOString(), program: [facts.program, ...remarks.flatMap((get) => get())].join(", ") });
  change((kept) => {
    book = { ...kept, runs: [...kept.runs, run].slice(-MOST_RUNS) };
    run.table = tabulate();
    return book;
  });
}

/** Adds more to a result. */
export function amend({ lab, time }, more) {
  const isIt = (run) => run.lab === lab && run.time === time;
  change((kept) => ({ ...kept, runs: kept.runs.map((run) => (isIt(run) ? { ...run, ...more } : run)) }));
}

const plain = (text = "") => String(text).replaceAll(/[\\|<*#`_[]/g, "\\$&").replaceAll("\n", " ");
const row = (cells) => `| ${cells.map(plain).join(" | ")} |\n`;
const point = (name, text) => (text == null ? "" : `* ${name}: ${plain(text)}\n`);

// The fields that a program reads, the board for example.
const KEYS = ["format", "name", "runs", "lab", "title", "step", "program", "time", "settings", "unit", "least",
  "predicted", "found", "measured", "median", "low", "high", "grade", "reason", "seen", "isStale"];

// Swedish dates look like ISO 8601.
const local = (time) => new Date(time).toLocaleString("sv").slice(0, 16);
const name = () => (book.fields.name ?? "").trim();

function worksheet() {
  let text = `# ${t.title}\n\n* ${t.name}: ${plain(name())}\n* ${t.time}: ${local(Date.now())}\n`;
  for (const lab of new Set(book.runs.map((run) => run.lab))) {
    const runs = book.runs.filter((run) => run.lab === lab);
    text += `\n## ${plain(runs.at(-1).title)}\n`;
    for (const { time, program, settings, question, predicted, unit = "", reason, seen, verdict, table: [head, ...rows] } of runs) {
      text += `\n${local(time)}, ${program}, ${t.settings}: ${settings}\n\n${question ? `${plain(question)}\n\n` : ""}`;
      text += point(t.prediction, typeof predicted === "number" ? number(predicted) + unit : predicted) + point(t.reason, reason) + point(t.seen, seenWords[seen]);
      text += `\n${verdict ? `**${plain(verdict)}**\n\n` : ""}${row(head)}${row(head.map(() => "---"))}${rows.map(row).join("")}`;
    }
    const note = plain(book.fields[`${lab}-note`]).trim();
    if (note) text += `\n${t.note}: ${note}\n`;
  }
  const all = { format: FORMAT, name: name(), runs: book.runs.filter((run) => run.version === FORMAT) };
  return `${text}\n${t.machine}\n\n\`\`\`json worksheet\n${JSON.stringify(all, KEYS)}\n\`\`\`\n`;
}

function download() {
  const href = URL.createObjectURL(new Blob([worksheet()], { type: "text/markdown" }));
  h("a", { href, download: `worksheet-${name() || facts.step}.md` }).click();
  setTimeout(() => URL.revokeObjectURL(href), 1000);
}

function startOver() {
  if (!confirm(t.sure)) return;
  change(() => EMPTY);
  resets.forEach((use) => use());
}

const intro = view(h("p"), () => (isStored ? t.intro(book.runs.length) : t.unstored));
part("worksheet").append(
  view(h("h2"), () => t.title), intro,
  h("p", { class: "field" }, view(h("label", { for: "name" }), () => t.name), field("input", "name", { autocomplete: "name" })),
  h("div", { class: "buttons" },
    view(h("button", { id: "download", onclick: download }), () => t.download),
    view(h("a", { href: "/board" }), () => t.board),
    view(h("button", { id: "start-over", onclick: startOver }), () => t.over)),
);
