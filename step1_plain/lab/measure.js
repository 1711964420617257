// What measurements say, and what they do not.

export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** The median of several rounds, with the lowest and the highest: how far to trust it. */
export function spread(values) {
  return { median: median(values), low: Math.min(...values), high: Math.max(...values) };
}

/** By what factor a prediction missed the spread's median, 1 or more; and how good that is. */
export function score(predicted, { median, low, high }) {
  const factor = predicted === median ? 1 : Math.max(predicted / median, median / predicted);
  const isRight = (low <= predicted && predicted <= high) || factor <= 1.25;
  return { factor, grade: isRight ? "right" : factor <= 2 ? "close" : "off" };
}
