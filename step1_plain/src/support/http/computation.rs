//! The two stages of a computation, as types. With them, a caller can drop a computation that is
//! still in the queue, but finish one that has begun.

use bytes::Bytes;
use futures_util::future::BoxFuture;

use super::{problem::Problem, timing::Timed};

/// The first stage waits in the queue and returns the second.
pub trait Begin: Future<Output = Result<Computation, Problem>> + Send + 'static {}

impl<F: Future<Output = Result<Computation, Problem>> + Send + 'static> Begin for F {}

/// The second stage has begun, and returns the body of the response.
pub type Computation = BoxFuture<'static, Result<Timed<Bytes>, Problem>>;
