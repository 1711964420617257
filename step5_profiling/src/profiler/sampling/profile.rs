//! A profile: where the CPU time went, whatever it is to be shown as.

use std::{
    fmt::Write,
    sync::Arc,
    time::{Duration, SystemTime},
};

/// What all workers recorded in one period.
#[derive(Clone, Debug)]
pub struct Profile {
    /// When it began.
    pub began: SystemTime,
    /// How long it took.
    pub elapsed: Duration,
    /// How many samples in a second of CPU time were asked for.
    pub asked: u32,
    /// Samples that were taken, and could not be kept.
    pub dropped: u64,
    /// Who recorded.
    pub workers: Vec<Worker>,
    /// What was seen.
    pub stacks: Vec<Stack>,
    /// The places that the stacks name by number.
    pub places: Vec<Place>,
}

/// A worker that took part.
#[derive(Clone, Debug)]
pub struct Worker {
    /// Its process id.
    pub pid: u32,
    /// How many samples it gave.
    pub samples: u64,
    /// How much CPU time it used, by the system's account.
    pub cpu: Duration,
    /// Whether nothing is known of its time: it ended before the period did, or did not finish soon
    /// after, or the system does not show what it is made of.
    pub is_left_out: bool,
}

/// A thread that was seen with the same chain of calls, once or more often.
#[derive(Clone, Debug)]
pub struct Stack {
    /// Whose: an index into the profile's workers.
    pub worker: usize,
    /// The thread's name.
    pub thread: Arc<str>,
    /// Where: indices into the profile's places, the innermost first.
    pub places: Vec<usize>,
    /// How often.
    pub samples: u64,
}

/// An instruction.
#[derive(Clone, Debug)]
pub struct Place {
    /// The program or library that it is in.
    pub module: Arc<str>,
    /// Whether that is the program itself.
    pub is_program: bool,
    /// Its address there.
    pub address: u64,
    /// The function it is in, after those that the compiler has put into that one, the innermost
    /// first. There is at least one.
    pub functions: Vec<Function>,
}

/// A function, at one of its lines.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Function {
    /// The name with its path, as far as the program has it.
    pub name: Arc<str>,
    /// The path of the source file.
    pub file: Option<Arc<str>>,
    /// The line, from 1; 0 if it is not known.
    pub line: u32,
    /// Whether it is one of this workspace's.
    pub is_own: bool,
}

impl Profile {
    /// How many samples there are.
    pub fn samples(&self) -> u64 {
        self.workers.iter().map(|worker| worker.samples).sum()
    }

    /// How much CPU time the samples stand for: that of the workers which gave some.
    pub fn cpu(&self) -> Duration {
        self.workers.iter().filter(|worker| worker.samples > 0).map(|worker| worker.cpu).sum()
    }

    /// How many samples in a second of CPU time there really were; the system rounds to its tick.
    pub fn rate(&self) -> f64 {
        self.samples() as f64 / self.cpu().as_secs_f64().max(f64::MIN_POSITIVE)
    }

    /// How much CPU time a stack stands for, in seconds. A worker's time is spread evenly over its own
    /// samples, so the stacks' times add up to the time that the system accounts to it.
    pub fn seconds(&self, stack: &Stack) -> f64 {
        let worker = &self.workers[stack.worker];
        worker.cpu.as_secs_f64() * stack.samples as f64 / worker.samples.max(1) as f64
    }

    /// A stack's functions, the innermost first.
    pub fn functions<'a>(
        &'a self,
        stack: &'a Stack,
    ) -> impl DoubleEndedIterator<Item = &'a Function> {
        stack.places.iter().flat_map(|place| &self.places[*place].functions)
    }

    /// What one must know to read it, in a few sentences.
    pub fn truth(&self) -> String {
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
            self.asked,
            if samples == 0 { 0.0 } else { self.rate() },
            self.dropped,
        );
        text += &self.left_out();
        text
    }

    fn left_out(&self) -> String {
        let left_out = self.workers.iter().filter(|worker| worker.is_left_out);
        let words = left_out.map(|Worker { pid, .. }| {
            format!(
                "; worker {pid} is left out: it ended, or did not finish in time, or /proc/{pid}/maps \
                 cannot be read"
            )
        });
        words.collect()
    }

    /// What to say instead, if there is nothing to show.
    pub fn nothing(&self) -> Option<String> {
        let cpu: Duration = self.workers.iter().map(|worker| worker.cpu).sum();
        // Of so much time, a sample or two must have come.
        let is_busy = cpu.as_secs_f64() * f64::from(self.asked) > 2.0;
        let advice = match (is_busy, self.workers.is_empty()) {
            (true, _) => "that is work, but too few samples were asked for, or they are left out",
            (false, true) => "no worker took part: is it stopped?",
            (false, false) => {
                "a sampler sees only work; give the server some while it looks, with hey or ab on /slow"
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
