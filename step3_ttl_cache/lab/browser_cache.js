// Lab: the browser's own cache.

import { bars, lab, spread } from "./lab.js";
import { growth, stats } from "./stats.js";

const REQUESTS = 20;

lab({
  id: "browser_cache",
  texts: {
    en: {
      title: "Twenty requests", pause: "pause between two requests, ms",
      question: "This page requests the same response 20 times within about a second, as any web page might. How many of the 20 requests reach the server?",
      why: "Cache-Control: max-age says how long the first response stays fresh. During that time, the browser uses its own copy, and no server is as fast. Afterwards, the browser sends If-None-Match and gets a 304 without a body.",
      next: "Start the server with --ttl 5s, and choose a pause of 1000 ms.",
      reached: "reached the server", browser: "from the browser's cache",
    },
    ko: {
      title: "요청 20개", pause: "요청 사이의 간격, ms",
      question: "이 페이지가 보통 웹 페이지처럼 1초쯤 되는 시간에 같은 응답을 20번 요청합니다. 요청 20개 중 몇 개가 서버에 도착할까요?",
      why: "Cache-Control: max-age는 첫 응답이 언제까지 신선한지 알려 줍니다. 그때까지 브라우저는 저장한 응답을 쓰며, 어떤 서버도 이보다 빠를 수 없습니다. 그 뒤에는 If-None-Match를 보내 본문 없는 304 응답을 받습니다.",
      next: "서버를 --ttl 5s로 시작하고 간격을 1000 ms로 바꿔 보세요.",
      reached: "서버까지 간 요청", browser: "브라우저 캐시에서",
    },
  },
  settings: { n: [2e5, 0, 9e6], pause: [50, 0, 5000], rounds: [3, 1, 20] },

  async measure({ n, pause, rounds }, run) {
    const samples = await run.series(rounds, async (progress) => {
      // A path that this browser cannot have cached.
      const path = `/cached?n=${n + Math.floor(1e6 * Math.random())}`;
      const before = await stats(run.signal);
      await run.series(REQUESTS, async () => {
        await run.ask(path, { cache: "default" });
        await run.sleep(pause);
      }, progress);
      return growth(before, await stats(run.signal)).all;
    });
    return { measured: spread(samples) };
  },

  tabulate: ({ measured: { median } }, t) => [[t.reached, t.browser], [median, REQUESTS - median]],

  plot: ({ measured: { median } }, t) => bars([[
    { label: t.requests, parts: [["hit", median], ["browser", REQUESTS - median]], note: `${median} / ${REQUESTS}` },
  ]], [["hit", t.reached], ["browser", t.browser]]),
});
