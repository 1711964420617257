//! The link to Redis, with a circuit breaker, because a request must not wait for a failing cache.
//!
//! A request never connects, never retries, and waits for Redis no longer than [`PATIENCE`] in total.
//! The first failure closes the link for all requests. They continue without the cache while a
//! background task connects again. So a Redis that hangs delays only the requests that are waiting for
//! it at that moment.

use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::Duration,
};

use redis::{
    Client, FromRedisValue, Pipeline, RedisError, RedisResult, aio::MultiplexedConnection,
};
use step1_plain::support::http::log::log;
use tokio::{
    sync::watch,
    time::{Instant, sleep, timeout},
};

use crate::{
    scoreboard::slot::{Counter, OwnSlot},
    support::{process::unix_time, redis_sentence::redis_sentence},
};

/// How long the link stays closed before the next attempt to connect.
const TRY_AFTER: Duration = Duration::from_secs(1);

/// How long one request waits for Redis in total. Redis responds in a fraction of a millisecond, but
/// the scheduler of an overloaded machine can make this tens of milliseconds.
pub const PATIENCE: Duration = Duration::from_millis(40);

/// One connection for all requests of a worker, while Redis works. One is enough, because Redis
/// responds to commands in the order in which they come.
pub struct Link {
    client: Client,
    /// The connection and its number, if the link is open. A request that failed on one connection must
    /// not close the next one.
    connection: watch::Sender<Option<(u64, MultiplexedConnection)>>,
    /// When a refused command was last logged, in units of 10 s since 1970. One log line per unit.
    refused: AtomicU64,
    slot: OwnSlot,
}

/// Redis can't be used at the moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unavailable;

impl Link {
    /// A link that reconnects until the process ends, and counts its failures on the scoreboard.
    /// Returns when the link is open, or after [`PATIENCE`], like a request.
    ///
    /// # Errors
    /// When `url` is not a valid URL.
    ///
    /// # Panics
    /// Outside of a tokio runtime.
    pub async fn open(url: &str, slot: OwnSlot) -> Result<Arc<Self>, RedisError> {
        let (client, connection) = (Client::open(url)?, watch::Sender::new(None));
        let mut opened = connection.subscribe();
        let link = Arc::new(Self { client, connection, refused: AtomicU64::new(0), slot });
        tokio::spawn(link.clone().keep_up());
        let _ = timeout(PATIENCE, opened.wait_for(Option::is_some)).await;
        Ok(link)
    }

    /// Sends these commands together, and returns all their responses.
    ///
    /// # Errors
    /// At once when the link is closed. The first failure closes the link, but a refused command does
    /// not, because the next request may send another command.
    pub async fn ask<T: FromRedisValue>(
        &self,
        commands: &Pipeline,
        patience: &mut Duration,
    ) -> Result<T, Unavailable> {
        let open = self.connection.borrow().clone();
        let (number, mut connection) = open.ok_or_else(|| self.unavailable())?;
        let start = Instant::now();
        let response = within(*patience, commands.query_async(&mut connection)).await;
        *patience = patience.saturating_sub(start.elapsed());
        response.map_err(|error| {
            let is_news = if error.is_io_error() {
                // When many requests fail together, only the first one finds the link open.
                self.connection.send_if_modified(|open| open.take_if(|it| it.0 == number).is_some())
            } else {
                let ten_seconds = unix_time() / 10;
                self.refused.swap(ten_seconds, Relaxed) != ten_seconds
            };
            if is_news {
                self.complain(&error);
            }
            self.unavailable()
        })
    }

    fn unavailable(&self) -> Unavailable {
        self.slot.add(Counter::CacheErrors);
        Unavailable
    }

    fn complain(&self, error: &RedisError) {
        self.say(&format!("{}; responses are computed", redis_sentence(error)));
    }

    fn say(&self, what: &str) {
        let (pid, address) = (std::process::id(), self.client.get_connection_info().addr());
        log(format_args!("worker {pid}: redis at {address}: {what}"));
    }

    /// Connects, and connects again when the link was closed. Logs only changes, not each attempt.
    async fn keep_up(self: Arc<Self>) {
        let mut is_said = false;
        for number in 0.. {
            match self.connect().await {
                Ok(connection) => {
                    self.connection.send_replace(Some((number, connection)));
                    if is_said {
                        self.say("in use again");
                    }
                    let _ = self.connection.subscribe().wait_for(Option::is_none).await;
                }
                Err(error) if !is_said => self.complain(&error),
                Err(_) => {}
            }
            is_said = true;
            sleep(TRY_AFTER).await;
        }
    }

    async fn connect(&self) -> RedisResult<MultiplexedConnection> {
        let mut connection = self.client.get_multiplexed_async_connection().await?;
        // A Redis that hangs still accepts connections.
        let ping = redis::cmd("PING");
        within(PATIENCE, ping.query_async::<()>(&mut connection)).await?;
        Ok(connection)
    }
}

/// tokio's `timeout`, with one type for both errors.
async fn within<T>(time: Duration, work: impl Future<Output = RedisResult<T>>) -> RedisResult<T> {
    timeout(time, work).await.map_err(io::Error::from)?
}
