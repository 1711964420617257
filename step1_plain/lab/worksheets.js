// The worksheets that a class hands in: what the board reads from a file, or why it can't.

import { texts } from "./language.js";

const t = texts({
  en: {
    large: "It is too large for a worksheet.", unreadable: "The browser cannot read it. Is it a folder?", foreign: "It is not a worksheet of the lab page.",
    broken: "It is damaged. Ask for the file as it was downloaded.", format: (format) => `It has format ${format}, but this board reads format 1.`,
    empty: "It has no results.", lost: (count) => `Damaged results, which do not count: ${count}.`,
    common: "It has results in common with an earlier file, so both count as one student.",
  },
  ko: {
    large: "활동지라기에는 너무 큽니다.", unreadable: "브라우저가 읽지 못합니다. 폴더인지 확인하세요.", foreign: "실습 페이지의 활동지가 아닙니다.",
    broken: "손상되었습니다. 내려받은 파일을 그대로 다시 받으세요.", format: (format) => `형식이 ${format}인데 이 게시판은 형식 1만 읽습니다.`,
    empty: "결과가 없습니다.", lost: (count) => `손상되어 제외한 결과가 ${count}개 있습니다.`,
    common: "앞의 파일과 같은 결과가 있어 한 학생으로 집계합니다.",
  },
});

const MOST_BYTES = 5e6;
const BLOCK = /^```json worksheet[^\S\n]*\n(.*?)^```/gms;
export const GRADES = ["right", "close", "off", "unclear"];

const short = (text, most) => (typeof text === "string" ? text.slice(0, most) : "");

/** What the board needs of a run, or nothing if a part is missing. */
function clean(run) {
  const { lab, predicted, measured, found, grade, isStale } = run ?? {};
  const time = Date.parse(short(run?.time, 40));
  const isNumber = [predicted, measured?.median, measured?.low, measured?.high].every((value) => Number.isFinite(value) && value >= 0);
  const isWord = [predicted, found].every((value) => typeof value === "string");
  if (typeof lab !== "string" || !time || !GRADES.includes(grade) || !(isNumber || isWord)) return;
  return {
    lab, time, grade, isWord, isStale: Boolean(isStale), step: short(run.step, 40), seen: run.seen, title: short(run.title, 100) || short(lab, 100), unit: short(run.unit, 20), reason: short(run.reason, 500),
    // A right prediction may be spelled another way, with a path in front.
    predicted: isWord ? short(grade === "right" ? found : predicted, 60) : predicted, measured: isWord ? short(found, 60) : measured, least: Number.isFinite(run.least) ? run.least : 0,
  };
}

const key = ({ lab, time, predicted }) => JSON.stringify([lab, time, predicted]);

/** Adds a file's contents to the `students`, each { name, runs }. Returns a remark to show, as a function, or nothing. */
export async function handIn(file, students) {
  if (file.size > MOST_BYTES) return () => t.large;
  const text = await file.text().catch(() => null);
  if (text === null) return () => t.unreadable;
  const block = [...text.matchAll(BLOCK)].at(-1)?.[1];
  if (!block) return () => t.foreign;
  let sheet = {};
  try {
    sheet = JSON.parse(block) ?? sheet;
  } catch {
    return () => t.broken;
  }
  const { format, runs: all, name } = sheet;
  if (format !== 1) return () => t.format(short(JSON.stringify(format), 20) || "?");
  if (!Array.isArray(all)) return () => t.broken;
  const runs = all.map(clean).filter(Boolean);
  const remark = runs.length < all.length ? () => t.lost(all.length - runs.length) : runs.length ? null : () => t.empty;
  const inFile = new Set(runs.map(key));
  const student = students.find(({ runs }) => runs.some((run) => inFile.has(key(run))));
  if (student) {
    // An observation may have come later.
    const all = [...student.runs, ...runs].sort((a, b) => Boolean(a.seen) - Boolean(b.seen));
    student.runs = [...new Map(all.map((run) => [key(run), run])).values()];
    return () => t.common;
  }
  if (runs.length) students.push({ name: short(name, 60) || short(file.name, 60), runs });
  return remark;
}
