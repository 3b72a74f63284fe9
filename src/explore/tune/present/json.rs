//! The result of a search as JSON. Field names are stable.

use crate::explore::tune::Tuned;
use crate::explore::{FIGURES, compare_json};
use serde_json::{Map, Value, json};

/// Schema name of the result of a search.
#[doc(hidden)]
pub const TUNE_SCHEMA: &str = "spikemesh.tune/1";

/// The result as JSON: the fields of a comparison, and those of the search.
pub fn tune_json(tuned: &Tuned) -> Value {
    let mut value = compare_json(&tuned.table);
    let Some(fields) = value.as_object_mut() else { return value };
    fields.insert("schema".into(), json!(TUNE_SCHEMA));
    let figure = |at: usize| FIGURES[at].name;
    let limits: Map<String, Value> =
        tuned.limits.iter().map(|limit| (figure(limit.figure).to_owned(), json!(limit.bound))).collect();
    let models = tuned.models.iter().map(|model| {
        let axes = model.axes.iter().zip(&tuned.axes).map(|(effect, name)| {
            let levels = effect.levels.iter().map(|(level, mean)| json!({"level": level, "mean": mean}));
            json!({"name": name, "share": effect.share, "levels": levels.collect::<Value>()})
        });
        let trust = model.trust().name();
        json!({
            "figure": figure(model.figure), "leave_one_out": model.error, "trust": trust,
            "axes": axes.collect::<Value>(),
        })
    });
    let search = json!({
        "objectives": tuned.table.axes.iter().map(|at| figure(*at)).collect::<Vec<_>>(),
        "limits": limits,
        "evaluations": tuned.evaluations,
        "batch": tuned.batch,
        "seed": tuned.seed,
        "fidelity": tuned.fidelity,
        "samples_simulated": tuned.simulated.0,
        "samples_of_all_rows": tuned.simulated.1,
        "models": models.collect::<Value>(),
        "verdict": tuned.verdict(),
    });
    fields.insert("search".into(), search);
    if let Some(rows) = fields.get_mut("rows").and_then(Value::as_array_mut) {
        for (at, row) in rows.iter_mut().enumerate() {
            row["hypervolume"] = json!(tuned.hypervolume.get(at));
            row["within_limits"] = json!(tuned.within(at));
            row["samples"] = json!(tuned.samples(at));
        }
    }
    value
}
