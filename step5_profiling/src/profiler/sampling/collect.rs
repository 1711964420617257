//! Taking a profile: whoever asks gives the order, waits, and gathers what all workers recorded.

use std::{
    collections::HashMap,
    io,
    os::fd::OwnedFd,
    sync::{Arc, atomic::Ordering::Acquire, atomic::Ordering::Relaxed},
    time::{Duration, Instant, SystemTime},
};

use step4_workers::{
    scoreboard::{Scoreboard, own_slot::OwnSlot, slot::State},
    support::shared_memory,
};
use tokio::time::sleep;

use super::{
    modules::Modules,
    order::{Busy, Wish},
    profile::{Profile, Stack, Worker},
    recording::{Interruption, Recording, Track},
    symbols::Symbols,
    take_part::take_part,
};

/// How often whoever takes a profile looks whether it is to leave.
const LOOK: Duration = Duration::from_millis(200);

/// How long to wait for a worker that does not come to an end with its part.
const STRAGGLERS: Duration = Duration::from_secs(1);

/// The profiler of all workers, as one of them sees it.
pub struct Profiler {
    /// What all workers write to.
    pub recording: &'static Recording,
    memory: OwnedFd,
    slot: OwnSlot,
}

/// The right to take a profile; there is only one. Dropped, it ends the recording.
pub struct Claim(Arc<Profiler>);

/// A recording under way.
pub struct Running {
    claim: Claim,
    turn: u32,
    frequency: u32,
    began: SystemTime,
    start: Instant,
    stopped: Instant,
}

/// What has been recorded.
pub struct Taken {
    claim: Claim,
    turn: u32,
    frequency: u32,
    began: SystemTime,
    elapsed: Duration,
}

impl Profiler {
    /// The profiler, in which this worker takes part from now on.
    ///
    /// # Errors
    /// When the memory is another version's, or the system refuses what it needs.
    pub fn new(memory: OwnedFd, slot: OwnSlot) -> io::Result<Self> {
        let recording = Recording::map(&memory)?;
        // It may have been taken by another of this number, which has died.
        recording.order.release(std::process::id());
        take_part(recording, slot.index())?;
        Ok(Self { recording, memory, slot })
    }

    /// The profiler of a process that is nobody's worker, and the slot that it has all the same: a
    /// bench, a test, your own program.
    ///
    /// # Errors
    /// When the system refuses what it needs, or there is one already.
    ///
    /// # Panics
    /// Never: a new scoreboard has free slots.
    pub fn of_this_process() -> io::Result<(Self, OwnSlot)> {
        let (_, board) = Scoreboard::create()?;
        let slot = OwnSlot::new(board, board.take_slot(1, 0).expect("a new board has free slots"));
        slot.pid.store(std::process::id().into(), Relaxed);
        slot.set_state(State::Ready);
        let memory = shared_memory::create("recording", size_of::<Recording>())?;
        Ok((Self::new(memory, slot)?, slot))
    }

    /// The process ids of the workers that are there.
    pub fn workers(&self) -> Vec<u32> {
        let there = self.slot.board.workers().filter(|slot| slot.state() != State::Starting);
        let pids = there.map(|slot| slot.pid.load(Relaxed) as u32);
        pids.filter(|pid| *pid != 0).collect()
    }

    /// Takes the profiler.
    ///
    /// # Errors
    /// What runs already.
    pub fn claim(self: &Arc<Self>) -> Result<Claim, Busy> {
        let is_alive = |pid| self.workers().contains(&pid);
        self.recording.order.claim(std::process::id(), is_alive)?;
        Ok(Claim(self.clone()))
    }

    /// What runs, if anything does.
    pub fn running(&self) -> Option<Busy> {
        self.recording.order.running().filter(|busy| self.workers().contains(&busy.holder))
    }
}

impl Claim {
    /// Has all workers record for a while, or until this one is to leave: a profile of less time is
    /// more than none. Dropped before its end, it stops them.
    ///
    /// # Errors
    /// When the system does not give the memory of the last recording back.
    pub async fn record(self, wish: Wish) -> io::Result<Taken> {
        let slot = self.0.slot;
        let mut running = self.begin(wish)?;
        let mut left = wish.period;
        while !left.is_zero() && slot.state() != State::Draining {
            sleep(left.min(LOOK)).await;
            left = wish.period.saturating_sub(running.start.elapsed());
        }
        running.stop();
        while running.waits_for_stragglers() {
            sleep(Duration::from_millis(1)).await;
        }
        Ok(running.into_taken())
    }

