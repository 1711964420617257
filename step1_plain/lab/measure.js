// What measurements tell, and what they don't.

/** A prediction within this factor of the median is right, and within the next one close. */
export const RIGHT = 1.25;
const CLOSE = 1.5;

// Five rounds are enough for it.
const LEAST_CONFIDENCE = 0.93;

export const sum = (values) => values.reduce((a, b) => a + b, 0);

export const mean = (values) => sum(values) / values.length;

export function median(values) {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** The sample whose `value` is the median; of the two in the middle, the lower one. */
export const middle = (samples, value) => samples.toSorted((a, b) => value(a) - value(b))[(samples.length - 1) >> 1];

/**
 * The median of several rounds, and the interval from `low` to `high` that contains the true median with this
 * `confidence`. It is the sign test's interval, from order statistics. A round is below the true median as often as above it, so all
 * rounds are on one side of it once in 2 ** (rounds - 1) times. With many rounds, `cut` of them at each end are left out.
 */
export function spread(values) {
  const sorted = values.toSorted((a, b) => a - b);
  const rounds = sorted.length;
  const one = 0.5 ** rounds;
  let [cut, outside, ways] = [0, one, rounds];
  while (2 * (cut + 1) < rounds && 1 - 2 * (outside + ways * one) >= LEAST_CONFIDENCE) {
    cut += 1;
    outside += ways * one;
    ways *= (rounds - cut) / (cut + 1);
  }
  return { median: median(sorted), low: sorted[cut], high: sorted[rounds - 1 - cut], rounds, cut, confidence: 1 - 2 * outside };
}

/**
 * By what factor a prediction missed the median (1 or more), its grade, and what a student could see: the "same",
 * "more" or "less". Below `least`, values count as `least`.
 */
export function score(predicted, { median, low, high }, least = 0) {
  const [said, middle, from, to] = [predicted, median, low, high].map((value) => Math.max(value, least));
  const factor = said === middle ? 1 : Math.max(said / middle, middle / said);
  const isWide = to > RIGHT ** 2 * from;
  const isOutside = said > RIGHT * to || said < from / RIGHT;
  const grade = isWide && !isOutside ? "unclear" : factor <= RIGHT ? "right" : factor <= CLOSE ? "close" : "off";
  const side = said < middle ? "more" : said > middle ? "less" : "same";
  return { factor, grade, sights: grade === "unclear" ? ["same", "more", "less"] : grade === "right" ? ["same", side] : [side] };
}
