//! The comparison for machines. Field names are stable: others rely on them.

use crate::explore::{ComparisonTable, FIGURES};
use crate::report::origins_json;
use serde_json::{Map, Value, json};

/// Schema name of a comparison.
#[doc(hidden)]
pub const COMPARE_SCHEMA: &str = "spikemesh.compare/1";

/// The comparison as JSON.
pub fn compare_json(comparison: &ComparisonTable) -> Value {
    let title = &comparison.title;
    let plan = &title.plan;
    let axes = plan.axes.iter().map(|axis| json!({"name": axis.name, "values": axis.values}));
    let rows = comparison.rows.iter().zip(comparison.front()).map(|(row, on_front)| {
        let configuration = plan.configuration(row.index);
        let values: Map<String, Value> = plan
            .axes
            .iter()
            .zip(&configuration.values)
            .map(|(axis, value)| (axis.name.clone(), json!(value)))
            .collect();
        let best: Vec<&str> =
            (0..FIGURES.len()).filter(|at| comparison.is_best(row, *at)).map(|at| FIGURES[at].name).collect();
        let mut fields = Map::new();
        fields.insert("number".into(), json!(row.index + 1));
        fields.insert("chip".into(), json!(plan.chips[configuration.chip]));
        fields.insert("values".into(), Value::Object(values));
        if let Value::Object(own) = row.json() {
            fields.extend(own.into_iter().filter(|(name, _)| name != "index"));
        }
        fields.insert("pareto".into(), json!(on_front));
        fields.insert("best".into(), json!(best));
        Value::Object(fields)
    });
    json!({
        "schema": COMPARE_SCHEMA,
        "network": title.network,
        "dataset": title.dataset,
        "samples": title.samples,
        "origins": origins_json(&title.origins),
        "chips": plan.chips,
        "axes": axes.collect::<Value>(),
        "zip": plan.zip,
        "pareto_axes": comparison.axes.iter().map(|at| FIGURES[*at].name).collect::<Vec<_>>(),
        "configurations": plan.len(),
        "rows": rows.collect::<Value>(),
    })
}
