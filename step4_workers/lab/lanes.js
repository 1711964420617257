// The workers in the picture: a lane each, behind the socket that all share, and Redis where it is their cache.

import { texts } from "./language.js";
import { place, wake } from "./picture.js";
import { endings } from "./said.js";
import { guess, lanes, onRequest } from "./scene.js";
import { now } from "./server.js";
import { cache } from "./slots.js";
import { alsoShow } from "./stats.js";

const t = texts({
  en: { socket: "socket", worker: (pid) => `Worker ${pid} sent it.` },
  ko: { socket: "소켓", worker: (pid) => `워커 ${pid}의 응답입니다.` },
});

endings.push(({ worker }) => worker && t.worker(worker));
place({ names: ["socket"], label: () => t.socket, least: 52, share: 0.5, isShared: () => true }, "loop");

/** How long a worker is seen to leave. */
const LEAVING = 3000;
/** [{ id, from, until, state }], in the order in which they came. */
const workers = [];

function came(id, from) {
  if (!workers.some((worker) => worker.id === id)) workers.push({ id, from: workers.length ? from : 0, until: Infinity });
}

onRequest(({ worker, start }) => worker && came(worker, start));

const label = cache.label;
cache.names.push("redis");

alsoShow((stats) => {
  const isFirst = !workers.length;
  const pids = stats.workers.map(({ pid }) => `${pid}`);
  pids.forEach((id) => came(id, isFirst ? 0 : now()));
  for (const worker of workers) if (worker.until === Infinity && !pids.includes(worker.id)) worker.until = now();
  const isRedis = stats.cache === "redis";
  cache.isShared = () => isRedis;
  cache.label = () => (isRedis ? "Redis" : label());
  wake();
});

lanes.from((ms) => {
  const all = workers.filter(({ from, until }) => from <= ms && ms < until + LEAVING).map(({ id, until }) => ({ id, label: id, isLeaving: ms >= until }));
  return all.length ? all : [{ id: "", label: "" }];
});

// Which worker has a request, its response says.
guess((_, { lanes }) => (lanes.length > 1 ? "socket" : null));
