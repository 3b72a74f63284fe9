//! Neuron models, integer-exact: parameters and one call per slice of neurons and time step.
//!
//! A model is one file with its equations, its fields in network files and an entry for readers, and a line in the table, the
//! enum and the two matches below.
//!
//! | model | of | equations |
//! |---|---|---|
//! | `if`, `lif` | the tandem rule; generic digital cores | `integrate_and_fire`, `leaky` |
//! | `cuba_lif` | NIR's `CubaLIF` in time steps | `cuba` |
//! | `loihi` | Loihi 1: current-based, 24-bit | `loihi` |
//! | `truenorth` | TrueNorth: 20-bit, leak, floor, three resets | `truenorth` |
//! | `ranc` | RANC's open hardware: 9-bit, wraps | `ranc` |
//! | `odin` | ODIN: 8-bit without sign, event by event | `odin` |
//! | `paicore` | PAICORE 2: 30-bit | `paicore` |

mod cuba;
mod integrate_and_fire;
mod leaky;
mod loihi;
mod odin;
mod paicore;
mod partial_sum;
mod ranc;
mod read;
#[cfg(test)]
mod tests;
mod traits;
mod truenorth;

pub(in crate::net) use read::{Ranges, described, read, read_traits};
pub use traits::{After, Below, Traits};

use read::Entry;

/// Models in files, in the order of [`NAMES`].
const ENTRIES: &[Entry] = &[
    integrate_and_fire::ENTRY,
    leaky::ENTRY,
    loihi::ENTRY,
    truenorth::ENTRY,
    ranc::ENTRY,
    odin::ENTRY,
    paicore::ENTRY,
    cuba::ENTRY,
];

/// Models by name; the unknown-name error lists them, and tests run over all of them.
pub const NAMES: &[&str] = &["if", "lif", "loihi", "truenorth", "ranc", "odin", "paicore", "cuba_lif"];

/// Models of which the reset is open: [`Params::reset`] says it.
pub const OPEN_RESETS: &[&str] = &["if", "lif"];

/// A neuron model with the parameters that its equations need beyond [`Params`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Model {
    /// Integrate and fire, no leak.
    If,
    /// Leaky integrate and fire.
    Lif {
        /// Share of the membrane lost per step, in 1/2^`bits`.
        decay: u32,
        /// How fine the decay is: [`DECAY_BITS`] (1/4096) to [`MAX_DECAY_BITS`].
        bits: u32,
    },
    /// Loihi's current-based leaky integrate and fire.
    Loihi {
        /// δu: share of the current lost per step is (δu + 1)/4096.
        current_decay: u32,
        /// δv: share of the membrane lost per step, in 1/4096.
        voltage_decay: u32,
        /// Time steps from a spike until the next is possible, at least 1.
        refractory: u8,
        /// Biases in files are shifted left by this.
        bias_exponent: u32,
        /// Low bits that each weight loses before it is added, rounded down.
        weight_shift: u32,
    },
    /// TrueNorth's neuron, deterministic modes.
    TrueNorth {
        /// Whether the leak pulls toward zero (or away from it) instead of one way.
        leak_reversal: bool,
        /// What happens below the floor.
        below: Below,
    },
    /// RANC's neuron.
    Ranc,
    /// ODIN's leaky integrate and fire.
    Odin {
        /// What a time reference event takes off the membrane.
        leak: u32,
    },
    /// Leaky integrate and fire with a synaptic current.
    Cuba {
        /// Share of the current lost per step, in 1/2^`bits`.
        current_decay: u32,
        /// Share of the membrane lost per step, in 1/2^`bits`.
        voltage_decay: u32,
        /// How fine the decays are: [`DECAY_BITS`] (1/4096) to [`MAX_DECAY_BITS`].
        bits: u32,
    },
    /// PAICORE's neuron, deterministic modes.
    Paicore {
        /// Whether the leak follows the membrane's sign.
        leak_reversal: bool,
        /// Whether the leak comes after the comparison with the threshold.
        leak_after_comparison: bool,
        /// What happens below the floor.
        below: Below,
    },
    /// The share of another neuron's inputs, in no file: made where a neuron is split.
    PartialSum {
        /// As [`Model::Loihi`] has it, of the neuron that was split.
        weight_shift: u32,
    },
}

/// What a spike does to the membrane of `if` and `lif`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reset {
    /// The membrane falls to zero.
    Zero,
    /// The membrane falls by the threshold.
    Subtract,
}

/// Names of [`Reset`] in files, in the order of its variants.
pub const RESETS: &[&str] = &["zero", "subtract"];

