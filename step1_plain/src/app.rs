//! The application as a value: tests and benches call it, the server serves it, and the next step
//! builds its own from more routes.

use std::{
    convert::Infallible,
    future::{Future, poll_fn},
    net::IpAddr,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::{Pin, pin},
    sync::Arc,
    time::{Duration, Instant},
};

use axum::{
    Router,
    extract::Request,
    http::{HeaderValue, Method, StatusCode, header::CACHE_CONTROL},
    response::{IntoResponse, Response},
    routing::get,
};
use tower_service::Service;

use crate::{
    access_log,
    log::Log,
    page::{self, PageFile},
    problem::Problem,
    process_time,
};

/// A route as people see it: a line on the page, and something to try.
#[derive(Clone, Copy, Debug)]
pub struct Route {
    /// `GET`, `DELETE` …
    pub method: &'static str,
    /// The path, with its parameters by name: `/slow?n=N`.
    pub path: &'static str,
    /// The same with values, so that it works as it stands.
    pub example: &'static str,
}

impl Route {
    /// The command that asks a server at this address for the example; `how` is what else curl must
    /// know. The page is for a browser, where there is one that can ask.
    pub fn try_it(&self, how: &str, server: &str) -> String {
        if self.path == "/" && how.is_empty() {
            return format!("# the labs, in your browser: http://{server}/");
        }
        let method = if self.method == "GET" { "" } else { &format!("-X {} ", self.method) };
        // In Windows' PowerShell, `curl` alone is another program.
        let curl = if cfg!(windows) { "curl.exe" } else { "curl" };
        format!("{curl} -i {how}{method}\"http://{server}{}\"", self.example)
    }
}

/// Routes as the router knows them, together with how people see them.
#[derive(Default)]
pub struct Routes {
    /// A line for each.
    pub lines: Vec<Route>,
    /// Their handlers.
    pub router: Router,
    /// What the page loads, to show what they do.
    pub files: Vec<PageFile>,
}

impl Routes {
    /// These, and then those.
    pub fn merge(mut self, those: Self) -> Self {
        self.lines.extend(those.lines);
        self.files.extend(those.files);
        Self { router: self.router.merge(those.router), ..self }
    }

    /// These, and more files for the page.
    pub fn with_page(mut self, files: &[PageFile]) -> Self {
        self.files.extend(files);
        self
    }
}

impl From<Router> for Routes {
    /// Routes that nobody is told of.
    fn from(router: Router) -> Self {
        Self { router, ..Self::default() }
    }
}

/// What every application answers by itself.
pub const ROUTES: [Route; 2] = [
    Route { method: "GET", path: "/healthz", example: "/healthz" },
    Route { method: "GET", path: "/", example: "/" },
];

/// One step's application. Clones are cheap and share everything.
#[derive(Clone)]
pub struct App {
    router: Router,
    routes: Arc<[Route]>,
    access_log: Option<&'static Log>,
    rule: Option<Arc<Rule>>,
    on_answer: Option<Arc<OnAnswer>>,
}

/// Refuses a request, by what it asks for and the address that it comes from, if that is known.
type Rule = dyn Fn(&Request, &dyn Fn() -> Option<IpAddr>) -> Result<(), Problem> + Send + Sync;

/// Called with every answer on its way out.
type OnAnswer = dyn Fn(&mut Answered<'_>) + Send + Sync;

/// An answer on its way out.
pub struct Answered<'a> {
    /// Which of the application's [`routes`](App::routes) it comes from, if from any.
    pub route: Option<usize>,
    /// The answer itself.
    pub response: &'a mut Response,
    /// How long it took.
    pub elapsed: Duration,
}

impl App {
    /// An application that answers these routes, `/healthz`, and `/` with the lab page, which is
    /// called `title` (the step's name, a colon, and what it is); everything else with a problem that
    /// names the routes there are.
    pub fn new(title: &str, routes: Routes) -> Self {
        let Routes { mut lines, router, files } = routes;
        lines.extend(ROUTES);
        let no_route = no_route(&lines);
        let router = router
            .merge(page::router(title, &lines, &files))
            .route("/healthz", get(async || uncached("ok\n")))
            .fallback(async move || no_route.clone())
            .method_not_allowed_fallback(no_method);
        Self { router, routes: lines.into(), access_log: None, rule: None, on_answer: None }
    }

    /// Writes a line a request to this log, if there is one.
    pub fn with_access_log(self, access_log: Option<&'static Log>) -> Self {
        Self { access_log, ..self }
    }

