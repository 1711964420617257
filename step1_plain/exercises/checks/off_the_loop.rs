//! Checks `handle` on a single-threaded event loop.

use std::{any::Any, hint::black_box, sync::mpsc, thread, time::Duration};

use tokio::{sync::oneshot, task};

use super::*;

/// How long a computation waits for a blocked event loop. It does not wait for one that keeps
/// running, so no machine is too slow for this check.
const PATIENCE: Duration = Duration::from_secs(5);

#[tokio::test]
async fn the_result_is_that_of_the_computation() {
    let result = handle(|| 78_498).await;
    assert_eq!(result, 78_498, "`compute` returned 78498, but `handle` returned {result}");
}

#[tokio::test]
async fn it_computes_on_another_thread() {
    let event_loop = thread::current().id();
    let (send, used) = mpsc::channel();
    let compute = move || {
        let _ = send.send((thread::current().id(), task::try_id()));
        1
    };
    handle(compute).await;
    let (used, task) = used.recv().expect("`handle` did not call `compute`, so call it once");
    // The test itself is not a spawned task, so it has no ID.
    let why = if task.is_none() {
        "the handler called it directly. An `async fn` starts no thread, so its code also runs on the \
         event loop"
    } else {
        "it was spawned as a task. All tasks share the event loop's thread, so hand it to a thread \
         that is made for blocking work (see the module `tokio::task`)"
    };
    assert_ne!(used, event_loop, "`compute` blocked the event loop, because {why}");
}

#[tokio::test]
async fn another_task_gets_its_turn_while_it_computes() {
    let event_loop = thread::current().id();
    let (start, started) = oneshot::channel();
    let (release, released) = mpsc::channel();
    // Only this task lets the computation end, and only after it has begun.
    tokio::spawn(async move {
        if started.await.is_ok() {
            let _ = release.send(());
        }
    });
    let compute = move || {
        if thread::current().id() == event_loop {
            return 2; // On this thread, it would wait in vain.
        }
        let _ = start.send(());
        u32::from(released.recv_timeout(PATIENCE).is_ok())
    };
    match handle(compute).await {
        0 => panic!(
            "`compute` has a thread of its own, but the event loop stood still: something in the \
             handler blocks until that thread is done, so wait with `.await` instead"
        ),
        2 => panic!(
            "`compute` still runs on the event loop: first pass `it_computes_on_another_thread`"
        ),
        result => assert_eq!(result, 1, "`compute` returned 1, but `handle` returned {result}"),
    }
}

#[tokio::test]
async fn a_panic_keeps_its_message() {
    let panic = panic_of(|| panic!("the divisor is zero")).await;
    let text = text_of(&*panic).unwrap_or_default();
    let why = match &*text {
        _ if panic.is::<Box<dyn Any + Send>>() => {
            "you made the panic of `compute` the message of a new panic. Pass the first one on instead (see \
             the functions of the module `std::panic`)"
        }
        text if text.contains("the divisor is zero") => {
            "it contains that of `compute`, because you panicked with the error around it. That error still \
             holds the original panic (see the methods of `JoinError`)"
        }
        text if text.contains("RecvError") => {
            "the message of `compute` is lost. A channel carries no panic, so catch it on the other thread \
             and send it, too, or let tokio run `compute` on a thread for blocking work"
        }
        _ => {
            "the message of `compute` is lost. If you got a `JoinError`, that still holds the original panic \
             (see its methods)"
        }
    };
    assert_eq!(text, "the divisor is zero", "the handler panicked with another message: {why}");
}

#[tokio::test]
async fn a_panic_keeps_a_message_with_figures_in_it() {
    // Hidden from the compiler, which could otherwise make a literal of it.
    let n = black_box(7);
    let literal = text_of(&*panic_of(|| panic!("the divisor is zero")).await);
    let text = text_of(&*panic_of(move || panic!("{n} is too large")).await).unwrap_or_default();
    let why = match literal.as_deref() {
        Some("the divisor is zero") => {
            "a formatted message is a `String`, and only a literal is a `&str`. Do not read the message, but \
             pass the panic itself on (see the functions of `std::panic`)"
        }
        _ => "first pass `a_panic_keeps_its_message`",
    };
    assert_eq!(text, "7 is too large", "the handler panicked with another message: {why}");
}

/// The panic of `handle` for a computation that panics.
async fn panic_of(compute: impl FnOnce() -> u32 + Send + 'static) -> Box<dyn Any + Send> {
    match tokio::spawn(handle(compute)).await {
        Ok(result) => panic!(
            "`compute` panicked, but the handler returned {result}, which a caller takes for the result: \
             let the handler panic, too"
        ),
        Err(error) => error.into_panic(),
    }
}

/// The message of a panic, if it is a text.
fn text_of(panic: &(dyn Any + Send)) -> Option<String> {
    let text = panic.downcast_ref::<&str>().map(ToString::to_string);
    text.or_else(|| panic.downcast_ref::<String>().cloned())
}
