//! Checks `share`, `slowdown` and `is_prime_repeated`, and puts the profiler's claim to the test.

use step1_plain::primes;

use super::*;

/// Whether two figures are the same except for rounding.
fn near(one: f64, other: f64) -> bool {
    (one - other).abs() < 1e-6
}

/// A stack with this many samples, with each call as `function:line`, the outermost first.
fn stack(calls: &str, samples: u64) -> Stack {
    let call = |text: &str| {
        let (function, line) = text.split_once(':').expect("a line follows each function");
        Call { function: function.to_owned(), line: line.parse().expect("a line is a number") }
    };
    Stack { calls: calls.split(' ').map(call).collect(), samples }
}

/// 170 samples, of which 100 are in `is_prime`, and 90 of those at its line 58.
fn profile() -> Vec<Stack> {
    vec![
        stack("main:10 count_primes:38 is_prime:58 is_multiple_of:7", 60),
        stack("main:10 count_primes:38 is_prime:58", 30),
        stack("main:10 count_primes:38 is_prime:57", 10),
        stack("main:10 count_primes:58", 20),
        stack("main:12 accept:7", 50),
    ]
}

#[test]
fn the_share_of_a_line_includes_what_it_calls() {
    let got = share(&profile(), "is_prime", 58);
    let why = match got {
        got if near(got, 0.3) || near(got, 0.75) => {
            "you counted only stacks that end at the line, but the line also calls functions"
        }
        got if near(got, 90.0 / 170.0) => {
            "that is the share of all samples, but the claim is about the time of one function"
        }
        got if near(got, 1.0) => {
            "you counted all lines of the function, but the trial repeats only one of them"
        }
        got if near(got, 1.1) => {
            "another function also has a line 58, so the function and the line must be of the same call"
        }
        _ => "divide the samples that are at the line by those that are in the function",
    };
    assert!(
        near(got, 0.9),
        "of 100 samples in `is_prime`, 90 are at line 58, so its share is 0.9, not {got:.3}: {why}"
    );
}

#[test]
fn the_other_lines_have_the_rest() {
    let got = share(&profile(), "is_prime", 57);
    assert!(
        near(got, 0.1),
        "of 100 samples in `is_prime`, 10 are at line 57, so its share is 0.1, not {got:.3}"
    );
    let got = share(&profile(), "is_prime", 7);
    assert!(
        near(got, 0.0),
        "line 7 belongs to another function, so its share of `is_prime` is 0, not {got:.3}"
    );
}

#[test]
fn a_function_that_calls_itself_counts_once_a_sample() {
    let stacks = [("walk:3 walk:3 read:9", 6), ("walk:3 walk:4", 3), ("walk:4 walk:3", 3)];
    let got = share(&stacks.map(|(calls, samples)| stack(calls, samples)), "walk", 3);
    let why = match got {
        got if near(got, 0.75) => "a stack counts, whichever of its calls is at the line",
        _ => "count each stack once",
    };
    assert!(
        near(got, 1.0),
        "all 12 samples are at line 3 of `walk`, so its share is 1, not {got:.3}: {why}"
    );
}

#[test]
fn a_function_without_samples_has_no_share() {
    assert_eq!(
        share(&profile(), "sieve", 58),
        0.0,
        "no sample is in `sieve`: return 0 there rather than divide by 0"
    );
}

#[test]
fn a_slower_part_makes_the_whole_slower_by_its_share() {
    for (part, times, expected) in [(0.5, 3, 2.0), (0.9, 3, 2.8), (0.25, 5, 2.0)] {
        let (got, k) = (slowdown(part, times), f64::from(times));
        let why = match got {
            got if near(got, 1.0 + part * k) => {
                "you added the part k times to a whole that already contains it once"
            }
            got if near(got, k) => {
                "you made the whole k times as long, but the rest takes as long as before"
            }
            got if near(got, 1.0 / (1.0 - part + part / k)) => {
                "that is for a part that becomes k times faster, but this one becomes k times slower"
            }
            got if near(got, 1.0 / expected) => {
                "that is the time before divided by the time after, which is the wrong way round"
            }
            _ => "add up the time of the rest and of the part afterwards",
        };
        assert!(
            near(got, expected),
            "a function that does {part} of its work {times} times takes {expected} times as long, not \
             {got:.3}: {why}"
        );
    }
}

