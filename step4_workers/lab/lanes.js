// The workers in the picture: a lane for each, behind the socket that they share, and Redis if it is their cache.

import { texts } from "./language.js";
import { notes, place, wake } from "./picture.js";
import { besides } from "./said.js";
import { guess, lanes, onRequest, requests } from "./scene.js";
import { now } from "./server.js";
import { cache } from "./slots.js";
import { alsoShow } from "./stats.js";
import { spans } from "./waterfall.js";

const t = texts({
  en: { socket: "socket", note: "Only a response names its worker. Until then, a request is drawn at the socket, although a worker may be computing it.", worker: (pid) => `Worker ${pid}.` },
  ko: { socket: "소켓", note: "어느 워커인지는 응답이 와야 알 수 있습니다. 워커가 이미 계산하고 있더라도 그때까지는 요청을 소켓에 그립니다.", worker: (pid) => `워커 ${pid}.` },
});

notes.push(() => t.note);
besides.push(({ worker }) => worker && t.worker(worker));
place({ names: ["socket"], label: () => t.socket, least: 50, share: 0.5, isShared: true }, "loop");

// The most lanes.
const MOST = 9;
// How many milliseconds a leaving lane stays visible.
const LEAVING = 3000;
/** [{ id, from, until }], in the order in which they appeared. */
const workers = [];

function came(id, from) {
  if (!workers.some((worker) => worker.id === id)) workers.push({ id, from, until: Infinity });
}

onRequest(({ worker, start }) => worker && came(worker, start));

const { label } = cache;
cache.names.push("redis");
spans.redis = () => "Redis";

alsoShow((stats) => {
  const pids = stats.workers.map(({ pid }) => `${pid}`);
  const from = workers.length ? now() : 0;
  pids.forEach((id) => came(id, from));
  workers.filter(({ id, until }) => until > now() && !pids.includes(id)).forEach((worker) => (worker.until = now()));
  cache.isShared = stats.cache === "redis";
  cache.label = () => (cache.isShared ? "Redis" : label());
  wake();
});

lanes.at = (ms) => {
  const all = workers.filter(({ from, until }) => from <= ms && ms < until + LEAVING).map(({ id, until }) => ({ id, label: id, isLeaving: ms >= until }));
  if (all.length <= MOST) return all.length ? all : [{ id: "", label: "" }];
  // The busiest have a lane each, and the others share one.
  const load = (lane) => requests.filter(({ worker }) => worker === lane.id).length;
  const busiest = all.toSorted((a, b) => load(b) - load(a)).slice(0, MOST - 1);
  return [...all.filter((lane) => busiest.includes(lane)), { id: "", label: `+${all.length - busiest.length}` }];
};

guess((_, { all }) => (all.length > 1 ? "socket" : null));
