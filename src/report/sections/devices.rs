//! What is particular to crossbars whose devices are not ideal.

use super::kit::*;
use crate::hw::SynapseArray;

record! {
    /// What a run on such crossbars did.
    pub struct DeviceFigures {
        /// What is modelled of them.
        pub modelled: Vec<String> = list(1..=64, String::load),
        /// The seed of their draws.
        pub seed: u64 = whole(0..=u64::MAX),
        /// Whether they are such that sums must be those of integers all the same.
        pub exact: bool,
        /// Share of the samples that differ from the reference.
        pub differing_share: f64 = share,
        /// Mean over inferences and neurons that fire of how far a spike count is from the integer reference.
        pub spike_count_difference: f64,
        /// Share of right classes on the chip, as elsewhere in the report.
        pub accuracy: Option<f64> = or_null(share),
        /// Share of right classes of the integer reference, as elsewhere in the report.
        pub reference_accuracy: Option<f64> = or_null(share),
        /// Conversions that were clipped, over all inferences.
        pub clipped_conversions: u64,
    }
}

pub(super) struct Of;

impl Section for Of {
    fields!(Summary { devices = LeftOut });

    fn measure(&self, run: &Run<'_>, s: &mut Summary) {
        let (chip, system) = (run.context.chip, run.context.system);
        let SynapseArray::Crossbar { rows, devices: Some(devices), .. } = &chip.core.synapses else { return };
        s.devices = Some(DeviceFigures {
            modelled: devices.modelled(),
            seed: system.tables.cells.as_ref().map_or(0, |cells| cells.seed),
            // What does not fit may not be held by the cells.
            exact: devices.is_exact(*rows) && run.context.mapping.violations.is_empty(),
            differing_share: s.differing_share(),
            spike_count_difference: run.spike_count_difference(),
            accuracy: s.accuracy,
            reference_accuracy: s.reference_accuracy,
            clipped_conversions: run.clipped_conversions,
        });
    }

    fn check(&self, s: &Summary, found: &Found<'_>) {
        let Some(devices) = &s.devices else { return };
        for (name, same) in [
            ("differing_share", devices.differing_share == s.differing_share()),
            ("accuracy", devices.accuracy == s.accuracy),
            ("reference_accuracy", devices.reference_accuracy == s.reference_accuracy),
        ] {
            if !same {
                found.problem("devices", format!("{name} is not that of the rest of the report"));
            }
        }
        let (clipped, conversions) = (devices.clipped_conversions, s.tally.total().of(Op::ColumnConversion));
        if clipped > conversions {
            let message = format!("found {clipped}, but only {conversions} columns were converted");
            found.problem("devices.clipped_conversions", message);
        }
    }

    fn show(&self, s: &Summary, shown: &mut Shown) {
        s.devices.iter().for_each(|devices| shown.line(Head::Chip, text(devices, s)));
    }
}

fn text(figures: &DeviceFigures, s: &Summary) -> String {
    let difference = number(figures.spike_count_difference);
    let (clipped, all) = (figures.clipped_conversions, s.tally.total().of(Op::ColumnConversion));
    let clips = match clipped {
        0 => "no conversion was clipped".into(),
        n => format!("{:.2} % of conversions were clipped", n as f64 / all.max(1) as f64 * 100.0),
    };
    // A sparse run is no sample.
    let share = match s.totals {
        Some(_) => String::new(),
        None => format!("{:.1} % of samples differ; ", s.differing_share() * 100.0),
    };
    let ideal = if figures.exact { " (such that sums are exact)" } else { "" };
    format!(
        "devices of seed {}{ideal}: {}\n{share}spike counts differ from the reference by {difference} per neuron in the \
         mean; {clips}",
        figures.seed,
        figures.modelled.join(", "),
    )
}
