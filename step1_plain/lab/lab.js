// The frame of every lab: a prediction with its reason, a measurement, what was seen, the verdict, and why.

import { clock } from "./clock.js";
import { after, enroll, redrawCourse } from "./course.js";
import { facts, h, part, table, view, wide } from "./dom.js";
import { number, texts } from "./language.js";
import { RIGHT, score } from "./measure.js";
import { addRun, amend, field, onStartOver, runsOf, seenWords } from "./notebook.js";
import { again, ask, sleep, together } from "./server.js";

export { h, part, table } from "./dom.js";
export { step } from "./head.js";
export { number, time } from "./language.js";
export * from "./measure.js";
export { lastRuns, runsOf } from "./notebook.js";
export * from "./plot.js";
export { ask, AT_ONCE } from "./server.js";

const t = texts({
  en: {
    phases: ["Predict", "Run", "Observe", "Verdict", "Why"], path: "phases of this lab",
    prediction: "Your prediction", reason: "Because", change: "Settings", run: "Run", stop: "Stop", note: "Your note",
    running: "Measuring. Watch the server while it runs.", stopped: "Stopped.", failed: "There is no result",
    look: "What did you see?",
    right: "Right.", close: "Close.", off: "Not right.", unclear: "Inconclusive.",
    said: (said, middle, rounds) => `You predicted ${said}. ${rounds > 1 ? `The median of ${rounds} rounds is` : "One round measured"} ${middle}.`,
    by: (factor) => `It is off by a factor of ${factor}. Up to ${RIGHT} counts as right.`,
    single: "This is one round. Another may differ.",
    equal: "All rounds measured the same value.",
    range: (low, high, percent, cut) => `With a confidence of ${percent}%, the true median is between ${low} and ${high} ` +
      `(${cut ? `without the ${cut} lowest and the ${cut} highest rounds` : "the lowest and the highest round"}).`,
    advice: "The rounds differ too much. Run more rounds or a larger n, and close other programs on this computer.",
    differs: "What you saw is not what was measured. Look at the plot again. People tend to see what they expect.",
    whyHead: "Why", nextHead: "Try this next", nextLab: "Next lab", download: "Download your worksheet",
    seconds: "seconds", rounds: "rounds", round: "round", hit: "hits", misses: "misses", computed: "computed", requests: "requests", ratio: "hit ratio",
    workers: "workers", predicted: "predicted", measured: "measured", unit: "",
  },
  ko: {
    phases: ["예측", "실행", "관찰", "판정", "이유"], path: "실습 진행 단계",
    prediction: "내 예측", reason: "예측한 이유", change: "설정", run: "실행", stop: "중지", note: "메모",
    running: "측정하고 있습니다. 그동안 서버를 지켜보세요.", stopped: "중지했습니다.", failed: "측정하지 못했습니다",
    look: "무엇을 보았나요?",
    right: "맞았습니다.", close: "거의 맞았습니다.", off: "틀렸습니다.", unclear: "판정할 수 없습니다.",
    said: (said, middle, rounds) => `예측은 ${said}, ${rounds > 1 ? `${rounds}회 반복한 측정의 중앙값은` : "1회 측정한 값은"} ${middle}입니다.`,
    by: (factor) => `${factor}배 차이가 납니다. ${RIGHT}배까지는 맞은 것으로 봅니다.`,
    single: "라운드가 1회뿐이므로 다시 측정하면 다를 수 있습니다.",
    equal: "모든 라운드의 값이 같습니다.",
    range: (low, high, percent, cut) => `실제 중앙값의 ${percent}% 신뢰 구간은 ${low}~${high}입니다` +
      `(${cut ? `최저 ${cut}회와 최고 ${cut}회를 뺀 라운드` : "최저 라운드와 최고 라운드"}).`,
    advice: "라운드마다 값이 너무 다릅니다. 라운드 수나 n을 늘리고, 이 컴퓨터에서 실행 중인 다른 프로그램을 종료하세요.",
    differs: "관찰한 것이 측정값과 다릅니다. 그래프를 다시 보세요. 사람은 예상한 대로 보기 쉽습니다.",
    whyHead: "이유", nextHead: "더 해 볼 것", nextLab: "다음 실습", download: "활동지 내려받기",
    seconds: "측정 시간(초)", rounds: "반복 횟수", round: "라운드", hit: "캐시 히트", misses: "캐시 미스", computed: "계산", requests: "요청", ratio: "캐시 적중률",
    workers: "워커 수", predicted: "예측", measured: "측정", unit: "",
  },
});

class Run {
  constructor(signal, progress) {
    Object.assign(this, { signal, progress });
  }

  ask = (path, options) => ask(path, { ...options, signal: this.signal });

  sleep = (ms) => sleep(ms, this.signal);

