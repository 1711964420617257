// The frame of every lab: a question, a prediction, a measurement, a verdict, and why.

import { h, part, table, view, wide } from "./dom.js";
import { contents } from "./head.js";
import { number, texts } from "./language.js";
import { score } from "./measure.js";
import { addRun, field, onStartOver, runsOf } from "./notebook.js";
import { again, ask, sleep, together } from "./server.js";

export { h, part, table } from "./dom.js";
export { step } from "./head.js";
export { number, time } from "./language.js";
export * from "./measure.js";
export { runsOf } from "./notebook.js";
export * from "./plot.js";
export { ask, AT_ONCE } from "./server.js";

const t = texts({
  en: {
    prediction: "Your prediction", change: "What to change", run: "Run", stop: "Stop", whyHead: "Why?", nextHead: "Next", note: "Your note",
    running: "Measuring …", stopped: "Stopped.", unclear: "Cannot tell from this: the rounds differ too much.",
    right: "Right", close: "Close", off: "Not so", by: (factor) => `off by a factor of ${factor}`,
    seconds: "seconds", rounds: "rounds", round: "round", hit: "hit", misses: "misses", computed: "computed", requests: "requests", ratio: "hit ratio",
    workers: "workers", predicted: "predicted", measured: "measured", lowest: "lowest", highest: "highest", unit: "",
  },
  ko: {
    prediction: "내 예측", change: "바꿔 볼 것", run: "실행", stop: "멈춤", whyHead: "왜 그럴까?", nextHead: "그다음", note: "메모",
    running: "측정하는 중 …", stopped: "멈췄습니다.",
    right: "맞았습니다", close: "가깝습니다", off: "아닙니다", by: (factor) => `${factor}배 차이`,
    unclear: "이것으로는 알 수 없습니다. 오차 범위 안입니다.",
    seconds: "초", rounds: "라운드 수", round: "라운드", hit: "적중", misses: "미스", computed: "계산", requests: "요청", ratio: "적중률",
    workers: "워커 수", predicted: "예측", measured: "측정", lowest: "최저", highest: "최고", unit: "",
  },
});

class Run {
  constructor(signal, progress) {
    Object.assign(this, { signal, progress });
  }

  ask = (path, options) => ask(path, { ...options, signal: this.signal });

  sleep = (ms) => sleep(ms, this.signal);

  together = (path) => together(() => this.ask(path));

  /** As many samples as there are rounds. */
  async rounds(count, sample) {
    const samples = [];
    while (samples.length < count) {
      const progress = (part) => this.progress((samples.length + part) / count);
      progress(0);
      samples.push(await sample(progress));
    }
    return samples;
  }

  /** So many clients, who ask again and again until `isOver()`; calls `use` with each answer. */
  load(count, path, isOver, use = () => {}) {
    let hasFailed = false;
    const client = async () => {
      while (!hasFailed && !isOver()) use(await this.ask(path()));
    };
    return Promise.all(Array.from({ length: count }, client)).finally(() => (hasFailed = true));
  }
}

function judgeNumber(predicted, { measured, isUnclear, rounds }, own) {
  const [said, median, low, high] = [predicted, measured.median, measured.low, measured.high].map((value) => number(value) + own.unit);
  const range = low === high ? "" : ` (${low} – ${high}, ${t.rounds}: ${rounds})`;
  const words = `${t.predicted}: ${said}; ${t.measured}: ${median}${range}. `;
  const { grade, factor } = score(predicted, measured);
  // Rounds far apart make nearly any prediction right.
  const isWide = measured.high > 2 * measured.low && grade === "right";
  if (isUnclear || isWide) return { grade: "unclear", words: words + t.unclear };
  return { grade, words: words + t[grade] + (grade === "right" ? "." : `: ${t.by(number(factor))}.`) };
}

/**
 * Adds a lab to the page. `settings` are numbers to change: { name: [usual, least, most] }. `measure`
 * finds what the notebook keeps, with a spread `measured`; `tabulate` makes rows of it, headings first,
 * and `plot` a picture. Where a word is predicted, `words` are examples, and `judge` gives the verdict.
 */
