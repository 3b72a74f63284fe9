//! What a run counted by core and by link: not in its report, and kept beside it where somebody asks for it.

use super::with_counts;
use crate::columns::Columns;
use crate::hw::topology::{Size, TopologyKind};
use crate::hw::{Calibration, Chip};
use crate::ids::SiteId;
use crate::map::{CoreLoad, CorePart};
use crate::net::Graph;
use crate::report::energy::Coverage;
use crate::report::measure::Context;
use crate::report::page::board::{MOST_SIDE, size};
use crate::report::run_page::{PerCore, per_core, priced};
use crate::report::saved::{LARGEST, MOST};
use crate::stats::{Counts, Op};
use crate::text::some_of;
use serde_json::{Value, json};
use thiserror::Error;

/// Most layers of a core that are named.
const MOST_NAMES: usize = 8;

/// Schema of the text in which details are kept.
const DETAILS_SCHEMA: &str = "spikemesh.details/1";

/// Counts and energies of cores and links of a run.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RunDetails {
    /// Inferences that counts are of.
    pub inferences: u64,
    /// Columns and rows of the board, and whether its ends are joined; `None` of chips that have none or too many.
    pub board: Option<(u16, u16, bool)>,
    /// Cores at a router.
    pub cores_per_tile: u16,
    /// Cores in use, in the order of the mapping.
    pub cores: Vec<CoreDetail>,
    /// Counts of the host.
    pub host: Counts,
    /// Links between routers that carried a flit, by router and port.
    pub links: Vec<LinkDetail>,
}

/// A core in use.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CoreDetail {
    /// Its number on the chip.
    pub site: u32,
    /// Column and row of its router.
    pub place: (u16, u16),
    /// Its number on its tile.
    pub on_tile: u32,
    /// Its layers, by name.
    pub layers: String,
    /// Number of the layer with most of its neurons.
    pub layer: u32,
    /// Its neurons.
    pub neurons: u32,
    /// Its counts, over all inferences.
    pub counts: Counts,
    /// Its energy per inference (pJ), static power apart.
    pub energy_pj: f64,
    /// How much of what it counted that is of.
    pub coverage: Coverage,
}

/// A link between two routers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LinkDetail {
    /// Its name, as in `(1, 0) east`.
    pub name: String,
    /// The names of its routers.
    pub ends: [String; 2],
    /// Column and row of the router that sends, and its port.
    pub from: (u16, u16, u8),
    /// Flits that it carried, over all inferences.
    pub flits: u64,
}

/// Why a text holds no details.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("details of a run: {0}")]
pub struct DetailsError(String);

impl RunDetails {
    /// The details of a run of a mapped network.
    pub fn of(context: Context<'_>, inferences: u64, cores: &[Counts], link_flits: &[u64]) -> Self {
        let Context { chip, calibration, graph, mapping, .. } = context;
        let topology = &chip.noc.topology;
        let shape = |Size { width, height }| (width, height, matches!(topology.kind, TopologyKind::Torus(_)));
        let mut details = Self {
            inferences,
            board: size(topology).map(shape),
            cores_per_tile: chip.noc.cores_per_tile,
            cores: mapping.cores.iter().zip(cores).map(|(load, counts)| core(chip, graph, load, *counts)).collect(),
            host: cores.get(mapping.cores.len()).copied().unwrap_or_default(),
            links: links(context, link_flits),
        };
        details.price(per_core(cores, inferences, (chip, mapping), calibration));
        details
    }

    fn price(&mut self, PerCore { energy_pj, coverage, .. }: PerCore) {
        for (core, (pj, coverage)) in self.cores.iter_mut().zip(energy_pj.into_iter().zip(coverage)) {
            (core.energy_pj, core.coverage) = (pj, coverage);
        }
    }

