//! Neuron models in network files: the fields of each, and their ranges.

use super::model::{Made, NeuronModel, Reset, SetField, SharedParams};
use super::soma::{DECAY_BITS, MAX_DECAY_BITS};
use super::traits::{After, Below};
use crate::json::record::record;
use crate::json::schema::add_rules;
use crate::json::shape::{or, pick, whole, word};
use crate::json::{Alternative, FieldSpec, FileRecord, alternative_as};
use crate::net::widths::membrane_max;
use schemars::Schema;
use serde_json::json;
use std::ops::RangeInclusive;

/// A model that network files can name.
pub(super) trait FileModel: NeuronModel {
    /// The fields of the object `neuron`, other than `model`.
    type Fields: FileRecord<(), Made = Made<Self>>;
    /// Bits of the widest membrane.
    const MOST_BITS: u32;
    /// Whether neurons have reset potentials and negative thresholds.
    const HAS_TRAITS: bool = false;

    /// Allowed values of the neurons, for a width of membranes.
    fn ranges(membrane_bits: u32) -> Ranges {
        Ranges::of_membrane(membrane_bits)
    }

    /// Left shift of a bias in a file.
    fn bias_shift(self) -> u32 {
        0
    }

    /// Writes the fields, except `model` and `reset`.
    fn write(self, params: &SharedParams, set: SetField<'_>);
}

/// A model of files, apart from the parameters of a population.
pub(super) struct ModelEntry<P> {
    pub(super) name: &'static str,
    pub(super) alternative: Alternative<(), (P, After)>,
    /// Allowed values of the neurons with the widest membrane.
    pub(super) widest: Ranges,
    pub(super) has_traits: bool,
}

impl<P> ModelEntry<P> {
    pub(super) fn of<M: FileModel>() -> Self
    where
        P: From<(M, SharedParams)>,
    {
        let make = |Made { model, shared, after }: Made<M>| ((model, shared).into(), after);
        let alternative = alternative_as::<M::Fields, (), _>(M::NAME, make);
        Self { name: M::NAME, alternative, widest: M::ranges(M::MOST_BITS), has_traits: M::HAS_TRAITS }
    }
}

/// Allowed values of the neurons of a population, as in files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::net) struct Ranges {
    pub(in crate::net) threshold: RangeInclusive<i64>,
    /// Left shift of a threshold in a file.
    pub(in crate::net) threshold_shift: u32,
    pub(in crate::net) bias: RangeInclusive<i64>,
    /// Range of a membrane.
    pub(in crate::net) membrane: RangeInclusive<i64>,
    pub(in crate::net) reset_potential: RangeInclusive<i64>,
    pub(in crate::net) negative_threshold: RangeInclusive<i64>,
    /// Sign of a floor relative to the negative threshold of a file.
    pub(in crate::net) floor_sign: i64,
    /// The default floor.
    pub(in crate::net) least_floor: i64,
}

impl Ranges {
    /// The full range of a membrane.
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

/// A share that is lost in a step, in 1/2^decay_bits.
pub(super) fn decay_from<'s, G>() -> FieldSpec<'s, G, u32> {
    let properties = whole::<(), _>(0..=1 << MAX_DECAY_BITS).properties;
    FieldSpec::field(properties, move |object, name, _| {
        // Invalid bits are reported by their own field.
        let bits = object.get("decay_bits").and_then(|c| c.as_integer());
        let sound = bits.filter(|bits| (i64::from(DECAY_BITS)..=i64::from(MAX_DECAY_BITS)).contains(bits));
        let most = 1 << sound.unwrap_or(i64::from(DECAY_BITS));
        object.need(name).and_then(|cursor| cursor.unsigned(0..=most))
    })
}

/// Effect of a spike on a membrane, on chips whose neurons have a reset potential each.
pub(super) fn reset_of_chips<'s, G: 's>() -> FieldSpec<'s, G, After> {
    or(pick(After::OF_CHIPS, After::name), After::Absolute, After::Absolute.name())
}

/// Effect of a membrane below the negative threshold.
pub(super) fn below_threshold<'s, G: 's>() -> FieldSpec<'s, G, Below> {
    or(word(), Below::Saturate, Below::Saturate.name())
}

/// Resolution of decays in bits.
pub(super) fn decay_bits<'s, G: 's>() -> FieldSpec<'s, G, u32> {
    or(whole(DECAY_BITS..=MAX_DECAY_BITS), DECAY_BITS, DECAY_BITS)
}

/// Schema rule: without `decay_bits`, decays are in 1/4096.
pub(super) fn coarse_decays(schema: &mut Schema) {
    let whole = 1u32 << DECAY_BITS;
    // One decay, or a list of one for each neuron.
    let most = |name: &str| (name.to_owned(), json!({"maximum": whole, "items": {"maximum": whole}}));
    let known = |name: &&str| schema.pointer(&format!("/properties/{name}")).is_some();
    let decays = ["decay", "current_decay", "voltage_decay"].into_iter().filter(known);
    let properties: serde_json::Map<_, _> = decays.map(most).collect();
    add_rules(schema, [json!({"if": {"required": ["decay_bits"]}, "else": {"properties": properties}})]);
}

record! {
    /// What `if` and `lif` share.
    pub(super) struct Width {
        /// What a spike does to the membrane: "zero" or "subtract" (the threshold is taken off it).
        reset: Reset = word();
        /// A membrane counts in 1/2^fraction_bits weight units, 0 to 12.
        fraction_bits: u32 = or(whole(0..=12), 0, 0);
        /// Bits of the membrane, which saturates, 8 to 32.
        membrane_bits: u32 = or(whole(8..=32), 24, 24);
    }
}

impl Width {
    pub(super) fn of<M>(self, model: M) -> Made<M> {
        let Self { reset, fraction_bits, membrane_bits } = self;
        let shared = SharedParams { reset, fraction_bits, membrane_bits, fires: true };
        Made { model, shared, after: After::default() }
    }
}

pub(super) fn write_width(params: &SharedParams, set: SetField<'_>) {
    set("fraction_bits", params.fraction_bits.into());
    set("membrane_bits", params.membrane_bits.into());
}
