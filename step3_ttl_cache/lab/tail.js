// Lab: the tail of the latencies. A closed loop hides it, and serving stale removes it.

import { facts } from "./dom.js";
import { curves, h, lab, median, number, runsOf, spread, time } from "./lab.js";
import { texts } from "./language.js";
import { computing, openLoop, percentile, points, served, sizeFor } from "./open_loop.js";
import { stats } from "./stats.js";

// Requests a second.
const RATE = 30;
const PERCENTS = [50, 90, 95, 99];
const P95 = PERCENTS.indexOf(95);
// Seconds in the plot.
const SHOWN = 6;

const advice = texts({
  en: { restart: (ttl) => `The TTL is ${number(ttl)} s. Restart the server for this lab: cargo run -p ${facts.step} -- --ttl 1s` },
  ko: { restart: (ttl) => `TTL이 ${number(ttl)}초입니다. 이 실습을 하려면 서버를 다시 시작하세요: cargo run -p ${facts.step} -- --ttl 1s` },
});

/** The last run of a server that waits, and the last of one that serves stale, if there are any. */
const both = () => [false, true].map((isStale) => runsOf("tail").findLast((run) => run.isStale === isStale)).filter(Boolean);

/** One client at the same rate, which sends a request only after the response to the one before. */
async function closedLoop(run, path, count, progress) {
  const responses = await run.series(count, async () => {
    const response = await run.ask(path);
    await run.sleep(1000 / RATE);
    return response;
  }, progress);
  return responses.map((response) => ({ ...response, at: response.start - responses[0].start, latency: response.wire }));
}

/** In computations: percentiles, and the latencies of the first seconds. A computation took `alone` before. */
function summary(all, alone) {
  const [responses, errors] = served(all);
  const misses = responses.filter(({ kind }) => kind === "miss");
  const unit = misses.length ? median(misses.map(computing)) : alone;
  const latencies = responses.map(({ latency }) => latency / unit);
  const percentiles = PERCENTS.map((percent) => Number(percentile(latencies, percent).toFixed(2)));
  return { unit, errors, percentiles, points: points(responses, unit).filter(([at]) => at < SHOWN) };
}

const label = ({ isStale }, loop, t) => t[loop] + (isStale ? t.stale : "");

lab({
  id: "tail",
  texts: {
    en: {
      title: "The tail", unit: "\u00a0× a computation",
      question: "Start the server with --ttl 1s. The page sends 30 requests a second for one response, which takes about 0.2 s to compute. 95% of the requests take no longer than p95. How many computations long is p95?",
      why: "Every 1.2 s, 36 requests are due. Six of them are due during the computation and wait for it. That is more than 5%, so p95 is most of a computation. In the closed loop, the client sends nothing while it waits, so only one request in each round is slow and p95 looks good. This error is called coordinated omission. With --stale-while-revalidate, no client waits, because the worker sends the expired response at once and computes the next one in the background.",
      next: "Restart the server with --ttl 1s --stale-while-revalidate 10s, predict again and compare. What does it cost?",
      loop: "loop", open: "open", closed: "closed", stale: ", stale",
      openLoop: "open loop: always sends on time", closedLoop: "closed loop: waits for each response", lines: "Each line is a p95.", latency: "latency, × a computation", sent: "time, s", computation: "compute", errors: "errors",
    },
    ko: {
      title: "꼬리 지연 시간", unit: "배",
      question: "서버를 --ttl 1s로 시작하세요. 이 페이지가 응답 하나를 초당 30번 요청합니다. 이 응답을 계산하는 데는 0.2초쯤 걸립니다. 요청의 95%는 p95 이내에 응답을 받습니다. p95는 계산 시간의 몇 배일까요?",
      why: "1.2초마다 요청 36개를 보내는데, 그중 6개는 계산하는 동안 도착해서 기다립니다. 5%가 넘으므로 p95는 계산 시간에 가깝습니다. 닫힌 루프의 클라이언트는 기다리는 동안 요청을 보내지 않으므로 느린 요청이 1.2초마다 하나뿐이고 p95가 좋아 보입니다. 이런 오류를 coordinated omission이라고 합니다. --stale-while-revalidate를 주면 워커가 만료된 응답을 바로 보내고 다음 응답은 백그라운드에서 계산하므로 기다리는 클라이언트가 없습니다.",
      next: "서버를 --ttl 1s --stale-while-revalidate 10s로 다시 시작하고, 다시 예측해서 비교하세요. 대가는 무엇일까요?",
      loop: "루프", open: "열린 루프", closed: "닫힌 루프", stale: ", 만료된 응답",
      openLoop: "열린 루프: 항상 제때 보냄", closedLoop: "닫힌 루프: 응답마다 기다림", lines: "선은 각각의 p95입니다.", latency: "지연 시간, 계산 시간의 배수", sent: "시간, 초", computation: "계산", errors: "오류",
    },
  },
  settings: { n: null, seconds: [15, 1, 60], rounds: [1, 1, 10] },
  least: 0.1,

  async measure({ seconds, rounds }, run) {
    const { ttl_seconds: ttl } = await stats(run.signal);
    if (ttl < 1 || ttl > 2) throw new Error(advice.restart(ttl));
    const n = await sizeFor(200 * ttl, run);
    const alone = median((await run.series(3, () => run.ask(`/slow?n=${n}`))).map(computing));
    const path = `/cached?n=${n}`;
    const count = Math.round(RATE * seconds);
    let isStale = false;
    const samples = await run.series(rounds, async (progress) => {
      const [first] = await run.together(path);
      isStale = `${first.headers}`.includes("stale-while-revalidate");
      const closed = await closedLoop(run, path, count, (part) => progress(part / 2));
      const due = Array.from({ length: count }, (_, index) => (1000 * index) / RATE);
      const open = await openLoop(run, path, due, (part) => progress((1 + part) / 2));
      return { open: summary(open, alone), closed: summary(closed, alone) };
    });
    const measured = spread(samples.map(({ open }) => open.percentiles[P95]));
    return { measured, isStale, ...samples.at(-1) };
  },

  tabulate: (_, t) => [
    [t.loop, ...PERCENTS.map((percent) => `p${percent}`), t.computation, t.errors],
    ...both().flatMap((run) => ["closed", "open"].map((loop) =>
      [label(run, loop, t), ...run[loop].percentiles.map(number), time(run[loop].unit), run[loop].errors])),
  ],

  plot(_, t) {
    const dots = (run, loop, name) => ({ name, label: label(run, `${loop}Loop`, t), points: run[loop].points, line: run[loop].percentiles[P95], scattered: true });
    return h("div", {}, curves([...both().map((run) => dots(run, "open", run.isStale ? "hit" : "miss")), dots(both()[0], "closed", "browser")], [t.sent, t.latency], t.title), h("p", {}, t.lines));
  },
});
