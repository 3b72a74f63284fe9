//! What each layer did.

use super::energy::Price;
use super::table::exact;
use super::{Cell, Saved, Summary, Table, To};
use crate::json::{Cursor, Object};
use crate::net::graph::Population;
use crate::report::measure::{Run, on_chip};
use crate::report::saved::{self, Fields, Form, LONGEST, Record, fields};
use crate::report::table::{energy, number, thousands};
use crate::stats::{Counts, Op};
use serde_json::{Value, json};

/// What a layer did, per inference.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LayerSummary {
    /// Name.
    pub layer: String,
    /// Neurons.
    pub neurons: u32,
    /// Cores.
    pub cores: u32,
    /// Spikes of its neurons.
    pub spikes: f64,
    /// Synaptic operations into its neurons.
    pub synaptic_operations: f64,
    /// Packets sent by its cores.
    pub packets: f64,
}

impl Record for LayerSummary {
    fields!(LayerSummary { layer, neurons, cores, spikes, synaptic_operations, packets });
}

/// A layer with its energy (pJ).
fn read(cursor: &Cursor<'_>) -> Option<(LayerSummary, f64)> {
    let (mut names, mut layer) = (Vec::new(), LayerSummary::default());
    LayerSummary::names(&mut names);
    names.push("energy_pj");
    let object = cursor.object(&names)?;
    let whole = LayerSummary::take(&object, &mut layer);
    let energy = Price.take("energy_pj", &object)?;
    whole.then_some((layer, energy))
}

pub(super) struct Section;

impl super::Section for Section {
    fn names(into: &mut Vec<&'static str>) {
        into.push("per_layer");
    }

    fn put(s: &Summary, into: &mut Fields) {
        let layer = |(layer, (pj, coverage)): (&LayerSummary, (f64, crate::report::energy::Coverage))| {
            let mut fields = saved::Saved::save(layer);
            fields["energy_pj"] = json!(coverage.known(pj));
            fields
        };
        into.insert("per_layer".into(), s.layers.iter().zip(s.pricing.layers()).map(layer).collect::<Value>());
    }

    fn take(object: &Object<'_>, s: &mut Summary) -> bool {
        let list = object.need("per_layer").and_then(|cursor| cursor.list(0..=LONGEST));
        let layers: Vec<Option<_>> = list.iter().flatten().map(read).collect();
        let read: Option<Vec<_>> = layers.into_iter().collect();
        let Some(read) = read.filter(|_| list.is_some()) else { return false };
        (s.layers, s.pricing.layers_pj) = read.into_iter().unzip();
        true
    }

    fn measure(run: &Run<'_>, s: &mut Summary) {
        let samples = s.tally.samples();
        let layer = |((index, population), counts): ((usize, &Population), &Counts)| {
            let each = |op: Op| counts.of(op) as f64 / samples;
            let cores = run.context.mapping.cores.iter().filter(|core| core.population as usize == index);
            LayerSummary {
                layer: population.name.clone(),
                neurons: population.count,
                cores: cores.count() as u32,
                spikes: each(Op::SomaSpike),
                synaptic_operations: each(Op::Synapse),
                packets: each(Op::AxonOut),
            }
        };
        s.layers = on_chip(run.context.graph).zip(&s.tally.layers).map(layer).collect();
    }

    fn check(s: &Summary, saved: &Saved<'_>) {
        let samples = s.tally.samples();
        for (i, (layer, counts)) in s.layers.iter().zip(&s.tally.layers).enumerate() {
            for (name, found, op) in [
                ("spikes", layer.spikes, Op::SomaSpike),
                ("synaptic_operations", layer.synaptic_operations, Op::Synapse),
                ("packets", layer.packets, Op::AxonOut),
            ] {
                saved.same(&format!("per_layer[{i}].{name}"), found, counts.of(op) as f64 / samples);
            }
        }
        let layers = saved.root.get("per_layer").and_then(|c| c.list(0..=LONGEST)).unwrap_or_default();
        for (layer, (_, coverage)) in layers.iter().zip(s.pricing.layers()) {
            let fields = layer.entries().unwrap_or_default();
            let energy = fields.iter().filter(|(name, _)| *name == "energy_pj");
            energy.for_each(|(_, cursor)| saved.has_price(cursor, coverage));
        }
    }

    fn table(s: &Summary, _: To) -> Option<Table> {
        let row = |(layer, (pj, coverage)): (&LayerSummary, (f64, crate::report::energy::Coverage))| {
            let counted = [layer.spikes, layer.synaptic_operations, layer.packets].map(|v| Cell::exact(number(v), v));
            let mut cells = vec![
                Cell::Word(layer.layer.clone()),
                Cell::Figure(thousands(layer.neurons.into()), None),
                Cell::Figure(layer.cores.to_string(), None),
            ];
            cells.extend(counted);
            cells.push(Cell::Figure(coverage.mark(energy(pj)), coverage.known(exact(pj))));
            cells
        };
        Some(Table {
            heading: "By layer",
            id: "layers",
            columns: vec!["layer", "neurons", "cores", "spikes", "synaptic operations", "packets", "energy"],
            rows: s.layers.iter().zip(s.pricing.layers()).map(row).collect(),
            instead: None,
        })
    }
}
