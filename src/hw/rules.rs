//! Rules between fields of a chip file, as far as a schema can express them.

use super::chip::Gating;
use super::core::CROSSBAR;
use super::cost::{is_crossbar_op, is_timed};
use super::costs_schema::BY_CORE;
use super::kinds::CORES;
use super::stepping::{FIXED, FREE};
use crate::json::schema::{add_rules, at};
use crate::stats::Op;
use schemars::Schema;
use serde_json::{Map, Value, json};

/// `{name: schema, …}`.
fn fields<'n>(names: impl IntoIterator<Item = &'n str>, schema: &Value) -> Value {
    let all: Map<String, Value> = names.into_iter().map(|name| (name.to_owned(), schema.clone())).collect();
    json!({"properties": all})
}

/// A rule for the costs of every calibration.
fn costs(rule: Value) -> Value {
    each_calibration(&fields(["costs"], &rule))
}

fn each_calibration(rule: &Value) -> Value {
    json!({"properties": {"calibrations": {"additionalProperties": rule}}})
}

/// Costs have these operations under the condition, and none of them otherwise.
fn either(condition: &Value, ops: &[&str]) -> Value {
    let (needed, refused) = (json!({"required": ops}), fields(ops.iter().copied(), &json!(false)));
    json!({"if": condition, "then": costs(needed), "else": costs(refused)})
}

/// All cores are alike. What kinds of them ask of the costs is not said here.
fn alike() -> Value {
    json!({"not": {"required": [CORES]}})
}

/// The same of a condition on the cores, where these are all alike; then costs by kind have no place either.
fn either_alike(condition: &Value, ops: &[&str]) -> Value {
    let by_core = costs(fields([BY_CORE], &json!(false)));
    json!({"if": alike(), "then": {"allOf": [either(condition, ops), by_core]}})
}

/// Rules of a whole file.
pub(super) fn of_chip(schema: &mut Schema) {
    let crossbar = at(&["core", "synapses", "kind"], json!({"const": CROSSBAR}));
    let chips = at(&["mesh", "chips"], json!({"not": {"const": [1, 1]}}));
    let crossbar_ops: Vec<&str> = Op::ALL.iter().filter(|op| is_crossbar_op(**op)).map(|op| op.name()).collect();
    add_rules(
        schema,
        [
            barrier(),
            json!({"not": {"required": [FREE, FIXED]}}),
            either_alike(&crossbar, &crossbar_ops),
            either(&chips, &[Op::HopChip.name()]),
            json!({"if": {"allOf": [crossbar, alike()]}, "then": crossbar_times()}),
            json!({"if": {"required": [FREE]}, "then": free()}),
        ],
    );
}

/// A barrier and its cost, unless something else starts time steps.
fn barrier() -> Value {
    let name = Op::Barrier.name();
    let refused = json!({"properties": {"barrier": false, "costs": fields([name], &json!(false))}});
    let needed = json!({"required": ["barrier"], "properties": {"costs": {"required": [name]}}});
    json!({
        "if": {"anyOf": [{"required": [FREE]}, {"required": [FIXED]}]},
        "then": each_calibration(&refused),
        "else": each_calibration(&needed),
    })
}

/// Synapses take the time of the crossbar's read, and a spike acts in the next step.
fn crossbar_times() -> Value {
    let changed = Op::ALL.iter().filter(|op| is_timed(**op, false) && !is_timed(**op, true)).map(|op| op.name());
    let timeless = costs(fields(changed, &json!({"properties": {"latency": {"type": "null"}}})));
    json!({"allOf": [timeless, {"properties": {"core": {"properties": {"max_delay": {"const": 1}}}}}]})
}

/// Free-running: no windows, no reads per step and no delays, which count steps.
fn free() -> Value {
    let kind = json!({"not": at(&["kind"], json!({"const": CROSSBAR}))});
    json!({"properties": {
        "gating": {"not": {"const": Gating::Window.name()}},
        "core": {"properties": {"max_delay": {"const": 1}, "synapses": kind, "partial_sums": false, "soma_units": false}},
    }})
}
