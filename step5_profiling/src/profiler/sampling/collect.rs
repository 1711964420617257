//! Takes a profile. One worker makes all workers record, waits, and collects their samples.

use std::{
    collections::HashMap,
    io,
    os::fd::OwnedFd,
    sync::{
        Arc,
        atomic::Ordering::{Acquire, Relaxed},
    },
    time::{Duration, Instant, SystemTime},
};

use step4_workers::{
    scoreboard::{
        Scoreboard,
        slot::{OwnSlot, State},
    },
    support::shared_memory,
};
use tokio::time::sleep;

use super::{
    control::{Busy, ProfileRequest},
    modules::Modules,
    profile::{Profile, SampledWorker, Stack},
    recorder,
    recording::{RawSample, Recording, WorkerStatus},
    symbols::Symbols,
};

/// How often the worker that takes a profile checks whether it must stop.
const CHECK_EVERY: Duration = Duration::from_millis(200);

/// How long to wait for a worker that does not finish.
const STRAGGLERS: Duration = Duration::from_secs(1);

/// The profiler of all workers, as one of them sees it.
pub struct Profiler {
    /// The memory that all workers write to.
    pub recording: &'static Recording,
    memory: OwnedFd,
    /// This worker's slot.
    pub slot: OwnSlot,
}

/// The right to take a profile, which one worker has at a time. Dropping it stops all recording.
pub struct Claim(Arc<Profiler>);

/// A session of recording in all workers, until its samples have become a profile.
pub struct Session {
    claim: Claim,
    number: u32,
    frequency: u32,
    began: SystemTime,
    start: Instant,
    stopped: Instant,
}

impl Profiler {
    /// Creates the profiler in this worker, which records in every session from now on.
    ///
    /// # Errors
    /// If the memory belongs to another version of this program, or the system refuses a resource.
    pub fn new(memory: OwnedFd, slot: OwnSlot) -> io::Result<Self> {
        let recording = Recording::map(&memory)?;
        // A worker that died may have had the same process ID and owned the profiler.
        recording.control.release(std::process::id());
        recording.gauges[slot.index].take_over();
        recorder::start(recording, slot.index)?;
        Ok(Self { recording, memory, slot })
    }

    /// Creates a profiler for a process without a master, such as a bench, a test or your own
    /// program. Also returns the scoreboard slot that it needs.
    ///
    /// # Errors
    /// If the system refuses a resource, or the process already has a profiler.
    pub fn of_this_process() -> io::Result<(Self, OwnSlot)> {
        let (_, board) = Scoreboard::create()?;
        let slot = OwnSlot::new(board, board.take_slot(1, 0).expect("a new board has free slots"));
        slot.pid.store(std::process::id().into(), Relaxed);
        slot.set_state(State::Ready);
        let memory = shared_memory::create("recording", size_of::<Recording>())?;
        Ok((Self::new(memory, slot)?, slot))
    }

    /// The process IDs of all workers.
    pub fn workers(&self) -> Vec<u32> {
        let there = self.slot.board.workers().filter(|slot| slot.state() != State::Starting);
        let pids = there.map(|slot| slot.pid.load(Relaxed) as u32);
        pids.filter(|pid| *pid != 0).collect()
    }

    /// The slot of the worker with this process ID.
    pub fn slot_of(&self, pid: u32) -> Option<usize> {
        let slots = self.slot.board.used_slots();
        slots.iter().position(|slot| slot.pid.load(Relaxed) == u64::from(pid))
    }

    /// Sleeps for `duration`, or until `goes_on` returns false or this worker must stop.
    pub async fn sleep_while(&self, duration: Duration, goes_on: impl Fn() -> bool) {
        let (start, mut left) = (Instant::now(), duration);
        while !left.is_zero() && self.slot.state() != State::Draining && goes_on() {
            sleep(left.min(CHECK_EVERY)).await;
            left = duration.saturating_sub(start.elapsed());
        }
    }

    /// Claims the right to take a profile.
    pub fn claim(self: &Arc<Self>) -> Result<Claim, Busy> {
        let is_alive = |pid| self.workers().contains(&pid);
        self.recording.control.claim(std::process::id(), is_alive)?;
        Ok(Claim(self.clone()))
    }

    /// The profile that is being taken, if there is one.
    pub fn running(&self) -> Option<Busy> {
        self.recording.control.running().filter(|busy| self.workers().contains(&busy.owner))
    }
}

