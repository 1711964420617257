//! Tracks the current activity of each request, for a profiler.
//!
//! A layer that watches requests wraps the work on each of them in [`Watched`]. Code that makes a
//! request wait or compute reports this with [`enter`]. Without such a layer, [`enter`] does
//! nothing.

use std::{
    cell::{OnceCell, RefCell},
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll},
    time::Instant,
};

use axum::response::Response;
use pin_project_lite::pin_project;

use crate::support::on_drop::OnDrop;

/// The activity of a request that has reported no other.
pub const REST: &str = "rest";

/// Receives the activities of requests. Each request comes with the number of its route.
pub trait Watch: Send + Sync {
    /// The request that arrived at `start` could not be served in one poll. Its activity is
    /// [`REST`].
    fn begin(&'static self, route: usize, start: Instant);

    /// A request that has begun changes its activity. `None` means that it ends.
    fn change(&'static self, route: usize, from: &'static str, to: Option<&'static str>);

    /// A request has its response. If it was served in one poll, no other method was called for it.
    fn end(&'static self, route: usize, start: Instant, at_once: bool, response: &mut Response);
}

thread_local! {
    /// The request that this thread is working on.
    static CURRENT: RefCell<Option<Request>> = const { RefCell::new(None) };
}

tokio::task_local! {
    /// The request that this part of a task belongs to, if another request polls it.
    static BELONGS_TO: Activity;
}

pin_project! {
    /// The work on a request, watched until its response is ready or its client leaves.
    pub struct Watched<F> {
        #[pin]
        work: F,
        request: Option<Request>,
    }
}

impl<F> Watched<F> {
    /// Watches `work` on a request that begins now. The number is its route. With `None`, nothing
    /// is watched.
    pub fn new(watch: Option<(&'static dyn Watch, usize)>, work: F) -> Self {
        let begin = |(watch, route)| {
            let (start, activity) = (Instant::now(), OnceCell::new());
            Request { watch, route, start, activity }
        };
        Self { work, request: watch.map(begin) }
    }
}

impl<F: Future<Output = Result<Response, E>>, E> Future for Watched<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let mut swap = || CURRENT.with_borrow_mut(|current| std::mem::swap(current, this.request));
        swap();
        // This must also happen when polling panics.
        let swap_back = OnDrop(swap);
        let mut poll = this.work.poll(cx);
        drop(swap_back);
        match (&mut poll, &this.request) {
            (Poll::Ready(Ok(response)), Some(request)) => request.end(response),
            (Poll::Pending, Some(request)) => _ = request.activity(),
            _ => {}
        }
        poll
    }
}

/// A request in progress. Most requests are hits, which are served in one poll and need no
/// activity, so watching costs a hit 0.8% of its instructions. Allocating an activity for each hit
/// would cost 4%.
struct Request {
    watch: &'static dyn Watch,
    route: usize,
    start: Instant,
    activity: OnceCell<Activity>,
}

impl Request {
    /// The first call begins the request.
    fn activity(&self) -> &Activity {
        let Self { watch, route, start, .. } = *self;
        self.activity.get_or_init(|| {
            watch.begin(route, start);
            Activity(Some(Arc::new(Inner { watch, route, state: Mutex::new(Some(REST)) })))
        })
    }

    fn end(&self, response: &mut Response) {
        let Self { watch, route, start, activity } = self;
        watch.end(*route, *start, activity.get().is_none(), response);
    }
}

impl Drop for Request {
    fn drop(&mut self) {
        if let Some(activity) = self.activity.get() {
            activity.change(None);
        }
    }
}

/// The activity of a request. A computation keeps a clone, because it may outlive the request.
#[derive(Clone, Default)]
pub struct Activity(Option<Arc<Inner>>);

struct Inner {
    watch: &'static dyn Watch,
    route: usize,
    /// `None` after the request has ended.
    state: Mutex<Option<&'static str>>,
}

impl Activity {
    /// The activity of the request that this thread is working on, if that request is watched.
    pub fn current() -> Self {
        let activity = |request: &Request| request.activity().clone();
        let polling = || CURRENT.with_borrow(|current| current.as_ref().map(activity));
        BELONGS_TO.try_with(Self::clone).ok().or_else(polling).unwrap_or_default()
    }

    /// Awaits `work` for this request, even if another request that waits for the result polls it.
    pub async fn scope<T>(self, work: impl Future<Output = T>) -> T {
        BELONGS_TO.scope(self, work).await
    }

    /// Reports an activity of the request until the guard is dropped.
    pub fn enter(&self, what: &'static str) -> Entered {
        Entered { before: self.change(Some(what)), activity: self.clone() }
    }

    /// Awaits `work`, and reports this activity until it is done.
    pub async fn during<T>(&self, what: &'static str, work: impl Future<Output = T>) -> T {
        let _entered = self.enter(what);
        work.await
    }

    /// Returns the previous activity, or `None` if the request has ended or is not watched.
    fn change(&self, what: Option<&'static str>) -> Option<&'static str> {
        let Inner { watch, route, state } = self.0.as_deref()?;
        let mut state = state.lock().unwrap_or_else(PoisonError::into_inner);
        let before = (*state)?;
        *state = what;
        watch.change(*route, before, what);
        Some(before)
    }
}

/// Reports an activity of the current request until the guard is dropped.
pub fn enter(what: &'static str) -> Entered {
    Activity::current().enter(what)
}

/// A guard for a reported activity. Dropping it restores the previous one.
#[must_use]
pub struct Entered {
    activity: Activity,
    before: Option<&'static str>,
}

impl Drop for Entered {
    fn drop(&mut self) {
        if self.before.is_some() {
            self.activity.change(self.before);
        }
    }
}

/// A response extension, for work that is done for a request after its end.
#[derive(Clone)]
pub struct Afterwards {
    /// The receiver of the reports.
    pub watch: &'static dyn Watch,
    /// The route of the request.
    pub route: usize,
}

impl Afterwards {
    /// Does `work` for the request of this response, and reports it if the request was watched.
    pub fn during<T>(response: &Response, what: &'static str, work: impl FnOnce() -> T) -> T {
        let Some(Self { watch, route }) = response.extensions().get() else { return work() };
        watch.begin(*route, Instant::now());
        watch.change(*route, REST, Some(what));
        let done = work();
        watch.change(*route, what, None);
        done
    }
}

#[cfg(test)]
mod tests {
    use std::{convert::Infallible, panic::AssertUnwindSafe};

    use axum::body::Body;
    use futures_util::FutureExt;
    use tokio::task::yield_now;

    use super::*;

    /// Records all reports.
    #[derive(Default)]
    struct Told(Mutex<Vec<String>>);

    impl Told {
        fn new() -> &'static Self {
            Box::leak(Box::default())
        }

        fn tell(&self, what: &str) {
            self.0.lock().unwrap().push(what.to_owned());
        }
    }

    impl Watch for Told {
        fn begin(&'static self, route: usize, _: Instant) {
            self.tell(&format!("{route} begins"));
        }

        fn change(&'static self, _: usize, from: &'static str, to: Option<&'static str>) {
            self.tell(&format!("{from} to {}", to.unwrap_or("nothing")));
        }

        fn end(&'static self, _: usize, _: Instant, at_once: bool, _: &mut Response) {
            self.tell(if at_once { "response at once" } else { "response" });
        }
    }

    fn response() -> Result<Response, Infallible> {
        Ok(Response::new(Body::empty()))
    }

    #[tokio::test]
    async fn of_a_request_that_is_served_at_once_only_the_end_is_told() {
        let told = Told::new();
        assert!(Watched::new(Some((told, 7)), async { response() }).await.is_ok());
        assert_eq!(*told.0.lock().unwrap(), ["response at once"]);
    }

    #[tokio::test]
    async fn every_change_is_told_and_none_after_the_end() {
        let told = Told::new();
        let mut left = Activity::default();
        let work = async {
            let activity = Activity::current();
            let _disk = enter("disk");
            yield_now().await;
            drop(activity.enter("queue"));
            left = activity;
            response()
        };
        assert!(Watched::new(Some((told, 7)), work).await.is_ok());
        drop(left.enter("compute"));
        drop(enter("nothing, because no request is watched"));
        let expected = [
            "7 begins",
            "rest to disk",
            "disk to queue",
            "queue to disk",
            "disk to rest",
            "response",
            "rest to nothing",
        ];
        assert_eq!(*told.0.lock().unwrap(), expected);
    }

    #[tokio::test]
    async fn a_request_that_only_waits_has_begun_and_ends_when_it_is_dropped() {
        let told = Told::new();
        let mut watched = Box::pin(Watched::new(Some((told, 7)), async {
            yield_now().await;
            response()
        }));
        assert!(watched.as_mut().now_or_never().is_none());
        drop(watched);
        assert_eq!(*told.0.lock().unwrap(), ["7 begins", "rest to nothing"]);
    }

    #[tokio::test]
    async fn shared_work_belongs_to_the_request_that_began_it() {
        let told = Told::new();
        let work = async {
            let work = async {
                yield_now().await;
                drop(enter("compute"));
            };
            Activity::current().scope(work).await;
        };
        let work = work.boxed().shared();
        let request =
            |route| Box::pin(Watched::new(Some((told, route)), work.clone().map(|()| response())));
        let (mut first, second) = (request(7), request(8));
        assert!(first.as_mut().now_or_never().is_none());
        assert!(second.await.is_ok(), "it polls the rest of the work");
        assert!(first.await.is_ok());
        let expected = [
            "7 begins",
            "rest to compute",
            "compute to rest",
            "response at once",
            "response",
            "rest to nothing",
        ];
        assert_eq!(*told.0.lock().unwrap(), expected);
    }

    #[tokio::test]
    async fn a_request_that_panics_inside_another_one_ends_alone() {
        let told = Told::new();
        let inner = Watched::new(Some((told, 8)), async {
            let _disk = enter("disk");
            response().map(|_| -> Response { panic!("on purpose") })
        });
        let outer = Watched::new(Some((told, 7)), async {
            assert!(AssertUnwindSafe(inner).catch_unwind().await.is_err());
            let _queue = enter("queue");
            response()
        });
        assert!(outer.await.is_ok());
        drop(enter("nothing, because no request is watched"));
        let of_inner = ["8 begins", "rest to disk", "disk to rest", "rest to nothing"];
        let of_outer =
            ["7 begins", "rest to queue", "queue to rest", "response", "rest to nothing"];
        assert_eq!(*told.0.lock().unwrap(), [&of_inner[..], &of_outer].concat());
    }

    #[test]
    fn what_is_done_afterwards_is_told() {
        let watch = Told::new();
        let mut response = Response::new(Body::empty());
        assert_eq!(Afterwards::during(&response, "log", || 1), 1);
        response.extensions_mut().insert(Afterwards { watch, route: 7 });
        assert_eq!(Afterwards::during(&response, "log", || 2), 2);
        assert_eq!(*watch.0.lock().unwrap(), ["7 begins", "rest to log", "log to nothing"]);
    }
}
