//! A chip as text, for people: its limits, every constant of every calibration, and where all of it comes from.

use super::table::{TextTable, count, number, plain, thousands};
use crate::hw::{
    Barrier, Calibration, Chip, ConstantKind, CoreLimits, Cost, Energy, NeuronSweep, RestBound, RestPower, RestScope,
    Stepping, SynapseArray,
};
use crate::net::neuron::{RESETS, Reset};
use crate::stats::Op;
use crate::units::{Attojoules, Tick};
use std::fmt::Write;

#[derive(Default)]
struct CitedSources<'a>(Vec<&'a str>);

impl<'a> CitedSources<'a> {
    /// The number of a source; one that is new is added.
    fn cite(&mut self, text: Option<&'a str>) -> String {
        let Some(text) = text else { return String::new() };
        let known = self.0.iter().position(|other| *other == text);
        let index = known.unwrap_or_else(|| {
            self.0.push(text);
            self.0.len() - 1
        });
        format!("[{}]", index + 1)
    }
}

/// A chip in two lines, for a list.
#[doc(hidden)]
pub fn chip_line(chip: &Chip) -> String {
    let names: Vec<String> = chip.calibrations.iter().map(calibration_name).collect();
    let kinds = match chip.kinds() {
        [_] => String::new(),
        kinds => format!(" of {} kinds,", kinds.len()),
    };
    format!(
        "{}\n  {}\n  {}{kinds} of {} neurons and {} axons; {}; calibrations: {}",
        chip.name,
        chip.description,
        count(chip.noc.cores(), "core"),
        span(chip, |limits| limits.max_neurons),
        span(chip, |limits| limits.max_axons_in),
        stepping(chip),
        names.join(", ")
    )
}

/// A limit of all cores, or the least and the most that they have.
fn span(chip: &Chip, limit: fn(&CoreLimits) -> u32) -> String {
    let all = || chip.kinds().iter().map(|kind| limit(&kind.core.limits));
    let (least, most) = (all().min().unwrap_or(0), all().max().unwrap_or(0));
    let most = thousands(most.into());
    if thousands(least.into()) == most { most } else { format!("{} to {most}", thousands(least.into())) }
}

fn calibration_name(calibration: &Calibration) -> String {
    let all_in = if calibration.scope.operating_point().is_some() { " (all-in)" } else { "" };
    format!("{}{all_in}", calibration.name)
}

fn stepping(chip: &Chip) -> String {
    match chip.stepping {
        Stepping::Barrier => "a barrier after every step".into(),
        Stepping::Fixed { length } => format!("steps of {}", time(chip, length)),
        Stepping::Free { time_step, deadline } => {
            format!("free-running: steps of {}, a deadline of {}", time(chip, time_step), time(chip, deadline))
        }
    }
}

/// Everything that a chip file says, for a terminal of that width.
pub fn chip_text(chip: &Chip, width: u16) -> String {
    let mut page = Page { text: String::new(), width, sources: CitedSources::default() };
    page.line(&format!("{}: {}", chip.name, chip.description));
    page.section("Structure", structure(chip, width));
    if chip.kinds.are_named() {
        page.section("Kinds of cores", kinds(chip, width));
    }
    for (i, calibration) in chip.calibrations.iter().enumerate() {
        page.calibration(chip, calibration, i == 0);
    }
    page.rest(chip);
    page.facts(chip);
    page.list("Estimates", &chip.estimates);
    chip.sources.iter().for_each(|source| drop(page.sources.cite(Some(source))));
    let sources = page.sources.0.iter().enumerate().map(|(i, text)| format!("[{}] {text}", i + 1));
    let sources: Vec<String> = sources.collect();
    page.list("Sources", &sources);
    page.text.truncate(page.text.trim_end().len());
    page.text
}

struct Page<'a> {
    text: String,
    width: u16,
    sources: CitedSources<'a>,
}

impl<'a> Page<'a> {
    fn line(&mut self, line: &str) {
        let options = textwrap::Options::new(self.width.into()).subsequent_indent("  ");
        let _ = writeln!(self.text, "{}", textwrap::fill(line, options));
    }

    fn section(&mut self, title: &str, body: TextTable) {
        let _ = writeln!(self.text, "\n{title}\n{body}");
    }

    fn list(&mut self, title: &str, lines: &[String]) {
        if !lines.is_empty() {
            let _ = writeln!(self.text, "\n{title}");
            lines.iter().for_each(|line| self.line(line));
        }
    }

