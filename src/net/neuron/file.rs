//! Neuron models in network files: which fields each has, and which values they may take.

use super::{After, DECAY_BITS, MAX_DECAY_BITS, Model, NeuronModel, Params, Reset, Set, Traits, models};
use crate::json::record::record;
use crate::json::schema::{add_rules, at, value_type};
use crate::json::shape::{Or, Whole, or, whole, word};
use crate::json::{Alternative, Cursor, Listed, Object, Property, Record, Shape, read_tagged, tagged_schema};
use crate::net::quantised::membrane_max;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::{Value, json};
use std::borrow::Cow;
use std::ops::RangeInclusive;

/// A model that network files can name.
pub(super) trait FileModel: NeuronModel {
    /// The fields of the object `neuron`, beside `model`.
    type Fields: Record<(), Made = (Params, After)>;
    /// Bits of its widest membrane.
    const MOST_BITS: u32;
    /// Whether its neurons have reset potentials and negative thresholds.
    const HAS_TRAITS: bool = false;

    /// The values that its neurons may have, with membranes of some width.
    fn ranges(membrane_bits: u32) -> Ranges {
        Ranges::of_membrane(membrane_bits)
    }

    /// A bias of a file is shifted left by this.
    fn bias_shift(self) -> u32 {
        0
    }

    /// Writes the fields, but for `model` and `reset`.
    fn write(self, params: &Params, set: Set<'_>);
}

/// A model of files, apart from the parameters of a population.
pub(super) struct Entry {
    pub(super) name: &'static str,
    pub(super) alternative: Alternative<(), (Params, After)>,
    /// The values that its neurons may have where the membrane is widest.
    widest: Ranges,
    has_traits: bool,
}

impl Entry {
    pub(super) fn of<M: FileModel>() -> Self {
        let (alternative, widest) = (crate::json::alternative::<M::Fields, ()>(M::NAME), M::ranges(M::MOST_BITS));
        Self { name: M::NAME, alternative, widest, has_traits: M::HAS_TRAITS }
    }
}

/// The values that the neurons of a population may have, as files give them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::net) struct Ranges {
    pub(in crate::net) threshold: RangeInclusive<i64>,
    /// A threshold of a file is shifted left by this.
    pub(in crate::net) threshold_shift: u32,
    pub(in crate::net) bias: RangeInclusive<i64>,
    /// What a membrane can hold.
    pub(in crate::net) membrane: RangeInclusive<i64>,
    pub(in crate::net) reset_potential: RangeInclusive<i64>,
    pub(in crate::net) negative_threshold: RangeInclusive<i64>,
    /// Of a floor, against the negative threshold of a file.
    pub(in crate::net) floor_sign: i64,
    /// The floor where a file gives none.
    pub(super) least_floor: i64,
}

impl Ranges {
    /// All that a membrane can hold.
    pub(super) fn of_membrane(membrane_bits: u32) -> Self {
        let limit = i64::from(membrane_max(membrane_bits));
        Self {
            threshold: 1..=limit,
            threshold_shift: 0,
            bias: -limit..=limit,
            membrane: -limit..=limit,
            reset_potential: -limit..=limit,
            negative_threshold: 0..=limit,
            floor_sign: -1,
            least_floor: -limit,
        }
    }
}

/// The object `neuron` of a population.
pub(in crate::net) struct Neuron;

impl JsonSchema for Neuron {
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

/// The object `neuron` of a population.
pub(in crate::net) fn write(params: &Params, after: After) -> Value {
    let mut value = json!({"model": params.name()});
    if params.has_reset() {
        value["reset"] = json!(params.reset.name());
    } else if params.model.has_traits() {
        value["reset"] = json!(after.name());
    }
    params.model.write(params, &mut |name, field| value[name] = field);
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

/// The values that neurons may have, by model.
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

/// A share that is lost in a step, in 1/2^decay_bits, of at least `least`.
#[derive(Debug)]
pub(super) struct Decay {
    pub(super) least: u32,
}

impl<G> Shape<G> for Decay {
    type Value = u32;

    fn read(&self, cursor: &Cursor<'_>, _: G) -> Option<u32> {
        cursor.unsigned(self.least..=1 << MAX_DECAY_BITS)
    }

    fn read_field(&self, object: &Object<'_>, name: &str, _: G) -> Option<u32> {
        // Bits that are wrong are noted by their own field.
        let bits = object.get("decay_bits").and_then(|c| c.as_integer());
        let sound = bits.filter(|bits| (i64::from(DECAY_BITS)..=i64::from(MAX_DECAY_BITS)).contains(bits));
        let most = 1 << sound.unwrap_or(i64::from(DECAY_BITS));
        object.need(name).and_then(|cursor| cursor.unsigned(self.least..=most))
    }

    fn schema(&self, _: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "integer", "minimum": self.least, "maximum": 1u32 << MAX_DECAY_BITS})
    }
}

