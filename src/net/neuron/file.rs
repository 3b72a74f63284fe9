//! Neuron models in network files: which fields each has, and which values they may take.

use super::model::{Made, NeuronModel, Reset, Set, Shared};
use super::soma::{DECAY_BITS, MAX_DECAY_BITS};
use super::traits::After;
use crate::json::record::record;
use crate::json::schema::add_rules;
use crate::json::shape::{Or, Whole, or, whole, word};
use crate::json::{Alternative, Cursor, Fields, Listed, Object, Property, Record, Shape};
use crate::net::quantised::membrane_max;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::json;
use std::borrow::Cow;
use std::marker::PhantomData;
use std::ops::RangeInclusive;

/// A model that network files can name.
pub(super) trait FileModel: NeuronModel {
    /// The fields of the object `neuron`, beside `model`.
    type Fields: Record<(), Made = Made<Self>>;
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
    fn write(self, params: &Shared, set: Set<'_>);
}

/// A model of files, apart from the parameters of a population.
pub(super) struct Entry<P> {
    pub(super) name: &'static str,
    pub(super) alternative: Alternative<(), (P, After)>,
    /// The values that its neurons may have where the membrane is widest.
    pub(super) widest: Ranges,
    pub(super) has_traits: bool,
}

impl<P> Entry<P> {
    pub(super) fn of<M: FileModel>() -> Self
    where
        P: From<(M, Shared)>,
    {
        let alternative = crate::json::alternative::<InPopulation<M, P>, ()>(M::NAME);
        Self { name: M::NAME, alternative, widest: M::ranges(M::MOST_BITS), has_traits: M::HAS_TRAITS }
    }
}

/// The fields of a model, of which a reader makes the parameters of a population.
struct InPopulation<M, P>(PhantomData<(M, P)>);

impl<M: FileModel, P> JsonSchema for InPopulation<M, P> {
    fn schema_name() -> Cow<'static, str> {
        M::Fields::schema_name()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        M::Fields::json_schema(generator)
    }
}

impl<M: FileModel, P> Fields for InPopulation<M, P> {
    fn names() -> Vec<Listed<&'static str>> {
        M::Fields::names()
    }

    fn properties(generator: &mut SchemaGenerator) -> Vec<Listed<Property>> {
        M::Fields::properties(generator)
    }
}

impl<M: FileModel, P: From<(M, Shared)>> Record<()> for InPopulation<M, P> {
    type Made = (P, After);

    fn read_fields(object: &Object<'_>, given: ()) -> Option<(P, After)> {
        let Made { model, shared, after } = M::Fields::read_fields(object, given)?;
        Some(((model, shared).into(), after))
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
    pub(super) fn of<M>(self, model: M) -> Made<M> {
        let Self { reset, fraction_bits, membrane_bits } = self;
        let shared = Shared { reset, fraction_bits, membrane_bits, fires: true };
        Made { model, shared, after: After::default() }
    }
}

pub(super) fn write_width(params: &Shared, set: Set<'_>) {
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
