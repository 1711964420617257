// Lab: which function takes the time? A flamegraph and a table of the server while it computes.

import { h, lab, number, part, step } from "./lab.js";

step("step5_profiling", { en: "See where the time goes", ko: "시간이 어디로 가는지 봅니다" });

/** The flamegraph. It is not a view, because redrawing the iframe would take another profile. */
const picture = h("div");

/** Gives the frame the height of the flamegraph, whose headings go above it, where they have room. */
function fit(frame) {
  const graph = frame.contentDocument;
  frame.style.setProperty("--height", `${graph.documentElement.height.baseVal.value + 2}px`);
  const headings = ["title", "subtitle"].map((id) => graph.getElementById(id));
  frame.before(h("div", { lang: "en" }, headings.map((heading) => heading.textContent).join(". ")));
  headings.forEach((heading) => heading.remove());
}

lab({
  id: "profile",
  texts: {
    en: {
      title: "Profile", function: "function", folded: "folded %", flat: "flat %", cumulative: "cumulative %", inlined: "inlined",
      question: "Five clients send requests for /slow. A hundred times in each second of CPU time, the profiler notes which function is running. Which function would you change to make /slow faster?",
      why: "With trial division, is_prime tries divisor after divisor. Flat is the time in a function itself, and cumulative includes the functions that it calls. The compiler has inlined the division, is_multiple_of, into is_prime, so folded counts its time for is_prime, the function that you can change. JSON and HTTP take almost no time, so making them faster changes nothing. The sieve does not divide. It crosses out multiples, so cross_out takes most of its time.",
      next: "Start the server with --algorithm sieve. Which function takes most of the time now?",
      found: (said, name, figures) => `You predicted ${said}. No function takes more time than ${name} (${figures}).`,
      into: (inlined, own) => `The compiler has inlined ${inlined} into ${own}, so that is the function to change.`,
    },
    ko: {
      title: "프로파일", function: "함수", folded: "합산(folded) %", flat: "자체(flat) %", cumulative: "누적 %", inlined: "인라인됨",
      question: "클라이언트 5개가 /slow 요청을 보내는 동안 프로파일러는 CPU 시간 1초에 100번씩 어느 함수가 실행 중인지 봅니다. /slow를 더 빠르게 하려면 어느 함수를 고쳐야 할까요?",
      why: "나눗셈으로 셀 때 is_prime은 나누는 수를 하나씩 바꿔 가며 나누어 봅니다. 자체(flat)는 함수 자신의 시간, 누적은 그 함수가 호출한 함수의 시간까지 더한 것입니다. 나눗셈 is_multiple_of는 is_prime에 인라인되었으므로, 합산(folded)은 그 시간을 여러분이 고칠 수 있는 is_prime에 더합니다. JSON과 HTTP는 시간이 거의 들지 않으므로 더 빠르게 만들어도 /slow는 빨라지지 않습니다. 체는 나누지 않고 배수를 지우므로 cross_out이 시간을 가장 많이 씁니다.",
      next: "서버를 --algorithm sieve로 시작해 보세요. 이제 어느 함수가 가장 오래 걸릴까요?",
      found: (said, name, figures) => `예측한 함수는 ${said}입니다. 시간이 가장 많이 걸린 함수는 ${name}입니다(${figures}).`,
      into: (inlined, own) => `컴파일러가 ${inlined} 함수를 ${own} 함수에 인라인했으므로, 고칠 함수는 ${own}입니다.`,
    },
  },
  words: ["count_primes", "is_prime", "is_multiple_of", "to_vec", "send", "recv", "epoll_wait", "malloc"],
  settings: { seconds: [4, 1, 60], rounds: [1, 1, 1] },

  async measure({ n, seconds }, run) {
    const src = `/debug/pprof/flamegraph?seconds=${seconds}`;
    /** Has the server compute until `look` is done. */
    const under = async (look) => {
      let isDone = false;
      const load = run.load(5, () => `/slow?n=${n}`, () => isDone);
      return (await Promise.all([look().finally(() => (isDone = true)), load]))[0];
    };
    const { text } = await under(() => run.ask(`/debug/pprof/top?seconds=${seconds}`, { headers: { accept: "application/json" } }));
    run.progress(0.5);
    await under(() => new Promise((onload) => picture.replaceChildren(h("iframe", { src, title: "flamegraph", onload }))));
    fit(picture.firstChild);
    const { functions } = JSON.parse(text);
    const rows = functions.filter((row) => row.own || Math.max(row.folded_percent, row.flat_percent) > 1).slice(0, 12);
    return {
      rows: rows.map((row) => [row.function, row.folded_percent, row.flat_percent, row.cumulative_percent, row.inlined]),
      // The first one has the most folded time.
      own: functions.find((row) => row.own)?.function,
    };
  },

  judge(said, { rows, own }, t) {
    const last = (name) => name.split("::").at(-1).replace("()", "").trim().toLowerCase();
    const [name, folded, flat, cumulative] = rows.find(([name]) => name === own) ?? rows[0];
    // If it has more time than all functions except this one together, some of it is inlined into this one.
    const isIn = rows.some(([other, , flat, , inlined]) => last(other) === last(said) && inlined && flat > 100 - folded);
    const grade = last(name) === last(said) ? "right" : isIn ? "close" : "off";
    const words = t.found(said, name, `${t.folded} ${number(folded)}, ${t.flat} ${number(flat)}, ${t.cumulative} ${number(cumulative)}`);
    return { grade, found: last(name), words: grade === "close" ? `${words} ${t.into(last(said), last(name))}` : words };
  },

  tabulate: ({ rows }, t) => [[t.folded, t.flat, t.cumulative, t.function],
    ...rows.map(([name, folded, flat, cumulative, inlined]) => [...[folded, flat, cumulative].map(number), inlined ? `${name} (${t.inlined})` : name])],
});

part("profile").querySelector(".look").before(picture);
