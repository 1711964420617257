//! A sampling profiler for all workers at once, as a small library. It also says where requests wait.
//!
//! # What it promises
//!
//! * **Truth.** A sample is where the thread was, to the instruction, so lines and inlined functions
//!   can be told apart. Samples are weighted with the CPU time that the system counted. Each view says
//!   how many samples it is made of, how many were lost, and which workers are left out.
//!   `tests/known_truth/` checks all views with a program whose profile is known.
//! * **Cost.** Without a session, sampling costs nothing, because there is no timer and the recorder's thread
//!   sleeps. To be observed costs a hit 0.8 % of its instructions.
//!   During one: a signal and some system calls 99 times per second of CPU time, and no lock. Frame
//!   pointers cost all the time, about a percent.
//! * **Bounds.** One profile at a time. All workers share memory for 98,304 samples, and any more are
//!   counted as dropped. If the client leaves, or the worker that it asked dies, the session ends.
//!
//! # How a sample is taken
//!
//! 1. `ITIMER_PROF` counts the CPU time of the process, and sends SIGPROF to a running thread.
//! 2. The handler reads the thread's registers: the instruction and the frame pointer.
//! 3. It follows the frame pointers and writes each return address into memory that all workers share.
//! 4. After the session, one worker reads all samples, and looks up files, functions and lines in the
//!    debug info.
//!
//! # Why not `pprof::ProfilerGuard`
//!
//! `examples/pprof_guard.rs` shows it, and for one process it is the first thing to try. Its version 0.15 does
//! not fit here for three reasons:
//!
//! * Samples are merged by function while they are recorded (`UnresolvedFrames` compares where
//!   functions start), and only the first one's addresses are kept. So it cannot tell two lines of a
//!   function apart, nor two functions that are inlined into it.
//! * Its ways to walk a stack do not suit a server. By default the handler calls the C unwinder, which
//!   may wait for a lock that the interrupted thread holds. With the feature `frame-pointer`, it
//!   records return addresses only and never the interrupted instruction.
//! * It profiles the process that it is in, and this server is several.
//!
//! | folder | idea |
//! |---|---|
//! | [`sampling`] | taking a profile |
//! | [`views`] | showing it: functions, lines, flamegraphs, a file for other tools |
//! | [`observe`] | a layer that observes each request |
//! | [`waits`] | where requests wait: their wall time, by what they did |

pub mod observe;
pub mod sampling;
pub mod views;
pub mod waits;
