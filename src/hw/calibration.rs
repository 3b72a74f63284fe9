//! Calibrations: tables of constants, with the barrier and the static power.

use super::all_in::{self, Scope, read_clock, read_scope};
use super::core::SynapseArray;
use super::cost::{ConstantKind, Cost, Energy, OfOp, is_crossbar_op, is_of_a_core};
use super::costs_schema::{BY_CORE, Costs};
use super::given::{ConstantContext, source_name};
use super::kinds::{CoreKind, CoreKinds};
use super::op_kinds;
use super::stepping::Stepping;
use super::tick::ticks;
use crate::json::record::record;
use crate::json::schema::{Named, Nullable};
use crate::json::shape::{
    self, also, apart, beside, by, checked, described, list, number, of, of_object, optional, pair, pick, text, unsaid,
    whole, word,
};
use crate::json::{Cursor, FileRecord, Object, did_you_mean};
use crate::stats::Op;
use crate::units::{Nanowatts, Tick};
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde_json::json;
use std::borrow::Cow;

/// Schema of the calibrations.
pub(super) struct Calibrations;

impl JsonSchema for Calibrations {
    fn schema_name() -> Cow<'static, str> {
        "Calibrations".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let mut schema = Named::<Calibration>::json_schema(generator);
        schema.insert("minProperties".into(), json!(1));
        schema.insert("maxProperties".into(), json!(64));
        schema
    }
}

/// Reads the calibrations of a chip; the default comes first.
pub(super) fn read_calibrations(root: &Object<'_>, given: ConstantContext<'_>) -> Option<Vec<Calibration>> {
    let given = ConstantContext { no_barrier: Stepping::instead_of_barrier(root), ..given };
    let (tables, default) = (root.need("calibrations"), root.need("default_calibration"));
    // Problems of the calibrations themselves are noted when they are read.
    let default = tables.as_ref().and_then(|tables| default?.choice(&tables.keys()?));
    let mut list = read_tables(&tables?, given)?;
    list.swap(0, default?);
    Some(list)
}

fn read_tables(cursor: &Cursor<'_>, given: ConstantContext<'_>) -> Option<Vec<Calibration>> {
    let entries = cursor.entries()?;
    if entries.is_empty() || entries.len() > 64 {
        cursor.problem(format!("{} calibrations, expected 1 to 64", entries.len()));
        return None;
    }
    let read =
        |(name, c): (&str, Cursor<'_>)| Some(Calibration { name: name.to_owned(), ..Calibration::read(&c, given)? });
    let list: Vec<_> = entries.into_iter().map(read).collect();
    list.into_iter().collect()
}

record! {
    /// How long the barrier takes.
    pub struct Barrier given ConstantContext<'_> {
        /// 1 to 256 pairs of tiles in use and the time of a barrier over them, both ascending; between two pairs the time is
        /// interpolated. Example: [[1, "113 ns"], [32, "465 ns"]].
        pub by_tiles: Vec<(u32, u32)> = list(pair(whole(1..=65_536), ticks(1)), 1..=256);
        /// How it came to be.
        pub kind: ConstantKind = word();
        /// The name of its source.
        pub source: String = source_name();
    }
    check Barrier::check;
}

impl Barrier {
    fn check(self, object: &Object<'_>, _: ConstantContext<'_>) -> Option<Self> {
        let ascends = self.by_tiles.windows(2).all(|pair| pair[0].0 < pair[1].0 && pair[0].1 <= pair[1].1);
        if !ascends {
            let cursor = object.get("by_tiles");
            cursor.iter().for_each(|c| c.problem("the numbers of tiles must ascend, and their times must not fall"));
        }
        ascends.then_some(self)
    }

    /// Time of a barrier (ticks) by number of tiles.
    pub fn ticks(&self, tiles: u32) -> Tick {
        let after = self.by_tiles.partition_point(|(t, _)| *t < tiles);
        let at = |i: usize| self.by_tiles[i];
        match after {
            0 => u64::from(at(0).1),
            n if n == self.by_tiles.len() => u64::from(at(n - 1).1),
            n => {
                let ((t0, d0), (t1, d1)) = (at(n - 1), at(n));
                let (span, part) = (u64::from(t1 - t0), u64::from(tiles - t0));
                (u64::from(d0) * (span - part) + u64::from(d1) * part).div_ceil(span)
            }
        }
    }
}

