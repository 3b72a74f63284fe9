//! A thread of a batch: it runs samples whole, or computes them step by step and has their steps timed.

use super::batch_result::BatchResult;
use super::frames::FrameCourse;
use super::function::Function;
use super::inference::{Inference, Judge};
use super::job::Job;
use super::queue::{StepJob, StepQueue};
use super::samples::{Keep, SampleQueue};
use super::step_trace::StepTrace;
use super::timing::StepTiming;
use super::{RunError, Runner, Shards, Watch, merge_layers};
use crate::engine::Pending;
use crate::model::fabric::Flit;
use crate::model::{Homes, StepEngine};
use crate::stats::Counts;
use crate::trace::{Inlet, Recorder, Tap};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

/// What the threads of a batch share.
pub(super) struct Shared<'a> {
    pub(super) job: Job<'a>,
    pub(super) keep: Keep<'a>,
    /// Where neurons are, on chips whose steps are timed apart from their function; else samples run whole.
    pub(super) homes: Option<&'a Homes>,
    pub(super) engine: StepEngine,
    pub(super) samples: Mutex<SampleQueue>,
    pub(super) steps: StepQueue,
    pub(super) events: AtomicU64,
    pub(super) watch: &'a dyn Watch,
    /// Threads that have begun, and how many of them run samples.
    pub(super) begun: AtomicUsize,
    pub(super) workers: usize,
}

/// The results of a thread: inferences by sample, what was counted, and steps that were timed.
#[derive(Default)]
pub(super) struct WorkerResult<'a> {
    pub(super) inferences: Vec<(usize, Inference)>,
    pub(super) counted: Option<BatchResult>,
    pub(super) timing: Option<StepTiming<'a>>,
}

impl<'a> Shared<'a> {
    /// The work of a thread.
    pub(super) fn work(&self) -> Result<WorkerResult<'a>, RunError> {
        let timing = self.homes.map(|homes| StepTiming::new(self.job.system, homes, self.engine));
        if self.begun.fetch_add(1, Ordering::Relaxed) >= self.workers {
            let timing = timing.map(|timing| timing.help(&self.steps));
            return Ok(WorkerResult { timing, ..WorkerResult::default() });
        }
        let way = match (self.homes, timing) {
            (Some(homes), Some(timing)) => {
                SampleWay::Steps(Box::new(Function::new(self.job.system, homes)), Box::new(timing))
            }
            _ => SampleWay::Whole(Box::new(Runner::new(self.job.system, Shards::default()))),
        };
        Worker::new(self, way).work()
    }

    fn is_given_up(&self) -> bool {
        self.watch.cancelled() || self.events.load(Ordering::Relaxed) >= self.watch.most_events()
    }
}

/// How a thread runs samples.
enum SampleWay<'a> {
    Whole(Box<Runner<'a>>),
    Steps(Box<Function<'a>>, Box<StepTiming<'a>>),
}

struct Worker<'w, 'a> {
    shared: &'w Shared<'a>,
    way: SampleWay<'a>,
    /// For samples that are traced, whole or step by step; made for the first one.
    recorder: Option<Runner<'a, Pending<Flit>, Recorder>>,
    step_trace: Option<StepTrace<'a>>,
    counted: CoreCounts,
    judge: Judge<'a>,
}

/// Counts of cores, and of those that are shared by population.
struct CoreCounts {
    cores: Vec<Counts>,
    layers: Vec<Counts>,
}

impl CoreCounts {
    /// Adds a sample's.
    fn add(&mut self, cores: &[Counts], layers: &[Counts]) {
        merge_layers(&mut self.layers, layers);
        self.cores.iter_mut().zip(cores).for_each(|(sum, counts)| sum.merge(counts));
    }
}

impl<'w, 'a> Worker<'w, 'a> {
    fn new(shared: &'w Shared<'a>, way: SampleWay<'a>) -> Self {
        let cores = vec![Counts::default(); shared.job.system.tables.cores.len() + 1];
        let counted = CoreCounts { cores, layers: Vec::new() };
        Self { shared, way, recorder: None, step_trace: None, counted, judge: Judge::new(shared.job) }
    }

