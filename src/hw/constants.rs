//! The constants of a chip file: calibrations, costs, barrier, static power.

use super::all_in;
use super::core::{CoreSpec, SynapseArray};
use super::cost::{ALL_KINDS, Barrier, Calibration, Cost, Energy, KINDS, Kind, StaticPower};
use super::file::Sources;
use super::tick::{TickLength, read_ticks};
use crate::json::{Cursor, Object};
use crate::stats::Op;
use crate::units::Nanowatts;

/// What the rest of the file says that constants depend on.
#[derive(Clone, Copy)]
pub(super) struct Given<'a> {
    /// The tick, if it could be read.
    pub(super) tick: Option<TickLength>,
    pub(super) sources: &'a Sources<'a>,
    /// The core, if it could be read.
    pub(super) core: Option<&'a CoreSpec>,
    /// The field because of which there is no barrier, if there is none.
    pub(super) no_barrier: Option<&'static str>,
    /// Chips that the tiles are spread over, if the mesh could be read.
    pub(super) chips: Option<u32>,
    /// The clock of reports (MHz), if it could be read.
    pub(super) mhz: Option<f64>,
}

pub(super) fn read_calibrations(cursor: &Cursor<'_>, given: Given<'_>) -> Option<Vec<Calibration>> {
    let entries = cursor.entries()?;
    if entries.is_empty() || entries.len() > 64 {
        cursor.problem(format!("{} calibrations, expected 1 to 64", entries.len()));
        return None;
    }
    let list: Vec<_> = entries.into_iter().map(|(name, c)| read_calibration(name, &c, given)).collect();
    list.into_iter().collect()
}

/// Position of the default among the calibrations.
pub(super) fn read_default(calibrations: &Cursor<'_>, default: &Cursor<'_>) -> Option<usize> {
    // What is wrong with the calibrations themselves is noted when they are read.
    default.choice(&calibrations.keys()?)
}

/// The list with one of its entries at the front.
pub(super) fn first(mut list: Vec<Calibration>, index: usize) -> Vec<Calibration> {
    list.swap(0, index);
    list
}

fn read_calibration(name: &str, cursor: &Cursor<'_>, given: Given<'_>) -> Option<Calibration> {
    let Given { tick, sources, .. } = given;
    let object = cursor.object(&[
        "description",
        "scope",
        "operating_point",
        "operating_mhz",
        "costs",
        "barrier",
        "static_power",
    ])?;
    let description = object.need("description").and_then(|c| c.text());
    let scope = all_in::read_scope(&object);
    let operating_mhz = all_in::read_clock(&object);
    let costs = object.need("costs").and_then(|c| read_costs(&c, given));
    let barrier = if let Some(field) = given.no_barrier {
        object.get("barrier").iter().for_each(|c| c.problem(no_barrier(field)));
        Some(None)
    } else {
        object.need("barrier").and_then(|c| read_barrier(&c, tick, sources)).map(Some)
    };
    let static_power = match object.need("static_power") {
        Some(c) if c.is_null() => Some(None),
        Some(c) => read_static(&c, given).map(Some),
        None => None,
    };
    if let Some(costs) = costs.as_ref().filter(|_| all_in::is_said(&object)) {
        all_in::check(&object, costs);
    }
    Some(Calibration {
        name: name.to_owned(),
        description: description?.to_owned(),
        scope: scope?,
        operating_mhz: operating_mhz?,
        costs: costs?,
        barrier: barrier?,
        static_power: static_power?,
    })
}

pub(super) fn read_kind(cursor: &Cursor<'_>) -> Option<Kind> {
    cursor.choice(KINDS).map(|i| ALL_KINDS[i])
}

fn no_barrier(field: &str) -> String {
    format!("a chip with {field} has no barrier; leave this out")
}