export function lab({ id, texts: all, settings: more, words, measure, judge = judgeNumber, tabulate, plot }) {
  const own = texts(all, t);
  let running = null;
  let say = null;
  contents(id, () => own.title);

  const limits = { n: [2e6, 0, 1e7], rounds: [5, 5, 50], ...more };
  const inputs = Object.fromEntries(Object.entries(limits).filter(([, limit]) => limit).map(([name, [value, min, max]]) =>
    [name, field("input", `${id}-${name}`, { type: "number", value, min, max, required: "" })]));
  const prediction = field("input", `${id}-prediction`, { required: "", ...(words ? { list: `${id}-words` } : { type: "number", step: "any", min: 0 }) });

  async function start() {
    say = null;
    const values = {};
    for (const [name, input] of Object.entries({ ...inputs, prediction })) {
      if (input.validationMessage) say ??= () => `${own[name] ?? name}: ${input.validationMessage}`;
      values[name] = input.type === "number" ? input.valueAsNumber : input.value.trim();
    }
    if (say) return verdict.redraw();
    const { prediction: predicted, ...settings } = values;
    setRunning(new AbortController());
    const { signal } = running;
    try {
      const found = await again(() => measure(settings, new Run(signal, (part) => (progress.value = part))), signal);
      const run = { lab: id, title: `${own.title}: ${own.question}`, predicted, rounds: settings.rounds, ...found };
      run.settings = Object.entries(settings).map((pair) => pair.join(" = ")).join(", ");
      run.verdict = judge(predicted, run, own).words;
      addRun(run, () => tabulate(run, own));
      say = null;
    } catch (error) {
      say = () => (signal.aborted ? t.stopped : error.message);
    }
    setRunning(null);
    result.redraw();
  }

  const runButton = view(h("button", { class: "run", onclick: start }), () => t.run);
  const stopButton = view(h("button", { class: "stop", onclick: () => running.abort(), disabled: "" }), () => t.stop);
  const progress = h("progress", { hidden: "", "aria-label": id });
  const verdict = h("p", { role: "status" });
  view(verdict, () => {
    const run = runsOf(id).at(-1);
    const { grade, words } = say ? { grade: "none", words: say() } : run ? judge(run.predicted, run, own) : {};
    verdict.className = words ? `verdict ${grade}` : "";
    return words;
  });

  function setRunning(controller) {
    const hadFocus = [runButton, stopButton].includes(document.activeElement);
    running = controller;
    // Two at once would disturb each other.
    document.querySelectorAll(".run").forEach((button) => (button.disabled = running));
    progress.hidden = stopButton.disabled = !running;
    if (running) say = () => t.running;
    verdict.redraw();
    if (hadFocus) (running ? stopButton : runButton).focus();
  }

  const result = view(h("div"), () => {
    const run = runsOf(id).at(-1);
    if (!run) return;
    const [head, ...rows] = tabulate(run, own);
    return [plot?.(run, own), wide(own.title, table(head, rows, own.title))];
  });
  onStartOver(() => (verdict.redraw(), result.redraw()));

  const labelled = (input, label) => h("p", { class: "field" }, view(h("label", { for: input.id }), label), input);
  const folded = (head, ...body) => h("details", {}, view(h("summary"), head), body);
  part("labs").append(h("section", { id, class: "lab" },
    view(h("div"), () => [h("h2", {}, own.title), h("p", {}, own.question)]),
    labelled(prediction, () => t.prediction + (own.unit && ` (${own.unit.trim()})`)),
    words && h("datalist", { id: `${id}-words` }, words.map((value) => h("option", { value }))),
    folded(() => t.change, Object.entries(inputs).map(([name, input]) => labelled(input, () => own[name] ?? name))),
    h("div", { class: "buttons" }, runButton, stopButton), progress, verdict, result,
    folded(() => t.whyHead, view(h("p"), () => own.why)),
    view(h("p"), () => `${t.nextHead}: ${own.next}`),
    labelled(field("textarea", `${id}-note`, { rows: 2 }), () => t.note)));
}
