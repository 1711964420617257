//! `ETag` and `If-None-Match`: the client has the bytes already, and asks whether they still hold.

use axum::http::{HeaderMap, HeaderValue, header::IF_NONE_MATCH};
use bytes::Bytes;

/// A strong entity tag (RFC 9110, section 8.8.3): the same bytes have the same tag, in every
/// process and on every machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ETag(HeaderValue);

impl ETag {
    /// The tag of these bytes: their FNV-1a hash of 64 bits, in hexadecimal digits.
    ///
    /// Rust's own hashers are no use here: they start from a random seed in each process.
    pub fn of(bytes: &[u8]) -> Self {
        let tag = format!("\"{:016x}\"", fnv1a(bytes));
        Self(HeaderValue::try_from(tag).expect("hexadecimal digits in quotes are a header value"))
    }

    /// The tag as the `ETag` header's value.
    pub fn header(&self) -> HeaderValue {
        self.0.clone()
    }

    /// Whether `If-None-Match` names this tag, so that 304 is the answer (RFC 9110, section
    /// 13.1.2): in a list, as a weak tag, or by `*`, which any answer matches.
    pub fn is_named_in(&self, request: &HeaderMap) -> bool {
        request.get_all(IF_NONE_MATCH).iter().map(HeaderValue::as_bytes).any(|list| {
            // A comma inside another tag's quotes splits it into pieces that are no whole tag.
            let mut tags = list.split(|&byte| byte == b',').map(<[u8]>::trim_ascii);
            list == b"*" || tags.any(|tag| self.0 == tag.strip_prefix(b"W/").unwrap_or(tag))
        })
    }
}

/// A body and its tag, which is computed once: when the body is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tagged {
    /// The JSON body.
    pub body: Bytes,
    /// Its tag.
    pub etag: ETag,
}

impl From<Bytes> for Tagged {
    fn from(body: Bytes) -> Self {
        Self { etag: ETag::of(&body), body }
    }
}

/// FNV-1a, 64 bits (Fowler, Noll and Vo; <http://www.isthe.com/chongo/tech/comp/fnv/>).
fn fnv1a(bytes: &[u8]) -> u64 {
    const OFFSET_BASIS: u64 = 0xcbf2_9ce4_8422_2325;
    const PRIME: u64 = 0x0000_0100_0000_01b3;
    bytes.iter().fold(OFFSET_BASIS, |hash, &byte| (hash ^ u64::from(byte)).wrapping_mul(PRIME))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(values: &[&'static str]) -> HeaderMap {
        values.iter().map(|value| (IF_NONE_MATCH, HeaderValue::from_static(value))).collect()
    }

    #[test]
    fn the_hash_is_the_published_one() {
        assert_eq!(fnv1a(b""), 0xcbf2_9ce4_8422_2325);
        assert_eq!(fnv1a(b"a"), 0xaf63_dc4c_8601_ec8c);
        assert_eq!(fnv1a(b"foobar"), 0x8594_4171_f739_67e8);
    }

    #[test]
    fn a_tag_is_found_alone_in_a_list_weak_and_under_a_star() {
        let tag = ETag::of(b"foobar");
        for values in [
            &["\"85944171f73967e8\""][..],
            &["W/\"85944171f73967e8\""],
            &["\"a\", \"85944171f73967e8\" ,\"b\""],
            &["\"a,b\",W/\"85944171f73967e8\""],
            &["\"a\"", "\"85944171f73967e8\""],
            &["*"],
        ] {
            assert!(tag.is_named_in(&asked(values)), "{values:?}");
        }
    }

    #[test]
    fn another_tag_or_half_a_tag_is_not_taken_for_it() {
        let tag = ETag::of(b"foobar");
        for values in [
            &[][..],
            &[""],
            &["\"\""],
            &["85944171f73967e8"],
            &["\"85944171f73967e\""],
            &["w/\"85944171f73967e8\""],
            &["\"*\""],
            &["\"a,*,b\""],
            &["\"x,85944171f73967e8,y\""],
        ] {
            assert!(!tag.is_named_in(&asked(values)), "{values:?}");
        }
    }
}
