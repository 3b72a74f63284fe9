//! Logarithms of the probabilities of classes after each frame, as arrays that `numpy.load` reads.

use super::npz::array;
use crate::net::Layered;
use crate::run::Inference;
use std::io;

/// Arrays of posteriors.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Posteriors {
    /// The log-softmax of the outputs' membranes in real units after each frame, by frame and class, of all sequences one after
    /// the other: the bytes of an `.npy` file of 64-bit numbers.
    pub values: Vec<u8>,
    /// The number of frames of each sequence: the bytes of an `.npy` file of 32-bit integers.
    pub lengths: Vec<u8>,
    /// The right class of each frame: the bytes of an `.npy` file of bytes.
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
        match (network.frames.are_read(), network.outputs_spike()) {
            (false, _) => {
                Some("the outputs are not read after each frame: \"frames\" needs \"readout\": \"every\" or \"frame\"")
            }
            (_, true) => Some("the outputs are numbers of spikes, not membranes"),
            _ => None,
        }
    }

    /// Those of inferences that kept their outputs.
    pub(super) fn of(network: &Layered, inferences: &[Inference]) -> io::Result<Self> {
        let classes = network.layers.last().map_or(1, |layer| layer.op.outputs());
        let (mut values, mut lengths, mut labels) = (Vec::new(), Vec::new(), Vec::new());
        for inference in inferences {
            let frames = inference.outputs.iter().flat_map(|outputs| outputs.frames.chunks_exact(classes));
            let before = values.len();
            for frame in frames {
                values.extend(log_softmax(frame.iter().map(|v| f64::from(*v) / network.output_scale)));
            }
            labels.extend(inference.frames.iter().map(|frame| frame.label));
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
