//! An imported network beside the real one: how far its integers are from real numbers, layer by layer; and the report
//! of `import`.

use super::grid::{Cell, ReportTable};
use super::saved::{SavedRecord, any_text, or_null, record};
use super::table::{count, number, thousands};
use crate::json::Cursor;
use crate::net::deviation::{Deviation, LayerDeviation};
use serde_json::{Map, Value, json};
use std::fmt::Write;

/// Schema of the JSON of `import`.
pub const IMPORT_SCHEMA: &str = "spikemesh.import/1";

/// The table of `import`, with its notes.
#[cfg(feature = "nir")]
pub fn import_text(name: &str, imported: &ImportedNetwork, notes: &[String], width: u16) -> String {
    let notes: Vec<String> =
        notes.iter().map(|note| textwrap::fill(&format!("note: {note}"), usize::from(width))).collect();
    format!("{name}\n\n{}\n{}", imported.table().with_legend(width), notes.join("\n"))
}

/// The same for machines.
pub fn import_json(name: &str, imported: &ImportedNetwork, notes: &[String]) -> Value {
    let mut report = Map::new();
    report.insert("schema".into(), json!(IMPORT_SCHEMA));
    report.insert("network".into(), json!(name));
    report.insert("notes".into(), json!(notes));
    imported.put(&mut report);
    Value::Object(report)
}

record! {
    /// An imported network beside the real one.
    pub struct ImportedNetwork {
        /// Steps that every layer took.
        pub steps: u32,
        /// Layers, in the order of the graph.
        pub layers: Vec<ImportedLayer>,
        /// Warnings for the user.
        pub warnings: Vec<String>,
    }
}

record! {
    /// A layer in both networks. The last potentials are those of a layer that never fires.
    #[allow(missing_docs, reason = "the names say it")]
    pub struct ImportedLayer {
        pub layer: String = any_text,
        pub kind: String = any_text,
        pub shape: Vec<u64>,
        pub settings: u64,
        pub neuron: String = any_text,
        pub synapses: u64,
        pub synapses_of_weight_zero: u64,
        pub weights_lost: f64 = signed,
        pub weight_rounding: f64 = signed,
        pub decay_rounding: f64 = signed,
        pub leak_rounding: f64 = signed,
        pub delay_rounding_steps: f64 = signed,
        pub membrane_units_per_unit: f64 = signed,
        pub spikes_real: u64,
        pub spikes: u64,
        pub neurons_that_differ: u64,
        pub potential_sum_real: Option<f64> = or_null(signed),
        pub potential_sum: Option<f64> = or_null(signed),
        pub potential_difference: Option<f64> = or_null(signed),
        pub saturated_steps: u64,
        pub saturated_neurons: u64,
    }
}

/// A number of any sign; `null` stands for one that is not finite.
fn signed(cursor: &Cursor<'_>) -> Option<f64> {
    if cursor.is_null() { Some(f64::NAN) } else { cursor.number(f64::MIN..=f64::MAX) }
}

impl ImportedNetwork {
    /// Of a comparison of both networks.
    pub fn of(comparison: &Deviation) -> Self {
        Self {
            steps: comparison.steps,
            layers: comparison.rows.iter().map(ImportedLayer::of).collect(),
            warnings: comparison.warnings(),
        }
    }

    /// How far the integers are from real numbers, in a line.
    pub(super) fn in_short(&self) -> String {
        let neurons = || self.layers.iter().filter(|layer| layer.kind != "Input");
        let fire = || neurons().filter(|layer| layer.potential_difference.is_none());
        let all: u64 = fire().map(|layer| layer.shape.iter().product::<u64>()).sum();
        let differ: u64 = fire().map(|layer| layer.neurons_that_differ).sum();
        let saturated = neurons().filter(|layer| layer.saturated_steps > 0).count() as u64;
        let mut text = format!("{} of {} have other spike counts", thousands(differ as i64), count(all, "neuron"));
        let potentials = neurons().filter_map(|layer| layer.potential_difference);
        if let Some(most) = potentials.reduce(f64::max) {
            let _ = write!(text, "; potentials of what never fires differ by {} at most", number(most));
        }
        if saturated > 0 {
            let _ = write!(text, "; membranes saturate in {}", count(saturated, "layer"));
        }
        text
    }

    pub(super) fn table(&self) -> ReportTable {
        let columns =
            vec!["", "neurons", "lost", "rounding", "leaks", "delays", "real", "integer", "differ", "saturated"];
        let legend = format!(
            "{} steps of every layer. lost: synapses whose weights round to zero, of all; rounding: of weights, root mean square; leaks: \
             largest rounding error of the leak of a step; delays: largest rounding error, in steps; real, integer: spikes, or, in \
             layers that never fire, the sum of the last potentials; differ: neurons with other counts, or the largest difference \
             of potentials; saturated: steps in which a membrane saturates",
            thousands(self.steps.into())
        );
        let rows = self.layers.iter().map(|layer| layer.cells().map(Cell::plain).into()).collect();
        ReportTable {
            heading: "real numbers and integers",
            id: "imported",
            columns,
            rows,
            legend,
            ..ReportTable::default()
        }
    }
}

impl ImportedLayer {
    fn of(row: &LayerDeviation) -> Self {
        let figures = &row.figures;
        Self {
            layer: figures.name.clone(),
            kind: figures.kind.to_owned(),
            shape: figures.shape.iter().map(|n| *n as u64).collect(),
            settings: figures.settings as u64,
            neuron: figures.model.clone(),
            synapses: figures.synapses,
            synapses_of_weight_zero: figures.zeroed,
            weights_lost: figures.weight_lost,
            weight_rounding: figures.weight_error,
            decay_rounding: figures.decay_error,
            leak_rounding: figures.leak_error,
            delay_rounding_steps: row.delay_error,
            membrane_units_per_unit: figures.units,
            spikes_real: row.spikes_real,
            spikes: row.spikes,
            neurons_that_differ: row.neurons_that_differ,
            potential_sum_real: row.potentials.map(|(real, _)| real),
            potential_sum: row.potentials.map(|(_, integer)| integer),
            potential_difference: row.potential_difference,
            saturated_steps: row.saturated_steps,
            saturated_neurons: row.saturated_neurons,
        }
    }

    fn cells(&self) -> [String; 10] {
        let of_neurons = |text: String| if self.kind == "Input" { String::new() } else { text };
        let percent = |share: f64| if share > 0.0 { format!("{:.2} %", 100.0 * share) } else { "0".into() };
        let (real, integer) = match self.potential_sum_real.zip(self.potential_sum) {
            Some((real, integer)) => (number(real), number(integer)),
            None => (thousands(self.spikes_real as i64), thousands(self.spikes as i64)),
        };
        let delays = self.delay_rounding_steps;
        let (zeroed, all) = (self.synapses_of_weight_zero, self.synapses + self.synapses_of_weight_zero);
        [
            self.layer.clone(),
            thousands(self.shape.iter().product::<u64>() as i64),
            of_neurons(format!("{} of {}", thousands(zeroed as i64), thousands(all as i64))),
            of_neurons(percent(self.weight_rounding)),
            of_neurons(percent(self.leak_rounding)),
            of_neurons(if delays > 0.0 { format!("{delays:.2}") } else { "0".into() }),
            real,
            of_neurons(integer),
            of_neurons(self.potential_difference.map_or_else(|| thousands(self.neurons_that_differ as i64), number)),
            of_neurons(thousands(self.saturated_steps as i64)),
        ]
    }
}