#[test]
fn when_the_part_is_all_or_nothing_the_prediction_is_simple() {
    for (part, times, expected, why) in [
        (1.0, 3, 3.0, "all of the time is spent 3 times"),
        (0.0, 3, 1.0, "nothing takes longer"),
        (0.7, 1, 1.0, "the work was also done once before"),
    ] {
        let got = slowdown(part, times);
        assert!(
            near(got, expected),
            "with a part of {part}, {times} times, the function takes {expected} times as long, not \
             {got:.3}: {why}"
        );
    }
}

#[test]
fn however_often_it_is_tested_a_prime_is_a_prime() {
    for n in (0..2_000).chain([65_536, 65_537, 999_983, 4_294_967_291, u32::MAX]) {
        for times in 1..=4 {
            assert_eq!(
                is_prime_repeated(n, times),
                primes::is_prime(n),
                "is_prime_repeated({n}, {times}) is wrong: return what one test says, whatever `times` is"
            );
        }
    }
    assert_eq!(
        survey(1..11, black_box(3)),
        (4, 67),
        "1 to 10 have 4 primes and take 67 steps in Collatz's sequence: leave `survey` as it was"
    );
}

/// The trial itself, which needs the profiler.
#[cfg(profiler)]
mod measured {
    use std::{
        fmt,
        panic::resume_unwind,
        sync::Arc,
        thread,
        time::{Duration, Instant},
    };

    use rustix::time::{ClockId, clock_gettime};
    use step5_profiling::profiler::sampling::{
        collect::Profiler, control::ProfileRequest, profile::Profile,
    };

    use super::*;

    /// How many times the hot line does its work.
    const TIMES: u32 = 3;

    /// The first number to survey.
    const FIRST: u32 = 100_000_000;

    /// How many numbers are surveyed at a time, which takes about 12 ms of CPU time.
    const COUNT: u32 = 12_000;

    /// The CPU time that a profile covers, and the most wall time that it may take.
    const PROFILE: [Duration; 2] = [Duration::from_millis(1250), Duration::from_secs(4)];

    /// How many times both are measured, unless that takes longer than this.
    const ROUNDS: (usize, Duration) = (9, Duration::from_secs(1));

    /// How far the measurement may be from the prediction. If the rounds differ by more, the machine is busy.
    const TOLERANCE: f64 = 0.1;

    /// After this time no new trial begins. A trial takes 2 s on a machine that does nothing else.
    const LAST_START: Duration = Duration::from_secs(3);

    /// The claim of a profile, and its result.
    struct Trial {
        samples: u64,
        line: u32,
        part: f64,
        predicted: f64,
        measured: f64,
        /// The distance between the quartiles of the rounds with the work done once, relative to
        /// their median.
        spread: f64,
    }

    #[test]
    fn the_function_is_as_much_slower_as_the_profile_predicts() {
        // Other tests run at the same time and also use CPU time, so we identify this thread by its
        // name.
        let trial = thread::Builder::new().name("the trial".to_owned()).spawn(until_the_verdict);
        trial.expect("a thread can be started").join().unwrap_or_else(|panic| resume_unwind(panic));
    }

    fn until_the_verdict() {
        let (profiler, _) = Profiler::of_this_process().expect("the process has no profiler yet");
        let (profiler, start, mut stacks) = (Arc::new(profiler), Instant::now(), Vec::new());
        loop {
            // More samples make the share more exact, so we also keep those of a trial that failed.
            stacks.extend(stacks_of(&profile(&profiler)));
            let trial = Trial::run(&stacks);
            println!("{trial}");
            if trial.off().abs() <= TOLERANCE {
                return;
            }
            // A busy machine disturbs the rounds, and leaves time for only a few samples.
            assert!(start.elapsed() < LAST_START, "{trial}: {}", trial.advice());
        }
    }

    impl Trial {
        fn run(stacks: &[Stack]) -> Self {
            let line = stacks.iter().find_map(line_on_trial).unwrap_or(0);
            let samples = stacks.iter().map(|stack| stack.samples).sum();
            let part = share(stacks, "survey", line);
            let (measured, spread) = measure();
            Self { samples, line, part, predicted: slowdown(part, TIMES), measured, spread }
        }

        /// How far the measurement is above the prediction, relative to the prediction.
        fn off(&self) -> f64 {
            self.measured / self.predicted - 1.0
        }

