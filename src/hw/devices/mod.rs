//! Non-ideal devices of a crossbar: cells, wires and converters, as a chip file describes them.
//!
//! A weight w of a source and a target is held by `slices` pairs of cells. Slice s of it is the digit `d = (|w| >> s
//! cell_bits) & L`, with `L = 2^cell_bits - 1`; the cell G+ of the pair is programmed to level d where w is positive
//! and G- where it is negative, and the other to level 0. A crosspoint without a synapse is a pair at level 0. Level l
//! is `g_min + l u`, with the slice unit `u = (g_max - g_min) / L`. The actual cell is:
//!
//! 1. programmed: `g = max(0, g_min + l u + programming_sigma (g_max - g_min) z)`, z standard normal, once per cell. The
//!    error does not depend on the level: CrossSim's `NormalIndependentDevice`, whose magnitude is relative to g_max
//!    (sandialabs/cross-sim, 20c408a, simulator/devices/generic_device.py); here it is relative to the range;
//! 2. stuck: with probability `stuck_off` it is g_min, with `stuck_on` g_max, whatever was programmed;
//! 3. drifted, unless stuck: `g (time_s / reference_time_s)^-max(0, nu + nu_sigma z)`, z once per cell: the law of
//!    phase-change memory (Joshi et al. 2020, doi:10.1038/s41467-020-16108-9), of cells that never drift upwards;
//! 4. in series with its wires: `g / (1 + g R)`, `R = wire_ohm (row + 1 + column + 1)`, as row drivers stand before
//!    column 0 and converters below row 0. To first order: currents of other cells over the same wires, which lower
//!    their voltage further, are left out, so that the drop is understated where many rows are driven; so are the
//!    drivers' own resistance and paths through cells of rows that are not driven.
//!
//! Rows are driven by spikes: by one bit, so there is no converter with a resolution before them.
//!
//! A read adds `(G+ - G-) / u` of all driven rows to a column's pair, slice by slice; with read noise each cell is off
//! by `read_sigma g z`, with a new z for each cell and read: noise in proportion to conductance, CrossSim's
//! `NormalProportionalDevice`. As sums of independent normal numbers are normal, one draw per conversion of variance
//! `read_sigma^2 Σ (g / u)^2` is exactly that. The converter gives the code nearest to `sum / step` (halves away from
//! 0), within -2^(bits-1) to 2^(bits-1) - 1; codes of slices are shifted and added, and times the step they are the
//! integer sum that a neuron gets. All columns in use are converted when any row of their array is driven.
//!
//! Slices and both cells of a pair stand side by side in one array: a neuron takes `2 slices` columns and `slices`
//! conversions, and a read is one read of one array.

use crate::json::record::record;
use crate::json::schema::add_rules;
use crate::json::shape::{listed_last, number, of, optional, or, unsaid, whole};
use crate::json::{Cursor, FileRecord, Object};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::json;
use std::borrow::Cow;

/// Most bits of a weight's magnitude in all cells: more than any weight has.
const MOST_BITS: u32 = 16;
/// Lowest ratio of the conductances of the highest and the lowest level. Smaller ones leave a unit that is lost in the
/// common part of all cells.
const LEAST_RATIO: f64 = 1.1;
/// Finest and coarsest step of a converter (slice units).
const STEPS: std::ops::RangeInclusive<f64> = 1.0 / 65_536.0..=65_536.0;

