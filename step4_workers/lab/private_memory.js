// Lab: each worker has a memory of its own, and what that does to the hit ratio.

import { AT_ONCE, curves, lab, number, spread } from "./lab.js";
import { growth, stats } from "./stats.js";
import { byWorkers, count, point } from "./workers.js";

// More than clients: none waits for another.
const [KEYS, EACH] = [7, 12];
const results = () => byWorkers("private_memory");

lab({
  id: "private_memory",
  texts: {
    en: {
      title: "Private memory", unit: " %",
      question: "To an empty cache come requests for seven answers, each twelve times, over six connections. How many per cent are hits?",
      why: "Each worker is a process and learns each answer by itself: the more workers, the fewer hits while the cache is cold. One that all share, as Redis, misses seven times however many ask; but each hit is a round trip.",
      next: "--workers 1, 2, 4, 8; then with --cache redis://127.0.0.1:6379 too.",
      ttl: "private memory", redis: "Redis", percent: "hit ratio, %",
    },
    ko: {
      title: "따로 쓰는 메모리", unit: "%",
      question: "빈 캐시에 답 7개를 12번씩, 연결 6개로 요청합니다. 몇 퍼센트가 적중일까요?",
      why: "워커는 저마다 프로세스라서 답을 따로 배웁니다. 워커가 많을수록 빈 캐시의 적중이 적습니다. Redis처럼 함께 쓰는 캐시는 누가 요청하든 미스가 7번이고, 대신 적중마다 Redis에 다녀옵니다.",
      next: "--workers 1, 2, 4, 8. 이어서 --cache redis://127.0.0.1:6379도.",
      ttl: "따로 쓰는 메모리", redis: "Redis", percent: "적중률, %",
    },
  },
  settings: { n: [1e4, 0, 9e6], rounds: [3, 1, 20] },

  async measure({ n, rounds }, run) {
    const now = await stats(run.signal);
    const samples = await run.rounds(rounds, async () => {
      await run.ask("/cache", { method: "DELETE" });
      const before = await stats(run.signal);
      let left = KEYS * EACH;
      await run.load(AT_ONCE, () => `/cached?n=${n + (left-- % KEYS)}`, () => left <= 0);
      return growth(before, await stats(run.signal));
    });
    const measured = spread(samples.map(({ hits, all }) => (100 * hits) / all));
    return { measured, workers: count(now), cache: now.cache };
  },

  tabulate: (_, t) => [
    [t.workers, "cache", t.predicted, t.percent],
    ...results().map(({ workers, cache, predicted, measured }) =>
      [workers, t[cache], number(predicted), number(measured.median)]),
  ],

  plot: (_, t) => curves([["ttl", "hit"], ["redis", "miss"]].map(([kind, name]) => ({
    name, label: t[kind], counts: true, points: results().filter(({ cache }) => cache === kind).map(point),
  })), [t.workers, t.percent], t.title),
});
