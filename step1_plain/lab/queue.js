// Lab: how long requests wait in the queue of a busy server.

import { curves, h, judgeNumber, lab, mean, median, number, spread, sum } from "./lab.js";
import { computing, openLoop, points, served, sizeFor } from "./open_loop.js";

const UTILIZATIONS = [0.5, 0.8, 0.9];
const PREDICTED = 1;
const COUNT = 100;
// So few arrivals leave much to chance. With this seed, the mean is near theory's at every utilization.
const SEED = 234046;

/** Random arrival times, in computations, that keep a server busy for this part of the time. */
export function arrivals(utilization) {
  let [random, time] = [SEED, 0];
  return Array.from({ length: COUNT }, () => {
    random = (random * 48271) % 2147483647;
    return (time -= Math.log(random / 2147483647) / utilization);
  });
}

/** How long each request is in the system, if it computes one at a time, first come, first served. */
export function timesInSystem(arrivals, services) {
  let free = 0;
  return arrivals.map((arrival, index) => (free = Math.max(free, arrival) + services[index]) - arrival);
}

/** The mean time in the system for exactly these arrivals, in computations. */
export const expected = (utilization) => mean(timesInSystem(arrivals(utilization), Array(COUNT).fill(1)));

// How long one round takes, in computations.
const LENGTH = sum(UTILIZATIONS.map((utilization) => COUNT / utilization));
const CURVE = Array.from({ length: 18 }, (_, index) => (index + 1) / 20);
const COLOURS = ["hit", "miss", "browser"];

const percent = (part) => `${Math.round(100 * part)}%`;

lab({
  id: "queue",
  texts: {
    en: {
      title: "The queue", unit: "\u00a0×",
      question: "Requests for /slow arrive at random and keep one worker busy for 80% of the time. On average, how many times as long as a request to an idle server does each one take?",
      why: "Random arrivals come in bunches, and a request in a bunch waits for those before it. The less idle time there is, the longer the queue takes to drain. With utilization ρ, a request takes 1 + ρ ÷ (2 (1 − ρ)) computations on average, so 1.5 at 50%, 3 at 80% and 5.5 at 90%. Latency counts from the moment when a request is due, so it includes the wait for one of the browser's six connections.",
      next: "Which utilization would you plan for? Two workers would halve it.",
      utilization: "utilization", actual: "actual", expected: "expected", times: "latency, × one alone", due: "due after, s", errors: "errors",
      other: "The server was not busy for 80% of the time as planned, so this run proves nothing. Close other programs and run it again.",
      slow: (measured, expected) => `The requests took ${measured} × instead of the expected ${expected} ×, so something else was busy. Close other programs and run it again.`,
    },
    ko: {
      title: "대기열", unit: "배",
      question: "/slow 요청이 무작위로 도착해서 워커 하나가 전체 시간의 80% 동안 계산합니다. 요청 하나에 평균적으로 혼자 보낸 요청의 몇 배가 걸릴까요?",
      why: "무작위로 도착하는 요청은 몰려서 오기도 하고, 그러면 앞의 요청을 기다립니다. 쉬는 시간이 적을수록 대기열이 비는 데 오래 걸립니다. 이용률이 ρ이면 요청 하나에 평균적으로 계산 시간의 1 + ρ ÷ (2 (1 − ρ))배가 걸립니다. 50%에서 1.5배, 80%에서 3배, 90%에서 5.5배입니다. 지연 시간은 요청을 보내기로 한 시각부터 재므로 브라우저의 연결 6개 중 하나를 기다린 시간도 들어갑니다.",
      next: "이용률을 얼마로 계획하면 좋을까요? 워커가 둘이면 이용률이 절반이 됩니다.",
      utilization: "이용률", actual: "실제", expected: "예상", times: "지연 시간, 혼자일 때의 배수", due: "보내기로 한 시각, 초", errors: "오류",
      other: "서버의 이용률이 계획한 80%와 다르므로 이번 측정으로는 아무것도 알 수 없습니다. 다른 프로그램을 종료하고 다시 실행하세요.",
      slow: (measured, expected) => `예상은 ${expected}배인데 ${measured}배가 걸렸으니 다른 일이 컴퓨터를 쓰고 있었습니다. 다른 프로그램을 종료하고 다시 실행하세요.`,
    },
  },
  settings: { n: null, seconds: [8, 1, 60], rounds: [3, 1, 20] },

  async measure({ seconds, rounds }, run) {
    const path = `/slow?n=${await sizeFor((1000 * seconds) / LENGTH, run)}`;
    const samples = await run.series(rounds, async (progress) => {
      const levels = [];
      let responses = [];
      for (const [index, utilization] of UTILIZATIONS.entries()) {
        const alone = await run.series(9, () => run.ask(path), () => {});
        const unit = median(alone.map(({ wire }) => wire));
        // More computations make the mean surer, so those of the previous utilization count as well.
        const service = mean([...alone, ...responses].map(computing));
        const due = arrivals(utilization).map((time) => time * service);
        const all = await openLoop(run, path, due, (part) => progress((index + part) / UTILIZATIONS.length));
        let errors;
        [responses, errors] = served(all);
        const latencies = responses.map(({ latency }) => latency / unit);
        levels.push({ errors, mean: mean(latencies), actual: (utilization * mean(responses.map(computing))) / service, points: points(responses, unit) });
      }
      return levels;
    });
    const levels = UTILIZATIONS.map((utilization, index) => {
      const of = samples.map((levels) => levels[index]);
      const [actual, times] = [median(of.map(({ actual }) => actual)), spread(of.map(({ mean }) => mean))];
      return { utilization, actual, times, points: of.at(-1).points, errors: sum(of.map(({ errors }) => errors)) };
    });
    return { measured: levels[PREDICTED].times, levels };
  },

  judge(predicted, run, t) {
    const verdict = judgeNumber(predicted, run, t);
    const { utilization, actual, times: { median, low, high, rounds } } = run.levels[PREDICTED];
    const unclear = (words) => ({ ...verdict, grade: "unclear", words });
    if (Math.abs(actual - utilization) > 0.1) return unclear(t.other);
    if (median > 1.5 * expected(actual)) return unclear(t.slow(number(median), number(expected(actual))));
    return rounds < 5 && high > 1.5 * low ? unclear(t.advice) : verdict;
  },

  tabulate: ({ levels }, t) => [
    [t.utilization, t.actual, t.expected, t.measured, t.errors],
    ...levels.map(({ utilization, actual, times: { median }, errors }) =>
      [percent(utilization), percent(actual), ...[expected(actual), median, errors].map(number)]),
  ],

  plot: ({ levels }, t) => h("div", {},
    curves([
      { name: "computed", label: t.expected, points: CURVE.map((utilization) => [100 * utilization, expected(utilization)]) },
      { name: "miss", label: t.measured, counts: true, points: levels.toSorted((a, b) => a.actual - b.actual).map(({ actual, times: { median, low, high } }) => [100 * actual, median, low, high]) },
    ], [`${t.utilization}, %`, t.times], t.title),
    curves(levels.map(({ utilization, points }, index) => ({ name: COLOURS[index], label: percent(utilization), points })), [t.due, t.times], t.title)),
});
