//! Devices as chip files have them: reading and checking.

use super::{Adc, Devices, Drift};
use crate::hw::core::{CoreSpec, SynapseArray};
use crate::json::record::record;
use crate::json::schema::add_rules;
use crate::json::shape::{number, optional, whole};
use crate::json::{Cursor, Object, Record};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::json;
use std::borrow::Cow;

/// Bits of a weight's magnitude that cells may hold in all: more than any weight has.
pub(super) const MOST_BITS: u32 = 16;
/// Lowest ratio of the conductances of the highest and the lowest level. Smaller ones leave a unit that is lost in what
/// all cells have in common.
const LEAST_RATIO: f64 = 1.1;
/// Finest and coarsest step of a converter (slice units).
const STEPS: std::ops::RangeInclusive<f64> = 1.0 / 65_536.0..=65_536.0;

/// Reads `"ideal"`, which is `None`, or the object.
pub(in crate::hw) fn read_devices(cursor: &Cursor<'_>) -> Option<Option<Devices>> {
    if !cursor.is_object() {
        if cursor.as_text() != Some("ideal") {
            cursor.problem("expected \"ideal\", or an object of what they are, as in {\"cell_bits\": 2, …}");
            return None;
        }
        return Some(None);
    }
    Devices::read(cursor, ()).map(Some)
}

impl Devices {
    pub(super) fn check<G>(self, object: &Object<'_>, _: G) -> Option<Self> {
        is_sound(&self, object).then_some(self)
    }
}

/// What fields say together.
fn is_sound(devices: &Devices, object: &Object<'_>) -> bool {
    let Devices { cell_bits, slices, g_min_us, g_max_us, stuck_off, stuck_on, .. } = devices;
    let mut sound = true;
    let mut problem = |text: String| {
        object.problem(text);
        sound = false;
    };
    if cell_bits * slices > MOST_BITS {
        let bits = cell_bits * slices;
        problem(format!("{slices} slices of {cell_bits} bits hold {bits}, and no weight needs more than {MOST_BITS}"));
    }
    if *g_max_us < g_min_us * LEAST_RATIO {
        problem(format!("g_max_us of {g_max_us} must be at least {LEAST_RATIO} times g_min_us of {g_min_us}"));
    }
    if stuck_off + stuck_on > 1.0 {
        problem(format!("stuck_off of {stuck_off} and stuck_on of {stuck_on} are more than all cells"));
    }
    sound
}

impl Drift {
    pub(super) fn check<G>(self, object: &Object<'_>, _: G) -> Option<Self> {
        if self.time_s < self.reference_time_s {
            let (time, reference) = (self.time_s, self.reference_time_s);
            object.problem(format!("time_s of {time} is before reference_time_s of {reference}"));
            return None;
        }
        Some(self)
    }
}

record! {
    /// A converter: its step is given, or follows from its full scale, or is one slice unit.
    pub(super) struct AdcOfFile as "Adc" {
        /// Resolution, sign included, 1 to 24; nothing is clipped where nothing is said.
        bits: Option<u32> = optional(whole(1..=24));
        /// What a code stands for (slice units), 1/65,536 to 65,536.
        step: Option<f64> = optional(number(STEPS));
        /// In place of a step, with bits: what 2^(bits - 1) steps are (slice units), 1/65,536 to 65,536.
        full_scale: Option<f64> = optional(number(STEPS));
    }
    check AdcOfFile::check => Adc;
    rules one_scale;
}

fn one_scale(schema: &mut Schema) {
    let one = json!({"not": {"required": ["step", "full_scale"]}});
    add_rules(schema, [one, json!({"if": {"required": ["full_scale"]}, "then": {"required": ["bits"]}})]);
}

impl AdcOfFile {
    fn check<G>(self, object: &Object<'_>, _: G) -> Option<Adc> {
        let Self { bits, step, full_scale } = self;
        let step = match (bits, step, full_scale) {
            (_, Some(_), Some(_)) => {
                object.problem("give either step or full_scale");
                return None;
            }
            (None, _, Some(_)) => {
                object.problem("full_scale needs bits: it is 2^(bits - 1) steps");
                return None;
            }
            (Some(bits), _, Some(full_scale)) => full_scale / f64::from(1 << (bits - 1)),
            (_, step, None) => step.unwrap_or(1.0),
        };
        if !STEPS.contains(&step) {
            object.problem(format!("a step of {step} slice units is finer than 1/65536"));
            return None;
        }
        Some(Adc { bits, step })
    }
}

/// In how far a core's weights and neurons do not fit its cells.
pub(in crate::hw) fn problem_of_devices(core: &CoreSpec) -> Vec<String> {
    let SynapseArray::Crossbar { columns, devices: Some(devices), .. } = &core.synapses else {
        return Vec::new();
    };
    let Devices { slices, cell_bits, .. } = devices;
    let (mut found, limits) = (Vec::new(), &core.limits);
    let (magnitude, held) = (limits.weight_bits - 1, cell_bits * slices);
    if magnitude > held {
        found.push(format!(
            "weights of {} bits have magnitudes of {magnitude}, and {slices} slices of {cell_bits} bits hold {held}; \
             give more slices, or more cell_bits",
            limits.weight_bits
        ));
    }
    let (neurons, each) = (u64::from(limits.max_neurons), u64::from(devices.columns_per_neuron()));
    if neurons * each > u64::from(*columns) {
        found.push(format!(
            "{neurons} neurons take {} columns, {slices} slices of 2 cells each, and the crossbar has {columns}: at \
             most {} neurons fit",
            neurons * each,
            u64::from(*columns) / each
        ));
    }
    found
}

/// How a schema describes them: `"ideal"`, or the object.
pub(in crate::hw) struct Cells;

impl JsonSchema for Cells {
    fn schema_name() -> Cow<'static, str> {
        "Cells".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        json_schema!({"anyOf": [{"const": "ideal"}, generator.subschema_for::<Devices>()]})
    }
}
