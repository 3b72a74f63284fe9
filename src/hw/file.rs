//! Chip files, `spikemesh.chip/1`: reading and checking.

use super::calibration::{Calibration, Calibrations, read_calibrations};
use super::chip::{Chip, Clock, Gating};
use super::composition::{Composition, CompositionOfFile, OfComposition, finer_tick, scale};
use super::core::CoreSpec;
use super::description::Description;
use super::facts::{Fact, read_facts};
use super::given::{ConstantContext, Sources, source_name};
use super::kinds::{CORE, CORES, CoreKinds, KindsOfFile, OWN, OfKinds, read_kinds};
use super::models::ModelName;
use super::noc::Noc;
use super::noc_file::{NocOfFile, read_noc};
use super::rest::{RestPower, read_rest};
use super::rules;
use super::stepping::{FixedTick, FreeRunning, Stepping, read_stepping};
use super::tick::{TickLength, TickOfFile, read_tick};
use crate::json::record::record;
use crate::json::schema::schema_of;
use crate::json::shape::{
    self, also, by, constant, described, elsewhere, list, listed_last, of, of_object, optional, plain, text, unsaid,
    with, word,
};
use crate::json::{Document, FileError, FileRecord, SCHEMA};
use crate::net::neuron::Reset;
use crate::units::Femtoseconds;
use serde_json::Value;
use std::collections::BTreeMap;

/// Largest chip file.
pub const MAX_FILE_BYTES: u64 = 1 << 20;

const FORMAT: &str = "spikemesh.chip/1";

/// Fields without facts on their source: texts, and records that have sources themselves.
pub(super) const WITHOUT_FACTS: &[&str] = &[
    "format",
    "extends",
    "name",
    "description",
    "composition",
    "calibrations",
    "default_calibration",
    "rest",
    "sources",
    "structure_sources",
    "estimates",
    "facts",
    SCHEMA,
];

/// Fields that do not affect the counts of a run.
fn not_structure() -> Vec<&'static str> {
    [WITHOUT_FACTS, &["clock"]].concat()
}

