//! The sampler is a timer that interrupts the process, and a signal handler that takes a sample.
//!
//! The system counts the CPU time of the process, and sends SIGPROF each time the process has used
//! another 1/99 s (setitimer(2), `ITIMER_PROF`). The signal interrupts any running thread, and the
//! handler records the position of that thread and its callers. A function that uses much time is
//! interrupted often. A process that waits uses no CPU time and is never interrupted.
//!
//! The interrupted thread may hold any lock, including the allocator's. A handler that allocates,
//! locks or calls an unwinder will one day wait for itself. This one only reads registers and
//! stores numbers in memory that is already there.

use std::{
    io, mem,
    ops::Range,
    ptr::null_mut,
    sync::{
        OnceLock,
        atomic::{AtomicU32, Ordering::Relaxed},
    },
};

use libc::{c_int, c_void, siginfo_t, ucontext_t};

use super::{
    modules::Modules,
    recording::Recording,
    stack::{Registers, can_read_stack, copy_stack_top, walk},
};

/// The data of the handler, which it can reach only through a static.
struct Target {
    recording: &'static Recording,
    pid: u32,
    /// The addresses of this process's code.
    code: Vec<Range<u64>>,
}

static TARGET: OnceLock<Target> = OnceLock::new();

/// The session of new samples, or 0 outside of a session.
static SESSION: AtomicU32 = AtomicU32::new(0);

/// The sampler of this process. A process has one `ITIMER_PROF`, so it has one sampler.
pub struct Sampler(());

impl Sampler {
    /// Installs the signal handler. The timer stays off until [`start`](Self::start).
    ///
    /// # Errors
    /// If the process already has a sampler, or the system refuses a resource.
    pub fn install(recording: &'static Recording) -> io::Result<Self> {
        can_read_stack()?;
        let pid = std::process::id();
        let code = Modules::of(pid).ranges();
        TARGET
            .set(Target { recording, pid, code })
            .map_err(|_| io::Error::other("this process has a sampler already"))?;
        set_handler()?;
        Ok(Self(()))
    }

    /// Starts to take samples for this session, `frequency` per second of CPU time.
    ///
    /// # Errors
    /// If the system refuses the timer.
    pub fn start(&mut self, session: u32, frequency: u32) -> io::Result<()> {
        SESSION.store(session, Relaxed);
        set_timer(1_000_000 / i64::from(frequency.max(1)))
    }

    /// Stops the timer. The handler stays, because a signal may be on its way, and without a
    /// handler SIGPROF would kill the process.
    pub fn stop(&mut self) {
        // setitimer(2) fails only for invalid arguments, and these are valid.
        let _ = set_timer(0);
        SESSION.store(0, Relaxed);
    }
}

#[allow(unsafe_code, reason = "std has no signals, and the crates that do hide the registers")]
fn set_handler() -> io::Result<()> {
    // SAFETY: a `sigaction` of zeros has no flags and an empty mask.
    let mut action: libc::sigaction = unsafe { mem::zeroed() };
    let handler: extern "C" fn(c_int, *mut siginfo_t, *mut c_void) = on_signal;
    action.sa_sigaction = handler as usize;
    // Interrupted system calls are restarted.
    action.sa_flags = libc::SA_SIGINFO | libc::SA_RESTART;
    // SAFETY: the handler has the signature that SA_SIGINFO requires. It uses only atomics and bare
    // system calls, which take no lock of this process, and leaves errno unchanged.
    match unsafe { libc::sigaction(libc::SIGPROF, &action, null_mut()) } {
        0 => Ok(()),
        _ => Err(io::Error::last_os_error()),
    }
}

#[allow(unsafe_code, reason = "std has no interval timers")]
fn set_timer(microseconds: i64) -> io::Result<()> {
    let time =
        libc::timeval { tv_sec: microseconds / 1_000_000, tv_usec: microseconds % 1_000_000 };
    let timer = libc::itimerval { it_interval: time, it_value: time };
    // SAFETY: the call only reads `timer`, which outlives it. Null means that we don't want the old
    // value.
    match unsafe { libc::setitimer(libc::ITIMER_PROF, &timer, null_mut()) } {
        0 => Ok(()),
        _ => Err(io::Error::last_os_error()),
    }
}

#[allow(unsafe_code, reason = "the system hands a handler the interrupted registers by a pointer")]
extern "C" fn on_signal(_: c_int, info: *mut siginfo_t, context: *mut c_void) {
    let (session, Some(target)) = (SESSION.load(Relaxed), TARGET.get()) else { return };
    // SAFETY: with SA_SIGINFO, the second argument points to the signal's `siginfo_t` (sigaction(2)).
    let is_of_timer = unsafe { (*info).si_code } == libc::SI_KERNEL;
    // Any process of this user can send SIGPROF. Only the timer's signals measure CPU time.
    if session == 0 || !is_of_timer {
        return;
    }
    // SAFETY: with SA_SIGINFO, the third argument points to the interrupted thread's `ucontext_t`
    // (sigaction(2)), which does not change while the handler runs.
    let registers = Registers::of(unsafe { &*context.cast::<ucontext_t>() });
    let is_code = |address| target.code.iter().any(|range| range.contains(&address));
    target.recording.record(session, target.pid, |frames, stack_top| {
        copy_stack_top(registers.sp, stack_top);
        walk(registers, is_code, frames)
    });
}
