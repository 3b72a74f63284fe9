//! Progress bars, notes, and interruption by the user.

use super::pulse::{Pulse, pace};
use super::signals::{self, FLAGS, Flags};
use super::terminal::{bars, stderr_columns, tell};
use crate::progress::Watch;
use crate::report::Reason;
use crate::session::Follow;
use crate::text::visible;
use crate::threads;
use crate::train::{EpochReport, TrainEvent, TrainWatch, TrainingSize};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};
use std::fmt;
use std::io::IsTerminal;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Output of a command while it works.
#[derive(Debug)]
pub(super) struct Ui {
    quiet: bool,
    verbose: bool,
    interrupted: &'static AtomicBool,
    /// Whether the current work polls for interruptions and ends by itself.
    polled: &'static AtomicBool,
}

/// Guard of work that ends by itself when interrupted, or that is soon done.
pub(super) struct Unbroken<'a>(&'a Ui);

impl Drop for Unbroken<'_> {
    fn drop(&mut self) {
        self.0.polled.store(false, Ordering::Relaxed);
    }
}

impl Ui {
    pub(super) fn new(quiet: bool, verbose: bool) -> Self {
        // The first request asks a training or a run to end between batches, samples or steps, or within a long step.
        // Files are only ever renamed into place.
        signals::listen(FLAGS);
        let Flags { interrupted, polled } = FLAGS;
        Self { quiet, verbose, interrupted, polled }
    }

    pub(super) fn is_verbose(&self) -> bool {
        self.verbose
    }

    pub(super) fn is_quiet(&self) -> bool {
        self.quiet
    }

    pub(super) fn is_interrupted(&self) -> bool {
        self.interrupted.load(Ordering::Relaxed)
    }

    /// Flag of a requested interruption, which searches poll.
    pub(super) fn interrupted(&self) -> &'static AtomicBool {
        self.interrupted
    }

    /// Defers interruptions until the guard is dropped: the work that follows polls for them itself, or it is soon done
    /// and half of it is worth nothing.
    pub(super) fn unbroken(&self) -> Unbroken<'_> {
        self.polled.store(true, Ordering::Relaxed);
        Unbroken(self)
    }

    pub(super) fn note(&self, text: impl std::fmt::Display) {
        if !self.quiet {
            tell(text);
        }
    }

    pub(super) fn notes(&self, texts: &[String]) {
        texts.iter().for_each(|text| self.note(format_args!("note: {text}")));
    }

    /// Reports that one thread did the work of all shards, as few events happen between two barriers.
    pub(super) fn shards_do_not_pay(&self, shards: usize, events: u64) {
        let pays = crate::engine::EVENTS_THAT_PAY;
        self.note(format!(
            "--shards {shards}: one thread did all the work. Threads meet after every window, and a window has about \
             {events} events; threads save time from {pays} events on"
        ));
    }

    /// Reports that the steps of a chip are spread over threads without shards.
    pub(super) fn shards_are_not_needed(&self, shards: usize) {
        self.note(format!(
            "--shards {shards}: the steps of this chip do not depend on each other's timing, and are spread over --threads; \
             shards are for free-running chips"
        ));
    }

    /// A bar on the terminal; hidden where there is none.
    fn bar(&self, length: u64, style: ProgressStyle) -> ProgressBar {
        let bar = match self.quiet || !std::io::stderr().is_terminal() {
            true => ProgressBar::with_draw_target(Some(length), ProgressDrawTarget::hidden()),
            false => bars().add(ProgressBar::new(length)),
        };
        bar.set_style(style);
        bar
    }

    /// A bar for a run of samples, steps or cycles, with its limits of time and events.
    pub(super) fn run_bar(&self, length: u64, limit: Option<Duration>, events: Option<u64>) -> RunBar<'_> {
        // A deadline that is too far away to be represented is none.
        let deadline = limit.and_then(|limit| Instant::now().checked_add(limit));
        let bar = self.bar(length, style("simulate", Some("{human_pos}/{human_len}  {rate}/s")));
        self.polled.store(true, Ordering::Relaxed);
        let most_events = events.unwrap_or(u64::MAX);
        RunBar { ui: self, bar, deadline, most_events, unit: "", pulse: Pulse::new("simulate") }
    }

    /// A bar for a comparison: all its samples or steps, the configurations known already, and the number of all.
    pub(super) fn compare_bar(&self, length: u64, known: usize, of: usize) -> CompareBar<'_> {
        let run = self.run_bar(length, None, None);
        run.bar.set_style(style("compare", None));
        let bar = CompareBar { run, known: AtomicUsize::new(known), of };
        bar.tell();
        bar
    }

    /// A bar for a search: all its samples or steps, and the number of evaluations.
    pub(super) fn tune_bar(&self, length: u64, of: usize) -> CompareBar<'_> {
        let run = self.run_bar(length, None, None);
        run.bar.set_style(style("tune", None));
        let bar = CompareBar { run, known: AtomicUsize::new(0), of };
        bar.tell();
        bar
    }

    /// A spinner for work of unknown size.
    pub(super) fn spinner(&self, what: String) -> ProgressBar {
        let bar = self.bar(0, template("{spinner} {elapsed}  {wide_msg}"));
        bar.set_message(visible(&what).into_owned());
        // The library panics where it cannot start a thread.
        if !bar.is_hidden() && threads::one_more() {
            bar.enable_steady_tick(Duration::from_millis(200));
        }
        bar
    }

    /// A bar for a training; without a terminal, about `lines` lines.
    pub(super) fn train_bar(&self, lines: u32) -> TrainBar<'_> {
        let bar = self.bar(1, style("train", Some("{rate} samples/s")));
        let polled = self.polled.swap(true, Ordering::Relaxed);
        let plan = TrainingSize { epochs: 1, phases: 1, done: 0, batches: 1, batch: 1 };
        let begun = Mutex::new(Begun { plan, kept: 0, started: Instant::now() });
        TrainBar { ui: self, polled, bar, lines, samples: AtomicU64::new(0), begun, pulse: Pulse::new("train") }
    }
}

