// Lab: answers expire.

import { ask, curves, lab, number, spread, step } from "./lab.js";
import { button } from "./live.js";
import { growth, remark, stats } from "./stats.js";

step("step3_ttl_cache", { en: "Answers are forgotten in time", ko: "답을 제때 잊습니다" });

remark(({ ttl_seconds }) => `ttl_seconds ${ttl_seconds}`);
button("GET /cached, Cache-Control", (query) => ask(`/cached${query}`, { cache: "default" }));
button("GET /cached, If-None-Match", async (query) => {
  const { etag } = await ask(`/cached${query}`, { quiet: true });
  await ask(`/cached${query}`, { headers: { "if-none-match": etag } });
});

lab({
  id: "expiry",
  texts: {
    en: {
      title: "Expiry",
      question: "An answer is forgotten after ttl_seconds (see /stats). An empty cache is asked again and again, for 30 s: how many misses?",
      why: "A miss stores the answer; until its TTL is over, all are hits: about seconds ÷ TTL misses (in each worker), however many requests come. A longer TTL saves computing and costs freshness.",
      next: "--ttl 1s, --ttl 1m, --ttl 0",
      age: "age of the answer, s", time: "time, s",
    },
    ko: {
      title: "만료",
      question: "답은 ttl_seconds(/stats)가 지나면 잊힙니다. 빈 캐시에 30초 동안 계속 요청하면 미스는 몇 번일까요?",
      why: "미스가 답을 저장하고 TTL이 다할 때까지는 모두 적중입니다. 요청이 아무리 많아도 미스는 (워커마다) 약 시간 ÷ TTL번입니다. TTL이 길면 계산을 아끼고 신선함을 잃습니다.",
      next: "--ttl 1s, --ttl 1m, --ttl 0",
      age: "답의 나이, 초", time: "시간, 초",
    },
  },
  settings: { n: [2e5, 0, 1e7], seconds: [30, 1, 300], rounds: [1, 1, 10] },

  async measure({ n, seconds, rounds }, run) {
    const samples = await run.rounds(rounds, async (progress) => {
      await run.ask("/cache", { method: "DELETE" });
      const before = await stats(run.signal);
      const start = performance.now();
      const points = [];
      for (let now = 0; now < seconds; now = (performance.now() - start) / 1000) {
        progress(now / seconds);
        const { age } = await run.ask(`/cached?n=${n}`);
        points.push([Number(now.toFixed(1)), age]);
        await run.sleep(100);
      }
      return { ...growth(before, await stats(run.signal)), points, ttl: before.ttl_seconds };
    });
    return { measured: spread(samples.map((sample) => sample.misses)), samples };
  },

  tabulate: ({ samples }, t) => [
    ["TTL", t.requests, t.misses, t.ratio],
    ...samples.map(({ ttl, all, misses, hits }) => [`${number(ttl)} s`, all, misses, number(hits / all)]),
  ],

  plot: ({ samples }, t) => curves([{ name: "hit", label: t.age, points: samples.at(-1).points }], [t.time, t.age], t.title),
});
