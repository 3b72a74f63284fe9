//! The neurons of a population in a network file.

use super::{After, Params, models};
use crate::json::schema::{at, value_type};
use crate::json::{Cursor, read_tagged, tagged_schema};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::{Value, json};
use std::borrow::Cow;
use std::ops::RangeInclusive;

/// Schema of the object `neuron` of a population.
pub(in crate::net) struct NeuronObject;

impl JsonSchema for NeuronObject {
    fn schema_name() -> Cow<'static, str> {
        "Neuron".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let all: Vec<_> = models().into_iter().map(|model| model.alternative).collect();
        tagged_schema(generator, ("model", "The neuron model."), &all)
    }
}

/// Reads the object `neuron` of a population.
pub(in crate::net) fn read(cursor: &Cursor<'_>) -> Option<(Params, After)> {
    let all: Vec<_> = models().into_iter().map(|model| model.alternative).collect();
    read_tagged(cursor, "model", &all, ())
}

/// Writes the object `neuron` of a population.
pub(in crate::net) fn write(params: &Params, after: After) -> Value {
    let mut value = json!({"model": params.name()});
    if params.has_reset() {
        value["reset"] = json!(params.reset.name());
    } else if params.model.has_traits() {
        value["reset"] = json!(after.name());
    }
    params.model.write(&params.shared(), &mut |name, field| value[name] = field);
    value
}

value_type!(
    /// One value for all neurons of a population, or a list of one for each.
    pub(in crate::net) PerNeuron, inline: true, per_neuron(-i64::from(i32::MAX)..=i64::from(i32::MAX))
);

fn per_neuron(range: RangeInclusive<i64>) -> Schema {
    let one = json_schema!({"type": "integer", "minimum": range.start(), "maximum": range.end()});
    json_schema!({"anyOf": [one, {"type": "array", "items": one}]})
}

/// Names of the models whose neurons have individual resets and floors, as in "ranc and paicore".
pub(in crate::net) fn models_with_traits() -> String {
    let names: Vec<_> = models().into_iter().filter(|model| model.has_traits).map(|model| model.name).collect();
    names.split_last().map_or(String::new(), |(last, others)| format!("{} and {last}", others.join(", ")))
}

/// Allowed values of neurons, by model.
pub(in crate::net) fn rules_of_models() -> impl Iterator<Item = Value> {
    models().into_iter().map(|model| {
        let of_traits = |range| if model.has_traits { per_neuron(range) } else { Schema::from(false) };
        let fields = json!({
            "threshold": per_neuron(model.widest.threshold),
            "bias": per_neuron(model.widest.bias),
            "start": per_neuron(model.widest.membrane),
            "reset_potential": of_traits(model.widest.reset_potential),
            "negative_threshold": of_traits(model.widest.negative_threshold),
        });
        let condition = at(&["neuron", "model"], json!({"const": model.name}));
        json!({"if": condition, "then": {"properties": fields}})
    })
}
