//! The plan: the master's next actions, given the state of its workers. The plan itself does nothing,
//! so a test can check each case in one line.
//!
//! The plan ignores the order of past events. Each time, it compares the workers that exist with the
//! workers wanted, and moves closer to the target.

use std::{mem, time::Duration};

use tokio::time::Instant;

use crate::{
    master::backoff::{Failures, Gap},
    scoreboard::{Reason, slot::State},
};

/// The exit code when no worker can start, the same as Gunicorn's.
pub const CANNOT_START: u8 = 3;

/// How long a worker may take to become ready.
const START_WITHIN: Duration = Duration::from_secs(30);

/// How long an aborted worker may take to end.
const ABORT_WITHIN: Duration = Duration::from_secs(1);

/// How long a dead old worker's place may stay empty in a reload, because new workers are starting.
const REFILL_WITHIN: Duration = Duration::from_millis(500);

/// How much longer than `graceful_timeout` a worker may take to stop. A healthy worker keeps to the
/// timeout by itself, but a stuck one can't.
const LATE_BY: Duration = Duration::from_secs(2);

/// How long a quick stop may take. A graceful stop gets this in addition to `graceful_timeout`.
const STOP_WITHIN: Duration = Duration::from_secs(1);

/// The phase that the master is in.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Mode {
    /// The first workers have been started.
    Starting,
    /// Workers serve. The master replaces each one that ends.
    Serving,
    /// New workers start while the old ones serve.
    Reloading {
        /// The target to return to if the reload fails.
        from: Target,
        /// When the reload fails, unless all new workers are ready.
        give_up: Option<Instant>,
    },
    /// All workers have been asked to stop.
    Stopping {
        /// Whether they may leave requests unfinished.
        quick: bool,
        /// When the master kills the workers that are still alive.
        until: Instant,
        /// Whether every worker that has ended finished its requests.
        in_order: bool,
    },
}

/// The workers that should exist.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Target {
    /// Their generation: 1 for the first workers, and a new number for each reload.
    pub generation: u64,
    /// How many workers.
    pub workers: usize,
}

/// The facts about one worker.
#[derive(Clone, Copy, Debug)]
pub struct Facts {
    /// Its process id.
    pub pid: u32,
    /// The generation that it belongs to.
    pub generation: u64,
    /// Its state on the scoreboard, or its last one if it has ended.
    pub state: State,
    /// Whether it has ended, and if so, whether it finished its requests.
    pub ended: Option<bool>,
    /// The failures of its predecessors.
    pub failures: Failures,
    /// Whether it has been useful: it has served requests, or it has been ready for a while.
    pub was_of_use: bool,
    /// When it was started.
    pub started: Instant,
    /// When it was asked to stop.
    pub asked_to_stop: Option<Instant>,
    /// How long its event loop has sent no heartbeat.
    pub silent: Duration,
    /// When the master aborted it.
    pub aborted: Option<Instant>,
    /// `--timeout` when this worker started: how long its event loop may be stuck.
    pub timeout: Option<Duration>,
    /// `--graceful-timeout` when this worker started: how long it may take to stop.
    pub graceful_timeout: Duration,
}

/// One action of the master.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// Start a worker whose predecessors have these failures.
    Start(Failures),
    /// Ask this worker to stop.
    Retire(u32, Why),
    /// Abort this worker because of this problem.
    Abort(u32, String),
    /// Kill this worker.
    Kill(u32),
    /// Free the slot of this ended worker. The duration is the wait until its successor, if any.
    Bury(u32, Option<Duration>),
    /// The first workers are ready.
    Announce,
    /// The new workers are ready.
    Reloaded,
    /// The new workers did not become ready, so the old ones continue.
    TakenBack,
    /// Begin the reload that was waiting.
    ReloadAgain,
    /// Exit with this code.
    Exit(u8),
}

/// Why a worker is asked to stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// Another worker took its place.
    Replaced(Reason),
    /// The server needs fewer workers or stops, or the worker is from a failed reload.
    Surplus,
}

