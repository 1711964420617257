// Lab: what more workers do for the throughput. The curve grows with each restart.

import { AT_ONCE, curves, lab, number, runsOf, spread, step, table } from "./lab.js";
import { spot } from "./live.js";
import { alsoShow, remark, stats } from "./stats.js";

step("step4_workers", { en: "Many workers under one master", ko: "마스터 하나 아래 여러 워커" });

const columns = ["requests", "hits", "misses", "connections"];

alsoShow(({ workers }) => table(["pid", ...columns], workers.map((worker) => [
  [spot(`${worker.pid}`), worker.pid], ...columns.map((name) => number(worker[name])),
]), "/stats: workers"));

/** How many there are, without those that go. */
export const count = ({ workers }) => workers.filter(({ state }) => state !== "draining").length;

remark((latest) => `workers ${count(latest)}`);

/** The last run for each number of workers, and cache; fewest first. */
export function byWorkers(lab) {
  const last = new Map(runsOf(lab).map((run) => [`${run.workers} ${run.cache}`, run]));
  return [...last.values()].sort((a, b) => a.workers - b.workers);
}

export const point = ({ workers, measured: { median, low, high } }) => [workers, median, low, high];

const results = () => byWorkers("workers");

lab({
  id: "workers",
  texts: {
    en: {
      title: "More workers",
      question: "Six clients ask for /slow again and again. How many answers a second do they get with the workers of now? Restart with --workers 1, 2, 4, 8 and predict again: the curves grow.",
      why: "Computing needs a core. When all are busy, one more worker has none to compute on, and the curve is flat. 2 × cores + 1 is for workers that wait, for a database say. (The browser needs a core, too.)",
      next: "A small n: what takes the time then?",
      perSecond: "answers a second", share: "requests by worker",
    },
    ko: {
      title: "더 많은 워커",
      question: "클라이언트 6개가 /slow를 되풀이해 요청합니다. 지금의 워커로 1초에 답을 몇 개 받을까요? --workers 1, 2, 4, 8로 다시 시작하며 또 예측하면 곡선이 이어집니다.",
      why: "계산에는 코어가 필요합니다. 모두 바쁘면 워커를 더해도 계산할 코어가 없어 곡선이 평평해집니다. 2 × 코어 + 1은 데이터베이스 등을 기다리는 워커를 위한 식입니다. (브라우저에도 코어가 필요합니다.)",
      next: "작은 n: 그때는 무엇에 시간이 걸릴까요?",
      perSecond: "초당 응답 수", share: "워커별 요청",
    },
  },
  settings: { n: [5e5, 0, 1e7], seconds: [3, 1, 60], rounds: [3, 1, 20] },

  async measure({ n, seconds, rounds }, run) {
    const workers = count(await stats(run.signal));
    const shares = {};
    const samples = await run.rounds(rounds, async (progress) => {
      const start = performance.now();
      const elapsed = () => (performance.now() - start) / 1000;
      let answers = 0;
      await run.load(AT_ONCE, () => `/slow?n=${n}`, () => elapsed() >= seconds, ({ worker }) => {
        answers += 1;
        shares[worker] = (shares[worker] ?? 0) + 1;
        progress(elapsed() / seconds);
      });
      return answers / elapsed();
    });
    return { measured: spread(samples), workers, shares: Object.values(shares).join(" + ") };
  },

  tabulate: (_, t) => [
    [t.workers, t.predicted, t.measured, t.share],
    ...results().map((run) => [run.workers, number(run.predicted), number(run.measured.median), run.shares]),
  ],

  plot: (_, t) => curves([
    { name: "computed", label: t.predicted, counts: true, points: results().map((run) => [run.workers, run.predicted]) },
    { name: "hit", label: t.measured, counts: true, points: results().map(point) },
  ], [t.workers, t.perSecond], t.title),
});
