//! Devices as chip files have them: reading and checking.

use super::{Adc, Devices, Drift};
use crate::hw::core::{CoreSpec, SynapseArray};
use crate::hw::schema::Devices as DevicesSchema;
use crate::json::{Cursor, Object};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use std::borrow::Cow;

const FIELDS: &[&str] = &[
    "cell_bits",
    "slices",
    "g_min_us",
    "g_max_us",
    "programming_sigma",
    "read_sigma",
    "stuck_off",
    "stuck_on",
    "drift",
    "wire_ohm",
    "adc",
];

/// Bits of a weight's magnitude that cells may hold in all: more than any weight has.
const MOST_BITS: u32 = 16;
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
    let object = cursor.object(FIELDS)?;
    let bits = |name: &str, most| object.need(name).and_then(|c| c.unsigned(1..=most));
    let (cell_bits, slices) = (bits("cell_bits", 8), bits("slices", MOST_BITS));
    let conductance = |name: &str, least| object.need(name).and_then(|c| c.number(least..=1e6));
    let (g_min_us, g_max_us) = (conductance("g_min_us", 0.0), conductance("g_max_us", 1e-6));
    let [programming_sigma, read_sigma, stuck_off, stuck_on] =
        ["programming_sigma", "read_sigma", "stuck_off", "stuck_on"].map(|name| or_zero(&object, name, 1.0));
    let wire_ohm = or_zero(&object, "wire_ohm", 1e6);
    let drift = object.get("drift").map_or(Some(None), |c| read_drift(&c).map(Some));
    let adc = object.get("adc").map_or(Some(Adc { bits: None, step: 1.0 }), |c| read_adc(&c));
    let devices = Devices {
        cell_bits: cell_bits?,
        slices: slices?,
        g_min_us: g_min_us?,
        g_max_us: g_max_us?,
        programming_sigma: programming_sigma?,
        read_sigma: read_sigma?,
        stuck_off: stuck_off?,
        stuck_on: stuck_on?,
        drift: drift?,
        wire_ohm: wire_ohm?,
        adc: adc?,
    };
    is_sound(&devices, &object).then_some(Some(devices))
}

/// A number that is 0 where it is left out.
fn or_zero(object: &Object<'_>, name: &str, most: f64) -> Option<f64> {
    object.get(name).map_or(Some(0.0), |c| c.number(0.0..=most))
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

fn read_drift(cursor: &Cursor<'_>) -> Option<Drift> {
    let object = cursor.object(&["nu", "nu_sigma", "time_s", "reference_time_s"])?;
    let nu = object.need("nu").and_then(|c| c.number(0.0..=10.0));
    let nu_sigma = or_zero(&object, "nu_sigma", 10.0);
    let time = |name: &str| object.need(name).and_then(|c| c.number(1e-9..=1e12));
    let (time_s, reference_time_s) = (time("time_s"), time("reference_time_s"));
    let drift = Drift { nu: nu?, nu_sigma: nu_sigma?, time_s: time_s?, reference_time_s: reference_time_s? };
    if drift.time_s < drift.reference_time_s {
        let (time, reference) = (drift.time_s, drift.reference_time_s);
        object.problem(format!("time_s of {time} is before reference_time_s of {reference}"));
        return None;
    }
    Some(drift)
}

/// A converter: its step is given, or follows from its full scale, or is a slice unit.
fn read_adc(cursor: &Cursor<'_>) -> Option<Adc> {
    let object = cursor.object(&["bits", "step", "full_scale"])?;
    let read = |name: &str| object.get(name).map_or(Some(None), |c| c.number(STEPS).map(Some));
    let bits = object.get("bits").map_or(Some(None), |c| c.unsigned(1..=24).map(Some));
    let (step, full_scale) = (read("step"), read("full_scale"));
    let (bits, step, full_scale) = (bits?, step?, full_scale?);
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
        json_schema!({"anyOf": [{"const": "ideal"}, generator.subschema_for::<DevicesSchema>()]})
    }
}
