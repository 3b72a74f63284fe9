//! What bounds a step: the class of its time that has the largest part, and the core where that is spent.

use super::section::*;
use crate::report::bound::{BoundFigures, BusiestCore, ClassBound, CoreBound, DominantBound, StageWork};
use crate::run::{BoundClass, BoundSteps, StepBounds};
use crate::units::Tick;

pub(super) const SECTION: Section =
    Section { measure, check, show, brief, ..Section::of(&[fields!(bound = LeftOut, busiest_core = LeftOut)]) };

fn measure(run: &MeasuredRun<'_>, s: &mut Summary) {
    let bounds = match &run.input {
        RunInput::Batch(input) => &input.result.bounds,
        RunInput::Sparse(input) => &input.result.bounds,
    };
    let (chip, samples) = (run.context.chip, s.tally.samples());
    let ns = |ticks: Tick| chip.ns(ticks) / samples;
    s.bound = steps(bounds, ns);
    s.busiest_core = busiest(bounds, ns);
}

fn steps(bounds: &StepBounds, ns: impl Fn(Tick) -> f64) -> Option<BoundFigures> {
    let class = |class: BoundClass| {
        let BoundSteps { steps, ticks } = bounds.of_class(class);
        let (time_ns, without_ns) = (ns(bounds.time[class as usize]), ns(bounds.without[class as usize]));
        ClassBound { class, steps, bounded_ns: ns(ticks), time_ns, without_ns }
    };
    let last = bounds.cores.len().saturating_sub(1);
    let of_core = |(core, steps): (usize, &[BoundSteps; BoundClass::COUNT])| {
        let core = (core < last).then_some(core as u64);
        let bound = |(class, of)| {
            let BoundSteps { steps, ticks } = of;
            CoreBound { core, class, steps, bounded_ns: ns(ticks) }
        };
        let all = BoundClass::ALL.into_iter().zip(*steps).filter(|(_, of)| of.steps > 0);
        all.map(bound).collect::<Vec<_>>()
    };
    (bounds.all.steps > 0).then(|| BoundFigures {
        steps: bounds.all.steps,
        time_ns: ns(bounds.all.ticks),
        lower_bound_ns: ns(bounds.lower_bound),
        classes: BoundClass::ALL.map(class).to_vec(),
        cores: bounds.cores.iter().enumerate().flat_map(of_core).collect(),
    })
}

fn busiest(bounds: &StepBounds, ns: impl Fn(Tick) -> f64) -> Option<BusiestCore> {
    let most = |(_, stages): &(usize, &[Tick; 4])| stages.iter().copied().max();
    let cores = bounds.work.iter().enumerate();
    let (core, stages) = cores.reduce(|best, one| if most(&one) > most(&best) { one } else { best })?;
    let share = |ticks: Tick| (ticks as f64 / bounds.all.ticks.max(1) as f64).min(1.0);
    let stage = |(class, ticks): (BoundClass, Tick)| StageWork { class, time_ns: ns(ticks), share: share(ticks) };
    let stages = BoundClass::ALL.into_iter().zip(*stages).map(stage).collect();
    Some(BusiestCore { core: core as u64, stages })
}

fn check(s: &Summary, found: &SavedReport<'_>) {
    if s.bound.is_some() && s.busiest_core.is_some() {
        found.problem("busiest_core", "a run has either steps that are bounded or this");
    }
    let Some(bound) = &s.bound else { return };
    if s.free_running.is_some() {
        return found.problem("bound", "the steps of a free-running chip wait for nothing");
    }
    found.same("bound.time_ns", bound.time_ns, s.tally.latency_ns());
    found.same("bound.classes", bound.time_by_class().map(|(_, ns)| ns).sum(), bound.time_ns);
    if bound.lower_bound_ns > bound.time_ns {
        found.problem("bound.lower_bound_ns", format!("found {} of {} ns", bound.lower_bound_ns, bound.time_ns));
    }
}

fn show(s: &Summary, shown: &mut Shown) {
    if let Some(bound) = &s.bound {
        let per = if s.totals.is_some() { "in the run" } else { "per inference" };
        let scale = UnitScale::of(bound.classes.iter().map(|one| one.bounded_ns), TIME_UNITS);
        let time = |ns: f64| Cell::exact(scale.text(ns), ns);
        let row = |one: &ClassBound| {
            let steps = one.steps as f64 / bound.steps as f64;
            let part = one.time_ns / bound.time_ns;
            vec![
                Cell::Word(named(s, one.class).into()),
                Cell::exact(percent(steps), steps),
                Cell::exact(percent(part), part),
                time(one.time_ns),
                time(one.without_ns),
            ]
        };
        let rows = bound.classes.iter().map(row).collect();
        let columns = vec![per, "bounds of steps", "part of the time", "time", "all without it"];
        shown.tables.push(ReportTable {
            heading: "What bounds a step",
            id: "bound",
            columns,
            rows,
            ..ReportTable::default()
        });
        shown.say(About::Rates, "bound", sentence(s, bound));
        shown.say(About::Rates, "lower bound", lower(bound));
    }
    if let Some(busiest) = &s.busiest_core {
        shown.say(About::Rates, "busiest core", work(busiest));
    }
}

