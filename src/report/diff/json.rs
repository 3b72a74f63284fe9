//! Differences between runs for machines.

use super::{ChipValue, EnergyChange, ExactChange, OperationChange, RunDiff};
use serde_json::{Map, Value, json};

/// The schema of the JSON.
pub const DIFF_SCHEMA: &str = "spikemesh.diff/1";

/// The differences as JSON; `names` are those of the two files.
pub fn diff_json(diff: &RunDiff, names: &[String; 2]) -> Value {
    let pair = |(name, values): &(String, [String; 2])| (name.clone(), json!(values));
    let figure = |(name, values): &(String, [Option<f64>; 2])| (name.clone(), json!(values));
    let value = |ChipValue { path, values }: &ChipValue| json!({"path": path, "values": values});
    let energy =
        |EnergyChange { name, pj, share }: &EnergyChange| json!({"name": name, "energy_pj": pj, "share": share});
    let [(before, of_before), (after, of_after)] = diff.energy_pj;
    json!({
        "schema": DIFF_SCHEMA,
        "files": names,
        "differs": !diff.is_empty(),
        "asked": diff.asked.iter().map(pair).collect::<Map<_, _>>(),
        "only": diff.only,
        "chip_values": diff.chip.as_ref().map(|values| values.iter().map(value).collect::<Vec<_>>()),
        "figures": diff.figures.iter().map(figure).collect::<Map<_, _>>(),
        "energy_pj": [of_before.known(before), of_after.known(after)],
        "energy_coverage": [of_before.name(), of_after.name()],
        "operations": diff.operations.iter().map(operation).collect::<Vec<_>>(),
        "exact": diff.exact.as_ref().map(exact),
        "units": diff.units.iter().map(energy).collect::<Vec<_>>(),
        "layers": diff.layers.iter().map(energy).collect::<Vec<_>>(),
    })
}

/// Integers that readers of JSON may not hold are texts.
fn exact(exact: &ExactChange) -> Value {
    json!({
        "inferences": exact.inferences.to_string(),
        "energy_aj": exact.energy_aj.map(|aj| aj.to_string()),
        "change_aj": exact.change_aj().to_string(),
        "by_count_aj": exact.by_count_aj.to_string(),
        "by_price_aj": exact.by_price_aj.to_string(),
        "explained": exact.is_explained(),
    })
}

fn operation(op: &OperationChange) -> Value {
    // Counts are integers that every reader holds exactly; times in femtoseconds may not be.
    let totals = op.totals.counts.map(|total| u64::try_from(total).unwrap_or(u64::MAX));
    let known = |figure: f64| op.is_priced().then_some(figure);
    let whole = |aj: &dyn ToString| op.is_priced().then(|| aj.to_string());
    json!({
        "operation": op.name,
        "core": op.core,
        "total": totals,
        "per_inference": op.counts,
        "price_pj": op.prices,
        "change_pj": known(op.change_pj()),
        "by_count_pj": known(op.by_count_pj),
        "by_price_pj": known(op.by_price_pj),
        "by_count_aj": whole(&op.totals.by_count_aj),
        "by_price_aj": whole(&op.totals.by_price_aj),
        "share": known(op.share),
        "of_change": op.of_change.and_then(known),
    })
}