    /// The same with the energies of another table of the chip.
    #[must_use]
    pub fn repriced(mut self, chip: &Chip, calibration: &Calibration) -> Self {
        let sites = self.cores.iter().map(|core| SiteId::new(core.site)).collect::<Vec<_>>();
        if sites.iter().any(|site| site.get() >= chip.noc.cores()) {
            return self;
        }
        let counts: Vec<Counts> = self.cores.iter().map(|core| core.counts).chain([self.host]).collect();
        let kinds: Vec<usize> = sites.iter().map(|site| chip.kind_at(*site)).collect();
        self.price(priced(&counts, self.inferences, (chip, &kinds), calibration));
        self
    }

    /// A row for each core in use: what it holds, its energy and spikes per inference, and counts over all inferences.
    pub fn core_table(&self) -> Columns {
        let each = |count: u64| count as f64 / self.inferences.max(1) as f64;
        let table = Columns::of_rows(&self.cores)
            .whole("core", |core| Some(core.site.into()))
            .whole("x", |core| Some(core.place.0.into()))
            .whole("y", |core| Some(core.place.1.into()))
            .text("layers", |core| core.layers.as_str())
            .whole("neurons", |core| Some(core.neurons.into()))
            .real("spikes", |core| Some(each(core.counts.with_kinds(Op::SomaSpike))))
            .real("energy_pj", |core| core.coverage.known(core.energy_pj))
            .text("coverage", |core| core.coverage.name());
        let mut all = Counts::default();
        self.cores.iter().for_each(|core| all.merge(&core.counts));
        with_counts(table, &all, |core| &core.counts).finish()
    }

    /// A row for each link between routers that carried a flit: flits per inference, and over all inferences.
    pub fn link_table(&self) -> Columns {
        let each = |count: u64| count as f64 / self.inferences.max(1) as f64;
        Columns::of_rows(&self.links)
            .text("link", |link| link.name.as_str())
            .text("from", |link| link.ends[0].as_str())
            .text("to", |link| link.ends[1].as_str())
            .real("flits", |link| Some(each(link.flits)))
            .whole("all_flits", |link| Some(link.flits))
            .finish()
    }

    /// The details as text, from which [`RunDetails::read`] makes them again.
    pub fn text(&self) -> String {
        let counts = |counts: &Counts| {
            let some = Op::ALL.iter().filter(|op| counts.of(**op) > 0);
            some.map(|op| (op.name().to_owned(), json!(counts.of(*op)))).collect::<serde_json::Map<_, _>>()
        };
        let core = |core: &CoreDetail| {
            json!([
                core.site,
                [core.place.0, core.place.1],
                core.on_tile,
                core.layers,
                core.layer,
                core.neurons,
                core.energy_pj,
                core.coverage.name(),
                counts(&core.counts),
            ])
        };
        let link = |LinkDetail { name, ends, from, flits }: &LinkDetail| json!([name, ends, from, flits]);
        json!({
            "schema": DETAILS_SCHEMA,
            "inferences": self.inferences,
            "board": self.board,
            "cores_per_tile": self.cores_per_tile,
            "cores": self.cores.iter().map(core).collect::<Vec<_>>(),
            "host": counts(&self.host),
            "links": self.links.iter().map(link).collect::<Vec<_>>(),
        })
        .to_string()
    }

    /// Reads what [`RunDetails::text`] wrote.
    pub fn read(text: &str) -> Result<Self, DetailsError> {
        let value: Value = serde_json::from_str(text).map_err(|error| DetailsError(error.to_string()))?;
        if value["schema"] != DETAILS_SCHEMA {
            return Err(DetailsError(format!("expected the schema \"{DETAILS_SCHEMA}\"")));
        }
        read(&value).ok_or_else(|| DetailsError("damaged".into()))
    }
}

