//! A worker caches responses in its own memory, or in a Redis that all workers share.
//!
//! | file | idea |
//! |---|---|
//! | [`private_cache`] | each worker has its own cache, and the scoreboard has the figures of all |
//! | [`redis_cache`] | one cache for all workers |
//! | [`redis_lease`] | one computation, even when several workers miss |
//! | [`redis_link`] | a failing Redis never delays a request for long |

pub mod private_cache;
pub mod redis_cache;
pub mod redis_lease;
pub mod redis_link;
