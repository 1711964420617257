// Where each request of the page is at a moment: exactly, once its response is there, and a guess until then.

import { clock } from "./clock.js";
import { journey } from "./journey.js";
import { AT_ONCE, now, watch } from "./server.js";

const MOST = 500;

/** [{ id, path, n, start, end, journey, kind, worker, … }], oldest first. One without a journey has no response. */
export const requests = [];

const uses = [];

/** Calls `use` with each request that is new, or that has ended. */
export const onRequest = (use) => uses.push(use);

const tell = (request) => uses.forEach((use) => use(request));

export function add(request) {
  requests.push(request);
  if (requests.length > MOST) requests.shift();
  tell(request);
}

watch({
  sent: ({ id, method, path, start }) => add({ id, method, path, start, end: Infinity, n: new URLSearchParams(path.split("?")[1]).get("n") }),
  ended(response) {
    const request = requests.find(({ id }) => id === response.id);
    if (!request) return;
    if (response.kind) {
      Object.assign(request, response, { journey: journey(response) });
      request.end = request.journey.at(-1).to;
    } else Object.assign(request, { kind: "lost", end: now() });
    tell(request);
  },
});

let lanesAt = () => [{ id: "", label: "" }];

/** Each worker has a lane: `find(ms)` has those of a moment, { id, label, isLeaving }. */
export const lanes = { at: (ms) => lanesAt(ms), from: (find) => (lanesAt = find) };

const guesses = [];

/**
 * Adds a guess where a request is that has no response yet: `find(request, { ms, earlier, lanes })` is a place or
 * nothing. `earlier` are the requests under way that began before it.
 */
export const guess = (find) => guesses.unshift(find);
guess(({ path }) => (path.startsWith("/slow") ? "compute" : "loop"));

/** Each request under way at a moment: [{ request, place, from, to, lane, isGuess }], oldest first. */
export function sceneAt(ms) {
  const lanes = lanesAt(ms);
  const laneOf = ({ worker }) => {
    const index = lanes.findIndex(({ id }) => id === worker);
    return index < 0 ? lanes.length - 1 : index;
  };
  const [earlier, scene] = [[], []];
  for (const request of requests) {
    if (ms < request.start || ms >= request.end) continue;
    const stay = request.journey?.find(({ from, to }) => ms < to || ms === from);
    const find = () => guesses.reduce((found, find) => found ?? find(request, { ms, earlier, lanes }), null);
    const { place, from, to = null } = stay ?? { place: earlier.length < AT_ONCE ? find() : "browser", from: request.start };
    scene.push({ request, place, from, to, lane: laneOf(request), isGuess: !stay || request.isGuess });
    earlier.push(request);
  }
  // One computes, and the others queue.
  const computing = scene.filter(({ place }) => place === "compute").sort((a, b) => Boolean(a.isGuess) - Boolean(b.isGuess));
  const busy = new Set();
  for (const dot of computing) {
    if (busy.has(dot.lane) && dot.isGuess) dot.place = "queue";
    busy.add(dot.lane);
  }
  return scene;
}

clock.over((ms) => {
  let [previous, next, isIdle] = [null, null, true];
  for (const { start, end, journey } of requests) {
    if (start <= ms && ms < end) isIdle = false;
    for (const event of [start, ...(journey ?? []).map(({ to }) => to)]) {
      if (event < ms && !(event <= previous)) previous = event;
      if (event > ms && !(event >= next && next)) next = event;
    }
  }
  return { previous, next, isIdle };
});
