//! Test samples in the caller's memory, read for the network that runs on them.

use super::error::{Error, OptionField};
use super::workload::{classifier_steps, layered_steps};
use crate::data::{Dataset, MemoryArray};
use crate::net::architecture::Shape;
use crate::net::{Architecture, SparseNetwork, Trained};

/// The value that stands for 1.0, where nothing gives another.
const FULL_SCALE: u32 = 255;

/// An array of the caller.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GivenArray {
    /// Its header as in an `.npy` file: `{'descr': '<f4', 'fortran_order': False, 'shape': (3, 4)}`.
    pub header: String,
    /// Its elements, as they follow the header in a file.
    pub bytes: Vec<u8>,
}

impl GivenArray {
    /// The array with a name for messages.
    pub fn named<'a>(&'a self, name: &'a str) -> MemoryArray<'a> {
        MemoryArray { name, header: &self.header, bytes: &self.bytes }
    }
}

/// Test samples in the caller's memory, with their labels.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GivenData {
    /// One array of all samples, or a recording of events for each.
    pub samples: Vec<GivenArray>,
    /// Whether the samples are recordings of events.
    pub recordings: bool,
    /// Classes.
    pub labels: GivenArray,
    /// The value that stands for 1.0; by default the one that the network was trained with, else 255.
    pub full_scale: Option<u32>,
    /// Width and height of the sensor of recordings; by default those of the network's input.
    pub sensor: Option<[u32; 2]>,
}

/// What a network takes as samples.
struct Takes {
    /// Shape of a sample, if the network knows it.
    shape: Option<Shape>,
    /// Number of its inputs, if it has one input.
    inputs: Option<u64>,
    /// Whether samples are spike trains, if the network knows it.
    trains: Option<bool>,
    full_scale: u32,
    classes: u32,
}

impl GivenData {
    /// Samples to train a network with, of which the last twelfth is for validation, and others to test it, if there are
    /// any.
    ///
    /// # Errors
    /// Arrays that do not fit the network, and too few samples.
    pub fn to_train(
        &self,
        test: Option<&Self>,
        architecture: &Architecture,
        steps: u32,
        bin_us: Option<u64>,
    ) -> Result<Dataset, Error> {
        let outputs = architecture.stages().last().map_or(0, |stage| stage.output.neurons());
        let takes = Takes {
            shape: Some(architecture.input),
            inputs: Some(architecture.input.neurons()),
            trains: Some(architecture.encoding.reads_trains()),
            full_scale: self.full_scale.unwrap_or(FULL_SCALE),
            classes: if architecture.target.has_classes() { outputs.min(256) as u32 } else { 0 },
        };
        let train = self.read(&takes, steps, bin_us)?;
        let test = match test {
            Some(test) => {
                let full_scale = test.full_scale.unwrap_or(takes.full_scale);
                test.read(&Takes { full_scale, ..takes }, steps, bin_us)?
            }
            None => train.without_samples(),
        };
        Ok(test.trained_on(train)?)
    }

    /// The samples as a trained network reads them.
    ///
    /// # Errors
    /// Arrays that do not fit the network.
    pub fn for_trained(&self, trained: &Trained, steps: Option<u32>, bin_us: Option<u64>) -> Result<Dataset, Error> {
        let network = &trained.quantised;
        let classes = if network.target.has_classes() {
            network.layers.last().map_or(0, |layer| layer.op.outputs()) as u32
        } else {
            0
        };
        let takes = Takes {
            shape: Some(network.input),
            inputs: Some(network.input.neurons()),
            trains: Some(network.encoding.reads_trains()),
            full_scale: self.full_scale.unwrap_or(network.full_scale),
            classes,
        };
        self.read(&takes, layered_steps(steps, network.spec.time_steps)?, bin_us)
    }

    /// The samples as a sparse network reads them.
    pub(super) fn for_sparse(
        &self,
        network: &SparseNetwork,
        steps: Option<u32>,
        bin_us: Option<u64>,
    ) -> Result<Dataset, Error> {
        let inputs = match network.graph.inputs()[..] {
            [(_, inputs)] => Some(u64::from(inputs)),
            _ => None,
        };
        let classes = network.samples.outputs.len().min(256) as u32;
        let full_scale = self.full_scale.unwrap_or(FULL_SCALE);
        let takes = Takes { shape: None, inputs, trains: None, full_scale, classes };
        self.read(&takes, classifier_steps(network, steps, None), bin_us)
    }

    fn read(&self, takes: &Takes, steps: u32, bin_us: Option<u64>) -> Result<Dataset, Error> {
        let labels = self.labels.named("labels");
        if self.recordings {
            return self.recorded(takes, steps, bin_us);
        }
        let Some(array) = self.samples.first() else {
            return Err(Error::field(OptionField::Data, "no samples"));
        };
        let samples = array.named("data");
        let dims = samples.dims()?;
        let is_trains = takes.trains.unwrap_or_else(|| takes.inputs.is_some_and(|inputs| are_trains(&dims, inputs)));
        let read = match is_trains {
            true => Dataset::from_spikes(samples, labels)?,
            false => Dataset::from_images(samples, labels, takes.full_scale)?,
        };
        let read = read.of_classes(takes.classes);
        Ok(match takes.shape {
            Some(shape) => read.of_shape(shape),
            None => read,
        })
    }

    #[cfg(feature = "events")]
    fn recorded(&self, takes: &Takes, steps: u32, bin_us: Option<u64>) -> Result<Dataset, Error> {
        let of_network = || takes.shape.filter(|shape| shape.channels == 2).map(|shape| [shape.width, shape.height]);
        let Some(sensor) = self.sensor.or_else(of_network) else {
            let problem = "recordings of events: give the width and the height of the sensor, as in `sensor` (34, 34)";
            return Err(Error::field(OptionField::Data, problem));
        };
        let names: Vec<String> = (0..self.samples.len()).map(|index| format!("data[{index}]")).collect();
        let recordings: Vec<_> = self.samples.iter().zip(&names).map(|(array, name)| array.named(name)).collect();
        let how = crate::data::EventGrid { sensor, steps, bin_us };
        let read = Dataset::from_events(&recordings, self.labels.named("labels"), how)?;
        Ok(read.of_classes(takes.classes))
    }

    #[cfg(not(feature = "events"))]
    fn recorded(&self, _: &Takes, _: u32, _: Option<u64>) -> Result<Dataset, Error> {
        Err(Error::field(OptionField::Data, "events are not read: built without the Cargo feature \"events\""))
    }
}

/// Whether samples of these dimensions have a row of inputs for each step.
fn are_trains(dims: &[u64], inputs: u64) -> bool {
    let rest = |from: usize| dims.get(from..).filter(|rest| !rest.is_empty()).map(|rest| rest.iter().product());
    rest(2) == Some(inputs) && rest(1) != Some(inputs)
}