/// Static power.
#[derive(Clone, Debug, PartialEq)]
pub struct StaticPower {
    /// Power of all chips of the file together.
    pub power: Nanowatts,
    /// Kind of the constant.
    pub kind: ConstantKind,
    /// Source of the figure.
    pub source: String,
    /// Note for the reader.
    pub note: Option<String>,
}

record! {
    /// Power of one chip at rest.
    pub(super) struct PowerOfChip as "StaticPower" given ConstantContext<'_> {
        /// Power, as in "104.4 mW".
        power: Nanowatts = shape::power();
        /// More power for each megahertz of the clock, as in "1.78 uW"; none where nothing is said.
        per_mhz: Nanowatts = unsaid(shape::power(), Nanowatts(0));
        /// How it came to be.
        kind: ConstantKind = word();
        /// The name of its source.
        source: String = source_name();
        /// What a reader should know.
        note: Option<String> = optional(text());
    }
    check PowerOfChip::of_all => StaticPower;
}

impl PowerOfChip {
    /// Static power of all chips of the file at its clock.
    fn of_all(self, object: &Object<'_>, given: ConstantContext<'_>) -> Option<StaticPower> {
        let (mhz, chips) = (given.mhz?, given.chips?);
        let clocked = (self.per_mhz.0 as f64 * mhz).round();
        let chip = self.power.0.checked_add(clocked as u64);
        let Some(all) = chip.and_then(|chip| chip.checked_mul(chips.into())) else {
            object.problem("more than can be held");
            return None;
        };
        Some(StaticPower { power: Nanowatts(all), kind: self.kind, source: self.source, note: self.note })
    }
}

record! {
    /// A table of constants.
    pub struct Calibration given ConstantContext<'_> {
        /// Its name on the command line.
        pub name: String = apart(String::new());
        /// One sentence for people.
        pub description: String = text();
        /// What its figures are of: "per_term" (each of its own operation) or "all_in" (all that the chip draws, divided by its
        /// synaptic operations: every other operation is then included in synapse, and static power is null).
        pub scope: Scope = also(
            of_object(|object, _| read_scope(object), pick(Scope::NAMES, |name| name)),
            ("operating_point", "At which voltage, rate and load an all-in figure was found; only with scope \"all_in\"."),
            optional(text()),
        );
        /// The clock at which it was found (MHz), 0.000001 to 1,000,000; a report of a run at another says that the figure does
        /// not hold. Only with scope "all_in".
        pub operating_mhz: Option<f64> = of_object(|object, _| read_clock(object), optional(number(1e-6..=1e6)));
        /// Largest error of the fit that its figures come from, by its source. Reports show it as a band around the energy where
        /// the chip has no other table to compare with.
        pub fit_error: Option<FitError> = optional(of::<FitError, _>());
        /// What each operation costs.
        pub costs: Vec<Cost> = by::<Costs, _, _>(read_costs);
        /// What operations cost on cores of each kind, where by_core says so; empty where it says nothing.
        pub by_core: Vec<Vec<Cost>> = beside(costs.as_deref(), checked(read_by_core));
        /// How long the barrier between two time steps takes; left out of chips with free_running or fixed_tick.
        pub barrier: Option<Barrier> = of_object(read_barrier, optional(of::<Barrier, _>()));
        /// Power of one chip at rest; null where none is published.
        pub static_power: Option<StaticPower> =
            beside(costs.as_deref(), of_object(read_static, described::<Nullable<PowerOfChip>, _>()));
    }
    rules all_in::rules;
}

record! {
    /// Largest error of a fit, as a share: 0.117 for 11.7 %.
    pub struct FitError derive(Copy) {
        /// Of energies, 0 to 1.
        pub energy: Option<f64> = optional(number(0.0..=1.0));
        /// Of times, 0 to 1.
        pub latency: Option<f64> = optional(number(0.0..=1.0));
    }
}

