//! The final figures of a training: what the network costs, beside its twin and what it was before.

use super::score::{maybe, score_fields, score_text, score_title};
use crate::net::architecture::Target;
use crate::report::energy::{Coverage, UNPRICED};
use crate::report::origin::{FileOrigin, origins_json};
use crate::report::table::{number, table};
use crate::train::ablation::Score;
use serde_json::{Map, Value, json};
use std::fmt::Write;

/// Operations of an inference, without encoding.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum NetworkOperations {
    /// Multiply-accumulates.
    Macs(u64),
    /// Mean of synaptic operations.
    Synaptic(f64),
}

/// A network.
#[derive(Clone, Debug, PartialEq)]
pub struct ClosingRow {
    /// Name.
    pub name: &'static str,
    /// How well it does.
    pub score: Score,
    /// Spikes per hidden neuron and inference, where it spikes.
    pub spikes_per_neuron: Option<f64>,
    /// Operations per inference.
    pub operations: NetworkOperations,
    /// Modelled energy per inference on the chip (pJ), where it runs there.
    pub energy_pj: Option<(f64, Coverage)>,
}

/// The final figures.
#[derive(Clone, Debug, PartialEq)]
pub struct Closing {
    /// Part of the data set that they are of.
    pub part: &'static str,
    /// Target of the outputs.
    pub target: Target,
    /// Samples, from the first.
    pub samples: u64,
    /// The chip that the energy is modelled of.
    pub chip: String,
    /// Files that stood for what the program does not carry.
    pub origins: Vec<FileOrigin>,
    /// Samples that the energy is of, from the first.
    pub energy_samples: u64,
    /// Multiply-accumulates of the encoding layer, in none of the rows.
    pub encoder_macs: u64,
    /// The networks.
    pub rows: Vec<ClosingRow>,
    /// Notes for the reader.
    pub notes: Vec<String>,
}

impl Closing {
    pub(super) fn explanation(&self) -> String {
        let Self { part, samples, chip, energy_samples, encoder_macs, .. } = self;
        let text = format!(
            "Means per inference of the first {samples} samples of the {part} part. Operations are the network's own, in the \
             T steps of each layer; a chip may do more (run tells). Energy is modelled on {chip}, of the first \
             {energy_samples} of the samples."
        );
        if *encoder_macs == 0 {
            return text;
        }
        let macs = number(*encoder_macs as f64);
        format!("{text} The encoding layer's {macs} multiply-accumulates are left out of the operations.")
    }
}

pub(super) fn cells(closing: &Closing, row: &ClosingRow) -> [String; 5] {
    let operations = match row.operations {
        NetworkOperations::Macs(macs) => format!("{} MAC", number(macs as f64)),
        NetworkOperations::Synaptic(operations) => format!("{} SynOp", number(operations)),
    };
    [
        row.name.to_owned(),
        score_text(closing.target, &row.score),
        maybe(row.spikes_per_neuron, 3),
        operations,
        row.energy_pj.map_or(UNPRICED.into(), |(pj, of)| of.mark(format!("{} nJ", number(pj / 1e3)))),
    ]
}

pub(super) fn heads(closing: &Closing) -> [String; 5] {
    let energy = format!("energy, {} samples", closing.energy_samples);
    let score = score_title(closing.target).to_owned();
    ["network".into(), score, "spikes per neuron".into(), "operations of the network".into(), energy]
}

/// The table for people.
pub fn closing_text(closing: &Closing, width: u16) -> String {
    let heads = heads(closing);
    let mut rows = table(&heads.each_ref().map(String::as_str), width);
    for row in &closing.rows {
        rows.add_row(cells(closing, row));
    }
    let mut text = format!("{rows}\n{}", closing.explanation());
    for note in &closing.notes {
        let _ = write!(text, "\nnote: {note}");
    }
    for origin in &closing.origins {
        let _ = write!(text, "\n{origin}");
    }
    text
}

/// The same for machines.
pub fn closing_json(closing: &Closing) -> Value {
    let row = |row: &ClosingRow| {
        let mut fields = Map::new();
        fields.insert("network".into(), json!(row.name));
        fields.extend(score_fields(closing.target, &row.score));
        fields.insert("spikes_per_neuron".into(), json!(row.spikes_per_neuron));
        let (macs, synaptic) = match row.operations {
            NetworkOperations::Macs(macs) => (Some(macs), None),
            NetworkOperations::Synaptic(operations) => (None, Some(operations)),
        };
        fields.insert("macs".into(), json!(macs));
        fields.insert("network_synaptic_operations".into(), json!(synaptic));
        let energy = row.energy_pj.and_then(|(pj, of)| of.known(pj));
        fields.insert("modelled_energy_pj".into(), json!(energy));
        fields.insert("modelled_energy_coverage".into(), json!(row.energy_pj.map(|(_, of)| of.name())));
        Value::Object(fields)
    };
    json!({
        "part": closing.part,
        "samples": closing.samples,
        "chip": closing.chip,
        "origins": origins_json(&closing.origins),
        "energy_samples": closing.energy_samples,
        "encoder_macs": closing.encoder_macs,
        "networks": closing.rows.iter().map(row).collect::<Vec<_>>(),
        "notes": closing.notes,
    })
}
