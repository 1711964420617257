// Lab: each worker has a cache of its own, and how that affects the hit ratio.

import { AT_ONCE, curves, lab, number, spread } from "./lab.js";
import { growth, stats } from "./stats.js";
import { byWorkers, count, point } from "./workers.js";

// There are more keys than clients, so no client waits for another.
const [KEYS, EACH] = [7, 12];
const results = () => byWorkers("private_memory");

lab({
  id: "private_memory",
  texts: {
    en: {
      title: "Workers and misses",
      question: "The page clears the cache, then requests seven different responses, twelve times each, over six connections. How many of the 84 requests are misses?",
      why: "Each worker is a process with a cache of its own, so each worker that gets requests computes all seven responses: 7 × workers (six connections reach at most six workers). Redis is one cache for all workers, so there are seven misses, however many workers there are. But then each hit needs a round trip to Redis.",
      next: "Start the server with --workers 1, 2, 4 and 8, then also with --cache redis://127.0.0.1:6379.",
      ttl: "private memory", redis: "Redis",
    },
    ko: {
      title: "워커와 캐시 미스",
      question: "이 페이지가 캐시를 비우고 서로 다른 응답 7개를 12번씩, 연결 6개로 요청합니다. 요청 84개 중 캐시 미스는 몇 개일까요?",
      why: "워커는 저마다 캐시가 따로 있는 프로세스이므로 요청을 받는 워커마다 응답 7개를 모두 계산합니다. 곧 7 × 워커 수입니다(연결 6개는 많아야 워커 6개에 닿습니다). Redis는 모든 워커가 함께 쓰는 캐시라서 워커가 몇이든 캐시 미스는 7번입니다. 대신 캐시 히트마다 Redis에 다녀와야 합니다.",
      next: "서버를 --workers 1, 2, 4, 8로 시작하고, --cache redis://127.0.0.1:6379로도 시작해 보세요.",
      ttl: "따로 쓰는 메모리", redis: "Redis",
    },
  },
  settings: { n: [1e4, 0, 9e6], rounds: [3, 1, 20] },

  async measure({ n, rounds }, run) {
    const now = await stats(run.signal);
    const samples = await run.series(rounds, async () => {
      await run.ask("/cache", { method: "DELETE" });
      const before = await stats(run.signal);
      let left = KEYS * EACH;
      await run.load(AT_ONCE, () => `/cached?n=${n + (left-- % KEYS)}`, () => left <= 0);
      return growth(before, await stats(run.signal));
    });
    return { measured: spread(samples.map(({ misses }) => misses)), workers: count(now), cache: now.cache };
  },

  tabulate: (_, t) => [
    [t.workers, "cache", t.predicted, t.misses, t.ratio],
    ...results().map(({ workers, cache, predicted, measured }) =>
      [workers, t[cache], number(predicted), number(measured.median), number(1 - measured.median / (KEYS * EACH))]),
  ],

  plot: (_, t) => curves([["ttl", "hit"], ["redis", "miss"]].map(([kind, name]) => ({
    name, label: t[kind], counts: true, points: results().filter(({ cache }) => cache === kind).map(point),
  })), [t.workers, t.misses], t.title),
});
