//! `GET /`: the lab page, on which the chapter's experiments are done in the browser.
//!
//! Its files are part of the program, so that there is nothing to install or to find. Each step adds
//! its own, and the page loads them in the order of the staircase.

use std::{sync::Arc, thread::available_parallelism};

use axum::{
    Router,
    http::{StatusCode, Uri, header},
    response::{IntoResponse, Response},
    routing::get,
};
use bytes::Bytes;

use crate::{
    app::{Route, uncached},
    problem::Problem,
};

/// A file that the page loads from below `/lab/`.
#[derive(Clone, Copy, Debug)]
pub struct PageFile {
    /// Its name, with the ending `js`, `css` or `svg`.
    pub name: &'static str,
    /// What is in it.
    pub text: &'static str,
}

/// This step's files: what all labs use, and the first lab.
pub const FILES: [PageFile; 12] = [
    PageFile { name: "style.css", text: include_str!("page/style.css") },
    PageFile { name: "icon.svg", text: include_str!("page/icon.svg") },
    PageFile { name: "dom.js", text: include_str!("page/dom.js") },
    PageFile { name: "language.js", text: include_str!("page/language.js") },
    PageFile { name: "measure.js", text: include_str!("page/measure.js") },
    PageFile { name: "server.js", text: include_str!("page/server.js") },
    PageFile { name: "notebook.js", text: include_str!("page/notebook.js") },
    PageFile { name: "head.js", text: include_str!("page/head.js") },
    PageFile { name: "live.js", text: include_str!("page/live.js") },
    PageFile { name: "plot.js", text: include_str!("page/plot.js") },
    PageFile { name: "lab.js", text: include_str!("page/lab.js") },
    PageFile { name: "where_time_goes.js", text: include_str!("page/where_time_goes.js") },
];

/// Nothing from elsewhere, and no code but that in our files: whatever a text on the page may say, it
/// is only shown.
const POLICY: &str =
    "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// The routes of the page. `title` is the step's name, a colon, and what it is; `routes` are listed on
/// the page; `files` are those of the steps above this one.
pub(crate) fn router(title: &str, routes: &[Route], files: &[PageFile]) -> Router {
    let files: Arc<[_]> = [&FILES, files].concat().into();
    let html = Bytes::from(html(title, routes, &files));
    Router::new()
        .route("/", get(async move || page(html.clone())))
        .route("/lab/{name}", get(async move |uri: Uri| file(&files, uri.path())))
}

fn html(title: &str, routes: &[Route], files: &[PageFile]) -> String {
    let scripts = files.iter().filter(|file| file.name.ends_with(".js")).map(|file| {
        let name = file.name;
        format!("<script type=\"module\" src=\"/lab/{name}\"></script>\n")
    });
    let routes = routes.iter().map(|Route { method, path, example }| match *method {
        "GET" => format!("<li><a href=\"{example}\">{method} {path}</a></li>\n"),
        _ => format!("<li>{method} {path}</li>\n"),
    });
    let step = title.split(':').next().unwrap_or(title);
    let program = format!(
        "{step} {}, {} build, {} {}, {} cores",
        env!("CARGO_PKG_VERSION"),
        if cfg!(debug_assertions) { "dev" } else { "release" },
        std::env::consts::OS,
        std::env::consts::ARCH,
        available_parallelism().map_or(1, |cores| cores.get()),
    );
    include_str!("page/index.html")
        .replace("{step}", step)
        .replace("{program}", &program)
        .replace("{title}", title)
        .replace("{scripts}", scripts.collect::<String>().trim_end())
        .replace("{routes}", &routes.collect::<String>())
}

fn page(html: Bytes) -> Response {
    let headers = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CONTENT_SECURITY_POLICY, POLICY),
    ];
    uncached((headers, html))
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
    // Not kept by the browser: the next step has another page, at the same address.
    uncached(([(header::CONTENT_TYPE, content_type)], file.text))
}
