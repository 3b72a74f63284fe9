//! Chip files, `spikemesh.chip/1`: reading and checking.

use super::chip::{Chip, Clock, CoreSpec, Gating, Limits, ReceivePath, SramMemory, Sweep, SynapseArray};
use super::constants::{Given, first, read_calibrations, read_default};
use super::description::Description;
use super::devices::{check_devices, read_devices};
use super::facts::read_facts;
use super::noc_file::read_noc;
use super::stepping::{Stepping, check_free, read_stepping};
use super::tick::{TickLength, read_tick, read_ticks};
use crate::json::{Cursor, Document, FileError, Object, SCHEMA};
use crate::net::neuron::{self, RESETS, Reset};
use std::path::Path;

/// Largest chip file.
pub const MAX_FILE_BYTES: u64 = 1 << 20;

pub(super) const FORMAT: &str = "spikemesh.chip/1";
const FIELDS: &[&str] = &[
    "format",
    "description",
    "tick",
    "clock",
    "mesh",
    "core",
    "neurons",
    "gating",
    "free_running",
    "fixed_tick",
    "calibrations",
    "default_calibration",
    "sources",
    "structure_sources",
    "estimates",
    "facts",
    SCHEMA,
];

/// Fields that change no count of a run.
const NOT_STRUCTURE: &[&str] = &[
    "format",
    "description",
    "clock",
    "calibrations",
    "default_calibration",
    "sources",
    "structure_sources",
    "estimates",
    "facts",
    SCHEMA,
];

/// Kinds of gating, of paths into a core, and of synapses, in the order in which they are read.
pub(super) const GATINGS: &[&str] = &["window", "none"];
pub(super) const RECEIVE_PATHS: &[&str] = &["serial", "pipelined"];
pub(super) const SYNAPSES: &[&str] = &["sram", "crossbar", "digital_crossbar"];

/// Reads a chip file.
pub fn load(path: &Path) -> Result<Chip, FileError> {
    let document = Document::open(path, MAX_FILE_BYTES)?;
    let name = path.file_stem().map_or("chip".into(), |stem| stem.to_string_lossy().into_owned());
    read(document, &name)
}

/// Reads a parsed chip file.
pub fn read(document: Document, name: &str) -> Result<Chip, FileError> {
    let chip = read_chip(&document, name);
    document.finish(chip)
}

/// Notes what a chip that is not free-running cannot have.
fn check_stepped(core: Option<&CoreSpec>, root: &Object<'_>) {
    let sweeps = core.and_then(|core| core.sweep).is_some_and(|sweep| sweep.packets);
    if let (true, Some(core)) = (sweeps, root.get("core")) {
        core.problem("sweep.packets goes with free_running only: elsewhere neurons are updated when a time step ends");
    }
}

/// The named sources of a file.
pub(super) struct Sources<'a>(Vec<(&'a str, &'a str)>);

impl Sources<'_> {
    /// The text of the source that a field names.
    pub(super) fn resolve(&self, cursor: &Cursor<'_>) -> Option<String> {
        let names: Vec<&str> = self.0.iter().map(|(name, _)| *name).collect();
        cursor.choice(&names).map(|i| self.0[i].1.to_owned())
    }
}

