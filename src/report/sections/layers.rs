//! What each layer did.

use super::section::*;
use crate::net::graph::Population;

/// A layer with its energy (pJ).
fn read(cursor: &Cursor<'_>) -> Option<(LayerSummary, f64)> {
    let object = cursor.object(&[LayerSummary::NAMES, &["energy_pj"]].concat())?;
    let layer = LayerSummary::take(&object);
    let energy = price.take("energy_pj", &object)?;
    Some((layer?, energy))
}

/// Layers with their energies (pJ) and what these are of.
fn layers(s: &Summary) -> impl Iterator<Item = (&LayerSummary, f64, Coverage)> {
    s.layers.iter().zip(s.pricing.layers()).map(|(layer, (pj, coverage))| (layer, pj, coverage))
}

pub(super) const SECTION: Section =
    Section { measure, check, show, brief, ..Section::of(&[SectionFields { names: &["per_layer"], put, take }]) };

fn put(s: &Summary, into: &mut JsonObject) {
    let layer = |(layer, pj, coverage): (&LayerSummary, f64, Coverage)| {
        let mut fields = layer.save();
        fields["energy_pj"] = json!(coverage.known(pj));
        fields
    };
    into.insert("per_layer".into(), layers(s).map(layer).collect::<Value>());
}

fn take(object: &Object<'_>, s: &mut Summary) -> bool {
    let read = object.need("per_layer").and_then(|cursor| list(0..=LONGEST, read)(&cursor));
    let Some(read) = read else { return false };
    (s.layers, s.pricing.layers_pj) = read.into_iter().unzip();
    true
}

fn measure(run: &MeasuredRun<'_>, s: &mut Summary) {
    let samples = s.tally.samples();
    let layer = |((index, population), counts): ((usize, &Population), &Counts)| {
        let each = |op: Op| counts.with_kinds(op) as f64 / samples;
        let cores = run.context.mapping.cores.iter().filter(|core| core.part(index).is_some());
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

fn check(s: &Summary, found: &SavedReport<'_>) {
    let samples = s.tally.samples();
    for (i, (layer, counts)) in s.layers.iter().zip(&s.tally.layers).enumerate() {
        for (name, mean, op) in [
            ("spikes", layer.spikes, Op::SomaSpike),
            ("synaptic_operations", layer.synaptic_operations, Op::Synapse),
            ("packets", layer.packets, Op::AxonOut),
        ] {
            found.same(&format!("per_layer[{i}].{name}"), mean, counts.with_kinds(op) as f64 / samples);
        }
    }
    let objects = found.root.get("per_layer").and_then(|c| c.list(0..=LONGEST)).unwrap_or_default();
    for (object, (_, _, coverage)) in objects.iter().zip(layers(s)) {
        let fields = object.entries().unwrap_or_default();
        let energy = fields.iter().filter(|(name, _)| *name == "energy_pj");
        energy.for_each(|(_, cursor)| found.has_price(cursor, coverage));
    }
}

fn show(s: &Summary, shown: &mut Shown) {
    shown.tables.push(table(s));
}

fn brief(s: &Summary, brief: &mut Brief) {
    brief.table(BriefPlace::Layers, table(s));
}

fn table(s: &Summary) -> ReportTable {
    let scale = UnitScale::of(layers(s).map(|(_, pj, _)| pj), ENERGY_UNITS);
    let row = |(layer, pj, coverage): (&LayerSummary, f64, Coverage)| {
        let (name, neurons) = (Cell::Word(layer.layer.clone()), Cell::plain(thousands(layer.neurons.into())));
        let [spikes, synops, packets] =
            [layer.spikes, layer.synaptic_operations, layer.packets].map(|v| Cell::exact(number(v), v));
        let cores = Cell::plain(layer.cores.to_string());
        vec![name, neurons, cores, spikes, synops, packets, Cell::priced(scale.text(pj), pj, coverage)]
    };
    let columns = vec!["layer", "neurons", "cores", "spikes", "synaptic operations", "packets", "energy"];
    let rows = layers(s).map(row).collect();
    ReportTable { heading: "By layer", id: "layers", columns, rows, ..ReportTable::default() }
}
