// Lab: where the time goes: to computing, to waiting for others' computing, or on the way.

import { bars, lab, median, number, spread, step, time } from "./lab.js";

step("step1_plain", { en: "Every request computes its answer anew", ko: "요청마다 답을 새로 계산합니다" });

const sum = (parts) => parts.reduce((a, b) => a + b);
const last = (answers) => answers.reduce((a, b) => (b.wire > a.wire ? b : a));

lab({
  id: "where_time_goes",
  texts: {
    en: {
      title: "Where the time goes", unit: " ×",
      question: "Six requests for /slow are sent at the same moment. How many times as long as one alone does the last of them take?",
      why: "A worker computes one answer at a time: the last of six waits for five. X-Process-Time includes that wait, but not the way through network and browser: all that remains where n is small.",
      next: "A smaller n. In step 4: --workers 2.",
      alone: "alone", six: "last of six", computing: "computing", waiting: "waiting", way: "network, browser", total: "total",
    },
    ko: {
      title: "시간은 어디로 가는가", unit: "배",
      question: "/slow 요청 6개를 동시에 보냅니다. 마지막 응답은 하나만 보낼 때의 몇 배나 걸릴까요?",
      why: "워커는 한 번에 답 하나만 계산하므로 마지막 요청은 답 5개를 기다립니다. X-Process-Time에 그 대기는 들어가고 네트워크와 브라우저를 오간 시간은 빠집니다. n이 작으면 오간 시간만 남습니다.",
      next: "더 작은 n. 4단계에서는 --workers 2.",
      alone: "혼자", six: "6개 중 마지막", computing: "계산", waiting: "대기", way: "네트워크, 브라우저", total: "전체",
    },
  },

  async measure({ n, rounds }, run) {
    const sizes = [...new Set([1000, 100, 10, 1].map((part) => Math.round(n / part)))];
    const samples = await run.rounds(rounds, async () => {
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
    ["n", t.requests, t.computing, t.waiting, t.way, t.total],
    ...pairs.flat().map(([size, which, ...parts]) => [number(size), t[which], ...parts.map(time), time(sum(parts))]),
  ],

  plot({ pairs }, t) {
    const names = ["computing", "waiting", "way"];
    const row = ([size, which, ...parts]) => ({
      label: `n = ${number(size)}, ${t[which]}`, parts: parts.map((part, index) => [names[index], part]), note: time(sum(parts)),
    });
    return bars(pairs.map((pair) => pair.map(row)), names.map((name) => [name, t[name]]));
  },
});