    fn calibration(&mut self, chip: &Chip, calibration: &'a Calibration, default: bool) {
        let default = if default { " (default)" } else { "" };
        let scope = match calibration.scope.operating_point() {
            Some(point) => {
                let clock = calibration.operating_mhz.map_or(String::new(), |mhz| format!(" (a clock of {mhz} MHz)"));
                format!("all-in, at this operating point only: {point}{clock}")
            }
            None => "per term".to_owned(),
        };
        self.text.push('\n');
        self.line(&format!("Calibration {}{default}: {}", calibration.name, calibration.description));
        self.line(&format!("  {scope}"));
        fit_error(calibration).into_iter().for_each(|error| self.line(&format!("  {error}")));
        let mut table = plain(self.width);
        table.set_header(["operation", "energy", "time", "kind", "source", "note"]);
        let shown = |op: &&Op| !is_absent(chip, calibration, **op);
        for op in Op::ALL.iter().filter(shown) {
            let cost = calibration.cost(*op);
            let note = cost.note.clone().unwrap_or_default();
            let source = self.sources.cite(cost.source.as_deref());
            let took = cost.latency.map_or(String::new(), |ticks| time(chip, ticks.into()));
            table.add_row([op.name().to_owned(), energy_of(chip, *op, cost), took, kinds_of(cost), source, note]);
        }
        for (kind, costs) in chip.kinds().iter().zip(&calibration.by_core) {
            let own = Op::ALL.iter().filter(|op| costs[**op as usize] != *calibration.cost(**op));
            for op in own {
                let cost = &costs[*op as usize];
                let note = cost.note.clone().unwrap_or_default();
                let source = self.sources.cite(cost.source.as_deref());
                let took = cost.latency.map_or(String::new(), |ticks| time(chip, ticks.into()));
                let name = format!("{} on {}", op.name(), kind.name);
                table.add_row([name, energy_of(chip, *op, cost), took, kinds_of(cost), source, note]);
            }
        }
        if let Some(barrier) = &calibration.barrier {
            let source = self.sources.cite(Some(&barrier.source));
            let kind = barrier.kind.name().to_owned();
            let row =
                ["barrier time".to_owned(), String::new(), barrier_time(chip, barrier), kind, source, String::new()];
            table.add_row(row);
        }
        if let Some(rest) = &calibration.static_power {
            let source = self.sources.cite(Some(&rest.source));
            let power = format!("{} mW", rest.power.0 as f64 / 1e6);
            let note = rest.note.clone().unwrap_or_default();
            table.add_row(["static power".into(), power, String::new(), rest.kind.name().into(), source, note]);
        }
        let _ = writeln!(self.text, "{table}");
    }

    /// Power at rest, a row for each measurement or part of one.
    fn rest(&mut self, chip: &'a Chip) {
        if chip.rest.is_empty() {
            return;
        }
        let mut table = plain(self.width);
        table.set_header(["measurement", "power", "per", "kind", "source", "note"]);
        for entry in &chip.rest {
            let source = self.sources.cite(Some(&entry.source));
            let name = entry.part.as_ref().map_or(entry.name.clone(), |part| format!("{}: {part}", entry.name));
            let bound = match entry.bound {
                None => "",
                Some(RestBound::Upper) => "at most ",
                Some(RestBound::Lower) => "at least ",
            };
            let power = format!("{bound}{} mW", entry.power.0 as f64 / 1e6);
            let note = entry.note.clone().unwrap_or_default();
            table.add_row([name, power, per(entry), entry.kind.name().to_owned(), source, note]);
        }
        self.section("Power at rest, beside the energy and never added to it", table);
    }

    fn facts(&mut self, chip: &'a Chip) {
        if chip.facts.is_empty() {
            return;
        }
        let mut table = plain(self.width);
        table.set_header(["of", "kind", "source", "note"]);
        for fact in &chip.facts {
            let source = self.sources.cite(fact.source.as_deref());
            let note = fact.note.clone().unwrap_or_default();
            table.add_row([fact.path.clone(), fact.kind.name().to_owned(), source, note]);
        }
        self.section("Where the numbers of its structure come from", table);
    }
}

/// What a power at rest is that of.
fn per(entry: &RestPower) -> String {
    match (entry.per, entry.chips_per_board, entry.tiles_per_board) {
        (RestScope::Board, Some(chips), _) => format!("board of {}", count(chips, "chip")),
        (RestScope::Board, None, Some(tiles)) => format!("board of {}", count(tiles, "tile")),
        (RestScope::CoreUsed, ..) => "core used".to_owned(),
        (scope, ..) => scope.name().to_owned(),
    }
}

