// The frame of every lab: a question, a prediction, a measurement, a verdict, and why.

import { h, part, table, view, wide } from "./dom.js";
import { contents } from "./head.js";
import { number, texts } from "./language.js";
import { score } from "./measure.js";
import { addRun, field, onStartOver, runsOf } from "./notebook.js";
import { ask, AT_ONCE, Lost, sleep, untilBack } from "./server.js";

// All that a lab needs.
export { h, table } from "./dom.js";
export { step } from "./head.js";
export { number, time } from "./language.js";
export * from "./measure.js";
export { runsOf } from "./notebook.js";
export * from "./plot.js";
export { ask, AT_ONCE } from "./server.js";

const t = texts({
  en: {
    prediction: "Your prediction", change: "What to change", run: "Run", stop: "Stop", whyHead: "Why?", nextHead: "Next", note: "Your note",
    running: "Measuring …", stopped: "Stopped.", unclear: "Cannot tell from this: the difference is within the spread.",
    right: "Right", close: "Close", off: "Not so", by: "off by a factor of",
    seconds: "seconds", rounds: "rounds", round: "round", hit: "hit", misses: "misses", computed: "computed", requests: "requests", ratio: "hit ratio (/stats)",
    workers: "workers", predicted: "predicted", measured: "measured", lowest: "lowest", highest: "highest", unit: "",
  },
  ko: {
    prediction: "내 예측", change: "바꿔 볼 것", run: "실행", stop: "멈춤", whyHead: "왜 그럴까?", nextHead: "다음에는", note: "메모",
    running: "측정하는 중 …", stopped: "멈췄습니다.",
    right: "맞았습니다", close: "가깝습니다", off: "아닙니다", by: "어긋난 배율",
    unclear: "이것으로는 알 수 없습니다. 차이가 흔들림 안에 있습니다.",
    seconds: "초", rounds: "라운드 수", round: "라운드", hit: "적중", misses: "미스", computed: "계산", requests: "요청", ratio: "적중률 (/stats)",
    workers: "워커 수", predicted: "예측", measured: "측정", lowest: "최저", highest: "최고", unit: "",
  },
});

class Run {
  constructor(signal, say) {
    Object.assign(this, { signal, say });
  }

  ask = (path, options) => ask(path, { ...options, signal: this.signal });

  sleep = (ms) => sleep(ms, this.signal);

  /** The same request, as often at once as a browser can. */
  together = (path) => Promise.all(Array(AT_ONCE).fill(path).map((path) => this.ask(path)));

  /** As many samples as there are rounds. A round in which the server went away is taken again. */
  async rounds(count, sample) {
    const samples = [];
    while (samples.length < count) {
      const progress = (part) => this.say(t.running, (samples.length + part) / count);
      progress(0);
      try {
        samples.push(await sample(progress));
      } catch (error) {
        if (!(error instanceof Lost)) throw error;
        await untilBack(this.signal);
      }
    }
    return samples;
  }

  /** So many clients, who ask again and again until `isOver()`; calls `use` with each answer. */
  load(count, path, isOver, use = () => {}) {
    const client = async () => {
      while (!isOver()) use(await this.ask(path));
    };
    return Promise.all(Array.from({ length: count }, client));
  }
}

/** The verdict on a number. */
function judgeNumber(predicted, { measured, isUnclear, rounds }, own) {
  const [said, median, low, high] = [predicted, measured.median, measured.low, measured.high].map((value) => number(value) + own.unit);
  const range = low === high ? "" : ` (${low} – ${high}, ${t.rounds}: ${rounds})`;
  const words = `${t.predicted}: ${said}; ${t.measured}: ${median}${range}. `;
  if (isUnclear) return { grade: "unclear", words: words + t.unclear };
  const { grade, factor } = score(predicted, measured);
  return { grade, words: words + t[grade] + (grade === "right" ? "." : `: ${t.by} ${number(factor)}`) };
}