/// How fine decays are.
pub(super) fn decay_bits() -> Or<Whole<u32>, u32> {
    or(whole(DECAY_BITS..=MAX_DECAY_BITS), DECAY_BITS, DECAY_BITS)
}

pub(super) fn write_decay_bits(bits: u32, set: Set<'_>) {
    if bits != DECAY_BITS {
        set("decay_bits", bits.into());
    }
}

/// Without more bits decays are in 1/4096.
pub(super) fn coarse_decays(schema: &mut Schema) {
    let most = |name: &str| (name.to_owned(), json!({"maximum": 1u32 << DECAY_BITS}));
    let known = |name: &&str| schema.pointer(&format!("/properties/{name}")).is_some();
    let decays = ["decay", "current_decay", "voltage_decay"].into_iter().filter(known);
    let properties: serde_json::Map<_, _> = decays.map(most).collect();
    add_rules(schema, [json!({"if": {"required": ["decay_bits"]}, "else": {"properties": properties}})]);
}

record! {
    /// What `if` and `lif` share.
    pub(super) struct Width {
        /// What a spike does to the membrane: "zero" or "subtract" (the threshold is taken off it).
        reset: Reset = word::<Reset>();
        /// A membrane counts in 1/2^fraction_bits weight units, 0 to 12.
        fraction_bits: u32 = or(whole(0..=12), 0, 0);
        /// Bits of the membrane, which saturates, 8 to 32.
        membrane_bits: u32 = or(whole(8..=32), 24, 24);
    }
}

impl Width {
    pub(super) fn params(self, model: Model) -> (Params, After) {
        let Self { reset, fraction_bits, membrane_bits } = self;
        (Params { model, reset, fraction_bits, membrane_bits, fires: true }, After::default())
    }
}

pub(super) fn write_width(params: &Params, set: Set<'_>) {
    set("fraction_bits", params.fraction_bits.into());
    set("membrane_bits", params.membrane_bits.into());
}

/// A field that is known, so that it can be refused with a word about it; schemas do not have it.
#[derive(Debug)]
pub(super) struct Refused(pub(super) &'static str);

impl<G> Shape<G> for Refused {
    type Value = ();

    fn read(&self, cursor: &Cursor<'_>, _: G) -> Option<()> {
        cursor.problem(self.0);
        Some(())
    }

    fn read_field(&self, object: &Object<'_>, name: &str, given: G) -> Option<()> {
        object.get(name).map_or(Some(()), |cursor| self.read(&cursor, given))
    }

    fn is_needed(&self) -> bool {
        false
    }

    fn schema(&self, _: &mut SchemaGenerator) -> Schema {
        Schema::from(false)
    }

    fn properties(&self, _: &'static str, _: &str, _: &mut SchemaGenerator) -> Vec<Listed<Property>> {
        Vec::new()
    }
}

/// Reads one value for all neurons, or one for each.
pub(in crate::net) type ReadEach<'a> = &'a dyn Fn(&Cursor<'_>, RangeInclusive<i64>) -> Option<Vec<i32>>;

/// Reads resets and floors of a population; empty where its model has none.
pub(in crate::net) fn read_traits(
    object: &Object<'_>,
    (params, after): (&Params, After),
    size: u32,
    each: ReadEach<'_>,
) -> Option<Vec<Traits>> {
    let (reset, negative) = (object.get("reset_potential"), object.get("negative_threshold"));
    if !params.model.has_traits() {
        for extra in [&reset, &negative].into_iter().flatten() {
            extra.problem(format!("the model \"{}\" has none", params.name()));
        }
        return (reset.is_none() && negative.is_none()).then(Vec::new);
    }
    let (ranges, n) = (params.ranges(), size as usize);
    let reset = reset.map_or_else(|| Some(vec![0; n]), |c| each(&c, ranges.reset_potential));
    let floors = match negative {
        None => Some(vec![ranges.least_floor as i32; n]),
        Some(c) => each(&c, ranges.negative_threshold).map(|all| {
            // Signs are one or minus one, and magnitudes have at most 29 bits.
            all.into_iter().map(|value| (i64::from(value) * ranges.floor_sign) as i32).collect()
        }),
    };
    let all = reset?.into_iter().zip(floors?);
    Some(all.map(|(reset_potential, floor)| Traits { after, reset_potential, floor }).collect())
}