/// The error of the fit that a calibration's figures come from.
fn fit_error(calibration: &Calibration) -> Option<String> {
    let error = calibration.fit_error?;
    let of = |share: Option<f64>, what: &str| share.map(|share| format!("{} % in {what}", number(share * 100.0)));
    let parts: Vec<String> = [of(error.energy, "energy"), of(error.latency, "time")].into_iter().flatten().collect();
    (!parts.is_empty()).then(|| format!("largest error of the fit: {}", parts.join(", ")))
}

/// Whether a chip has nothing to say of an operation, because it never counts it.
fn is_absent(chip: &Chip, calibration: &Calibration, op: Op) -> bool {
    match op {
        Op::ArrayRead | Op::RowDrive | Op::ColumnConversion => {
            !chip.kinds().iter().any(|kind| matches!(kind.core.synapses, SynapseArray::Crossbar { .. }))
        }
        Op::HopChip => chip.chips() == 1,
        Op::Barrier => calibration.barrier.is_none(),
        Op::CoreBusy => calibration.cost(op).energy == Energy::NoTerm,
        // A kind of an operation with no cost of its own.
        op => op.general().is_some_and(|general| calibration.cost(op) == calibration.cost(general)),
    }
}

fn structure(chip: &Chip, width: u16) -> TextTable {
    let (limits, noc, core) = (&chip.core.limits, &chip.noc, &chip.core);
    let or_none = |limit: Option<u32>| limit.map_or("no limit of its own".to_owned(), |n| thousands(n.into()));
    let reference = if chip.clock.reference { ", a reference: the chip has no clock" } else { "" };
    let kind = noc.topology.kind.name();
    let mut table = plain(width);
    let mut row = |name: &str, value: String| {
        table.add_row([name.to_owned(), value]);
    };
    row("cores", format!("{} on {}", thousands(noc.cores().into()), count(noc.tiles(), "tile")));
    row("chips", chip.chips().to_string());
    row("network on chip", format!("{kind}, {}", count(noc.topology.routers.len() as u32, "router")));
    row("tick", format!("{} ns", chip.ns(1)));
    row("clock", format!("{} MHz{reference}", chip.clock.mhz));
    row("time steps", stepping(chip));
    row("neurons of a core", thousands(limits.max_neurons.into()));
    row("axons into a core", thousands(limits.max_axons_in.into()));
    row("axons out of a core", or_none(limits.max_axons_out));
    row("fan-in, fan-out", format!("{}, {}", or_none(limits.max_fan_in), or_none(limits.max_fan_out)));
    let sign = if limits.source_sign { " (its sign is that of its source)" } else { "" };
    row("bits", format!("{} of a weight{sign}, {} of a membrane", limits.weight_bits, limits.membrane_bits));
    row("longest delay", count(limits.max_delay, "step"));
    row("synapses", synapses(&core.synapses));
    if let Some(bits) = limits.partial_sums {
        row("partial sums", format!("{bits} bits: neurons with more inputs than a core has axons are split"));
    }
    if let Some(sweep) = &core.sweep {
        row("sweep", swept(chip, sweep));
    }
    if let Some(targets) = limits.max_targets {
        row("targets", format!("{} a neuron; neurons that need more are copied", count(targets, "axon")));
    }
    if let Some(types) = limits.axon_types {
        row("axon types", types.to_string());
    }
    let model = |(model, reset): &(String, Option<Reset>)| match reset {
        Some(reset) => format!("{model} (reset: {})", RESETS[*reset as usize]),
        None => model.clone(),
    };
    let neurons: Vec<String> = chip.neurons.iter().map(model).collect();
    row("neuron models", if neurons.is_empty() { "none of this program's".into() } else { neurons.join(", ") });
    table
}

/// The kinds of cores, each with what it has in place of the values above.
fn kinds(chip: &Chip, width: u16) -> TextTable {
    let mut table = plain(width);
    table.set_header(["kind", "cores", "in place of the above"]);
    for (index, kind) in chip.kinds().iter().enumerate() {
        let changes = chip.kind_changes(index);
        let changes: Vec<String> = changes.into_iter().map(|(path, value)| format!("{path} {value}")).collect();
        let changes = if changes.is_empty() { "nothing".to_owned() } else { changes.join(", ") };
        table.add_row([kind.name.clone(), chip.sites_of(index).len().to_string(), changes]);
    }
    table
}

