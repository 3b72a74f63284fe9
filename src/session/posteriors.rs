//! Logarithms of the probabilities of classes after each frame or sample, as arrays that `numpy.load` reads.

use super::npz::array;
use crate::net::Layered;
use crate::net::architecture::Target;
use crate::net::samples::OutputValues;
use crate::run::Inference;
use std::io;

/// Arrays of posteriors.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Posteriors {
    /// The log-softmax of the outputs' membranes in real units, by read-out and class, of all samples one after the other: the
    /// bytes of an `.npy` file of 64-bit numbers. Outputs are read after each frame, or once for a sample.
    pub values: Vec<u8>,
    /// The number of read-outs of each sample: the bytes of an `.npy` file of 32-bit integers.
    pub lengths: Vec<u8>,
    /// The right class at each read-out: the bytes of an `.npy` file of bytes.
    pub labels: Vec<u8>,
}

/// The log-softmax of values.
fn log_softmax(values: impl Iterator<Item = f64> + Clone) -> impl Iterator<Item = f64> {
    let most = values.clone().fold(f64::NEG_INFINITY, f64::max);
    let sum: f64 = values.clone().map(|value| (value - most).exp()).sum();
    values.map(move |value| value - most - sum.ln())
}

impl Posteriors {
    /// Why a network has none, if it has none.
    pub fn lacking(network: &Layered) -> Option<&'static str> {
        match (network.target, network.outputs_spike()) {
            (Target::Label, false) => None,
            (Target::Label, true) => Some("the outputs are numbers of spikes, not membranes"),
            _ => Some("the outputs are values, not classes"),
        }
    }

    /// Those of inferences that kept their outputs.
    pub(super) fn of<'a>(network: &Layered, inferences: &'a [Inference]) -> io::Result<Self> {
        let classes = network.layers.last().map_or(1, |layer| layer.op.outputs());
        let (mut values, mut lengths, mut labels) = (Vec::new(), Vec::new(), Vec::new());
        for inference in inferences {
            let read_out = |outputs: &'a OutputValues| match network.frames.are_read() {
                true => &outputs.frames,
                false => &outputs.membranes,
            };
            let before = values.len();
            for read in inference.outputs.iter().flat_map(|outputs| read_out(outputs).chunks_exact(classes)) {
                values.extend(log_softmax(read.iter().map(|v| f64::from(*v) / network.output_scale)));
            }
            match network.frames.are_read() {
                true => labels.extend(inference.frames.iter().map(|frame| frame.label)),
                false => labels.push(inference.label),
            }
            lengths.push(((values.len() - before) / classes) as u32);
        }
        let shape = [(values.len() / classes) as u64, classes as u64];
        Ok(Self {
            values: array(&shape, &values)?,
            lengths: array(&[lengths.len() as u64], &lengths)?,
            labels: array(&[labels.len() as u64], &labels)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn probabilities_add_up_to_one_and_large_values_do_not_overflow() {
        for values in [[1.0, 2.0, 3.0], [-1e6, 0.0, 1e6], [0.0; 3]] {
            let found: Vec<f64> = log_softmax(values.into_iter()).collect();
            assert!((found.iter().map(|value| value.exp()).sum::<f64>() - 1.0).abs() < 1e-12, "{found:?}");
        }
        let found: Vec<f64> = log_softmax([0.0, 3.0f64.ln()].into_iter()).collect();
        assert!((found[0] - 0.25f64.ln()).abs() < 1e-12 && (found[1] - 0.75f64.ln()).abs() < 1e-12);
    }
}
