//! What is particular to crossbars whose devices are not ideal.

use super::section::*;
use crate::hw::SynapseArray;

pub(super) const SECTION: Section = Section { measure, check, show, ..Section::of(&[fields!(devices = LeftOut)]) };

fn measure(run: &MeasuredRun<'_>, s: &mut Summary) {
    let (chip, system) = (run.context.chip, run.context.system);
    let SynapseArray::Crossbar { rows, devices: Some(devices), .. } = &chip.kinds()[0].core.synapses else { return };
    s.devices = Some(DeviceFigures {
        modelled: devices.modelled(),
        seed: system.tables.cells.as_ref().map_or(0, |cells| cells.seed),
        // Cells may not hold synapses that do not fit.
        exact: devices.is_exact(*rows) && run.context.mapping.violations.is_empty(),
        differing_share: s.differing_share(),
        spike_count_difference: run.spike_count_difference(),
        accuracy: s.accuracy,
        reference_accuracy: s.reference_accuracy,
        clipped_conversions: run.clipped_conversions,
    });
}

fn check(s: &Summary, found: &SavedReport<'_>) {
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

fn show(s: &Summary, shown: &mut Shown) {
    s.devices.iter().for_each(|devices| shown.line(Head::Chip, text(devices, s)));
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
        "devices of seed {}{ideal}: {}\n{share}spike counts differ from the reference by {difference} per neuron on \
         average; {clips}",
        figures.seed,
        figures.modelled.join(", "),
    )
}
