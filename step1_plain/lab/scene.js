// Where each request of the page is at a moment. It is a guess until the response has arrived.

import { clock } from "./clock.js";
import { journey } from "./journey.js";
import { AT_ONCE, now, watch } from "./server.js";

const MOST = 500;

/** [{ id, path, n, start, end, journey, kind, worker, … }], oldest first. One without a journey has no response. */
export const requests = [];

const uses = [];

/** Calls `use` with each request that is new, or has ended. */
export const onRequest = (use) => uses.push(use);

export function add(request) {
  requests.push(request);
  if (requests.length > MOST) requests.shift();
  uses.forEach((use) => use(request));
}

watch({
  sent: ({ id, what, path, start }) => add({ id, what, path, start, end: Infinity, n: new URLSearchParams(path.split("?")[1]).get("n") }),
  ended(response) {
    const request = requests.find(({ id }) => id === response.id);
    if (!request) return;
    const way = response.status && journey(response);
    Object.assign(request, { kind: "error" }, response, way ? { journey: way, end: way.at(-1).to } : { end: now() });
    uses.forEach((use) => use(request));
  },
});

/** Each worker's lane at a moment, { id, label, isLeaving }. */
export const lanes = { at: () => [{ id: "", label: "" }] };

const guesses = [];

/**
 * Adds a guess where a request is that has no response yet: `find(request, { ms, earlier, all })` is a place or
 * nothing. `earlier` are those under way that began before it, and `all` the lanes.
 */
export const guess = (find) => guesses.unshift(find);
guess(({ path }) => (path.startsWith("/slow") ? "compute" : "loop"));

/** Each request under way at a moment: [{ request, place, from, to, lane, isGuess }], oldest first. */
export function sceneAt(ms) {
  const all = lanes.at(ms);
  const earlier = [];
  const scene = requests.filter(({ start, end }) => start <= ms && ms < end).map((request) => {
    const guessed = () => (earlier.length < AT_ONCE ? guesses.reduce((place, find) => place ?? find(request, { ms, earlier, all }), null) : "browser");
    const stay = request.journey?.find(({ from, to }) => ms < to || ms === from) ?? { place: guessed(), from: request.start, to: null };
    earlier.push(request);
    const lane = all.findIndex(({ id }) => id === request.worker);
    return { request, ...stay, lane: lane < 0 ? all.length - 1 : lane, isGuess: !request.journey || request.isGuess };
  });
  // One is computed, and the others queue.
  const busy = new Set(scene.filter(({ place, isGuess }) => place === "compute" && !isGuess).map(({ lane }) => lane));
  for (const dot of scene.filter(({ place, isGuess }) => place === "compute" && isGuess)) {
    if (busy.has(dot.lane)) dot.place = "queue";
    busy.add(dot.lane);
  }
  return scene;
}

clock.over((ms) => {
  const events = requests.flatMap(({ start, journey }) => [start, ...(journey ?? []).map(({ to }) => to)]);
  return {
    previous: Math.max(...events.filter((event) => event < ms)), next: Math.min(...events.filter((event) => event > ms)),
    isIdle: !requests.some(({ start, end }) => start <= ms && ms < end),
  };
});
