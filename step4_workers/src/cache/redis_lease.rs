//! A lease: of all workers on all machines, one computes a key, and the others know it.
//!
//! It is Redis' own recipe (`SET key token NX PX`, <https://redis.io/docs/latest/commands/set/>):
//! whoever sets the key first has the lease, and it ends by itself if its owner dies. The token says
//! whose it is: an owner that was slower than its lease must not end that of the next one.

use std::{
    hash::{BuildHasher, RandomState},
    pin::pin,
    sync::Arc,
    time::Duration,
};

use tokio::{
    select,
    time::{MissedTickBehavior, interval},
};

use crate::cache::redis_link::{Link, Patience, Unavailable};

/// For how long a lease is given at a time; so much the others lose when its owner dies.
const LEASE: Duration = Duration::from_secs(2);
/// How often a living owner renews it.
const RENEW_EVERY: Duration = Duration::from_millis(500);

/// Compare and delete, compare and prolong: each in one step, or the lease could change hands in
/// between.
const RELEASE: &str = "if redis.call('GET', KEYS[1]) == ARGV[1] then \
                       return redis.call('DEL', KEYS[1]) else return 0 end";
const RENEW: &str = "if redis.call('GET', KEYS[1]) == ARGV[1] then \
                     return redis.call('PEXPIRE', KEYS[1], ARGV[2]) else return 0 end";

/// The right to compute a key, until dropped.
pub struct Lease {
    link: Arc<Link>,
    key: String,
    token: String,
}

impl Lease {
    /// Takes the lease of this name, or `None` when somebody has it.
    ///
    /// # Errors
    /// When Redis can't be used.
    pub async fn take(
        link: &Arc<Link>,
        key: String,
        patience: &mut Patience,
    ) -> Result<Option<Self>, Unavailable> {
        let token = format!("{:016x}", RandomState::new().hash_one(std::process::id()));
        let mut set = redis::pipe();
        set.cmd("SET").arg(&key).arg(&token).arg("NX").arg("PX").arg(LEASE.as_millis() as u64);
        set.cmd("PTTL").arg(&key);
        let (taken, ends_in): (Option<String>, i64) = link.ask(&set, patience).await?;
        // What does not end in time is no lease of ours, and nobody would ever give it back.
        let is_free = taken.is_some() || !(0..=LEASE.as_millis() as i64).contains(&ends_in);
        Ok(is_free.then(|| Self { link: link.clone(), key, token }))
    }

    /// Does `work`, and renews the lease for as long as that takes.
    pub async fn during<T>(&self, work: impl Future<Output = T>) -> T {
        let mut work = pin!(work);
        let mut renewal = interval(RENEW_EVERY);
        renewal.set_missed_tick_behavior(MissedTickBehavior::Delay);
        renewal.reset();
        loop {
            select! {
                biased;
                done = &mut work => return done,
                _ = renewal.tick() => {
                    let mut renew = redis::pipe();
                    renew.cmd("EVAL").arg(RENEW).arg(1).arg(&self.key).arg(&self.token);
                    renew.arg(LEASE.as_millis() as u64);
                    // Without it, somebody else may compute the same: a pity, and no harm.
                    let link = self.link.clone();
                    tokio::spawn(async move { link.ask::<()>(&renew, &mut Patience::default()).await });
                }
            }
        }
    }
}

/// Also when the one who computes is cancelled: the others should not wait for nobody.
impl Drop for Lease {
    fn drop(&mut self) {
        let mut release = redis::pipe();
        release.cmd("EVAL").arg(RELEASE).arg(1).arg(&self.key).arg(&self.token);
        let link = self.link.clone();
        tokio::spawn(async move { link.ask::<()>(&release, &mut Patience::default()).await });
    }
}
