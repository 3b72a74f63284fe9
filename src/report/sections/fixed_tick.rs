//! What is particular to a chip of fixed ticks.

use super::section::*;
use crate::hw::Stepping;

pub(super) const SECTION: Section =
    Section { measure, check, show, ..Section::of(&[fields_within!(fixed_tick: FixedTickFigures)]) };

fn measure(run: &MeasuredRun<'_>, s: &mut Summary) {
    if let Stepping::Fixed { length } = run.context.chip.stepping {
        let (length_ns, overrun_steps) = (run.context.chip.ns(length), run.overrun_steps);
        s.fixed_tick = Some(FixedTickFigures { length_ns, overrun_steps });
    }
}

fn check(s: &Summary, found: &SavedReport<'_>) {
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

fn show(s: &Summary, shown: &mut Shown) {
    let Some(fixed) = s.fixed_tick else { return };
    let steps = match fixed.overrun_steps {
        0 => "no step took longer".to_owned(),
        n => format!("{} took longer, and each was extended by whole ticks", count(n, "step")),
    };
    shown.line(Head::Chip, format!("fixed ticks of {}: {steps}", time(fixed.length_ns)));
}
