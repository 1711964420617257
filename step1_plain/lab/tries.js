// What a class predicted, lab by lab, and how much better the second try was.

import { median, score } from "./measure.js";

/** Predicted ÷ measured. Values below `least` count as `least`. */
export function ratio({ predicted, measured, least }) {
  const [said, middle] = [predicted, measured.median].map((value) => Math.max(value, least));
  return said === middle ? 1 : said / middle;
}

/** By what factor a prediction missed, 1 or more. */
const factor = (run) => Math.max(ratio(run), 1 / ratio(run));

const isRight = ({ grade }) => grade === "right";

/** Whether the student saw what the page measured. */
function hasSeen({ predicted, measured, grade, seen, isWord, least }) {
  if (seen === "unsure") return false;
  return isWord ? grade === "close" || (seen === "same") === (grade === "right") : score(predicted, measured, least).sights.includes(seen);
}

/**
 * The labs, one for each server because servers measure different things, the most misjudged first. `tries` has each
 * student's first try, and the second if there is one.
 */
export function labsOf(students) {
  const tries = students.flatMap((student) => {
    const runs = student.runs.toSorted((a, b) => a.time - b.time);
    return [...Map.groupBy(runs, ({ lab, isWord, step, isStale }) => [lab, isWord, step, isStale].join())].map(([id, [first, second]]) => ({ id, student, first, second }));
  });
  const labs = [...Map.groupBy(tries, ({ id }) => id).values()].map(summary);
  for (const { lab, titles, server } of labs) {
    if (labs.filter((other) => other.lab === lab).length > 1) titles.forEach((title, index) => (titles[index] = `${title} (${server})`));
  }
  return labs.sort((a, b) => a.isWord - b.isWord || b.factor - a.factor || a.right / a.tries.length - b.right / b.tries.length);
}

function summary(tries) {
  const firsts = tries.map(({ first }) => first);
  const { lab, isWord, step, isStale } = firsts[0];
  const again = tries.filter(({ second }) => second);
  const wrong = firsts.filter(({ grade }) => ["close", "off"].includes(grade));
  const observed = firsts.filter(({ seen, grade }) => seen && grade !== "unclear");
  const of = (runs) => ({ factor: median(runs.map(factor)), right: runs.filter(isRight).length });
  return {
    ...of(firsts), tries, server: step + (isStale ? " --stale-while-revalidate" : ""), isWord, lab, titles: firsts.map(({ title }) => title),
    wrong: wrong.length, low: wrong.filter((run) => ratio(run) < 1).length,
    // The same students, before and after.
    again: again.length, before: of(again.map(({ first }) => first)), after: of(again.map(({ second }) => second)),
    seen: observed.filter(hasSeen).length, observed: observed.length,
  };
}