  together = (path) => together(() => this.ask(path));

  /** Takes `count` samples, one after another. `report`, and each sample's own `progress`, get the finished part, from 0 to 1. */
  async series(count, sample, report = this.progress) {
    const samples = [];
    while (samples.length < count) {
      const progress = (part) => report((samples.length + part) / count);
      progress(0);
      samples.push(await sample(progress));
    }
    return samples;
  }

  /** Has `count` clients each send one request after another until `isOver()`, and calls `use` with each response. */
  load(count, path, isOver, use = () => {}) {
    let hasFailed = false;
    const client = async () => {
      while (!hasFailed && !isOver()) use(await this.ask(path()));
    };
    return Promise.all(Array.from({ length: count }, client)).finally(() => (hasFailed = true));
  }
}

/** The verdict on a number. */
export function judgeNumber(predicted, { measured }, own, least = 0) {
  const [said, middle, low, high] = [predicted, measured.median, measured.low, measured.high].map((value) => number(value) + own.unit);
  const { rounds, cut, confidence } = measured;
  const { grade, factor, sights } = score(predicted, measured, least);
  const words = [
    t.said(said, middle, rounds),
    ["close", "off"].includes(grade) && Math.min(predicted, measured.median) >= least && Number.isFinite(factor) && t.by(number(factor)),
    rounds === 1 ? t.single : low === high ? t.equal : t.range(low, high, number(100 * confidence), cut),
    grade === "unclear" && t.advice,
  ];
  return { grade, sights, words: words.filter(Boolean).join(" ") };
}

// What a student can see if the prediction was a word.
const WORD_SIGHTS = { right: ["same"], close: ["same", "other"], off: ["other"] };

/**
 * Adds a lab to the page. `settings` are numbers to change: { name: [usual, least, most] }, or null for none. `measure`
 * finds the result that the notebook stores, with a spread `measured`. `tabulate` makes rows of it, headings first,
 * and `plot` a picture. Values below `least` count as equal. If the prediction is a word, `words` are examples, and
 * `judge` finds { grade, words, found }: the text after the grade's name, and the right word.
 */
