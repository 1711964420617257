//! The two stages of a computation, as types. A caller can drop a computation that is still in the queue,
//! and finish one that has begun.

use bytes::Bytes;
use futures_util::future::BoxFuture;

use super::{problem::Problem, timing::Timed};

/// The first stage: it waits in the queue, and then gives the second.
pub trait Begin: Future<Output = Result<Computation, Problem>> + Send + 'static {}

impl<F: Future<Output = Result<Computation, Problem>> + Send + 'static> Begin for F {}

/// The second stage: it has begun, and gives the body of the response.
pub type Computation = BoxFuture<'static, Result<Timed<Bytes>, Problem>>;