/// Lines of progress of a training that another command needs, where there is no terminal.
const LINES: u32 = 20;

impl Follow for Ui {
    fn note(&self, text: &str) {
        Self::note(self, text);
    }

    fn training(&self) -> Box<TrainWatch<'_>> {
        Box::new(self.train_bar(LINES))
    }
}

/// Columns from which a bar has room for numbers beside the share.
const ROOMY: u16 = 70;

/// The usual style: a name, a bar, the share, what is done where there is room for it, and a message that is cut to the rest of
/// the line.
fn style(what: &str, done: Option<&str>) -> ProgressStyle {
    let columns = stderr_columns();
    let bar = (columns / 5).clamp(5, 30);
    let done = done.filter(|_| columns >= ROOMY).map_or(String::new(), |done| format!("  {done}"));
    template(&format!("{what} {{bar:{bar}}} {{percent}} %{done}  {{eta}} left  {{wide_msg}}"))
}

fn template(template: &str) -> ProgressStyle {
    let style = ProgressStyle::with_template(template).expect("the templates are constants that parse");
    let rate = |state: &ProgressState, out: &mut dyn fmt::Write| {
        let _ = write!(out, "{}", pace(state.per_sec()));
    };
    style.with_key("rate", rate).progress_chars("█▌ ")
}

#[derive(Debug)]
pub(super) struct RunBar<'a> {
    ui: &'a Ui,
    bar: ProgressBar,
    deadline: Option<Instant>,
    most_events: u64,
    /// What is counted, as in "samples"; empty if that depends.
    unit: &'static str,
    pulse: Pulse,
}

impl RunBar<'_> {
    pub(super) fn counting(mut self, unit: &'static str) -> Self {
        self.unit = unit;
        self
    }

    /// Prints a line a minute where there is no bar.
    fn pulse(&self) {
        if self.bar.is_hidden() && !self.ui.quiet {
            let (done, total) = (self.bar.position(), self.bar.length().unwrap_or(0));
            if let Some(line) = self.pulse.line((done, total), (done, self.unit)) {
                self.ui.note(line);
            }
        }
    }

    fn is_late(&self) -> bool {
        self.deadline.is_some_and(|deadline| Instant::now() >= deadline)
    }

    /// Reason why a run has just ended early.
    pub(super) fn reason(&self) -> Reason {
        match self.ui.is_interrupted() {
            true => Reason::Asked,
            false if self.is_late() => Reason::Seconds,
            false => Reason::Events,
        }
    }
}

impl Drop for RunBar<'_> {
    fn drop(&mut self) {
        // The report follows, and a user who has interrupted is waiting for it.
        self.bar.finish_and_clear();
    }
}

impl Watch for RunBar<'_> {
    fn done(&self, count: u64) {
        self.bar.inc(count);
        self.pulse();
    }

    fn cancelled(&self) -> bool {
        self.pulse();
        self.ui.is_interrupted() || self.is_late()
    }

    fn most_events(&self) -> u64 {
        self.most_events
    }
}

#[derive(Debug)]
pub(super) struct CompareBar<'a> {
    run: RunBar<'a>,
    known: AtomicUsize,
    of: usize,
}

impl CompareBar<'_> {
    /// Counts a finished configuration; if it was not run, `skipped` samples are dropped from the total.
    pub(super) fn row(&self, skipped: Option<u64>) {
        self.known.fetch_add(1, Ordering::Relaxed);
        self.run.bar.inc(skipped.unwrap_or(0));
        self.tell();
    }

    /// Adds samples to those that are to be run.
    pub(super) fn more(&self, samples: u64) {
        self.run.bar.inc_length(samples);
    }

    /// Says how many configurations are known.
    pub(super) fn known(&self, known: usize) {
        self.known.store(known, Ordering::Relaxed);
        self.tell();
    }

    fn tell(&self) {
        self.run.bar.set_message(format!("{} of {} configurations", self.known.load(Ordering::Relaxed), self.of));
    }
}