fn read_chip(document: &Document, name: &str) -> Option<Chip> {
    let root = document.root().object(FIELDS)?;
    root.check_schema();
    root.need("format").and_then(|c| c.choice(&[FORMAT]));
    let description = root.need("description").and_then(|c| c.text());
    let tick = root.need("tick").and_then(|c| read_tick(&c));
    let clock = root.need("clock").and_then(|c| read_clock(&c, tick));
    let sources = root.need("sources").and_then(|c| read_sources(&c)).unwrap_or(Sources(Vec::new()));
    let noc = root.need("mesh").and_then(|c| read_noc(&c, tick));
    let core = root.need("core").and_then(|c| read_core(&c, tick));
    let neurons = root.need("neurons").and_then(|c| read_neurons(&c));
    let gating = root.need("gating").and_then(|c| c.choice(GATINGS));
    let stepping = read_stepping(&root, tick);
    match root.get("free_running") {
        Some(_) => check_free(&root),
        None => check_stepped(core.as_ref(), &root),
    }
    let tables = root.need("calibrations");
    let default = root.need("default_calibration");
    let default = tables.as_ref().and_then(|tables| read_default(tables, &default?));
    let given = Given {
        tick,
        sources: &sources,
        core: core.as_ref(),
        no_barrier: Stepping::instead_of_barrier(&root),
        chips: noc.as_ref().map(|noc| noc.topology.chips()),
        mhz: clock.as_ref().map(|clock| clock.mhz),
    };
    let calibrations = tables.and_then(|c| read_calibrations(&c, given));
    let calibrations = calibrations.and_then(|list| Some(first(list, default?)));
    let structure = root.need("structure_sources").and_then(|c| {
        let list: Vec<_> = c.list(1..=64)?.iter().map(|c| sources.resolve(c)).collect();
        list.into_iter().collect::<Option<Vec<_>>>()
    });
    let estimates = root.need("estimates").and_then(|c| {
        let list: Vec<_> = c.list(0..=64)?.iter().map(|c| c.text().map(str::to_owned)).collect();
        list.into_iter().collect::<Option<Vec<_>>>()
    });
    let facts = root.get("facts").map_or(Some(Vec::new()), |c| read_facts(document, &c, &sources));
    Some(Chip {
        name: name.to_owned(),
        description: description?.to_owned(),
        tick: tick?.length,
        clock: clock?,
        noc: noc?,
        core: core?,
        neurons: neurons?,
        gating: [Gating::Window, Gating::None][gating?],
        stepping: stepping?,
        calibrations: calibrations?,
        structure: document.root().digest(NOT_STRUCTURE),
        facts: facts?,
        sources: structure?,
        estimates: estimates?,
        file: Description::of(document),
    })
}

fn read_clock(cursor: &Cursor<'_>, tick: Option<TickLength>) -> Option<Clock> {
    let object = cursor.object(&["mhz", "reference"])?;
    let mhz = object.need("mhz").and_then(|c| {
        let mhz = c.number(1e-6..=1e6)?;
        // Cycles, static power and energies of two clocks would not go together.
        match tick.and_then(|tick| tick.mhz).filter(|of_tick| *of_tick != mhz) {
            None => Some(mhz),
            Some(of_tick) => {
                c.problem(format!(
                    "{mhz} here, and tick.clock_mhz is {of_tick}: a chip has one clock; give both the same"
                ));
                None
            }
        }
    });
    let reference = object.need("reference").and_then(|c| c.flag());
    Some(Clock { mhz: mhz?, reference: reference? })
}

fn read_sources<'a>(cursor: &Cursor<'a>) -> Option<Sources<'a>> {
    let entries = cursor.entries()?;
    let texts: Vec<_> = entries.into_iter().map(|(name, c)| Some((name, c.text()?))).collect();
    texts.into_iter().collect::<Option<Vec<_>>>().map(Sources)
}

const CORE_FIELDS: &[&str] = &[
    "max_neurons",
    "max_axons_in",
    "max_axons_out",
    "max_fan_in",
    "max_fan_out",
    "weight_bits",
    "max_delay",
    "membrane_bits",
    "synapses",
    "receive",
    "receive_queue",
    "synapse_lanes",
    "soma_lanes",
    "axon_types",
    "partial_sums",
    "source_sign",
    "sweep",
];

