//! The comparison for machines. Field names are stable: others rely on them.

use crate::explore::{CommonTerms, ComparisonTable, FIGURES};
use crate::report::{CostClass, origins_json};
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
        "ranking": comparison.ranking.name(),
        "common_classes": comparison.common.as_ref().map(|common| names(&common.classes)),
        "left_out": comparison.common.as_ref().map(left_out),
        "differing_classes": names(comparison.differing()),
        "configurations": plan.len(),
        "rows": rows.collect::<Value>(),
    })
}

fn names(classes: &[CostClass]) -> Vec<&'static str> {
    classes.iter().map(|class| class.name()).collect()
}

fn left_out(common: &CommonTerms) -> Value {
    common.left_out.iter().map(|(index, why)| json!({"number": index + 1, "reason": why})).collect()
}
