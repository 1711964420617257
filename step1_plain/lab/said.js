// What happened to each request, in a sentence: for all below the picture, and for a screen reader as it happens.

import { h } from "./dom.js";
import { number, texts, time } from "./language.js";
import { onRequest, requests } from "./scene.js";

const t = texts({
  en: {
    took: (what, time) => `${what} took ${time}.`,
    spent: ({ queue, compute }) => (queue ? `It waited ${queue} in the queue and computed for ${compute}.` : `It computed for ${compute}.`),
    full: "The queue was full, so the server refused it (503).", refused: (status) => `The server refused it (${status}).`, lost: (what) => `${what} got no response.`,
    sum: (count, kinds) => `${count} responses came within a second (${kinds}).`, computed: "computed", error: "refused",
  },
  ko: {
    took: (what, time) => `${what} 요청은 ${time} 걸렸습니다.`,
    spent: ({ queue, compute }) => (queue ? `대기열에서 ${queue} 기다리고 ${compute} 동안 계산했습니다.` : `${compute} 동안 계산했습니다.`),
    full: "대기열이 가득 차서 서버가 거절했습니다(503).", refused: (status) => `서버가 거절했습니다(${status}).`, lost: (what) => `${what} 요청은 응답을 받지 못했습니다.`,
    sum: (count, kinds) => `1초 동안 응답 ${count}개가 왔습니다(${kinds}).`, computed: "계산", error: "거절",
  },
});

/** By kind: { name, said }, what to call it, and what to say of its `timing` in words. */
const kinds = {
  computed: { name: () => t.computed, said: (timing) => timing.compute && t.spent(timing) },
  error: { name: () => t.error, said: (_, { status, journey }) => (journey.some(({ place, from, to }) => place === "queue" && from === to) ? t.full : t.refused(status)) },
};

/** Adds kinds. */
export const says = (more) => Object.assign(kinds, more);

export const nameOf = (kind) => kinds[kind]?.name() ?? kind;

/** What is said of all, such as the worker. */
export const endings = [];

export const spent = (timing) => t.spent(timing);

/** A request's sentence. */
export function said(request) {
  const { method, path, kind, wire, timing } = request;
  const what = method === "GET" ? path : `${method} ${path}`;
  if (kind === "lost") return t.lost(what);
  const words = Object.fromEntries(Object.entries(timing).filter(([, ms]) => ms >= 0.1).map(([name, ms]) => [name, time(ms)]));
  return [t.took(what, time(wire)), kinds[kind]?.said?.(words, request), ...endings.map((end) => end(request))].filter((it) => it).join(" ");
}

/** The last one that had ended at a moment. */
export const lastAt = (ms) => requests.reduce((last, one) => (one.kind && !one.isGuess && one.end <= ms && !(last?.end > one.end) ? one : last), null);

export const log = h("div", { class: "log", role: "log", "aria-live": "polite" });
const [KEPT, AT_MOST] = [10, 3];
let fresh = [];

function flush() {
  const counts = Map.groupBy(fresh, ({ kind }) => kind);
  const sum = () => t.sum(number(fresh.length), [...counts].map(([kind, { length }]) => `${nameOf(kind)} ${length}`).join(", "));
  log.append(...(fresh.length > AT_MOST ? [sum()] : fresh.map(said)).map((text) => h("p", {}, text)));
  while (log.children.length > KEPT) log.firstChild.remove();
  fresh = [];
}

onRequest((request) => {
  if (!request.kind || request.isGuess) return;
  if (!fresh.length) setTimeout(flush, 1000);
  fresh.push(request);
});
