// Sends the page's requests on a thread of its own, so that drawing delays neither a request nor its clock.

const running = new Map();
const now = () => performance.timeOrigin + performance.now();

/** How many connections a browser has to one server. A request beyond them waits in the browser. */
const CONNECTIONS = 6;
let underWay = 0;
performance.onresourcetimingbufferfull = () => performance.clearResourceTimings();

async function send({ id, path, due, options }) {
  const controller = new AbortController();
  running.set(id, controller);
  const { signal } = controller;
  try {
    // A timer leaves out the fraction of a millisecond.
    while (due > now()) await new Promise((resolve) => setTimeout(resolve, Math.ceil(due - now())));
    signal.throwIfAborted();
    const mayBeKept = options.cache !== "no-store";
    if (mayBeKept) performance.clearResourceTimings();
    const start = now();
    postMessage({ id, start });
    const mayWait = (underWay += 1) > CONNECTIONS;
    const response = await fetch(path, { ...options, signal }).finally(() => (underWay -= 1));
    const text = await response.text();
    const end = now();
    const entries = performance.getEntriesByName(response.url);
    const isFromBrowser = mayBeKept && entries.at(-1)?.transferSize === 0;
    const begun = mayWait && entries.find(({ startTime }) => startTime >= start - performance.timeOrigin)?.requestStart;
    const held = begun ? begun + performance.timeOrigin - start : 0;
    postMessage({ id, start, end, held, status: response.status, text, headers: [...response.headers], isFromBrowser });
  } catch {
    postMessage({ id, isLost: true });
  }
  running.delete(id);
}

/** A message is a request, or the number of one to abort. */
onmessage = ({ data }) => (data.path ? send(data) : running.get(data)?.abort());
