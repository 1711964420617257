// The notebook: results and notes of all steps, kept in this browser.

import { facts, h, kept, part, view } from "./dom.js";
import { texts } from "./language.js";

const t = texts({
  en: {
    title: "Worksheet", intro: (count) => `Results and notes of all steps are kept in this browser; results so far: ${count}.`,
    name: "Your name", download: "Download", over: "Start over", sure: "Forget all results and notes?",
    settings: "settings", note: "note", time: "time",
  },
  ko: {
    title: "활동지", intro: (count) => `모든 단계의 결과와 메모는 이 브라우저에 보관됩니다. 지금까지의 결과: ${count}개.`,
    name: "이름", download: "내려받기", over: "처음부터 다시", sure: "결과와 메모를 모두 지울까요?",
    settings: "설정", note: "메모", time: "시각",
  },
});

const KEY = "lab notebook";
const MOST_RUNS = 200;
const EMPTY = { runs: [], fields: {} };
let book = null;
book = load();

function load() {
  const { runs, fields } = kept(KEY) ?? book ?? EMPTY;
  return { runs: [runs].flat().filter((run) => run?.table), fields: { ...fields } };
}

function change(use) {
  book = use(load());
  kept(KEY, book);
  intro.redraw();
}

const resets = [];

export const onStartOver = (use) => resets.push(use);

/** An input or textarea that keeps what is written into it. */
export function field(tag, id, properties = {}) {
  const set = () => (element.value = book.fields[id] ?? properties.value ?? "");
  const oninput = () => change((book) => ({ ...book, fields: { ...book.fields, [id]: element.value } }));
  const element = h(tag, { id, ...properties, oninput });
  set();
  onStartOver(set);
  return element;
}

/** The results of one lab, oldest first. */
export const runsOf = (lab) => book.runs.filter((run) => run.lab === lab);

export const remarks = [];

/** Adds a result, and a table, which may also be of those before. */
export function addRun(run, tabulate) {
  Object.assign(run, { time: new Date().toISOString(), program: [facts.program, ...remarks.flatMap((get) => get())].join(", ") });
  change((kept) => {
    book = { ...kept, runs: [...kept.runs, run].slice(-MOST_RUNS) };
    run.table = tabulate();
    return book;
  });
}

const plain = (text = "") => String(text).replaceAll(/[\\|<*#`_[]/g, "\\$&").replaceAll("\n", " ");
const row = (cells) => `| ${cells.map(plain).join(" | ")} |\n`;

export function worksheet() {
  let text = `# ${t.title}\n\n* ${t.name}: ${plain(book.fields.name)}\n* ${t.time}: ${new Date().toISOString()}\n`;
  for (const lab of new Set(book.runs.map((run) => run.lab))) {
    text += `\n## ${runsOf(lab).at(-1).title}\n`;
    for (const run of runsOf(lab)) {
      const [head, ...rows] = run.table;
      text += `\n${run.time}, ${run.program}, ${t.settings}: ${run.settings}\n\n**${plain(run.verdict)}**\n\n`;
      text += row(head) + row(head.map(() => "---")) + rows.map(row).join("");
    }
    text += `\n${t.note}: ${plain(book.fields[`${lab}-note`])}\n`;
  }
  return text;
}

function download() {
  const href = URL.createObjectURL(new Blob([worksheet()], { type: "text/markdown" }));
  h("a", { href, download: `worksheet-${facts.step}.md` }).click();
  setTimeout(() => URL.revokeObjectURL(href), 1000);
}

function startOver() {
  if (!confirm(t.sure)) return;
  change(() => EMPTY);
  resets.forEach((use) => use());
}

const intro = view(h("p"), () => t.intro(book.runs.length));
part("worksheet").append(
  view(h("h2"), () => t.title), intro,
  h("p", { class: "field" }, view(h("label", { for: "name" }), () => t.name), field("input", "name", { autocomplete: "name" })),
  h("div", { class: "buttons" },
    view(h("button", { id: "download", onclick: download }), () => t.download),
    view(h("button", { id: "start-over", onclick: startOver }), () => t.over)),
);
