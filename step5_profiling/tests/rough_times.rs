//! A sample may come at any moment, even while a thread holds the allocator's lock or unwinds its own
//! stack, as a panic does.

#![cfg(profiler)]

use std::{
    panic::{catch_unwind, panic_any, set_hook, take_hook},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering::Relaxed},
    },
    thread,
    time::Duration,
};

use step5_profiling::profiler::sampling::{collect::Profiler, control::ProfileRequest};

/// Not inlined, because its name would depend on how the compiler inlines it into std's thread start.
#[inline(never)]
fn work_of_a_thread(number: usize) {
    match number % 2 {
        0 => drop(vec![String::from("a text"); 100]),
        _ => assert!(catch_unwind(|| panic_any(number)).is_err()),
    }
}

#[test]
fn allocating_and_panicking_threads_go_on_while_they_are_sampled() {
    let (profiler, _) = Profiler::of_this_process().unwrap();
    set_hook(Box::new(|_| {}));

    let (stop, rounds) = (AtomicBool::new(false), [0; 4].map(AtomicU64::new));
    let profile = thread::scope(|scope| {
        for (number, count) in rounds.iter().enumerate() {
            let stop = &stop;
            scope.spawn(move || {
                while !stop.load(Relaxed) {
                    work_of_a_thread(number);
                    count.fetch_add(1, Relaxed);
                }
            });
        }
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        let duration = Duration::from_secs(2);
        let request = ProfileRequest { frequency: 249, worker: None, duration };
        let session = Arc::new(profiler).claim().unwrap().record(request);
        let session = runtime.block_on(session).unwrap();
        stop.store(true, Relaxed);
        session.into_profile().1
    });
    drop(take_hook()); // Its silence was for the threads.
    assert!(rounds.iter().all(|count| count.load(Relaxed) > 100), "{rounds:?}");
    assert!(profile.samples() > 100, "{}", profile.summary());
    // The C library's allocator and the unwinder have no frame pointers, and their callers are known
    // all the same.
    let here = |name: &str| name.contains("work_of_a_thread");
    let known = profile
        .stacks
        .iter()
        .filter(|stack| profile.functions(stack).any(|function| here(&function.name)));
    let known: u64 = known.map(|stack| stack.samples).sum();
    assert!(known * 10 > profile.samples() * 8, "{known} of {}", profile.summary());
}
