// What happened to each request, in a sentence, for all to read and for a screen reader to say.

import { h } from "./dom.js";
import { texts, time } from "./language.js";
import { onRequest, requests } from "./scene.js";

const t = texts({
  en: {
    took: (path, time) => `${path} took ${time}.`, computed: "computed", error: "error", lost: "It got no response.",
    spent: (queue, compute) => `It ${queue ? `waited ${queue} in the queue and ` : ""}computed for ${compute}.`,
    full: "The queue was full (503).", refused: (status) => `The server refused it (${status}).`, sum: (count, kinds) => `${count} responses within a second: ${kinds}.`,
  },
  ko: {
    took: (path, time) => `${path} 요청은 ${time} 걸렸습니다.`, computed: "계산", error: "오류", lost: "응답을 받지 못했습니다.",
    spent: (queue, compute) => `${queue ? `대기열에서 ${queue} 기다리고 ` : ""}${compute} 동안 계산했습니다.`,
    full: "대기열이 가득 찼습니다(503).", refused: (status) => `서버가 거절했습니다(${status}).`, sum: (count, kinds) => `1초 동안 응답 ${count}개: ${kinds}.`,
  },
});

/** By kind, what to call it and what to say of it. */
const kinds = {
  computed: [() => t.computed, ({ timing }) => spent(timing)],
  error: [() => t.error, ({ journey, status }) => (journey.at(-2).place === "queue" ? t.full : t.refused(status))],
  lost: [() => t.error, () => t.lost],
};

/** Adds kinds. */
export const says = (more) => Object.assign(kinds, more);

export const nameOf = (kind) => kinds[kind][0]();

export const spent = ({ queue, compute }) => compute && t.spent(queue > 0.1 && time(queue), time(compute));

/** What is said of every request besides. */
export const besides = [];

const said = (request) => [t.took(request.what.replace("GET ", ""), time(request.end - request.start)), kinds[request.kind][1](request), ...besides.map((say) => say(request))].filter((it) => it).join(" ");

/** The sentence of the last one that had ended at a moment. */
export function saidAt(ms) {
  const ended = requests.filter(({ kind, isGuess, end }) => kind && !isGuess && end <= ms);
  return ended.length ? said(ended.reduce((last, one) => (one.end < last.end ? last : one))) : "";
}

/** For screen readers. Nobody can listen to more than some in a second. */
export const log = h("div", { class: "log", role: "log" });
const [AT_MOST, KEPT] = [3, 9];
let fresh = [];

function flush() {
  const kinds = [...new Set(fresh.map(({ kind }) => nameOf(kind)))];
  const sum = () => t.sum(fresh.length, kinds.map((name) => `${name} ${fresh.filter(({ kind }) => nameOf(kind) === name).length}`).join(", "));
  log.append(...(fresh.length > AT_MOST ? [sum()] : fresh.map(said)).map((text) => h("p", {}, text)));
  while (log.children.length > KEPT) log.firstChild.remove();
  fresh = [];
}

onRequest((request) => {
  if (!request.kind || request.isGuess) return;
  if (!fresh.length) setTimeout(flush, 1000);
  fresh.push(request);
});
