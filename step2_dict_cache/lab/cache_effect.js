// Lab: how the hit ratio affects the time of all requests, and how much faster a hit is than a miss, by each clock.

import { bars, lab, median, middle, number, spread, sum, time } from "./lab.js";
import { growth, stats } from "./stats.js";

lab({
  id: "cache_effect",
  texts: {
    en: {
      title: "The effect of the cache", unit: "\u00a0×", count: "requests",
      question: "The page clears the cache and sends the same request ten times, one after the other. How many times as fast is that with the cache (/cached) as without it (/slow)?",
      why: "The first request is a miss and the others are hits, so the hit ratio is 0.9. A hit takes next to no time, so all ten take about as long as one miss. That is 1 ÷ miss ratio = 10 times as fast. A single hit is far faster still, but each tool reports another ratio, because each includes more or less of the connection, the network and the client. Only compare figures of the same tool.",
      next: "Choose 20 requests, and predict again. Then choose n = 0. Which hit ratio halves the mean time?",
      who: "tool, and what its time includes", times: "times as fast",
      all: (count, hits, all) => `this page, ${count} requests, hit ratio ${hits} ÷ ${all} = ${number(hits / all)}`,
      wire: "this page, one request: network and browser, too", server: "X-Process-Time: the handler alone",
      curl: "curl in step 2's guide: a new connection, too", hey: "hey or ab in step 2's guide: ten clients and their queue, too",
      criterion: "cargo bench -p step2_dict_cache: no network", yours: "yours",
    },
    ko: {
      title: "캐시의 효과", unit: "배", count: "요청 수",
      question: "이 페이지가 캐시를 비우고 같은 요청을 하나씩 차례로 10번 보냅니다. 캐시를 쓰면(/cached) 쓰지 않을 때(/slow)보다 몇 배나 빠를까요?",
      why: "첫 요청은 캐시 미스, 나머지는 캐시 히트이므로 캐시 적중률은 0.9입니다. 캐시 히트에는 시간이 거의 들지 않아서 10개를 합쳐도 캐시 미스 하나만큼 걸립니다. 그래서 1 ÷ 캐시 미스율 = 10배 빠릅니다. 캐시 히트 하나만 보면 캐시 미스보다 훨씬 더 빠르지만, 도구마다 연결, 네트워크, 클라이언트를 포함하는 정도가 달라 배율도 다릅니다. 같은 도구의 값끼리만 비교하세요.",
      next: "요청 수를 20으로 바꾸고 다시 예측해 보세요. 그다음 n = 0으로 해 보세요. 캐시 적중률이 얼마면 평균 시간이 절반이 될까요?",
      who: "측정 도구와 포함하는 것", times: "몇 배 빠른가",
      all: (count, hits, all) => `이 페이지, 요청 ${count}개, 캐시 적중률 ${hits} ÷ ${all} = ${number(hits / all)}`,
      wire: "이 페이지, 요청 1개: 네트워크와 브라우저도 포함", server: "X-Process-Time: 핸들러만",
      curl: "2단계 가이드의 curl: 새 연결도 포함", hey: "2단계 가이드의 hey 또는 ab: 클라이언트 10개와 대기열도 포함",
      criterion: "cargo bench -p step2_dict_cache: 네트워크 없음", yours: "직접 측정",
    },
  },
  settings: { count: [10, 2, 100] },

  async measure({ n, rounds, count }, run) {
    const before = await stats(run.signal);
    const series = (path, progress) => run.series(count, () => run.ask(`${path}?n=${n}`), progress);
    const samples = await run.series(rounds, async (progress) => {
      // The first request after a pause takes longer.
      await run.ask("/healthz", { quiet: true });
      const slow = await series("/slow", (part) => progress(0.9 * part));
      await run.ask("/cache", { method: "DELETE" });
      const cached = await series("/cached", (part) => progress(0.9 + 0.1 * part));
      const hits = cached.filter(({ kind }) => kind === "hit" || kind === "stale");
      if (!hits.length) throw new Error("0 hits (--ttl 0?)");
      return { slow, cached, hits };
    });
    const total = (sample, which) => sum(sample[which].map(({ wire }) => wire));
    const ratio = (sample) => total(sample, "slow") / total(sample, "cached");
    const shown = middle(samples, ratio);
    const totals = ["slow", "cached"].map((which) => ({ ...spread(samples.map((sample) => total(sample, which))), median: total(shown, which) }));
    const one = (which, clock) => median(samples.flatMap((sample) => sample[which].map((response) => response[clock])));
    return {
      measured: spread(samples.map(ratio)), count, totals,
      clocks: ["wire", "server"].map((clock) => [clock, one("slow", clock), one("hits", clock)]),
      counted: growth(before, await stats(run.signal)),
    };
  },

  tabulate: ({ count, totals: [slow, cached], clocks, measured, counted: { hits, all } }, t) => [
    [t.who, "/slow", "/cached", t.times],
    [t.all(count, hits, all), time(slow.median), time(cached.median), number(measured.median)],
    ...clocks.map(([name, slow, hit]) => [t[name], time(slow), time(hit), number(slow / hit)]),
    // Students measure with these tools in the guide, and compare the figures.
    ...["curl", "hey", "criterion"].map((name) => [t[name], "", "", t.yours]),
  ],

  plot: ({ count, totals: [slow, cached] }, t) => bars([[
    { label: `${count} × /slow`, parts: [["computed", slow.median]], ...slow, note: time(slow.median) },
    { label: `${count} × /cached`, parts: [["hit", cached.median]], ...cached, note: time(cached.median) },
  ]], null, time),
});
