//! The final figures of a training: what the network costs, beside its twin and what it was before.

use super::answers::{confusion, mistake};
use super::score::{maybe, score_fields, score_text, score_title};
use crate::net::architecture::Target;
use crate::report::energy::{Coverage, UNPRICED};
use crate::report::origin::{FileOrigin, origins_json};
use crate::report::table::{number, table};
use crate::train::ablation::{Answer, Score};
use serde_json::{Map, Value, json};
use std::fmt::Write;

/// Operations of an inference, without encoding.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum NetworkOperations {
    Macs(u64),
    Synaptic(f64),
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ClosingRow {
    pub(crate) name: &'static str,
    pub(crate) score: Score,
    /// Spikes per hidden neuron and inference, where it spikes.
    pub(crate) spikes_per_neuron: Option<f64>,
    pub(crate) operations: NetworkOperations,
    /// Modelled energy per inference on the chip (pJ), where it runs there.
    pub(crate) energy_pj: Option<(f64, Coverage)>,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Closing {
    /// Part of the data set that they are of.
    pub(crate) part: &'static str,
    pub(crate) target: Target,
    /// Samples, from the first.
    pub(crate) samples: u64,
    pub(crate) chip: String,
    pub(crate) origins: Vec<FileOrigin>,
    /// Samples that the energy is of, from the first.
    pub(crate) energy_samples: u64,
    /// Multiply-accumulates of the encoding layer, in none of the rows.
    pub(crate) encoder_macs: u64,
    pub(crate) rows: Vec<ClosingRow>,
    pub(crate) notes: Vec<String>,
    /// Classes of each sample.
    pub(crate) answers: Vec<Answer>,
}

impl Closing {
    pub(super) fn explanation(&self) -> String {
        let Self { part, samples, chip, energy_samples, encoder_macs, .. } = self;
        let text = format!(
            "Means per inference over the first {samples} samples of the {part} part. Operations are the network's own, in the \
             T steps of each layer; a chip may do more, as \"run\" reports. Energy is modelled on {chip}, of the first \
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

pub(crate) fn closing_text(closing: &Closing, width: u16) -> String {
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

pub(crate) fn closing_json(closing: &Closing) -> Value {
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
        "confusion": confusion(&closing.answers),
        "mistakes": closing.answers.iter().enumerate().filter(|(_, a)| a.spiking != a.label).map(mistake).collect::<Vec<_>>(),
    })
}