    /// Runs samples until there are no more, or all workers together have spent their events; then it times the steps of
    /// others.
    fn work(mut self) -> Result<WorkerResult<'a>, RunError> {
        let shared = self.shared;
        let maker = shared.steps.maker();
        let mut inferences = Vec::new();
        while !shared.is_given_up() && !shared.steps.has_failed() {
            // Who waits here for the sink keeps the others waiting, who would have to wait for it too.
            let taken = {
                let mut samples = shared.samples.lock().unwrap_or_else(PoisonError::into_inner);
                samples.take(|| shared.is_given_up())?
            };
            let Some((sample, inlet)) = taken else { break };
            let (mut inference, taken) = self.infer(sample, inlet)?;
            inference.neurons = inference.neurons.filter(|_| shared.keep.kept.neurons);
            inference.outputs = inference.outputs.filter(|_| shared.keep.kept.outputs);
            inference.compared = inference.compared.filter(|_| shared.keep.kept.outputs);
            inferences.push((sample, inference));
            shared.events.fetch_add(taken, Ordering::Relaxed);
            self.time_what_waits();
            shared.watch.done(1);
        }
        drop(maker);
        Ok(self.result(inferences))
    }

    /// Times the steps that wait.
    fn time_what_waits(&mut self) {
        if let SampleWay::Steps(_, timing) = &mut self.way {
            while let Some(job) = self.shared.steps.take() {
                timing.time(job, &self.shared.steps);
            }
        }
    }

    fn result(self, inferences: Vec<(usize, Inference)>) -> WorkerResult<'a> {
        let CoreCounts { cores, layers } = self.counted;
        let mut counted = BatchResult::empty(&self.shared.job);
        (counted.cores, counted.layers) = (cores, layers);
        let timing = match self.way {
            SampleWay::Whole(runner) => {
                counted.add_run(&runner);
                None
            }
            SampleWay::Steps(function, timing) => {
                counted.packet_hops.merge(function.packet_hops());
                drop(function);
                Some(timing.help(&self.shared.steps))
            }
        };
        if let Some(recorder) = &self.recorder {
            counted.add_run(recorder);
        }
        if let Some(trace) = &self.step_trace {
            counted.packet_hops.merge(trace.function.packet_hops());
        }
        WorkerResult { inferences, counted: Some(counted), timing }
    }

    /// Runs a sample, traced if there is a way for that; gives the messages and signals that it took too.
    fn infer(&mut self, sample: usize, inlet: Option<Inlet>) -> Result<(Inference, u64), RunError> {
        let (shared, rest) = (self.shared, (&mut self.counted, &mut self.judge));
        let Some(inlet) = inlet else {
            return match &mut self.way {
                SampleWay::Whole(runner) => infer_whole(&shared.job, runner, rest, sample),
                SampleWay::Steps(function, timing) => Ok(infer_steps(shared, (function, timing), rest, sample)),
            };
        };
        if let (SampleWay::Steps(_, timing), Some(homes)) = (&mut self.way, shared.homes)
            && StepTrace::fits(shared.job.system, shared.keep.wanted)
        {
            let make = || StepTrace::new(shared.job.system, homes, shared.keep.wanted);
            return trace_steps(shared, (self.step_trace.get_or_insert_with(make), timing), rest, (sample, inlet));
        }
        let make = || Runner::traced(shared.job.system, Shards::default(), shared.keep.wanted);
        let recorder = self.recorder.get_or_insert_with(make);
        recorder.trace_to(inlet);
        let done = infer_whole(&shared.job, recorder, rest, sample)?;
        recorder.end_trace(done.0.ticks)?;
        Ok(done)
    }
}

