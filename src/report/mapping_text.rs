//! The report of a mapping as text, for people, and its tables.

use super::area::NO_AREA;
use super::grid::{Cell, ReportTable};
use super::mapping::{FIGURES, LayerLoad, MappingFigure, MappingSummary, MappingTraffic, Written, savings_text};
use super::summary::Use;
use super::table::{count, energy, label, number, thousands};
use crate::map::Toeplitz;
use serde_json::json;
use std::fmt::Write;

/// The report of a mapping, for a terminal of that width.
pub fn mapping_text(network: &str, m: &MappingSummary, width: u16) -> String {
    let o = &m.occupancy;
    let origins = m.origins.iter().map(|origin| textwrap::fill(&origin.to_string(), usize::from(width)) + "\n");
    let partitioner = match m.partitioner {
        "sequential" => String::new(),
        other => format!("partitioner {other}, "),
    };
    let mut text =
        origins.collect::<String>() + &format!("{network} on {} · {partitioner}placer {}\n", m.chip, o.placer);
    let chips = if o.chips > 1 { format!(", of {}", count(o.chips, "chip")) } else { String::new() };
    let (used, all) = (thousands(o.cores_used.into()), count(o.cores, "core"));
    let _ = writeln!(text, "{used} of {all} on {}{chips}", count(o.tiles_used, "tile"));
    let area = o.area.as_ref().map_or(NO_AREA.to_owned(), |area| area.text(o.cores_used, o.chips));
    let _ = writeln!(text, "{}", textwrap::fill(&format!("area: {area}"), usize::from(width)));
    let (load, used) = (layers(&together(&m.layers)).text(width), uses(&o.utilisation).text(width));
    let _ = writeln!(text, "{load}\n{used}");
    if let Some(nearest) = &m.nearest {
        let _ = writeln!(text, "nearest to its limit: {}", nearest.text());
    }
    if let Some(savings) = savings_text(&m.savings) {
        let _ = writeln!(text, "{}", textwrap::fill(&format!("fewer cores with {savings}"), usize::from(width)));
    }
    if let Some(plain) = m.toeplitz {
        // Cores that hold more than they can are no cores.
        let cores = o.violations.is_empty().then_some(o.cores_used);
        let _ = writeln!(text, "{}", beside_toeplitz(plain, cores, width));
    }
    let hops = m.hops as f64 / m.packets.max(1) as f64;
    let packets = thousands(m.packets as i64);
    let _ = writeln!(
        text,
        "traffic if every neuron spiked once: {packets} packets, {} hops, {} each",
        thousands(m.hops as i64),
        number(hops)
    );
    if let Some(before) = &m.before {
        let _ = writeln!(text, "\n{}", traffic(Some(before), &m.traffic).text(width));
    }
    if let Some(least) = m.traffic.least_hops.filter(|_| m.traffic.hops > 0) {
        let _ = writeln!(text, "no placement of these cores has fewer than {} hops", thousands(least as i64));
    }
    for note in &m.notes {
        let _ = writeln!(text, "{}", textwrap::fill(&format!("note: {note}"), usize::from(width)));
    }
    for violation in &o.violations {
        let _ = writeln!(text, "does not fit: {violation}");
    }
    text
}

fn mapped(written: Written, value: f64) -> Cell {
    let (text, exact) = match written {
        Written::Count => (thousands(value as i64), json!(value as u64)),
        Written::Energy => (energy(value), json!(value)),
    };
    Cell::Figure(text, Some(exact.to_string()))
}

/// Relative change of a figure.
fn share(was: f64, is: f64) -> Cell {
    Cell::plain(if was > 0.0 { format!("{:+.1} %", (is / was - 1.0) * 100.0) } else { String::new() })
}

/// Cost of packets, beside the cost in the network's own order.
pub(super) fn traffic(before: Option<&MappingTraffic>, after: &MappingTraffic) -> ReportTable {
    let row = |(name, written, of): &MappingFigure| {
        let (was, is) = (before.and_then(of), of(after)?);
        let mut cells = vec![Cell::Word((*name).to_owned())];
        cells.extend(was.map(|was| mapped(*written, was)));
        cells.push(mapped(*written, is));
        cells.extend(was.map(|was| share(was, is)));
        Some(cells)
    };
    let columns = match before {
        Some(_) => vec!["", "sequential, linear", "this mapping", "change"],
        None => vec!["", "this mapping"],
    };
    ReportTable { id: "figures", columns, rows: FIGURES.iter().filter_map(row).collect(), ..ReportTable::default() }
}

pub(super) fn layers(layers: &[LayerLoad]) -> ReportTable {
    let row = |layer: &LayerLoad| {
        let LayerLoad { neurons, cores, axons_in, synapses, memory_bits, .. } = layer;
        let counts = [(*neurons).into(), (*cores).into(), (*axons_in).into(), *synapses, *memory_bits];
        let cells = counts.map(|count: u64| Cell::Figure(thousands(count as i64), Some(count.to_string())));
        std::iter::once(Cell::Word(layer.layer.clone())).chain(cells).collect()
    };
    let columns = vec!["layer", "neurons", "cores", "axons in, most", "synapses", "memory, bits"];
    ReportTable { id: "layers", columns, rows: layers.iter().map(row).collect(), ..ReportTable::default() }
}

pub(super) fn uses(uses: &[Use]) -> ReportTable {
    let row = |used: &Use| {
        let [mean, most] = [used.mean, used.most].map(|share| Cell::exact(format!("{:.1} %", share * 100.0), share));
        vec![Cell::Word(label(used.name)), mean, most]
    };
    let columns = vec!["", "mean use", "fullest core"];
    ReportTable { id: "uses", columns, rows: uses.iter().map(row).collect(), ..ReportTable::default() }
}

/// Layers; the partial sums of one share a row.
fn together(layers: &[LayerLoad]) -> Vec<LayerLoad> {
    let of = |layer: &LayerLoad| layer.layer.rsplit_once(" partial ").map(|(of, _)| of.to_owned());
    let mut rows: Vec<LayerLoad> = Vec::new();
    for group in layers.chunk_by(|a, b| of(a).is_some() && of(a) == of(b)) {
        let (first, last) = (&group[0], &group[group.len() - 1]);
        let number = last.layer.rsplit_once(' ').map_or("", |(_, number)| number);
        rows.push(LayerLoad {
            layer: if group.len() > 1 { format!("{} to {number}", first.layer) } else { first.layer.clone() },
            neurons: group.iter().map(|layer| layer.neurons).sum(),
            cores: group.iter().map(|layer| layer.cores).sum(),
            axons_in: group.iter().map(|layer| layer.axons_in).max().unwrap_or(0),
            synapses: group.iter().map(|layer| layer.synapses).sum(),
            memory_bits: group.iter().map(|layer| layer.memory_bits).sum(),
            toeplitz: first.toeplitz,
        });
    }
    rows
}

fn beside_toeplitz(plain: Toeplitz, cores: Option<u32>, width: u16) -> String {
    let [all, filled] = [plain.pieces, plain.filled].map(|n| thousands(n as i64));
    let mut text = format!(
        "cores by Toeplitz, every layer's whole matrix cut into pieces of a core's size, without the cores that add up the pieces: \
         {all}, or {filled} without pieces that have no synapses"
    );
    if let Some(cores) = cores {
        let times = |n: u64| format!("{:.1}", n as f64 / f64::from(cores.max(1)));
        let (more, less, these) = (times(plain.pieces), times(plain.filled), thousands(cores.into()));
        text.push_str(&format!("; {more} and {less} times as many as the {these} here"));
    }
    textwrap::fill(&text, usize::from(width))
}