impl Why {
    /// The reason in words.
    pub fn words(self) -> &'static str {
        match self {
            Self::Replaced(Reason::MaxRequests) => "it has served its --max-requests",
            Self::Replaced(_) => "its successor is ready",
            Self::Surplus => "it is no longer needed",
        }
    }
}

/// The master's phase and target.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// The current phase.
    pub mode: Mode,
    /// The workers that should exist.
    pub target: Target,
    /// The places that stay empty for a while.
    pub gaps: Vec<Gap>,
    /// The newest generation so far, even if its reload failed.
    newest: u64,
    /// Whether a reload waits until it can begin.
    is_reload_waiting: bool,
}

impl Plan {
    /// A plan for this many workers, and the actions that start them.
    pub fn new(workers: usize) -> (Self, Vec<Action>) {
        let target = Target { generation: 1, workers };
        let (mode, gaps) = (Mode::Starting, Vec::new());
        let start = vec![Action::Start(Failures::default()); workers];
        (Self { mode, target, gaps, newest: 1, is_reload_waiting: false }, start)
    }

    /// TTIN and TTOU: adds `more` to the number of workers, but keeps it between 1 and `most`.
    pub fn add(&mut self, more: isize, most: usize) {
        let sum = |workers: usize| workers.saturating_add_signed(more).clamp(1, most);
        self.target.workers = sum(self.target.workers);
        if let Mode::Reloading { from, .. } = &mut self.mode {
            from.workers = sum(from.workers);
        }
    }

    /// Whether a reload can begin now. If not, the plan asks for it later, unless the server stops.
    pub fn may_reload(&mut self) -> bool {
        self.is_reload_waiting = matches!(self.mode, Mode::Starting | Mode::Reloading { .. });
        self.mode == Mode::Serving
    }

    /// HUP: the target is now this many workers of the next generation.
    pub fn reload(&mut self, workers: usize) {
        self.mode = Mode::Reloading { from: self.target, give_up: None };
        self.newest += 1;
        self.target = Target { generation: self.newest, workers };
        self.gaps.clear();
    }

    /// TERM, or INT and QUIT. Returns whether the master has to signal the workers.
    pub fn stop(&mut self, quick: bool, grace: Duration, now: Instant) -> bool {
        if matches!(self.mode, Mode::Stopping { quick: is_quick, .. } if is_quick || !quick) {
            return false;
        }
        let until = now + STOP_WITHIN + if quick { Duration::ZERO } else { grace };
        self.mode = Mode::Stopping { quick, until, in_order: true };
        true
    }

    /// A worker could not be started. Returns the wait before the next attempt.
    pub fn could_not_start(&mut self, failures: Failures, now: Instant) -> Duration {
        if let Mode::Reloading { give_up, .. } = &mut self.mode {
            *give_up = Some(now);
        }
        self.open_gap(failures, false, now)
    }

    fn open_gap(&mut self, failures: Failures, was_of_use: bool, now: Instant) -> Duration {
        let failures = failures.after(was_of_use);
        self.gaps.push(Gap { until: now + failures.delay(), failures });
        failures.delay()
    }