record! {
    /// # Chip of Spikemesh
    ///
    /// A neuromorphic chip: its network on chip, its cores, and what operations cost in energy and time. Times are whole
    /// numbers of ticks.
    struct ChipFile as "Chip" {
        /// The format of this file.
        format: () = constant(FORMAT);
        /// The name of a built-in chip, or the path of a chip file from the folder of this one: this file then is an overlay,
        /// which gives only what differs from that chip.
        extends: () = elsewhere(optional(shape::name()));
        /// The name of the chip in reports; by default that of the file, without .json.
        name: Option<String> = optional(shape::name());
        /// One sentence for people.
        description: String = text();
        /// The unit of all times: a time from 1 fs to 1 ms such as "100 ps", or {"clock_mhz": 75}, a cycle of that clock.
        tick: TickLength = plain::<TickOfFile, _, _>(read_tick);
        /// The clock in which cycles are reported.
        clock: Clock = with(tick, of::<Clock, _>());
        /// Sources by the names that the file uses for them, written out for people.
        sources: Sources = listed_last(Sources::spec());
        /// The network on chip: routers, links, and how packets travel.
        mesh: Noc = with(tick, by::<NocOfFile, _, _>(read_noc));
        /// A core; all are alike, unless cores says how some differ.
        core: CoreSpec = with(tick, of::<CoreSpec, _>());
        /// Neuron models that the chip itself has, at most 16; others run as idealised ones on its costs. Example:
        /// [{"model": "if", "reset": "subtract"}].
        neurons: Vec<(String, Option<Reset>)> = list(of::<ModelName, _>(), 0..=16);
        /// Where cores differ: 1 to 64 kinds of them by name, each with its tiles and with what it has in place of the values of
        /// core. Example: {"large": {"tiles": [0], "max_neurons": 65536}, "small": {"tiles": ["1-8"]}}.
        cores: CoreKinds = with(
            OfKinds { tick, mesh: mesh.as_ref(), core: core.as_ref(), neurons: neurons.as_deref() },
            of_object(read_kinds, optional(described::<KindsOfFile, _>())),
        );
        /// Whether neurons rest outside the window of their layer: "window" (outside it they neither integrate nor fire, and
        /// cost nothing) or "none".
        gating: Gating = word();
        /// Instead of a barrier: time steps pass with a clock that waits for nothing, and spikes act when they arrive.
        stepping as "free_running": Stepping = also(
            with((tick, cores.as_ref()), of_object(read_stepping, optional(described::<FreeRunning, _>()))),
            (
                "fixed_tick",
                "Instead of a barrier: time steps begin at multiples of a length; a step that takes longer takes as many \
                 whole lengths as it needs.",
            ),
            optional(described::<FixedTick, _>()),
        );
        /// Of which parts the operations of a core consist. With it, energies, times and areas move with the sizes of memories
        /// and other parts.
        composition: Option<Composition> = listed_last(with(
            OfComposition { sources: sources.as_ref(), cores: cores.as_ref() },
            optional(of::<CompositionOfFile, _>()),
        ));
        /// Tables of constants by name, 1 to 64 of them.
        calibrations: Vec<Calibration> = also(
            with(
                ConstantContext {
                    tick,
                    sources: sources.as_ref(),
                    cores: cores.as_ref(),
                    sums: composition.as_ref().map(|composition| composition.as_ref().map(|own| &own.sums)),
                    no_barrier: None,
                    chips: mesh.as_ref().map(|noc| noc.topology.chips()),
                    directed: mesh.as_ref().map(Noc::is_directed),
                    mhz: clock.as_ref().map(|clock| clock.mhz),
                },
                of_object(read_calibrations, described::<Calibrations, _>()),
            ),
            ("default_calibration", "The name of the table that is used where none is asked for."),
            shape::name(),
        );
        /// Power at rest, up to 64 entries. Reports show it beside the energy, as power times the time of an inference, and never
        /// add it; measurements are not added to each other either.
        rest: Vec<RestPower> =
            with(sources.as_ref(), unsaid(by::<Vec<RestPower>, _, _>(read_rest), Vec::new()));
        /// Names of the sources of the chip's structure, 1 to 64.
        structure_sources: Vec<String> = listed_last(with(sources.as_ref(), list(source_name(), 1..=64)));
        /// What is assumed for want of a published figure, at most 64 sentences, each with the field that it is about.
        estimates: Vec<String> = listed_last(list(text(), 0..=64));
        /// Where single numbers come from, by their path in the file ("core.max_neurons") or its beginning ("core").
        facts: Vec<Fact> = listed_last(with(
            sources.as_ref(),
            unsaid(by::<BTreeMap<String, Fact>, _, _>(read_facts), Vec::new()),
        ));
        /// The schema against which an editor checks the file, as in "schema/chip.json"; no reader uses it.
        schema as "$schema": Option<String> = listed_last(optional(text()));
    }
    rules rules::of_chip;
}

/// The JSON Schema of chip files that are no overlays.
pub(super) fn whole_schema() -> Value {
    schema_of::<ChipFile>()
}

/// Reads a parsed chip file that is no overlay, or is merged with its base.
pub(super) fn read_whole(document: Document, name: &str) -> Result<Chip, FileError> {
    let own = Description::of(&document);
    let document = document.spread(CORE, CORES, OWN);
    let chip = read_scaled(&document).map(|file| Chip {
        name: file.name.unwrap_or_else(|| name.to_owned()),
        description: file.description,
        tick: file.tick.length,
        clock: file.clock,
        noc: file.mesh,
        core: file.core,
        kinds: file.cores,
        neurons: file.neurons,
        gating: file.gating,
        stepping: file.stepping,
        calibrations: file.calibrations,
        rest: file.rest,
        composition: file.composition,
        structure: document.root().digest(&not_structure()),
        facts: file.facts,
        sources: file.structure_sources,
        estimates: file.estimates,
        file: own,
    });
    document.finish(chip)
}

/// Reads the file, with its constants scaled where its sizes differ from those that were published.
fn read_scaled(document: &Document) -> Option<ChipFile> {
    let mut file = ChipFile::read(&document.root(), ())?;
    let own = file.tick;
    let finer = file.composition.as_ref().and_then(|composition| finer_tick(composition, &file.calibrations, own));
    if let Some(finer) = finer.and_then(|tick| read_in(document, tick)) {
        file = finer;
    }
    if let Some(composition) = &mut file.composition {
        scale(composition, &mut file.calibrations, (file.tick, own.length), document);
    }
    Some(file)
}

/// Reads the file in finer ticks, if its times can be counted in them.
fn read_in(document: &Document, tick: Femtoseconds) -> Option<ChipFile> {
    let mut finer = document.again();
    finer.put("tick", format!("{} fs", tick.0).into());
    let file = ChipFile::read(&finer.root(), ());
    finer.finish(file).ok()
}
