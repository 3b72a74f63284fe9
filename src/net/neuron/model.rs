//! The interface of a neuron model to the simulator, apart from files.

use super::soma::{Next, Now, SomaLanes};
use super::traits::After;
use crate::json::record::words;
use crate::net::widths::membrane_max;
use serde_json::Value;

words! {
    /// What a spike does to the membrane of `if` and `lif`.
    pub enum Reset {
        /// The membrane falls to zero.
        Zero = "zero",
        /// The membrane falls by the threshold.
        Subtract = "subtract",
    }
}

/// Parameters of all models that the neurons of a population share.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct SharedParams {
    pub(super) reset: Reset,
    pub(super) fraction_bits: u32,
    pub(super) membrane_bits: u32,
    pub(super) fires: bool,
}

impl SharedParams {
    /// Adds to the rest of a membrane after its decay, and fires.
    #[inline(always)]
    pub(super) fn integrate(&self, rest: i64, now: Now) -> Next {
        let limit = i64::from(membrane_max(self.membrane_bits));
        let sum = rest + (i64::from(now.input) << self.fraction_bits) + i64::from(now.bias);
        let v = sum.clamp(-limit, limit) as i32;
        if !self.fires || v < now.threshold {
            return Next { v, fired: false };
        }
        let v = match self.reset {
            Reset::Zero => 0,
            Reset::Subtract => v - now.threshold,
        };
        Next { v, fired: true }
    }
}

/// A model read from a file.
pub(super) struct Made<M> {
    pub(super) model: M,
    pub(super) shared: SharedParams,
    pub(super) after: After,
}

impl<M> Made<M> {
    /// A model with its own resets, a membrane of `membrane_bits` bits and a resolution of one weight unit.
    pub(super) fn of(model: M, membrane_bits: u32, after: After) -> Self {
        let shared = SharedParams { reset: Reset::Zero, fraction_bits: 0, membrane_bits, fires: true };
        Self { model, shared, after }
    }

    /// Sets membranes that count in fractions of a weight unit.
    pub(super) fn in_parts(mut self, fraction_bits: u32) -> Self {
        self.shared.fraction_bits = fraction_bits;
        self
    }
}

/// Receives a field and its value.
pub(super) type SetField<'a> = &'a mut dyn FnMut(&str, Value);

/// Properties of a model that do not depend on its parameters, from its [`NeuronModel`].
pub(super) struct ModelFacts {
    pub(super) name: &'static str,
    pub(super) has_reset: bool,
    pub(super) is_event_driven: bool,
    pub(super) acts_on_edges: bool,
    pub(super) sends_sums: bool,
}

/// A neuron model: its equations with their parameters, and its properties.
pub(super) trait NeuronModel: Copy {
    /// Name in files and messages.
    const NAME: &'static str;
    /// Whether its reset is open, and given by [`SharedParams::reset`].
    const HAS_RESET: bool = false;
    /// Whether it can integrate and fire with every packet, without waiting for a time step.
    const IS_EVENT_DRIVEN: bool = false;
    /// Whether every clock edge is an event for it, on which it compares even if nothing changed.
    const ACTS_ON_EDGES: bool = false;
    /// Whether a packet acts by [`NeuronModel::event`] instead of as in `if`.
    const HAS_OWN_EVENT: bool = false;
    /// Whether it sends its sum instead of spikes, and is not a neuron of the network.
    const SENDS_SUMS: bool = false;
    const FACTS: ModelFacts = ModelFacts {
        name: Self::NAME,
        has_reset: Self::HAS_RESET,
        is_event_driven: Self::IS_EVENT_DRIVEN,
        acts_on_edges: Self::ACTS_ON_EDGES,
        sends_sums: Self::SENDS_SUMS,
    };

    /// Advances a slice of neurons by one time step and returns how many were updated.
    fn step(self, params: &SharedParams, lanes: SomaLanes<'_>) -> u64;

    /// Adds the input of one packet.
    fn event(self, params: &SharedParams, now: Now) -> Next {
        params.integrate(now.v.into(), now)
    }

    /// Whether the membrane changes by itself from step to step.
    fn leaks(self) -> bool {
        false
    }

    /// Low bits that each weight loses before it is added, rounded down.
    fn weight_shift(self) -> u32 {
        0
    }

    /// Description of the model and its parameters for a report.
    fn describe(self, _: &SharedParams) -> String {
        format!("{} (fires at V >= threshold)", Self::NAME)
    }
}