    /// The actions to take now.
    pub fn next(&mut self, workers: &[Facts], now: Instant) -> Vec<Action> {
        let mut actions = Vec::new();
        for worker in workers.iter().filter(|worker| worker.ended.is_some()) {
            let wait = self.after_the_end_of(worker, now);
            actions.push(Action::Bury(worker.pid, wait));
        }
        let alive: Vec<_> = workers.iter().filter(|worker| worker.ended.is_none()).collect();
        actions.extend(alive.iter().filter_map(|worker| worker.remedy(now)));
        match self.mode {
            // A worker that ended is not replaced, because the next one would end as well.
            Mode::Starting if alive.is_empty() => actions.push(Action::Exit(CANNOT_START)),
            Mode::Starting => {
                if alive.iter().all(|worker| worker.state != State::Starting) {
                    self.mode = Mode::Serving;
                    actions.push(Action::Announce);
                }
            }
            Mode::Serving => self.approach_target(&alive, now, &mut actions),
            Mode::Reloading { from, give_up } => {
                let is_complete = self.is_complete(&alive);
                if !is_complete && give_up.is_some_and(|give_up| now >= give_up) {
                    let newcomers = self.current(&alive).map(|worker| worker.pid);
                    actions.extend(newcomers.map(|pid| Action::Retire(pid, Why::Surplus)));
                    (self.mode, self.target) = (Mode::Serving, from);
                    self.gaps.clear();
                    actions.push(Action::TakenBack);
                } else {
                    self.approach_target(&alive, now, &mut actions);
                }
                if is_complete {
                    let (wanted, why) = (self.target.generation, Why::Replaced(Reason::Reload));
                    let old = alive.iter().filter(|worker| worker.generation != wanted);
                    let old = old.filter(|worker| worker.asked_to_stop.is_none());
                    actions.extend(old.map(|worker| Action::Retire(worker.pid, why)));
                    self.mode = Mode::Serving;
                    actions.push(Action::Reloaded);
                }
            }
            Mode::Stopping { in_order, .. } if alive.is_empty() => {
                actions.push(Action::Exit(u8::from(!in_order)));
            }
            Mode::Stopping { until, .. } if now > until => {
                actions.extend(alive.iter().map(|worker| Action::Kill(worker.pid)));
            }
            Mode::Stopping { .. } => {}
        }
        if self.mode == Mode::Serving && mem::take(&mut self.is_reload_waiting) {
            actions.push(Action::ReloadAgain);
        }
        actions
    }

    /// Records the end of this worker. Returns how long its place stays empty, or `None` if the end
    /// leaves no place to fill.
    fn after_the_end_of(&mut self, worker: &Facts, now: Instant) -> Option<Duration> {
        let was_starting = worker.state == State::Starting;
        let is_current = worker.generation == self.target.generation;
        match &mut self.mode {
            Mode::Stopping { quick, in_order, .. } => {
                // A starting worker may have no signal handler yet, but it has no requests to finish.
                *in_order &= *quick || was_starting || worker.ended == Some(true);
                return None;
            }
            _ if worker.asked_to_stop.is_some() => return None,
            Mode::Starting if was_starting => return None,
            Mode::Reloading { give_up, .. } if is_current && was_starting => {
                *give_up = Some(now);
                return None;
            }
            Mode::Reloading { give_up, .. } if !is_current => {
                give_up.get_or_insert(now + REFILL_WITHIN);
            }
            _ => {}
        }
        // A worker that drained without being asked already has a successor.
        let is_missed = is_current && worker.state != State::Draining;
        is_missed.then(|| self.open_gap(worker.failures, worker.was_of_use, now))
    }

    /// 1. Starts the missing workers, unless it is too soon after a death.
    /// 2. If too many workers are ready, asks some of them to stop: first those that have served their
    ///    `max_requests`, then the oldest.
    fn approach_target(&mut self, alive: &[&Facts], now: Instant, actions: &mut Vec<Action>) {
        let needs_no_successor =
            |worker: &&Facts| matches!(worker.state, State::Starting | State::Ready);
        let serving = self.current(alive).filter(needs_no_successor).count();
        let missing = self.target.workers.saturating_sub(serving);
        self.gaps.truncate(missing);
        let start = vec![Action::Start(Failures::default()); missing - self.gaps.len()];
        actions.extend(start);
        for gap in self.gaps.extract_if(.., |gap| gap.until <= now) {
            actions.push(Action::Start(gap.failures));
        }

        let accepting = self.current(alive).filter(|worker| worker.state.accepts()).count();
        let surplus = accepting.saturating_sub(self.target.workers);
        let of_state = |state| self.current(alive).filter(move |worker| worker.state == state);
        let spent = of_state(State::Spent).map(|it| (it, Why::Replaced(Reason::MaxRequests)));
        let oldest = of_state(State::Ready).map(|it| (it, Why::Surplus));
        let going = spent.chain(oldest).take(surplus);
        actions.extend(going.map(|(worker, why)| Action::Retire(worker.pid, why)));
    }

