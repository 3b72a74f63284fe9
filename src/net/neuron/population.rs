//! The neurons of a population in a network file.

use super::file::Ranges;
use super::{After, Params, Settings, models};
use crate::json::schema::{at, value_type};
use crate::json::{Cursor, read_tagged_each, tagged_each_schema};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::{Map, Value, json};
use std::borrow::Cow;
use std::collections::BTreeSet;
use std::ops::RangeInclusive;

/// Schema of the object `neuron` of a population.
pub(in crate::net) struct NeuronObject;

impl JsonSchema for NeuronObject {
    fn schema_name() -> Cow<'static, str> {
        "Neuron".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let all: Vec<_> = models().into_iter().map(|model| model.alternative).collect();
        tagged_each_schema(generator, ("model", "The neuron model."), &all)
    }
}

/// The object `neuron` of a population: model, parameters and resets of its neurons.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::net) struct NeuronKinds {
    /// The different ones, with the values that their neurons may have; never empty.
    kinds: Vec<(Params, After, Ranges)>,
    /// By neuron: the position of its own; empty if there is one.
    places: Vec<u32>,
}

impl From<Params> for NeuronKinds {
    fn from(params: Params) -> Self {
        Self { kinds: vec![(params, After::default(), params.ranges())], places: Vec::new() }
    }
}

impl NeuronKinds {
    fn kind(&self, neuron: usize) -> &(Params, After, Ranges) {
        &self.kinds[self.places.get(neuron).map_or(0, |place| *place as usize)]
    }

    /// The parameters of a neuron. All neurons have the model of the first one.
    pub(in crate::net) fn params(&self, neuron: usize) -> &Params {
        &self.kind(neuron).0
    }

    /// Effect of a spike of a neuron, where models have resets by neuron.
    pub(in crate::net) fn after(&self, neuron: usize) -> After {
        self.kind(neuron).1
    }

    /// Allowed values of a neuron.
    pub(in crate::net) fn ranges(&self, neuron: usize) -> &Ranges {
        &self.kind(neuron).2
    }

    /// The values that all neurons may have, of those selected by `of`.
    pub(in crate::net) fn common(&self, of: impl Fn(&Ranges) -> &RangeInclusive<i64>) -> RangeInclusive<i64> {
        let all = self.kinds.iter().map(|(_, _, ranges)| of(ranges));
        let low = all.clone().map(|range| *range.start()).max().unwrap_or(0);
        low..=all.map(|range| *range.end()).min().unwrap_or(0)
    }

    /// The parameters of all neurons, which fire or not.
    pub(in crate::net) fn settings(&self, fires: bool) -> Settings {
        let params = |place: usize| Params { fires, ..self.kinds[place].0 };
        Settings::of_each(self.places.iter().map(|place| params(*place as usize))).unwrap_or(params(0).into())
    }
}

/// Reads the object `neuron` of a population of some neurons, if their number is known.
pub(in crate::net) fn read(cursor: &Cursor<'_>, count: Option<u32>) -> Option<NeuronKinds> {
    let all: Vec<_> = models().into_iter().map(|model| model.alternative).collect();
    let (kinds, places) = read_tagged_each(cursor, "model", &all, (count, ()))?;
    let kinds = kinds.into_iter().map(|(params, after): (Params, After)| (params, after, params.ranges())).collect();
    Some(NeuronKinds { kinds, places })
}

/// Writes the object `neuron` of a population, from its settings and the effect of a spike by neuron: each field is one
/// value if all neurons have the same, or a list.
pub(in crate::net) fn write(settings: &Settings, count: usize, after: impl Fn(usize) -> After) -> Value {
    let mut value = write_one(settings.first(), after(0));
    let varied = (1..count).any(|neuron| after(neuron) != after(0));
    if settings.is_one() && !varied {
        return value;
    }
    let all: Vec<Value> = (0..count).map(|neuron| write_one(settings.of(neuron), after(neuron))).collect();
    // Neurons of one model have the same fields.
    let fields: BTreeSet<&String> = all.iter().filter_map(Value::as_object).flat_map(Map::keys).collect();
    for field in fields {
        if all.iter().any(|one| one[field] != all[0][field]) {
            value[field] = all.iter().map(|one| one[field].clone()).collect();
        }
    }
    value
}

fn write_one(params: &Params, after: After) -> Value {
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
