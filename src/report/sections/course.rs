//! How far a run came, and in which steps.

use super::section::*;

pub(super) const SECTION: Section = Section {
    measure,
    check,
    show,
    ..Section::of(&[fields!(
        samples = whole(1..=LONGEST as u64),
        interrupted,
        time_steps = some(1 << 30),
        steps_per_inference = some(1 << 30),
    )])
};

fn measure(run: &MeasuredRun<'_>, s: &mut Summary) {
    s.samples = s.tally.inferences.len() as u64;
    let (done, asked) = match run.input {
        RunInput::Batch(input) => {
            s.time_steps = input.network.time_steps();
            let most = input.result.inferences.iter().map(|inference| inference.frame_count).max().unwrap_or(1);
            s.steps_per_inference = input.network.steps_on(run.context.system, most);
            (s.samples, input.asked as u64)
        }
        RunInput::Sparse(input) => {
            s.time_steps = input.result.step_ticks.len() as u32;
            s.steps_per_inference = s.time_steps;
            (s.time_steps.into(), input.steps.into())
        }
    };
    s.interrupted = (done < asked).then_some(Interrupted { done, of: asked, reason: None });
}

fn check(s: &Summary, found: &SavedReport<'_>) {
    let done = if s.totals.is_some() { s.time_steps.into() } else { s.samples };
    if let Some(i) = s.interrupted.filter(|i| i.done != done) {
        found.problem("interrupted.done", format!("found {}, but the figures are of {done}", i.done));
    }
}

fn show(s: &Summary, shown: &mut Shown) {
    if let Some(Interrupted { done, of, reason }) = s.interrupted {
        let (what, aside) = (if s.totals.is_some() { "steps" } else { "samples" }, Reason::aside(reason));
        let line = format!("INTERRUPTED after {done} of {of} {what}{aside}: all figures are of those {done}");
        shown.line(Head::State, line);
        shown.warnings.push(format!("Interrupted after {done} of {of}{aside}: all figures are of those."));
    }
    let mut steps = s.time_steps.to_string();
    if let Some(dataset) = &s.header.dataset {
        shown.fact(FactPlace::Outcome, "samples", format!("{} of {dataset}", thousands(s.samples as i64)));
        steps += &format!(", {} on the chip", s.steps_per_inference);
    }
    shown.fact(FactPlace::Outcome, "time steps", steps);
}
