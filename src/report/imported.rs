//! What became of an imported graph, and how far its integers are from real numbers.

use super::table::{number, table, thousands};
use crate::net::nir::LayerFigures;
use serde_json::{Value, json};

/// Schema of the JSON of `import`.
pub const IMPORT_SCHEMA: &str = "spikemesh.import/1";

/// How far a layer's integers were from real numbers, over a run of both.
#[derive(Clone, Debug, PartialEq)]
pub struct Deviation {
    /// Spikes in real numbers.
    pub spikes_real: u64,
    /// Spikes in integers.
    pub spikes: u64,
    /// Neurons whose numbers of spikes differ.
    pub neurons_that_differ: u64,
    /// Largest difference of the last potentials, in units of the file; only of neurons that never spike.
    pub potential: Option<f64>,
}

/// The table of `import`.
pub fn import_text(
    name: &str,
    layers: &[LayerFigures],
    deviation: &[Deviation],
    notes: &[String],
    width: u16,
) -> String {
    let header =
        ["", "kind", "neurons", "synapses", "rounding", "spikes, real", "integer", "neurons that differ", "potential"];
    let mut grid = table(&header, width);
    for (layer, off) in layers.iter().zip(deviation) {
        let is_input = layer.kind == "Input";
        let of_neurons = |text: String| if is_input { String::new() } else { text };
        grid.add_row([
            layer.name.clone(),
            layer.kind.to_owned(),
            thousands(layer.shape.iter().product::<usize>() as i64),
            of_neurons(thousands(layer.synapses as i64)),
            of_neurons(format!("{:.2} %", 100.0 * layer.weight_error)),
            thousands(off.spikes_real as i64),
            of_neurons(thousands(off.spikes as i64)),
            of_neurons(thousands(off.neurons_that_differ as i64)),
            off.potential.map_or(String::new(), number),
        ]);
    }
    let notes: Vec<String> =
        notes.iter().map(|note| textwrap::fill(&format!("note: {note}"), usize::from(width))).collect();
    let what = "rounding: of weights, root mean square; potential: largest difference at the end, of what never spikes";
    format!("{name}\n\n{grid}\n{}\n{}", textwrap::fill(what, usize::from(width)), notes.join("\n"))
}

/// The same for machines.
pub fn import_json(name: &str, layers: &[LayerFigures], deviation: &[Deviation], notes: &[String]) -> Value {
    let layer = |(layer, off): (&LayerFigures, &Deviation)| {
        json!({
            "layer": layer.name,
            "kind": layer.kind,
            "shape": layer.shape,
            "populations": layer.populations,
            "neuron": layer.model,
            "synapses": layer.synapses,
            "synapses_of_weight_zero": layer.zeroed,
            "weight_rounding": layer.weight_error,
            "decay_rounding": layer.decay_error,
            "membrane_units_per_unit": layer.units,
            "spikes_real": off.spikes_real,
            "spikes": off.spikes,
            "neurons_that_differ": off.neurons_that_differ,
            "potential_difference": off.potential,
        })
    };
    json!({
        "schema": IMPORT_SCHEMA,
        "network": name,
        "layers": layers.iter().zip(deviation).map(layer).collect::<Vec<_>>(),
        "notes": notes,
    })
}
