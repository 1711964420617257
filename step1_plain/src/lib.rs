//! # Step 1: a plain server
//!
//! Every request computes its answer anew. This is the floor of the staircase: what the steps
//! above it make faster, and what they all stand on.
//!
//! ```sh
//! cargo run -p step1_plain
//! curl -i "http://127.0.0.1:8000/slow?n=1000000"
//! ```
//!
//! To read, from the inside out (`main.rs` only reads the command line and starts):
//!
//! | file | idea |
//! |---|---|
//! | [`primes`] | the heavy function, with a hot spot worth finding |
//! | [`problem`] | every error in one form |
//! | [`compute`] | one thread for heavy work, with a bounded queue in front |
//! | [`query`] | `?n=N`, read strictly |
//! | [`time_limit`] | no request waits for ever |
//! | [`slow`] | `GET /slow`: the above put together |
//! | [`mod@app`] | the application as a value, and the middleware around every handler |
//! | [`process_time`], [`decimal`] | how long it took, as headers |
//! | [`access_log`] | and as a line of text |
//! | [`page`] | the lab page, and its files in `page/` |
//!
//! And what serves it:
//!
//! | file | idea |
//! |---|---|
//! | [`run`], [`args`], [`stop`], [`log`] | from `main` to the last request |
//! | [`server`] | the accept loop and the end in good order |
//! | [`connection`], [`wire`] | one client, held to its turn |
//!
//! `bin/blocked.rs` is the same server with the classic mistake in it.

pub mod access_log;
pub mod app;
pub mod args;
pub mod compute;
pub mod connection;
pub mod decimal;
pub mod log;
pub mod page;
pub mod primes;
pub mod problem;
pub mod process_time;
pub mod query;
pub mod run;
pub mod server;
pub mod slow;
pub mod stop;
#[cfg(feature = "testing")]
pub mod testing;
pub mod time_limit;
pub mod wire;

use app::App;
use slow::Slow;

/// Step 1's application.
pub fn app() -> App {
    let title = "step1_plain: every request computes its answer anew";
    App::new(title, slow::routes(Slow::default()))
}
