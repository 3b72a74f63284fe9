//! State of neurons in struct-of-arrays form, and the loop over it.

use super::traits::Traits;

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
    /// Receives the neurons that fired, ascending, each once for each of its spikes.
    pub fired: &'a mut Vec<Fired>,
}

/// State and inputs of a slice of neurons in one time step, in struct-of-arrays form.
#[derive(Debug)]
pub struct SomaLanes<'a> {
    /// The part that all models have.
    pub soma: Soma<'a>,
    /// Synaptic currents, for models that have them; otherwise unused.
    pub current: &'a mut [i32],
    /// Remaining refractory time steps, for models that have them; otherwise unused.
    pub resting: &'a mut [u8],
    /// Resets and floors by neuron, for models that have them; otherwise empty.
    pub traits: &'a [Traits],
}

/// A neuron that fired.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fired {
    /// Position in the slice.
    pub neuron: u32,
    /// Neurons updated up to and including it, for the time at which it fired.
    pub updated: u64,
}

/// A neuron before its step.
#[derive(Clone, Copy)]
pub(super) struct Now {
    pub(super) v: i32,
    pub(super) input: i32,
    pub(super) bias: i32,
    pub(super) threshold: i32,
}

/// A neuron after its step.
pub(super) struct Next {
    pub(super) v: i32,
    pub(super) fired: bool,
}

/// Processes the neurons of a slice in order by a rule, and returns how many were updated; `state` says whether a
/// neuron has state other than its membrane.
#[inline(always)]
pub(super) fn sweep(soma: Soma<'_>, mut rule: impl FnMut(usize, Now) -> (Next, bool)) -> u64 {
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

/// A number as stored in a register of `bits` bits, in two's complement.
#[inline]
pub(super) fn wrap(value: i64, bits: u32) -> i64 {
    let spare = 64 - bits;
    (value << spare) >> spare
}

/// Default bits of a decay: shares lost are in 1/4096.
pub const DECAY_BITS: u32 = 12;
/// Most bits of a decay.
pub const MAX_DECAY_BITS: u32 = 24;

/// `value (2^bits - decay) / 2^bits`, of the magnitude, rounded to the nearest, halves up: the loss in a step of a slow
/// leak is less than 1, and would be 1 if the result was rounded toward zero.
#[inline]
pub(super) fn finely_decayed(value: i32, decay: u32, bits: u32) -> i64 {
    let magnitude = i64::from(value.unsigned_abs()) * ((1i64 << bits) - i64::from(decay));
    i64::from(value.signum()) * ((magnitude + (1i64 << (bits - 1))) >> bits)
}

/// `value (4096 - decay) / 4096`, of the magnitude, rounded toward zero.
#[inline]
pub(super) fn decayed(value: i32, decay: u32) -> i64 {
    i64::from(value) * i64::from(4096 - decay) / 4096
}
