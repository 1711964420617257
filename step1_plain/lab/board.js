// The board for the class: all worksheets side by side. Nothing of them is sent or stored.

import { h, legend, part, redrawAll, table, view, wide } from "./dom.js";
import { language, languageChoice, number, texts } from "./language.js";
import { labsOf, ratio } from "./tries.js";
import { GRADES, handIn } from "./worksheets.js";

const t = texts({
  en: {
    title: "Board for the class", files: "Worksheet files", names: "Show names",
    intro: "Students download their worksheets at the end of the lab page. Drop all files here, or choose them. They are read in this browser, and nothing is sent or stored.",
    students: "Students", labs: "Labs", file: "File",
    most: "Most misjudged", tries: "Each student's first two tries count. The number in brackets is how many students tried twice. The arrow starts at the first try of those students.",
    factor: "median factor", wrong: "direction", again: "first → second try", seen: "saw what was measured",
    low: "too low", high: "too high", first: "First try", second: "Second try", predicted: "predicted", measured: "measured", ratio: "predicted ÷ measured",
    right: "right", close: "close", off: "not right", unclear: "inconclusive", reasons: "Reasons", all: "Every prediction", which: "try", verdict: "verdict",
  },
  ko: {
    title: "수업 게시판", files: "활동지 파일", names: "이름 표시",
    intro: "학생들은 실습 페이지 끝에서 활동지를 내려받습니다. 모든 파일을 여기에 끌어다 놓거나 선택하세요. 파일은 이 브라우저에서만 읽고, 보내거나 저장하지 않습니다.",
    students: "학생", labs: "실습", file: "파일",
    most: "가장 크게 빗나간 예측", tries: "학생마다 처음 두 번의 시도만 집계합니다. 괄호 안은 두 번 시도한 학생 수이고, 화살표 앞은 그 학생들의 첫 번째 시도입니다.",
    factor: "빗나간 배수(중앙값)", wrong: "방향", again: "첫 번째 → 두 번째 시도", seen: "측정대로 관찰함",
    low: "너무 낮음", high: "너무 높음", first: "첫 번째 시도", second: "두 번째 시도", predicted: "예측", measured: "측정", ratio: "예측 ÷ 측정",
    right: "맞음", close: "거의 맞음", off: "틀림", unclear: "판정 불가", reasons: "이유", all: "모든 예측", which: "시도", verdict: "판정",
  },
});

const students = [];
const remarks = [];

const TRIES = ["first", "second"];
const times = (ratio) => (ratio < 1 ? `÷${number(1 / ratio)}` : `×${number(ratio)}`);
const titleOf = ({ titles }) => titles.find((title) => /[가-힣]/.test(title) === (language() === "ko")) ?? titles[0];
// Names are in sight only while their box is ticked.
const who = (name) => h("span", { class: "who" }, ` ${name}`);
const folded = (head, body) => h("details", {}, h("summary", {}, head), body);

function overview(labs) {
  const direction = ({ low, wrong }) => (2 * low < wrong ? `${t.high}: ${wrong - low} / ${wrong}` : `${t.low}: ${low} / ${wrong}`);
  const moved = (lab, { again, before, after } = lab) =>
    (lab.isWord ? `${t.right}: ${before.right} → ${after.right} / ${again}` : `${times(before.factor)} → ${times(after.factor)} (${again})`);
  const rows = labs.map((lab, index) => [
    h("a", { href: `#lab-${index}` }, titleOf(lab)), !lab.isWord && times(lab.factor), !lab.isWord && lab.wrong > 0 && direction(lab),
    `${lab.right} / ${lab.tries.length}`, lab.again > 0 && moved(lab), lab.observed > 0 && `${lab.seen} / ${lab.observed}`,
  ]);
  return h("section", {}, h("h2", {}, t.most),
    wide(t.most, table([t.labs, t.factor, t.wrong, t.right, t.again, t.seen], rows, t.tries)),
    legend(GRADES.map((grade) => [grade, t[grade]])));
}

// On the logarithmic scale, 1 is in the middle. Values beyond an end are drawn at that end.
const END = 100;
const position = (ratio) => Math.min(1, Math.max(0, 0.5 + Math.log(ratio) / Math.log(END) / 2));
const DOT = 1 / 45;

