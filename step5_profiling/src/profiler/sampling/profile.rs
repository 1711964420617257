//! A profile shows where the CPU time went. All views are made from it.

use std::{
    fmt::Write,
    sync::Arc,
    time::{Duration, SystemTime},
};

/// The samples of all workers in one session.
#[derive(Clone, Debug)]
pub struct Profile {
    /// When it began.
    pub began: SystemTime,
    /// How long it took.
    pub elapsed: Duration,
    /// The requested number of samples per second of CPU time.
    pub frequency: u32,
    /// Samples that were lost because there was no room for them.
    pub dropped: u64,
    /// The workers that recorded.
    pub workers: Vec<SampledWorker>,
    /// The stacks of all samples.
    pub stacks: Vec<Stack>,
    /// The locations that the stacks refer to by index.
    pub locations: Vec<Location>,
}

/// A worker that recorded.
#[derive(Clone, Debug)]
pub struct SampledWorker {
    /// Its process ID.
    pub pid: u32,
    /// How many samples it has.
    pub samples: u64,
    /// The CPU time that it used, as the system counts it.
    pub cpu: Duration,
    /// Whether its samples are left out because it ended early, did not finish in time, or the
    /// system does not show which files its code comes from.
    pub is_left_out: bool,
}

/// A chain of calls in which a thread was seen at least once.
#[derive(Clone, Debug)]
pub struct Stack {
    /// The worker, as an index into the profile's workers.
    pub worker: usize,
    /// The thread's name.
    pub thread: Arc<str>,
    /// The chain, as indices into the profile's locations, with the innermost first.
    pub locations: Vec<usize>,
    /// How many samples have this stack.
    pub samples: u64,
}

/// An instruction, which pprof calls a location.
#[derive(Clone, Debug)]
pub struct Location {
    /// The name of the program or library.
    pub module: Arc<str>,
    /// Whether it is the program itself.
    pub is_program: bool,
    /// The address in that file.
    pub address: u64,
    /// The functions at this instruction, with the innermost first. There is at least one. The last
    /// one was called, and the others are inlined.
    pub functions: Vec<Function>,
}

/// A function, at one of its lines.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Function {
    /// The name and its path, as far as the program has it.
    pub name: Arc<str>,
    /// The path of the source file.
    pub file: Option<Arc<str>>,
    /// The line, starting at 1, or 0 if it is unknown.
    pub line: u32,
    /// Whether it is in a file of this workspace.
    pub is_own: bool,
    /// Whether it is inlined at this instruction. Elsewhere, it may be called.
    pub is_inlined: bool,
}

impl Profile {
    /// How many samples there are.
    pub fn samples(&self) -> u64 {
        self.workers.iter().map(|worker| worker.samples).sum()
    }

    /// The CPU time that the samples represent, which is the time of the workers with samples.
    pub fn cpu(&self) -> Duration {
        self.workers.iter().filter(|worker| worker.samples > 0).map(|worker| worker.cpu).sum()
    }

    /// The actual number of samples per second of CPU time. It differs from the requested number,
    /// because the system rounds the timer to its tick.
    pub fn rate(&self) -> f64 {
        self.samples() as f64 / self.cpu().as_secs_f64().max(f64::MIN_POSITIVE)
    }

    /// The CPU time in seconds that a stack represents. Each sample of a worker stands for the same
    /// share of the worker's CPU time, so the stacks add up to the system's figure.
    pub fn seconds(&self, stack: &Stack) -> f64 {
        let worker = &self.workers[stack.worker];
        worker.cpu.as_secs_f64() * stack.samples as f64 / worker.samples.max(1) as f64
    }

    /// A stack's functions, with the innermost first.
    pub fn functions<'a>(
        &'a self,
        stack: &'a Stack,
    ) -> impl DoubleEndedIterator<Item = &'a Function> {
        stack.locations.iter().flat_map(|location| &self.locations[*location].functions)
    }

    /// A stack's functions without the inlined ones of other crates, with the innermost first.
    ///
    /// So the time of an iterator's `next` counts for the loop around it, which is the code that
    /// you can change. A function that was really called stays, even one of another crate.
    pub fn folded_functions<'a>(
        &'a self,
        stack: &'a Stack,
    ) -> impl DoubleEndedIterator<Item = &'a Function> {
        self.functions(stack).filter(|function| function.is_own || !function.is_inlined)
    }

    /// The numbers that tell a reader how far to trust the profile: samples, CPU time, workers and
    /// lost samples.
    pub fn summary(&self) -> String {
        let samples = self.samples();
        let count = self.workers.iter().filter(|worker| !worker.is_left_out).count();
        let workers = if count == 1 { "worker" } else { "workers" };
        let mut text = format!(
            "{samples} samples of {:.2} s of CPU time, in {:.1} s, from {count} {workers}",
            self.cpu().as_secs_f64(),
            self.elapsed.as_secs_f64(),
        );
        let _ = write!(
            text,
            "; asked for {} samples in a second of CPU time, got {:.1}; dropped {}",
            self.frequency,
            if samples == 0 { 0.0 } else { self.rate() },
            self.dropped,
        );
        text += &self.left_out();
        text
    }

    fn left_out(&self) -> String {
        let left_out = self.workers.iter().filter(|worker| worker.is_left_out);
        let words = left_out.map(|SampledWorker { pid, .. }| {
            format!(
                "; worker {pid} is left out: it ended, or did not finish in time, or /proc/{pid}/maps \
                 cannot be read"
            )
        });
        words.collect()
    }

    /// If there are no samples, explains why and gives advice.
    pub fn no_samples(&self) -> Option<String> {
        let cpu: Duration = self.workers.iter().map(|worker| worker.cpu).sum();
        // This much CPU time should have given at least two samples.
        let is_busy = cpu.as_secs_f64() * f64::from(self.frequency) > 2.0;
        let advice = match (is_busy, self.workers.is_empty()) {
            (true, _) => "there was work, so ask for a higher frequency or more seconds",
            (false, true) => "no worker recorded: is it stopped?",
            (false, false) => {
                "a sampler sees only CPU time, so give the server work, such as hey or ab on /slow"
            }
        };
        (self.samples() == 0).then(|| {
            format!(
                "no samples: the workers used {:.3} s of CPU time in {:.1} s{}; {advice}",
                cpu.as_secs_f64(),
                self.elapsed.as_secs_f64(),
                self.left_out(),
            )
        })
    }
}
