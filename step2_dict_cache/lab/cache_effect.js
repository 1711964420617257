// Lab: how many times faster is a hit?

import { bars, lab, median, number, spread, time } from "./lab.js";
import { growth, stats } from "./stats.js";

const HITS = 10;

lab({
  id: "cache_effect",
  texts: {
    en: {
      title: "The effect of the cache", unit: " ×",
      question: "The same answer, computed (/slow) and from the cache (/cached). How many times faster is a hit, for you who wait?",
      why: "A hit costs the server some millionths of a second, whatever the answer cost; the way through network and browser is the same for both. So the effect grows with n. Mean time = hit ratio × hit time + miss ratio × miss time.",
      next: "n = 0: is there a winner? Which hit ratio halves the mean time?",
      server: "server's own time",
    },
    ko: {
      title: "캐시의 효과", unit: "배",
      question: "같은 답을 계산해서(/slow), 그리고 캐시에서(/cached) 받습니다. 기다리는 사람에게 적중은 몇 배 빠를까요?",
      why: "답이 얼마나 비싸든 적중은 서버에서 백만분의 몇 초이고, 네트워크와 브라우저를 오가는 시간은 둘 다 같습니다. 그래서 n이 클수록 효과가 큽니다. 평균 = 적중률 × 적중 시간 + 미스율 × 미스 시간.",
      next: "n = 0이면 승자가 있을까요? 적중률이 얼마면 평균이 반이 될까요?",
      server: "서버의 시간",
    },
  },

  async measure({ n, rounds }, run) {
    const before = await stats(run.signal);
    const samples = await run.rounds(rounds, async () => {
      // The first after a while takes longer.
      await run.ask("/healthz", { quiet: true });
      const slow = await run.ask(`/slow?n=${n}`);
      const hits = [];
      // The first may be a miss, and another where the answer expires.
      for (let asked = 0; hits.length < HITS && asked < 5 * HITS; asked++) {
        const answer = await run.ask(`/cached?n=${n}`);
        if (answer.kind === "hit") hits.push(answer);
      }
      if (!hits.length) throw new Error("0 hits (--ttl 0?)");
      const [wire, server] = ["wire", "server"].map((which) => median(hits.map((hit) => hit[which])));
      return { slow, wire, server };
    });
    const of = (pick) => spread(samples.map(pick));
    const [slow, hit] = [of((sample) => sample.slow.wire), of((sample) => sample.wire)];
    const measured = of((sample) => sample.slow.wire / sample.wire);
    return {
      measured, isUnclear: measured.low <= 1 && measured.high >= 1, slow, hit,
      server: [of((sample) => sample.slow.server).median, of((sample) => sample.server).median],
      counted: growth(before, await stats(run.signal)),
    };
  },

  tabulate: ({ slow, hit, server, counted: { hits, all } }, t) => [
    [t.requests, t.measured, t.lowest, t.highest, t.server],
    [t.computed, ...[slow.median, slow.low, slow.high, server[0]].map(time)],
    [t.hit, ...[hit.median, hit.low, hit.high, server[1]].map(time)],
    [t.ratio, `${hits} / ${all} = ${number(hits / all)}`],
  ],

  plot: ({ slow, hit }, t) => bars([[
    { label: t.computed, parts: [["computed", slow.median]], ...slow, note: time(slow.median) },
    { label: t.hit, parts: [["hit", hit.median]], ...hit, note: time(hit.median) },
  ]]),
});
