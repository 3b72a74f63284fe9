//! Energy and time of operations, each constant with its kind and source.

use super::given::{ConstantContext, Sourced, Sources, source_name};
use super::part_sums::OpSum;
use super::tick::{OnTick, TickLength, read_ticks, ticks_of};
use crate::json::record::{record, words};
use crate::json::schema::{Energy as EnergySchema, Nullable, Time, add_rules, at, value_type};
use crate::json::shape::{also, described, energy, known_only, of_object, optional, pick, text, word};
use crate::json::{Cursor, FileRecord, Object};
use crate::stats::Op;
use crate::units::Attojoules;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::json;

words! {
    /// How a constant came to be.
    pub enum ConstantKind {
        /// Measured on silicon.
        Silicon = "silicon",
        /// Fitted to measurements on silicon.
        Fitted = "fitted",
        /// From a circuit simulation before silicon.
        Simulated = "simulated",
        /// From an architecture model.
        Model = "model",
        /// Stated by the vendor.
        Vendor = "vendor",
        /// Worked out from other published figures.
        Derived = "derived",
        /// Scaled from another technology.
        Scaled = "scaled",
        /// Taken over from a similar chip.
        Inherited = "inherited",
        /// Stated by papers or documentation of the chip as a fact of its structure.
        Documented = "documented",
        /// Assumed for want of a figure; allowed for latencies and structure only.
        Assumed = "assumed",
    }
}

/// The energy of an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Energy {
    /// A published figure with its range; the three are equal where no range is published.
    Priced {
        /// Lowest published value.
        low: Attojoules,
        /// Value used.
        nominal: Attojoules,
        /// Highest published value.
        high: Attojoules,
    },
    /// Part of another operation's figure.
    IncludedIn(Op),
    /// Not published.
    Unpriced,
    /// The operation never takes place, or the table has other terms that hold what it would be of.
    NoTerm,
}

/// How a schema describes the energy of an operation.
#[derive(JsonSchema)]
#[schemars(untagged, inline)]
#[expect(dead_code, reason = "it describes values, and nothing is made of it")]
enum EnergyOfOp {
    Figure(EnergySchema),
    Range(EnergyRange),
    OfParts(ComposedCost),
    Unpublished(()),
}

/// How a schema describes the time of an operation.
#[derive(JsonSchema)]
#[schemars(untagged, inline)]
#[expect(dead_code, reason = "it describes values, and nothing is made of it")]
enum LatencyOfOp {
    Figure(Time),
    OfParts(ComposedCost),
}

/// In place of a figure: that it is the sum of parts.
const COMPOSED: &str = "composed";

value_type!(
    /// The sum of the parts of the operation.
    ComposedCost, inline: true, json_schema!({"const": COMPOSED})
);

record! {
    /// An energy with its published range; the three must ascend.
    struct EnergyRange {
        /// Lowest published, as in "4.4 pJ".
        low: Attojoules = energy();
        /// The one that is used.
        nominal: Attojoules = energy();
        /// Highest published.
        high: Attojoules = energy();
    }
    check EnergyRange::check => Energy;
}

impl EnergyRange {
    fn check<G>(self, object: &Object<'_>, _: G) -> Option<Energy> {
        let Self { low, nominal, high } = self;
        if low > nominal || nominal > high {
            object.problem("low, nominal and high must ascend");
            return None;
        }
        Some(Energy::Priced { low, nominal, high })
    }
}

/// Facts that the cost of an operation depends on.
#[derive(Clone, Copy)]
pub(super) struct OfOp<'a> {
    pub(super) op: Op,
    pub(super) crossbar: bool,
    pub(super) given: ConstantContext<'a>,
}

impl OnTick for OfOp<'_> {
    fn tick(&self) -> Option<TickLength> {
        self.given.tick
    }
}

impl Sourced for OfOp<'_> {
    fn sources(&self) -> Option<&Sources> {
        self.given.sources
    }
}