record! {
    /// Cells, wires and converters of a crossbar. A weight is held by pairs of cells, slice by slice; a neuron takes two
    /// columns for each slice. Example: {"cell_bits": 2, "slices": 4, "g_min_us": 1, "g_max_us": 100, "adc": {"bits": 8}}.
    pub struct Devices {
        /// A cell has 2^cell_bits levels, 1 to 8.
        pub cell_bits: u32 = whole(1..=8);
        /// Pairs of cells that hold a weight, 1 to 16; slices of cell_bits hold at most 16 bits.
        pub slices: u32 = whole(1..=MOST_BITS);
        /// Conductance of the lowest level (microsiemens), 0 to 1,000,000.
        pub g_min_us: f64 = number(0.0..=1e6);
        /// Conductance of the highest level (microsiemens), up to 1,000,000; at least 1.1 times g_min_us.
        pub g_max_us: f64 = number(1e-6..=1e6);
        /// Standard deviation of what is programmed, relative to the range of conductances, 0 to 1.
        pub programming_sigma: f64 = or(number(0.0..=1.0), 0.0, 0.0);
        /// Standard deviation of what is read, relative to the cell's conductance, 0 to 1.
        pub read_sigma: f64 = or(number(0.0..=1.0), 0.0, 0.0);
        /// Probability that a cell is stuck at the lowest conductance, 0 to 1.
        pub stuck_off: f64 = or(number(0.0..=1.0), 0.0, 0.0);
        /// Probability that a cell is stuck at the highest conductance, 0 to 1; with stuck_off at most 1.
        pub stuck_on: f64 = or(number(0.0..=1.0), 0.0, 0.0);
        /// Resistance of a wire from cell to cell (ohm), 0 to 1,000,000.
        pub wire_ohm: f64 = listed_last(or(number(0.0..=1e6), 0.0, 0.0));
        /// How conductances fall with time; not at all where nothing is said.
        pub drift: Option<Drift> = optional(of::<Drift, _>());
        /// Converters; where nothing is said they have steps of one slice unit and clip nothing.
        pub adc: Adc = listed_last(unsaid(of::<AdcOfFile, _>(), Adc { bits: None, step: 1.0 }));
    }
    check Devices::check;
}

record! {
    /// A power law of conductance over time: g (time_s / reference_time_s)^-nu.
    pub struct Drift {
        /// The exponent, negated, 0 to 10.
        pub nu: f64 = number(0.0..=10.0);
        /// Standard deviation of the exponent from cell to cell, 0 to 10.
        pub nu_sigma: f64 = or(number(0.0..=10.0), 0.0, 0.0);
        /// Time since programming (s), from reference_time_s to 1e12.
        pub time_s: f64 = number(1e-9..=1e12);
        /// When conductances were what was programmed (s), 1e-9 to 1e12.
        pub reference_time_s: f64 = number(1e-9..=1e12);
    }
    check Drift::check;
}

/// A converter.
#[derive(Clone, Debug, PartialEq)]
pub struct Adc {
    /// Resolution, sign included; `None` clips nothing.
    pub bits: Option<u32>,
    /// Value of a code (slice units).
    pub step: f64,
}

/// Reads `"ideal"`, which gives `None`, or the object.
pub(super) fn read_devices(cursor: &Cursor<'_>) -> Option<Option<Devices>> {
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
    fn check<G>(self, object: &Object<'_>, _: G) -> Option<Self> {
        is_sound(&self, object).then_some(self)
    }
}