    /// Shows every answer to `look` before it is sent, after those who asked for it before. A step
    /// that has something to add to all of them, or to count them, need not wrap the router in a
    /// layer that each request pays for.
    pub fn on_answer(self, look: impl Fn(&mut Answered<'_>) + Send + Sync + 'static) -> Self {
        let on_answer: Arc<OnAnswer> = match self.on_answer {
            None => Arc::new(look),
            Some(before) => Arc::new(move |answered| {
                before(answered);
                look(answered);
            }),
        };
        Self { on_answer: Some(on_answer), ..self }
    }

    /// Asks `rule` about every request: a step may have routes that are not for everybody. It is
    /// given a way to find out the address of who asks, not the address, as it rarely needs it.
    pub fn with_rule(
        self,
        rule: impl Fn(&Request, &dyn Fn() -> Option<IpAddr>) -> Result<(), Problem>
        + Send
        + Sync
        + 'static,
    ) -> Self {
        Self { rule: Some(Arc::new(rule)), ..self }
    }

    /// What there is to try.
    pub fn routes(&self) -> &[Route] {
        &self.routes
    }

    /// Logs a request that could not be read, and was answered with `status`.
    pub fn log_unread(&self, status: StatusCode) {
        if let Some(log) = self.access_log {
            access_log::Line::write_unread(log, status);
        }
    }

    /// Answers one request of whoever it may be.
    pub fn handle(&self, request: Request) -> impl Future<Output = Response> + use<> {
        self.handle_from(&|| None, request)
    }

    /// Answers one request from the address that `peer` finds out. This is the middleware: it takes
    /// the time around the handler, which a panic must not escape, and adds the headers that say how
    /// long it took.
    ///
    /// (Not an `async fn`: that would keep a place for the request as long as the answer takes, and
    /// every open connection has one of these futures.)
    pub fn handle_from(
        &self,
        peer: &dyn Fn() -> Option<IpAddr>,
        request: Request,
    ) -> impl Future<Output = Response> + use<> {
        let start = Instant::now();
        let log = self.access_log.map(|log| (log, access_log::Line::of(&request)));
        let on_answer = self.on_answer.clone().map(|look| (look, self.route_of(&request)));
        let refusal = self.rule.as_ref().and_then(|rule| rule(&request, peer).err());
        let handler = match refusal {
            None => Ok(self.router.clone().call(request)),
            Some(problem) => Err(Box::new(problem)),
        };
        async move {
            let mut response = match handler {
                Ok(handler) => catch_panic(pin!(handler)).await,
                Err(problem) => problem.into_response(),
            };
            let elapsed = start.elapsed();
            process_time::stamp(response.headers_mut(), elapsed);
            if let Some((look, route)) = on_answer {
                look(&mut Answered { route, response: &mut response, elapsed });
            }
            if let Some((log, line)) = log {
                line.write(log, &response, elapsed);
            }
            response
        }
    }

    fn route_of(&self, request: &Request) -> Option<usize> {
        let method = match request.method() {
            &Method::HEAD => "GET",
            method => method.as_str(),
        };
        let path = request.uri().path();
        let is_it = |route: &Route| {
            let rest = route.path.strip_prefix(path);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('?'))
                && route.method == method
        };
        self.routes.iter().position(is_it)
    }
}

/// The handler's response, or 500 if it panicked: one request's bug is not the server's end.
async fn catch_panic(
    mut handler: Pin<&mut impl Future<Output = Result<Response, Infallible>>>,
) -> Response {
    poll_fn(|cx| {
        // Unwind safe: after a panic the handler is not polled again, only dropped.
        catch_unwind(AssertUnwindSafe(|| handler.as_mut().poll(cx))).map_or_else(
            |_| Problem::new(StatusCode::INTERNAL_SERVER_ERROR, PANICKED).into_response().into(),
            |poll| poll.map(|Ok(response)| response),
        )
    })
    .await
}

const PANICKED: &str = "the server made a mistake with this request; its standard error says where";

fn no_route(routes: &[Route]) -> Problem {
    let routes: Vec<_> = routes.iter().map(|it| format!("{} {}", it.method, it.path)).collect();
    let detail = format!("there is no such route; there are {}", routes.join(", "));
    Problem::new(StatusCode::NOT_FOUND, detail)
}

/// axum adds `Allow`, as both answers need it (RFC 9110, sections 9.3.7 and 15.5.6).
async fn no_method(method: Method) -> Response {
    if method == Method::OPTIONS {
        return StatusCode::NO_CONTENT.into_response();
    }
    let detail = "this route does not have that method; the Allow header names those it has";
    Problem::new(StatusCode::METHOD_NOT_ALLOWED, detail).into_response()
}

/// An answer that is true now and asked for anew each time, by browsers and proxies too.
pub fn uncached(answer: impl IntoResponse) -> Response {
    let mut response = answer.into_response();
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
