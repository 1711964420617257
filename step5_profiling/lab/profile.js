// Lab: which function takes the time? A flamegraph and a table of the server while it computes.

import { h, lab, number, part, step } from "./lab.js";

step("step5_profiling", { en: "See where the time goes", ko: "시간이 어디로 가는지 봅니다" });

/** The flamegraph. Drawn again, it would be taken again. */
const picture = h("div");

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
      question: "클라이언트 5개가 /slow를 요청하는 동안 서버는 CPU 시간 1초에 100번 자기가 어디 있는지 봅니다. 어느 함수에 가장 자주 있을까요?",
      why: "is_prime이 나누고 또 나눕니다. 자체(flat)는 함수 자신의 시간, 누적은 부른 함수까지 더한 시간입니다. is_prime 안에 컴파일된 나눗셈 is_multiple_of도 따로 한 줄입니다. JSON과 HTTP는 거의 안 보이니 빨라져도 소용없습니다.",
      next: "--algorithm sieve: 이제 무엇이 맨 위일까요?",
    },
  },
  words: ["count_primes", "is_prime", "is_multiple_of", "to_vec", "send", "recv", "epoll_wait", "malloc"],
  settings: { seconds: [4, 1, 60], rounds: [1, 1, 1] },

  async measure({ n, seconds }, run) {
    const src = `/debug/pprof/flamegraph?seconds=${seconds}`;
    /** Has the server compute meanwhile. */
    const under = async (look) => {
      let isDone = false;
      const load = run.load(5, () => `/slow?n=${n}`, () => isDone);
      return (await Promise.all([look().finally(() => (isDone = true)), load]))[0];
    };
    const { text } = await under(() => run.ask(`/debug/pprof/top?seconds=${seconds}`, { headers: { accept: "application/json" } }));
    run.progress(0.5);
    await under(() => new Promise((onload) => picture.replaceChildren(h("iframe", { src, title: "flamegraph", onload }))));
    picture.firstChild.contentWindow.scrollTo(0, 1e6);
    const { functions } = JSON.parse(text);
    const rows = functions.filter((row) => row.own || row.flat_percent > 0.1).slice(0, 12);
    return {
      rows: rows.map((row) => [row.function, row.flat_percent, row.cumulative_percent]),
      own: functions.find((row) => row.own)?.function,
    };
  },

  // Of a function and the caller that the compiler has put it into, either is a good answer.
  judge(said, { rows, own }, t) {
    const last = (name) => name.split("::").at(-1);
    const right = rows.find(([name], index) => (!index || name === own) && last(name) === last(said));
    const [name, flat, cumulative] = right ?? rows[0];
    const words = `${t.predicted}: ${said}. ${right ? t.right : t.off}: ${name} (${t.flat} ${number(flat)}, ${t.cumulative} ${number(cumulative)})`;
    return { grade: right ? "right" : "off", words };
  },

  tabulate: ({ rows }, t) => [[t.flat, t.cumulative, t.function], ...rows.map(([name, ...percents]) => [...percents.map(number), name])],
});

part("profile").append(picture);