        /// Advice if that is too much.
        fn advice(&self) -> &str {
            match self.off() {
                _ if self.measured < 1.1 => {
                    "the compiler leaves out all tests but one, because it knows that they have the same \
                     result"
                }
                _ if self.spread > TOLERANCE || self.samples < 100 => {
                    "the machine is too busy for a verdict, so end other programs and try again"
                }
                ..0.0 => {
                    "the line does less than you predicted. First pass the other checks, then count the calls \
                     of `is_prime`"
                }
                _ => {
                    "the line does more than you predicted. First pass the other checks, then look at what \
                     the loop does besides `is_prime`"
                }
            }
        }
    }

    impl fmt::Display for Trial {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            let Self { samples, line, part, predicted, measured, spread } = self;
            write!(
                f,
                "p = {part:.3} (line {line} of `survey`, {samples} samples), so with k = {TIMES} predicted \
                 {predicted:.2} times as long, and measured {measured:.2} ({:+.1} %; the rounds differ by \
                 {:.1} %)",
                100.0 * self.off(),
                100.0 * spread
            )
        }
    }

    /// The line of `survey` that tests for a prime.
    fn line_on_trial(stack: &Stack) -> Option<u32> {
        let is_there = stack.calls.iter().any(|call| call.function == "is_prime");
        let caller = stack.calls.iter().find(|call| is_there && call.function == "survey");
        caller.map(|call| call.line)
    }

    /// Surveys the numbers from `first` on.
    fn work(first: u32, times: u32) {
        // Hidden from the compiler, so that it makes no second `survey` for this number.
        black_box(survey(first..first + COUNT, black_box(times)));
    }

    /// A profile of the work done once.
    fn profile(profiler: &Arc<Profiler>) -> Profile {
        let [cpu, longest] = PROFILE;
        let request = ProfileRequest { frequency: 249, worker: None, duration: longest };
        let claim = profiler.claim().expect("nothing else profiles this process");
        let mut session = claim.begin(request).expect("the memory can be given back");
        let (start, cpu_start) = (Instant::now(), cpu_time());
        // Samples come every 4 ms. If the numbers were the same every 12 ms, the samples would be
        // the same, too.
        let mut first = FIRST;
        while start.elapsed() < longest && cpu_time() - cpu_start < cpu {
            work(first, 1);
            first += COUNT;
        }
        session.stop();
        while session.waits_for_stragglers() {
            thread::sleep(Duration::from_millis(1));
        }
        session.into_profile().1
    }

    /// The stacks of this thread, with short names.
    fn stacks_of(profile: &Profile) -> Vec<Stack> {
        let of_trial = profile.stacks.iter().filter(|stack| &*stack.thread == "the trial");
        let of_trial = of_trial.map(|stack| {
            let calls = profile.functions(stack).rev().map(|function| {
                let name = function.name.rsplit("::").next().unwrap_or_default();
                Call { function: name.to_owned(), line: function.line }
            });
            Stack { calls: calls.collect(), samples: stack.samples }
        });
        of_trial.collect()
    }

    /// How many times as long the function takes, and the spread of the rounds.
    fn measure() -> (f64, f64) {
        let ((rounds, longest), start) = (ROUNDS, Instant::now());
        let (mut once, mut often) = (Vec::new(), Vec::new());
        // Alternates between both, so that a change of the clock rate affects them alike.
        while once.len() < rounds && (once.len() < 3 || start.elapsed() < longest) {
            once.push(time_of(1));
            often.push(time_of(TIMES));
        }
        once.sort_by(f64::total_cmp);
        often.sort_by(f64::total_cmp);
        let quartile = |times: &[f64], quarters: usize| times[(times.len() - 1) * quarters / 4];
        let median = quartile(&once, 2);
        (quartile(&often, 2) / median, (quartile(&once, 3) - quartile(&once, 1)) / median)
    }

    /// The seconds of CPU time that a round takes.
    fn time_of(times: u32) -> f64 {
        let start = cpu_time();
        work(FIRST, times);
        (cpu_time() - start).as_secs_f64()
    }

    /// The CPU time of this thread. It does not advance while another thread has the core.
    fn cpu_time() -> Duration {
        let time = clock_gettime(ClockId::ThreadCPUTime);
        Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
    }
}
