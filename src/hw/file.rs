//! Chip files, `spikemesh.chip/1`: reading and checking.

use super::builder::Description;
use super::chip::{Chip, Clock, Gating};
use super::constants::{Given, first, read_calibrations, read_default};
use super::core::CoreSpec;
use super::facts::read_facts;
use super::noc_file::read_noc;
use super::stepping::{Stepping, check_free, read_stepping};
use super::tick::{TickLength, read_tick};
use crate::json::{Cursor, Document, FileError, Object, Record, SCHEMA};
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

/// Kinds of gating, in the order in which they are read.
pub(super) const GATINGS: &[&str] = &["window", "none"];

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
    let core = root.need("core").and_then(|c| CoreSpec::read(&c, tick));
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
