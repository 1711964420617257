//! A sampling profiler for all workers at once, as a small library. It also shows where requests
//! wait.
//!
//! # Promises
//!
//! * **Truth.** A sample records the exact instruction of a thread, so lines and inlined functions
//!   can be told apart. Samples are weighted with the CPU time that the system counted. Each view
//!   says how many samples it has, how many were lost, and which workers are left out.
//!   `tests/known_truth/` checks all views with a program whose profile is known.
//! * **Cost.** Without a session, sampling costs nothing, because there is no timer and the
//!   recorder's thread sleeps. Observing requests costs a hit 0.8% of its instructions. A session
//!   costs a signal and some system calls 99 times per second of CPU time, but takes no lock. Frame
//!   pointers cost about one percent, all the time.
//! * **Bounds.** Only one profile is taken at a time. All workers share memory for 98,304 samples,
//!   and further samples are counted as dropped. If the client leaves or its worker dies, the
//!   session ends.
//!
//! # How a sample is taken
//!
//! 1. `ITIMER_PROF` counts the CPU time of the process, and sends SIGPROF to a running thread.
//! 2. The handler reads the thread's registers, including the instruction and frame pointers.
//! 3. It follows the frame pointers and writes each return address into memory that all workers
//!    share.
//! 4. After the session, one worker reads all samples, and looks up files, functions and lines in
//!    the debug info.
//!
//! # Why not `pprof::ProfilerGuard`
//!
//! `examples/pprof_guard.rs` shows it. For a single process, try it first. Version 0.15 does not
//! fit here for three reasons:
//!
//! * It merges samples by function while they are recorded (`UnresolvedFrames` compares the start
//!   addresses of functions), and keeps only the addresses of the first one. So it can't
//!   distinguish two lines of a function, or two functions that are inlined into it.
//! * Its ways to walk a stack do not suit a server. By default the handler calls the C unwinder,
//!   which may wait for a lock that the interrupted thread holds. With the feature `frame-pointer`,
//!   it records return addresses only and never the interrupted instruction.
//! * It profiles only its own process, and this server has several.
//!
//! | folder | idea |
//! |---|---|
//! | [`sampling`] | taking a profile |
//! | [`views`] | showing it as functions, lines, flamegraphs, or a file for other tools |
//! | [`observe`] | a layer that observes each request |
//! | [`waits`] | where requests wait, as wall time by activity |

pub mod observe;
pub mod sampling;
pub mod views;
pub mod waits;
