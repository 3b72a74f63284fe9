//! The figures of a row, by name: what a comparison is about.

use crate::report::Summary;

/// Which end of a figure is the better one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names say it")]
pub enum Goal {
    Least,
    Most,
    /// It is only shown.
    None,
}

/// A figure of a run.
#[derive(Clone, Copy, Debug)]
pub struct Figure {
    /// Its name, with its unit, in CSV and JSON.
    pub name: &'static str,
    /// Its name in a table.
    pub label: &'static str,
    /// Which end is better.
    pub goal: Goal,
    /// Whether it rests on the energy: where that is a lower bound, so is this.
    pub priced: bool,
    /// Its value; `None` where a run has none.
    pub of: fn(&Summary) -> Option<f64>,
}

/// The figures, in the order of columns.
pub const FIGURES: &[Figure] = &[
    figure("accuracy", "accuracy", Goal::Most, |s| s.accuracy),
    figure("mse", "MSE", Goal::Least, |s| s.reconstruction.map(|r| r.mse)),
    priced("energy_pj", "energy", Goal::Least, energy_pj),
    figure("latency_ns", "latency", Goal::Least, |s| mean(s, "latency_ns")),
    figure("synaptic_operations", "SynOps", Goal::Least, |s| mean(s, "synaptic_operations")),
    figure("cores_used", "cores", Goal::Least, |s| Some(s.mapping.cores_used.into())),
    figure("area_mm2", "area (mm²)", Goal::Least, |s| s.mapping.area.as_ref().map(|area| area.used_mm2)),
    priced("energy_delay_pj_ns", "energy x delay", Goal::Least, |s| Some(energy_pj(s)? * mean(s, "latency_ns")?)),
    priced("energy_low_pj", "energy, least", Goal::None, |s| energy_ends(s).map(|ends| ends.0)),
    priced("energy_high_pj", "energy, most", Goal::None, |s| energy_ends(s).map(|ends| ends.1)),
    figure("neuron_utilisation", "neurons used", Goal::Most, |s| used(s, &["neurons"])),
    figure("worst_link_flits", "worst link", Goal::Least, |s| {
        Some(s.network_on_chip.worst_link.as_ref().map_or(0.0, |link| link.flits))
    }),
    figure("cycles", "cycles", Goal::Least, |s| mean(s, "cycles")),
    figure("memory_utilisation", "memory used", Goal::Most, |s| used(s, &["synapse_memory", "crosspoints"])),
    priced("average_power_mw", "power (mW)", Goal::Least, |s| energy_pj(s).map(|_| s.pricing.average_power_mw)),
    figure("latency_p99_ns", "latency, 99 %", Goal::Least, |s| quantity(s, "latency_ns").map(|q| q.p99)),
    figure("core_area_mm2", "area of a core (mm²)", Goal::Least, |s| {
        s.mapping.area.as_ref().map(|area| area.core_mm2)
    }),
    figure("chip_area_mm2", "area of the chip (mm²)", Goal::Least, |s| {
        s.mapping.area.as_ref().map(|area| area.chip_mm2)
    }),
    figure("spikes", "spikes", Goal::Least, |s| mean(s, "spikes")),
    figure("packets", "packets", Goal::Least, |s| mean(s, "packets")),
    figure("hops", "hops", Goal::Least, |s| mean(s, "hops")),
    figure("network_synaptic_operations", "SynOps of the network", Goal::None, |s| s.network_operations),
    figure("reference_accuracy", "reference accuracy", Goal::None, |s| s.reference_accuracy),
    figure("mismatched_samples", "mismatched samples", Goal::None, |s| Some(s.mismatched_samples as f64)),
];

pub(super) const ENERGY: usize = 2;

const fn figure(name: &'static str, label: &'static str, goal: Goal, of: fn(&Summary) -> Option<f64>) -> Figure {
    Figure { name, label, goal, priced: false, of }
}

const fn priced(name: &'static str, label: &'static str, goal: Goal, of: fn(&Summary) -> Option<f64>) -> Figure {
    Figure { name, label, goal, priced: true, of }
}

/// The energy; `None` where nothing that was counted has a published cost, which is not the same as none.
fn energy_pj(summary: &Summary) -> Option<f64> {
    summary.pricing.coverage.total.known(summary.pricing.energy_pj.mean)
}

/// The band of the energy; without one, what the published ranges of its constants make of it.
fn energy_ends(summary: &Summary) -> Option<(f64, f64)> {
    let band = summary.pricing.band.as_ref().map(|band| (band.low, band.high));
    energy_pj(summary).map(|_| band.unwrap_or(summary.pricing.range_pj))
}

fn quantity<'s>(summary: &'s Summary, name: &str) -> Option<&'s crate::report::Quantity> {
    summary.per_inference.iter().find(|(known, _)| *known == name).map(|(_, quantity)| quantity)
}

fn mean(summary: &Summary, name: &str) -> Option<f64> {
    quantity(summary, name).map(|quantity| quantity.mean)
}

/// Mean use, over the cores in use, of the first of some limits that the chip has.
fn used(summary: &Summary, names: &[&str]) -> Option<f64> {
    summary.mapping.utilisation.iter().find(|used| names.contains(&used.name)).map(|used| used.mean)
}

pub(super) fn position(name: &str) -> Option<usize> {
    FIGURES.iter().position(|figure| figure.name == name)
}
