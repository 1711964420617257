//! `GET /`: the lab page, on which the chapter's experiments run in the browser; and `GET /board`, where
//! a teacher sees the worksheets of a class side by side.
//!
//! Its files are part of the program, so there is nothing to install. Each step adds its own, and the
//! page loads them in the order of the steps.

use std::{sync::Arc, thread::available_parallelism};

use axum::{
    Router,
    http::{
        StatusCode, Uri,
        header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE},
    },
    response::{IntoResponse, Response},
    routing::get,
};
use bytes::Bytes;

use super::http::{fallback::method_not_allowed, problem::Problem};

/// The lab page of one step, and the requests that it invites to try.
#[derive(Clone, Debug)]
pub struct Lab {
    title: &'static str,
    requests: Vec<&'static str>,
    files: Vec<PageFile>,
}

/// A file that the page loads from below `/lab/`.
#[derive(Clone, Copy, Debug)]
pub struct PageFile {
    /// Its name, with the ending `js`, `css` or `svg`.
    pub name: &'static str,
    /// What is in it.
    pub text: &'static str,
}

/// A step's files, by their names in its folder `lab`.
#[macro_export]
macro_rules! page_files {
    ($($name:literal),* $(,)?) => {
        &[$($crate::support::lab::PageFile {
            name: $name,
            text: include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/lab/", $name)),
        }),*]
    };
}

/// This step's files: what all labs use, and the first lab.
pub const FILES: &[PageFile] = page_files![
    "style.css",
    "icon.svg",
    "dom.js",
    "language.js",
    "measure.js",
    "sender.js",
    "server.js",
    "journey.js",
    "clock.js",
    "scene.js",
    "said.js",
    "picture.js",
    "picture.css",
    "notebook.js",
    "head.js",
    "waterfall.css",
    "waterfall.js",
    "course.js",
    "live.js",
    "plot.js",
    "lab.js",
    "where_time_goes.js",
    "open_loop.js",
    "queue.js",
];

/// What the board has besides; it needs none of the labs.
const BOARD: &[PageFile] = page_files!["board.css", "worksheets.js", "tries.js", "board.js"];

/// The script that runs on a thread of its own.
const WORKER: &str = "sender.js";

/// The browser loads nothing from other origins, and runs no script that is not in our files.
const POLICY: &str =
    "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// Step 1's page.
pub fn lab() -> Lab {
    let title = "step1_plain: every request computes its response";
    Lab::new(title, &["GET /slow?n=1000000", "GET /healthz"])
}

impl Lab {
    /// A page with this title (the step's name, a colon, and what it is), with the first lab. Each of
    /// the `requests` is a method and a path.
    pub fn new(title: &'static str, requests: &[&'static str]) -> Self {
        Self { title, requests: requests.into(), files: FILES.into() }
    }

    /// The page of the next step: another title, more requests, more files.
    pub fn with(
        mut self,
        title: &'static str,
        requests: &[&'static str],
        files: &[PageFile],
    ) -> Self {
        self.title = title;
        self.requests.extend(requests);
        self.files.extend(files);
        self
    }

    /// The requests to try, each a method and a path.
    pub fn requests(&self) -> &[&'static str] {
        &self.requests
    }

    /// `/` and `/board`, and their files below `/lab/`.
    pub fn routes(&self) -> Router {
        let html = Bytes::from(self.html());
        let board = Bytes::from_static(include_bytes!("../../../lab/board.html"));
        let files: Arc<[PageFile]> = self.files.iter().chain(BOARD).copied().collect();
        Router::new()
            .route("/", get(async move || page(html.clone())))
            .route("/board", get(async move || page(board.clone())))
            .route("/lab/{name}", get(async move |uri: Uri| file(&files, uri.path())))
            .method_not_allowed_fallback(method_not_allowed)
    }

    /// A command for each request, one a line, for a server at this address. `curl` are further
    /// options that curl needs to reach it. Only if there are none can a browser reach it, too.
    pub fn commands(&self, curl: &str, server: &str) -> String {
        // In Windows' PowerShell, `curl` alone is another program.
        let program = if cfg!(windows) { "curl.exe" } else { "curl" };
        let mut commands = String::new();
        for request in &self.requests {
            let (method, path) = split(request);
            let method = if method == "GET" { "" } else { &format!("-X {method} ") };
            commands += &format!("{program} -i {curl}{method}\"http://{server}{path}\"\n");
        }
        if curl.is_empty() {
            commands += &format!("# the labs, in your browser: http://{server}/\n");
        }
        commands
    }

    fn html(&self) -> String {
        let files_of = |ending, link: fn(&str) -> String| {
            let files =
                self.files.iter().map(|file| file.name).filter(|name| name.ends_with(ending));
            files.map(link).collect::<String>()
        };
        let styles =
            files_of(".css", |name| format!("<link rel=\"stylesheet\" href=\"/lab/{name}\">\n"));
        // A worker is loaded by the script that starts it. Nothing is shown before the others have drawn
        // their parts, so nothing jumps.
        let scripts = files_of(".js", |name| match name {
            WORKER => String::new(),
            _ => format!(
                "<script type=\"module\" blocking=\"render\" src=\"/lab/{name}\"></script>\n"
            ),
        });
        let requests = self.requests.iter().map(|request| match split(request) {
            ("GET", path) => format!("<li><a href=\"{path}\">{request}</a></li>\n"),
            _ => format!("<li>{request}</li>\n"),
        });
        let step = self.title.split(':').next().unwrap_or(self.title);
        let program = format!(
            "{step} {}, {} build, {} {}, {} cores",
            env!("CARGO_PKG_VERSION"),
            if cfg!(debug_assertions) { "dev" } else { "release" },
            std::env::consts::OS,
            std::env::consts::ARCH,
            available_parallelism().map_or(1, |cores| cores.get()),
        );
        include_str!("../../../lab/index.html")
            .replace("{step}", step)
            .replace("{program}", &program)
            .replace("{title}", self.title)
            .replace("{styles}", styles.trim_end())
            .replace("{scripts}", scripts.trim_end())
            .replace("{routes}", &requests.collect::<String>())
    }
}

/// `METHOD PATH`
fn split(request: &'static str) -> (&'static str, &'static str) {
    request.split_once(' ').expect("a request of ours is a method and a path")
}

fn page(html: Bytes) -> Response {
    let headers = [
        (CONTENT_TYPE, "text/html; charset=utf-8"),
        (CONTENT_SECURITY_POLICY, POLICY),
        (CACHE_CONTROL, "no-store"),
    ];
    (headers, html).into_response()
}

fn file(files: &[PageFile], path: &str) -> Response {
    let name = path.trim_start_matches("/lab/");
    let Some(file) = files.iter().find(|file| file.name == name) else {
        let detail = "the page has no such file; GET / is the page";
        return Problem::new(StatusCode::NOT_FOUND, detail).into_response();
    };
    let content_type = match name.rsplit('.').next() {
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        _ => "image/svg+xml",
    };
    // The next step has another page at the same address, so the browser must not store this one.
    ([(CONTENT_TYPE, content_type), (CACHE_CONTROL, "no-store")], file.text).into_response()
}
