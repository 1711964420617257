// Lab: what a hit ratio does to the time of all requests, and how many times as fast as a miss one hit is, by each clock.

import { bars, lab, median, number, spread, time } from "./lab.js";
import { growth, stats } from "./stats.js";

const sum = (values) => values.reduce((a, b) => a + b);
const TOOLS = ["curl", "hey", "criterion"];

lab({
  id: "cache_effect",
  texts: {
    en: {
      title: "The effect of the cache", unit: " ×", count: "requests",
      question: "The page clears the cache and sends the same request ten times, one after the other. How many times as fast is that with the cache (/cached) as without it (/slow)?",
      why: "The first request is a miss and the others are hits, so the hit ratio is 0.9. Mean time = hit ratio × hit time + miss ratio × miss time. A hit takes next to no time, so ten requests take about as long as one miss. That is 1 ÷ miss ratio = 10 times as fast. Of one hit, each tool reports another ratio, because each includes something else: the look into the cache always, and the connection, the network and the client only in part. Compare figures of one tool only.",
      next: "Choose 20 requests, and predict again. Choose n = 0. Which hit ratio halves the mean time?",
      all: (count) => `this page, ${count} requests`, one: "this page, one request", server: "X-Process-Time",
      curl: "curl", hey: "hey or ab", criterion: "criterion",
      who: "who measures", what: "what it includes", without: "/slow", cached: "/cached", times: "times as fast",
      hitRatio: (hits, all, ratio) => `hit ratio ${hits} / ${all} = ${ratio}`,
      included: {
        one: "a miss, then a hit, with network and browser", server: "the handler alone, without the network",
        curl: "also a new connection: guide of step 2, Measure, time_total",
        hey: "ten clients at once, so also the queue: guide of step 2, Measure, Requests/sec",
        criterion: "no network at all: cargo bench -p step2_dict_cache --bench hit_and_miss",
      },
      yours: "yours",
    },
    ko: {
      title: "캐시의 효과", unit: "배", count: "요청 수",
      question: "이 페이지가 캐시를 비우고 같은 요청을 하나씩 차례로 10번 보냅니다. 캐시를 쓰면(/cached) 쓰지 않을 때(/slow)보다 몇 배나 빠를까요?",
      why: "첫 요청은 캐시 미스, 나머지는 캐시 히트이므로 캐시 적중률은 0.9입니다. 평균 시간 = 캐시 적중률 × 히트 시간 + 캐시 미스율 × 미스 시간. 캐시 히트에는 시간이 거의 들지 않아서 요청 10개가 미스 하나만큼 걸립니다. 그래서 1 ÷ 캐시 미스율 = 10배 빠릅니다. 캐시 히트 하나만 비교하면 도구마다 배율이 다릅니다. 캐시 조회는 항상 들어가지만 연결, 네트워크, 클라이언트는 도구에 따라 일부만 들어가기 때문입니다. 같은 도구의 값끼리만 비교하세요.",
      next: "요청 수를 20으로 바꾸고 다시 예측해 보세요. n = 0도 해 보세요. 캐시 적중률이 얼마면 평균 시간이 절반이 될까요?",
      all: (count) => `이 페이지, 요청 ${count}개`, one: "이 페이지, 요청 1개", server: "X-Process-Time",
      curl: "curl", hey: "hey 또는 ab", criterion: "criterion",
      who: "측정하는 것", what: "포함하는 것", without: "/slow", cached: "/cached", times: "몇 배 빠른가",
      hitRatio: (hits, all, ratio) => `캐시 적중률 ${hits} / ${all} = ${ratio}`,
      included: {
        one: "캐시 미스와 캐시 히트, 네트워크와 브라우저 포함", server: "핸들러만, 네트워크 제외",
        curl: "새 연결까지 포함: 2단계 안내서 측정 절의 time_total",
        hey: "동시 클라이언트 10개라서 큐까지 포함: 2단계 안내서 측정 절의 Requests/sec",
        criterion: "네트워크 없음: cargo bench -p step2_dict_cache --bench hit_and_miss",
      },
      yours: "직접 측정",
    },
  },
  settings: { count: [10, 2, 100] },

  async measure({ n, rounds, count }, run) {
    const before = await stats(run.signal);
    const series = async (path, progress) => {
      const responses = [];
      while (responses.length < count) {
        progress(responses.length / count);
        responses.push(await run.ask(`${path}?n=${n}`));
      }
      return responses;
    };
    const samples = await run.rounds(rounds, async (progress) => {
      // The first after a while takes longer.
      await run.ask("/healthz", { quiet: true });
      const slow = await series("/slow", (part) => progress(0.9 * part));
      await run.ask("/cache", { method: "DELETE" });
      const cached = await series("/cached", (part) => progress(0.9 + 0.1 * part));
      const hits = cached.filter(({ kind }) => kind === "hit" || kind === "stale");
      if (!hits.length) throw new Error("0 hits (--ttl 0?)");
      return { slow, cached, hits };
    });
    const total = (which) => spread(samples.map((sample) => sum(sample[which].map(({ wire }) => wire))));
    const one = (which, clock) => median(samples.flatMap((sample) => sample[which].map((response) => response[clock])));
    return {
      measured: spread(samples.map(({ slow, cached }) => sum(slow.map(({ wire }) => wire)) / sum(cached.map(({ wire }) => wire)))),
      count, totals: [total("slow"), total("cached")],
      clocks: [["one", "wire"], ["server", "server"]].map(([name, clock]) => [name, one("slow", clock), one("hits", clock)]),
      counted: growth(before, await stats(run.signal)),
    };
  },

  tabulate: ({ count, totals: [slow, cached], clocks, measured, counted: { hits, all } }, t) => [
    [t.who, t.without, t.cached, t.times, t.what],
    [t.all(count), time(slow.median), time(cached.median), number(measured.median), t.hitRatio(hits, all, number(hits / all))],
    ...clocks.map(([name, miss, hit]) => [t[name], time(miss), time(hit), number(miss / hit), t.included[name]]),
    ...TOOLS.map((name) => [t[name], "", "", t.yours, t.included[name]]),
  ],

  plot: ({ count, totals: [slow, cached] }, t) => bars([[
    { label: `${count} × /slow`, parts: [["computed", slow.median]], ...slow, note: time(slow.median) },
    { label: `${count} × /cached`, parts: [["hit", cached.median]], ...cached, note: time(cached.median) },
  ]], null, time),
});