fn brief(s: &Summary, brief: &mut Brief) {
    if let Some(bound) = &s.bound {
        brief.line(
            BriefPlace::Rates,
            "bound",
            format!("{}; at least {}", briefly(s, bound), time(bound.lower_bound_ns)),
        );
    }
    if let Some(busiest) = &s.busiest_core {
        brief.line(BriefPlace::Rates, "busiest core", work(busiest));
    }
}

fn percent(share: f64) -> String {
    match share * 100.0 {
        percent if percent > 0.0 && percent < 1.0 => format!("{percent:.1} %"),
        percent => format!("{percent:.0} %"),
    }
}

/// What a class is called where a step waits for a clock, or for a barrier.
fn named(s: &Summary, class: BoundClass) -> &'static str {
    match class {
        BoundClass::Barrier if s.fixed_tick.is_some() => "tick",
        class => class.name(),
    }
}

/// What a core bounds a step by.
fn by(class: BoundClass) -> &'static str {
    match class {
        BoundClass::Receive => "by the packets that it takes in",
        BoundClass::Synapse => "by its synapses",
        BoundClass::Soma => "by its neurons",
        BoundClass::Send => "by the packets that it makes",
        BoundClass::Network => "by the way of packets to it",
        BoundClass::Blocked => "by packets to it that wait for links and buffers",
        BoundClass::Barrier => "by the barrier",
    }
}

fn subject(s: &Summary, most: DominantBound) -> String {
    let DominantBound { core, class, share_of_steps, share_of_time, share_of_class } = most;
    let Some(core) = core else {
        return format!("the {} bounds {} of steps", named(s, class), percent(share_of_class));
    };
    let others = match share_of_class > share_of_steps {
        true => format!(", and others do so {} more", percent(share_of_class - share_of_steps)),
        false => String::new(),
    };
    let (steps, time) = (percent(share_of_steps), percent(share_of_time));
    let time = if steps == time { String::new() } else { format!(" ({time} of the time)") };
    format!("core {core} bounds {steps} of steps{time} {}{others}", by(class))
}

/// Who bounds most steps.
fn who(s: &Summary, bound: &BoundFigures) -> String {
    let (most, longer) = (bound.dominant(), s.fixed_tick.map_or(0, |fixed| fixed.overrun_steps));
    if most.class != BoundClass::Barrier || longer == 0 {
        return subject(s, most);
    }
    // Of a clock's longer steps something else is the cause.
    let others = bound.dominant_of(&BoundClass::ALL[..BoundClass::COUNT - 1]);
    format!("{}; {}", subject(s, most), subject(s, others))
}

/// The same in few words: the core that bounds most steps, and by what.
fn briefly(s: &Summary, bound: &BoundFigures) -> String {
    match bound.dominant() {
        DominantBound { core: Some(core), class, share_of_steps, .. } => {
            format!("core {core} bounds {} of steps {}", percent(share_of_steps), by(class))
        }
        _ => who(s, bound),
    }
}

fn sentence(s: &Summary, bound: &BoundFigures) -> String {
    let class = bound.dominant().class;
    let what = if s.totals.is_some() { "the run" } else { "an inference" };
    let term = if class == BoundClass::Barrier { "it" } else { "that term" };
    let (left, all) = (time(bound.class(class).without_ns), time(bound.time_ns));
    format!("{}; without {term} {what} would take {left} instead of {all} (estimate)", who(s, bound))
}

/// The lower bound beside the time.
fn lower(bound: &BoundFigures) -> String {
    format!("{} of {}", time(bound.lower_bound_ns), time(bound.time_ns))
}

/// The work of the busiest core of a free-running chip.
fn work(busiest: &BusiestCore) -> String {
    let stage = |one: &StageWork| format!("{} {}", one.class.name(), percent(one.share));
    let stages: Vec<String> = busiest.stages.iter().filter(|one| one.time_ns > 0.0).map(stage).collect();
    let stages =
        if stages.is_empty() { "none of its stages has a published time".to_owned() } else { stages.join(", ") };
    format!("core {}: {stages} of the time; stages work beside each other", busiest.core)
}