/// One sample's inference, and the messages and signals that it took.
fn infer_whole<P: Tap>(
    job: &Job<'_>,
    runner: &mut Runner<'_, Pending<Flit>, P>,
    (counted, judge): (&mut CoreCounts, &mut Judge<'_>),
    sample: usize,
) -> Result<(Inference, u64), RunError> {
    let mut course = FrameCourse::new(judge.job, sample, judge.enter(sample));
    runner.reset_for(sample as u64, course.host_input());
    let (before, steps) = (runner.spent(), course.steps);
    let mut lengths = Vec::with_capacity(steps.all as usize);
    for step in 1..=steps.all {
        course.before(step, |before, now| runner.write(before, now));
        lengths.push(runner.step(step)?);
        course.after(step, || runner.neurons(step));
    }
    let ending = runner.finish()?;
    let (mut inference, read) = judge.judge(course, runner.neurons(steps.all), runner.conversions());
    runner.read_out(read);
    let own = runner.counts();
    counted.add(&own, &runner.layer_counts());
    inference.set_counts(job, &own);
    inference.set_times(job, sample, lengths, ending);
    Ok((inference, runner.spent() - before))
}

/// Computes a sample; its steps are timed by whoever has time for that. Its times are set when they are known.
fn infer_steps<'a>(
    shared: &Shared<'a>,
    (function, timing): (&mut Function<'a>, &mut StepTiming<'a>),
    (counted, judge): (&mut CoreCounts, &mut Judge<'_>),
    sample: usize,
) -> (Inference, u64) {
    let (job, queue) = (&shared.job, &shared.steps);
    let mut course = FrameCourse::new(judge.job, sample, judge.enter(sample));
    function.reset(sample as u64, course.host_input());
    let limited = shared.watch.most_events() < u64::MAX;
    let mut events = 0;
    for step in 1..=course.steps.all {
        course.before(step, |before, now| function.write(before, now));
        let mut load = timing.spare.pop().unwrap_or_else(|| queue.blank());
        function.compute(step, &mut load);
        course.after(step, || function.neurons(step));
        if limited {
            events += load.events(&job.system.tables);
        }
        if let Some(job) = queue.add(StepJob { sample, load }) {
            timing.time(job, queue);
        }
    }
    (infer_computed(job, function, (counted, judge), course), events)
}

/// Computes a sample, has its steps timed one after the other, and traces them. Its times are set when all samples are done.
fn trace_steps<'a>(
    shared: &Shared<'a>,
    (trace, timing): (&mut StepTrace<'a>, &mut StepTiming<'a>),
    (counted, judge): (&mut CoreCounts, &mut Judge<'_>),
    (sample, inlet): (usize, Inlet),
) -> Result<(Inference, u64), RunError> {
    let (job, queue) = (&shared.job, &shared.steps);
    let mut course = FrameCourse::new(judge.job, sample, judge.enter(sample));
    trace.reset(sample as u64, course.host_input(), inlet);
    let limited = shared.watch.most_events() < u64::MAX;
    let mut events = 0;
    for step in 1..=course.steps.all {
        course.before(step, |before, now| trace.function.write(before, now));
        let mut load = timing.spare.pop().unwrap_or_else(|| queue.blank());
        trace.function.compute(step, &mut load);
        course.after(step, || trace.function.neurons(step));
        if limited {
            events += load.events(&job.system.tables);
        }
        trace.time(timing, queue, (sample, load))?;
    }
    trace.end()?;
    Ok((infer_computed(job, &mut trace.function, (counted, judge), course), events))
}

/// The inference of a sample that was computed, without its times.
fn infer_computed<P: Tap>(
    job: &Job<'_>,
    function: &mut Function<'_, P>,
    (counted, judge): (&mut CoreCounts, &mut Judge<'_>),
    course: FrameCourse<'_>,
) -> Inference {
    let neurons = function.neurons(course.steps.all);
    let (mut inference, read) = judge.judge(course, neurons, function.conversions());
    function.read_out(read);
    let (own, layers) = function.counts();
    counted.add(&own, &layers);
    inference.set_counts(job, &own);
    inference
}
