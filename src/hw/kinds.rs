//! Kinds of cores: the object `cores` of a chip file, where cores differ.
//!
//! ```text
//! "core": { "max_neurons": 4096, … },
//! "cores": {
//!   "large": { "tiles": [0, "2-5"], "max_neurons": 65536 },
//!   "small": { "tiles": [1, "6-8"] }
//! }
//! ```
//!
//! A kind is the chip's `core` with some values in place of its own, merged as an overlay is. Before the file is read, the
//! values of `core` are put into every kind ([`Document::spread`](crate::json::Document)), so that a kind is read as a core is.

use super::core::CoreSpec;
use super::models::ModelName;
use super::noc::Noc;
use super::tick::TickLength;
use crate::ids::SiteId;
use crate::json::record::record;
use crate::json::schema::{Named, value_type};
use crate::json::shape::{by, list, of, optional, whole};
use crate::json::{Cursor, FieldSpec, Fields, FileRecord, MAX_NAME, Object, did_you_mean};
use crate::net::neuron::Reset;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

/// The field with the kinds.
pub(super) const CORES: &str = "cores";
/// The field with what they have in common.
pub(super) const CORE: &str = "core";
/// Fields of a kind that are no fields of a core.
pub(super) const OWN: &[&str] = &["tiles", "places", "neurons"];

/// Most kinds of cores of a chip.
const MOST: usize = 64;
/// Tiles that are named in a message; of more, the others are counted.
const NAMED: usize = 8;

/// Neuron models of a core: (model name, reset of those that leave it open).
pub type NeuronModels = Vec<(String, Option<Reset>)>;

/// A kind of core.
#[derive(Clone, Debug, PartialEq)]
pub struct CoreKind {
    /// Its name; [`CoreKinds::ONLY`] where all cores are alike.
    pub name: String,
    /// What fits into such a core, and how it works.
    pub core: CoreSpec,
    /// Neuron models that it has itself.
    pub neurons: NeuronModels,
}

/// The kinds of cores of a chip, and the kind of the core at each site.
#[derive(Clone, Debug, PartialEq)]
pub struct CoreKinds {
    all: Vec<CoreKind>,
    /// By site; empty where all cores are alike.
    of_site: Vec<u8>,
    /// Cores, where a kind is looked at alone.
    seats: Option<u32>,
}

impl CoreKinds {
    /// The name of the kind of a chip whose cores are all alike.
    pub const ONLY: &'static str = "core";

    /// Cores that are all alike.
    pub(super) fn alike(core: CoreSpec, neurons: NeuronModels) -> Self {
        Self { all: vec![CoreKind { name: Self::ONLY.to_owned(), core, neurons }], of_site: Vec::new(), seats: None }
    }

    /// One of the kinds, as if there were no other.
    pub(super) fn alone(&self, kind: usize) -> Self {
        let seats = self.of_site.iter().filter(|of| usize::from(**of) == kind).count() as u32;
        let seats = self.are_named().then_some(seats);
        Self { all: vec![self.all[kind].clone()], of_site: Vec::new(), seats }
    }

    /// The number of cores, where a kind is looked at alone.
    pub(super) fn seats(&self) -> Option<u32> {
        self.seats
    }

    /// The kind of each site; empty where all cores are alike.
    pub fn of_sites(&self) -> &[u8] {
        &self.of_site
    }

    /// All kinds; at least one.
    pub fn all(&self) -> &[CoreKind] {
        &self.all
    }

    /// The kind of the core at a site, by its position.
    pub fn at(&self, site: SiteId) -> usize {
        self.of_site.get(site.get() as usize).map_or(0, |kind| usize::from(*kind))
    }

    /// Whether there is more than one kind.
    pub fn differ(&self) -> bool {
        self.all.len() > 1
    }

    /// Whether a file names its kinds: a fact of one is then at a path of its own.
    pub fn are_named(&self) -> bool {
        !self.of_site.is_empty()
    }

    /// The path of a value of a kind's core in the chip file, as in `cores.large.max_neurons`.
    pub fn path(&self, kind: usize, value: &str) -> String {
        if self.are_named() { format!("{CORES}.{}.{value}", self.all[kind].name) } else { format!("{CORE}.{value}") }
    }
}

