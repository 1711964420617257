// Lab: what happens at the moment of expiry, when several ask at once.

import { bars, lab, spread } from "./lab.js";
import { growth, stats } from "./stats.js";

lab({
  id: "stampede",
  texts: {
    en: {
      title: "The stampede",
      question: "A response has just expired, and six requests for it come at once. How many times is it computed?",
      why: "All six miss. The first one computes, and the others wait for its response (collapsed in /stats). Without that, every client has a popular response computed again when it expires, just when there is most to do.",
      next: "--ttl 0. In step 2: DELETE /cache, then 6 × GET /cached.",
      collapsed: "waited for it",
    },
    ko: {
      title: "스탬피드",
      question: "응답이 막 만료된 순간 요청 6개가 한꺼번에 옵니다. 계산은 몇 번 할까요?",
      why: "6개 모두 미스입니다. 하나가 계산하고 나머지는 기다립니다(/stats의 collapsed). 그렇지 않으면 인기 있는 응답이 만료될 때, 가장 바쁜 바로 그때 모두가 계산합니다.",
      next: "--ttl 0. 2단계에서는 DELETE /cache 다음 6 × GET /cached.",
      collapsed: "기다림",
    },
  },
  settings: { rounds: [2, 1, 20] },

  async measure({ n, rounds }, run) {
    const samples = await run.rounds(rounds, async (progress) => {
      const { ttl_seconds: ttl } = await stats(run.signal);
      // Who wants to wait longer?
      if (ttl > 60) throw new Error(`ttl_seconds = ${ttl}: --ttl 10s`);
      await run.ask(`/cached?n=${n}`);
      for (let passed = 0; passed < ttl + 0.1; passed += 0.1) {
        progress(Math.min(1, passed / ttl));
        await run.sleep(100);
      }
      const before = await stats(run.signal);
      await run.together(`/cached?n=${n}`);
      return growth(before, await stats(run.signal));
    });
    return { measured: spread(samples.map((sample) => sample.misses)), samples };
  },

  tabulate: ({ samples }, t) => [
    [t.round, t.computed, t.collapsed, t.hit],
    ...samples.map(({ misses, collapsed, hits }, index) => [index + 1, misses, collapsed, hits]),
  ],

  plot: ({ samples }, t) => bars([samples.map(({ misses, collapsed, hits }, index) => ({
    label: `${t.round} ${index + 1}`, parts: [["miss", misses], ["collapsed", collapsed], ["hit", hits]], note: misses,
  }))], [["miss", t.computed], ["collapsed", t.collapsed], ["hit", t.hit]]),
});
