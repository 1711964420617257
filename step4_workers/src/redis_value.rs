//! An answer as it lies in Redis.

use bytes::Bytes;
use step3_ttl_cache::etag::Tagged;

/// `EPOCH "TAG" BODY`.
pub fn encode(tagged: &Tagged, epoch: u64) -> Vec<u8> {
    let head = format!("{epoch} ");
    [head.as_bytes(), tagged.etag.header().as_bytes(), b" ", &tagged.body].concat()
}

/// The answer, if it is of this epoch and whole: anybody can write to a Redis, and an answer whose
/// tag does not fit is not ours.
pub fn decode(value: &[u8], epoch: u64) -> Option<Tagged> {
    let mut parts = value.splitn(3, |&byte| byte == b' ');
    let (of, tag, body) = (parts.next()?, parts.next()?, parts.next()?);
    let tagged = Tagged::from(Bytes::copy_from_slice(body));
    (of == epoch.to_string().as_bytes() && tagged.etag.header() == tag).then_some(tagged)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_stored_is_read_again_and_nothing_else_is() {
        let tagged = Tagged::from(Bytes::from_static(b"{\"n\": 1}"));
        let value = encode(&tagged, 7);
        assert_eq!(decode(&value, 7), Some(tagged));
        assert_eq!(decode(&value, 8), None, "it is from another epoch");
        assert_eq!(decode(&value[..value.len() - 1], 7), None, "it is not whole");
        for nonsense in [&b""[..], b"7", b"7 ", b"7 \"\" {}", b"\xff\xfe", b"7  "] {
            assert_eq!(decode(nonsense, 7), None, "{nonsense:?}");
        }
    }
}
