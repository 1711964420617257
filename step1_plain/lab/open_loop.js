// An open loop: requests are sent when they are due, whether the server keeps up or not.

import { median } from "./measure.js";
import { ask, now } from "./server.js";

// Enough time to get the first request ready.
const LEAD = 100;

/**
 * Sends a GET for `path` at each of these `times`, in ms from the start. Resolves to the responses in the same order,
 * including errors (503). Each has the moment when it was `due`, its time `at`, and its `latency` since it was due, which
 * includes a wait for one of the browser's connections.
 */
export async function openLoop({ signal }, path, times, progress = () => {}) {
  const start = now() + LEAD;
  const rest = new AbortController();
  const options = { signal: AbortSignal.any([signal, rest.signal]) };
  const send = async (at) => {
    const due = start + at;
    const response = await ask(path, { ...options, due }).catch((error) => {
      if (error.response) return error.response;
      throw error;
    });
    progress(at / times.at(-1));
    return { ...response, due, at, latency: response.start + response.wire - due };
  };
  try {
    return await Promise.all(times.map(send));
  } finally {
    // After a restart, the new server gets none of the remaining requests.
    rest.abort();
  }
}

/** The successful responses, and the number of errors. */
export function served(all) {
  const responses = all.filter(({ status }) => status < 400);
  return [responses, all.length - responses.length];
}

/** Points to draw: seconds, and latencies in this unit. */
export const points = (responses, unit) => responses.map(({ at, latency }) => [at / 1000, latency / unit].map((value) => Number(value.toPrecision(3))));

/** The latency that this percentage of the requests did not exceed. */
export function percentile(latencies, percent) {
  const rank = Math.ceil((percent * latencies.length) / 100);
  return latencies.toSorted((a, b) => a - b)[Math.max(0, rank - 1)];
}

export const computing = ({ timing }) => timing.compute;

/** Finds an n whose computation takes about this many milliseconds on this machine. */
export async function sizeFor(ms, run) {
  let n = 1e5;
  for (let tries = 0; tries < 3; tries++) {
    const took = median((await run.series(3, () => run.ask(`/slow?n=${n}`))).map(computing));
    // Trial division takes nearly n to the power of 1.5.
    n = Math.round(Math.min(1e7, n * (ms / took) ** (2 / 3)));
  }
  return n;
}
