//! Sizes of the integers of each neuron: its scale, and the fractional bits of its membrane.
//!
//! ```text
//! S_i = (2^(weight bits - 1) - 1) / max |w| into neuron i       units of a weight; less if the membrane lacks room
//! U_i = S_i 2^F                                                 units of the membrane
//! ```
//!
//! A membrane has room for the largest sum of all synapses over the steps of the run: as the leak leaves it, or steps
//! times input without a leak; above a threshold that resets, only for the input on top of it. If that is too coarse
//! for its leak and its drive, it has room for [`MARGIN`] times the peak of the real run on the given spikes, and the
//! caller counts saturated steps. F is the same for a layer, so that its neurons stay together. Neurons that never fire
//! have one U, because their potentials are compared; those with small weights then get fewer fractional bits.

use super::super::discrete::Somas;
use super::super::layers::Lowered;
use super::bits::Bits;
use super::decays::LayerLeaks;
use crate::net::neuron::Reset;
use crate::net::quantised::membrane_max;

/// Most fractional bits of a file.
const MAX_FRACTION_BITS: u32 = 12;
/// Room as a multiple of the peak in real numbers.
const MARGIN: f64 = 4.0;
/// Usable part of a membrane; the rest is for rounding.
const FULL: f64 = 15.0 / 16.0;
/// Rounding over a run should be at most 1/256 of a threshold.
const FINENESS: f64 = 256.0;
/// Limit of weights, as a multiple of the least one that fires a neuron from any potential.
const OVER: f64 = 33.0 / 32.0;

/// The sizes of a layer's integers, by neuron.
#[derive(Default)]
pub(super) struct Sizes {
    /// Fractional bits.
    pub(super) fraction: Vec<u32>,
    /// Weight units per unit of potential.
    pub(super) scale: Vec<f64>,
    /// Limits of weights; a larger weight has the same effect.
    pub(super) most: Vec<f64>,
    /// Whether nothing that can arrive in the steps of the run brings the neuron to its threshold.
    pub(super) silent: Vec<bool>,
}

impl Sizes {
    /// Membrane units per unit of potential.
    pub(super) fn units(&self, i: usize) -> f64 {
        self.scale[i] * f64::from(1u32 << self.fraction[i])
    }
}

/// Needs of a neuron, in units of potential.
#[derive(Clone, Copy, Debug, Default)]
struct WeightNeed {
    /// Largest weight.
    weight: f64,
    /// Most membrane units per unit of potential for which there is room.
    room: f64,
    /// Fewest units for which rounding stays small.
    fine: f64,
    /// Whether it never reaches its threshold: then its potential matters to nobody.
    silent: bool,
}

/// Sum that is left of `steps` inputs of 1 at the end.
fn lasting(keep: f64, steps: u32) -> f64 {
    let (lost, steps) = (1.0 - keep, f64::from(steps));
    if lost <= 0.0 { steps } else { ((1.0 - keep.powf(steps)) / lost).min(steps) }
}

/// Inputs of a neuron in a step.
#[derive(Clone, Copy, Debug, Default)]
struct Inputs {
    up: f64,
    down: f64,
    largest: f64,
}

fn inputs(net: &Lowered, layer: usize, ratio: &[f64], most: &[f64]) -> Vec<Inputs> {
    let mut all = vec![Inputs::default(); ratio.len()];
    for weight in net.incoming(layer) {
        let i = weight.to as usize;
        let (value, inputs) = ((weight.value * ratio[i]).min(most[i]), &mut all[i]);
        if value > 0.0 {
            inputs.up += value
        } else {
            inputs.down -= value
        }
        inputs.largest = inputs.largest.max(value.abs());
    }
    all
}

/// Steps over which a neuron's current and potential keep their inputs.
fn memory(somas: &Somas, i: usize, steps: u32) -> (f64, f64) {
    let current = somas.current_keep.as_ref().map_or(1.0, |keep| lasting(keep[i], steps));
    (current, lasting(somas.keep[i], steps))
}

