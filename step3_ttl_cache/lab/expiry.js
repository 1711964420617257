// Lab: responses expire.

import { ask, curves, lab, number, spread, step } from "./lab.js";
import { button } from "./live.js";
import { growth, remark, stats } from "./stats.js";

step("step3_ttl_cache", { en: "Responses expire", ko: "응답이 만료됩니다" });

remark(({ ttl_seconds }) => `ttl_seconds ${ttl_seconds}`);
button("GET /cached, browser cache", (query) => ask(`/cached${query}`, { cache: "default" }));
button("GET /cached, If-None-Match", async (query) => {
  const { etag } = await ask(`/cached${query}`, { quiet: true });
  await ask(`/cached${query}`, { headers: { "if-none-match": etag } });
});

lab({
  id: "expiry",
  texts: {
    en: {
      title: "Expiry",
      question: "A response expires after ttl_seconds (see /stats). For 30 seconds, the page sends the same request again and again to an empty cache. How many misses are there?",
      why: "A miss stores the response, and until its TTL is over, all requests are hits. So each worker that gets requests has about seconds ÷ (ttl_seconds + compute time) misses, however many requests arrive. A longer TTL saves computations, but responses are older.",
      next: "Start the server with --ttl 1s, --ttl 1m or --ttl 0.",
      age: "age of the response, s", time: "time, s",
    },
    ko: {
      title: "만료",
      question: "저장된 응답은 ttl_seconds(/stats 참고)가 지나면 만료됩니다. 이 페이지가 캐시를 비우고 30초 동안 같은 요청을 계속 보냅니다. 캐시 미스는 몇 번일까요?",
      why: "캐시 미스가 응답을 저장하면 TTL이 끝날 때까지는 모두 캐시 히트입니다. 그래서 요청이 아무리 많아도 캐시 미스는 약 시간 ÷ (ttl_seconds + 계산 시간)번입니다(요청을 받는 워커마다). TTL이 길면 계산은 줄지만 오래된 응답을 받습니다.",
      next: "서버를 --ttl 1s, --ttl 1m, --ttl 0으로 시작해 보세요.",
      age: "응답의 경과 시간(Age), 초", time: "시간, 초",
    },
  },
  settings: { n: [2e5, 0, 1e7], seconds: [30, 1, 300], rounds: [1, 1, 10] },

  async measure({ n, seconds, rounds }, run) {
    const samples = await run.series(rounds, async (progress) => {
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
