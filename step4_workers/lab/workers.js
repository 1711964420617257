// Lab: how the throughput grows with the number of workers. Each restart adds a point to the curve.

import { AT_ONCE, curves, lab, lastRuns, median, number, spread, step, table } from "./lab.js";
import { alsoShow, remark, stats } from "./stats.js";
import { workerDot } from "./waterfall.js";

step("step4_workers", { en: "Many workers under one master", ko: "마스터 하나가 여러 워커를 관리합니다" });

const columns = ["requests", "hits", "misses", "connections"];

alsoShow(({ workers }) => table(["pid", ...columns], workers.map((worker) => [
  [workerDot(`${worker.pid}`), worker.pid], ...columns.map((name) => number(worker[name])),
]), "/stats: workers"));

/** How many workers there are, without those that are draining. */
export const count = ({ workers }) => workers.filter(({ state }) => state !== "draining").length;

remark((latest) => `workers ${count(latest)}`);

/** The last run for each number of workers, and cache; fewest first. */
export const byWorkers = (lab) => lastRuns(lab, ({ workers, cache }) => `${workers} ${cache}`).sort((a, b) => a.workers - b.workers);

export const point = ({ workers, measured: { median, low, high } }) => [workers, median, low, high];

const results = () => byWorkers("workers");

lab({
  id: "workers",
  texts: {
    en: {
      title: "More workers", unit: "\u00a0×",
      question: "Six clients send requests for /slow without a pause. How many times the throughput of one worker do all workers of this server reach together? (/stats lists them.)",
      why: "Computing needs a core. As long as a core is free, each worker adds as much as the first one. When all cores are busy, another worker has none to compute on, so the curve is flat from there on. The formula 2 × cores + 1 is for workers that wait, for a database for example. (The browser uses some of the cores' time, too.)",
      next: "Start the server with --workers 1, 2, 4 and 8, and predict again each time, so that the curves grow. Then choose a small n. What takes the time?",
      times: "times one worker", share: "requests by worker", perSecond: "responses a second",
    },
    ko: {
      title: "더 많은 워커", unit: "배",
      question: "클라이언트 6개가 /slow 요청을 계속 보냅니다. 이 서버의 워커가 모두 함께 계산하는 양은 워커 하나의 몇 배일까요? (워커는 /stats에 있습니다.)",
      why: "계산에는 코어가 필요합니다. 코어가 남아 있으면 워커를 더할 때마다 처리량이 첫 워커만큼 늘어납니다. 모든 코어가 바쁘면 새 워커는 계산할 코어가 없으므로 곡선이 평평해집니다. 2 × 코어 + 1은 데이터베이스 등을 기다리는 워커를 위한 식입니다. (브라우저도 코어를 조금 씁니다.)",
      next: "서버를 --workers 1, 2, 4, 8로 시작하고 그때마다 다시 예측하면 곡선이 이어집니다. 그다음 n을 작게 해 보세요. 무엇에 시간이 걸릴까요?",
      times: "워커 하나의 몇 배", share: "워커별 요청", perSecond: "초당 응답 수",
    },
  },
  settings: { n: [5e5, 0, 1e7], seconds: [3, 1, 60], rounds: [3, 1, 20] },

  async measure({ n, seconds, rounds }, run) {
    const workers = count(await stats(run.signal));
    const shares = {};
    const samples = await run.series(rounds, async (progress) => {
      const alone = await run.series(5, () => run.ask(`/slow?n=${n}`), () => {});
      const start = performance.now();
      const elapsed = () => (performance.now() - start) / 1000;
      let responses = 0;
      await run.load(AT_ONCE, () => `/slow?n=${n}`, () => elapsed() >= seconds, ({ worker }) => {
        responses += 1;
        shares[worker] = (shares[worker] ?? 0) + 1;
        progress(elapsed() / seconds);
      });
      const rate = responses / elapsed();
      // A worker alone computes one response in the time of one request alone.
      return { rate, times: (rate * median(alone.map(({ server }) => server))) / 1000 };
    });
    const of = (name) => spread(samples.map((sample) => sample[name]));
    return { measured: of("times"), rate: of("rate").median, workers, shares: Object.values(shares).join(" + ") };
  },

  tabulate: (_, t) => [
    [t.workers, t.predicted, t.measured, t.perSecond, t.share],
    ...results().map((run) => [run.workers, number(run.predicted), number(run.measured.median), number(run.rate), run.shares]),
  ],

  plot: (_, t) => curves([
    { name: "computed", label: t.predicted, counts: true, points: results().map((run) => [run.workers, run.predicted]) },
    { name: "hit", label: t.measured, counts: true, points: results().map(point) },
  ], [t.workers, t.times], t.title),
});