export function lab({ id, texts: all, settings: more, words, least, measure, judge = judgeNumber, tabulate, plot }) {
  const own = texts(all, t);
  const last = () => runsOf(id).at(-1);
  const judged = (run) => judge(run.predicted, run, own, least);
  let running = null;
  let say = null;

  const common = { required: "" };
  const limits = { n: [2e6, 0, 1e7], rounds: [5, 1, 50], ...more };
  const inputs = Object.fromEntries(Object.entries(limits).filter(([, limit]) => limit).map(([name, [value, min, max]]) =>
    [name, field("input", `${id}-${name}`, { type: "number", value, min, max, ...common })]));
  const prediction = field("input", `${id}-prediction`, { ...common, ...(words ? { list: `${id}-words` } : { type: "number", step: "any", min: 0 }) });
  const reason = field("input", `${id}-reason`, { ...common, pattern: ".*\\S.*", class: "long" });

  /** The values of all fields. If one is invalid, says so, focuses it, and returns nothing. */
  function read() {
    const fields = Object.entries({ prediction, reason, ...inputs });
    for (const [, input] of fields) {
      input.setAttribute("aria-invalid", !input.validity.valid);
      input.removeAttribute("aria-describedby");
    }
    const [name, wrong] = fields.find(([, input]) => !input.validity.valid) ?? [];
    say = wrong ? () => `${own[name] ?? name}: ${wrong.validationMessage}` : null;
    message.redraw();
    if (!wrong) return Object.fromEntries(fields.map(([name, input]) => [name, input.type === "number" ? input.valueAsNumber : input.value.trim()]));
    wrong.setAttribute("aria-describedby", message.id);
    if (settings.contains(wrong)) settings.open = true;
    wrong.focus();
  }

  async function start(event) {
    event.preventDefault();
    const values = read();
    if (!values || running) return;
    const { prediction: predicted, reason: because, ...set } = values;
    clock.follow();
    setRunning(new AbortController());
    const { signal } = running;
    try {
      const found = await again(() => measure(set, new Run(signal, (part) => (progress.value = part))), signal);
      const run = { version: 1, lab: id, step: facts.step, title: own.title, question: own.question, unit: own.unit, least, predicted, reason: because, ...found };
      run.settings = Object.entries(set).map((pair) => pair.join(" = ")).join(", ");
      const { grade, found: word } = judged(run);
      addRun(Object.assign(run, { grade, found: word }), () => tabulate(run, own));
      say = null;
    } catch (error) {
      say = () => (signal.aborted ? t.stopped : `${t.failed}: ${error.message}`);
    }
    setRunning(null);
  }

  function setRunning(controller) {
    const hadFocus = form.contains(document.activeElement);
    running = controller;
    // Two at once would disturb each other.
    document.querySelectorAll(".run").forEach((button) => (button.disabled = running));
    progress.hidden = stopButton.disabled = !running;
    if (running) say = () => t.running;
    redraw();
    // Go to the next thing to do.
    if (hadFocus) (running ? stopButton : say ? runButton : look).focus();
  }

  /** The notebook stores what was seen, and only now the verdict appears. */
  function observe(seen) {
    // Another tab may have started over.
    if (!last()) return redraw();
    const run = { ...last(), seen };
    amend(run, { seen, verdict: conclusion(run).join(" ") });
    redraw();
    verdict.focus();
  }

  /** The grade's name, and the words of the verdict. */
  function conclusion({ seen, ...run }) {
    const { grade, words, sights = WORD_SIGHTS[grade] } = judged(run);
    return [t[grade], [words, ![...sights, "unsure"].includes(seen) && t.differs].filter(Boolean).join(" ")];
  }

  const heading = view(h("h2", { tabindex: -1 }), () => own.title);
  const runButton = view(h("button", { class: "run" }), () => t.run);
  const stopButton = view(h("button", { class: "stop", type: "button", onclick: () => running.abort(), disabled: "" }), () => t.stop);
  const progress = h("progress", { hidden: "", "aria-labelledby": `${id}-message` });
  const message = h("p", { id: `${id}-message`, role: "status" });
  view(message, () => {
    message.className = say ? "message" : "";
    return say?.();
  });

  const phases = h("ol", { class: "phases" });
  view(phases, () => {
    phases.setAttribute("aria-label", t.path);
    const now = running ? 1 : !last() ? 0 : last().seen ? 4 : 2;
    return t.phases.map((name, index) => h("li", { class: index < now && "done", "aria-current": index === now && "step" }, name));
  });

  const shown = () => !running && last();
  const picture = view(h("div"), () => shown() && plot?.(last(), own));
  const figures = view(h("div"), () => {
    if (!shown()) return;
    const [head, ...rows] = tabulate(last(), own);
    return wide(own.title, table(head, rows, own.title));
  });

  const look = h("div", { class: "look", role: "group", tabindex: -1 });
  view(look, () => {
    look.setAttribute("aria-label", t.look);
    look.hidden = !shown() || shown().seen;
    const choices = words ? ["same", "other", "unsure"] : ["same", "more", "less", "unsure"];
    return [h("h3", {}, t.look), h("div", { class: "buttons" },
      choices.map((seen) => h("button", { "data-seen": seen, onclick: () => observe(seen) }, seenWords[seen])))];
  });

  const verdict = h("p", { tabindex: -1 });
  view(verdict, () => {
    const run = shown()?.seen && last();
    verdict.className = run ? `verdict ${judged(run).grade}` : "";
    if (!run) return;
    const [name, words] = conclusion(run);
    return [h("strong", {}, name), ` ${words}`];
  });

  const why = view(h("div"), () => {
    if (!shown()?.seen) return;
    const next = after(id);
    return [
      h("h3", {}, t.whyHead), h("p", {}, own.why), h("h3", {}, t.nextHead), h("p", {}, own.next),
      h("p", {}, h("a", { class: "next-lab", href: next ? `#${next.id}` : "#worksheet" }, next ? `${t.nextLab}: ${next.title()}` : t.download)),
    ];
  });

  const parts = [phases, message, picture, look, verdict, figures, why];
  function redraw() {
    parts.forEach((part) => part.redraw());
    redrawCourse();
  }
  onStartOver(redraw);
  // The message may have been about the previous server.
  new MutationObserver(() => part("outage").hasChildNodes() || running || ((say = null), message.redraw())).observe(part("outage"), { childList: true });

  const labelled = (input, label) => h("p", { class: "field" }, view(h("label", { for: input.id }), label), input);
  const settings = h("details", {}, view(h("summary"), () => t.change),
    Object.entries(inputs).map(([name, input]) => labelled(input, () => own[name] ?? name)));
  const form = h("form", { novalidate: "", onsubmit: start },
    labelled(prediction, () => t.prediction + (own.unit && ` (${own.unit.trim()})`)),
    words && h("datalist", { id: `${id}-words` }, words.map((value) => h("option", { value }))),
    labelled(reason, () => t.reason), settings,
    h("div", { class: "buttons" }, runButton, stopButton));
  const section = h("section", { id, class: "lab" },
    heading, view(h("p", { class: "question" }), () => own.question), phases, form, progress, message, picture, look, verdict, figures, why,
    labelled(field("textarea", `${id}-note`, { rows: 2 }), () => t.note));
  part("labs").append(section);
  enroll({ id, title: () => own.title, section, heading, isDone: () => runsOf(id).some((run) => run.seen) });
}
