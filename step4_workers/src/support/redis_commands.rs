//! How the cache uses Redis: the keys, the format of a response, and the commands.
//!
//! Where a command must compare and change in one step, it is a script in Lua.

use std::{
    hash::{BuildHasher, RandomState},
    time::Duration,
};

use bytes::Bytes;
use redis::Pipeline;
use step3_ttl_cache::support::etag::Tagged;

const EPOCH: &str = "step4:2:epoch";

fn key(n: u32) -> String {
    format!("step4:2:{n}")
}

/// The key of the lease for computing `n` in this epoch.
pub fn lease_key(n: u32, epoch: &[u8]) -> String {
    format!("step4:2:lease:{}:{n}", epoch.escape_ascii())
}

/// The longest epoch and the longest value to read. An epoch is a number and a body three, so a longer
/// text is not ours, and it may be huge.
const LONGEST: [usize; 2] = [63, 1024];

/// 64 random bits, so that no two calls return the same number.
pub fn random() -> u64 {
    RandomState::new().hash_one(())
}

/// Gets the epoch, the value of `n`, and how many milliseconds Redis keeps it. If a key holds a list, only
/// its own command fails.
pub fn get(n: u32) -> Pipeline {
    let (key, mut get) = (key(n), redis::pipe());
    get.ignore_errors();
    get.cmd("GETRANGE").arg(EPOCH).arg(0).arg(LONGEST[0]);
    get.cmd("GETRANGE").arg(&key).arg(0).arg(LONGEST[1]);
    get.cmd("PTTL").arg(&key);
    get
}

/// Begins an epoch, unless another worker has. (In Lua, an error and an empty text have length 0.)
pub fn begin_epoch() -> Pipeline {
    let script = "if #redis.pcall('GETRANGE', KEYS[1], 0, 63) == 0 then \
                  redis.call('SET', KEYS[1], ARGV[1]) end";
    let mut begin = redis::pipe();
    begin.cmd("EVAL").arg(script).arg(1).arg(EPOCH).arg(random());
    begin
}

/// Ends the epoch.
pub fn end_epoch() -> Pipeline {
    let mut end = redis::pipe();
    end.cmd("DEL").arg(EPOCH);
    end
}

/// Stores the response for `n` and returns 1, or returns 0 if the epoch has ended. (A `DELETE /cache`
/// could come between two commands.)
pub fn store(n: u32, epoch: &[u8], stored: &Stored) -> Pipeline {
    let script = "if redis.call('GETRANGE', KEYS[1], 0, 63) == ARGV[1] then \
                  redis.call('SET', KEYS[2], ARGV[2], 'PX', ARGV[3]) return 1 else return 0 end";
    let mut store = redis::pipe();
    store.cmd("EVAL").arg(script).arg(2).arg(EPOCH).arg(key(n));
    store.arg(epoch).arg(stored.encode(epoch)).arg(stored.milliseconds());
    store
}

/// A response as Redis has it: `EPOCH LIFE "TAG" BODY`. `LIFE` is how long Redis keeps it, in
/// milliseconds, so what is left of it tells the age.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    /// The response.
    pub tagged: Tagged,
    /// How long Redis keeps it, from when it was stored: its TTL, and the time that it may be stale.
    pub life: Duration,
}

impl Stored {
    fn encode(&self, epoch: &[u8]) -> Vec<u8> {
        let life = format!(" {} ", self.milliseconds());
        let tag = self.tagged.etag.header();
        [epoch, life.as_bytes(), tag.as_bytes(), b" ", &self.tagged.body].concat()
    }

    fn milliseconds(&self) -> u64 {
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
    /// negative, which is no limit, or longer than its life: another program or a clock changed it.
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
