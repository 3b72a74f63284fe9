//! The real network of an imported one, on samples: the class that it gives, for comparison with the integers.

use super::float;
use super::import::{Draft, ImportError};
use super::layers::{Lowered, Projection};
use crate::json::Problem;
use crate::net::SparseNetwork;
use crate::net::samples::Classifier;

/// A graph in real numbers that names the class of samples as an integer network does.
#[derive(Clone, Debug)]
pub struct RealClassifier {
    /// With currents: without the synapses of the input.
    lowered: Lowered,
    /// Drives of the layers without samples.
    drives: Vec<Vec<f64>>,
    /// With currents: the synapses of the input.
    removed: Vec<Projection>,
    output: usize,
    time_steps: u32,
    /// Currents are rounded to multiples of this, where the file says so.
    current_step: Option<f64>,
}

impl Draft {
    /// The real network for the samples of a classifier, which was made of `network`.
    ///
    /// # Errors
    /// A network that this graph does not become, and one whose outputs are not one layer.
    pub fn real(&self, network: &SparseNetwork, classifier: &Classifier) -> Result<RealClassifier, ImportError> {
        self.becomes(&network.graph)?;
        let mut lowered = self.lowered().clone();
        let [output] = lowered.outputs[..] else {
            let message = format!("the graph has {} outputs, and one names the class", lowered.outputs.len());
            return Err(ImportError::NotCovered(vec![Problem { path: String::new(), message }]));
        };
        let mut removed = Vec::new();
        if classifier.is_driven() {
            let is_input = |projection: &Projection| lowered.layers[projection.from].somas.is_none();
            let (of_input, others) = std::mem::take(&mut lowered.projections).into_iter().partition(is_input);
            (removed, lowered.projections) = (of_input, others);
        }
        let drives = lowered.layers.iter().map(|layer| layer.somas.as_ref().map_or(Vec::new(), |s| s.drive.clone()));
        let (drives, time_steps, current_step) =
            (drives.collect(), classifier.time_steps(), self.current_step_in_file());
        Ok(RealClassifier { lowered, drives, removed, output, time_steps, current_step })
    }
}

impl RealClassifier {
    /// The class of a sample with its number.
    pub fn class(&mut self, classifier: &Classifier, number: u64, sample: &[u8]) -> usize {
        if let Some(scale) = classifier.full_scale().filter(|_| classifier.is_driven()) {
            self.drive(sample, f64::from(scale));
        }
        let spikes = classifier.spikes(number, sample);
        let run = float::run_layers(&self.lowered, &[spikes], self.time_steps, |_| {});
        let first_of_largest = |values: &mut dyn Iterator<Item = f64>| {
            let best =
                |best: (usize, f64), (class, value): (usize, f64)| if value > best.1 { (class, value) } else { best };
            values.enumerate().fold((0, f64::NEG_INFINITY), best).0
        };
        let fires = self.lowered.layers[self.output].somas.as_ref().is_some_and(|somas| somas.threshold.is_some());
        match fires {
            true => first_of_largest(&mut run.counts[self.output].iter().map(|count| f64::from(*count))),
            false => first_of_largest(&mut run.potentials[self.output].iter().copied()),
        }
    }

    /// Sets the drives to those with the currents of a sample.
    fn drive(&mut self, sample: &[u8], scale: f64) {
        for (layer, drive) in self.lowered.layers.iter_mut().zip(&self.drives) {
            if let Some(somas) = &mut layer.somas {
                somas.drive.clone_from(drive);
            }
        }
        for projection in &self.removed {
            let Some(somas) = &mut self.lowered.layers[projection.to].somas else { continue };
            for (source, value) in sample.iter().enumerate() {
                for weight in projection.matrix.row(source) {
                    somas.drive[weight.to as usize] += weight.value * f64::from(*value) / scale;
                }
            }
            if let Some(step) = self.current_step {
                // Half up; what is half of a step but for the last bits of a sum is half.
                somas.drive.iter_mut().for_each(|drive| *drive = (*drive / step + 0.5 + 1e-9).floor() * step);
            }
        }
    }
}
