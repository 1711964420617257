//! A lease: one of all workers on all machines computes a key, and the others wait for it.
//!
//! This is Redis' own recipe (`SET key token NX PX`, <https://redis.io/docs/latest/commands/set/>). The
//! first worker that sets the key has the lease, which ends by itself if that worker dies. The token
//! names the owner, because a worker that outlived its lease must not end the next owner's.

use std::{pin::pin, sync::Arc, time::Duration};

use tokio::time::timeout;

use crate::{
    cache::redis_link::{Link, PATIENCE, Unavailable},
    support::redis_commands::random,
};

/// How long a lease lasts. The other workers lose this much time when its owner dies.
const LEASE: Duration = Duration::from_secs(2);
/// How often its owner renews it.
const RENEW_EVERY: Duration = Duration::from_millis(500);

/// One step compares and sets, because the lease could change hands in between. 0 ms ends it at once.
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
        // A key that outlasts our leases is not one of them, and no worker would ever release it.
        let is_free = taken.is_some() || !(0..=lease).contains(&ends_in);
        Ok(is_free.then(|| Self { link: link.clone(), key, token }))
    }

    /// Does `work`, and renews the lease until it is done.
    pub async fn during<T>(&self, work: impl Future<Output = T>) -> T {
        let mut work = pin!(work);
        loop {
            match timeout(RENEW_EVERY, &mut work).await {
                Ok(done) => return done,
                Err(_) => self.end_in(LEASE),
            }
        }
    }

    /// Makes the lease end in this time, without waiting for Redis. If this fails, another worker may
    /// compute the same response, which is harmless.
    fn end_in(&self, time: Duration) {
        let mut end = redis::pipe();
        end.cmd("EVAL").arg(END_IN).arg(1).arg(&self.key);
        end.arg(self.token).arg(time.as_millis() as u64);
        let (link, mut patience) = (self.link.clone(), PATIENCE);
        tokio::spawn(async move { link.ask::<()>(&end, &mut patience).await });
    }
}

/// A cancelled request ends its lease too. Otherwise the others would wait for it in vain.
impl Drop for Lease {
    fn drop(&mut self) {
        self.end_in(Duration::ZERO);
    }
}
