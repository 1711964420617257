//! `Cache-Status` (RFC 9211), as any server may write it.

use super::Answer;

/// What a cache says that it did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CacheVerdict {
    /// The answer was there.
    pub hit: bool,
    /// It was not.
    pub miss: bool,
    /// It waited for another request's computation.
    pub collapsed: bool,
    /// It stays fresh for this many seconds.
    pub ttl: Option<i64>,
}

impl CacheVerdict {
    /// The verdict on this answer. Of several caches, the one nearest to the server comes first.
    pub fn of(answer: &Answer) -> Self {
        let caches = answer.header("cache-status").unwrap_or("");
        let cache = caches.split(',').next().unwrap_or("");
        let mut verdict = Self::default();
        for parameter in cache.split(';').skip(1) {
            let (name, value) = parameter.split_once('=').unwrap_or((parameter, "?1"));
            let value = value.trim();
            match name.trim() {
                "hit" => verdict.hit = value == "?1",
                // Why it was forwarded: `miss`, or `stale` when its time was over.
                "fwd" => verdict.miss = true,
                "collapsed" => verdict.collapsed = value == "?1",
                "ttl" => verdict.ttl = value.parse().ok(),
                _ => {}
            }
        }
        verdict
    }

    /// Whether it was a miss that had to be computed for this request.
    pub fn computed(&self) -> bool {
        self.miss && !self.collapsed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_to_write_a_verdict_is_understood() {
        let (hit, miss) = (
            CacheVerdict { hit: true, ..CacheVerdict::default() },
            CacheVerdict { miss: true, ..CacheVerdict::default() },
        );
        for (text, expected) in [
            ("", CacheVerdict::default()),
            ("dict", CacheVerdict::default()),
            ("hit", CacheVerdict::default()),
            ("dict; hit", hit.clone()),
            ("\"my cache\";hit=?1", hit.clone()),
            ("dict; hit=?0", CacheVerdict::default()),
            ("dict; fwd=miss; stored", miss.clone()),
            ("ttl;fwd=stale", miss.clone()),
            ("ttl; fwd=miss; collapsed", CacheVerdict { collapsed: true, ..miss.clone() }),
            ("ttl; hit; ttl=7", CacheVerdict { ttl: Some(7), ..hit.clone() }),
            ("dict; hit, proxy; fwd=miss", hit),
        ] {
            let headers = vec![("cache-status".to_owned(), text.to_owned())];
            let answer = Answer { status: 200, headers, body: Vec::new() };
            assert_eq!(CacheVerdict::of(&answer), expected, "{text}");
        }
    }
}