    /// Has all workers begin to record. They stop when they are told to, and at the end of the period.
    ///
    /// # Errors
    /// When the system does not give the memory of the last recording back.
    pub fn begin(self, wish: Wish) -> io::Result<Running> {
        let recording = self.recording();
        recording.forget(&self.0.memory)?;
        let (began, start) = (SystemTime::now(), Instant::now());
        let turn = recording.order.begin(wish);
        Ok(Running { claim: self, turn, frequency: wish.frequency, began, start, stopped: start })
    }

    /// What all workers write to.
    pub fn recording(&self) -> &'static Recording {
        self.0.recording
    }
}

impl Running {
    /// Tells the workers to stop.
    pub fn stop(&mut self) {
        self.claim.recording().order.end();
        self.stopped = Instant::now();
    }

    /// Whether one of them is not done, and there is still time to wait for it.
    pub fn waits_for_stragglers(&self) -> bool {
        let workers = self.claim.0.workers();
        let is_late = |track: &Track| {
            track.done.load(Acquire) != self.turn && workers.contains(&track.pid.load(Relaxed))
        };
        self.stopped.elapsed() < STRAGGLERS
            && self.claim.recording().tracks_of(self.turn).any(is_late)
    }

    /// What they have recorded.
    pub fn into_taken(self) -> Taken {
        let Self { claim, turn, frequency, began, start, stopped } = self;
        Taken { claim, turn, frequency, began, elapsed: stopped - start }
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        let Recording { order, .. } = self.0.recording;
        order.end();
        // An error would keep the memory, not the profiler; the next recording tries again.
        let _ = self.0.recording.forget(&self.0.memory);
        order.release(std::process::id());
    }
}

impl Taken {
    /// Finds out what the addresses mean. This takes up to a second, and is not for the event loop.
    pub fn into_profile(self) -> (Claim, Profile) {
        let recording = self.claim.recording();
        let (samples, taken) = recording.samples(self.turn);
        let mut by_pid = HashMap::<u32, Vec<Interruption>>::new();
        samples.for_each(|sample| by_pid.entry(sample.pid).or_default().push(sample));

        let mut symbols = Symbols::default();
        let (mut stacks, mut workers, mut kept) = (Vec::new(), Vec::new(), 0);
        for track in recording.tracks_of(self.turn) {
            let pid = track.pid.load(Relaxed);
            let modules = Modules::of(pid);
            let mut worker = Worker {
                pid,
                samples: 0,
                cpu: Duration::from_nanos(track.cpu.load(Relaxed)),
                is_left_out: track.done.load(Acquire) != self.turn || modules.is_empty(),
            };
            let samples = by_pid.remove(&pid).unwrap_or_default();
            kept += samples.len() as u64;
            // Without its CPU time, nobody can tell how much a sample weighs; without the process, what
            // its addresses mean.
            if !worker.is_left_out {
                worker.samples = samples.len() as u64;
                let mut counts = HashMap::<_, u64>::new();
                for Interruption { thread, mut addresses, end, .. } in samples {
                    symbols.complete(&modules, &mut addresses, &end);
                    *counts.entry((thread, addresses)).or_default() += 1;
                }
                let mut names = HashMap::new();
                for ((thread, addresses), samples) in counts {
                    let name = names.entry(thread).or_insert_with(|| thread_name(pid, thread));
                    let places = symbols.places(&modules, &addresses);
                    let (worker, thread) = (workers.len(), name.clone());
                    stacks.push(Stack { worker, thread, places, samples });
                }
            }
            workers.push(worker);
        }
        // Who has died, and has a successor in its slot, has no track any more.
        for (pid, samples) in by_pid {
            kept += samples.len() as u64;
            workers.push(Worker { pid, samples: 0, cpu: Duration::ZERO, is_left_out: true });
        }
        let profile = Profile {
            began: self.began,
            elapsed: self.elapsed,
            asked: self.frequency,
            dropped: taken.saturating_sub(kept),
            workers,
            stacks,
            places: symbols.into_places(),
        };
        (self.claim, profile)
    }
}

/// What a thread is there for. The first one is the event loop.
fn thread_name(pid: u32, thread: u32) -> Arc<str> {
    if pid == thread {
        return "event loop".into();
    }
    let path = format!("/proc/{pid}/task/{thread}/comm");
    std::fs::read_to_string(path)
        .map_or("a thread that has ended".into(), |name| name.trim().into())
}
