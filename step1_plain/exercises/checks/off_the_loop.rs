//! Checks `answer` on a single-threaded event loop.

use std::{sync::mpsc, thread, time::Duration};

use tokio::sync::oneshot;

use super::*;

/// How long a computation waits for a blocked event loop. It does not wait for one that keeps
/// running, so no machine is too slow for this check.
const PATIENCE: Duration = Duration::from_secs(10);

#[tokio::test]
async fn the_answer_is_what_was_computed() {
    assert_eq!(answer(|| 78_498).await, 78_498, "return what `compute` returns");
}

#[tokio::test]
async fn it_computes_on_another_thread() {
    let event_loop = thread::current().id();
    let (send, used) = mpsc::channel();
    let compute = move || {
        let _ = send.send(thread::current().id());
        1
    };
    answer(compute).await;
    let used = used.recv().expect("`compute` was not called: call it, and return its answer");
    assert_ne!(
        used, event_loop,
        "`compute` ran on the event loop's own thread, as the tasks of `tokio::spawn` do: hand it to \
         one of the threads that tokio keeps for work that blocks"
    );
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
        let _ = start.send(());
        // On the event loop's own thread, it would wait in vain.
        let patience = if thread::current().id() == event_loop { Duration::ZERO } else { PATIENCE };
        u32::from(released.recv_timeout(patience).is_ok())
    };
    assert_eq!(
        answer(compute).await,
        1,
        "the event loop stood still while it computed: await the other thread's answer, instead of \
         computing here or waiting for it with `join` or `recv`"
    );
}

#[tokio::test]
async fn a_panic_is_not_taken_for_an_answer() {
    let asked = tokio::spawn(answer(|| panic!("the divisor is zero")));
    let Err(error) = asked.await else {
        panic!("the computation panicked and there was an answer: pass the panic on")
    };
    let panic = error.into_panic();
    let text = panic.downcast_ref::<&str>().map(ToString::to_string);
    let text = text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_default();
    assert!(
        text.contains("the divisor is zero"),
        "the handler panicked with {text:?}, which hides why: go on with the computation's own panic, \
         by `std::panic::resume_unwind`"
    );
}
