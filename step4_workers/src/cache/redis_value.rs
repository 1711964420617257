//! The format of a response in Redis: `EPOCH TTL "TAG" BODY`, with the TTL in milliseconds.

use std::{
    hash::{BuildHasher, RandomState},
    time::Duration,
};

use bytes::Bytes;
use step3_ttl_cache::etag::Tagged;

/// The longest value to read. A body is three numbers, so a longer value is not ours.
pub const LONGEST: usize = 1024;

/// 64 random bits, so that no two calls return the same number.
pub fn random() -> u64 {
    RandomState::new().hash_one(())
}

/// The value for a response of this epoch. It is stored for `ttl`, in milliseconds.
pub fn encode(tagged: &Tagged, epoch: &[u8], ttl: u64) -> Vec<u8> {
    let ttl = format!(" {ttl} ");
    [epoch, ttl.as_bytes(), tagged.etag.header().as_bytes(), b" ", &tagged.body].concat()
}

/// The response and its TTL, if it is complete and from this epoch. Other programs can write to Redis,
/// so a response whose tag does not match is not ours.
pub fn decode(value: &[u8], epoch: &[u8]) -> Option<(Tagged, Duration)> {
    let mut parts = value.strip_prefix(epoch)?.strip_prefix(b" ")?.splitn(3, |&byte| byte == b' ');
    let (ttl, tag, body) = (parts.next()?, parts.next()?, parts.next()?);
    let ttl = Duration::from_millis(str::from_utf8(ttl).ok()?.parse().ok()?);
    let tagged = Tagged::from(Bytes::copy_from_slice(body));
    (tagged.etag.header() == tag).then_some((tagged, ttl))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stored_value_is_read_again_and_nothing_else_is() {
        let tagged = Tagged::from(Bytes::from_static(b"{\"n\": 1}"));
        let value = encode(&tagged, b"7", 5000);
        assert_eq!(decode(&value, b"7"), Some((tagged, Duration::from_secs(5))));
        for epoch in [&b"8"[..], b"", b"77", b"7 5000"] {
            assert_eq!(decode(&value, epoch), None, "it is from another epoch");
        }
        assert_eq!(decode(&value[..value.len() - 1], b"7"), None, "it is not whole");
        for nonsense in
            [&b""[..], b"7", b"7 ", b"7 1 \"\" {}", b"7 x \"\" {}", b"\xff\xfe", b"7   "]
        {
            assert_eq!(decode(nonsense, b"7"), None, "{nonsense:?}");
        }
    }
}