/// Neurons or slots that a core works through whether a network uses them or not.
fn swept(chip: &Chip, sweep: &NeuronSweep) -> String {
    let when = if sweep.packets { "in every time step and for every packet" } else { "in every time step" };
    let times = [
        ("before it in a step", sweep.before),
        ("after it", sweep.after),
        ("more for an event from outside", sweep.host_wait),
        ("between events from outside", sweep.input_wait),
    ];
    let times = times.iter().filter(|(_, ticks)| *ticks > 0);
    let times = times.map(|(what, ticks)| format!("; {} {what}", time(chip, (*ticks).into())));
    format!("all places for neurons, in use or not, {when}{}", times.collect::<String>())
}

fn synapses(array: &SynapseArray) -> String {
    match array {
        SynapseArray::Sram(memory) => {
            let kernels = if memory.shared_kernels { "; rows of a convolution share kernels" } else { "" };
            format!("lists in {} bits of memory{kernels}", thousands(memory.bits as i64))
        }
        SynapseArray::DigitalCrossbar => "a place for every axon and neuron".into(),
        SynapseArray::SharedKernels(kernels) => format!(
            "kernels of a whole layer, stored once: {} words for kernels, {} for membranes, {} biases",
            thousands(kernels.kernel_words as i64),
            thousands(kernels.state_words as i64),
            thousands(kernels.biases as i64)
        ),
        SynapseArray::Crossbar { rows, columns, converters, devices } => {
            let cells = devices.as_ref().map_or("ideal devices".into(), |devices| devices.modelled().join(", "));
            format!("crossbar of {rows} rows and {columns} columns, {converters} converters; {cells}")
        }
    }
}

/// A time to five digits, in the unit that suits it: what a period was rounded by is not to be seen.
fn time(chip: &Chip, ticks: Tick) -> String {
    let ns = chip.ns(ticks);
    let units = [(1e9, "s"), (1e6, "ms"), (1e3, "µs"), (1.0, "ns"), (1e-3, "ps")];
    let (size, unit) = units.into_iter().find(|(size, _)| ns * 1.00001 >= *size).unwrap_or((1e-6, "fs"));
    let value = ns / size;
    let digits = if value >= 99.9995 { 1e2 } else { 1e3 };
    format!("{} {unit}", (value * digits).round() / digits)
}

fn barrier_time(chip: &Chip, barrier: &Barrier) -> String {
    let points = barrier.by_tiles.iter().map(|(tiles, ticks)| format!("{tiles}: {}", time(chip, (*ticks).into())));
    format!("by tiles {}", points.collect::<Vec<_>>().join(", "))
}

/// The energy of an operation; of a core in use its power too, which is how people know it.
fn energy_of(chip: &Chip, op: Op, cost: &Cost) -> String {
    match cost.energy {
        Energy::Priced { nominal, .. } if op == Op::CoreBusy => {
            let milliwatts = nominal.0 as f64 / chip.fs(1) as f64;
            format!("{} a tick: {} mW", energy(cost), (milliwatts * 1e6).round() / 1e6)
        }
        _ => energy(cost),
    }
}

fn energy(cost: &Cost) -> String {
    let pj = |energy: Attojoules| energy.0 as f64 / 1e6;
    match cost.energy {
        Energy::Priced { low, nominal, high } if low == high => format!("{} pJ", pj(nominal)),
        Energy::Priced { low, nominal, high } => format!("{} pJ ({} to {})", pj(nominal), pj(low), pj(high)),
        Energy::IncludedIn(other) => format!("in {}", other.name()),
        Energy::Unpriced => "unpriced".into(),
        Energy::NoTerm => "no term".into(),
    }
}

/// Kind of the energy, and of the time where that is another.
fn kinds_of(cost: &Cost) -> String {
    let name = |kind: Option<ConstantKind>| kind.map_or("", ConstantKind::name);
    match (cost.kind, cost.latency_kind) {
        (Some(kind), Some(time)) if kind != time => format!("{}, time {}", kind.name(), time.name()),
        (None, Some(time)) => format!("time {}", time.name()),
        (Some(kind), _) if !matches!(cost.energy, Energy::Priced { .. }) => format!("time {}", kind.name()),
        (kind, _) => name(kind).to_owned(),
    }
}