/// Checks combinations of fields.
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
    fn check<G>(self, object: &Object<'_>, _: G) -> Option<Self> {
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
    struct AdcOfFile as "Adc" {
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

/// Schema of the devices: `"ideal"`, or the object.
pub(super) struct CellsOfFile;

impl JsonSchema for CellsOfFile {
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

/// The random numbers of a cell.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct CellDraws {
    /// Draw for programming: standard normal.
    pub programming: f64,
    /// Draw for faults: uniform, below 1.
    pub fault: f64,
    /// Draw for drift: standard normal.
    pub drift: f64,
}

impl Devices {
    /// Ideal devices with these levels.
    pub fn ideal(cell_bits: u32, slices: u32, g_min_us: f64, g_max_us: f64) -> Self {
        Self {
            cell_bits,
            slices,
            g_min_us,
            g_max_us,
            programming_sigma: 0.0,
            read_sigma: 0.0,
            stuck_off: 0.0,
            stuck_on: 0.0,
            drift: None,
            wire_ohm: 0.0,
            adc: Adc { bits: None, step: 1.0 },
        }
    }

    /// The highest level.
    pub fn top_level(&self) -> u32 {
        (1 << self.cell_bits) - 1
    }

    /// The slice unit (microsiemens).
    pub fn unit_us(&self) -> f64 {
        (self.g_max_us - self.g_min_us) / f64::from(self.top_level())
    }

    /// The largest magnitude of a weight.
    pub fn most_magnitude(&self) -> u64 {
        (1 << (self.cell_bits * self.slices)) - 1
    }

    /// Columns per neuron.
    pub fn columns_per_neuron(&self) -> u32 {
        2 * self.slices
    }

    /// Levels of the two cells of a slice of a weight; a weight too large for the cells is cut off at their maximum.
    pub fn levels(&self, weight: i64, slice: u32) -> [u32; 2] {
        let magnitude = weight.unsigned_abs().min(self.most_magnitude());
        let digit = (magnitude >> (slice * self.cell_bits)) as u32 & self.top_level();
        if weight > 0 { [digit, 0] } else { [0, digit] }
    }

    /// The conductance of a cell (microsiemens) with a length of wire (pitches) in series.
    pub fn conductance_us(&self, level: u32, draws: CellDraws, pitches: u32) -> f64 {
        let range = self.g_max_us - self.g_min_us;
        let cell = if draws.fault < self.stuck_off {
            self.g_min_us
        } else if draws.fault < self.stuck_off + self.stuck_on {
            self.g_max_us
        } else {
            let target = self.g_min_us + f64::from(level) * self.unit_us();
            let programmed = (target + self.programming_sigma * range * draws.programming).max(0.0);
            programmed * self.drift.as_ref().map_or(1.0, |drift| drift.factor(draws.drift))
        };
        // Microsiemens times ohm.
        cell / (1.0 + cell * self.wire_ohm * f64::from(pitches) * 1e-6)
    }

    /// Whether all cells of a level are equal, so that a pair at level 0 is only noise.
    pub fn is_uniform(&self) -> bool {
        let drifts_alike = self.drift.as_ref().is_none_or(|drift| drift.nu_sigma == 0.0);
        self.programming_sigma == 0.0
            && self.stuck_off == 0.0
            && self.stuck_on == 0.0
            && self.wire_ohm == 0.0
            && drifts_alike
    }

    /// Whether sums over a number of rows are exact integers.
    pub fn is_exact(&self, rows: u32) -> bool {
        let still = self.drift.as_ref().is_none_or(|drift| drift.nu == 0.0 || drift.time_s == drift.reference_time_s);
        // Both limits of the codes: the positive one is closer.
        let most = u64::from(rows) * u64::from(self.top_level());
        let wide = self.adc.bits.is_none_or(|bits| most < 1 << (bits - 1));
        self.is_uniform() && self.read_sigma == 0.0 && still && self.adc.step == 1.0 && wide
    }

    /// Descriptions of the modelled effects.
    pub fn modelled(&self) -> Vec<String> {
        let (slices, bits) = (self.slices, self.cell_bits);
        let cells =
            format!("{slices} slices of {bits} bits in pairs of cells of {} to {} uS", self.g_min_us, self.g_max_us);
        let mut list = vec![cells];
        let mut add = |present: bool, text: String| list.extend(present.then_some(text));
        let percent = |share: f64| format!("{} %", (share * 1e8).round() / 1e6);
        let sigma = self.programming_sigma;
        add(sigma > 0.0, format!("programming error of {} of that range", percent(sigma)));
        add(self.read_sigma > 0.0, format!("read noise of {} of a cell's conductance", percent(self.read_sigma)));
        add(self.stuck_off > 0.0, format!("{} of cells stuck off", percent(self.stuck_off)));
        add(self.stuck_on > 0.0, format!("{} of cells stuck on", percent(self.stuck_on)));
        if let Some(Drift { nu, nu_sigma, time_s, reference_time_s }) = &self.drift {
            let text = format!("drift with exponent {nu} +- {nu_sigma} from {reference_time_s} s to {time_s} s");
            add(time_s > reference_time_s, text);
        }
        add(self.wire_ohm > 0.0, format!("wires of {} ohm from cell to cell, to first order", self.wire_ohm));
        let step = self.adc.step;
        match self.adc.bits {
            Some(bits) => add(true, format!("converters of {bits} bits in steps of {step} slice units")),
            None => add(step != 1.0, format!("converters in steps of {step} slice units, which clip nothing")),
        }
        list
    }
}

impl Drift {
    /// Remaining share of a conductance, with a normal draw for the cell's exponent.
    fn factor(&self, draw: f64) -> f64 {
        let nu = (self.nu + self.nu_sigma * draw).max(0.0);
        libm::pow(self.time_s / self.reference_time_s, -nu)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(found: f64, expected: f64) {
        assert!((found - expected).abs() < 1e-9 * expected.abs().max(1.0), "{found} is not {expected}");
    }

    #[test]
    fn weights_are_cut_into_digits_of_one_side() {
        let devices = Devices::ideal(2, 4, 1.0, 31.0);
        // 107 = 1*64 + 2*16 + 2*4 + 3
        let of = |weight| (0..4).map(|slice| devices.levels(weight, slice)).collect::<Vec<_>>();
        assert_eq!(of(107), [[3, 0], [2, 0], [2, 0], [1, 0]]);
        assert_eq!(of(-107), [[0, 3], [0, 2], [0, 2], [0, 1]]);
        assert_eq!((of(0), of(-256)), (vec![[0, 0]; 4], vec![[0, 3]; 4]));
        assert_eq!((devices.unit_us(), devices.most_magnitude(), devices.columns_per_neuron()), (10.0, 255, 8));
    }

    #[test]
    fn a_cell_is_what_it_is_by_hand() {
        let ideal = Devices::ideal(2, 1, 10.0, 100.0);
        let nothing = CellDraws { fault: 0.5, ..CellDraws::default() };
        assert_eq!([0, 1, 3].map(|level| ideal.conductance_us(level, nothing, 9)), [10.0, 40.0, 100.0]);
        // 5 % of 90 uS, two deviations up and, at level 0, three down: no conductance is below 0.
        let noisy = Devices { programming_sigma: 0.05, ..ideal.clone() };
        close(noisy.conductance_us(1, CellDraws { programming: 2.0, ..nothing }, 0), 49.0);
        assert_eq!(noisy.conductance_us(0, CellDraws { programming: -3.0, ..nothing }, 0), 0.0);
        // A stuck cell has neither an error nor a drift.
        let drift = Drift { nu: 0.05, nu_sigma: 0.02, time_s: 1e6, reference_time_s: 1.0 };
        let stuck = Devices { stuck_off: 0.25, stuck_on: 0.25, drift: Some(drift), ..noisy };
        let at = |fault, drift| stuck.conductance_us(1, CellDraws { programming: 2.0, fault, drift }, 0);
        assert_eq!([at(0.24, 1.0), at(0.25, 1.0), at(0.49, 1.0)], [10.0, 100.0, 100.0]);
        // 10^(-6 * 0.05) = 0.501187…; with one deviation more 10^(-0.42); with three less it would grow, and stays.
        close(at(0.5, 0.0), 49.0 * 0.501_187_233_627_272);
        close(at(0.5, 1.0), 49.0 * 0.380_189_396_320_561);
        close(at(0.5, -3.0), 49.0);
    }

    #[test]
    fn wires_are_in_series() {
        // 100 uS are 10 kilo-ohm; 5 + 20 pitches of 40 ohm make 11 of it, so 90.909… uS.
        let wired = Devices { wire_ohm: 40.0, ..Devices::ideal(1, 1, 0.0, 100.0) };
        let nothing = CellDraws { fault: 0.5, ..CellDraws::default() };
        close(wired.conductance_us(1, nothing, 25), 1e6 / 11_000.0);
        assert_eq!(wired.conductance_us(0, nothing, 25), 0.0);
    }

    #[test]
    fn what_cannot_be_wrong_is_told_apart() {
        let ideal = Devices::ideal(2, 4, 5.0, 50.0);
        assert!(ideal.is_exact(1 << 16) && ideal.is_uniform());
        let with = |bits| Devices { adc: Adc { bits: Some(bits), step: 1.0 }, ..ideal.clone() };
        // 128 rows of level 3: 384, which 10 bits hold and 9 do not.
        assert!(with(10).is_exact(128) && !with(9).is_exact(128));
        let drift = |nu, time_s| Some(Drift { nu, nu_sigma: 0.0, time_s, reference_time_s: 1.0 });
        assert!(Devices { drift: drift(0.1, 1.0), ..ideal.clone() }.is_exact(9));
        assert!(!Devices { drift: drift(0.1, 2.0), ..ideal.clone() }.is_exact(9));
        assert!(!Devices { read_sigma: 1e-3, ..ideal.clone() }.is_exact(9));
        assert!(!Devices { wire_ohm: 1.0, ..ideal }.is_exact(9));
    }
}