/// What the kinds of a file depend on, as far as it could be read.
#[derive(Clone, Copy)]
pub(super) struct OfKinds<'a> {
    pub(super) tick: Option<TickLength>,
    pub(super) mesh: Option<&'a Noc>,
    pub(super) core: Option<&'a CoreSpec>,
    pub(super) neurons: Option<&'a [(String, Option<Reset>)]>,
}

value_type!(
    /// Tiles, each by its number, from 0, or by the name of its router; or, as in "4-7", the tiles with these numbers.
    pub(super) TileNames, inline: true,
    json_schema!({
        "type": "array", "minItems": 1, "maxItems": u16::MAX,
        "items": {"type": ["integer", "string"], "minimum": 0, "pattern": "\\S", "maxLength": MAX_NAME},
    })
);

record! {
    /// A kind of core: every field of Core may be given again here, and has then this value in place of that of core.
    pub(super) struct KindOfFile as "CoreKind" given OfKinds<'_> {
        /// The tiles whose cores are of this kind, each by its number, from 0, or the name of its router, or in a range such as
        /// "4-7"; all tiles where nothing is said. Every core of the chip is of one kind. Example: [0, "2-5"].
        tiles: Option<Vec<u32>> = optional(by::<TileNames, _, _>(read_tiles));
        /// Which cores of each of these tiles, from 0; all where nothing is said.
        places: Option<Vec<u16>> = optional(list(whole(0..=47), 1..=48));
        /// Neuron models that such cores have themselves, in place of the chip's.
        neurons: Option<NeuronModels> = optional(list(of::<ModelName, _>(), 0..=16));
        /// Its fields.
        core: CoreSpec = fields_of_core();
    }
}

/// The fields of a core, in the object of its kind. In the schema of files none of them is needed there.
fn fields_of_core<'s>() -> FieldSpec<'s, OfKinds<'s>, CoreSpec> {
    FieldSpec::field(CoreSpec::properties(), |object, _, given: OfKinds<'s>| CoreSpec::read_fields(object, given.tick))
}

/// Schema of the kinds.
pub(super) struct KindsOfFile;

impl JsonSchema for KindsOfFile {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "CoreKinds".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let mut schema = Named::<KindOfFile>::json_schema(generator);
        schema.insert("minProperties".into(), 1.into());
        schema.insert("maxProperties".into(), MOST.into());
        schema
    }
}

