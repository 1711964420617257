//! The picture of the server on the lab page: whether a request is drawn where the headers of its
//! response say that it was.

use serde_json::Value;

use super::browser::Page;

/// Sends a request and waits for its response. Then seeks to where each stay ends, and notes how the
/// request is drawn there.
const WALK: &str = "async (send) => {
  const { ask, watch } = await import('/lab/server.js');
  const { clock } = await import('/lab/clock.js');
  const responses = [];
  watch({ ended: (response) => responses.push(response) });
  await send(ask).catch(() => {});
  const walks = [];
  for (const { id, start, wire, status, headers, kind } of responses) {
    const stays = [];
    for (let at = start; stays.length < 20; at = Math.max(at + 0.001, stays.at(-1).to)) {
      clock.seek(at);
      await painted();
      const dot = document.querySelector(`[data-id=\"${id}\"]`);
      if (!dot) break;
      const { place, from, to, worker } = dot.dataset;
      if (stays.at(-1)?.place !== place) stays.push({ place, from: Number(from), to: Number(to), worker, class: dot.getAttribute('class') });
    }
    walks.push({ kind, status, start, end: start + wire, headers: Object.fromEntries(headers), stays });
  }
  return walks;
}";

/// How the picture has shown the response of one request.
pub struct Walk {
    /// `hit`, `miss`, and so on.
    pub kind: String,
    /// The places, in order.
    pub places: Vec<String>,
    /// The response's headers.
    pub headers: Value,
}

impl Page {
    /// Has the page send requests: `send` is a JavaScript function of `ask`. Fails unless each is drawn
    /// at each place for as long as its `Server-Timing` says, without a gap, in the same order, and with
    /// two equally long ways through the network. The clock is paused afterwards.
    #[track_caller]
    pub fn walk(&mut self, send: &str) -> Vec<Walk> {
        let walks = self.value(&format!("({WALK})({send})"));
        walks.as_array().expect("a list").iter().map(check).collect()
    }
}

#[track_caller]
fn check(walk: &Value) -> Walk {
    let number = |value: &Value| value.as_f64().expect("a number");
    // The resolution of `now()`, and the digits of the header.
    let same = |a: f64, b: f64| (a - b).abs() < 0.004;
    let stays = walk["stays"].as_array().expect("a list");
    let name = |stay: &Value| stay["place"].as_str().expect("a name").to_owned();
    let (mut at, mut inside) = (number(&walk["start"]), 0.0);
    let mut timed = Vec::new();
    let mut network = Vec::new();
    for stay in stays {
        assert!(same(number(&stay["from"]), at), "a gap: {walk:#}");
        let took = number(&stay["to"]) - at;
        at += took;
        match &*name(stay) {
            "out" | "back" => network.push(took),
            "browser" => {}
            place => {
                inside += took;
                timed.push((place.to_owned(), took));
            }
        }
        let class = format!("request {}", walk["kind"].as_str().expect("a kind"));
        assert_eq!(stay["class"], class, "it has its response, so it is not hollow");
        if let Some(worker) = walk["headers"]["x-worker"].as_str() {
            assert_eq!(stay["worker"], worker);
        }
    }
    assert!(same(at, number(&walk["end"])), "it ends when the response came: {walk:#}");
    if let [out, back] = network[..] {
        assert!(same(out, back), "{walk:#}");
        let header = walk["headers"]["server-timing"].as_str().expect("it is there");
        let parts = header.split(", ").filter_map(|part| part.split_once(";dur="));
        let mut parts: Vec<_> = parts.map(|(name, ms)| (name, ms.parse().expect("ms"))).collect();
        let (_, total) = parts.pop().expect("the total comes last");
        assert!(same(inside, total), "{walk:#}");
        timed.retain(|(place, took)| {
            !["loop", "cache"].contains(&place.as_str()) && (*took > 0.0 || place != "queue")
        });
        parts.retain(|(name, ms): &(&str, f64)| *ms > 0.0 || *name != "queue");
        assert_eq!(timed.len(), parts.len(), "{walk:#}");
        for ((place, took), (name, ms)) in timed.iter().zip(parts) {
            assert!(place == name && same(*took, ms), "{walk:#}");
        }
    }
    Walk {
        kind: walk["kind"].as_str().expect("a kind").to_owned(),
        places: stays.iter().map(name).collect(),
        headers: walk["headers"].clone(),
    }
}
