//! How far a run came, and in which steps.

use super::kit::*;

record! {
    /// How far a run came that was ended early; all figures are of what was done.
    #[derive(Copy, Eq)]
    pub struct Interrupted {
        /// Samples, from the first, or steps of a sparse network.
        pub done: u64 = whole(1..=MOST),
        /// Samples or steps asked for.
        pub of: u64,
        /// What ended it, where that is known.
        pub reason: Option<Reason> = Known,
    }
    check |mark, object| if mark.done >= mark.of {
        object.problem(format!("{} of {} is no interruption", mark.done, mark.of));
    }
}

/// What ended a run early.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// Somebody asked for it.
    Asked,
    /// Its time was up.
    Seconds,
    /// Its events were spent.
    Events,
}

impl Reason {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Asked, Self::Seconds, Self::Events];
    /// Their names in files.
    pub const NAMES: [&'static str; 3] = ["ctrl_c", "max_seconds", "max_events"];

    /// The name in files.
    pub fn name(self) -> &'static str {
        Self::NAMES[self as usize]
    }

    /// Behind what was done, as in ` (--max-events)`.
    pub(in crate::report) fn aside(reason: Option<Self>) -> &'static str {
        match reason {
            None => "",
            Some(Self::Asked) => " (Ctrl-C)",
            Some(Self::Seconds) => " (--max-seconds)",
            Some(Self::Events) => " (--max-events)",
        }
    }
}

named!(Reason);

/// Not there, or `null`, where it is not known.
struct Known;

impl Form<Option<Reason>> for Known {
    fn put(&self, name: &'static str, value: &Option<Reason>, into: &mut Fields) {
        LeftOut.put(name, value, into);
    }

    fn take(&self, name: &'static str, object: &Object<'_>) -> Option<Option<Reason>> {
        object.get(name).map_or(Some(None), |cursor| Saved::load(&cursor))
    }
}

pub(super) struct Of;

impl Section for Of {
    fields!(Summary {
        samples = whole(1..=LONGEST as u64),
        interrupted,
        time_steps = some(1 << 30),
        steps_per_inference = some(1 << 30),
    });

    fn measure(&self, run: &Run<'_>, s: &mut Summary) {
        s.samples = s.tally.inferences.len() as u64;
        let (done, asked) = match run.input {
            Input::Batch(input) => {
                s.time_steps = input.network.spec.time_steps;
                s.steps_per_inference = run.context.system.steps_of(input.network);
                (s.samples, input.asked as u64)
            }
            Input::Sparse(input) => {
                s.time_steps = input.result.step_ticks.len() as u32;
                s.steps_per_inference = s.time_steps;
                (s.time_steps.into(), input.steps.into())
            }
        };
        s.interrupted = (done < asked).then_some(Interrupted { done, of: asked, reason: None });
    }

    fn check(&self, s: &Summary, found: &Found<'_>) {
        let done = if s.totals.is_some() { s.time_steps.into() } else { s.samples };
        if let Some(i) = s.interrupted.filter(|i| i.done != done) {
            found.problem("interrupted.done", format!("found {}, but the figures are of {done}", i.done));
        }
    }

    fn show(&self, s: &Summary, shown: &mut Shown) {
        if let Some(Interrupted { done, of, reason }) = s.interrupted {
            let (what, aside) = (if s.totals.is_some() { "steps" } else { "samples" }, Reason::aside(reason));
            let line = format!("INTERRUPTED after {done} of {of} {what}{aside}: all figures are of those {done}");
            shown.line(Head::State, line);
            shown.warnings.push(format!("Interrupted after {done} of {of}{aside}: all figures are of those."));
        }
        let mut steps = s.time_steps.to_string();
        if let Some(dataset) = &s.header.dataset {
            shown.fact(Place::Outcome, "samples", format!("{} of {dataset}", thousands(s.samples as i64)));
            steps += &format!(", {} on the chip", s.steps_per_inference);
        }
        shown.fact(Place::Outcome, "time steps", steps);
    }
}
