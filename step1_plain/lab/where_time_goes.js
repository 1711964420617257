// Lab: how much of the time is computing, waiting for other computations, and network.

import { bars, h, lab, middle, number, spread, step, sum, time } from "./lab.js";

step("step1_plain", { en: "Every request computes its response", ko: "요청마다 응답을 새로 계산합니다" });

// As in the waterfall.
const SPANS = ["queue", "compute", "network"];
const last = (responses) => responses.reduce((a, b) => (b.wire > a.wire ? b : a));

lab({
  id: "where_time_goes",
  texts: {
    en: {
      title: "Where the time goes", unit: "\u00a0×",
      question: "The page sends six requests for /slow at the same moment. How many times as long as a single request does the last of them take?",
      why: "A worker computes one response at a time, so the last of six requests waits for five computations. With more workers, as many requests are computed at once as there are workers and cores for them. X-Process-Time includes the time in the queue, but not the time in network and browser. When n is small, those two take nearly all of the time.",
      next: "Choose n = 100 and predict again. Is it still six times?",
      alone: "alone", six: "last of six", compute: "computing", queue: "waiting", network: "network, browser", total: "total",
      scales: "Each pair of bars has its own scale.",
    },
    ko: {
      title: "시간은 어디로 가는가", unit: "배",
      question: "이 페이지가 /slow 요청 6개를 동시에 보냅니다. 마지막 응답은 요청 하나만 보낼 때의 몇 배나 걸릴까요?",
      why: "워커는 응답을 한 번에 하나만 계산하므로 마지막 요청은 계산 5번을 기다립니다. 워커가 여럿이면 워커와 코어가 있는 만큼 동시에 계산합니다. X-Process-Time에는 대기열에서 기다린 시간이 들어가지만 네트워크와 브라우저를 오간 시간은 들어가지 않습니다. n이 작으면 오간 시간이 거의 전부입니다.",
      next: "n = 100으로 바꾸고 다시 예측해 보세요. 여전히 6배일까요?",
      alone: "하나만", six: "6개 중 마지막", compute: "계산", queue: "대기", network: "네트워크, 브라우저", total: "전체",
      scales: "막대 한 쌍마다 눈금이 다릅니다.",
    },
  },

  async measure({ n, rounds }, run) {
    const sizes = [...new Set([1000, 100, 10, 1].map((part) => Math.round(n / part)))];
    const samples = await run.series(rounds, async () => {
      const sample = [];
      for (const size of sizes) {
        const alone = await run.ask(`/slow?n=${size}`);
        sample.push({ alone, six: last(await run.together(`/slow?n=${size}`)) });
      }
      return sample;
    });
    const ratio = ({ alone, six }) => six.wire / alone.wire;
    const pairs = sizes.map((size, index) => {
      const { alone, six } = middle(samples.map((sample) => sample[index]), ratio);
      return Object.entries({ alone, six }).map(([which, { server, wire }]) => {
        const computing = Math.min(server, alone.server);
        return [size, which, server - computing, computing, wire - server];
      });
    });
    return { measured: spread(samples.map((sample) => ratio(sample.at(-1)))), pairs: pairs.reverse() };
  },

  tabulate: ({ pairs }, t) => [
    ["n", t.requests, ...SPANS.map((name) => t[name]), t.total],
    ...pairs.flat().map(([size, which, ...parts]) => [number(size), t[which], ...parts.map(time), time(sum(parts))]),
  ],

  plot({ pairs }, t) {
    const row = ([size, which, ...parts]) => ({
      label: `n = ${number(size)}, ${t[which]}`, parts: parts.map((part, index) => [SPANS[index], part]), note: time(sum(parts)),
    });
    return [bars(pairs.map((pair) => pair.map(row)), SPANS.map((name) => [name, t[name]]), time), pairs.length > 1 && h("p", {}, t.scales)];
  },
});