/// Largest negative potential, as a magnitude.
fn lowest(somas: &Somas, i: usize, (inputs, drive): (Inputs, f64), steps: u32) -> f64 {
    let (current, potential) = memory(somas, i, steps);
    let down = (inputs.down - drive).max(0.0) * current * potential;
    let threshold = somas.threshold.as_ref().map_or(0.0, |all| all[i]);
    let reset_by = somas.reset_by.as_ref().map_or(0.0, |all| (all[i] - threshold).max(0.0));
    down + (-somas.start[i]).max(0.0) + (-somas.reset_to[i]).max(0.0) + reset_by
}

/// Limits of weights: one that fires a neuron from any potential need not be larger, as the reset is to a fixed value.
/// No limit if a spike subtracts, or if a current keeps its input.
fn most(somas: &Somas, inputs: &[Inputs], ratio: &[f64], steps: u32) -> Vec<f64> {
    let resets = somas.reset == Reset::Zero && somas.current_keep.is_none();
    let most = |i: usize| match &somas.threshold {
        Some(threshold) if resets && threshold[i] > 0.0 => {
            (threshold[i] + lowest(somas, i, (inputs[i], somas.drive[i] * ratio[i]), steps)) * OVER
        }
        _ => f64::INFINITY,
    };
    (0..somas.len()).map(most).collect()
}

fn need(
    somas: &Somas,
    i: usize,
    (inputs, drive): (Inputs, f64),
    steps: u32,
    bits: Bits,
    peak: Option<f64>,
) -> WeightNeed {
    let (current, potential) = memory(somas, i, steps);
    let entered = (inputs.up + drive).max(0.0) * current;
    let highest = entered * potential + somas.start[i].max(0.0);
    let threshold = somas.threshold.as_ref().map(|all| all[i].max(0.0));
    let silent = threshold.is_some_and(|threshold| threshold > highest * OVER);
    let threshold = threshold.filter(|_| !silent);
    let up = match threshold {
        None => highest,
        Some(threshold) if somas.reset == Reset::Zero => threshold + entered,
        Some(threshold) => threshold + entered + (entered - threshold).max(0.0) * potential,
    };
    let reset_by = somas.reset_by.as_ref().filter(|_| !silent).map_or(0.0, |all| all[i]);
    let still = somas.start[i].abs().max(somas.reset_to[i].abs()).max(reset_by).max(threshold.unwrap_or(0.0));
    let worst = up.max(lowest(somas, i, (inputs, drive), steps)).max(still);
    let leaks = somas.keep[i] < 1.0 && somas.keep[i] > 0.0;
    let current_leaks = somas.current_keep.as_ref().is_some_and(|keep| keep[i] < 1.0 && keep[i] > 0.0);
    // A leak loses at most a unit per step, and a drive is off by at most half a unit.
    let rounding = 1.0
        + if leaks { potential / 2.0 } else { 0.0 }
        + if current_leaks { current * potential / 2.0 } else { 0.0 }
        + if drive != 0.0 { current * potential / 2.0 } else { 0.0 };
    let against = threshold.filter(|threshold| *threshold > 0.0);
    let against = against.unwrap_or(peak.unwrap_or(0.0).max(inputs.largest).max(drive.abs()));
    let holds = f64::from(membrane_max(bits.membrane)) * FULL;
    let fine = FINENESS * rounding / against.max(f64::MIN_POSITIVE);
    let mut room = if worst > 0.0 { holds / worst } else { holds };
    if silent {
        return WeightNeed { weight: inputs.largest, room, fine: 0.0, silent };
    }
    if let Some(peak) = peak.filter(|_| room < fine) {
        let likely = holds / (MARGIN * peak).max(still).max(inputs.up).max(inputs.down);
        room = room.max(likely.min(fine));
    }
    WeightNeed { weight: inputs.largest, room, fine, silent }
}

