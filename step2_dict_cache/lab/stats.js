// The cache's own figures, under the live view, and buttons that change them.

import { h, part, view, wide } from "./dom.js";
import { ask, number, step } from "./lab.js";
import { action, button } from "./live.js";
import { remarks } from "./notebook.js";
import { everySecond, Lost } from "./server.js";

step("step2_dict_cache", { en: "Responses are stored", ko: "응답을 저장합니다" });

let latest = null;

export async function stats(signal) {
  latest = JSON.parse((await ask("/stats", { quiet: true, signal })).text);
  shown.redraw();
  return latest;
}

/** How much the counts have grown. `all` are the requests that reached the cache. Throws `Lost` if the server is another one. */
export function growth(before, after) {
  const [hits, misses, collapsed] = ["hits", "misses", "collapsed"].map((name) => after[name] - before[name] || 0);
  if (Math.min(hits, misses, collapsed) < 0) throw new Lost();
  return { hits, misses, collapsed, all: hits + misses + collapsed };
}

const more = [];

/** Shows what `draw` returns for the figures under them. */
export const alsoShow = (draw) => more.push(draw);

/** Adds what `get` returns for the figures to each result in the worksheet. */
export const remark = (get) => remarks.push(() => (latest ? get(latest) : []));

const shown = view(wide("/stats"), () => latest && [
  h("dl", { id: "stats" }, Object.entries(latest)
    .filter(([, value]) => typeof value !== "object")
    .map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", {}, typeof value === "number" ? number(value) : value)))),
  more.map((draw) => draw(latest)),
]);
part("live").lastChild.before(shown);

everySecond(() => stats());
remark(({ cache }) => `cache ${cache}`);
action("/cached");
button("DELETE /cache", () => ask("/cache", { method: "DELETE" }));
