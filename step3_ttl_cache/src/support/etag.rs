//! An `ETag` is a short name for the bytes of a response.

use axum::http::HeaderValue;
use bytes::Bytes;

/// A strong entity tag (RFC 9110, section 8.8.3). The same bytes have the same tag on every machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ETag(pub(super) HeaderValue);

impl ETag {
    /// The tag of these bytes, which is their 64-bit FNV-1a hash in hexadecimal digits. The hasher
    /// of `HashMap` would not do, because it has a different random seed in each process.
    pub fn of(bytes: &[u8]) -> Self {
        let tag = format!("\"{:016x}\"", fnv1a(bytes));
        Self(HeaderValue::try_from(tag).expect("hexadecimal digits in quotes are a header value"))
    }

    /// The tag as the value of the header `ETag`.
    pub fn header(&self) -> HeaderValue {
        self.0.clone()
    }

    /// Whether this value of `If-Match` names the tag, in a list or by `*`. The comparison is
    /// strong (section 8.8.3.2), so a weak tag, `W/"…"`, never matches.
    pub fn matches(&self, list: &HeaderValue) -> bool {
        list == "*" || tags(list).any(|tag| self.0 == tag)
    }

    /// Whether this value of `If-None-Match` names the tag. The comparison is weak, so `W/` makes
    /// no difference.
    pub fn matches_weakly(&self, list: &HeaderValue) -> bool {
        list == "*" || tags(list).any(|tag| self.0 == tag.strip_prefix(b"W/").unwrap_or(tag))
    }
}

/// The tags of a list. A comma inside the quotes of a tag splits it into pieces, but no piece is a
/// whole tag.
fn tags(list: &HeaderValue) -> impl Iterator<Item = &[u8]> {
    list.as_bytes().split(|&byte| byte == b',').map(<[u8]>::trim_ascii)
}

/// A body and its tag, which is computed only once.
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

    const TAG: &str = "\"85944171f73967e8\"";

    #[test]
    fn the_hash_is_the_published_one() {
        assert_eq!(fnv1a(b""), 0xcbf2_9ce4_8422_2325);
        assert_eq!(fnv1a(b"a"), 0xaf63_dc4c_8601_ec8c);
        assert_eq!(fnv1a(b"foobar"), 0x8594_4171_f739_67e8);
        assert_eq!(ETag::of(b"foobar").header(), TAG);
    }

    #[test]
    fn a_tag_is_found_alone_in_a_list_and_under_a_star() {
        let tag = ETag::of(b"foobar");
        for list in [TAG, "\"a\", \"85944171f73967e8\" ,\"b\"", "\"a,b\",\"85944171f73967e8\"", "*"]
        {
            let list = HeaderValue::from_static(list);
            assert!(tag.matches(&list) && tag.matches_weakly(&list), "{list:?}");
        }
    }

    #[test]
    fn a_weak_tag_matches_only_weakly() {
        let list = HeaderValue::from_static("\"a\", W/\"85944171f73967e8\"");
        assert!(ETag::of(b"foobar").matches_weakly(&list));
        assert!(!ETag::of(b"foobar").matches(&list));
    }

    #[test]
    fn another_tag_or_half_a_tag_is_not_taken_for_it() {
        let tag = ETag::of(b"foobar");
        for list in [
            "",
            "\"\"",
            "85944171f73967e8",
            "\"85944171f73967e\"",
            "w/\"85944171f73967e8\"",
            "\"*\"",
            "\"a,*,b\"",
            "\"x,85944171f73967e8,y\"",
        ] {
            let list = HeaderValue::from_static(list);
            assert!(!tag.matches(&list) && !tag.matches_weakly(&list), "{list:?}");
        }
    }
}