/// The sizes of a layer with its decays; `peaks` are those of the real run.
pub(super) fn sizes(
    net: &Lowered,
    layer: usize,
    (somas, leaks): (&Somas, &LayerLeaks),
    (bits, steps): (Bits, u32),
    peaks: Option<&[f64]>,
) -> Sizes {
    let (ratio, drives) = (leaks.of_weights.as_slice(), leaks.ratio.as_slice());
    let unlimited = vec![f64::INFINITY; ratio.len()];
    let most = most(somas, &inputs(net, layer, ratio, &unlimited), drives, steps);
    let inputs = inputs(net, layer, ratio, &most);
    let need = |i: usize| {
        let peak = peaks.map(|peaks| peaks[i]).filter(|peak| *peak > 0.0);
        need(somas, i, (inputs[i], somas.drive[i] * drives[i]), steps, bits, peak)
    };
    let needs: Vec<WeightNeed> = (0..somas.len()).map(need).collect();
    let largest = f64::from((1 << (bits.weight - 1)) - 1);
    let weights = NeuronWeights::of(net, layer, ratio, (&most, largest));
    let (fraction, scale) = match somas.threshold {
        Some(_) => {
            let (fraction, mut scale) = by_neuron(&needs, largest);
            for (i, scale) in scale.iter_mut().enumerate() {
                *scale = weights.suits(i, *scale, needs[i].weight, largest);
            }
            (fraction, scale)
        }
        None => {
            let (fraction, mut scale) = by_layer(&needs, largest);
            let heaviest = needs.iter().map(|need| need.weight).fold(0.0, f64::max);
            // Powers of two.
            let share: Vec<f64> =
                scale.iter().map(|scale| (heaviest * scale / largest).log2().round().exp2()).collect();
            if scale.iter().zip(&share).all(|(scale, share)| is_whole(*scale, heaviest, largest * share)) {
                let whole = weights.best(share.iter().copied().enumerate(), heaviest, largest);
                scale.iter_mut().zip(&share).for_each(|(scale, share)| *scale = whole / heaviest * share);
            }
            (fraction, scale)
        }
    };
    Sizes { fraction, scale, most, silent: needs.iter().map(|need| need.silent).collect() }
}

/// Whether a scale makes the heaviest weight this large, and is not limited by the room.
fn is_whole(scale: f64, heaviest: f64, largest: f64) -> bool {
    heaviest > 0.0 && (scale * heaviest - largest).abs() <= 1e-9 * largest
}

/// The weights of neurons, to find scales at which they are nearly whole.
struct NeuronWeights {
    /// By neuron; `None` if there are many.
    few: Vec<Option<Vec<f64>>>,
    /// The scale of the heaviest weight of the layer.
    scale: f64,
    /// By neuron: whether all its weights are integers at that scale, as they are if they were quantised before.
    whole: Vec<bool>,
}

/// Most weights that are few.
const FEW: usize = 64;
/// Tolerance (weight units) for a weight that was an integer before it was written in 32 bits.
const WHOLE: f64 = 1e-3;

impl NeuronWeights {
    fn of(net: &Lowered, layer: usize, ratio: &[f64], (most, largest): (&[f64], f64)) -> Self {
        let value = |weight: &super::super::matrix::Weight| weight.value * ratio[weight.to as usize];
        let heaviest = net.incoming(layer).map(|weight| value(weight).abs()).fold(0.0, f64::max);
        let scale = if heaviest > 0.0 { largest / heaviest } else { 1.0 };
        let mut few: Vec<Option<Vec<f64>>> = vec![Some(Vec::new()); ratio.len()];
        let mut whole = vec![true; ratio.len()];
        for weight in net.incoming(layer) {
            let (i, value) = (weight.to as usize, value(weight));
            // Any value above the limit has the same effect.
            let (units, rounded) = (value * scale, (value * scale).round());
            whole[i] &= value > most[i] || value == 0.0 || (rounded != 0.0 && (units - rounded).abs() <= WHOLE);
            let Some(weights) = &mut few[i] else { continue };
            weights.push(value.min(most[i]));
            if weights.len() > FEW {
                few[i] = None;
            }
        }
        Self { few, scale, whole }
    }

