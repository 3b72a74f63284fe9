//! How far a run came, and in which steps.

use super::{Fact, Head, Place, Saved, Summary};
use crate::json::{Cursor, Object};
use crate::report::measure::{Input, Run};
use crate::report::saved::{self, Fields, Form, LONGEST, MOST, Record, fields};
use crate::report::table::thousands;
use serde_json::{Value, json};

/// How far a run came that was ended early; all figures are of what was done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Interrupted {
    /// Samples, from the first, or steps of a sparse network.
    pub done: u64,
    /// Samples or steps asked for.
    pub of: u64,
    /// What ended it, where that is known.
    pub reason: Option<Reason>,
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

impl saved::Saved for Reason {
    fn save(&self) -> Value {
        json!(self.name())
    }

    fn load(cursor: &Cursor<'_>) -> Option<Self> {
        cursor.choice(&Self::NAMES).map(|index| Self::ALL[index])
    }
}

/// Not there, or `null`, where it is not known.
struct Known;

impl Form<Option<Reason>> for Known {
    fn save(&self, value: &Option<Reason>) -> Value {
        saved::Saved::save(value)
    }

    fn load(&self, cursor: &Cursor<'_>) -> Option<Option<Reason>> {
        saved::Saved::load(cursor)
    }

    fn put(&self, name: &'static str, value: &Option<Reason>, into: &mut Fields) {
        saved::LeftOut.put(name, value, into);
    }

    fn take(&self, name: &'static str, object: &Object<'_>) -> Option<Option<Reason>> {
        object.get(name).map_or(Some(None), |cursor| self.load(&cursor))
    }
}

impl Record for Interrupted {
    fields!(Interrupted { done = 1..=MOST, of, reason = Known });

    fn check(&self, object: &Object<'_>) {
        if self.done >= self.of {
            object.problem(format!("{} of {} is no interruption", self.done, self.of));
        }
    }
}

pub(super) struct Section;

impl super::Section for Section {
    fields!(Summary {
        samples = 1..=LONGEST as u64,
        interrupted,
        time_steps = 1u32..=1 << 30,
        steps_per_inference = 1u32..=1 << 30,
    });

    fn measure(run: &Run<'_>, s: &mut Summary) {
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

    fn check(s: &Summary, saved: &Saved<'_>) {
        let done = if s.totals.is_some() { s.time_steps.into() } else { s.samples };
        if let Some(i) = s.interrupted.filter(|i| i.done != done) {
            saved.problem("interrupted.done", format!("found {}, but the figures are of {done}", i.done));
        }
    }

    fn lines(s: &Summary) -> Vec<(Head, String)> {
        let what = if s.totals.is_some() { "steps" } else { "samples" };
        let line = |Interrupted { done, of, reason }: Interrupted| {
            let aside = Reason::aside(reason);
            (Head::State, format!("INTERRUPTED after {done} of {of} {what}{aside}: all figures are of those {done}"))
        };
        s.interrupted.map(line).into_iter().collect()
    }

    fn warnings(s: &Summary) -> Vec<String> {
        let warning = |mark: Interrupted| {
            let aside = Reason::aside(mark.reason);
            format!("Interrupted after {} of {}{aside}: all figures are of those.", mark.done, mark.of)
        };
        s.interrupted.map(warning).into_iter().collect()
    }

    fn facts(s: &Summary) -> Vec<Fact> {
        let mut facts = Vec::new();
        let mut steps = s.time_steps.to_string();
        if let Some(dataset) = &s.header.dataset {
            facts.push((Place::Outcome, "samples", format!("{} of {dataset}", thousands(s.samples as i64))));
            steps += &format!(", {} on the chip", s.steps_per_inference);
        }
        facts.push((Place::Outcome, "time steps", steps));
        facts
    }
}
