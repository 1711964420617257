// Lab: the tail of the latencies. A closed loop hides it, and serving stale removes it.

import { facts } from "./dom.js";
import { curves, lab, median, number, runsOf, spread, time } from "./lab.js";
import { texts } from "./language.js";
import { askAny, isServed, openLoop, percentile, sizeFor, withErrors } from "./open_loop.js";
import { stats } from "./stats.js";

const [RATE, PERCENTS, SHOWN] = [30, [50, 90, 95, 99], 6];

const advice = texts({
  en: { restart: (ttl) => `The TTL is ${number(ttl)} s. Restart the server for this lab: cargo run -p ${facts.step} -- --ttl 1s` },
  ko: { restart: (ttl) => `TTL이 ${number(ttl)}초입니다. 이 실습을 하려면 서버를 다시 시작하세요: cargo run -p ${facts.step} -- --ttl 1s` },
});

/** The last runs of a server that waits and of one that serves stale, if there are such. */
const both = () => [false, true].map((isStale) => runsOf("tail").findLast((run) => run.isStale === isStale)).filter(Boolean);

/** One client at the same rate, which sends its next request only after the response to the one before. */
async function closedLoop(run, path, count, progress) {
  const responses = [];
  while (responses.length < count) {
    const response = await askAny(path, { signal: run.signal });
    responses.push({ ...response, due: response.start, latency: response.wire });
    progress(responses.length / count);
    await run.sleep(1000 / RATE);
  }
  return responses;
}

const rounded = (value) => Number(value.toPrecision(3));

/** Percentiles in computations, and the latencies of the first seconds to draw. `alone` is how long one computation took before. */
function summary(all, alone) {
  const responses = all.filter(isServed);
  const misses = responses.filter(({ kind }) => kind === "miss");
  const computing = misses.length ? median(misses.map(({ timing }) => timing.compute)) : alone;
  const latencies = responses.map(({ latency }) => latency / computing);
  const points = responses.map(({ due }, index) => [(due - all[0].due) / 1000, latencies[index]].map(rounded));
  return {
    computing, percentiles: PERCENTS.map((percent) => percentile(latencies, percent)), errors: all.length - responses.length,
    points: points.filter(([moment]) => moment < SHOWN),
  };
}

lab({
  id: "tail",
  texts: {
    en: {
      title: "The tail", unit: " × a computation",
      question: "30 requests a second come for one response. Its TTL is 1 s, and it takes about 0.2 s to compute. 95% of the requests take no longer than p95. How long is p95, as a multiple of the time of the computation? Predict it for --ttl 1s, and then for --ttl 1s --stale-while-revalidate 10s.",
      why: "A round takes 1.2 s, in which 36 requests are due. Six of them are due during the computation and wait for it, which is more than 5%. So p95 is most of a computation. The client of the closed loop sends nothing while it waits, so only one of its requests in each round is slow and p95 looks good. This error is called coordinated omission. With --stale-while-revalidate, a worker sends the expired response at once and computes the next one in the background, so no client waits.",
      next: "Restart the server with --ttl 1s --stale-while-revalidate 10s, predict again and compare. What is the price?",
      loop: "loop", open: "open", closed: "closed", stale: ", stale served", latency: "latency, × a computation", sent: "time, s", computation: "computation", errors: "errors",
    },
    ko: {
      title: "꼬리 지연 시간", unit: "배",
      question: "응답 하나에 초당 요청 30개가 옵니다. TTL은 1초이고 계산에는 0.2초쯤 걸립니다. 요청의 95%는 p95 안에 응답을 받습니다. p95는 계산 시간의 몇 배일까요? --ttl 1s일 때와 --ttl 1s --stale-while-revalidate 10s일 때를 차례로 예측하세요.",
      why: "1.2초마다 요청 36개를 보냅니다. 그중 6개는 계산하는 동안에 도착해서 기다립니다. 5%가 넘으므로 p95는 계산 시간에 가깝습니다. 닫힌 루프의 클라이언트는 기다리는 동안 요청을 보내지 않습니다. 그래서 1.2초마다 느린 요청이 하나뿐이고 p95가 좋아 보입니다. 이런 오류를 coordinated omission이라고 합니다. --stale-while-revalidate를 주면 워커가 만료된 응답을 바로 보내고 다음 응답은 백그라운드에서 계산하므로 기다리는 클라이언트가 없습니다.",
      next: "서버를 --ttl 1s --stale-while-revalidate 10s로 다시 시작하고, 다시 예측해서 비교하세요. 대가는 무엇일까요?",
      loop: "루프", open: "열린 루프", closed: "닫힌 루프", stale: ", 만료된 응답 보냄", latency: "지연 시간, 계산 시간의 배수", sent: "시간, 초", computation: "계산", errors: "오류",
    },
  },
  settings: { n: null, seconds: [15, 1, 60], rounds: [1, 1, 10] },
  least: 0.1,

  async measure({ seconds, rounds }, run) {
    const { ttl_seconds: ttl } = await stats(run.signal);
    if (ttl < 1 || ttl > 2) throw new Error(advice.restart(ttl));
    const n = await sizeFor(200 * ttl, run);
    const alone = await run.rounds(3, () => run.ask(`/slow?n=${n}`));
    const computing = median(alone.map(({ timing }) => timing.compute));
    const path = `/cached?n=${n}`;
    const count = Math.round(RATE * seconds);
    let isStale = false;
    const samples = await run.rounds(rounds, async (progress) => {
      const [first] = await run.together(path);
      isStale = first.headers.some(([name, value]) => name === "cache-control" && value.includes("stale-while-revalidate"));
      const closed = await closedLoop(run, path, count, (part) => progress(part / 2));
      const due = Array.from({ length: count }, (_, index) => (1000 * index) / RATE);
      const open = await openLoop(run, path, due, (part) => progress((1 + part) / 2));
      return { open: summary(open, computing), closed: summary(closed, computing) };
    });
    const measured = spread(samples.map(({ open }) => open.percentiles[PERCENTS.indexOf(95)]));
    return { measured, isStale, ...samples.at(-1) };
  },

  tabulate(_, t) {
    const loops = both().flatMap((run) => ["closed", "open"].map((loop) => ({ label: t[loop] + (run.isStale ? t.stale : ""), ...run[loop] })));
    return withErrors(loops.map(({ errors }) => errors), t, [
      [t.loop, ...PERCENTS.map((percent) => `p${percent}`), t.computation],
      ...loops.map(({ label, percentiles, computing }) => [label, ...percentiles.map((value) => number(Number(value.toFixed(2)))), time(computing)]),
    ]);
  },

  plot(_, t) {
    const dots = ({ isStale, open, closed }, loop, name) =>
      ({ name, label: t[loop] + (isStale ? t.stale : ""), points: { open, closed }[loop].points, scattered: true });
    const [first] = both();
    return curves([...both().map((run) => dots(run, "open", run.isStale ? "hit" : "miss")), dots(first, "closed", "browser")], [t.sent, t.latency], t.title);
  },
});