/** Dots, each on the lowest level where it touches no other. */
function dots(runs) {
  const ends = [];
  const placed = runs.map((run) => [position(ratio(run)), run.grade]).sort(([a], [b]) => a - b).map(([x, grade]) => {
    const free = ends.findIndex((end) => end + DOT <= x);
    const level = free < 0 ? ends.length : free;
    ends[level] = x;
    return { x, level, grade };
  });
  return placed.map(({ x, level, grade }) => h("i", { class: grade, "--x": x, "--y": level / Math.max(ends.length, 8) }));
}

const swarm = (tries, label) => h("div", { class: "swarm", role: "img", "aria-label": label },
  h("p", {}, ["low", "right", "high"].map((side) => h("span", {}, t[side]))),
  h("div", {}, h("b", { "--x": position(1 / 1.25), "--end": position(1.25) }), TRIES.map((which) => {
    const runs = tries.map((both) => both[which]).filter(Boolean);
    return [h("span", {}, `${t[which]}: ${runs.length}`), h("div", { class: which }, dots(runs))];
  })),
  h("p", {}, [1 / END, 1 / 10, 1, 10, END].map((mark) => h("span", {}, mark === 1 ? 1 : times(mark), [1 / END, END].includes(mark) && "+"))),
  t.ratio);

/** How many students predicted each word, and how many measured it. */
function words(tries, title) {
  const lists = [...TRIES.map((which) => tries.flatMap((both) => both[which]?.predicted ?? [])), tries.map(({ first }) => first.measured)];
  const count = (list, word) => list.filter((other) => other === word).length;
  const rows = [...new Set(lists.flat())].sort((a, b) => count(lists[0], b) - count(lists[0], a)).map((word) => {
    const [first, second, found] = lists.map((list) => count(list, word));
    return [word, ...[first, second].map((count) => [h("i", { "--size": count / tries.length }), count]), found > 0 && `✓ ${found}`];
  });
  return wide(title, table([t.predicted, t.first, t.second, t.measured], rows, title));
}

function labSection({ isWord, tries, ...lab }, index) {
  const title = titleOf(lab);
  const runs = tries.flatMap((both) => TRIES.flatMap((which) => (both[which] ? { ...both[which], which, student: both.student } : [])));
  // Sorted by text, so that the order tells no names.
  const reasons = runs.filter(({ reason }) => reason).map(({ grade, reason, which }) => h("li", { class: grade }, `${t[which]}, ${t[grade]}: ${reason}`));
  reasons.sort((a, b) => (a.textContent < b.textContent ? -1 : 1));
  const value = (run, value) => (isWord ? value : number(value) + run.unit);
  const rows = runs.map((run) => [
    [students.indexOf(run.student) + 1, who(run.student.name)], t[run.which],
    value(run, run.predicted), value(run, isWord ? run.measured : run.measured.median), !isWord && times(ratio(run)), t[run.grade],
  ]);
  return h("section", { id: `lab-${index}` }, h("h2", {}, title), (isWord ? words : swarm)(tries, title),
    folded(`${t.reasons}: ${reasons.length}`, h("ul", {}, reasons)),
    folded(t.all, wide(`${title}: ${t.all}`, table([t.students, t.which, t.predicted, t.measured, t.ratio, t.verdict], rows, title))));
}

async function take(files) {
  for (const file of files) {
    const say = await handIn(file, students);
    if (say) remarks.push({ name: file.name, say });
  }
  // The same file may be chosen again.
  input.value = "";
  redrawAll();
}

const input = h("input", { type: "file", id: "files", multiple: "", onchange: () => take([...input.files]) });
part("head").append(view(h("h1"), () => (document.title = t.title)), languageChoice());
part("board").append(
  h("section", { id: "drop" },
    view(h("p"), () => t.intro),
    h("p", { class: "field" }, view(h("label", { for: "files" }), () => t.files), input),
    h("label", {}, h("input", { type: "checkbox", id: "names" }), " ", view(h("span"), () => t.names)),
    view(h("div", { role: "status" }), () => [
      students.length > 0 && h("p", {}, `${t.students}: ${students.length}`),
      remarks.map(({ name, say }) => h("p", {}, t.file, who(name), ": ", say())),
    ])),
  view(h("div"), () => {
    const labs = labsOf(students);
    return labs.length > 0 && [overview(labs), labs.map(labSection)];
  }));

// The browser would replace the page with a file that is dropped elsewhere.
addEventListener("dragover", (event) => event.preventDefault());
addEventListener("drop", (event) => {
  event.preventDefault();
  take([...event.dataTransfer.files]);
});
