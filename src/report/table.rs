//! Reports as text, for people.

use super::ann::{SameSilicon, UnitCosts};
use super::energy::{Coverage, UNPRICED, Unit};
use super::mapping::{FIGURES, LayerLoad, MappingSummary, Traffic, Written};
use super::summary::{DeviceFigures, FreeRunning, Interrupted, Quantity, Reason, Summary};
use crate::map::Toeplitz;
use crate::stats::Op;
use comfy_table::{CellAlignment, ContentArrangement, LineStyle, Table, TableStyle};
use std::fmt::Write;

/// One rule under the header, and air.
const STYLE: TableStyle = TableStyle::new().header_separator(LineStyle::none().fill('─').junction('─'));

/// A table without a heading that fits a width.
pub(super) fn plain(width: u16) -> Table {
    let mut table = Table::new();
    table.load_style(STYLE).set_content_arrangement(ContentArrangement::Dynamic).set_width(width);
    table
}

/// A table that fits a width, first column to the left, the others to the right.
pub(crate) fn table(header: &[&str], width: u16) -> Table {
    let mut table = plain(width);
    table.set_header(header.iter().copied());
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table
}

/// A number with three or four significant digits, and thousands apart.
pub(crate) fn number(value: f64) -> String {
    match value.abs() {
        0.0 => "0".into(),
        v if v >= 1000.0 => thousands(value.round() as i64),
        v if v >= 100.0 => format!("{value:.0}"),
        v if v >= 10.0 => format!("{value:.1}"),
        v if v >= 1.0 => format!("{value:.2}"),
        _ => format!("{value:.3}"),
    }
}

