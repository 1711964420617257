// The kinds of requests, and a sentence about what happened to each request, also for screen readers.

import { clock } from "./clock.js";
import { h } from "./dom.js";
import { texts, time } from "./language.js";
import { onRequest, requests } from "./scene.js";

const t = texts({
  en: {
    took: (path, time) => `${path} took ${time}.`, computed: "computed", error: "error", lost: "It got no response.",
    spent: (queue, compute) => `It ${queue ? `queued for ${queue} and ` : ""}computed for ${compute}.`,
    full: "The queue was full (503).", refused: (status) => `The server refused it (${status}).`, sum: (count, kinds) => `${count} responses: ${kinds}.`,
  },
  ko: {
    took: (path, time) => `${path} 요청은 ${time} 걸렸습니다.`, computed: "계산", error: "오류", lost: "응답을 받지 못했습니다.",
    spent: (queue, compute) => `${queue ? `대기열에서 ${queue} 기다리고 ` : ""}${compute} 동안 계산했습니다.`,
    full: "대기열이 가득 찼습니다(503).", refused: (status) => `서버가 거절했습니다(${status}).`, sum: (count, kinds) => `응답 ${count}개: ${kinds}.`,
  },
});

export const CIRCLE = "M-6 0a6 6 0 1 0 12 0a6 6 0 1 0-12 0z";

/** By kind: its name, which a request may change, the sentence that `says` what happened to a request, and its shape in the picture. Steps add theirs. */
export const kinds = {
  computed: { name: () => t.computed, says: ({ timing }) => spent(timing), shape: CIRCLE },
  error: { name: () => t.error, says: sayError, shape: "M-4-7 0-3 4-7 7-4 3 0 7 4 4 7 0 3-4 7-7 4-3 0-7-4z" },
};

function sayError({ journey, status }) {
  if (!status) return t.lost;
  return journey.at(-2).place === "queue" ? t.full : t.refused(status);
}

const nameOf = (request) => kinds[request.kind].name(request);

export const spent = ({ queue, compute }) => compute && t.spent(queue > 0.1 && time(queue), time(compute));

/** More sentences about every request. */
export const besides = [];

function said(request) {
  const { kind, what, start, end } = request;
  const sentences = [t.took(what.replace("GET ", ""), time(end - start)), kinds[kind].says(request), ...besides.map((say) => say(request))];
  return sentences.filter(Boolean).join(" ");
}

/** The sentence of the chosen one until its end, or else of the last one that had ended at a moment. */
export function saidAt(ms) {
  const chosen = requests.find(({ id, kind, end }) => kind && ms <= end && id === clock.chosen());
  if (chosen) return said(chosen);
  const ended = requests.filter(({ kind, isGuess, end }) => kind && !isGuess && end <= ms);
  return ended.length ? said(ended.reduce((last, one) => (one.end < last.end ? last : one))) : "";
}

/** For screen readers. A listener can't follow more than a few sentences a second. */
export const log = h("div", { class: "log unseen", role: "log" });
const AT_MOST = 3;
const KEPT = 9;
let fresh = [];
let isMany = false;

function flush() {
  const counts = [...Map.groupBy(fresh, nameOf)].map(([name, requests]) => `${name} ${requests.length}`);
  const sum = () => t.sum(fresh.length, counts.join(", "));
  log.append(...(fresh.length > AT_MOST ? [sum()] : fresh.map(said)).map((text) => h("p", {}, text)));
  while (log.children.length > KEPT) log.firstChild.remove();
  isMany = fresh.length > AT_MOST;
  fresh = [];
}

onRequest((request) => {
  if (!request.kind || request.isGuess) return;
  // While many come, a sentence every few seconds leaves time to hear it.
  if (!fresh.length) setTimeout(flush, isMany ? 4000 : 1000);
  fresh.push(request);
});