fn read_core(cursor: &Cursor<'_>, tick: Option<TickLength>) -> Option<CoreSpec> {
    let object = cursor.object(CORE_FIELDS)?;
    let number = |name: &str, range| object.need(name).and_then(|c| c.unsigned(range));
    // A limit that a chip does not have is null, not left out: so none is forgotten.
    let optional = |name: &str| match object.need(name) {
        Some(c) if c.is_null() => Some(None),
        Some(c) => c.unsigned(1..=1 << 24).map(Some),
        None => None,
    };
    let (max_neurons, max_axons_in) = (number("max_neurons", 1..=65_536), number("max_axons_in", 1..=1 << 24));
    let (max_axons_out, max_fan_in) = (optional("max_axons_out"), optional("max_fan_in"));
    let max_fan_out = optional("max_fan_out");
    let (weight_bits, max_delay) = (number("weight_bits", 1..=16), number("max_delay", 1..=255));
    let membrane_bits = number("membrane_bits", 8..=32);
    let axon_types = object.get("axon_types").map_or(Some(None), |c| c.unsigned(1..=65_536).map(Some));
    let synapses = object.need("synapses").and_then(|c| read_synapses(&c));
    let partial_sums = object.get("partial_sums").map_or(Some(None), |c| read_partial_sums(&c).map(Some));
    let source_sign = object.get("source_sign").map_or(Some(false), |c| c.flag());
    let sweep = object.get("sweep").map_or(Some(None), |c| read_sweep(&c, tick).map(Some));
    let receive = object.need("receive").and_then(|c| c.choice(RECEIVE_PATHS));
    let receive_queue = number("receive_queue", 1..=4096);
    let (synapse_lanes, soma_lanes) = (number("synapse_lanes", 1..=65_536), number("soma_lanes", 1..=65_536));
    if let (Some(SynapseArray::Crossbar { rows, columns, .. }), Some(neurons), Some(axons)) =
        (&synapses, max_neurons, max_axons_in)
        && (neurons > *columns || axons > *rows)
    {
        object.problem(format!(
            "{neurons} neurons and {axons} axons do not fit a crossbar of {rows} rows x {columns} columns"
        ));
        return None;
    }
    if let (Some(SynapseArray::Sram(memory)), Some(neurons)) = (&synapses, max_neurons)
        && (1u64 << memory.index_bits.min(32)) < u64::from(neurons)
    {
        let bits = memory.index_bits;
        object.problem(format!("synapses.index_bits of {bits} cannot name {neurons} neurons"));
        return None;
    }
    if matches!(synapses, Some(SynapseArray::Crossbar { .. })) && max_delay.is_some_and(|delay| delay > 1) {
        object.problem("a crossbar is read in the step after a spike, so max_delay must be 1");
        return None;
    }
    if let (Some(Some(bits)), Some(membrane)) = (partial_sums, membrane_bits)
        && bits > membrane
    {
        object.problem(format!(
            "partial_sums.bits of {bits} is more than membrane_bits of {membrane}: sums are membranes"
        ));
        return None;
    }
    if let (Some(Some(_)), Some(SynapseArray::Crossbar { devices: Some(_), .. })) = (partial_sums, &synapses) {
        object.problem("partial_sums needs \"devices\": \"ideal\": a sum drives no row of cells that are read");
        return None;
    }
    let is_walked = matches!(synapses, Some(SynapseArray::DigitalCrossbar)) && receive == Some(0);
    if sweep.flatten().is_some_and(|sweep| sweep.packets) && synapses.is_some() && receive.is_some() && !is_walked {
        object.problem(
            "sweep.packets needs synapses of kind \"digital_crossbar\", which have a place for every neuron, and \
             \"receive\": \"serial\"",
        );
        return None;
    }
    let limits = Limits {
        max_neurons: max_neurons?,
        max_axons_in: max_axons_in?,
        max_axons_out: max_axons_out?,
        max_fan_in: max_fan_in?,
        max_fan_out: max_fan_out?,
        weight_bits: weight_bits?,
        max_delay: max_delay?,
        membrane_bits: membrane_bits?,
        axon_types: axon_types?,
        partial_sums: partial_sums?,
        source_sign: source_sign?,
    };
    let core = CoreSpec {
        limits,
        synapses: synapses?,
        receive: [ReceivePath::Serial, ReceivePath::Pipelined][receive?],
        receive_queue: receive_queue? as u16,
        synapse_lanes: synapse_lanes?,
        soma_lanes: soma_lanes?,
        sweep: sweep?,
    };
    check_devices(&core, &object).then_some(core)
}

