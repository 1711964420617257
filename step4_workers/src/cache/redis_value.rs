//! An answer as it lies in Redis: `EPOCH TTL "TAG" BODY`, the time to live in milliseconds.

use std::time::Duration;

use bytes::Bytes;
use step3_ttl_cache::etag::Tagged;

/// The value for an answer of this epoch that is stored for `ttl`.
pub fn encode(tagged: &Tagged, epoch: u64, ttl: Duration) -> Vec<u8> {
    let head = format!("{epoch} {} ", ttl.as_millis());
    [head.as_bytes(), tagged.etag.header().as_bytes(), b" ", &tagged.body].concat()
}

/// The answer and for how long it was stored, if it is of this epoch and whole: anybody can write to
/// a Redis, and an answer whose tag does not fit is not ours.
pub fn decode(value: &[u8], epoch: u64) -> Option<(Tagged, Duration)> {
    let mut parts = value.splitn(4, |&byte| byte == b' ');
    let (of, ttl, tag, body) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let ttl = str::from_utf8(ttl).ok()?.parse().ok().map(Duration::from_millis)?;
    let tagged = Tagged::from(Bytes::copy_from_slice(body));
    let is_ours = of == epoch.to_string().as_bytes() && tagged.etag.header() == tag;
    is_ours.then_some((tagged, ttl))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_stored_is_read_again_and_nothing_else_is() {
        let (tagged, ttl) =
            (Tagged::from(Bytes::from_static(b"{\"n\": 1}")), Duration::from_secs(5));
        let value = encode(&tagged, 7, ttl);
        assert_eq!(decode(&value, 7), Some((tagged, ttl)));
        assert_eq!(decode(&value, 8), None, "it is from another epoch");
        assert_eq!(decode(&value[..value.len() - 1], 7), None, "it is not whole");
        for nonsense in
            [&b""[..], b"7", b"7 ", b"7 1 \"\" {}", b"7 x \"\" {}", b"\xff\xfe", b"7   "]
        {
            assert_eq!(decode(nonsense, 7), None, "{nonsense:?}");
        }
    }
}
