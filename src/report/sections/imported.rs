//! An imported network beside the real one: how far its integers are from real numbers, layer by layer.

use super::Summary;
use crate::json::Cursor;
use crate::net::nir::{Comparison, Row};
use crate::report::saved::{AnyText, Form, LeftOut, Record, fields};
use crate::report::table::{number, table, thousands};
use serde_json::{Value, json};

/// An imported network beside the real one.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ImportedNetwork {
    /// Steps that every layer took.
    pub steps: u32,
    /// Layers, in the order of the graph.
    pub layers: Vec<ImportedLayer>,
    /// What a user must know.
    pub warnings: Vec<String>,
}

/// A layer in both networks.
#[derive(Clone, Debug, Default, PartialEq)]
#[allow(missing_docs, reason = "the names of the report say it")]
pub struct ImportedLayer {
    pub layer: String,
    pub kind: String,
    pub shape: Vec<u64>,
    pub populations: u64,
    pub neuron: String,
    pub synapses: u64,
    pub synapses_of_weight_zero: u64,
    pub weights_lost: f64,
    pub weight_rounding: f64,
    pub decay_rounding: f64,
    pub leak_rounding: f64,
    pub delay_rounding_steps: f64,
    pub membrane_units_per_unit: f64,
    pub spikes_real: u64,
    pub spikes: u64,
    pub neurons_that_differ: u64,
    /// Of a layer that never fires, as are the two below: the sum of the final potentials in real numbers.
    pub potential_sum_real: Option<f64>,
    pub potential_sum: Option<f64>,
    pub potential_difference: Option<f64>,
    pub saturated_steps: u64,
    pub saturated_neurons: u64,
}

/// A real number of any sign; `null` stands for one that is not finite.
struct Real;

impl Form<f64> for Real {
    fn save(&self, value: &f64) -> Value {
        json!(value)
    }

    fn load(&self, cursor: &Cursor<'_>) -> Option<f64> {
        if cursor.is_null() { Some(f64::NAN) } else { cursor.number(f64::MIN..=f64::MAX) }
    }
}

/// A real number of any sign, or none.
struct MaybeReal;

impl Form<Option<f64>> for MaybeReal {
    fn save(&self, value: &Option<f64>) -> Value {
        json!(value)
    }

    fn load(&self, cursor: &Cursor<'_>) -> Option<Option<f64>> {
        if cursor.is_null() { Some(None) } else { Real.load(cursor).map(Some) }
    }
}

impl Record for ImportedNetwork {
    fields!(ImportedNetwork { steps, layers, warnings });
}

impl Record for ImportedLayer {
    fields!(ImportedLayer {
        layer = AnyText,
        kind = AnyText,
        shape,
        populations,
        neuron = AnyText,
        synapses,
        synapses_of_weight_zero,
        weights_lost = Real,
        weight_rounding = Real,
        decay_rounding = Real,
        leak_rounding = Real,
        delay_rounding_steps = Real,
        membrane_units_per_unit = Real,
        spikes_real,
        spikes,
        neurons_that_differ,
        potential_sum_real = MaybeReal,
        potential_sum = MaybeReal,
        potential_difference = MaybeReal,
        saturated_steps,
        saturated_neurons,
    });
}

impl ImportedNetwork {
    /// Of a comparison of both networks.
    pub fn of(comparison: &Comparison) -> Self {
        Self {
            steps: comparison.steps,
            layers: comparison.rows.iter().map(ImportedLayer::of).collect(),
            warnings: comparison.warnings(),
        }
    }

    /// Real numbers and integers by layer, and what the columns mean.
    pub(in crate::report) fn text(&self, width: u16) -> String {
        let header = ["", "neurons", "lost", "rounding", "leaks", "delays", "real", "integer", "differ", "saturated"];
        let mut grid = table(&header, width);
        for layer in &self.layers {
            grid.add_row(layer.cells());
        }
        let what = format!(
            "{} steps of every layer. lost: synapses whose weights round to zero, of all; rounding: of weights, root mean square; leaks: \
             largest rounding of what a step takes off; delays: largest rounding, in steps; real, integer: spikes, or of what never \
             fires the sum of the last potentials; differ: neurons with other counts, or the largest difference of potentials; \
             saturated: steps in which a membrane does",
            thousands(self.steps.into())
        );
        format!("{grid}\n{}", textwrap::fill(&what, usize::from(width)))
    }
}

impl ImportedLayer {
    fn of(row: &Row) -> Self {
        let figures = &row.figures;
        Self {
            layer: figures.name.clone(),
            kind: figures.kind.to_owned(),
            shape: figures.shape.iter().map(|n| *n as u64).collect(),
            populations: figures.populations as u64,
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

pub(super) struct Section;

impl super::Section for Section {
    fields!(Summary { imported = LeftOut });

    fn appendix(s: &Summary, width: u16) -> Option<String> {
        let imported = s.imported.as_ref()?;
        Some(format!("real numbers and integers\n\n{}", imported.text(width)))
    }
}
