//! The calibrations of a chip file.

use super::super::constants::{is_crossbar_op, is_timed, is_way};
use super::super::cost::{Kind, Scope};
use super::rules;
use crate::json::schema::{Energy, Nullable, Power, Text, Time, TimeNotZero, absent, value_type, words};
use crate::stats::Op;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::{Map, Value, json};
use std::borrow::Cow;

value_type!(pub(super) KindName, inline: true, words(Kind::NAMES));

/// A table of constants.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields, transform = rules::of_calibration)]
pub(super) struct Calibration {
    /// One sentence for people.
    description: Text,
    /// What its figures are of: "per_term" (each of its own operation) or "all_in" (all that the chip draws, divided by its
    /// synaptic operations: every other operation is then included in synapse, and static power is null).
    scope: ScopeName,
    /// At which voltage, rate and load an all-in figure was found; only with scope "all_in".
    #[schemars(default = "absent")]
    operating_point: Text,
    /// The clock at which it was found (MHz), 0.000001 to 1,000,000; a report of a run at another says that the figure does
    /// not hold. Only with scope "all_in".
    #[schemars(range(min = 1e-6, max = 1e6), default = "absent")]
    operating_mhz: f64,
    /// What each operation costs.
    costs: Costs,
    /// How long the barrier between two time steps takes; left out of chips with free_running or fixed_tick.
    #[schemars(default = "absent")]
    barrier: Barrier,
    /// Power of one chip at rest; null where none is published.
    static_power: Nullable<StaticPower>,
}

value_type!(ScopeName, inline: true, words(Scope::NAMES));

/// Costs by operation.
struct Costs;

impl JsonSchema for Costs {
    fn schema_name() -> Cow<'static, str> {
        "Costs".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let mut fields = Map::new();
        for (op, about) in Op::ALL.iter().zip(Op::DESCRIPTIONS) {
            let mut cost = match op {
                op if is_way(*op) => generator.subschema_for::<CostOfWay>(),
                // Of a crossbar's synapses `rules` says that they take no time.
                op if is_timed(*op, false) => generator.subschema_for::<Cost>(),
                _ => generator.subschema_for::<CostWithoutTime>(),
            };
            cost.insert("description".into(), json!(about));
            fields.insert(op.name().to_owned(), cost.to_value());
        }
        // What these need depends on the chip: `rules` says it.
        let depends = |op: &Op| is_crossbar_op(*op) || matches!(op, Op::HopChip | Op::Barrier);
        let needed: Vec<&str> = Op::ALL.iter().filter(|op| !depends(op)).map(|op| op.name()).collect();
        json_schema!({
            "description": "Costs by operation. Every operation has one: an energy with kind and source, \
                            {\"included_in\": …}, or {\"energy\": null} where nobody has published it.",
            "type": "object",
            "properties": fields,
            "required": needed,
            "additionalProperties": false,
        })
    }
}

/// What an operation costs. Example: {"energy": "4.2 pJ", "latency": "6.5 ns", "kind": "fitted", "source": "paper"}.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields, transform = rules::of_cost)]
struct Cost {
    /// Energy of one operation, as in "4.2 pJ"; or its published range; or null where none is published. Never assumed.
    #[schemars(default = "absent")]
    energy: EnergyOfOp,
    /// In place of an energy: the operation whose figure holds this one's too.
    #[schemars(default = "absent")]
    included_in: OpName,
    /// Time of one operation, as in "6.5 ns"; null or left out where it takes none of its own.
    #[schemars(default = "absent")]
    latency: Nullable<Time>,
    /// How the energy came to be, and the latency where latency_kind says nothing else; needed where there is a figure.
    #[schemars(default = "absent")]
    kind: KindName,
    /// How the latency came to be, where that differs.
    #[schemars(default = "absent")]
    latency_kind: KindName,
    /// The name of the source, one of those under sources; needed where there is a figure.
    #[schemars(default = "absent")]
    source: Text,
    /// What a reader should know.
    #[schemars(default = "absent")]
    note: Text,
}

value_type!(OpName, inline: true, words(Op::NAMES));

/// What an operation costs that is a way from node to node: it takes at least one tick.
struct CostOfWay;

impl JsonSchema for CostOfWay {
    fn schema_name() -> Cow<'static, str> {
        "CostOfWay".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let mut latency = generator.subschema_for::<TimeNotZero>();
        latency.insert("description".into(), json!("Time of one operation, as in \"6.5 ns\"; at least one tick."));
        let mut cost = with_latency(latency, generator);
        cost.insert("required".into(), json!(["latency"]));
        cost
    }
}

/// What an operation costs that is not on the chip's time line: it has no latency.
struct CostWithoutTime;

impl JsonSchema for CostWithoutTime {
    fn schema_name() -> Cow<'static, str> {
        "CostWithoutTime".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let about = "This operation is not on the chip's time line, and has no latency.";
        with_latency(json_schema!({"type": "null", "description": about}), generator)
    }
}

fn with_latency(latency: Schema, generator: &mut SchemaGenerator) -> Schema {
    let mut cost = Cost::json_schema(generator);
    if let Some(Value::Object(fields)) = cost.get_mut("properties") {
        fields.insert("latency".to_owned(), latency.to_value());
    }
    cost
}

#[derive(JsonSchema)]
#[schemars(untagged, inline)]
enum EnergyOfOp {
    Figure(Energy),
    Range(EnergyRange),
    Unpublished(()),
}

/// An energy with its published range; the three must ascend.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct EnergyRange {
    /// Lowest published, as in "4.4 pJ".
    low: Energy,
    /// The one that is used.
    nominal: Energy,
    /// Highest published.
    high: Energy,
}

/// How long the barrier takes.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Barrier {
    /// 1 to 256 pairs of tiles in use and the time of a barrier over them, both ascending; between two pairs the time is
    /// interpolated. Example: [[1, "113 ns"], [32, "465 ns"]].
    #[schemars(length(min = 1, max = 256))]
    by_tiles: Vec<(Tiles, TimeNotZero)>,
    /// How it came to be.
    kind: KindName,
    /// The name of its source.
    source: Text,
}

#[derive(JsonSchema)]
#[schemars(transparent, inline)]
struct Tiles(#[schemars(range(min = 1, max = 65_536))] u32);

/// Power of one chip at rest.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct StaticPower {
    /// Power, as in "104.4 mW".
    power: Power,
    /// More power for each megahertz of the clock, as in "1.78 uW"; none where nothing is said.
    #[schemars(default = "absent")]
    per_mhz: Power,
    /// How it came to be.
    kind: KindName,
    /// The name of its source.
    source: Text,
    /// What a reader should know.
    #[schemars(default = "absent")]
    note: Text,
}
