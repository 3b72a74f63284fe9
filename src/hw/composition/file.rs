//! The object `composition` of a chip file.
//!
//! ```text
//! "composition": {
//!   "node_nm": 14, "vdd": 0.75, "cells": "lop",
//!   "parts": { "weights": { "sram": { "bits": "core.synapses.bits", "width": "core.synapses.word_bits" } } },
//!   "operations": { "synapse": { "weights.read": ["core.weight_bits", "1/core.synapses.word_bits"] } },
//!   "published": { "core.synapses.bits": 1048576, "core.synapses.word_bits": 64, "core.weight_bits": 9 },
//!   "area": { "published_mm2": 0.469, "chip_mm2": 60, "cores": 128, "kind": "derived", "source": "…" }
//! }
//! ```
//!
//! `published` is the anchor: the values for which the constants of the calibrations were found. With it, costs are these
//! constants plus what the models of the parts differ by; without it, only an operation whose energy or latency is
//! "composed", and whose kind is "model", is the sum of its parts.

use super::amount::{Amount, LARGEST, SizeProduct, Values};
use super::area::AreaOfFile;
use super::composed::{ComposedOp, ComposedPart, ComposedUse, Composition, Leakage};
use super::context::OfComposition;
use super::part::PartOfFile;
use crate::hw::cost::ConstantKind;
use crate::hw::given::source_name;
use crate::hw::kinds::CoreKinds;
use crate::hw::part_sums::PartSums;
use crate::hw::parts::{PartUse, Shrink, Technology};
use crate::json::record::{record, words};
use crate::json::schema::{Named, value_type};
use crate::json::shape::{self, by, number, of, optional, or, pick, with, word};
use crate::json::{Cursor, FileRecord, Object, did_you_mean};
use crate::stats::Op;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use std::collections::{BTreeMap, BTreeSet};

/// Most parts of a composition.
const MOST_PARTS: usize = 32;

words! {
    /// The cells of memories.
    pub(super) enum MemoryCells {
        /// Low operating power, of which the models are.
        Lop = "lop",
        /// Low standby power.
        Lstp = "lstp",
        /// High performance.
        Hp = "hp",
    }
}

/// A part and its name.
type NamedPart = (String, PartOfFile);
/// Uses of parts, by position, of an operation.
type UsesOfFile = Vec<(usize, PartUse, SizeProduct)>;
/// An operation, and the parts that it uses.
type OperationOfFile = (Op, UsesOfFile);
/// The published values, by path.
type PublishedValues = BTreeMap<String, f64>;

value_type!(
    /// A value as it was published.
    PublishedValue, inline: true,
    json_schema!({"type": "number", "minimum": 0, "maximum": LARGEST})
);

record! {
    /// Of which parts the operations of a core consist, so that their costs move with its sizes. The models of the parts are
    /// described in the chapter on constants.
    pub(in crate::hw) struct CompositionOfFile as "Composition" given OfComposition<'_> {
        /// The node (nm), 7 to 65.
        node_nm: f64 = number(7.0..=65.0);
        /// The voltage (V), 0.5 to 1.3, above 45 nm at least 0.6.
        vdd: f64 = number(0.5..=1.3);
        /// The cells of memories: "lop" (low operating power, of which the models are), "lstp" (low standby power) or "hp" (high
        /// performance); figures for others than "lop" are extrapolated.
        cells: MemoryCells = or(word(), MemoryCells::Lop, "lop");
        /// How memories shrink below 22 nm: "foundry" (by published areas of foundry nodes, of which those of 20, 16 and 14 nm
        /// differ little) or "ideal" (with the square of the node, a lower bound).
        shrink: Shrink = or(pick(Shrink::ALL, Shrink::name), Shrink::Foundry, "foundry");
        /// The parts of a core by name, 1 to 32 of them.
        parts: Vec<NamedPart> = by::<Named<PartOfFile>, _, _>(|cursor, _| read_parts(cursor));
        /// What an operation does with them: how often it reads or writes a memory, or uses another part. Counts may be
        /// fractions. Example: {"synapse": {"weights.read": 0.125, "state.write": 1}}.
        operations: Vec<(Op, UsesOfFile)> = with(parts.as_deref(), by::<OperationsOfFile, _, _>(read_operations));
        /// The values, by their paths, that the chip had when its constants were found: one for every path of parts and
        /// operations. Costs are then these constants plus what the models differ by. Left out, the constants do not move, and
        /// only costs that are "composed" follow from the parts.
        published: Option<PublishedValues> =
            with((parts.as_deref(), operations.as_deref()), optional(by::<Named<PublishedValue>, _, _>(read_published)));
        /// The area of a core and of the chip.
        area: Option<AreaOfFile> = optional(of::<AreaOfFile, _>());
        /// How much of the static power is leakage of a memory, where that is known: this share goes with its bits.
        leakage: Option<LeakageOfFile> = optional(of::<LeakageOfFile, _>());
    }
    check CompositionOfFile::resolve => Composition;
}

