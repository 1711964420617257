// Lab: where the time goes: to computing, to waiting for others' computing, or on the way.

import { bars, h, lab, median, number, spread, step, sum, time } from "./lab.js";

step("step1_plain", { en: "Every request computes its response", ko: "요청마다 응답을 새로 계산합니다" });

const SPANS = ["compute", "queue", "network"];
const last = (responses) => responses.reduce((a, b) => (b.wire > a.wire ? b : a));

lab({
  id: "where_time_goes",
  texts: {
    en: {
      title: "Where the time goes", unit: " ×",
      question: "The page sends six requests for /slow at the same moment. How many times as long as one request alone does the last of them take?",
      why: "A worker computes one response at a time, so the last of six requests waits for five computations. With more workers (step 4), as many requests are computed at once as there are workers and cores for them. X-Process-Time includes the time in the queue, but not the way through network and browser. When n is small, that way takes nearly all of the time.",
      next: "Choose an n of 2000. What takes the time now? In step 4, start the server with --workers 2.",
      alone: "alone", six: "last of six", compute: "computing", queue: "waiting", network: "network, browser", total: "total",
      scales: "Each pair of bars has its own scale.",
    },
    ko: {
      title: "시간은 어디로 가는가", unit: "배",
      question: "이 페이지가 /slow 요청 6개를 동시에 보냅니다. 마지막 응답은 요청 하나만 보낼 때의 몇 배나 걸릴까요?",
      why: "워커는 응답을 한 번에 하나만 계산하므로 마지막 요청은 계산 5번을 기다립니다. 워커가 여럿이면(4단계) 워커와 코어가 있는 만큼 동시에 계산합니다. X-Process-Time에는 큐에서 기다린 시간이 들어가지만 네트워크와 브라우저를 오간 시간은 들어가지 않습니다. n이 작으면 오간 시간이 거의 전부입니다.",
      next: "n을 2000으로 바꿔 보세요. 이제 무엇에 시간이 걸릴까요? 4단계에서는 서버를 --workers 2로 시작하세요.",
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
    const pairs = sizes.map((size, index) => ["alone", "six"].map((which) => {
      const of = (which, clock) => median(samples.map((sample) => sample[index][which][clock]));
      const [computing, server] = [of("alone", "server"), of(which, "server")];
      return [size, which, computing, Math.max(0, server - computing), of(which, "wire") - server];
    }));
    return { measured: spread(samples.map((sample) => sample.at(-1).six.wire / sample.at(-1).alone.wire)), pairs };
  },

  tabulate: ({ pairs }, t) => [
    ["n", t.requests, ...SPANS.map((name) => t[name]), t.total],
    ...pairs.flat().map(([size, which, ...parts]) => [number(size), t[which], ...parts.map(time), time(sum(parts))]),
  ],

  plot({ pairs }, t) {
    const row = ([size, which, ...parts]) => ({
      label: `n = ${number(size)}, ${t[which]}`, parts: parts.map((part, index) => [SPANS[index], part]), note: time(sum(parts)),
    });
    return [bars(pairs.map((pair) => pair.map(row)).reverse(), SPANS.map((name) => [name, t[name]]), time), pairs.length > 1 && h("p", {}, t.scales)];
  },
});
