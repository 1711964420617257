//! Where a worker keeps responses: in its own memory, or in a Redis that all workers share.
//!
//! | file | idea |
//! |---|---|
//! | [`private_cache`] | each worker has its own cache, and the scoreboard has the figures of all |
//! | [`redis_cache`], [`redis_value`] | one cache for all workers |
//! | [`redis_lease`] | computed once, whichever worker misses |
//! | [`redis_link`] | a Redis that fails never delays a request for long |

pub mod private_cache;
pub mod redis_cache;
pub mod redis_lease;
pub mod redis_link;
pub mod redis_value;