    /// The workers of the wanted generation that have not been asked to stop, the oldest first.
    fn current<'a>(&self, alive: &'a [&Facts]) -> impl Iterator<Item = &'a Facts> + use<'a> {
        let generation = self.target.generation;
        let is_current = move |worker: &&Facts| {
            worker.generation == generation && worker.asked_to_stop.is_none()
        };
        alive.iter().copied().filter(is_current)
    }

    /// Whether enough workers are ready.
    fn is_complete(&self, alive: &[&Facts]) -> bool {
        let accepting = self.current(alive).filter(|worker| worker.state.accepts());
        accepting.count() >= self.target.workers
    }
}

impl Facts {
    /// What to do about a worker that fails to start, gets stuck, or fails to end.
    ///
    /// Each worker's event loop counts heartbeats on the scoreboard. If the count stays the same for
    /// too long, some request blocks the loop, and all others wait. A long computation does not block
    /// the loop, because it runs on its own thread.
    fn remedy(&self, now: Instant) -> Option<Action> {
        if let Some(since) = self.aborted {
            return (now - since > ABORT_WITHIN).then_some(Action::Kill(self.pid));
        }
        let stop_within = self.graceful_timeout + LATE_BY;
        let stops_late = self.asked_to_stop.is_some_and(|since| now - since > stop_within);
        let problem = match self.timeout {
            _ if self.state == State::Starting && now - self.started > START_WITHIN => {
                format!("is still not ready after {START_WITHIN:?}")
            }
            Some(timeout) if self.silent > timeout => {
                format!("hangs: its event loop has been blocked for {timeout:?} (--timeout)")
            }
            _ if stops_late => format!("did not end within {stop_within:?} (--graceful-timeout)"),
            _ => return None,
        };
        Some(Action::Abort(self.pid, problem))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    /// The clock of these tests starts here.
    fn start() -> Instant {
        static START: std::sync::OnceLock<Instant> = std::sync::OnceLock::new();
        *START.get_or_init(Instant::now)
    }

    fn at(seconds: f64) -> Instant {
        start() + Duration::from_secs_f64(seconds)
    }

    /// A worker of this generation that was started at 0 s.
    fn worker(pid: u32, generation: u64, state: State) -> Facts {
        Facts {
            pid,
            generation,
            state,
            ended: None,
            failures: Failures::default(),
            was_of_use: state != State::Starting,
            started: start(),
            asked_to_stop: None,
            silent: Duration::ZERO,
            aborted: None,
            timeout: Some(3 * SECOND),
            graceful_timeout: 5 * SECOND,
        }
    }

    fn starting(pid: u32, generation: u64) -> Facts {
        worker(pid, generation, State::Starting)
    }

    fn ready(pid: u32, generation: u64) -> Facts {
        worker(pid, generation, State::Ready)
    }

    /// The same worker after it has ended.
    fn ended(worker: Facts) -> Facts {
        Facts { ended: Some(false), ..worker }
    }

    /// The same worker after it was asked to stop at 0 s.
    fn retired(worker: Facts) -> Facts {
        Facts { asked_to_stop: Some(start()), ..worker }
    }

    fn serving(workers: usize) -> Plan {
        Plan { mode: Mode::Serving, ..Plan::new(workers).0 }
    }

    /// A plan in a reload from two workers of generation 1 to two of generation 2.
    fn reloading() -> Plan {
        let mut plan = serving(2);
        assert!(plan.may_reload());
        plan.reload(2);
        plan
    }

    fn new() -> Action {
        Action::Start(Failures::default())
    }

    fn after(deaths: u32) -> Failures {
        (0..deaths).fold(Failures::default(), |failures, _| failures.after(false))
    }

    const REPLACED: Why = Why::Replaced(Reason::Reload);
    const MS: Duration = Duration::from_millis(1);

    #[test]
    fn the_first_workers_are_announced_when_all_are_ready() {
        let (mut plan, actions) = Plan::new(2);
        assert_eq!(actions, [new(), new()]);
        assert_eq!(plan.next(&[starting(1, 1), ready(2, 1)], at(0.1)), []);
        assert_eq!(plan.next(&[ready(1, 1), ready(2, 1)], at(0.2)), [Action::Announce]);
        assert_eq!(plan.mode, Mode::Serving);
        assert_eq!(plan.next(&[ready(1, 1), ready(2, 1)], at(0.3)), []);
    }

    #[test]
    fn when_all_first_workers_fail_the_master_exits() {
        let (mut plan, _) = Plan::new(2);
        let workers = [ended(starting(1, 1)), starting(2, 1)];
        assert_eq!(plan.next(&workers, at(0.1)), [Action::Bury(1, None)]);
        let actions = plan.next(&[ended(starting(2, 1))], at(0.2));
        assert_eq!(actions, [Action::Bury(2, None), Action::Exit(CANNOT_START)]);
    }

    #[test]
    fn a_first_worker_that_fails_is_replaced_once_the_others_serve() {
        let (mut plan, _) = Plan::new(2);
        let workers = [ended(starting(1, 1)), ready(2, 1)];
        assert_eq!(plan.next(&workers, at(0.1)), [Action::Bury(1, None), Action::Announce]);
        assert_eq!(plan.next(&[ready(2, 1)], at(0.2)), [new()]);
    }

    #[test]
    fn a_reload_during_the_first_start_comes_after_it() {
        let (mut plan, _) = Plan::new(1);
        assert!(!plan.may_reload());
        let actions = plan.next(&[ready(1, 1)], at(0.1));
        assert_eq!(actions, [Action::Announce, Action::ReloadAgain]);
        assert!(plan.may_reload());
    }

    #[test]
    fn a_useful_worker_is_replaced_at_once() {
        let mut plan = serving(2);
        let workers = [ended(ready(1, 1)), ready(2, 1)];
        let actions = plan.next(&workers, at(9.0));
        assert_eq!(actions, [Action::Bury(1, Some(Duration::ZERO)), new()]);
        assert!(plan.gaps.is_empty());
    }

    #[test]
    fn a_worker_that_keeps_dying_is_replaced_after_longer_and_longer_waits() {
        let mut plan = serving(2);
        let useless = Facts { failures: after(1), ..starting(1, 1) };
        let actions = plan.next(&[ended(useless), ready(2, 1)], at(9.0));
        assert_eq!(actions, [Action::Bury(1, Some(200 * MS))]);
        assert_eq!(plan.next(&[ready(2, 1)], at(9.1)), []);
        assert_eq!(plan.next(&[ready(2, 1)], at(9.2)), [Action::Start(after(2))]);
        assert_eq!(plan.next(&[ready(2, 1), starting(3, 1)], at(9.3)), []);
    }

    #[test]
    fn other_places_are_filled_while_one_backs_off() {
        let mut plan = serving(3);
        let workers = [ended(starting(1, 1)), ended(ready(2, 1)), ready(3, 1)];
        let actions = plan.next(&workers, at(9.0));
        let bury = [Action::Bury(1, Some(100 * MS)), Action::Bury(2, Some(Duration::ZERO))];
        assert_eq!(actions, [&bury[..], &[new()]].concat());
        assert_eq!(plan.gaps.len(), 1);
    }

    #[test]
    fn a_failed_start_is_tried_again_later() {
        let mut plan = serving(1);
        assert_eq!(plan.next(&[], at(0.0)), [new()]);
        assert_eq!(plan.could_not_start(Failures::default(), at(0.0)), 100 * MS);
        assert_eq!(plan.next(&[], at(0.05)), []);
        assert_eq!(plan.next(&[], at(0.1)), [Action::Start(after(1))]);
    }

    #[test]
    fn a_worker_that_drains_by_itself_gets_a_successor_at_once() {
        let mut plan = serving(1);
        let drains = worker(1, 1, State::Draining);
        assert_eq!(plan.next(&[drains], at(9.0)), [new()]);
        let actions = plan.next(&[ended(drains), ready(2, 1)], at(9.1));
        assert_eq!(actions, [Action::Bury(1, None)]);
    }

    #[test]
    fn ttin_starts_one_and_ttou_stops_the_oldest_but_never_the_last() {
        let mut plan = serving(2);
        plan.add(1, 3);
        plan.add(1, 3);
        assert_eq!(plan.target.workers, 3);
        assert_eq!(plan.next(&[ready(1, 1), ready(2, 1)], at(0.0)), [new()]);
        for _ in 0..5 {
            plan.add(-1, 3);
        }
        assert_eq!(plan.target.workers, 1);
        let workers = [ready(1, 1), ready(2, 1), ready(3, 1)];
        let surplus = [1, 2].map(|pid| Action::Retire(pid, Why::Surplus));
        assert_eq!(plan.next(&workers, at(0.0)), surplus);
    }

    #[test]
    fn ttou_closes_a_gap_before_it_stops_a_worker() {
        let mut plan = serving(2);
        plan.next(&[ended(starting(1, 1)), ready(2, 1)], at(9.0));
        plan.add(-1, 9);
        assert_eq!(plan.next(&[ready(2, 1)], at(10.0)), []);
        assert!(plan.gaps.is_empty());
    }

    #[test]
    fn a_starting_worker_does_not_make_a_ready_one_superfluous() {
        let mut plan = serving(1);
        assert_eq!(plan.next(&[ready(1, 1), starting(2, 1)], at(0.0)), []);
        let actions = plan.next(&[ready(1, 1), ready(2, 1)], at(0.1));
        assert_eq!(actions, [Action::Retire(1, Why::Surplus)]);
    }

    #[test]
    fn a_worker_that_was_told_to_stop_no_longer_counts_and_its_end_is_not_a_failure() {
        let leaving = retired(ready(1, 1));
        assert_eq!(serving(1).next(&[leaving, ready(2, 1)], at(0.0)), []);
        let mut plan = serving(2);
        assert_eq!(plan.next(&[leaving, ready(2, 1)], at(0.0)), [new()]);
        let useless = Facts { was_of_use: false, ..ended(leaving) };
        let actions = plan.next(&[useless, ready(2, 1), ready(3, 1)], at(0.1));
        assert_eq!(actions, [Action::Bury(1, None)]);
        assert!(plan.gaps.is_empty());
    }

    #[test]
    fn a_new_worker_that_is_spent_already_completes_a_reload_like_a_ready_one() {
        let mut plan = reloading();
        let workers = [ready(1, 1), ready(3, 2), worker(4, 2, State::Spent)];
        let actions = plan.next(&workers, at(0.1));
        assert_eq!(actions, [new(), Action::Retire(1, REPLACED), Action::Reloaded]);
    }

    #[test]
    fn a_spent_worker_serves_until_its_successor_is_ready() {
        let mut plan = serving(2);
        let spent = worker(2, 1, State::Spent);
        assert_eq!(plan.next(&[ready(1, 1), spent], at(0.0)), [new()]);
        assert_eq!(plan.next(&[ready(1, 1), spent, starting(3, 1)], at(0.1)), []);
        let actions = plan.next(&[ready(1, 1), spent, ready(3, 1)], at(0.2));
        assert_eq!(actions, [Action::Retire(2, Why::Replaced(Reason::MaxRequests))]);
    }

    #[test]
    fn a_reload_starts_the_new_workers_and_then_stops_the_old_ones() {
        let mut plan = reloading();
        let old = [ready(1, 1), ready(2, 1)];
        assert_eq!(plan.next(&old, at(0.0)), [new(), new()]);
        let workers = [&old[..], &[ready(3, 2), starting(4, 2)]].concat();
        assert_eq!(plan.next(&workers, at(0.1)), []);
        let workers = [&old[..], &[ready(3, 2), ready(4, 2)]].concat();
        let actions = plan.next(&workers, at(0.2));
        let stop = [1, 2].map(|pid| Action::Retire(pid, REPLACED));
        assert_eq!(actions, [&stop[..], &[Action::Reloaded]].concat());
        assert_eq!(plan.mode, Mode::Serving);
        let mut after_ttou = reloading();
        let workers = [retired(ready(1, 1)), ready(3, 2), ready(4, 2)];
        assert_eq!(after_ttou.next(&workers, at(0.2)), [Action::Reloaded], "asked once");
        assert_eq!(plan.next(&workers, at(0.3)), []);
        let workers = [ended(retired(ready(1, 1))), ready(3, 2), ready(4, 2)];
        assert_eq!(plan.next(&workers, at(0.3)), [Action::Bury(1, None)]);
    }

    #[test]
    fn a_reload_that_fixes_a_crash_does_not_wait_for_the_back_off() {
        let mut plan = serving(1);
        plan.next(&[ended(starting(1, 1))], at(9.0));
        plan.reload(1);
        assert_eq!(plan.next(&[], at(9.0)), [new()]);
    }

    #[test]
    fn when_a_new_worker_dies_before_it_is_ready_the_old_ones_continue() {
        let mut plan = reloading();
        let workers = [ready(1, 1), ready(2, 1), ended(starting(3, 2)), ready(4, 2)];
        let actions = plan.next(&workers, at(0.1));
        let newcomer = Action::Retire(4, Why::Surplus);
        assert_eq!(actions, [Action::Bury(3, None), newcomer, Action::TakenBack]);
        assert_eq!(plan.target, Target { generation: 1, workers: 2 });
        assert_eq!(plan.next(&workers[..2], at(0.2)), []);
        plan.reload(2);
        assert_eq!(plan.target.generation, 3, "no generation comes twice");
    }

    #[test]
    fn a_new_worker_that_cannot_be_started_fails_the_reload() {
        let mut plan = reloading();
        plan.could_not_start(Failures::default(), at(0.0));
        let actions = plan.next(&[ready(1, 1), ready(2, 1)], at(0.0));
        assert_eq!(actions, [Action::TakenBack]);
        assert!(plan.gaps.is_empty());
    }

    #[test]
    fn a_new_worker_that_dies_after_it_was_ready_is_replaced() {
        let mut plan = reloading();
        let workers = [ready(1, 1), ready(2, 1), ended(ready(3, 2)), starting(4, 2)];
        let actions = plan.next(&workers, at(0.1));
        assert_eq!(actions, [Action::Bury(3, Some(Duration::ZERO)), new()]);
    }

    #[test]
    fn when_an_old_worker_dies_the_new_ones_have_half_a_second_left() {
        let mut plan = reloading();
        let new_ones = [starting(3, 2), starting(4, 2)];
        let workers = [&[ended(ready(1, 1)), ready(2, 1)], &new_ones[..]].concat();
        assert_eq!(plan.next(&workers, at(1.0)), [Action::Bury(1, None)]);
        let workers = [&[ended(ready(2, 1))], &new_ones[..]].concat();
        assert_eq!(plan.next(&workers, at(1.4)), [Action::Bury(2, None)], "the first counts");
        let mut in_time = plan.clone();
        let actions = in_time.next(&[ready(3, 2), ready(4, 2)], at(1.6));
        assert_eq!(actions, [Action::Reloaded]);
        let retire = [3, 4].map(|pid| Action::Retire(pid, Why::Surplus));
        let too_late = plan.next(&new_ones, at(1.5));
        assert_eq!(too_late, [&retire[..], &[Action::TakenBack]].concat());
        let newcomers = new_ones.map(retired);
        assert_eq!(plan.next(&newcomers, at(1.6)), [new(), new()]);
    }

    #[test]
    fn a_reload_during_a_reload_comes_after_it_whether_it_succeeds_or_fails() {
        let mut plan = reloading();
        assert!(!plan.may_reload());
        let mut failing = plan.clone();
        let actions = plan.next(&[ready(3, 2), ready(4, 2)], at(0.1));
        assert_eq!(actions, [Action::Reloaded, Action::ReloadAgain]);
        let actions = failing.next(&[ready(1, 1), ready(2, 1), ended(starting(3, 2))], at(0.1));
        assert_eq!(actions[1..], [Action::TakenBack, Action::ReloadAgain]);
    }

    #[test]
    fn ttin_and_ttou_in_a_reload_count_whether_it_succeeds_or_fails() {
        let mut plan = reloading();
        plan.add(1, 9);
        assert_eq!(plan.next(&[ready(1, 1), starting(3, 2), starting(4, 2)], at(0.1)), [new()]);
        let actions = plan.next(&[ready(1, 1), ready(2, 1), ended(starting(3, 2))], at(0.2));
        assert_eq!(actions, [Action::Bury(3, None), Action::TakenBack]);
        assert_eq!(plan.target, Target { generation: 1, workers: 3 });
    }

    #[test]
    fn a_stop_in_a_reload_starts_nothing_and_ends_when_all_have_ended() {
        let mut plan = reloading();
        assert!(plan.stop(false, 5 * SECOND, at(0.0)));
        assert!(!plan.may_reload());
        let workers = [retired(ready(1, 1)), ended(retired(starting(3, 2)))];
        assert_eq!(plan.next(&workers, at(1.0)), [Action::Bury(3, None)]);
        let first = Facts { ended: Some(true), ..workers[0] };
        assert_eq!(plan.next(&[first], at(2.0)), [Action::Bury(1, None), Action::Exit(0)]);
    }

    #[test]
    fn a_graceful_stop_that_loses_a_request_exits_with_1_and_a_quick_one_with_0() {
        for (quick, code) in [(false, 1), (true, 0)] {
            let mut plan = serving(1);
            plan.stop(quick, SECOND, at(0.0));
            let actions = plan.next(&[ended(retired(ready(1, 1)))], at(0.5));
            assert_eq!(actions, [Action::Bury(1, None), Action::Exit(code)], "quick: {quick}");
        }
    }

    #[test]
    fn a_worker_still_alive_after_the_graceful_timeout_is_killed() {
        let mut plan = serving(1);
        plan.stop(false, 2 * SECOND, at(0.0));
        let workers = [retired(ready(1, 1))];
        assert_eq!(plan.next(&workers, at(3.0)), []);
        assert_eq!(plan.next(&workers, at(3.1)), [Action::Kill(1)]);
    }

    #[test]
    fn a_quick_stop_beats_a_graceful_one_and_none_is_repeated() {
        let mut plan = serving(1);
        assert!(plan.stop(false, 30 * SECOND, at(0.0)));
        assert!(!plan.stop(false, 30 * SECOND, at(1.0)));
        assert!(plan.stop(true, 30 * SECOND, at(2.0)));
        assert!(!plan.stop(true, 30 * SECOND, at(3.0)));
        assert!(!plan.stop(false, 30 * SECOND, at(4.0)));
        assert_eq!(plan.next(&[retired(ready(1, 1))], at(3.1)), [Action::Kill(1)]);
    }

    #[test]
    fn a_worker_that_fails_to_start_gets_stuck_or_fails_to_end_is_aborted_and_then_killed() {
        let serves = ready(1, 1);
        let silent = |silent| Facts { silent, ..serves };
        for (worker, seconds, is_aborted) in [
            (starting(1, 1), 30.0, false),
            (starting(1, 1), 30.1, true),
            (ready(1, 1), 99.0, false),
            (silent(3 * SECOND), 9.0, false),
            (silent(3 * SECOND + MS), 9.0, true),
            (Facts { timeout: None, ..silent(99 * SECOND) }, 99.0, false),
            (retired(serves), 7.0, false),
            (retired(serves), 7.1, true),
        ] {
            let aborts = matches!(worker.remedy(at(seconds)), Some(Action::Abort(1, _)));
            assert_eq!(aborts, is_aborted, "{worker:?} at {seconds} s");
        }
        let aborted = Facts { aborted: Some(at(8.0)), ..silent(9 * SECOND) };
        assert_eq!(aborted.remedy(at(9.0)), None);
        assert_eq!(aborted.remedy(at(9.001)), Some(Action::Kill(1)));
        let actions = serving(1).next(&[silent(4 * SECOND)], at(9.0));
        assert!(matches!(actions[..], [Action::Abort(1, _)]), "{actions:?}");
    }
}
