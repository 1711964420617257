//! The way to Redis, and the breaker in it: a request must not wait for a cache that fails.
//!
//! A request never connects, never retries, and gives Redis no more than its [`Patience`] in all.
//! When something goes wrong, the way is closed for everybody at once; requests go on without the
//! cache, while a task in the background tries to reach Redis again, ever more rarely if that does
//! not last. What is closed costs nothing: a Redis that hangs delays the requests that were waiting
//! for it then, and none until the next try succeeds.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use redis::{
    AsyncConnectionConfig, Client, ErrorKind, FromRedisValue, Pipeline, RedisError,
    aio::MultiplexedConnection,
};
use step1_plain::support::http::log::log;
use tokio::{
    sync::Notify,
    time::{Instant, sleep, timeout},
};

/// How long to wait before connecting again: at first, and at most.
const TRY_AFTER: [Duration; 2] = [Duration::from_millis(500), Duration::from_secs(4)];
/// A connection that lasted so long was a good one.
const GOOD: Duration = Duration::from_secs(10);
/// How long connecting may take. Nobody waits for it; but what answers slowly is no help.
const CONNECT_WITHIN: Duration = Duration::from_secs(1);
/// How often to say that Redis refuses something.
const COMPLAIN_EVERY: Duration = Duration::from_secs(10);

/// What is left of the time that one request gives to Redis: 40 ms at first. Next door, Redis
/// answers in a fraction of one; on a machine with more to do than cores, the scheduler can make
/// tens of it.
#[derive(Debug)]
pub struct Patience(Duration);

impl Default for Patience {
    fn default() -> Self {
        Self(Duration::from_millis(40))
    }
}

/// One connection, shared by all requests of a worker (Redis answers in the order in which it is
/// asked, so that one is enough), as long as Redis is well.
pub struct Link {
    client: Client,
    connection: Mutex<Option<Numbered>>,
    /// The connection was closed.
    lost: Notify,
    /// The first attempt to connect is over.
    tried: Notify,
    /// When an answer was last complained about.
    complained: Mutex<Option<Instant>>,
}

/// A connection and its number: a request that waited for one in vain must not close the next.
#[derive(Clone)]
struct Numbered {
    number: u64,
    connection: MultiplexedConnection,
}

/// Redis can't be used now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unavailable;

impl Link {
    /// A link that is kept up to the end of the process. Returns when there is a connection, or when
    /// a request would not wait for it any longer either.
    ///
    /// # Errors
    /// When `url` is not a valid URL.
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
        let _ = timeout(Patience::default().0, link.tried.notified()).await;
        Ok(link)
    }

    /// Asks Redis several things at once.
    ///
    /// # Errors
    /// At once when the link is down; and it is down from the first failure on.
    pub async fn ask<T: FromRedisValue>(
        &self,
        questions: &Pipeline,
        patience: &mut Patience,
    ) -> Result<T, Unavailable> {
        let numbered = self.connection().clone();
        let Numbered { number, mut connection } = numbered.ok_or(Unavailable)?;
        let start = Instant::now();
        let answer = timeout(patience.0, questions.query_async(&mut connection)).await;
        patience.0 = patience.0.saturating_sub(start.elapsed());
        match answer {
            Ok(Ok(answer)) => return Ok(answer),
            Ok(Err(error)) if error.is_io_error() => self.close(number, &sentence(&error)),
            Ok(Err(error)) => self.complain(&error),
            Err(_) => self.close(number, "it does not answer in time"),
        }
        Err(Unavailable)
    }

    fn connection(&self) -> MutexGuard<'_, Option<Numbered>> {
        self.connection.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn close(&self, number: u64, problem: &str) {
        // Of many requests that fail together, only the first finds something to close.
        if self.connection().take_if(|open| open.number == number).is_some() {
            self.say(&format!("{problem}; answers are computed until it is in use again"));
            self.lost.notify_one();
        }
    }

    /// Redis is there, but refuses what it was asked for: its memory is full, or what is stored
    /// under one of our keys is not ours. That does not stand in the way of the next request.
    fn complain(&self, error: &RedisError) {
        let mut complained = self.complained.lock().unwrap_or_else(PoisonError::into_inner);
        if complained.is_none_or(|last| last.elapsed() > COMPLAIN_EVERY) {
            *complained = Some(Instant::now());
            self.say(&format!("{}; such answers are computed", sentence(error)));
        }
    }

    fn say(&self, what: &str) {
        let (pid, address) = (std::process::id(), self.client.get_connection_info().addr());
        log(format_args!("worker {pid}: redis at {address}: {what}"));
    }

    /// Connects, and connects again when the connection was closed. Says when that changes, and not
    /// at each try.
    async fn keep_up(self: Arc<Self>) {
        let mut told_down = false;
        let mut try_after = TRY_AFTER[0];
        for number in 0.. {
            let connected = self.connect().await;
            self.tried.notify_one();
            match connected {
                Ok(connection) => {
                    *self.connection() = Some(Numbered { number, connection });
                    if told_down {
                        self.say("in use again");
                    }
                    let start = Instant::now();
                    self.lost.notified().await;
                    told_down = true; // By the request that closed it.
                    let was_good = start.elapsed() > GOOD;
                    try_after =
                        if was_good { TRY_AFTER[0] } else { (try_after * 2).min(TRY_AFTER[1]) };
                }
                Err(problem) => {
                    if !told_down {
                        self.say(&format!("{problem}; answers are computed until it is in use"));
                    }
                    told_down = true;
                    try_after = TRY_AFTER[0];
                }
            }
            sleep(try_after).await;
        }
    }

    /// Tries to connect, and whether there is a Redis at the other end that answers in time.
    async fn connect(&self) -> Result<MultiplexedConnection, String> {
        let config = AsyncConnectionConfig::new().set_response_timeout(None);
        let connect = self.client.get_multiplexed_async_connection_with_config(&config);
        let mut connection = match timeout(CONNECT_WITHIN, connect).await {
            Ok(connected) => connected.map_err(|error| sentence(&error))?,
            Err(_) => return Err("it does not answer in time".to_owned()),
        };
        let ping = redis::cmd("PING");
        match timeout(Patience::default().0, ping.query_async::<String>(&mut connection)).await {
            Ok(Ok(pong)) if pong == "PONG" => Ok(connection),
            Ok(Ok(_)) => Err("what answers there is no Redis".to_owned()),
            Ok(Err(error)) => Err(sentence(&error)),
            Err(_) => Err("it does not answer in time".to_owned()),
        }
    }
}

/// What is wrong, without a full stop, and with what to do where that is known.
fn sentence(error: &RedisError) -> String {
    // What is no Redis may say anything.
    let text = error.to_string().replace(char::is_control, " ");
    let text = text.trim_end_matches(['.', ' ']);
    let wants_a_password = error.kind() == ErrorKind::AuthenticationFailed
        || error.code().is_some_and(|code| code == "NOAUTH" || code == "WRONGPASS");
    match wants_a_password {
        true => format!("{text} (its place is in the URL: redis://:PASSWORD@HOST)"),
        false => text.to_owned(),
    }
}
