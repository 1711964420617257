//! Reads `Cache-Status` (RFC 9211) as any server may write it.

use super::Response;

/// A cache's verdict on a request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CacheVerdict {
    /// The response was in the cache.
    pub hit: bool,
    /// The response was not in the cache.
    pub miss: bool,
    /// The request waited for another request's computation.
    pub collapsed: bool,
    /// The response stays fresh for this many seconds.
    pub ttl: Option<i64>,
}

impl CacheVerdict {
    /// The verdict of the first cache in the header, which is the one nearest to the server.
    pub fn of(response: &Response) -> Self {
        let caches = response.header("cache-status").unwrap_or("");
        let cache = caches.split(',').next().unwrap_or("");
        let mut verdict = Self::default();
        for parameter in cache.split(';').skip(1) {
            let (name, value) = parameter.split_once('=').unwrap_or((parameter, "?1"));
            let value = value.trim();
            match name.trim() {
                "hit" => verdict.hit = value == "?1",
                // The value is `miss`, or `stale` for an expired response.
                "fwd" => verdict.miss = true,
                "collapsed" => verdict.collapsed = value == "?1",
                "ttl" => verdict.ttl = value.parse().ok(),
                _ => {}
            }
        }
        verdict
    }

    /// Whether the response was computed for this request.
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
            let response = Response { status: 200, headers, body: Vec::new() };
            assert_eq!(CacheVerdict::of(&response), expected, "{text}");
        }
    }
}