pub(super) fn thousands(value: i64) -> String {
    let digits = value.unsigned_abs().to_string();
    let mut text = String::from(if value < 0 { "-" } else { "" });
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A number in the unit of a thousand that suits it, from the given ones, smallest first.
pub(crate) fn scaled(value: f64, units: &[&str]) -> String {
    let mut value = value;
    let mut rest = units.iter();
    let mut unit = rest.next().copied().unwrap_or("");
    for next in rest {
        if value.abs() < 1000.0 {
            break;
        }
        value /= 1000.0;
        unit = next;
    }
    format!("{} {unit}", number(value))
}

pub(crate) fn energy(pj: f64) -> String {
    scaled(pj, &["pJ", "nJ", "uJ", "mJ", "J"])
}

pub(crate) fn time(ns: f64) -> String {
    scaled(ns, &["ns", "us", "ms", "s"])
}

/// How a figure of a name is written.
fn figure(name: &str, value: f64) -> String {
    match name {
        "energy_pj" => energy(value),
        "latency_ns" => time(value),
        _ => number(value),
    }
}

pub(super) fn label(name: &str) -> String {
    let plain = name.trim_end_matches("_pj").trim_end_matches("_ns");
    plain.replace('_', " ")
}

/// The report of a run, for a terminal of that width.
pub fn run_text(s: &Summary, width: u16) -> String {
    let mut text: String = head(s).lines().map(|line| textwrap::fill(line, usize::from(width)) + "\n").collect();
    let units = (s.pricing.coverage.total != Coverage::Unpriced).then(|| breakdown(s, width));
    for (title, body) in [
        ("Per inference", Some(per_inference(s, width))),
        ("Energy by unit", units),
        ("By layer", Some(layers(s, width))),
    ] {
        if let Some(body) = body {
            let _ = writeln!(text, "\n{title}\n{body}");
        }
    }
    text.push('\n');
    let mut notes = Notes { text, width: width.into() };
    rates(s, &mut notes);
    trust(s, &mut notes);
    notes.text
}

fn head(s: &Summary) -> String {
    let (mut text, calibration) = (String::new(), &s.pricing.calibration);
    for origin in &s.header.origins {
        let _ = writeln!(text, "{origin}");
    }
    let data = s.header.dataset.as_deref().map_or(String::new(), |d| format!(" · {d}"));
    let _ = writeln!(text, "{} on {}{data} · {} timing · {}", s.header.network, s.chip, s.header.timing, calibration.0);
    let _ = writeln!(text, "constants: {}", calibration.1);
    if let Some(point) = s.pricing.scope.operating_point() {
        let _ = writeln!(
            text,
            "all-in: a synaptic operation's figure holds its share of all that the chip draws, static power too; it \
             holds at this operating point only: {point}"
        );
    }
    if s.times.calibration != calibration.0 {
        let _ = writeln!(text, "times: those of {}, with which the run was made", s.times.calibration);
    }
    if let Some(Interrupted { done, of, reason }) = s.interrupted {
        let what = if s.totals.is_some() { "steps" } else { "samples" };
        let _ = writeln!(
            text,
            "INTERRUPTED after {done} of {of} {what}{}: all figures are of those {done}",
            Reason::aside(reason)
        );
    }
    let quality = match (s.accuracy, s.reference_accuracy, s.reconstruction) {
        (Some(chip), Some(reference), _) => {
            Some(format!("accuracy {:.2} % (reference {:.2} %)", chip * 100.0, reference * 100.0))
        }
        (_, _, Some(r)) => {
            let decibels = r.psnr_db.map_or("no error".into(), |db| format!("PSNR {db:.2} dB"));
            Some(format!("accuracy - · mean squared error {:.6} ({decibels})", r.mse))
        }
        _ => None,
    };
    if let Some(quality) = quality {
        let equal = match s.mismatched_samples {
            0 => "every spike count and output equals the integer reference".to_owned(),
            n if s.is_wrong() => format!("{n} SAMPLES DIFFER from the integer reference"),
            n => format!("{n} samples differ from the integer reference"),
        };
        let _ = writeln!(
            text,
            "{} samples · T = {} · {} steps on the chip",
            s.samples, s.time_steps, s.steps_per_inference
        );
        let _ = writeln!(text, "{quality}: {equal}");
    }
    if let Some(t) = &s.totals {
        let equal = match s.mismatched_samples {
            0 => "equals",
            _ if s.is_wrong() => "DIFFERS from",
            _ => "differs from",
        };
        let _ = writeln!(text, "{} steps · the run {equal} the integer reference", s.time_steps);
        let _ = writeln!(
            text,
            "{} spikes, {} synaptic operations, {} packets, {} hops, {}",
            thousands(t.spikes as i64),
            thousands(t.synaptic_operations as i64),
            thousands(t.packets as i64),
            thousands(t.hops as i64),
            s.pricing.coverage.total.mark(energy(s.pricing.energy_pj.mean))
        );
    }
    if let Some(free) = &s.free_running {
        let _ = writeln!(text, "{}", free_running(free, s.samples));
    }
    if let Some(figures) = &s.devices {
        let _ = writeln!(text, "{}", devices(figures, s));
    }
    if let Some(fixed) = &s.fixed_tick {
        let steps = match fixed.overrun_steps {
            0 => "no step took longer".to_owned(),
            n => format!("{} steps took longer, each as many whole lengths as it needed", thousands(n as i64)),
        };
        let _ = writeln!(text, "fixed ticks of {}: {steps}", time(fixed.length_ns));
    }
    for note in s.header.notes.iter().chain(&s.pricing.notes) {
        let _ = writeln!(text, "note: {note}");
    }
    text
}

fn free_running(free: &FreeRunning, samples: u64) -> String {
    let ended = match free.ended_at_deadline {
        0 => format!("all came to rest before the deadline of {}", time(free.deadline_ns)),
        n => format!(
            "{} of {} ended at the deadline of {}, with {} packets not delivered (and paid for all the same)",
            thousands(n as i64),
            thousands(samples as i64),
            time(free.deadline_ns),
            thousands(free.packets_not_delivered as i64)
        ),
    };
    let difference = number(free.spike_count_difference);
    format!(
        "free-running, steps of {}: {ended}; spike counts differ from the reference by {difference} per neuron in the mean",
        time(free.time_step_ns)
    )
}

fn devices(figures: &DeviceFigures, s: &Summary) -> String {
    let difference = number(figures.spike_count_difference);
    let (clipped, all) = (figures.clipped_conversions, s.tally.total().of(Op::ColumnConversion));
    let clips = match clipped {
        0 => "no conversion was clipped".into(),
        n => format!("{:.2} % of conversions were clipped", n as f64 / all.max(1) as f64 * 100.0),
    };
    // A sparse run is no sample.
    let share = match s.totals {
        Some(_) => String::new(),
        None => format!("{:.1} % of samples differ; ", s.differing_share() * 100.0),
    };
    let ideal = if figures.exact { " (such that sums are exact)" } else { "" };
    format!(
        "devices of seed {}{ideal}: {}\n{share}spike counts differ from the reference by {difference} per neuron in the \
         mean; {clips}",
        figures.seed,
        figures.modelled.join(", "),
    )
}

fn per_inference(s: &Summary, width: u16) -> Table {
    let mut table = table(&["", "mean", "median", "99 %"], width);
    let (coverage, pj) = (s.pricing.coverage.total, &s.pricing.energy_pj);
    let [mean, median, most] = [pj.mean, pj.p50, pj.p99].map(|pj| coverage.mark(energy(pj)));
    let mean = if coverage == Coverage::Unpriced { format!("{mean}  unpriced") } else { mean };
    table.add_row(["energy".to_owned(), mean, median, most]);
    let mut row = |name: &str, key: &str, q: &Quantity| {
        table.add_row([name.to_owned(), figure(key, q.mean), figure(key, q.p50), figure(key, q.p99)]);
    };
    for (name, q) in &s.per_inference {
        let reference = if *name == "cycles" && s.clock.1 {
            format!(" (at a reference of {} MHz)", s.clock.0)
        } else {
            String::new()
        };
        row(&(label(name) + &reference), name, q);
    }
    row("latency of a packet", "latency_ns", &s.packet_latency_ns);
    row("hops of a packet", "hops", &s.packet_hops);
    table
}

fn breakdown(s: &Summary, width: u16) -> Table {
    let total: f64 = s.pricing.breakdown_pj.iter().map(|(_, pj)| pj).sum();
    // Shares of a lower bound are no shares of the energy.
    let share = if s.pricing.coverage.total == Coverage::Complete { "share" } else { "share of what is priced" };
    let mut table = table(&["", "energy", share, ""], width);
    for (name, pj, coverage) in s.pricing.units().filter(|(name, pj, coverage)| is_shown(name, *pj, *coverage)) {
        let (energy, share) = (coverage.mark(energy(pj)), pj / total);
        let bar = "█".repeat((share * 30.0).round() as usize);
        let share = if coverage == Coverage::Unpriced { UNPRICED.into() } else { format!("{:.1} %", share * 100.0) };
        table.add_row([label(name), energy, share, bar]);
    }
    if let Some(column) = table.column_mut(3) {
        column.set_cell_alignment(CellAlignment::Left);
    }
    table
}

/// Whether a unit stands in the table of energies: it has one, or it is one of the cores' units and is not known.
pub(super) fn is_shown(name: &str, pj: f64, coverage: Coverage) -> bool {
    let of_the_cores = || Unit::ALL.iter().any(|unit| Unit::NAMES[*unit as usize] == name && unit.is_of_the_cores());
    pj > 0.0 || coverage == Coverage::Unpriced && of_the_cores()
}

fn layers(s: &Summary, width: u16) -> Table {
    let mut table = table(&["", "neurons", "cores", "spikes", "synaptic operations", "packets", "energy"], width);
    for (layer, (energy_pj, coverage)) in s.layers.iter().zip(s.pricing.layers()) {
        table.add_row([
            layer.layer.clone(),
            thousands(layer.neurons.into()),
            layer.cores.to_string(),
            number(layer.spikes),
            number(layer.synaptic_operations),
            number(layer.packets),
            coverage.mark(energy(energy_pj)),
        ]);
    }
    table
}

/// Lines of a label and a text, the text wrapped beside the label.
struct Notes {
    text: String,
    width: usize,
}

/// Columns of a label.
const LABEL: usize = 14;

impl Notes {
    fn add(&mut self, label: &str, text: &str) {
        let (first, later) = (format!("{label:<LABEL$}"), " ".repeat(LABEL));
        let options = textwrap::Options::new(self.width).initial_indent(&first).subsequent_indent(&later);
        // Addresses and names of files stay whole, so that they can be copied.
        let options = options.break_words(false).word_splitter(textwrap::WordSplitter::NoHyphenation);
        for line in textwrap::wrap(text, options) {
            self.text.push_str(line.trim_end());
            self.text.push('\n');
        }
    }
}

fn rates(s: &Summary, notes: &mut Notes) {
    let pipelined = s.throughput.pipelined.map(|rate| format!(", {} pipelined (estimate)", number(rate)));
    let one = number(s.throughput.one_at_a_time);
    notes.add("throughput", &format!("{one} inferences/s one at a time{}", pipelined.unwrap_or_default()));
    power(s, notes);
    if let Some((link, flits)) = &s.worst_link {
        notes.add("busiest link", &format!("{link}: {} flits per inference", number(*flits)));
    }
    let m = &s.mapping;
    let used = m.utilisation.iter().map(|u| format!("{} {:.0} %", label(u.name), u.mean * 100.0)).collect::<Vec<_>>();
    let chips = if m.chips > 1 { format!(" on {} chips", m.chips) } else { String::new() };
    notes.add("cores", &format!("{} of {}{chips}, mean use: {}", m.cores_used, m.cores, used.join(", ")));
    if let Some(text) = network_operations(s) {
        notes.add("network", &text);
    }
    if let Some(ann) = &s.ann {
        let (macs, first) = (thousands(ann.macs as i64), thousands(ann.first_layer_macs as i64));
        let ratio = format!("{:.3} synaptic operations per MAC", ann.synops_ratio);
        // Where spikes come in, no layer is computed alike by both.
        let of = match ann.first_layer_macs {
            0 => format!(" ({macs} MACs)"),
            _ => format!(", without the first layer ({first} of {macs} MACs, which both compute)"),
        };
        notes.add("against ANN", &format!("{ratio}{of}"));
        for limit in &ann.limits {
            let side = if limit.below { "below" } else { "above" };
            notes.add("", &format!("{side} the limit of {}", limit.source));
        }
        same_silicon(&ann.same_silicon, notes);
    }
}

/// What the network itself needs, where the chip does something else.
pub(super) fn network_operations(s: &Summary) -> Option<String> {
    let (_, chip) = s.per_inference.iter().find(|(name, _)| *name == "synaptic_operations")?;
    let own = s.network_operations.filter(|own| *own != chip.mean)?;
    let text = format!("{} synaptic operations, in the T steps of each layer; ", number(own));
    let differs = s.free_running.is_some() || s.devices.as_ref().is_some_and(|devices| !devices.exact);
    Some(match chip.mean > own && !differs {
        true => format!(
            "{text}the chip's other {} are of spikes that layers fire after them, or of partial sums",
            number(chip.mean - own)
        ),
        false => format!("{text}the chip does another number, because its spikes are others"),
    })
}

/// Power, and the range of the energy, as far as they are known.
fn power(s: &Summary, notes: &mut Notes) {
    let coverage = s.pricing.coverage.total;
    let power = coverage.mark(format!("{} mW", number(s.pricing.average_power_mw)));
    let when = if coverage == Coverage::Unpriced { ": unpriced" } else { " while it runs" };
    notes.add("power", &format!("{power}{when}"));
    let (low, high) = s.pricing.range_pj;
    if low != high {
        let of = if coverage == Coverage::Partial { " of what is priced" } else { "" };
        let range = format!("{} to {}{of}, from the published ranges of constants", energy(low), energy(high));
        notes.add("energy range", &range);
    }
}

/// What both networks would cost on one piece of silicon.
fn same_silicon(s: &SameSilicon, notes: &mut Notes) {
    let costs: Vec<String> = UnitCosts::NAMES.iter().zip(s.costs.values()).map(|(n, c)| format!("{n} {c}")).collect();
    let side = if s.snn_pj < s.ann_pj { "less" } else { "more" };
    notes.add(
        "",
        &format!(
            "on the same silicon, by unit costs and not on this chip: ANN {}, SNN {} ({side}; {})",
            energy(s.ann_pj),
            energy(s.snn_pj),
            costs.join(", ")
        ),
    );
}

fn trust(s: &Summary, notes: &mut Notes) {
    if !s.soma.is_empty() {
        notes.add("soma", &s.soma);
    }
    for violation in &s.mapping.violations {
        notes.add("DOES NOT FIT", violation);
    }
    if !s.pricing.unpriced.is_empty() {
        let term = |u: &super::energy::Unpriced| match u.count {
            0 => label(u.term),
            n => format!("{} ({})", label(u.term), number(n as f64 / s.samples as f64)),
        };
        let terms = s.pricing.unpriced.iter().map(term).collect::<Vec<_>>().join(", ");
        let bound = if s.pricing.coverage.total == Coverage::Partial { ", which is a lower bound (≥)" } else { "" };
        notes.add(
            "unpriced",
            &format!("{terms}: no published cost, so not in the energy{bound}; counts are per inference"),
        );
    }
    if !s.untimed.is_empty() {
        notes.add("untimed", &format!("{}: no published time, taken as 0", s.untimed.join(", ")));
    }
    for estimate in &s.estimates {
        notes.add("assumed", estimate);
    }
    for (what, kind, source) in s.pricing.sources.iter().chain(&s.sources) {
        notes.add("source", &format!("{what} [{kind}]: {source}"));
    }
}

/// The report of a mapping, for a terminal of that width.
pub fn mapping_text(network: &str, m: &MappingSummary, width: u16) -> String {
    let o = &m.occupancy;
    let origins = m.origins.iter().map(|origin| textwrap::fill(&origin.to_string(), usize::from(width)) + "\n");
    let mut text = origins.collect::<String>() + &format!("{network} on {} · placer {}\n", m.chip, o.placer);
    let chips = if o.chips > 1 { format!(", of {} chips", o.chips) } else { String::new() };
    let _ = writeln!(text, "{} of {} cores on {} tiles{chips}", o.cores_used, o.cores, o.tiles_used);
    let mut load = table(&["", "neurons", "cores", "axons in, most", "synapses", "memory, bits"], width);
    for layer in &together(&m.layers) {
        let counts = [
            layer.neurons.into(),
            layer.cores.into(),
            layer.axons_in.into(),
            layer.synapses as i64,
            layer.memory_bits as i64,
        ];
        load.add_row(std::iter::once(layer.layer.clone()).chain(counts.map(thousands)));
    }
    let mut used = table(&["", "mean use", "fullest core"], width);
    for u in &o.utilisation {
        used.add_row([label(u.name), format!("{:.1} %", u.mean * 100.0), format!("{:.1} %", u.most * 100.0)]);
    }
    let _ = writeln!(text, "{load}\n{used}");
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
        let _ = writeln!(text, "\n{}", change(before, &m.traffic, width));
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

/// A figure of a mapping.
pub(super) fn mapped(written: Written, value: f64) -> String {
    match written {
        Written::Count => thousands(value as i64),
        Written::Energy => energy(value),
    }
}

/// By how much a figure changed.
pub(super) fn share(was: f64, is: f64) -> String {
    if was > 0.0 { format!("{:+.1} %", (is / was - 1.0) * 100.0) } else { String::new() }
}

/// Layers, with the partial sums of one in a row.
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

/// The cores of a mapping beside those of the plain one.
fn beside_toeplitz(plain: Toeplitz, cores: Option<u32>, width: u16) -> String {
    let [all, filled] = [plain.pieces, plain.filled].map(|n| thousands(n as i64));
    let mut text = format!(
        "cores by Toeplitz, every layer's whole matrix cut into pieces of a core's size, without what adds pieces up: \
         {all}, or {filled} without pieces that hold no synapse"
    );
    if let Some(cores) = cores {
        let times = |n: u64| format!("{:.1}", n as f64 / f64::from(cores.max(1)));
        let (more, less, these) = (times(plain.pieces), times(plain.filled), thousands(cores.into()));
        text.push_str(&format!("; {more} and {less} times the {these} here"));
    }
    textwrap::fill(&text, usize::from(width))
}

/// A mapping beside the network's own order.
fn change(before: &Traffic, after: &Traffic, width: u16) -> Table {
    let mut table = table(&["", "sequential, linear", "this mapping", "change"], width);
    for (name, written, of) in FIGURES {
        let (Some(was), Some(is)) = (of(before), of(after)) else { continue };
        table.add_row([(*name).to_owned(), mapped(*written, was), mapped(*written, is), share(was, is)]);
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_well() {
        assert_eq!(
            [0.0, 0.12345, 1.005, 12.34, 123.4, 1234.5, -1_234_567.0].map(number),
            ["0", "0.123", "1.00", "12.3", "123", "1,235", "-1,234,567"]
        );
        assert_eq!(energy(20_622_545.1), "20.6 uJ");
        assert_eq!(time(999.0), "999 ns");
    }
}
