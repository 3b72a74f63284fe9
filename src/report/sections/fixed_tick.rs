//! What is particular to a chip of fixed ticks.

use super::kit::*;
use crate::hw::Stepping;

record! {
    /// What a run on a chip of fixed ticks did.
    #[derive(Copy)]
    pub struct FixedTick {
        /// Least length of a time step (ns).
        pub length_ns: f64 as "fixed_tick_ns",
        /// Steps that took longer, over all inferences.
        pub overrun_steps: u64,
    }
}

pub(super) struct Of;

impl Section for Of {
    fields!(Summary { fixed_tick = Within });

    fn measure(&self, run: &Run<'_>, s: &mut Summary) {
        if let Stepping::Fixed { length } = run.context.chip.stepping {
            let (length_ns, overrun_steps) = (run.context.chip.ns(length), run.overrun_steps);
            s.fixed_tick = Some(FixedTick { length_ns, overrun_steps });
        }
    }

    fn check(&self, s: &Summary, found: &Found<'_>) {
        let Some(fixed) = s.fixed_tick else { return };
        if s.free_running.is_some() {
            found.problem("overrun_steps", "a free-running chip has no fixed ticks");
        } else if s.times.barrier.is_some() || s.tally.total().of(Op::Barrier) > 0 {
            found.problem("fixed_tick_ns", "a run has either a barrier between its steps or this");
        }
        let steps = s.samples.saturating_mul(s.steps_per_inference.into());
        if fixed.overrun_steps > steps {
            found.problem("overrun_steps", format!("{} of {steps} steps", fixed.overrun_steps));
        }
    }

    fn show(&self, s: &Summary, shown: &mut Shown) {
        let Some(fixed) = s.fixed_tick else { return };
        let steps = match fixed.overrun_steps {
            0 => "no step took longer".to_owned(),
            n => format!("{} steps took longer, each as many whole lengths as it needed", thousands(n as i64)),
        };
        shown.line(Head::Chip, format!("fixed ticks of {}: {steps}", time(fixed.length_ns)));
    }
}
