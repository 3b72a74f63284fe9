//! The training of a network, and the integers it was quantised to.

use crate::json::record::record;
use crate::json::shape::{flag, number, optional, or, text, whole, word};
use crate::net::architecture::MAX_TIME_STEPS;
use crate::net::beside::{file_name, sha256};
use crate::net::network::TrainedMeta;
use crate::net::quantised::{QuantSpec, Scale, WEIGHT_BITS};

/// Largest limit on synapses into a neuron.
const MAX_FAN_IN: u32 = 1 << 28;

record! {
    /// How a network was trained, and what it was quantised to.
    pub(super) struct TrainedFields as "Trained" {
        /// The file of the weights, beside this one.
        pub(super) weights: String = file_name();
        /// SHA-256 of that file, which says that it belongs to this one.
        pub(super) weights_sha256: Option<String> = optional(sha256());
        /// The data set that it was trained on.
        dataset: String = text();
        /// Where that is, if it is a folder: its absolute path at the time of the training.
        data_folder: Option<String> = optional(text());
        /// The training rule.
        rule: String = text();
        /// Seed of the training, 0 to 2^63 - 1.
        seed: i64 = whole(0..=i64::MAX);
        /// The epoch that was chosen, from 1.
        epoch: u32 = whole(1..=10_000);
        /// Accuracy of the integer network on the validation split at that epoch, 0 to 1.
        validation_accuracy: Option<f64> = optional(number(0.0..=1.0));
        /// Where outputs are no classes, instead: mean squared error of the outputs on the validation split at that epoch, in
        /// units of numbers of 0 to 1.
        validation_mse: Option<f64> = optional(number(0.0..=1e9));
        /// What made it.
        made_by: String = text();
        /// Time steps that it was trained for; those of the network.
        time_steps: u32 = whole(1..=MAX_TIME_STEPS);
        /// Bits of a weight, sign included, 1 to 9; of one bit it is -1 or 1.
        weight_bits: u32 = whole(WEIGHT_BITS);
        /// Bits of a membrane, 8 to 32.
        membrane_bits: u32 = whole(8..=32);
        /// What shares a scale of weights: "layer", or "channel" (each output channel has its own, but for the output layer).
        weight_scale: Scale = word();
        /// The input value that stands for 1, 1 to 255; 1 where spike trains come in.
        pub(super) full_scale: u32 = whole(1..=255);
        /// Whether hidden membranes begin each inference at half their threshold.
        pub(super) half_start: bool = or(flag(), false, false);
        /// Most synapses into a neuron that were kept, 1 to 2^28, where a limit was set. In layers with more of them zero
        /// weights are no synapses.
        max_fan_in: Option<u32> = optional(whole(1..=MAX_FAN_IN));
    }
}

impl TrainedFields {
    pub(super) fn spec(&self) -> QuantSpec {
        let Self { time_steps, weight_bits, membrane_bits, weight_scale: scale, .. } = *self;
        QuantSpec { time_steps, weight_bits, membrane_bits, scale }
    }

    pub(super) fn meta(&self) -> TrainedMeta {
        TrainedMeta {
            dataset: self.dataset.clone(),
            data_folder: self.data_folder.clone(),
            rule: self.rule.clone(),
            seed: self.seed as u64,
            epoch: self.epoch,
            validation_accuracy: self.validation_accuracy,
            validation_mse: self.validation_mse,
            made_by: self.made_by.clone(),
            max_fan_in: self.max_fan_in,
        }
    }
}
