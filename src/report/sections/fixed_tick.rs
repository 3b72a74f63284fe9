//! What is particular to a chip of fixed ticks.

use super::{Head, Saved, Summary};
use crate::hw::Stepping;
use crate::report::measure::Run;
use crate::report::saved::{Record, Within, fields};
use crate::report::table::{thousands, time};
use crate::stats::Op;

/// What a run on a chip of fixed ticks did.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct FixedTick {
    /// Least length of a time step (ns).
    pub length_ns: f64,
    /// Steps that took longer, over all inferences.
    pub overrun_steps: u64,
}

impl Record for FixedTick {
    fields!(FixedTick { length_ns as "fixed_tick_ns", overrun_steps });
}

pub(super) struct Section;

impl super::Section for Section {
    fields!(Summary { fixed_tick = Within });

    fn measure(run: &Run<'_>, s: &mut Summary) {
        if let Stepping::Fixed { length } = run.context.chip.stepping {
            s.fixed_tick =
                Some(FixedTick { length_ns: run.context.chip.ns(length), overrun_steps: run.overrun_steps() });
        }
    }

    fn check(s: &Summary, saved: &Saved<'_>) {
        let Some(fixed) = s.fixed_tick else { return };
        if s.free_running.is_some() {
            saved.problem("overrun_steps", "a free-running chip has no fixed ticks");
        } else if s.times.barrier.is_some() || s.tally.total().of(Op::Barrier) > 0 {
            saved.problem("fixed_tick_ns", "a run has either a barrier between its steps or this");
        }
        let steps = s.samples.saturating_mul(s.steps_per_inference.into());
        if fixed.overrun_steps > steps {
            saved.problem("overrun_steps", format!("{} of {steps} steps", fixed.overrun_steps));
        }
    }

    fn lines(s: &Summary) -> Vec<(Head, String)> {
        let line = |fixed: FixedTick| {
            let steps = match fixed.overrun_steps {
                0 => "no step took longer".to_owned(),
                n => format!("{} steps took longer, each as many whole lengths as it needed", thousands(n as i64)),
            };
            (Head::Chip, format!("fixed ticks of {}: {steps}", time(fixed.length_ns)))
        };
        s.fixed_tick.map(line).into_iter().collect()
    }
}
