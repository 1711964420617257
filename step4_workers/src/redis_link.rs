//! The way to Redis, and the breaker in it: who needs the cache must not wait for it.
//!
//! A request never connects, never retries, and waits for one answer at most [`PATIENCE`]. When
//! something goes wrong, the way is closed for everybody at once; requests go on without the cache,
//! while a task in the background tries to reach Redis again. What is closed costs nothing: a
//! Redis that hangs delays the requests that were waiting for it then, and none after them.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use redis::{
    AsyncConnectionConfig, Client, FromRedisValue, Pipeline, RedisError, aio::MultiplexedConnection,
};
use step1_plain::log::log;
use tokio::{
    sync::Notify,
    time::{Instant, sleep, timeout},
};

/// How long a request waits for Redis. Next door, Redis answers in a fraction of a millisecond; on
/// a machine with more to do than cores, the scheduler can make tens of it.
pub const PATIENCE: Duration = Duration::from_millis(40);
/// How long a connection may take; nobody waits for it.
const CONNECT_WITHIN: Duration = Duration::from_secs(1);
/// How often to try to connect.
const TRY_EVERY: Duration = Duration::from_millis(500);
/// How often to say that Redis refuses something.
const COMPLAIN_EVERY: Duration = Duration::from_secs(10);

/// One connection, shared by all requests of a worker (Redis answers in the order in which it is
/// asked, so that one is enough), as long as Redis is well.
pub struct Link {
    client: Client,
    connection: Mutex<Option<MultiplexedConnection>>,
    /// The connection was closed.
    lost: Notify,
    /// The first attempt to connect is over.
    tried: Notify,
    /// When an answer was last complained about.
    complained: Mutex<Option<Instant>>,
}

/// Redis can't be used now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unavailable;

impl Link {
    /// A link that is kept up as long as it is used. Returns when there is a connection, or when a
    /// request would not wait for it any longer either.
    ///
    /// # Errors
    /// When `url` is none.
    ///
    /// # Panics
    /// Outside of a tokio runtime.
    pub async fn open(url: &str) -> Result<Arc<Self>, RedisError> {
        let link = Arc::new(Self {
            client: Client::open(url)?,
            connection: Mutex::default(),
            lost: Notify::new(),
            tried: Notify::new(),
            complained: Mutex::default(),
        });
        tokio::spawn(link.clone().keep_up());
        let _ = timeout(PATIENCE, link.tried.notified()).await;
        Ok(link)
    }

    /// Asks Redis several things at once.
    ///
    /// # Errors
    /// At once when the link is down; and it is down from the first error on.
    pub async fn ask<T: FromRedisValue>(&self, questions: &Pipeline) -> Result<T, Unavailable> {
        let connection = self.connection().clone();
        let mut connection = connection.ok_or(Unavailable)?;
        match timeout(PATIENCE, questions.query_async(&mut connection)).await {
            Ok(Ok(answer)) => return Ok(answer),
            Ok(Err(error)) if error.is_io_error() => self.close(&error.to_string()),
            Ok(Err(error)) => self.complain(&error),
            Err(_) => self.close(&format!("no answer within {PATIENCE:?}")),
        }
        Err(Unavailable)
    }

    fn connection(&self) -> MutexGuard<'_, Option<MultiplexedConnection>> {
        self.connection.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn close(&self, problem: &str) {
        // Only the first of many requests that fail together finds something to close.
        if self.connection().take().is_some() {
            log(format_args!("redis: {problem}; answers are computed until it is back"));
            self.lost.notify_one();
        }
    }

    /// Redis is there, but refuses what it was asked for: its memory is full, or what is stored
    /// under one of our keys is not ours. That does not stand in the way of the next request.
    fn complain(&self, error: &RedisError) {
        let mut complained = self.complained.lock().unwrap_or_else(PoisonError::into_inner);
        if complained.is_none_or(|last| last.elapsed() > COMPLAIN_EVERY) {
            *complained = Some(Instant::now());
            log(format_args!("redis: {error}; such answers are computed"));
        }
    }

    /// Connects, and connects again when the connection was closed. Says when that changes, and not
    /// at each try.
    async fn keep_up(self: Arc<Self>) {
        let mut told_down = false;
        loop {
            let connected = self.connect().await;
            self.tried.notify_one();
            match connected {
                Ok(connection) => {
                    *self.connection() = Some(connection);
                    if told_down {
                        log(format_args!("redis: in use again"));
                    }
                    self.lost.notified().await;
                    told_down = true; // By the request that closed it.
                }
                Err(problem) => {
                    if !told_down {
                        log(format_args!(
                            "redis: {problem}; answers are computed until it is there"
                        ));
                    }
                    told_down = true;
                    sleep(TRY_EVERY).await;
                }
            }
        }
    }

    /// Tries to connect, and whether there is a Redis at the other end.
    async fn connect(&self) -> Result<MultiplexedConnection, String> {
        let config = AsyncConnectionConfig::new().set_response_timeout(None);
        let connect = async {
            let connect = self.client.get_multiplexed_async_connection_with_config(&config);
            let mut connection = connect.await?;
            let pong: String = redis::cmd("PING").query_async(&mut connection).await?;
            Ok::<_, RedisError>((pong == "PONG").then_some(connection))
        };
        match timeout(CONNECT_WITHIN, connect).await {
            Ok(Ok(Some(connection))) => Ok(connection),
            Ok(Ok(None)) => Err("what answers there is no Redis".to_owned()),
            Ok(Err(error)) => Err(error.to_string()),
            Err(_) => Err(format!("no answer within {CONNECT_WITHIN:?}")),
        }
    }
}