/// Parameters that the neurons of a population share.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Params {
    /// The equations.
    pub model: Model,
    /// What a spike does, in `if` and `lif`; other models have their own resets.
    pub reset: Reset,
    /// A membrane counts in 1/2^F weight units.
    pub fraction_bits: u32,
    /// Width of the membrane. Most models saturate there, at ±(2^(bits-1) - 1).
    pub membrane_bits: u32,
    /// Whether it fires at all; an output neuron only integrates.
    pub fires: bool,
}

impl Params {
    /// The model's name.
    pub fn name(&self) -> &'static str {
        match self.model {
            Model::If => "if",
            Model::Lif { .. } => "lif",
            Model::Loihi { .. } => "loihi",
            Model::TrueNorth { .. } => "truenorth",
            Model::Ranc => "ranc",
            Model::Odin { .. } => "odin",
            Model::Paicore { .. } => "paicore",
            Model::Cuba { .. } => "cuba_lif",
            Model::PartialSum { .. } => "partial sum",
        }
    }

    /// Whether it sends what it summed, and is no neuron of the network.
    pub fn sends_sums(&self) -> bool {
        matches!(self.model, Model::PartialSum { .. })
    }

    /// Low bits that each weight loses before it is added, rounded down; 0 of most models.
    pub fn weight_shift(&self) -> u32 {
        match self.model {
            Model::Loihi { weight_shift, .. } | Model::PartialSum { weight_shift } => weight_shift,
            _ => 0,
        }
    }

    /// Whether the model leaves its reset to [`Params::reset`].
    pub fn has_reset(&self) -> bool {
        OPEN_RESETS.contains(&self.name())
    }

    /// Whether it can integrate and fire with every packet, without waiting for a time step.
    pub fn is_event_driven(&self) -> bool {
        matches!(self.model, Model::If | Model::Lif { .. } | Model::Odin { .. })
    }

    /// Whether every clock edge is an event for it, at which it compares even where nothing changed.
    pub fn acts_on_edges(&self) -> bool {
        matches!(self.model, Model::Odin { .. })
    }

    /// Whether the membrane changes by itself from step to step.
    pub fn leaks(&self) -> bool {
        match self.model {
            Model::If | Model::Ranc | Model::TrueNorth { .. } | Model::Paicore { .. } | Model::PartialSum { .. } => {
                false
            }
            Model::Lif { decay, .. } => decay > 0,
            Model::Loihi { .. } | Model::Cuba { .. } => true,
            Model::Odin { leak } => leak > 0,
        }
    }

    /// The model and what sets it apart, in a report, as in `if (reset: subtract, fires at V >= threshold)`.
    pub fn describe(&self) -> String {
        let reset = RESETS[self.reset as usize];
        match self.model {
            Model::If => format!("if (reset: {reset}, fires at V >= threshold)"),
            Model::Lif { decay, bits } => {
                format!("lif (decay: {decay}/{}, reset: {reset}, fires at V >= threshold)", 1u32 << bits)
            }
            Model::Loihi { current_decay, voltage_decay, refractory, .. } => format!(
                "loihi (decays: {}/4096 and {voltage_decay}/4096, refractory: {refractory}, fires at V > threshold)",
                current_decay + 1
            ),
            Model::Cuba { current_decay, voltage_decay, bits } => {
                let of = 1u32 << bits;
                format!("cuba_lif (decays: {current_decay}/{of} and {voltage_decay}/{of}, fires at V >= threshold)")
            }
            Model::Odin { leak } => format!("odin (leak: {leak} a step, fires at V >= threshold)"),
            Model::TrueNorth { .. } | Model::Ranc | Model::Paicore { .. } => {
                format!("{} (fires at V >= threshold)", self.name())
            }
            Model::PartialSum { .. } => format!("{} (sends what it summed, if not zero)", self.name()),
        }
    }
}

/// Potentials and inputs of a slice of neurons in one time step; all slices are equally long.
#[derive(Debug)]
pub struct Soma<'a> {
    /// Membranes (membrane units).
    pub v: &'a mut [i32],
    /// Sums of arrived weights (weight units); zeroed by the call.
    pub input: &'a mut [i32],
    /// Drive of this step (membrane units).
    pub bias: &'a [i32],
    /// Thresholds (membrane units).
    pub threshold: &'a [i32],
    /// Receives the neurons that fired, ascending.
    pub fired: &'a mut Vec<Fired>,
}

/// State and inputs of a slice of neurons in one time step, in struct-of-arrays form.
#[derive(Debug)]
pub struct Lanes<'a> {
    /// What all models have.
    pub soma: Soma<'a>,
    /// Synaptic currents, of models that have them; else left alone.
    pub current: &'a mut [i32],
    /// Time steps in which the neuron still rests, of models that do; else left alone.
    pub resting: &'a mut [u8],
    /// Resets and floors by neuron, of the models that have them; else empty.
    pub traits: &'a [Traits],
}

