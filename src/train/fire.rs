//! From currents to outputs of neurons: spikes in the spiking branch, activations in the twin.

use super::network::TrainNetwork;
use super::norm::Affine;
use crate::net::architecture::Activation;
use multiversion::multiversion;

/// Drive of the neurons of a layer.
#[derive(Clone, Copy, Debug)]
pub(super) struct LayerDrive {
    pub(super) steps: usize,
    pub(super) threshold: f32,
    pub(super) leak: f32,
    activation: Activation,
    encodes: bool,
}

/// Some samples of a layer: currents in one row a sample, or one a step; spikes of a residual addition; and the output.
pub(super) struct Block<'a> {
    pub(super) currents: &'a [f32],
    pub(super) rows: usize,
    pub(super) skip: Option<&'a [u8]>,
    pub(super) spikes: &'a mut [u8],
    pub(super) counts: &'a mut [f32],
}

impl LayerDrive {
    /// Drive of the layer at that position.
    pub(super) fn before(network: &TrainNetwork, layer: usize) -> Self {
        let TrainNetwork { steps, activation, .. } = *network;
        let (threshold, leak) = (network.hidden[layer].threshold(), network.hidden[layer].leak());
        Self { steps, threshold, leak, activation, encodes: network.encodes(layer) }
    }

    /// The same over that many frames, in each of which it has its steps.
    pub(super) fn over(self, frames: usize) -> Self {
        Self { steps: self.steps * frames, ..self }
    }

    /// From a whole inference's ratio and shift to those of a step.
    pub(super) fn per_step(&self, affine: Affine, same_in_all_steps: bool) -> Affine {
        let share = 1.0 / self.steps as f32;
        debug_assert!(same_in_all_steps == self.encodes, "only the encoding layer is driven alike in all steps");
        let ratio = if self.encodes { share } else { 1.0 };
        Affine {
            ratio: affine.ratio.iter().map(|r| r * ratio).collect(),
            shift: affine.shift.iter().map(|s| s * share).collect(),
        }
    }

    /// Initial membrane.
    pub(super) fn start(&self) -> f32 {
        match self.activation {
            Activation::Relu => 0.0,
            Activation::Qcfs => self.threshold / 2.0,
        }
    }
}

/// Integrates, fires and subtracts, step by step.
#[multiversion(targets("x86_64+avx512f+avx512vl+avx512bw+avx512dq", "x86_64+avx2"))]
pub(super) fn fire(affine: &Affine, drive: LayerDrive, outputs: usize, block: Block<'_>) {
    let LayerDrive { steps, threshold, .. } = drive;
    let Block { currents, rows, skip, spikes, counts } = block;
    let samples = currents.chunks(rows * outputs).zip(spikes.chunks_mut(steps * outputs));
    let mut membrane = vec![0.0; outputs];
    let mut added = vec![0.0; if skip.is_some() { outputs } else { 0 }];
    for (sample, ((currents, spikes), counts)) in samples.zip(counts.chunks_mut(outputs)).enumerate() {
        membrane.fill(drive.start());
        counts.fill(0.0);
        for (step, spikes) in spikes.chunks_mut(outputs).enumerate() {
            let currents = &currents[if rows == 1 { 0 } else { step * outputs }..][..outputs];
            if let Some(skip) = skip {
                let skip = &skip[(sample * steps + step) * outputs..][..outputs];
                added.iter_mut().zip(skip).for_each(|(sum, spike)| *sum = threshold * f32::from(*spike));
            }
            integrate(affine, drive, currents, &added, &mut membrane, spikes, counts);
        }
    }
}

/// One time step of one sample.
#[inline(always)]
fn integrate(
    affine: &Affine,
    drive: LayerDrive,
    currents: &[f32],
    added: &[f32],
    membrane: &mut [f32],
    spikes: &mut [u8],
    counts: &mut [f32],
) {
    let (channels, LayerDrive { threshold, leak, .. }) = (affine.ratio.len(), drive);
    if !added.is_empty() {
        // Before the leak, so that it does not reduce the addition: V = λ (V + a/λ) + ...
        membrane.iter_mut().zip(added).for_each(|(v, added)| *v += added / leak);
    }
    let places = currents.chunks_exact(channels).zip(membrane.chunks_exact_mut(channels));
    let places = places.zip(spikes.chunks_exact_mut(channels).zip(counts.chunks_exact_mut(channels)));
    for ((currents, membrane), (spikes, counts)) in places {
        let neurons = currents.iter().zip(membrane).zip(spikes.iter_mut().zip(counts));
        for (((current, v), (spike, count)), (ratio, shift)) in neurons.zip(affine.ratio.iter().zip(&affine.shift)) {
            let charged = leak * *v + (ratio * current + shift);
            let fires = charged >= threshold;
            *spike = u8::from(fires);
            *count += if fires { 1.0 } else { 0.0 };
            *v = if fires { charged - threshold } else { charged };
        }
    }
}

/// The twin's activations, in units of spikes.
pub(super) fn activate(
    affine: &Affine,
    drive: LayerDrive,
    sums: &[f32],
    skip: Option<&[f32]>,
    activations: &mut [f32],
) {
    let channels = affine.ratio.len();
    for (index, (sums, activations)) in sums.chunks(channels).zip(activations.chunks_mut(channels)).enumerate() {
        for (channel, (u, a)) in sums.iter().zip(activations).enumerate() {
            let added = skip.map_or(0.0, |counts| drive.threshold * counts[index * channels + channel]);
            let z = (affine.ratio[channel] * u + affine.shift[channel] + added) / drive.threshold;
            *a = match drive.activation {
                Activation::Relu => z.max(0.0),
                Activation::Qcfs => (z + 0.5).floor().clamp(0.0, drive.steps as f32),
            };
        }
    }
}
