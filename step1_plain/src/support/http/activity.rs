//! What each request is doing at this moment, for a profiler that wants to know.
//!
//! A layer that watches requests puts each of them into [`REQUEST`] while it is under way. Whatever makes a
//! request wait or compute says so with [`doing`]. Without such a layer, that does nothing.

use std::{
    mem::replace,
    sync::{Arc, Mutex, PoisonError, Weak},
};

use tokio::task_local;

task_local! {
    /// The request that this task works on.
    pub static REQUEST: Request;
}

/// What a request does when nothing says otherwise.
pub const REST: &str = "rest";

/// Is called with each change: the route, what the request did before, and what it does from now on.
/// Before its beginning and after its end, that is `None`.
pub type Watch = dyn Fn(usize, Option<&'static str>, Option<&'static str>) + Send + Sync;

/// A watched request. It ends when its last clone is dropped, with a response or without.
#[derive(Clone)]
pub struct Request(Arc<Inner>);

struct Inner {
    watch: &'static Watch,
    route: usize,
    doing: Mutex<&'static str>,
}

impl Request {
    /// A request to this route begins now.
    pub fn begin(watch: &'static Watch, route: usize) -> Self {
        watch(route, None, Some(REST));
        Self(Arc::new(Inner { watch, route, doing: Mutex::new(REST) }))
    }

    /// Says what the request does, until the guard is dropped.
    pub fn doing(&self, what: &'static str) -> Doing {
        Doing::begin(Arc::downgrade(&self.0), what)
    }
}

impl Inner {
    /// Returns what it did before.
    fn change(&self, what: &'static str) -> &'static str {
        let before = replace(&mut *self.doing.lock().unwrap_or_else(PoisonError::into_inner), what);
        (self.watch)(self.route, Some(before), Some(what));
        before
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        let doing = self.doing.get_mut().unwrap_or_else(PoisonError::into_inner);
        (self.watch)(self.route, Some(*doing), None);
    }
}

/// The request that a computation belongs to, and may outlive.
#[derive(Default)]
pub struct Owner(Weak<Inner>);

impl Owner {
    /// The request that this task works on, if it is watched.
    pub fn current() -> Self {
        REQUEST.try_with(|request| Self(Arc::downgrade(&request.0))).unwrap_or_default()
    }

    /// Says what the request does, until the guard is dropped.
    pub fn doing(&self, what: &'static str) -> Doing {
        Doing::begin(self.0.clone(), what)
    }

    /// Awaits `work`. Until it is done, that is what the request does.
    pub async fn during<T>(&self, what: &'static str, work: impl Future<Output = T>) -> T {
        let _doing = self.doing(what);
        work.await
    }
}

/// Says what the request of this task does, until the guard is dropped.
pub fn doing(what: &'static str) -> Doing {
    Owner::current().doing(what)
}

/// Until it is dropped, its request does something other than before.
#[must_use]
pub struct Doing {
    request: Weak<Inner>,
    before: &'static str,
}

impl Doing {
    fn begin(request: Weak<Inner>, what: &'static str) -> Self {
        let before = request.upgrade().map_or(REST, |request| request.change(what));
        Self { request, before }
    }
}

impl Drop for Doing {
    fn drop(&mut self) {
        if let Some(request) = self.request.upgrade() {
            request.change(self.before);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    static CHANGES: Mutex<Vec<(Option<&str>, Option<&str>)>> = Mutex::new(Vec::new());

    fn note(_: usize, from: Option<&'static str>, to: Option<&'static str>) {
        CHANGES.lock().unwrap().push((from, to));
    }

    #[tokio::test]
    async fn every_change_is_told_and_none_after_the_end() {
        let owner = REQUEST
            .scope(Request::begin(&note, 0), async {
                let owner = Owner::current();
                let _redis = doing("redis");
                drop(owner.doing("queue"));
                owner
            })
            .await;
        drop(owner.doing("compute"));
        drop(doing("nothing, because no request is watched"));
        let changes = [None, Some(REST), Some("redis"), Some("queue"), Some("redis"), Some(REST)];
        let mut expected: Vec<_> = changes.windows(2).map(|pair| (pair[0], pair[1])).collect();
        expected.push((Some(REST), None));
        assert_eq!(*CHANGES.lock().unwrap(), expected);
    }
}