impl Watch for CompareBar<'_> {
    fn done(&self, count: u64) {
        Watch::done(&self.run, count);
    }

    fn cancelled(&self) -> bool {
        Watch::cancelled(&self.run)
    }
}

/// Follows a training: a bar on a terminal, lines elsewhere.
#[derive(Debug)]
pub(super) struct TrainBar<'a> {
    ui: &'a Ui,
    /// Whether the work that the training is part of polls for interruptions.
    polled: bool,
    bar: ProgressBar,
    lines: u32,
    /// Samples seen in this process, not before a stop.
    samples: AtomicU64,
    begun: Mutex<Begun>,
    pulse: Pulse,
}

/// State of a training since it began or was resumed.
#[derive(Clone, Copy, Debug)]
struct Begun {
    plan: TrainingSize,
    /// Epochs in the checkpoint.
    kept: u32,
    started: Instant,
}

impl TrainBar<'_> {
    pub(super) fn kept(&self) -> u32 {
        self.begun().kept
    }

    fn begun(&self) -> MutexGuard<'_, Begun> {
        self.begun.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Seconds since the start in this process, and training samples per second.
    pub(super) fn pace(&self) -> (f64, f64) {
        let seconds = self.begun().started.elapsed().as_secs_f64();
        (seconds, self.samples.load(Ordering::Relaxed) as f64 / seconds.max(1e-9))
    }
}

impl Drop for TrainBar<'_> {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
        self.ui.polled.store(self.polled, Ordering::Relaxed);
    }
}

impl TrainBar<'_> {
    fn start(&self, plan: TrainingSize) {
        *self.begun() = Begun { plan, kept: plan.done, started: Instant::now() };
        let samples = plan.batches * plan.batch;
        self.bar.set_length(samples * u64::from(plan.epochs));
        self.bar.set_position(samples * u64::from(plan.done));
        // Samples before a stop say nothing about the pace.
        self.bar.reset_eta();
    }

    fn tell(&self, r: &EpochReport) {
        let Begun { plan, started, .. } = *self.begun();
        let steps = if plan.phases > 1 { format!("  {} steps", r.time_steps) } else { String::new() };
        let steps = if r.stage > 0 { format!("{steps}  stage {}", r.stage) } else { steps };
        let percent = |share: f64| format!("{:.2} %", share * 100.0);
        let train = r.train_accuracy.map_or(String::new(), |accuracy| format!("  train {}", percent(accuracy)));
        let error = || r.validation_mse.map_or("-".to_owned(), |error| format!("mse {error:.5}"));
        let validation = r.validation_accuracy.map_or_else(error, percent);
        let real = match (r.in_training, r.validation_mse) {
            (None, _) => String::new(),
            (Some(error), Some(_)) => format!(" (mse {error:.5} in real numbers)"),
            (Some(share), None) => format!(" ({} in real numbers)", percent(share)),
        };
        let text = format!(
            "epoch {:>3}{steps}  loss {:.4}{train}  validation {validation}{real}  spike rate {:.3}{}",
            r.epoch,
            r.loss,
            r.spike_rate,
            if r.chosen { "  best so far" } else { "" }
        );
        let every = (plan.epochs / self.lines.max(1)).max(1);
        if !self.bar.is_hidden() {
            self.bar.set_message(text);
        } else if r.epoch.is_multiple_of(every) || r.epoch == plan.epochs {
            self.pulse.told();
            self.ui.note(format!("{text}  {:.1} s", started.elapsed().as_secs_f64()));
        }
    }
}

impl Watch<TrainEvent> for TrainBar<'_> {
    fn done(&self, count: u64) {
        let seen = self.samples.fetch_add(count, Ordering::Relaxed) + count;
        self.bar.inc(count);
        if self.bar.is_hidden() && !self.ui.quiet {
            let all = (self.bar.position(), self.bar.length().unwrap_or(0));
            if let Some(line) = self.pulse.line(all, (seen, "samples")) {
                self.ui.note(line);
            }
        }
    }

    fn event(&self, event: &TrainEvent) {
        match event {
            TrainEvent::Started(plan) => self.start(*plan),
            TrainEvent::Epoch(report) => self.tell(report),
            TrainEvent::Saved(epoch) => self.begun().kept = *epoch,
            TrainEvent::Resumed(_) | TrainEvent::Batch { .. } => {}
        }
    }

    fn cancelled(&self) -> bool {
        self.ui.interrupted.load(Ordering::Relaxed)
    }
}