record! {
    /// What an operation costs. Example: {"energy": "4.2 pJ", "latency": "6.5 ns", "kind": "fitted", "source": "paper"}.
    pub struct Cost given OfOp<'_> {
        /// Energy of one operation, as in "4.2 pJ"; or its published range; or null where none is published. Never assumed.
        /// "composed" is the sum of the parts that composition names for the operation, of kind "model".
        pub energy: Energy = also(
            also(
                of_object(read_energy, optional(described::<EnergyOfOp, _>())),
                ("included_in", "In place of an energy: the operation whose figure holds this one's too."),
                optional(pick(Op::ALL, Op::name)),
            ),
            (POWER, ABOUT_POWER),
            known_only(),
        );
        /// Time of one operation, as in "6.5 ns", or "composed"; null or left out where it takes none of its own.
        pub latency: Option<u32> = of_object(read_latency, optional(described::<Nullable<LatencyOfOp>, _>()));
        /// How the energy came to be, and the latency where latency_kind says nothing else; needed where there is a figure.
        pub kind: Option<ConstantKind> = optional(word());
        /// How the latency came to be, where that differs.
        pub latency_kind: Option<ConstantKind> = optional(word());
        /// The name of the source, one of those under sources; needed where there is a figure.
        pub source: Option<String> = optional(source_name());
        /// What a reader should know.
        pub note: Option<String> = optional(text());
    }
    check Cost::check;
    rules rules_of_cost;
}

/// A figure requires its kind and source.
fn rules_of_cost(schema: &mut Schema) {
    let priced = at(&["energy"], json!({"type": ["string", "object"]}));
    let timed = at(&["latency"], json!({"type": "string"}));
    let never_assumed = json!({"kind": {"not": {"const": ConstantKind::Assumed.name()}}});
    add_rules(
        schema,
        [
            json!({"oneOf": [{"required": ["energy"]}, {"required": ["included_in"]}, {"required": [POWER]}]}),
            json!({"if": {"anyOf": [priced, {"required": [POWER]}]}, "then": {"required": ["kind", "source"], "properties": never_assumed}}),
            json!({
                "if": timed,
                "then": {"required": ["source"], "anyOf": [{"required": ["kind"]}, {"required": ["latency_kind"]}]},
            }),
        ],
    );
}

/// The field of a power in place of an energy.
pub(super) const POWER: &str = "power";
/// Its description.
pub(super) const ABOUT_POWER: &str = "In place of an energy, of core_busy only: what a core in use draws, as in \"34 mW\". Its energy is this power over a tick, for each tick and core in use.";

/// The energy of a tick of a core that draws a power while it is in use.
fn read_power(power: &Cursor<'_>, object: &Object<'_>, OfOp { op, given, .. }: OfOp<'_>) -> Option<Energy> {
    if op != Op::CoreBusy {
        power.problem("only core_busy is given as a power; this operation has an energy");
        return None;
    }
    let others = ["energy", "included_in"].map(|field| object.get(field));
    if let Some(other) = others.into_iter().flatten().next() {
        other.problem("give either this or power");
        return None;
    }
    let (drawn, tick) = (power.power()?, given.tick?.length.0);
    // nW x fs = 1e-6 aJ.
    let exact = u128::from(drawn.0) * u128::from(tick);
    let energy = exact.saturating_add(500_000) / 1_000_000;
    if (energy * 1_000_000).abs_diff(exact) > energy {
        power.problem(
            "over one tick of this chip it is less than half a picojoule, and not a whole number of attojoules",
        );
        return None;
    }
    let Ok(energy) = u64::try_from(energy) else {
        power.problem("over one tick of this chip it is more than can be held");
        return None;
    };
    let energy = Attojoules(energy);
    Some(Energy::Priced { low: energy, nominal: energy, high: energy })
}

/// What the parts of an operation take. Problems of the composition itself are noted where it is read.
fn composed(cursor: &Cursor<'_>, of: OfOp<'_>) -> Option<OpSum> {
    let sum = of.given.sums?.and_then(|sums| sums.of(of.op));
    if sum.is_none() {
        let name = of.op.name();
        cursor.problem(format!("of which parts? Name those of {name} under composition.operations"));
    }
    sum
}

fn is_composed(cursor: &Cursor<'_>) -> bool {
    cursor.as_text() == Some(COMPOSED)
}

