// Where a request was, and when, according to the headers of its response.

import { sum } from "./measure.js";

/**
 * The way of a response (see `ask`): [{ place, from, to }] with times as `now()`, without gaps. The parts of
 * Server-Timing come in its order. Two things are assumed because they can't be measured. The network takes as long
 * there ("out") as "back". The rest of the total is the "loop", or half of it the "cache". A request that waits for a
 * connection is in the "browser", and so is one that the browser's cache serves.
 */
export function journey({ start, wire, held = 0, kind, status, method, path, headers, timing: { total = 0, ...timing } }) {
  if (kind === "browser") return [{ place: "browser", from: start, to: start + wire }];
  const parts = Object.entries(timing);
  // A full queue rejects a request at once, so there was nothing to time.
  if (status === 503 && method === "GET" && !parts.length) parts.push(["queue", 0]);
  const usesCache = headers.some(([name]) => name === "cache-status") || (/^\/cache/.test(path) && [204, 503].includes(status));
  const spent = sum(parts.map(([, ms]) => ms));
  // The page's clock is coarser than the server's.
  const server = Math.min(Math.max(total, spent), wire - held);
  const scale = server / Math.max(total, spent) || 0;
  const loop = (server - scale * spent) / (usesCache ? 2 : 1);
  const network = (wire - held - server) / 2;
  let at = start;
  return [
    held && ["browser", held], ["out", network], ["loop", loop], usesCache && ["cache", loop],
    ...parts.map(([name, ms]) => [name, scale * ms]), ["back", network],
  ].filter(Boolean).map(([place, ms]) => ({ place, from: at, to: (at += ms) }));
}
