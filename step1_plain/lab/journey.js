// Where a request was, and when, as the headers of its response say it.

const PARTS = ["redis", "queue", "compute", "wait"];

/**
 * The way of a response (see `ask`): [{ place, from, to }] with times as `now()`, without gaps from its start to its
 * end. The parts of Server-Timing come in the header's order. Two things are assumed, because nobody measures them:
 * the network takes as long there ("out") as "back", and what the server's total has besides the parts is the time of
 * the "loop", of which the "cache" has half where one was asked. A request that waits for a connection is in the
 * "browser", and one that the browser's cache serves is nowhere else.
 */
export function journey({ start, wire, held = 0, kind, status, method, path, headers, timing }) {
  if (kind === "browser") return [{ place: "browser", from: start, to: start + wire }];
  const parts = Object.entries(timing).filter(([name]) => PARTS.includes(name));
  // A full queue turns a request away at once, so no part of it was timed.
  if (status === 503 && method === "GET" && !parts.length) parts.push(["queue", 0]);
  const usesCache = headers.some(([name]) => name === "cache-status") || (/^\/cache/.test(path) && (status === 503 || status === 204));
  const sum = parts.reduce((all, [, ms]) => all + ms, 0);
  const total = Math.max(timing.total ?? 0, sum);
  // The page's clock is coarser than the server's.
  const scale = Math.min(1, (wire - held) / total || 1);
  const [network, rest] = [(wire - held - scale * total) / 2, scale * (total - sum)];
  let at = start;
  const stay = (place, ms) => ({ place, from: at, to: (at += ms) });
  return [
    ...(held ? [stay("browser", held)] : []),
    stay("out", network),
    ...(usesCache ? ["loop", "cache"] : ["loop"]).map((place, _, { length }) => stay(place, rest / length)),
    ...parts.map(([place, ms]) => stay(place, scale * ms)),
    stay("back", network),
  ];
}
