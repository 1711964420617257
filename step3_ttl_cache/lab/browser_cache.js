// Lab: the cache that is nearest, the browser's own.

import { bars, lab, spread } from "./lab.js";
import { growth, stats } from "./stats.js";

const REQUESTS = 20;

lab({
  id: "browser_cache",
  texts: {
    en: {
      title: "The browser's own cache", pause: "pause between two, ms",
      question: "This page asks 20 times for the same answer, and lets the browser do as it likes. How many requests reach the server?",
      why: "Cache-Control: max-age says how long the first answer stays good. Until then the browser answers by itself: no server is as fast. After it, it asks with If-None-Match, and gets 304 without a body.",
      next: "A pause of 1000 ms with --ttl 5s",
      reached: "reached the server", browser: "answered by the browser",
    },
    ko: {
      title: "브라우저 자체 캐시", pause: "요청 사이의 쉼, ms",
      question: "이 페이지가 같은 답을 20번 요청하되 브라우저가 알아서 하게 둡니다. 몇 개가 서버에 닿을까요?",
      why: "Cache-Control: max-age는 첫 응답이 언제까지 유효한지 말합니다. 그때까지는 브라우저가 스스로 답하며 어떤 서버도 이보다 빠르지 않습니다. 그 뒤에는 If-None-Match로 물어 본문 없는 304를 받습니다.",
      next: "--ttl 5s, 쉼 1000 ms",
      reached: "서버에 닿음", browser: "브라우저가 답함",
    },
  },
  settings: { n: [2e5, 0, 9e6], pause: [50, 0, 5000], rounds: [3, 1, 20] },

  async measure({ n, pause, rounds }, run) {
    const samples = await run.rounds(rounds, async (progress) => {
      // One that this browser cannot have yet.
      const path = `/cached?n=${n + Math.floor(1e6 * Math.random())}`;
      const before = await stats(run.signal);
      for (let sent = 0; sent < REQUESTS; sent++) {
        progress(sent / REQUESTS);
        await run.ask(path, { cache: "default" });
        await run.sleep(pause);
      }
      return growth(before, await stats(run.signal)).all;
    });
    return { measured: spread(samples) };
  },

  tabulate: ({ measured: { median } }, t) => [[t.reached, t.browser], [median, REQUESTS - median]],

  plot: ({ measured: { median } }, t) => bars([[
    { parts: [["hit", median], ["browser", REQUESTS - median]], note: `${median} / ${REQUESTS}` },
  ]], [["hit", t.reached], ["browser", t.browser]]),
});
