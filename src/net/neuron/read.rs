//! Neuron models in network files: which fields each has, and which values they may take.

use super::{After, DECAY_BITS, ENTRIES, MAX_DECAY_BITS, Model, NAMES, Params, RESETS, Reset, Traits};
use crate::json::schema::Describe;
use crate::json::{Cursor, Object};
use crate::net::quantised::membrane_max;
use std::ops::RangeInclusive;

/// A model in the table.
pub(super) struct Entry {
    pub(super) name: &'static str,
    /// Its fields in the object `neuron`, beside `model`.
    pub(super) fields: &'static [&'static str],
    pub(super) read: fn(&Object<'_>) -> Option<Params>,
    /// What the values by neuron may be.
    pub(super) ranges: fn(&Params) -> Ranges,
    /// Whether its neurons have reset potentials and negative thresholds.
    pub(super) has_traits: bool,
    /// Describes its fields.
    pub(super) describe: Describe,
    /// Bits of its widest membrane.
    pub(super) most_bits: u32,
}

/// What the values by neuron of a population may be, as files give them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::net) struct Ranges {
    pub(in crate::net) threshold: RangeInclusive<i64>,
    /// A threshold of a file is shifted left by this.
    pub(in crate::net) threshold_shift: u32,
    pub(in crate::net) bias: RangeInclusive<i64>,
    /// A bias of a file is shifted left by this.
    pub(in crate::net) bias_shift: u32,
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
    pub(super) fn of_membrane(params: &Params) -> Self {
        let limit = i64::from(membrane_max(params.membrane_bits));
        Self {
            threshold: 1..=limit,
            threshold_shift: 0,
            bias: -limit..=limit,
            bias_shift: 0,
            membrane: -limit..=limit,
            reset_potential: -limit..=limit,
            negative_threshold: 0..=limit,
            floor_sign: -1,
            least_floor: -limit,
        }
    }

    /// Of the neurons of a population.
    pub(in crate::net) fn of(params: &Params) -> Self {
        match ENTRIES.iter().find(|entry| entry.name == params.name()) {
            Some(entry) => (entry.ranges)(params),
            None => Self::of_membrane(params),
        }
    }
}

/// A model as a schema describes it.
pub(in crate::net) struct Described {
    pub(in crate::net) name: &'static str,
    pub(in crate::net) describe: Describe,
    /// What the values by neuron may be where the membrane is widest.
    pub(in crate::net) ranges: Ranges,
    pub(in crate::net) has_traits: bool,
}

/// All models, in the order of [`NAMES`].
pub(in crate::net) fn described() -> impl Iterator<Item = Described> {
    ENTRIES.iter().map(|entry| {
        let Entry { name, describe, most_bits, has_traits, .. } = *entry;
        // Ranges depend on the width and on nothing else.
        let widest =
            Params { model: Model::If, reset: Reset::Zero, fraction_bits: 0, membrane_bits: most_bits, fires: true };
        Described { name, describe, ranges: (entry.ranges)(&widest), has_traits }
    })
}

/// Reads the object `neuron` of a population.
pub(in crate::net) fn read(cursor: &Cursor<'_>) -> Option<(Params, After)> {
    let Some((_, model)) = cursor.entries()?.into_iter().find(|(name, _)| *name == "model") else {
        cursor.problem(format!("field \"model\" is missing; allowed: {}", NAMES.join(", ")));
        return None;
    };
    let entry = &ENTRIES[model.choice(NAMES)?];
    let fields: Vec<&str> = ["model"].iter().chain(entry.fields).copied().collect();
    let object = cursor.object(&fields)?;
    let params = (entry.read)(&object);
    let after = if entry.has_traits { object.get("reset") } else { None };
    // No chip that is modelled takes the reset potential off a membrane.
    let names = if entry.name == super::cuba::ENTRY.name { After::NAMES } else { &After::NAMES[..After::OF_CHIPS] };
    let after = after.map_or(Some(After::default()), |c| c.choice(names).map(|i| After::ALL[i]));
    Some((params?, after?))
}

/// Reads how fine decays are.
pub(super) fn read_decay_bits(object: &Object<'_>) -> Option<u32> {
    object.get("decay_bits").map_or(Some(DECAY_BITS), |c| c.unsigned(DECAY_BITS..=MAX_DECAY_BITS))
}

/// Reads what `if` and `lif` share.
pub(super) fn read_width(object: &Object<'_>, model: Option<Model>) -> Option<Params> {
    let reset = object.need("reset").and_then(|c| c.choice(RESETS));
    let fraction_bits = object.get("fraction_bits").map_or(Some(0), |c| c.unsigned(0..=12));
    let membrane_bits = object.get("membrane_bits").map_or(Some(24), |c| c.unsigned(8..=32));
    let reset = [Reset::Zero, Reset::Subtract][reset?];
    Some(Params { model: model?, reset, fraction_bits: fraction_bits?, membrane_bits: membrane_bits?, fires: true })
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
    let entry = ENTRIES.iter().find(|entry| entry.name == params.name())?;
    let (reset, negative) = (object.get("reset_potential"), object.get("negative_threshold"));
    if !entry.has_traits {
        for extra in [&reset, &negative].into_iter().flatten() {
            extra.problem(format!("the model \"{}\" has none", entry.name));
        }
        return (reset.is_none() && negative.is_none()).then(Vec::new);
    }
    let (ranges, n) = ((entry.ranges)(params), size as usize);
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