record! {
    /// Leakage of a memory. It is only scaled, never predicted.
    pub(super) struct LeakageOfFile as "Leakage" given OfComposition<'_> {
        /// The memory, by the name of its part.
        part: String = shape::name();
        /// Its share of the static power of each calibration per term, 0 to 1.
        share: f64 = number(0.0..=1.0);
        /// How the share came to be.
        kind: ConstantKind = word();
        /// The name of its source.
        source: String = source_name();
    }
}

/// Schema of the operations.
struct OperationsOfFile;

impl JsonSchema for OperationsOfFile {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "ComposedOperations".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let uses = Named::<Amount>::json_schema(generator);
        json_schema!({"type": "object", "additionalProperties": uses, "propertyNames": {"enum": Op::NAMES}})
    }
}

fn read_parts(cursor: &Cursor<'_>) -> Option<Vec<NamedPart>> {
    let entries = cursor.entries()?;
    if entries.is_empty() || entries.len() > MOST_PARTS {
        cursor.problem(format!("{} parts, expected 1 to {MOST_PARTS}", entries.len()));
        return None;
    }
    let read = |(name, cursor): (&str, Cursor<'_>)| Some((name.to_owned(), PartOfFile::read(&cursor, ())?));
    let parts: Vec<_> = entries.into_iter().map(read).collect();
    parts.into_iter().collect()
}

fn read_operations(cursor: &Cursor<'_>, parts: Option<&[(String, PartOfFile)]>) -> Option<Vec<(Op, UsesOfFile)>> {
    let object = cursor.object(Op::NAMES)?;
    let given = Op::ALL.iter().filter_map(|op| Some((*op, object.get(op.name())?)));
    let read = |(op, uses): (Op, Cursor<'_>)| {
        let uses: Vec<_> = uses.entries()?.iter().map(|(name, count)| read_use(name, count, parts)).collect();
        Some((op, uses.into_iter().collect::<Option<_>>()?))
    };
    let operations: Vec<_> = given.map(read).collect();
    operations.into_iter().collect()
}

/// A use of a part, as in `weights.read`.
fn read_use(
    name: &str,
    cursor: &Cursor<'_>,
    parts: Option<&[(String, PartOfFile)]>,
) -> Option<(usize, PartUse, SizeProduct)> {
    let count = SizeProduct::read(cursor);
    let parts = parts?;
    let (part, action) = name.rsplit_once('.').unwrap_or((name, ""));
    let known: Vec<&str> = parts.iter().map(|(name, _)| name.as_str()).collect();
    let Some(place) = known.iter().position(|known| *known == part) else {
        let hint = did_you_mean(part, &known);
        cursor.problem(format!("no part is called \"{part}\"; give one and its use, as in \"weights.read\"{hint}"));
        return None;
    };
    let is_memory = parts[place].1.sram.is_some();
    let action = PartUse::NAMES.iter().position(|name| *name == action).map(|at| PartUse::ALL[at]);
    let Some(action) = action.filter(|action| is_memory != (*action == PartUse::Use)) else {
        let can = if is_memory { format!("\"{part}.read\" or \"{part}.write\"") } else { format!("\"{part}.use\"") };
        cursor.problem(format!("it can be {can}"));
        return None;
    };
    Some((place, action, count?))
}

/// All paths that parts and operations refer to.
fn paths(parts: &[NamedPart], operations: &[OperationOfFile]) -> BTreeSet<String> {
    let of_parts = parts.iter().flat_map(|(_, part)| part.paths());
    let of_uses = operations.iter().flat_map(|(_, uses)| uses).flat_map(|(_, _, count)| count.paths());
    of_parts.chain(of_uses).map(str::to_owned).collect()
}

fn read_published(
    cursor: &Cursor<'_>,
    (parts, operations): (Option<&[NamedPart]>, Option<&[OperationOfFile]>),
) -> Option<PublishedValues> {
    let read = |(path, value): (&str, Cursor<'_>)| Some((path.to_owned(), value.number(0.0..=LARGEST)?));
    let values: Vec<_> = cursor.entries()?.into_iter().map(read).collect();
    let values: PublishedValues = values.into_iter().collect::<Option<_>>()?;
    let needed = paths(parts?, operations?);
    let missing: Vec<&str> = needed.iter().filter(|path| !values.contains_key(*path)).map(String::as_str).collect();
    if !missing.is_empty() {
        cursor.problem(format!("parts and operations follow from {} too: give what it was", missing.join(" and ")));
    }
    let idle: Vec<&str> = values.keys().filter(|path| !needed.contains(*path)).map(String::as_str).collect();
    if !idle.is_empty() {
        cursor.problem(format!("no part or operation follows from {}: leave it out", idle.join(" and ")));
    }
    (missing.is_empty() && idle.is_empty()).then_some(values)
}

impl CompositionOfFile {
    /// The parts with their sizes, those of the file and those that were published.
    fn resolve(self, object: &Object<'_>, given: OfComposition<'_>) -> Option<Composition> {
        if given.cores.is_some_and(CoreKinds::are_named) {
            object.problem("only where all cores are alike: leave out either this or cores");
            return None;
        }
        let technology = match Technology::new(self.node_nm, self.vdd) {
            Ok(technology) => technology.shrinking(self.shrink),
            Err(problem) => {
                object.problem(problem.to_string());
                return None;
            }
        };
        let own = object.get("parts")?;
        let now = |path: &str| own.file_number(path);
        let then = |path: &str| self.published.as_ref().and_then(|values| values.get(path).copied());
        let has_anchor = self.published.is_some();
        let part = |(name, part): &(String, PartOfFile)| {
            let places = (own.field(name)?, object.get("published"));
            composed_part((name, part), technology, (&now, &then), places)
        };
        let parts: Vec<_> = self.parts.iter().map(part).collect();
        let parts: Vec<ComposedPart> = parts.into_iter().collect::<Option<_>>()?;
        let of_use = |(part, action, count): &(usize, PartUse, SizeProduct)| {
            let published = has_anchor.then(|| count.at(&then));
            ComposedUse { part: *part, action: *action, count: count.at(&now), published }
        };
        let uses = |(op, uses): &(Op, UsesOfFile)| ComposedOp { op: *op, uses: uses.iter().map(of_use).collect() };
        let operations: Vec<ComposedOp> = self.operations.iter().map(uses).collect();
        let counts = operations.iter().flat_map(|of| &of.uses).flat_map(|of| [of.count, of.published.unwrap_or(0.0)]);
        if !counts.chain(parts.iter().map(|part| part.count)).all(f64::is_finite) {
            object.problem("a count is a division by zero");
            return None;
        }
        let changed = self.published.iter().flatten().filter_map(|(path, then)| {
            let now = now(path)?;
            (now != *then).then(|| (path.clone(), *then, now))
        });
        let mut composition = Composition {
            paths: paths(&self.parts, &self.operations),
            changed: changed.collect(),
            is_anchored: has_anchor,
            beyond: beyond(&parts, self.cells),
            parts,
            operations,
            area: None,
            leakage: None,
            scaled: Vec::new(),
            sums: PartSums(Vec::new()),
        };
        composition.sums = composition.all_sums();
        composition.leakage = self.leakage.map(|leakage| composition.leakage_of(&leakage, object)).transpose().ok()?;
        composition.area = self.area.map(|area| area.resolve(composition.area_of(), object)).transpose().ok()?;
        Some(composition)
    }
}

/// A part with its sizes, those of the file and, where these are given, those that were published.
fn composed_part(
    (name, part): (&str, &PartOfFile),
    technology: Technology,
    (now, then): (Values<'_>, Values<'_>),
    (here, published): (Cursor<'_>, Option<Cursor<'_>>),
) -> Option<ComposedPart> {
    let model = part.model(technology, now).map_err(|why| here.problem(why.to_string()));
    let before = published.map(|cursor| {
        let model = part.model(technology, then);
        model.map_err(|why| cursor.problem(format!("{name}: {why}")))
    });
    Some(ComposedPart {
        name: name.to_owned(),
        model: model.ok()?,
        count: part.count.at(now),
        published: before.transpose().ok()?.map(|model| (model, part.count.at(then))),
    })
}

/// In which ways figures of parts are extrapolated.
fn beyond(parts: &[ComposedPart], cells: MemoryCells) -> Vec<String> {
    let own = parts.iter().flat_map(|part| {
        let of_part = |what: String| format!("the model of {} is extrapolated: {what}", part.name);
        part.model.beyond().into_iter().map(of_part)
    });
    let cells = (cells != MemoryCells::Lop)
        .then(|| format!("models of memories are of cells of low operating power, not of \"{}\"", cells.name()));
    own.chain(cells).collect()
}

impl Composition {
    /// The leakage of a memory, relative to that of its published size.
    fn leakage_of(&self, leakage: &LeakageOfFile, object: &Object<'_>) -> Result<Leakage, ()> {
        let known = self.parts.iter().find(|part| part.name == leakage.part);
        match known.map(|part| (part.leakage_ratio(), part)) {
            Some((Some(ratio), part)) => {
                let source = format!("{} ({})", leakage.source, leakage.kind.name());
                Ok(Leakage { part: part.name.clone(), factor: 1.0 + leakage.share * (ratio - 1.0), source })
            }
            _ => {
                let why = format!(
                    "leakage is that of a memory among the parts, with published; \"{}\" is none",
                    leakage.part
                );
                object.get("leakage").iter().for_each(|cursor| cursor.problem(why.clone()));
                Err(())
            }
        }
    }
}
