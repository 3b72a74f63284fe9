//! The figures of a report as tables, with the values of its JSON.

mod details;
mod mapping;

pub use details::{CoreDetail, DetailsError, LinkDetail, RunDetails};

use super::summary::Summary;
use super::tally::CountsByKind;
use crate::columns::{Columns, RowColumns};
use crate::stats::{Counts, Op};
use std::iter::repeat;

/// Operations that were counted at all, in the order of reports.
fn counted(all: &Counts) -> Vec<Op> {
    Op::ALL.iter().copied().filter(|op| all.of(*op) > 0).collect()
}

impl Summary {
    /// A row for each layer: its figures per inference.
    pub fn layer_table(&self) -> Columns {
        let energies = self.pricing.layers().map(|(pj, coverage)| coverage.known(pj));
        let rows: Vec<_> = self.layers.iter().zip(energies.chain(repeat(None))).collect();
        Columns::of_rows(&rows)
            .text("layer", |(layer, _)| layer.layer.as_str())
            .whole("neurons", |(layer, _)| Some(layer.neurons.into()))
            .whole("cores", |(layer, _)| Some(layer.cores.into()))
            .real("spikes", |(layer, _)| Some(layer.spikes))
            .real("synaptic_operations", |(layer, _)| Some(layer.synaptic_operations))
            .real("packets", |(layer, _)| Some(layer.packets))
            .real("energy_pj", |(_, energy)| *energy)
            .finish()
    }

    /// A row for each unit: its energy per inference, and how much of what was counted that is of.
    pub fn unit_table(&self) -> Columns {
        let units: Vec<_> = self.pricing.units().collect();
        Columns::of_rows(&units)
            .text("unit", |(name, ..)| *name)
            .real("energy_pj", |(_, pj, coverage)| coverage.known(*pj))
            .text("coverage", |(.., coverage)| coverage.name())
            .finish()
    }

    /// A row for each inference, in the order of samples: time, energy, and counts of operations. A sparse run is one
    /// inference.
    pub fn inference_table(&self) -> Columns {
        let tally = &self.tally;
        let class = |classes: &[u32], row: usize| classes.get(row).map(|class| u64::from(*class));
        let rows: Vec<_> = tally.inferences.iter().zip(self.inference_energies()).enumerate().collect();
        let mut table = Columns::of_rows(&rows).whole("sample", |(row, _)| Some(*row as u64));
        if !self.predictions.is_empty() {
            table = table
                .whole("label", |(row, _)| class(&self.labels, *row))
                .whole("prediction", |(row, _)| class(&self.predictions, *row));
        }
        table = table
            .whole("ticks", |(_, ((_, ticks), _))| Some(*ticks))
            .real("latency_ns", |(_, ((_, ticks), _))| Some(tally.fs(*ticks) as f64 / 1e6))
            .real("energy_pj", |(_, (_, energy))| *energy);
        with_counts(table, &tally.total(), |(_, ((counts, _), _))| counts).finish()
    }

    /// The energy of each inference (pJ): of what was counted by its prices, and of power at rest by its time. `None` where
    /// nothing has a price, and in reports that are older than the prices in them.
    fn inference_energies(&self) -> Vec<Option<f64>> {
        let (tally, pricing) = (&self.tally, &self.pricing);
        let has_prices =
            !pricing.prices.is_empty() || pricing.breakdown_pj.iter().all(|(name, pj)| *pj == 0.0 || *name == "static");
        let all = pricing.static_pj() * tally.samples();
        let rest = |ticks: u64| if all > 0.0 { all * (ticks as f64 / tally.ticks() as f64) } else { 0.0 };
        let energy = |at: usize| {
            let counted: CountsByKind = tally.inference(at);
            let priced = pricing.prices.iter();
            let aj: u128 = priced.map(|price| u128::from(price.count(&counted)) * u128::from(price.energy_aj)).sum();
            let pj = crate::units::sum_to_pj(aj) + rest(tally.inferences[at].1);
            pricing.coverage.total.known(pj).filter(|_| has_prices)
        };
        (0..tally.inferences.len()).map(energy).collect()
    }
}

/// Adds counts of rows, a column for each operation that all of them together counted.
fn with_counts<'r, T>(table: RowColumns<'r, T>, all: &Counts, of: impl Fn(&T) -> &Counts) -> RowColumns<'r, T> {
    counted(all).into_iter().fold(table, |table, op| table.whole(op.name(), |row| Some(of(row).of(op))))
}
