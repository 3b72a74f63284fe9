//! Schema of the costs of operations.

use super::cost::{ABOUT_POWER, Cost, POWER, is_crossbar_op, is_of_a_core, is_timed, is_way};
use super::op_kinds;
use crate::json::schema::{Named, Power, TimeNotZero};
use crate::stats::Op;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::{Map, Value, json};
use std::borrow::Cow;

/// The field of costs with those of kinds of cores.
pub(super) const BY_CORE: &str = "by_core";

/// Costs by operation.
pub(super) struct Costs;

impl JsonSchema for Costs {
    fn schema_name() -> Cow<'static, str> {
        "Costs".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let mut fields = costs_schema(generator, |_| true);
        fields.insert(BY_CORE.to_owned(), Named::<CostsOfKind>::json_schema(generator).to_value());
        fields[BY_CORE]["description"] =
            json!("By the name of a kind of cores, costs in place of these, where their cores have other ones.");
        // Their required fields depend on the chip: see `rules`.
        let depends = |op: &Op| is_crossbar_op(*op) || matches!(op, Op::HopChip | Op::Barrier);
        let by_kind = |op: &Op| op_kinds::is_optional(*op);
        let needed: Vec<&str> = Op::ALL.iter().filter(|op| !depends(op) && !by_kind(op)).map(|op| op.name()).collect();
        json_schema!({
            "description": "Costs by operation. Every operation has one: an energy with kind and source, \
                            {\"included_in\": …}, or {\"energy\": null} where nobody has published it. A format of synapses \
                            and a direction of hops has that of its operation where it is left out.",
            "type": "object",
            "properties": fields,
            "required": needed,
            "allOf": op_kinds::rules(),
            "additionalProperties": false,
        })
    }
}

/// Schemas of the costs of operations.
fn costs_schema(generator: &mut SchemaGenerator, shown: fn(Op) -> bool) -> Map<String, Value> {
    let mut fields = Map::new();
    for (op, about) in Op::ALL.iter().zip(Op::DESCRIPTIONS).filter(|(op, _)| shown(**op)) {
        let mut cost = match op {
            Op::CoreBusy => generator.subschema_for::<CostOfBusyCore>(),
            op if is_way(*op) => generator.subschema_for::<CostOfWay>(),
            // `rules` says that the synapses of a crossbar take no time.
            op if is_timed(*op, false) => generator.subschema_for::<Cost>(),
            _ => generator.subschema_for::<CostWithoutTime>(),
        };
        cost.insert("description".into(), json!(about));
        fields.insert(op.name().to_owned(), cost.to_value());
    }
    fields
}

/// Costs of the operations of a kind of cores.
struct CostsOfKind;

impl JsonSchema for CostsOfKind {
    fn schema_name() -> Cow<'static, str> {
        "CoreCosts".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "What operations of a core cost on those of a kind, each in place of the whole record of the chip.",
            "type": "object",
            "properties": costs_schema(generator, is_of_a_core),
            "additionalProperties": false,
        })
    }
}

/// Schema of the cost of a hop between nodes: it takes at least one tick.
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

/// Schema of the cost of an operation that is not on the chip's time line: it has no latency.
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

/// Schema of the cost of a core in use: a power, too.
struct CostOfBusyCore;

impl JsonSchema for CostOfBusyCore {
    fn schema_name() -> Cow<'static, str> {
        "CostOfBusyCore".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let mut cost = CostWithoutTime::json_schema(generator);
        let mut power = generator.subschema_for::<Power>();
        power.insert("description".into(), json!(ABOUT_POWER));
        if let Some(Value::Object(fields)) = cost.get_mut("properties") {
            fields.insert(POWER.to_owned(), power.to_value());
        }
        cost
    }
}

fn with_latency(latency: Schema, generator: &mut SchemaGenerator) -> Schema {
    let mut cost = Cost::json_schema(generator);
    if let Some(Value::Object(fields)) = cost.get_mut("properties") {
        fields.insert("latency".to_owned(), latency.to_value());
    }
    cost
}
