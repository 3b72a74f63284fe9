//! The gradient of a layer's counts through the steps of that layer.
//!
//! ```text
//! V[t] = λ R[t-1] + r i[t] + b + θ s'[t]       the membrane before it fires, as the forward pass has it
//! s[t] = 1 where V[t] >= θ;  R[t] = V[t] - θ s[t];  c = sum of s[t]
//! ds/dV := 1/θ where |V - θ| < 0.2 θ, else 0   the surrogate
//! G[t] = dL/dc ds/dV[t] + G[t+1] λ (1 - θ ds/dV[t])
//! dL/di[t] = r G[t]
//! ```

use crate::train::fire::LayerDrive;
use crate::train::norm::Affine;

/// Half the width of the surrogate, in thresholds.
pub(super) const HALF_WIDTH: f32 = 0.2;

/// Some samples of a layer: currents in one row a sample, or one a step; spikes of a residual addition; the output, and
/// the teacher's activations.
pub(super) struct Teaching<'a> {
    pub(super) currents: &'a [f32],
    pub(super) rows: usize,
    pub(super) skip: Option<&'a [u8]>,
    pub(super) counts: &'a [f32],
    pub(super) teacher: &'a [f32],
    /// The teacher's activation that corresponds to T spikes.
    pub(super) full: f32,
    /// Counts of the whole batch: the loss is their mean.
    pub(super) values: usize,
    /// Gradients of the currents.
    pub(super) gradient: &'a mut [f32],
    /// Receives the sums of the gradients of the biases by channel, and of the loss.
    pub(super) sums: &'a mut [f64],
}

/// Gradients of a block's currents and biases, and its loss.
pub(super) fn teach(affine: &Affine, drive: LayerDrive, outputs: usize, task: Teaching<'_>) {
    let Teaching { currents, rows, skip, counts, teacher, full, values, gradient, sums } = task;
    let (steps, channels) = (drive.steps, affine.ratio.len());
    let mut membranes = vec![0f32; steps * outputs];
    let samples = currents.chunks(rows * outputs).zip(gradient.chunks_mut(rows * outputs));
    let taught = counts.chunks(outputs).zip(teacher.chunks(outputs));
    for (sample, ((currents, gradient), (counts, teacher))) in samples.zip(taught).enumerate() {
        let skip = skip.map(|skip| &skip[sample * steps * outputs..][..steps * outputs]);
        charge(affine, drive, outputs, currents, skip, &mut membranes);
        gradient.fill(0.0);
        for neuron in 0..outputs {
            let channel = neuron % channels;
            let wanted = (teacher[neuron] / full).clamp(0.0, 1.0);
            let error = counts[neuron] / steps as f32 - wanted;
            sums[channels] += f64::from(error) * f64::from(error) / values as f64;
            let of_count = (2.0 * f64::from(error) / (steps as f64 * values as f64)) as f32;
            let (mut of_membrane, mut sum) = (0f32, 0f32);
            for step in (0..steps).rev() {
                let slope = surrogate(drive, membranes[step * outputs + neuron]);
                of_membrane = of_count * slope + of_membrane * drive.leak * (1.0 - drive.threshold * slope);
                sum += of_membrane;
                let row = if rows == 1 { 0 } else { step };
                gradient[row * outputs + neuron] += affine.ratio[channel] * of_membrane;
            }
            // A bias is spread over the steps.
            sums[channel] += f64::from(sum) / steps as f64;
        }
    }
}

fn surrogate(drive: LayerDrive, membrane: f32) -> f32 {
    let near = (membrane - drive.threshold).abs() < HALF_WIDTH * drive.threshold;
    if near { 1.0 / drive.threshold } else { 0.0 }
}

/// The membranes of a sample before they fire, by the operations of the forward pass in their order.
fn charge(
    affine: &Affine,
    drive: LayerDrive,
    outputs: usize,
    currents: &[f32],
    skip: Option<&[u8]>,
    membranes: &mut [f32],
) {
    let (channels, LayerDrive { threshold, leak, steps, .. }) = (affine.ratio.len(), drive);
    let mut left = vec![drive.start(); outputs];
    for step in 0..steps {
        let currents = &currents[if currents.len() == outputs { 0 } else { step * outputs }..][..outputs];
        for neuron in 0..outputs {
            let channel = neuron % channels;
            let mut before = left[neuron];
            if let Some(skip) = skip {
                before += threshold * f32::from(skip[step * outputs + neuron]) / leak;
            }
            let charged = leak * before + (affine.ratio[channel] * currents[neuron] + affine.shift[channel]);
            membranes[step * outputs + neuron] = charged;
            left[neuron] = if charged >= threshold { charged - threshold } else { charged };
        }
    }
}
