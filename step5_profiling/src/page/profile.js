// Lab: which function takes the time? A flamegraph and a table of the server while it computes.

import { h, lab, number, step } from "./lab.js";

step("step5_profiling", { en: "See where the time goes", ko: "시간이 어디로 가는지 봅니다" });

const CLIENTS = 5;
const ROWS = 8;

let hasPicture = false;

lab({
  id: "profile",
  texts: {
    en: {
      title: "Profile", function: "function", flat: "flat %", cumulative: "cumulative %",
      question: "While five clients ask for /slow, the server looks a hundred times in a second of CPU time where it is. In which function is it most often?",
      why: "is_prime tries divisor after divisor. Flat is the time in a function itself, cumulative also that in all it calls; is_multiple_of, the division, has a row although it is compiled into is_prime. JSON and HTTP hardly show: to make them faster changes nothing.",
      next: "--algorithm sieve: what is on top now?",
    },
    ko: {
      title: "프로파일", function: "함수", flat: "자체(flat) %", cumulative: "누적 %",
      question: "클라이언트 다섯이 /slow를 요청하는 동안 서버는 CPU 시간 1초에 백 번 자기가 어디 있는지 봅니다. 어느 함수에 가장 자주 있을까요?",
      why: "is_prime이 나누고 또 나눕니다. 자체(flat)는 함수 자신의 시간, 누적은 부른 함수까지 더한 시간입니다. is_prime 안에 컴파일된 나눗셈 is_multiple_of도 따로 한 줄입니다. JSON과 HTTP는 거의 안 보이니 빨라져도 소용없습니다.",
      next: "--algorithm sieve: 이제 무엇이 맨 위일까요?",
    },
  },
  words: ["count_primes", "is_prime", "is_multiple_of", "to_vec", "send", "recv", "epoll_wait", "malloc"],
  settings: { seconds: [4, 1, 60], rounds: [1, 1, 1] },

  async measure({ n, seconds, rounds }, run) {
    let isDone = false;
    const load = () => run.load(CLIENTS, `/slow?n=${n}`, () => isDone || run.signal.aborted);
    const [functions] = await run.rounds(rounds, async () => {
      isDone = false;
      const top = run.ask(`/debug/pprof/top?seconds=${seconds}`, { headers: { accept: "application/json" } });
      const [{ text }] = await Promise.all([top.finally(() => (isDone = true)), load()]);
      return JSON.parse(text).functions;
    });
    // The picture needs work to look at, too.
    isDone = false;
    setTimeout(() => (isDone = true), 1000 * seconds);
    load().catch(() => {});
    hasPicture = true;
    const rows = functions.filter((row) => row.own || row.flat_percent > 0.1).slice(0, ROWS).map((row) => [row.function, row.flat_percent, row.cumulative_percent]);
    return { rows, own: functions.find((row) => row.own)?.function, seconds };
  },

  // Of a function and the caller that the compiler has put it into, either is a good answer.
  judge(said, { rows, own }, t) {
    const right = rows.find(([name], index) => (!index || name === own) && name.split("::").at(-1) === said);
    const [name, flat, cumulative] = right ?? rows[0];
    const words = `${t.predicted}: ${said}. ${right ? t.right : t.off}: ${name} (${t.flat} ${number(flat)}, ${t.cumulative} ${number(cumulative)})`;
    return { grade: right ? "right" : "off", words };
  },

  tabulate: ({ rows }, t) => [[t.flat, t.cumulative, t.function], ...rows.map(([name, ...percents]) => [...percents.map(number), name])],

  // Once: drawn again, it would be taken again.
  plot: ({ seconds }) => hasPicture && !(hasPicture = false) && h("iframe", { src: `/debug/pprof/flamegraph?seconds=${seconds}`, title: "flamegraph", onload: ({ target }) => target.contentWindow.scrollTo(0, 1e6) }),
});