fn read_costs(cursor: &Cursor<'_>, given: Given<'_>) -> Option<Vec<Cost>> {
    let Given { tick, sources, core, no_barrier: other, chips, .. } = given;
    // Of a core that could not be read nothing is held against its operations.
    let crossbar = core.is_none_or(|c| matches!(c.synapses, SynapseArray::Crossbar { .. }));
    let object = cursor.object(Op::NAMES)?;
    let read = |op: &Op| match object.get(op.name()) {
        Some(c) if !crossbar && is_crossbar_op(*op) => {
            c.problem("only a core with a crossbar has this operation");
            None
        }
        Some(c) if other.is_some() && *op == Op::Barrier => {
            other.iter().for_each(|field| c.problem(no_barrier(field)));
            None
        }
        Some(c) if chips == Some(1) && *op == Op::HopChip => {
            c.problem("only a mesh of more than one chip has this operation");
            None
        }
        Some(c) => read_cost(*op, &c, tick, sources, crossbar && core.is_some()),
        None if other.is_some() && *op == Op::Barrier => Some(no_cost()),
        None if chips.is_none_or(|chips| chips == 1) && *op == Op::HopChip => Some(no_cost()),
        // A core without a crossbar never counts these.
        None if (!crossbar || core.is_none()) && is_crossbar_op(*op) => Some(no_cost()),
        None => object.need(op.name()).and(None),
    };
    let list: Vec<_> = Op::ALL.iter().map(read).collect();
    let costs: Vec<Cost> = list.into_iter().collect::<Option<_>>()?;
    for op in Op::ALL {
        if let Energy::IncludedIn(other) = costs[*op as usize].energy
            && !matches!(costs[other as usize].energy, Energy::Priced { .. })
        {
            object.problem(format!("{} is included in {}, which has no price", op.name(), other.name()));
            return None;
        }
    }
    Some(costs)
}

fn no_cost() -> Cost {
    Cost { energy: Energy::Unpriced, latency: None, kind: None, source: None, latency_kind: None, note: None }
}

/// Operations of crossbars alone.
pub(super) fn is_crossbar_op(op: Op) -> bool {
    matches!(op, Op::ArrayRead | Op::RowDrive | Op::ColumnConversion)
}

/// Operations that take place on the chip's time line. The synapses of a crossbar take the time of its read.
pub(super) fn is_timed(op: Op, crossbar: bool) -> bool {
    match op {
        Op::HostWrite | Op::EncoderMac | Op::Readout | Op::Reset | Op::Barrier | Op::Dendrite | Op::RowDrive => false,
        Op::Synapse => !crossbar,
        _ => true,
    }
}

/// Operations that are a way from node to node, and take time on it.
pub(super) fn is_way(op: Op) -> bool {
    matches!(op, Op::HopEw | Op::HopNs | Op::HopChip | Op::Inject | Op::Eject)
}

const COST_FIELDS: &[&str] = &["energy", "included_in", "latency", "kind", "latency_kind", "source", "note"];

fn read_cost(
    op: Op,
    cursor: &Cursor<'_>,
    tick: Option<TickLength>,
    sources: &Sources<'_>,
    crossbar: bool,
) -> Option<Cost> {
    let object = cursor.object(COST_FIELDS)?;
    let energy = read_energy(&object, op);
    let carries = is_way(op);
    let latency = match object.get("latency").filter(|c| !c.is_null()) {
        Some(c) if !is_timed(op, crossbar) => {
            c.problem("this operation is not on the chip's time line and has no latency");
            None
        }
        Some(c) => read_ticks(&c, tick, u64::from(carries)).map(Some),
        None if carries => {
            object.problem("a latency of at least one tick is needed: it is a way from node to node");
            None
        }
        None => Some(None),
    };
    let kind = object.get("kind").map(|c| read_kind(&c));
    let latency_kind = object.get("latency_kind").map(|c| read_kind(&c));
    let source = object.get("source").map(|c| sources.resolve(&c));
    let note = object.get("note").map(|c| c.text().map(str::to_owned));
    let energy = energy?;
    let priced = matches!(energy, Energy::Priced { .. });
    let timed = latency.flatten().is_some();
    if priced || timed && latency_kind.is_none() {
        object.need("kind");
    }
    // What is assumed says so in its source, and the report lists it among the estimates.
    if priced || timed {
        object.need("source");
    }
    if matches!(energy, Energy::Priced { .. }) && kind == Some(Some(Kind::Assumed)) {
        object.problem("an energy is never assumed: what is not published is null");
        return None;
    }
    let flat = |value: Option<Option<_>>| value.map_or(Some(None), |v: Option<_>| v.map(Some));
    let (kind, latency_kind) = (flat(kind)?, flat(latency_kind)?);
    let source = source.map_or(Some(None), |v| v.map(Some))?;
    let note = note.map_or(Some(None), |v| v.map(Some))?;
    Some(Cost { energy, latency: latency?, kind, source, latency_kind, note })
}