fn read_energy(object: &Object<'_>, of: OfOp<'_>) -> Option<Energy> {
    let op = of.op;
    if let Some(power) = object.get(POWER) {
        return read_power(&power, object, of);
    }
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
        return EnergyRange::read(&cursor, ());
    }
    if is_composed(&cursor) {
        let nominal = Attojoules((composed(&cursor, of)?.pj * 1e6).round() as u64);
        return Some(Energy::Priced { low: nominal, nominal, high: nominal });
    }
    let nominal = cursor.energy()?;
    Some(Energy::Priced { low: nominal, nominal, high: nominal })
}

fn read_latency(object: &Object<'_>, of: OfOp<'_>) -> Option<Option<u32>> {
    let carries = is_way(of.op);
    match object.maybe("latency") {
        Some(c) if !is_timed(of.op, of.crossbar) => {
            c.problem("this operation is not on the chip's time line and has no latency");
            None
        }
        Some(c) if is_composed(&c) => {
            let sum = composed(&c, of)?;
            if sum.ns.is_none() {
                c.problem(format!("no part of {} has a time in the models: give one", of.op.name()));
            }
            ticks_of(&c, of.tick(), sum.ns?).map(Some)
        }
        Some(c) => read_ticks(&c, of.tick(), u64::from(carries)).map(Some),
        None if carries => {
            object.problem("a latency of at least one tick is needed: it is a way from node to node");
            None
        }
        None => Some(None),
    }
}

impl Cost {
    /// The cost of an operation that never takes place.
    pub(super) fn none() -> Self {
        Self { energy: Energy::NoTerm, latency: None, kind: None, source: None, latency_kind: None, note: None }
    }

    fn check(self, object: &Object<'_>, _: OfOp<'_>) -> Option<Self> {
        let (priced, timed) = (matches!(self.energy, Energy::Priced { .. }), self.latency.is_some());
        if priced || timed && self.latency_kind.is_none() {
            object.need("kind");
        }
        // An assumption is stated in its source, and the report lists it among the estimates.
        if priced || timed {
            object.need("source");
        }
        if priced && self.kind == Some(ConstantKind::Assumed) {
            object.problem("an energy is never assumed: what is not published is null");
            return None;
        }
        let kinds = [("energy", self.kind), ("latency", self.latency_kind.or(self.kind))];
        for (field, kind) in kinds {
            let composed = object.get(field).filter(is_composed);
            if let Some(cursor) = composed.filter(|_| kind.is_some_and(|kind| kind != ConstantKind::Model)) {
                cursor.problem("what is composed is of kind \"model\"");
            }
        }
        Some(self)
    }
}

pub(super) fn is_crossbar_op(op: Op) -> bool {
    matches!(op, Op::ArrayRead | Op::RowDrive | Op::ColumnConversion)
}

/// Operations of a core, which are counted at the core that does them.
pub(super) fn is_of_a_core(op: Op) -> bool {
    let own = [
        Op::AxonIn,
        Op::Synapse,
        Op::Dendrite,
        Op::SomaAccess,
        Op::SomaUpdate,
        Op::SomaSpike,
        Op::AxonOut,
        Op::CoreBusy,
    ];
    own.contains(&op.general().unwrap_or(op)) || is_crossbar_op(op)
}

/// Operations on the chip's time line. The synapses of a crossbar take the time of its read.
pub(super) fn is_timed(op: Op, crossbar: bool) -> bool {
    match op {
        Op::HostWrite
        | Op::EncoderMac
        | Op::Readout
        | Op::Reset
        | Op::Barrier
        | Op::CoreBusy
        | Op::Dendrite
        | Op::RowDrive => false,
        Op::Synapse | Op::SynapseDense | Op::SynapseSparse | Op::SynapseConv => !crossbar,
        _ => true,
    }
}

/// Hops between nodes, which take time.
pub(super) fn is_way(op: Op) -> bool {
    let is_hop = matches!(op, Op::HopEw | Op::HopNs) || matches!(op.general(), Some(Op::HopEw | Op::HopNs));
    is_hop || matches!(op, Op::HopChip | Op::Inject | Op::Eject)
}
