//! The format of a response in Redis: `EPOCH LIFE "TAG" BODY`. `LIFE` is how long Redis keeps
//! it, in milliseconds, so what is left of it tells the age.

use std::{
    hash::{BuildHasher, RandomState},
    time::Duration,
};

use bytes::Bytes;
use step3_ttl_cache::support::etag::Tagged;

/// The longest value to read. A body is three numbers, so a longer value is not ours.
pub const LONGEST: usize = 1024;

/// 64 random bits, so that no two calls return the same number.
pub fn random() -> u64 {
    RandomState::new().hash_one(())
}

/// A response as Redis has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    /// The response.
    pub tagged: Tagged,
    /// How long Redis keeps it, from when it was stored: its TTL, and the time that it may be stale.
    pub life: Duration,
}

impl Stored {
    /// Its value in this epoch.
    pub fn encode(&self, epoch: &[u8]) -> Vec<u8> {
        let life = format!(" {} ", self.milliseconds());
        let tag = self.tagged.etag.header();
        [epoch, life.as_bytes(), tag.as_bytes(), b" ", &self.tagged.body].concat()
    }

    /// How long Redis is asked to keep it.
    pub fn milliseconds(&self) -> u64 {
        self.life.as_millis().max(1) as u64
    }

    /// The response in this value, if it is complete and from this epoch. Other programs can write to
    /// Redis, so a response whose tag does not match is not ours.
    pub fn decode(value: &[u8], epoch: &[u8]) -> Option<Self> {
        let value = value.strip_prefix(epoch)?.strip_prefix(b" ")?;
        let mut parts = value.splitn(3, |&byte| byte == b' ');
        let (life, tag, body) = (parts.next()?, parts.next()?, parts.next()?);
        let life = Duration::from_millis(str::from_utf8(life).ok()?.parse().ok()?);
        let tagged = Tagged::from(Bytes::copy_from_slice(body));
        (tagged.etag.header() == tag).then_some(Self { tagged, life })
    }

    /// How long ago it was stored, if Redis keeps it for `milliseconds` more. It is not ours if that is
    /// negative, which is for ever, or longer than its life: another program or a clock changed it.
    pub fn age(&self, milliseconds: i64) -> Option<Duration> {
        self.life.checked_sub(Duration::from_millis(u64::try_from(milliseconds).ok()?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stored_value_is_read_again_and_nothing_else_is() {
        let tagged = Tagged::from(Bytes::from_static(b"{\"n\": 1}"));
        let stored = Stored { tagged, life: Duration::from_secs(5) };
        let value = stored.encode(b"7");
        let decode = Stored::decode;
        assert_eq!(decode(&value, b"7"), Some(stored));
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