fn no_barrier(field: &str) -> String {
    format!("a chip with {field} has no barrier; leave this out")
}

fn read_barrier(object: &Object<'_>, given: ConstantContext<'_>) -> Option<Option<Barrier>> {
    if let Some(field) = given.no_barrier {
        object.get("barrier").iter().for_each(|c| c.problem(no_barrier(field)));
        return Some(None);
    }
    object.need("barrier").and_then(|c| Barrier::read(&c, given)).map(Some)
}

/// Reads the static power, and checks all-in figures against it and the costs.
fn read_static(
    object: &Object<'_>,
    (given, costs): (ConstantContext<'_>, Option<&[Cost]>),
) -> Option<Option<StaticPower>> {
    let power = match object.need("static_power") {
        Some(c) if c.is_null() => Some(None),
        Some(c) => PowerOfChip::read(&c, given).map(Some),
        None => None,
    };
    if let Some(costs) = costs.filter(|_| all_in::is_said(object)) {
        all_in::check(object, costs);
    }
    power
}

fn read_costs(cursor: &Cursor<'_>, given: ConstantContext<'_>) -> Option<Vec<Cost>> {
    let ConstantContext { cores, no_barrier: other, chips, .. } = given;
    // Operations are not checked against cores that could not be read.
    let crossbar = cores.is_none_or(|cores| cores.all().iter().any(is_crossbar));
    let untimed = cores.is_some_and(|cores| cores.all().iter().all(is_crossbar));
    let names = match cores.is_none_or(CoreKinds::are_named) {
        true => [Op::NAMES, &[BY_CORE]].concat(),
        false => Op::NAMES.to_vec(),
    };
    let object = cursor.object(&names)?;
    let read = |op: &Op| match object.get(op.name()) {
        Some(c) if op_kinds::refused(*op, given).is_some() => {
            op_kinds::refused(*op, given).iter().for_each(|why| c.problem(*why));
            None
        }
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
        Some(c) => Cost::read(&c, OfOp { op: *op, crossbar: untimed, given }),
        None if other.is_some() && *op == Op::Barrier => Some(Cost::none()),
        None if chips.is_none_or(|chips| chips == 1) && *op == Op::HopChip => Some(Cost::none()),
        None if op_kinds::may_be_left_out(*op, &object) => Some(Cost::none()),
        // A core without a crossbar never counts these.
        None if (!crossbar || cores.is_none()) && is_crossbar_op(*op) => Some(Cost::none()),
        None => object.need(op.name()).and(None),
    };
    let list: Vec<_> = Op::ALL.iter().map(read).collect();
    let mut costs: Vec<Cost> = list.into_iter().collect::<Option<_>>()?;
    op_kinds::fill_in(&mut costs, &object);
    let problem = included_in_nothing(&costs);
    problem.iter().for_each(|problem| object.problem(problem.clone()));
    problem.is_none().then_some(costs)
}

fn is_crossbar(kind: &CoreKind) -> bool {
    matches!(kind.core.synapses, SynapseArray::Crossbar { .. })
}

/// An operation that is included in another without a price. That one may be included in a third one that has it.
fn included_in_nothing(costs: &[Cost]) -> Option<String> {
    let within = |op: Op| match costs[op as usize].energy {
        Energy::IncludedIn(other) => Some(other),
        _ => None,
    };
    let priced = |op: Op| matches!(costs[op as usize].energy, Energy::Priced { .. });
    Op::ALL.iter().find_map(|op| {
        let other = within(*op)?;
        // As many steps as there are operations lead to the end of every chain, and only a circle has none.
        let end = std::iter::successors(Some(other), |at| within(*at)).take(Op::COUNT).last()?;
        let why = match within(end) {
            Some(_) => "which is included in it in turn",
            None => "which has no price",
        };
        (!priced(end)).then(|| format!("{} is included in {}, {why}", op.name(), other.name()))
    })
}

/// Reads the costs of kinds of cores, each with the chip's costs for what is not given.
fn read_by_core(object: &Object<'_>, (given, costs): (ConstantContext<'_>, Option<&[Cost]>)) -> Option<Vec<Vec<Cost>>> {
    let Some(cursor) = object.get("costs").and_then(|costs| costs.field(BY_CORE)) else { return Some(Vec::new()) };
    if all_in::is_said(object) {
        cursor
            .problem("only with scope \"per_term\": an all-in figure is that of a whole chip, whatever its cores are");
        return None;
    }
    let (entries, cores) = (cursor.entries()?, given.cores?);
    let known: Vec<&str> = cores.all().iter().map(|kind| kind.name.as_str()).collect();
    let mut tables = vec![costs.map(<[_]>::to_vec); known.len()];
    for (name, of_kind) in entries {
        match known.iter().position(|kind| *kind == name) {
            Some(kind) => tables[kind] = read_costs_of(&of_kind, (given, &cores.all()[kind]), costs),
            None => of_kind.problem(format!("no kind of cores is called \"{name}\"{}", did_you_mean(name, &known))),
        }
    }
    tables.into_iter().collect()
}