fn read_sweep(cursor: &Cursor<'_>, tick: Option<TickLength>) -> Option<Sweep> {
    let object = cursor.object(&["packets", "before", "after", "host_wait"])?;
    let packets = object.need("packets").and_then(|c| c.flag());
    let time = |name: &str| object.get(name).map_or(Some(0), |c| read_ticks(&c, tick, 0));
    let (before, after, host_wait) = (time("before"), time("after"), time("host_wait"));
    if let (Some(false), Some(wait)) = (packets, object.get("host_wait")) {
        wait.problem("only with \"packets\": true: other chips take packets in without a wait of their own");
        return None;
    }
    Some(Sweep { packets: packets?, before: before?, after: after?, host_wait: host_wait? })
}

fn read_partial_sums(cursor: &Cursor<'_>) -> Option<u32> {
    cursor.object(&["bits"])?.need("bits").and_then(|c| c.unsigned(2..=32))
}

fn read_synapses(cursor: &Cursor<'_>) -> Option<SynapseArray> {
    let Some((_, kind)) = cursor.entries()?.into_iter().find(|(name, _)| *name == "kind") else {
        cursor.problem(format!("field \"kind\" is missing; allowed: {}", SYNAPSES.join(", ")));
        return None;
    };
    let kind = kind.choice(SYNAPSES)?;
    if kind == 2 {
        return cursor.object(&["kind"]).map(|_| SynapseArray::DigitalCrossbar);
    }
    if kind == 0 {
        let object = cursor.object(&["kind", "bits", "word_bits", "row_overhead_bits", "index_bits"])?;
        let number = |name: &str, range| object.need(name).and_then(|c| c.integer(range)).map(|v| v as u64);
        let (bits, word) = (number("bits", 1..=1 << 40), number("word_bits", 1..=4096));
        let (overhead, index) = (number("row_overhead_bits", 0..=4096), number("index_bits", 0..=32));
        return Some(SynapseArray::Sram(SramMemory {
            bits: bits?,
            word_bits: word?,
            row_overhead_bits: overhead?,
            index_bits: index?,
        }));
    }
    let object = cursor.object(&["kind", "rows", "columns", "converters", "devices"])?;
    let number = |name: &str| object.need(name).and_then(|c| c.unsigned(1..=65_536));
    let devices = object.need("devices").and_then(|c| read_devices(&c));
    let (rows, columns, converters) = (number("rows"), number("columns"), number("converters"));
    Some(SynapseArray::Crossbar { rows: rows?, columns: columns?, converters: converters?, devices: devices? })
}

fn read_neurons(cursor: &Cursor<'_>) -> Option<Vec<(String, Option<Reset>)>> {
    let list: Vec<_> = cursor.list(0..=16)?.iter().map(read_neuron).collect();
    list.into_iter().collect()
}

fn read_neuron(cursor: &Cursor<'_>) -> Option<(String, Option<Reset>)> {
    let object = cursor.object(&["model", "reset"])?;
    let name = neuron::NAMES[object.need("model").and_then(|c| c.choice(neuron::NAMES))?];
    if neuron::OPEN_RESETS.contains(&name) {
        let reset = object.need("reset").and_then(|c| c.choice(RESETS))?;
        return Some((name.to_owned(), Some([Reset::Zero, Reset::Subtract][reset])));
    }
    if let Some(reset) = object.get("reset") {
        reset.problem("this model has its own resets; leave this out");
        return None;
    }
    Some((name.to_owned(), None))
}
