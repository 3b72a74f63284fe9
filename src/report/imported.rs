//! What became of an imported graph, and how far its integers are from real numbers.

use super::table::{number, table, thousands};
use crate::net::nir::{Comparison, Row};
use serde_json::{Value, json};

/// Schema of the JSON of `import`.
pub const IMPORT_SCHEMA: &str = "spikemesh.import/1";

/// The table of `import`, with its notes.
pub fn import_text(name: &str, comparison: &Comparison, notes: &[String], width: u16) -> String {
    let notes: Vec<String> =
        notes.iter().map(|note| textwrap::fill(&format!("note: {note}"), usize::from(width))).collect();
    format!("{name}\n\n{}\n{}", comparison_text(comparison, width), notes.join("\n"))
}

/// Real numbers and integers by layer, and what the columns mean.
pub fn comparison_text(comparison: &Comparison, width: u16) -> String {
    let header = ["", "neurons", "lost", "rounding", "leaks", "delays", "real", "integer", "differ", "saturated"];
    let mut grid = table(&header, width);
    for row in &comparison.rows {
        grid.add_row(cells(row));
    }
    let what = format!(
        "{} steps of every layer. lost: synapses whose weights round to zero, of all; rounding: of weights, root mean square; leaks: \
         largest rounding of what a step takes off; delays: largest rounding, in steps; real, integer: spikes, or of what never \
         fires the sum of the last potentials; differ: neurons with other counts, or the largest difference of potentials; \
         saturated: steps in which a membrane does",
        thousands(comparison.steps.into())
    );
    format!("{grid}\n{}", textwrap::fill(&what, usize::from(width)))
}

fn cells(row: &Row) -> [String; 10] {
    let figures = &row.figures;
    let of_neurons = |text: String| if figures.kind == "Input" { String::new() } else { text };
    let percent = |share: f64| if share > 0.0 { format!("{:.2} %", 100.0 * share) } else { "0".into() };
    let (real, integer) = match row.potentials {
        Some((real, integer)) => (number(real), number(integer)),
        None => (thousands(row.spikes_real as i64), thousands(row.spikes as i64)),
    };
    [
        figures.name.clone(),
        thousands(figures.shape.iter().product::<usize>() as i64),
        of_neurons(format!(
            "{} of {}",
            thousands(figures.zeroed as i64),
            thousands((figures.synapses + figures.zeroed) as i64)
        )),
        of_neurons(percent(figures.weight_error)),
        of_neurons(percent(figures.leak_error)),
        of_neurons(if row.delay_error > 0.0 { format!("{:.2}", row.delay_error) } else { "0".into() }),
        real,
        of_neurons(integer),
        of_neurons(row.potential_difference.map_or_else(|| thousands(row.neurons_that_differ as i64), number)),
        of_neurons(thousands(row.saturated_steps as i64)),
    ]
}

/// The same for machines.
pub fn import_json(name: &str, comparison: &Comparison, notes: &[String]) -> Value {
    let mut value = json!({"schema": IMPORT_SCHEMA, "network": name, "notes": notes});
    if let (Some(value), Value::Object(table)) = (value.as_object_mut(), comparison_json(comparison)) {
        value.extend(table);
    }
    value
}

/// Steps, layers and warnings for machines; the same of `import` and of `run`.
pub fn comparison_json(comparison: &Comparison) -> Value {
    let layer = |row: &Row| {
        let figures = &row.figures;
        json!({
            "layer": figures.name,
            "kind": figures.kind,
            "shape": figures.shape,
            "populations": figures.populations,
            "neuron": figures.model,
            "synapses": figures.synapses,
            "synapses_of_weight_zero": figures.zeroed,
            "weights_lost": figures.weight_lost,
            "weight_rounding": figures.weight_error,
            "decay_rounding": figures.decay_error,
            "leak_rounding": figures.leak_error,
            "delay_rounding_steps": row.delay_error,
            "membrane_units_per_unit": figures.units,
            "spikes_real": row.spikes_real,
            "spikes": row.spikes,
            "neurons_that_differ": row.neurons_that_differ,
            "potential_sum_real": row.potentials.map(|(real, _)| real),
            "potential_sum": row.potentials.map(|(_, integer)| integer),
            "potential_difference": row.potential_difference,
            "saturated_steps": row.saturated_steps,
            "saturated_neurons": row.saturated_neurons,
        })
    };
    json!({
        "steps": comparison.steps,
        "layers": comparison.rows.iter().map(layer).collect::<Vec<_>>(),
        "warnings": comparison.warnings(),
    })
}
