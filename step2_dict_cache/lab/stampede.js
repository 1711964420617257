// Lab: several requests for the same response arrive at once while the cache is empty.

import { bars, lab, lastRuns, median, number, spread, time } from "./lab.js";
import { growth, stats } from "./stats.js";

/** The last run on each step's server, in the order of the steps. */
const bySteps = () => lastRuns("stampede", ({ step }) => step).sort((a, b) => (a.step < b.step ? -1 : 1));

lab({
  id: "stampede",
  texts: {
    en: {
      title: "The stampede",
      question: "The cache is empty, and six requests for the same response arrive at once. How many times does each worker compute this response? (A server that lists no workers in /stats has one.)",
      why: "All six miss. With a plain dict, each of them computes the response, one after the other, so the last one waits for six computations. With single flight, the first one computes and the others wait for its result (collapsed, in /stats). The same happens when a popular response expires, because its slot in the cache is empty from then on.",
      next: "Run this lab on a server without single flight and on one with it. Which of the six gains most?",
      server: "server", perWorker: (n) => `computed by each worker: ${n}`, collapsed: "waited for it", last: "all served in",
    },
    ko: {
      title: "캐시 스탬피드",
      question: "캐시가 비어 있을 때 같은 응답을 찾는 요청 6개가 한꺼번에 옵니다. 워커마다 그 응답을 몇 번씩 계산할까요? (/stats에 워커 목록이 없는 서버는 워커가 하나입니다.)",
      why: "6개 모두 캐시 미스입니다. 단순한 dict에서는 요청마다 하나씩 차례로 계산하므로 마지막 요청은 계산 6번을 기다립니다. 요청 합치기(singleflight)를 하는 서버에서는 첫 요청만 계산하고 나머지는 그 결과를 기다립니다(/stats의 collapsed). 인기 있는 응답이 만료될 때도 마찬가지입니다. 그때부터 캐시의 그 자리가 비기 때문입니다.",
      next: "이 실습을 요청 합치기가 없는 서버와 있는 서버에서 모두 실행하세요. 6개 중 가장 큰 이득을 보는 요청은 어느 것일까요?",
      server: "서버", perWorker: (n) => `워커마다 계산: ${n}`, collapsed: "결과를 기다림", last: "모두 응답할 때까지",
    },
  },
  settings: { rounds: [3, 1, 20] },

  async measure({ n, rounds }, run) {
    const samples = await run.series(rounds, async () => {
      await run.ask("/cache", { method: "DELETE" });
      const before = await stats(run.signal);
      const responses = await run.together(`/cached?n=${n}`);
      const workers = new Set(responses.map(({ worker }) => worker)).size;
      return { ...growth(before, await stats(run.signal)), workers, last: Math.max(...responses.map(({ wire }) => wire)) };
    });
    return { measured: spread(samples.map(({ misses, workers }) => misses / workers)), samples };
  },

  tabulate: (_, t) => [
    [t.server, t.computed, t.collapsed, t.workers, t.last],
    ...bySteps().map(({ step, samples }) => [
      step, ...["misses", "collapsed", "workers"].map((name) => number(median(samples.map((sample) => sample[name])))),
      time(median(samples.map(({ last }) => last))),
    ]),
  ],

  plot(_, t) {
    const row = ({ step, samples }) => {
      const { misses, collapsed, hits, workers } = samples.at(-1);
      return { label: step, parts: [["miss", misses], ["collapsed", collapsed], ["hit", hits]], note: t.perWorker(number(misses / workers)) };
    };
    return bars([bySteps().map(row)], [["miss", t.computed], ["collapsed", t.collapsed], ["hit", t.hit]]);
  },
});
