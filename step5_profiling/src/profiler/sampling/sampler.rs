//! The sampler: a timer that interrupts the process, and what happens then.
//!
//! The system counts the CPU time of the process, and sends it SIGPROF each time so much of it has
//! passed (setitimer(2), `ITIMER_PROF`). The signal interrupts whichever thread is running, in the
//! middle of whatever it does, and there is the sample: where the thread is, and how it came there.
//! Functions that use much time are interrupted often. A process that waits uses none, and is not
//! interrupted at all.
//!
//! In the middle of whatever it does, a thread may hold any lock, the allocator's too. So a handler
//! that allocates, locks or unwinds the stack with a library will one day wait for itself. This one
//! does nothing of the kind: it reads registers and stores numbers into memory that is there already.

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
    stack::{Registers, can_read_stack, note_end, walk},
};

/// Where the handler writes, and as whom.
struct Target {
    recording: &'static Recording,
    pid: u32,
    /// Where this process has code.
    code: Vec<Range<u64>>,
}

static TARGET: OnceLock<Target> = OnceLock::new();

/// The turn that samples are for; 0 while there is none.
static TURN: AtomicU32 = AtomicU32::new(0);

/// The process's sampler. There is one timer for a process, hence one sampler.
pub struct Sampler(());

impl Sampler {
    /// Makes ready to record.
    ///
    /// # Errors
    /// When there is a sampler already, or the system refuses what it needs.
    pub fn install(recording: &'static Recording) -> io::Result<Self> {
        can_read_stack()?;
        let pid = std::process::id();
        let code = Modules::of(std::process::id()).ranges();
        TARGET
            .set(Target { recording, pid, code })
            .map_err(|_| io::Error::other("this process has a sampler already"))?;
        set_handler()?;
        Ok(Self(()))
    }

    /// Begins to take samples for this turn, so many in a second of CPU time.
    ///
    /// # Errors
    /// What the system says.
    pub fn start(&mut self, turn: u32, frequency: u32) -> io::Result<()> {
        TURN.store(turn, Relaxed);
        set_timer(1_000_000 / i64::from(frequency.max(1)))
    }

    /// Ends it. The handler stays: a signal may be on its way, and without one it would end the
    /// process.
    pub fn stop(&mut self) {
        // The system knows no reason to refuse this.
        let _ = set_timer(0);
        TURN.store(0, Relaxed);
    }
}

#[allow(unsafe_code, reason = "std has no signals, and the crates that do hide the registers")]
fn set_handler() -> io::Result<()> {
    // SAFETY: a `sigaction` of zeros is one without flags and with an empty mask.
    let mut action: libc::sigaction = unsafe { mem::zeroed() };
    let handler: extern "C" fn(c_int, *mut siginfo_t, *mut c_void) = on_signal;
    action.sa_sigaction = handler as usize;
    // Interrupted system calls go on.
    action.sa_flags = libc::SA_SIGINFO | libc::SA_RESTART;
    // SAFETY: the handler has the signature that SA_SIGINFO asks for. It uses atomics and bare system
    // calls only, which take no lock of this process, and leaves errno as it was.
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
    // SAFETY: it reads `timer`, which lives until it returns; null means not to tell the old value.
    match unsafe { libc::setitimer(libc::ITIMER_PROF, &timer, null_mut()) } {
        0 => Ok(()),
        _ => Err(io::Error::last_os_error()),
    }
}

#[allow(unsafe_code, reason = "the system hands a handler the interrupted registers by a pointer")]
extern "C" fn on_signal(_: c_int, info: *mut siginfo_t, context: *mut c_void) {
    let (turn, Some(target)) = (TURN.load(Relaxed), TARGET.get()) else { return };
    // SAFETY: with SA_SIGINFO, the second argument points to the signal's `siginfo_t` (sigaction(2)).
    let is_timers = unsafe { (*info).si_code } == libc::SI_KERNEL;
    // Anybody may send a signal, and it would count as time.
    if turn == 0 || !is_timers {
        return;
    }
    // SAFETY: with SA_SIGINFO, the third argument points to the interrupted thread's `ucontext_t`
    // (sigaction(2)), which nobody changes while the handler runs.
    let registers = Registers::of(unsafe { &*context.cast::<ucontext_t>() });
    let is_code = |address| target.code.iter().any(|range| range.contains(&address));
    target.recording.record(turn, target.pid, |frames, end| {
        note_end(registers.sp, end);
        walk(registers, is_code, frames)
    });
}