impl Claim {
    /// Makes all workers record for the requested time, or until this worker must stop, because a
    /// short profile is better than none. Dropping the future stops them.
    ///
    /// # Errors
    /// If the memory of the last session can't be returned to the system.
    pub async fn record(self, request: ProfileRequest) -> io::Result<Session> {
        let profiler = self.0.clone();
        let mut session = self.begin(request)?;
        profiler.sleep_while(request.duration, || true).await;
        session.stop();
        while session.waits_for_stragglers() {
            sleep(Duration::from_millis(1)).await;
        }
        Ok(session)
    }

    /// Makes all workers start to record, until [`stop`](Session::stop) or the end of the requested
    /// time.
    ///
    /// # Errors
    /// If the memory of the last session can't be returned to the system.
    pub fn begin(self, request: ProfileRequest) -> io::Result<Session> {
        let recording = self.recording();
        recording.clear(&self.0.memory)?;
        let (began, start) = (SystemTime::now(), Instant::now());
        let number = recording.control.begin(request);
        let frequency = request.frequency;
        Ok(Session { claim: self, number, frequency, began, start, stopped: start })
    }

    /// The memory that all workers write to.
    pub fn recording(&self) -> &'static Recording {
        self.0.recording
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        let Profiler { recording, memory, .. } = &*self.0;
        recording.control.end();
        // If this fails, the memory stays in use until the next session.
        let _ = recording.clear(memory);
        recording.control.release(std::process::id());
    }
}

impl Session {
    /// Makes all workers stop.
    pub fn stop(&mut self) {
        self.claim.recording().control.end();
        self.stopped = Instant::now();
    }

    /// Whether some worker has not finished yet, and there is still time to wait for it.
    pub fn waits_for_stragglers(&self) -> bool {
        let workers = self.claim.0.workers();
        let is_late = |status: &WorkerStatus| {
            status.finished.load(Acquire) != self.number
                && workers.contains(&status.pid.load(Relaxed))
        };
        self.stopped.elapsed() < STRAGGLERS
            && self.claim.recording().statuses_of(self.number).any(is_late)
    }

    /// Looks up the symbols of all samples. This takes up to a second, so never call it on the
    /// event loop.
    pub fn into_profile(self) -> (Claim, Profile) {
        let recording = self.claim.recording();
        let (samples, taken) = recording.samples(self.number);
        let mut by_pid = HashMap::<u32, Vec<RawSample>>::new();
        samples.for_each(|sample| by_pid.entry(sample.pid).or_default().push(sample));

        let mut symbols = Symbols::default();
        let (mut stacks, mut workers, mut kept) = (Vec::new(), Vec::new(), 0);
        for status in recording.statuses_of(self.number) {
            let pid = status.pid.load(Relaxed);
            let modules = Modules::of(pid);
            let mut worker = SampledWorker {
                pid,
                samples: 0,
                cpu: Duration::from_nanos(status.cpu.load(Relaxed)),
                is_left_out: status.finished.load(Acquire) != self.number || modules.is_empty(),
            };
            let samples = by_pid.remove(&pid).unwrap_or_default();
            kept += samples.len() as u64;
            // Without the worker's CPU time, we don't know the weight of its samples. Without its
            // process, we don't know what its addresses mean.
            if !worker.is_left_out {
                worker.samples = samples.len() as u64;
                let mut counts = HashMap::<_, u64>::new();
                for RawSample { thread, mut addresses, stack_top, .. } in samples {
                    symbols.add_missing_callers(&modules, &mut addresses, &stack_top);
                    *counts.entry((thread, addresses)).or_default() += 1;
                }
                let mut names = HashMap::new();
                for ((thread, addresses), samples) in counts {
                    let name = names.entry(thread).or_insert_with(|| thread_name(pid, thread));
                    let locations = symbols.locations(&modules, &addresses);
                    let (worker, thread) = (workers.len(), name.clone());
                    stacks.push(Stack { worker, thread, locations, samples });
                }
            }
            workers.push(worker);
        }
        // If a worker died and its slot went to a new one, its status is lost.
        for (pid, samples) in by_pid {
            kept += samples.len() as u64;
            workers.push(SampledWorker { pid, samples: 0, cpu: Duration::ZERO, is_left_out: true });
        }
        let profile = Profile {
            began: self.began,
            elapsed: self.stopped - self.start,
            frequency: self.frequency,
            dropped: taken.saturating_sub(kept),
            workers,
            stacks,
            locations: symbols.into_locations(),
        };
        (self.claim, profile)
    }
}

/// The name of a thread. The first one is the event loop.
fn thread_name(pid: u32, thread: u32) -> Arc<str> {
    if pid == thread {
        return "event loop".into();
    }
    let path = format!("/proc/{pid}/task/{thread}/comm");
    std::fs::read_to_string(path)
        .map_or("a thread that has ended".into(), |name| name.trim().into())
}
