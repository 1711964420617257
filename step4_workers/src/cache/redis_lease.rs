//! A lease: of all workers on all machines, one computes a key, and the others know it.
//!
//! It is Redis' own recipe (`SET key token NX PX`, <https://redis.io/docs/latest/commands/set/>): the
//! first worker that sets the key has the lease, and it ends by itself if that worker dies. The token
//! says whose it is, because a worker that was slower than its lease must not end the next one's.

use std::{pin::pin, sync::Arc, time::Duration};

use tokio::time::timeout;

use crate::cache::{
    redis_link::{Link, PATIENCE, Unavailable},
    redis_value::random,
};

/// How long a lease lasts. The other workers lose this much time when its owner dies.
const LEASE: Duration = Duration::from_secs(2);
/// How often its owner makes it last that long again.
const RENEW_EVERY: Duration = Duration::from_millis(500);

/// Compared and set in one step, because the lease could change hands in between. In 0 ms means at once.
const END_IN: &str = "if redis.call('GET', KEYS[1]) == ARGV[1] then \
                      return redis.call('PEXPIRE', KEYS[1], ARGV[2]) else return 0 end";

/// The right to compute a key, until dropped.
pub struct Lease {
    link: Arc<Link>,
    key: String,
    token: u64,
}

impl Lease {
    /// Takes the lease under `key`, or returns `None` when another worker has it.
    ///
    /// # Errors
    /// When Redis can't be used.
    pub async fn take(
        link: &Arc<Link>,
        key: String,
        patience: &mut Duration,
    ) -> Result<Option<Self>, Unavailable> {
        let (token, lease) = (random(), LEASE.as_millis() as i64);
        let mut set = redis::pipe();
        set.cmd("SET").arg(&key).arg(token).arg("NX").arg("PX").arg(lease);
        set.cmd("PTTL").arg(&key);
        let (taken, ends_in): (Option<String>, i64) = link.ask(&set, patience).await?;
        // What does not end in time is no lease of ours, and no worker would ever give it back.
        let is_free = taken.is_some() || !(0..=lease).contains(&ends_in);
        Ok(is_free.then(|| Self { link: link.clone(), key, token }))
    }

    /// Does `work`, and renews the lease for as long as that takes.
    pub async fn during<T>(&self, work: impl Future<Output = T>) -> T {
        let mut work = pin!(work);
        loop {
            match timeout(RENEW_EVERY, &mut work).await {
                Ok(done) => return done,
                Err(_) => self.end_in(LEASE),
            }
        }
    }

    /// Makes the lease end in this time, and does not wait for that. If it fails, another worker may
    /// compute the same, which does no harm.
    fn end_in(&self, time: Duration) {
        let mut end = redis::pipe();
        end.cmd("EVAL").arg(END_IN).arg(1).arg(&self.key);
        end.arg(self.token).arg(time.as_millis() as u64);
        let (link, mut patience) = (self.link.clone(), PATIENCE);
        tokio::spawn(async move { link.ask::<()>(&end, &mut patience).await });
    }
}

/// Also if the request is cancelled, or the others would wait for a computation that has ended.
impl Drop for Lease {
    fn drop(&mut self) {
        self.end_in(Duration::ZERO);
    }
}