    /// The scale of a neuron that suits its weights best; `scale` is that of its heaviest weight or of its room.
    fn suits(&self, i: usize, scale: f64, heaviest: f64, largest: f64) -> f64 {
        if self.whole[i] && self.scale <= scale {
            return self.scale;
        }
        match is_whole(scale, heaviest, largest) {
            true => self.best([(i, 1.0)], heaviest, largest) / heaviest,
            false => scale,
        }
    }

    /// The best integer for the heaviest weight, from half the largest to the largest: it minimises the rounding of
    /// all. Weights are multiplied by their neuron's share.
    fn best(&self, neurons: impl IntoIterator<Item = (usize, f64)>, heaviest: f64, largest: f64) -> f64 {
        let mut weights = Vec::new();
        for (i, share) in neurons {
            let Some(of) = &self.few[i] else { return largest };
            weights.extend(of.iter().map(|weight| weight * share));
            if weights.len() > FEW * FEW {
                return largest;
            }
        }
        let mut best = (f64::INFINITY, largest);
        let mut whole = largest;
        while whole >= (largest / 2.0).max(1.0) {
            let scale = whole / heaviest;
            let off = |weight: &f64| (weight - (weight * scale).round() / scale).powi(2);
            let sum: f64 = weights.iter().map(off).sum();
            // A small gain is not worth a coarser membrane.
            if sum < best.0 * 0.99 {
                best = (sum, whole);
            }
            whole -= 1.0;
        }
        best.1
    }
}

/// Scales of neurons that fire, one each, with the fractional bits that suit most of them.
fn by_neuron(needs: &[WeightNeed], largest: f64) -> (Vec<u32>, Vec<f64>) {
    let scale = |need: &WeightNeed, fraction: u32| {
        let whole = f64::from(1u32 << fraction);
        // Without synapses only the room limits it.
        let by_weight = if need.weight > 0.0 { largest / need.weight } else { f64::INFINITY };
        by_weight.min(need.room / whole)
    };
    let loss = |need: &WeightNeed, fraction: u32| {
        let scale = scale(need, fraction);
        let short = (need.fine / (scale * f64::from(1u32 << fraction))).log2().max(0.0);
        let coarse = if need.weight > 0.0 { (largest / (need.weight * scale)).log2().max(0.0) } else { 0.0 };
        (short * short + coarse * coarse).min(1e6)
    };
    let mut best = (f64::INFINITY, 0);
    for fraction in 0..=MAX_FRACTION_BITS {
        let sum: f64 = needs.iter().map(|need| loss(need, fraction)).sum();
        if sum <= best.0 {
            best = (sum, fraction);
        }
    }
    (vec![best.1; needs.len()], needs.iter().map(|need| scale(need, best.1)).collect())
}

/// One membrane unit for all neurons of a layer, with fewer fractional bits for neurons with small weights: in steps of
/// two bits, so that most layers stay one population.
fn by_layer(needs: &[WeightNeed], largest: f64) -> (Vec<u32>, Vec<f64>) {
    let room = needs.iter().map(|need| need.room).fold(f64::INFINITY, f64::min);
    let weight = needs.iter().map(|need| need.weight).fold(0.0, f64::max);
    if weight == 0.0 {
        return (vec![0; needs.len()], vec![if room.is_finite() { room } else { 1.0 }; needs.len()]);
    }
    let finest = (room * weight / largest).log2().floor().clamp(0.0, f64::from(MAX_FRACTION_BITS));
    let units = room.min(largest / weight * finest.exp2());
    let fraction = |need: &WeightNeed| {
        let smaller = if need.weight > 0.0 { (weight / need.weight).log2() } else { 0.0 };
        (finest - 2.0 * (smaller / 2.0).floor()).max(0.0) as u32
    };
    let fraction: Vec<u32> = needs.iter().map(fraction).collect();
    let scale = fraction.iter().map(|bits| units / f64::from(1u32 << bits)).collect();
    (fraction, scale)
}
