// Where a request was, and when, as the headers of its response say it.

const PARTS = ["redis", "queue", "compute", "wait"];

/**
 * The way of a response (see `ask`): [{ place, from, to }] with times as `now()`, without gaps from its start to its
 * end. The parts of Server-Timing come in the header's order. Two things are assumed, because nobody measures them:
 * the network takes as long there ("out") as "back", and what the server's total has besides the parts is the time of
 * the "loop", of which the "cache" has half where one was asked. A response of the "browser" was nowhere else.
 */
export function journey({ start, wire, kind, status, method, path, headers, timing }) {
  if (kind === "browser") return [{ place: "browser", from: start, to: start + wire }];
  const parts = Object.entries(timing).filter(([name]) => PARTS.includes(name));
  // A full queue turns a request away at once, so no part of it was timed.
  if (status === 503 && method === "GET" && !parts.length) parts.push(["queue", 0]);
  const usesCache = headers.some(([name]) => name === "cache-status") || (/^\/cache/.test(path) && (status === 503 || status === 204));
  const sum = parts.reduce((all, [, ms]) => all + ms, 0);
  const total = Math.max(timing.total ?? 0, sum);
  // The page's clock is coarser than the server's.
  const scale = Math.min(1, wire / total || 1);
  const [network, rest] = [(wire - scale * total) / 2, total - sum];
  let at = start;
  const stay = (place, ms) => ({ place, from: at, to: (at += ms) });
  return [
    stay("out", network),
    ...(usesCache ? ["loop", "cache"] : ["loop"]).map((place) => stay(place, scale * (usesCache ? rest / 2 : rest))),
    ...parts.map(([place, ms]) => stay(place, scale * ms)),
    stay("back", network),
  ];
}
