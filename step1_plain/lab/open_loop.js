// An open loop: requests are sent when they are due, whether the server keeps up or not.

import { median } from "./measure.js";
import { ask, now } from "./server.js";

// By then the first of them can be sent.
const LEAD = 100;

/** The response, be it an error (503). */
export const askAny = (path, options) => ask(path, options).catch((error) => {
  if (error.response) return error.response;
  throw error;
});

/**
 * Sends a GET for `path` at each of these `times`, which are milliseconds from the start. Resolves to the responses in
 * the same order, errors among them. Each has the moment when it was `due` and its `latency` from then on, so the
 * wait for one of the browser's connections counts as well.
 */
export async function openLoop({ signal }, path, times, progress = () => {}) {
  const start = now() + LEAD;
  const rest = new AbortController();
  const options = { signal: AbortSignal.any([signal, rest.signal]) };
  const send = async (time) => {
    const due = start + time;
    const response = await askAny(path, { ...options, due });
    progress(time / times.at(-1));
    return { ...response, due, latency: response.start + response.wire - due };
  };
  try {
    return await Promise.all(times.map(send));
  } finally {
    // After a restart of the server, nothing of this is sent to the new one.
    rest.abort();
  }
}

export const isServed = ({ status }) => status < 400;

/** The latency that so many per cent of the requests did not exceed. */
export function percentile(latencies, percent) {
  const rank = Math.ceil((percent * latencies.length) / 100);
  return [...latencies].sort((a, b) => a - b)[Math.max(0, rank - 1)];
}

/** Adds a column to a table, headings first, if there were errors; so many in each row. */
export const withErrors = (errors, t, [head, ...rows]) => (errors.every((count) => !count) ? [head, ...rows]
  : [[...head, t.errors], ...rows.map((row, index) => [...row, errors[index]])]);

/** Finds an n whose computation takes about so many milliseconds on this machine. */
export async function sizeFor(ms, run) {
  let n = 1e5;
  for (let tries = 0; tries < 3; tries++) {
    const responses = await run.rounds(3, () => run.ask(`/slow?n=${n}`));
    // Trial division takes nearly n to the power of 1.5.
    n = Math.round(Math.min(1e7, n * (ms / median(responses.map(({ timing }) => timing.compute))) ** (2 / 3)));
  }
  return n;
}