fn read_energy(object: &Object<'_>, op: Op) -> Option<Energy> {
    if let Some(cursor) = object.get("included_in") {
        if let Some(energy) = object.get("energy") {
            energy.problem("give either energy or included_in");
            return None;
        }
        let other = Op::ALL[cursor.choice(Op::NAMES)?];
        if other == op {
            cursor.problem("an operation is not included in itself");
            return None;
        }
        return Some(Energy::IncludedIn(other));
    }
    let cursor = object.need("energy")?;
    if cursor.is_null() {
        return Some(Energy::Unpriced);
    }
    if cursor.is_object() {
        let range = cursor.object(&["low", "nominal", "high"])?;
        let part = |name: &str| range.need(name).and_then(|c| c.energy());
        let (low, nominal, high) = (part("low"), part("nominal"), part("high"));
        let (low, nominal, high) = (low?, nominal?, high?);
        if low > nominal || nominal > high {
            range.problem("low, nominal and high must ascend");
            return None;
        }
        return Some(Energy::Priced { low, nominal, high });
    }
    let nominal = cursor.energy()?;
    Some(Energy::Priced { low: nominal, nominal, high: nominal })
}

fn read_barrier(cursor: &Cursor<'_>, tick: Option<TickLength>, sources: &Sources<'_>) -> Option<Barrier> {
    let object = cursor.object(&["by_tiles", "kind", "source"])?;
    let entry = |c: &Cursor<'_>| {
        let pair = c.list(2..=2)?;
        let (tiles, ticks) = (pair[0].unsigned(1..=65_536), read_ticks(&pair[1], tick, 1));
        Some((tiles?, ticks?))
    };
    let by_tiles = object.need("by_tiles").and_then(|c| {
        let list: Vec<_> = c.list(1..=256)?.iter().map(entry).collect();
        let list = list.into_iter().collect::<Option<Vec<_>>>()?;
        if !list.windows(2).all(|pair| pair[0].0 < pair[1].0 && pair[0].1 <= pair[1].1) {
            c.problem("the numbers of tiles must ascend, and their times must not fall");
            return None;
        }
        Some(list)
    });
    let kind = object.need("kind").and_then(|c| read_kind(&c));
    let source = object.need("source").and_then(|c| sources.resolve(&c));
    Some(Barrier { by_tiles: by_tiles?, kind: kind?, source: source? })
}

/// Reads what a chip draws at rest, and what it draws more for each megahertz of its clock.
fn read_static(cursor: &Cursor<'_>, given: Given<'_>) -> Option<StaticPower> {
    let object = cursor.object(&["power", "per_mhz", "kind", "source", "note"])?;
    let power = object.need("power").and_then(|c| c.power());
    let per_mhz = object.get("per_mhz").map_or(Some(Nanowatts(0)), |c| c.power());
    let kind = object.need("kind").and_then(|c| read_kind(&c));
    let source = object.need("source").and_then(|c| given.sources.resolve(&c));
    let note = object.get("note").map_or(Some(None), |c| c.text().map(|text| Some(text.to_owned())));
    let (power, per_mhz, mhz, chips) = (power?, per_mhz?, given.mhz?, given.chips?);
    let clocked = (per_mhz.0 as f64 * mhz).round();
    let chip = power.0.checked_add(clocked as u64);
    let Some(all) = chip.and_then(|chip| chip.checked_mul(chips.into())) else {
        object.problem("more than can be held");
        return None;
    };
    Some(StaticPower { power: Nanowatts(all), kind: kind?, source: source?, note: note? })
}