fn read(value: &Value) -> Option<RunDetails> {
    let typed = |name: &str| value.get(name).cloned();
    let cores = value["cores"].as_array()?.iter().map(read_core).collect::<Option<Vec<_>>>()?;
    let per_tile: u16 = serde_json::from_value(typed("cores_per_tile")?).ok()?;
    let board: Option<(u16, u16, bool)> = serde_json::from_value(typed("board")?).ok()?;
    let links = value["links"].as_array()?.iter().map(read_link).collect::<Option<Vec<_>>>()?;
    let fits = |x: u16, y: u16| board.is_none_or(|(width, height, _)| x < width && y < height);
    let is_sound = per_tile > 0
        && cores.iter().all(|core| fits(core.place.0, core.place.1) && core.on_tile < per_tile.into())
        && links.iter().all(|link| fits(link.from.0, link.from.1));
    let small =
        board.is_none_or(|(width, height, _)| (1..=MOST_SIDE).contains(&width) && (1..=MOST_SIDE).contains(&height));
    let host = read_counts(&value["host"])?;
    // Sums of counts stay within 64 bits.
    let all = cores.iter().map(|core| &core.counts).chain([&host]).flat_map(|counts| counts.0);
    let sum = all.chain(links.iter().map(|link| link.flits)).try_fold(0u64, u64::checked_add);
    (is_sound && small && sum.is_some_and(|sum| sum <= MOST)).then_some(())?;
    Some(RunDetails {
        inferences: value["inferences"].as_u64().filter(|count| *count <= MOST)?,
        board,
        cores_per_tile: per_tile,
        cores,
        host,
        links,
    })
}

fn read_core(value: &Value) -> Option<CoreDetail> {
    let [site, place, on_tile, layers, layer, neurons, energy_pj, coverage, counts] = value.as_array()?.as_slice()
    else {
        return None;
    };
    let small = |value: &Value| u32::try_from(value.as_u64()?).ok();
    let coverage = coverage.as_str()?;
    let at = Coverage::NAMES.iter().position(|name| *name == coverage)?;
    Some(CoreDetail {
        site: small(site)?,
        place: serde_json::from_value(place.clone()).ok()?,
        on_tile: small(on_tile)?,
        layers: layers.as_str()?.to_owned(),
        layer: small(layer)?,
        neurons: small(neurons)?,
        counts: read_counts(counts)?,
        energy_pj: energy_pj.as_f64().filter(|pj| (0.0..=LARGEST).contains(pj))?,
        coverage: Coverage::ALL[at],
    })
}

fn read_link(value: &Value) -> Option<LinkDetail> {
    let (name, ends, from, flits) = serde_json::from_value(value.clone()).ok()?;
    Some(LinkDetail { name, ends, from, flits })
}

fn read_counts(value: &Value) -> Option<Counts> {
    let mut counts = Counts::default();
    for (name, count) in value.as_object()? {
        let op = Op::NAMES.iter().position(|known| known == name)?;
        counts.0[op] = count.as_u64()?;
    }
    Some(counts)
}

fn core(chip: &Chip, graph: &Graph, load: &CoreLoad, counts: Counts) -> CoreDetail {
    let name = |part: &CorePart| graph.populations[part.population as usize].name.as_str();
    let names: Vec<&str> = load.parts.iter().map(name).collect();
    let place = chip.noc.place(chip.noc.tile_of(load.site));
    CoreDetail {
        site: load.site.get(),
        place: (place.x, place.y),
        on_tile: chip.noc.place_on_tile(load.site),
        layers: some_of(&names, MOST_NAMES),
        layer: load.largest(),
        neurons: load.neurons(),
        counts,
        energy_pj: 0.0,
        coverage: Coverage::default(),
    }
}

fn links(context: Context<'_>, link_flits: &[u64]) -> Vec<LinkDetail> {
    let topology = &context.chip.noc.topology;
    let ports = usize::from(context.system.tables.fabric.ports);
    let detail = |(at, flits): (usize, &u64)| {
        let link = topology.link((at / ports) as u32, (at % ports) as u8)?;
        let [from, to] = [link.from, link.to].map(|router| &topology.routers[router as usize]);
        let place = from.place;
        Some(LinkDetail {
            name: topology.link_name(link),
            ends: [from.name.clone(), to.name.clone()],
            from: (place.x, place.y, link.from_port),
            flits: *flits,
        })
    };
    link_flits.iter().enumerate().filter(|(_, flits)| **flits > 0).filter_map(detail).collect()
}