/// Reads the costs of a kind of cores.
fn read_costs_of(
    cursor: &Cursor<'_>,
    (given, kind): (ConstantContext<'_>, &CoreKind),
    costs: Option<&[Cost]>,
) -> Option<Vec<Cost>> {
    let crossbar = is_crossbar(kind);
    let ops = || Op::ALL.iter().filter(|op| is_of_a_core(**op) && (crossbar || !is_crossbar_op(**op)));
    let object = cursor.object(&ops().map(|op| op.name()).collect::<Vec<_>>())?;
    let read = |op: &Op| object.get(op.name()).map(|c| (*op, Cost::read(&c, OfOp { op: *op, crossbar, given })));
    let own: Vec<(Op, Option<Cost>)> = ops().filter_map(read).collect();
    let mut all = costs?.to_vec();
    for (op, cost) in own {
        let cost = cost?;
        // A format of synapses has the cost of its operation, unless it has its own.
        let kinds = op.kinds().iter().filter(|kind| object.get(kind.name()).is_none());
        kinds.for_each(|kind| all[*kind as usize] = cost.clone());
        all[op as usize] = cost;
    }
    let problem = included_in_nothing(&all);
    problem.iter().for_each(|problem| object.problem(problem.clone()));
    problem.is_none().then_some(all)
}

impl Calibration {
    /// The cost of an operation, on cores without one of their own.
    pub fn cost(&self, op: Op) -> &Cost {
        &self.costs[op as usize]
    }

    /// The cost of an operation on cores of a kind, by its position among the chip's.
    pub fn cost_on(&self, kind: usize, op: Op) -> &Cost {
        &self.by_core.get(kind).unwrap_or(&self.costs)[op as usize]
    }

    /// A warning if all-in figures are used at another clock (MHz) than theirs.
    pub fn elsewhere(&self, mhz: f64) -> Option<String> {
        let own = self.operating_mhz.filter(|own| *own != mhz)?;
        Some(format!(
            "the energies of {} are all-in figures of a clock of {own} MHz, and do not hold at {mhz} MHz",
            self.name
        ))
    }

    /// Time of a barrier over a number of tiles (ticks); `None` if the chip has none.
    pub fn barrier_ticks(&self, tiles: u32) -> Option<Tick> {
        self.barrier.as_ref().map(|barrier| barrier.ticks(tiles))
    }

    /// Time of an operation (ticks); 0 where it has none.
    pub fn ticks(&self, op: Op) -> u32 {
        self.cost(op).latency.unwrap_or(0)
    }

    /// The same on cores of a kind.
    pub fn ticks_on(&self, kind: usize, op: Op) -> u32 {
        self.cost_on(kind, op).latency.unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn barriers_are_interpolated_and_held_at_the_ends() {
        let by_tiles = vec![(2, 100), (4, 141), (29, 200)];
        let barrier = Barrier { by_tiles, kind: ConstantKind::Fitted, source: "test".into() };
        assert_eq!([1, 2, 3, 4, 29, 64].map(|t| barrier.ticks(t)), [100, 100, 121, 141, 200, 200]);
    }
}