/**
 * Adds a lab to the page. `texts`: title, question, why, next, perhaps the unit, and what else it shows.
 * `settings` are numbers to change: { name: [usual, least, most] }. `measure` finds what the notebook
 * keeps, with a spread `measured`; `tabulate` makes rows of it, headings first, and `plot` a picture.
 * Where the prediction is a word, `words` are examples, and `judge` gives the verdict.
 */
export function lab({ id, texts: all, settings: more, words, measure, judge = judgeNumber, tabulate, plot }) {
  const own = texts(all, t);
  let running = null;
  let state = [""];
  contents(id, () => own.title);

  const limits = { n: [2e6, 0, 1e7], rounds: [5, 1, 50], ...more };
  const inputs = Object.fromEntries(Object.entries(limits).map(([name, [value, min, max]]) =>
    [name, field("input", `${id}-${name}`, { type: "number", value, min, max, required: "" })]));
  const prediction = field("input", `${id}-prediction`, { required: "", ...(words ? { list: `${id}-words` } : { type: "number", step: "any", min: 0 }) });

  function say(...next) {
    state = next;
    status.redraw();
  }

  async function start() {
    const values = {};
    for (const [name, input] of Object.entries({ ...inputs, prediction })) {
      if (input.validationMessage) return say(`${own[name] ?? name}: ${input.validationMessage}`);
      values[name] = input.type === "number" ? input.valueAsNumber : input.value.trim();
    }
    const { prediction: predicted, ...settings } = values;
    setRunning(new AbortController());
    try {
      const found = await measure(settings, new Run(running.signal, say));
      const run = { lab: id, title: own.title, predicted, rounds: settings.rounds, ...found };
      run.settings = Object.entries(settings).map((pair) => pair.join(" = ")).join(", ");
      run.verdict = judge(predicted, run, own).words;
      addRun(run, () => tabulate(run, own));
      say("");
      result.redraw();
    } catch (error) {
      say(running.signal.aborted ? t.stopped : error.message);
    } finally {
      setRunning(null);
    }
  }

  const runButton = view(h("button", { class: "run", onclick: start }), () => t.run);
  const stopButton = view(h("button", { class: "stop", onclick: () => running.abort(), disabled: "" }), () => t.stop);

  function setRunning(controller) {
    const hadFocus = [runButton, stopButton].includes(document.activeElement);
    running = controller;
    runButton.disabled = running;
    stopButton.disabled = !running;
    if (hadFocus) (running ? stopButton : runButton).focus();
  }

  const status = view(h("div", { class: "status" }), () => [
    h("p", { role: "status" }, state[0]), state.length > 1 && h("progress", { value: state[1], "aria-label": own.title }),
  ]);
  const result = view(h("div", { class: "result" }), () => {
    const run = runsOf(id).at(-1);
    if (!run) return;
    const { grade, words } = judge(run.predicted, run, own);
    const [head, ...rows] = tabulate(run, own);
    return [h("p", { class: `verdict ${grade}`, role: "status" }, words), plot(run, own), wide(own.title, table(head, rows, own.title))];
  });
  onStartOver(result.redraw);

  const labelled = (input, label) => h("p", { class: "field" }, view(h("label", { for: input.id }), label), input);
  const folded = (head, ...body) => h("details", {}, view(h("summary"), head), body);
  part("labs").append(h("section", { id, class: "lab" },
    view(h("div"), () => [h("h2", {}, own.title), h("p", {}, own.question)]),
    labelled(prediction, () => t.prediction + (own.unit && ` (${own.unit.trim()})`)),
    words && h("datalist", { id: `${id}-words` }, words.map((value) => h("option", { value }))),
    folded(() => t.change, Object.entries(inputs).map(([name, input]) => labelled(input, () => own[name] ?? name))),
    h("div", { class: "buttons" }, runButton, stopButton), status, result,
    folded(() => t.whyHead, view(h("p"), () => own.why)),
    view(h("p"), () => `${t.nextHead}: ${own.next}`),
    labelled(field("textarea", `${id}-note`, { rows: 2 }), () => t.note)));
}
