//! A route of your own works as axum's documentation says, whatever its handler returns.

#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use std::{num::NonZeroUsize, time::Duration};

use axum::{http::StatusCode, routing::get};
use step1_plain::{
    process_time::process_time,
    support::{
        http::serve::{KEEP_ALIVE, Options, Tcp, serve},
        testing::{Client, Response},
    },
};
use tokio::net::TcpListener;

async fn text() -> &'static str {
    "hello\n"
}

async fn empty_404() -> StatusCode {
    StatusCode::NOT_FOUND
}

async fn ok() -> Result<&'static str, StatusCode> {
    Ok("fine\n")
}

async fn error() -> Result<&'static str, (StatusCode, &'static str)> {
    Err((StatusCode::IM_A_TEAPOT, "no coffee\n"))
}

async fn panics() -> &'static str {
    panic!("on purpose, for this test")
}

#[tokio::test]
async fn it_gets_its_response_at_once_and_the_response_has_its_time() {
    let app = step3_ttl_cache::app(NonZeroUsize::MIN, Duration::from_secs(10))
        .route("/hello", get(text))
        .route("/empty", get(empty_404))
        .route("/ok", get(ok))
        .route("/error", get(error))
        .route("/panics", get(panics));
    let app = process_time(app);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let options = Options { keep_alive: KEEP_ALIVE, log: None };
    let never = std::future::pending();
    tokio::spawn(async move { serve(Tcp::from(listener), |_| app.clone(), options, never).await });

    let responses: Vec<Response> = tokio::task::spawn_blocking(move || {
        let mut client = Client::connect(address);
        let paths = ["/hello", "/empty", "/ok", "/error", "/panics", "/cached?n=10"];
        paths.map(|path| client.get(path)).into()
    })
    .await
    .unwrap();
    let came: Vec<_> =
        responses.iter().map(|response| (response.status, response.text())).collect();
    assert_eq!(came[..4], [(200, "hello\n"), (404, ""), (200, "fine\n"), (418, "no coffee\n")]);
    responses[4].expect_problem(500);
    assert_eq!(came[5].0, 200);
    for response in &responses {
        let seconds: f64 = response.header("x-process-time").unwrap().parse().unwrap();
        assert!(seconds < 1.0, "{response:?}");
    }
}