/// Reads the kinds of a file; without any, all cores are alike.
pub(super) fn read_kinds(root: &Object<'_>, given: OfKinds<'_>) -> Option<CoreKinds> {
    let alike = || Some(CoreKinds::alike(given.core?.clone(), given.neurons?.to_vec()));
    let Some(cursor) = root.get(CORES) else { return alike() };
    let entries = cursor.entries()?;
    if entries.is_empty() || entries.len() > MOST {
        cursor.problem(format!("{} kinds of cores, expected 1 to {MOST}", entries.len()));
        return None;
    }
    let read = |(name, cursor): &(&str, Cursor<'_>)| Some(((*name).to_owned(), KindOfFile::read(cursor, given)?));
    let kinds: Vec<Option<(String, KindOfFile)>> = entries.iter().map(read).collect();
    // Tiles that could not be read may be anywhere.
    let kinds: Vec<(String, KindOfFile)> = kinds.into_iter().collect::<Option<_>>()?;
    let of_site = sites(&cursor, &entries, &kinds, given.mesh?)?;
    let kind = |(name, kind): (String, KindOfFile)| {
        let neurons = kind.neurons.or_else(|| given.neurons.map(<[_]>::to_vec))?;
        Some(CoreKind { name, core: kind.core, neurons })
    };
    let all: Vec<CoreKind> = kinds.into_iter().map(kind).collect::<Option<_>>()?;
    let devices = |kind: &CoreKind| kind.core.synapses.devices().cloned();
    if all.iter().any(|kind| devices(kind) != devices(&all[0])) {
        cursor.problem(
            "cells that are not ideal are modelled where all cores have the same ones: give \"devices\": \"ideal\", or the \
             same devices to every kind",
        );
        return None;
    }
    Some(CoreKinds { all, of_site, seats: None })
}

/// The kind of every site, if each has one.
fn sites(
    cursor: &Cursor<'_>,
    entries: &[(&str, Cursor<'_>)],
    kinds: &[(String, KindOfFile)],
    mesh: &Noc,
) -> Option<Vec<u8>> {
    let each = u32::from(mesh.cores_per_tile);
    let mut of_site: Vec<Option<u8>> = vec![None; mesh.cores() as usize];
    let mut is_sound = true;
    let mut problem = |cursor: &Cursor<'_>, message: String| {
        cursor.problem(message);
        is_sound = false;
    };
    for (at, ((name, kind), (_, own))) in (0..).zip(kinds.iter().zip(entries)) {
        let places: Vec<u32> = kind.places.iter().flatten().map(|place| u32::from(*place)).collect();
        if let Some(place) = places.iter().find(|place| **place >= each) {
            problem(own, format!("places: a tile has no core {place}, there are {each}, from 0"));
            continue;
        }
        let places = if kind.places.is_some() { places } else { (0..each).collect() };
        let tiles = kind.tiles.clone().unwrap_or_else(|| (0..mesh.tiles()).collect());
        let mut taken = Vec::new();
        for (tile, place) in tiles.iter().flat_map(|tile| places.iter().map(move |place| (*tile, *place))) {
            match &mut of_site[(tile * each + place) as usize] {
                Some(other) => taken.push((tile, usize::from(*other))),
                free => *free = Some(at),
            }
        }
        if let Some((_, other)) = taken.first() {
            let by = if *other == usize::from(at) {
                "this kind twice".into()
            } else {
                format!("kind {} too", kinds[*other].0)
            };
            let tiles = names(mesh, taken.iter().map(|(tile, _)| *tile));
            problem(own, format!("cores of {tiles} are of {by}; each is of one kind, and {name} has no other"));
        }
    }
    let free = (0..).zip(&of_site).filter(|(_, kind)| kind.is_none()).map(|(site, _)| mesh.tile_of(SiteId::new(site)));
    let free: Vec<u32> = free.collect();
    if !free.is_empty() {
        problem(cursor, format!("cores of {} are of no kind; every core is of one", names(mesh, free.into_iter())));
    }
    if is_sound { of_site.into_iter().collect() } else { None }
}

/// Tiles by the names of their routers, of many the first ones.
fn names(mesh: &Noc, tiles: impl Iterator<Item = u32>) -> String {
    let mut tiles: Vec<u32> = tiles.collect();
    tiles.dedup();
    let named: Vec<&str> = tiles.iter().take(NAMED).map(|tile| name_of(mesh, *tile)).collect();
    let more = tiles.len() - named.len();
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("{} {}{more}", if tiles.len() == 1 { "tile" } else { "tiles" }, named.join(", "))
}

fn name_of(mesh: &Noc, tile: u32) -> &str {
    &mesh.topology.routers[mesh.router_of_tile(tile) as usize].name
}

/// Reads the tiles of a kind.
fn read_tiles(cursor: &Cursor<'_>, given: OfKinds<'_>) -> Option<Vec<u32>> {
    let items = cursor.list(1..=usize::from(u16::MAX))?;
    let mesh = given.mesh?;
    let found: Vec<Option<Vec<u32>>> = items.iter().map(|item| read_tile(item, mesh)).collect();
    Some(found.into_iter().collect::<Option<Vec<_>>>()?.concat())
}

fn read_tile(cursor: &Cursor<'_>, mesh: &Noc) -> Option<Vec<u32>> {
    let last = mesh.tiles() - 1;
    let Some(text) = cursor.as_text() else { return cursor.unsigned(0..=last).map(|tile| vec![tile]) };
    if let Some(tile) = (0..=last).find(|tile| name_of(mesh, *tile) == text) {
        return Some(vec![tile]);
    }
    let Some((first, end)) = range(text) else {
        let known: Vec<&str> = (0..=last).map(|tile| name_of(mesh, tile)).collect();
        let hint = did_you_mean(text, &known);
        cursor
            .problem(format!("no tile is called \"{text}\"; give a router's name, a number from 0, or \"4-7\"{hint}"));
        return None;
    };
    if first > end || end > last {
        cursor.problem(format!("tiles {first} to {end}, expected two that ascend of 0 to {last}"));
        return None;
    }
    Some((first..=end).collect())
}

/// Two numbers, as in `4-7`.
fn range(text: &str) -> Option<(u32, u32)> {
    let (first, end) = text.split_once('-')?;
    let number = |text: &str| text.trim().parse::<u32>().ok();
    Some((number(first)?, number(end)?))
}
