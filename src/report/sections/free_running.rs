//! What is particular to a free-running chip, on which timing acts on function.

use super::section::*;
use crate::hw::Stepping;

pub(super) const SECTION: Section = Section { measure, check, show, ..Section::of(&[fields!(free_running = LeftOut)]) };

fn measure(run: &MeasuredRun<'_>, s: &mut Summary) {
    let chip = run.context.chip;
    let Stepping::Free { time_step, deadline } = chip.stepping else { return };
    let dropped = &run.dropped;
    s.free_running = Some(FreeRunningFigures {
        time_step_ns: chip.ns(time_step),
        deadline_ns: chip.ns(deadline),
        ended_at_deadline: dropped.iter().filter(|packets| **packets > 0).count() as u64,
        packets_not_delivered: dropped.iter().sum(),
        spikes_lost: run.context.system.tables.has_events().then_some(run.lost),
        spike_count_difference: run.spike_count_difference(),
    });
}

fn check(s: &Summary, found: &SavedReport<'_>) {
    let (free, fixed) = (s.free_running.is_some(), s.fixed_tick.is_some());
    let barriers = s.tally.total().of(Op::Barrier);
    let waits = free != (s.times.barrier.is_none() && !fixed) || free && barriers > 0;
    if !(free && fixed) && waits {
        found.problem("free_running", "a run has either a barrier between its steps or this");
    }
    let spikes = s.tally.total().of(Op::SomaSpike);
    if let Some(lost) = s.free_running.and_then(|free| free.spikes_lost).filter(|lost| *lost > spikes) {
        found.problem("free_running.spikes_lost", format!("found {lost} of {spikes} spikes"));
    }
    if let Some(free) = s.free_running.filter(|free| free.ended_at_deadline > s.samples) {
        let message = format!("found {} of {} inferences", free.ended_at_deadline, s.samples);
        found.problem("free_running.ended_at_deadline", message);
    }
}

fn show(s: &Summary, shown: &mut Shown) {
    s.free_running.iter().for_each(|free| shown.line(Head::Chip, free.text(s.samples)));
}

impl FreeRunningFigures {
    fn text(&self, samples: u64) -> String {
        let deadline = time(self.deadline_ns);
        let ended = match self.ended_at_deadline {
            0 => format!("all inferences ended before the deadline of {deadline}"),
            n => format!(
                "{} of {} inferences ended at the deadline of {deadline}, with {} packets not delivered, whose energy is included",
                thousands(n as i64),
                thousands(samples as i64),
                thousands(self.packets_not_delivered as i64)
            ),
        };
        let lost = match self.spikes_lost {
            None | Some(0) => String::new(),
            Some(lost) => format!(
                "; {} spikes found the queue of their core full and were lost, which the reference does not know",
                thousands(lost as i64)
            ),
        };
        let difference = number(self.spike_count_difference);
        format!(
            "free-running, steps of {}: {ended}{lost}; spike counts differ from the reference by {difference} per \
             neuron on average",
            time(self.time_step_ns)
        )
    }
}
