//! What the file of a sparse network says of samples.

use crate::digest::all_fields;
use crate::json::Object;
use crate::json::record::{record, words};
use crate::json::shape::{list, optional, or, whole, word};
use crate::net::graph::{Graph, MAX_NEURONS};
use crate::net::spikes::MAX_SPIKE_STEPS;
use serde_json::json;

words! {
    /// The form of the samples that a network was made for.
    pub enum InputForm {
        /// Values of 0 to 1, the same in every time step.
        Values = "values",
        /// Spike trains.
        Spikes = "spikes",
    }
}

/// What a sparse network says of samples; nothing where its file does not say it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SampleForm {
    /// The form of the samples that it was made for.
    pub input: Option<InputForm>,
    /// Time steps of an inference.
    pub time_steps: Option<u32>,
    /// The step of currents of samples (membrane units): they are rounded to multiples of it, half up; `None` for 1.
    pub current_step: Option<u32>,
    /// The neuron of each class, by its number in the network.
    pub outputs: Vec<u32>,
    /// What is added to the membrane of each output before they are compared (membrane units); empty for nothing.
    pub offsets: Vec<i32>,
}

all_fields! {
    enum InputForm { 0 = Values, 1 = Spikes }
    struct SampleForm { input, time_steps, current_step, outputs, offsets }
}

const MAX_NEURON: u32 = MAX_NEURONS as u32 - 1;
/// Largest step of currents (membrane units).
pub(in crate::net) const MAX_CURRENT_STEP: u32 = 1 << 16;
/// Most outputs of a file.
const MAX_OUTPUTS: usize = 1 << 16;

record! {
    /// How the network reads samples and names their class.
    pub(in crate::net) struct SampleFields as "Samples" {
        /// What samples are: "values" of 0 to 1, the same in every time step, or "spikes".
        input: Option<InputForm> = optional(word());
        /// Time steps of an inference where neither the command nor the data give them, 1 to 2^20.
        time_steps: Option<u32> = optional(whole(1..=MAX_SPIKE_STEPS));
        /// The step of currents of samples (membrane units), 1 to 65,536: they are rounded to multiples of it, half up; by default 1.
        current_step: Option<u32> = optional(whole(1..=MAX_CURRENT_STEP));
        /// The neuron of each class, by its number over all populations in their order, from 0; by default those of the only
        /// population that sends no spikes on.
        outputs: Vec<u32> = or(list(whole(0..=MAX_NEURON), 0..=MAX_OUTPUTS), Vec::new(), json!([]));
        /// What is added to the membrane of each output before they are compared (membrane units); nothing by default.
        offsets: Vec<i32> = or(list(whole(i32::MIN..=i32::MAX), 0..=MAX_OUTPUTS), Vec::new(), json!([]));
    }
    check |read: Self, object: &Object<'_>, _| read.checked(object) => SampleForm;
}

impl SampleFields {
    fn checked(self, object: &Object<'_>) -> Option<SampleForm> {
        let Self { input, time_steps, current_step, outputs, offsets } = self;
        if !offsets.is_empty() && offsets.len() != outputs.len() {
            object.problem(format!("{} offsets for {} outputs", offsets.len(), outputs.len()));
            return None;
        }
        Some(SampleForm { input, time_steps, current_step, outputs, offsets })
    }
}

impl SampleForm {
    /// Whether nothing is said.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// The first output that is no neuron on the chip.
    pub(in crate::net) fn stray(&self, graph: &Graph) -> Option<u32> {
        let stray = |neuron: &&u32| {
            let at = **neuron as usize;
            at >= graph.neurons() || graph.populations[graph.population_of(at)].source.is_some()
        };
        self.outputs.iter().find(stray).copied()
    }

    /// The fields in files.
    pub(in crate::net) fn write(&self) -> serde_json::Value {
        let mut fields = serde_json::Map::new();
        fields.extend(self.input.map(|input| ("input".to_owned(), json!(input.name()))));
        fields.extend(self.time_steps.map(|steps| ("time_steps".to_owned(), json!(steps))));
        fields.extend(self.current_step.map(|step| ("current_step".to_owned(), json!(step))));
        let mut list = |name: &str, value: serde_json::Value| drop(fields.insert(name.to_owned(), value));
        if !self.outputs.is_empty() {
            list("outputs", json!(self.outputs));
        }
        if !self.offsets.is_empty() {
            list("offsets", json!(self.offsets));
        }
        fields.into()
    }
}