/// A neuron that fired.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fired {
    /// Its position in the slice.
    pub neuron: u32,
    /// Neurons updated up to and with it, for the time at which it fired.
    pub updated: u64,
}

/// A neuron before its step.
#[derive(Clone, Copy)]
struct Now {
    v: i32,
    input: i32,
    bias: i32,
    threshold: i32,
}

/// A neuron after its step.
struct Next {
    v: i32,
    fired: bool,
}

/// Advances a slice of neurons by one time step and returns how many were updated.
///
/// A neuron is *updated* when its input, bias, membrane or current is not zero; the others are only accessed.
pub fn step(params: &Params, lanes: Lanes<'_>) -> u64 {
    match params.model {
        Model::If => integrate_and_fire::step(params, lanes.soma),
        Model::Lif { decay, bits } => leaky::step(params, (decay, bits), lanes.soma),
        Model::Loihi { current_decay, voltage_decay, refractory, .. } => {
            loihi::step(params, loihi::Rates { current_decay, voltage_decay, refractory }, lanes)
        }
        Model::TrueNorth { leak_reversal, below } => truenorth::step(params, (leak_reversal, below), lanes),
        Model::Ranc => ranc::step(params, lanes),
        Model::Cuba { current_decay, voltage_decay, bits: DECAY_BITS } => {
            cuba::step(params, (current_decay, voltage_decay), lanes, decayed)
        }
        Model::Cuba { current_decay, voltage_decay, bits } => {
            cuba::step(params, (current_decay, voltage_decay), lanes, |value, decay| finely_decayed(value, decay, bits))
        }
        Model::Odin { leak } => odin::step(params, leak, lanes.soma),
        Model::PartialSum { .. } => partial_sum::step(lanes.soma),
        Model::Paicore { leak_reversal, leak_after_comparison, below } => {
            paicore::step(params, paicore::Modes { leak_reversal, leak_after_comparison, below }, lanes)
        }
    }
}

/// Adds what one packet brought to a neuron of an event-driven model, at once; whether it fires.
#[inline]
pub fn arrive(params: &Params, v: &mut i32, input: i32, threshold: i32) -> bool {
    let now = Now { v: *v, input, bias: 0, threshold };
    let next = match params.model {
        Model::Odin { .. } => odin::event(params, now),
        _ => integrate_and_fire::integrate(params, now.v.into(), now),
    };
    *v = next.v;
    next.fired
}

/// Works through the neurons of a slice in order by a rule, and returns how many were updated; `state` says whether a
/// neuron holds more than its membrane.
#[inline(always)]
fn sweep(soma: Soma<'_>, mut rule: impl FnMut(usize, Now) -> (Next, bool)) -> u64 {
    let n = soma.v.len();
    // Reslicing to one length lets the compiler drop the bounds checks below.
    let (v, input) = (&mut soma.v[..n], &mut soma.input[..n]);
    let (bias, threshold) = (&soma.bias[..n], &soma.threshold[..n]);
    let mut updated = 0;
    for i in 0..n {
        let now = Now { v: v[i], input: input[i], bias: bias[i], threshold: threshold[i] };
        let (next, holds_more) = rule(i, now);
        updated += u64::from((now.v | now.input | now.bias) != 0 || holds_more);
        input[i] = 0;
        v[i] = next.v;
        if next.fired {
            soma.fired.push(Fired { neuron: i as u32, updated });
        }
    }
    updated
}

/// A number as a register of so many bits holds it, in two's complement.
#[inline]
fn wrap(value: i64, bits: u32) -> i64 {
    let spare = 64 - bits;
    (value << spare) >> spare
}

/// Bits of a decay where a file says none: shares lost are in 1/4096.
pub const DECAY_BITS: u32 = 12;
/// Most bits of a decay.
pub const MAX_DECAY_BITS: u32 = 24;

/// `value (2^bits - decay) / 2^bits`, of the magnitude, rounded to the nearest, halves up: what is lost in a step of a slow
/// leak is less than 1, and would be 1 if it was rounded toward zero.
#[inline]
fn finely_decayed(value: i32, decay: u32, bits: u32) -> i64 {
    let magnitude = i64::from(value.unsigned_abs()) * ((1i64 << bits) - i64::from(decay));
    i64::from(value.signum()) * ((magnitude + (1i64 << (bits - 1))) >> bits)
}

/// `value (4096 - decay) / 4096`, of the magnitude, rounded toward zero.
#[inline]
fn decayed(value: i32, decay: u32) -> i64 {
    i64::from(value) * i64::from(4096 - decay) / 4096
}
