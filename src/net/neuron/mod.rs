//! Neuron models, integer-exact: parameters and one call per slice of neurons and time step.
//!
//! A model is one file, with its equations, its parameters and its fields in network files, and one line in `models!`.

mod cuba;
mod file;
mod integrate_and_fire;
mod leaky;
mod loihi;
mod model;
mod multi_spike;
mod odin;
mod paicore;
mod partial_sum;
mod population;
mod ranc;
mod settings;
mod soma;
mod speck;
#[cfg(test)]
mod tests;
mod traits;
mod truenorth;

pub(in crate::net) use file::Ranges;
pub use model::Reset;
pub(in crate::net) use population::{
    NeuronKinds, NeuronObject, PerNeuron, models_with_traits, read, rules_of_models, write,
};
pub use settings::Settings;
pub use soma::{DECAY_BITS, Fired, MAX_DECAY_BITS, Soma, SomaLanes};
pub use traits::{After, Below, Traits};

use crate::digest::{Digest, Stable};
use file::{FileModel, ModelEntry};
use model::{ModelFacts, NeuronModel, SetField, SharedParams};
use soma::Now;

/// Makes the models an enum, and dispatches calls of a [`Model`] to them. Each has a number for its digest, which stays
/// when models come and go.
macro_rules! models {
    (in files { $($file:tt)* } made by mapping { $($made:tt)* }) => {
        models!(@all $($file)* $($made)*);
        models!(@file $($file)*);
    };

    (@all $($(#[$doc:meta])* $tag:literal = $model:ident($file:ident),)*) => {
        $(pub use $file::$model;)*

        /// A neuron model with the parameters that its equations need beyond [`Params`].
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Model {
            $($(#[$doc])* $model($model),)*
        }

        $(impl From<$model> for Model {
            fn from(model: $model) -> Self {
                Self::$model(model)
            }
        })*

        impl Stable for Model {
            fn add_to(&self, digest: &mut Digest) {
                match self {
                    $(Self::$model(model) => {
                        digest.word($tag);
                        digest.add(model);
                    })*
                }
            }
        }

        impl Params {
            fn facts(&self) -> &'static ModelFacts {
                match self.model {
                    $(Model::$model(_) => &$model::FACTS,)*
                }
            }

            /// Low bits that each weight loses before it is added, rounded down; 0 of most models.
            pub fn weight_shift(&self) -> u32 {
                match self.model {
                    $(Model::$model(model) => model.weight_shift(),)*
                }
            }

            /// Whether the membrane changes by itself from step to step.
            pub fn leaks(&self) -> bool {
                match self.model {
                    $(Model::$model(model) => model.leaks(),)*
                }
            }

            /// Model and parameters for a report, as in `if (reset: subtract, fires at V >= threshold)`.
            pub fn describe(&self) -> String {
                match self.model {
                    $(Model::$model(model) => model.describe(&self.shared()),)*
                }
            }
        }

        /// Advances a slice of neurons by one time step and returns how many were updated.
        ///
        /// A neuron is *updated* when its input, bias, membrane or current is not zero; the others are only accessed.
        pub fn step(params: &Params, lanes: SomaLanes<'_>) -> u64 {
            match params.model {
                $(Model::$model(model) => model.step(&params.shared(), lanes),)*
            }
        }

        /// Adds the input of one packet to a neuron of an event-driven model at once; gives whether it fires.
        #[inline]
        pub fn arrive(params: &Params, v: &mut i32, input: i32, threshold: i32) -> bool {
            let (shared, now) = (params.shared(), Now { v: *v, input, bias: 0, threshold });
            let next = match params.model {
                $(Model::$model(model) if $model::HAS_OWN_EVENT => model.event(&shared, now),)*
                _ => shared.integrate(now.v.into(), now),
            };
            *v = next.v;
            next.fired
        }
    };

    (@file $($(#[$doc:meta])* $tag:literal = $model:ident($file:ident),)*) => {
        /// Models of files by name; the unknown-name error lists them, and tests run over all of them.
        pub const NAMES: &[&str] = &[$($model::NAME),*];

        /// Models with an open reset, which is [`Params::reset`].
        pub const OPEN_RESETS: &[&str] = &OPEN;

        const OPEN: [&str; 0 $(+ $model::HAS_RESET as usize)*] = {
            let mut names = [""; 0 $(+ $model::HAS_RESET as usize)*];
            let mut next = 0;
            $(if $model::HAS_RESET {
                names[next] = $model::NAME;
                next += 1;
            })*
            assert!(next == names.len());
            names
        };

        /// Models of files.
        fn models() -> Vec<ModelEntry<Params>> {
            vec![$(ModelEntry::of::<$model>()),*]
        }

        impl Model {
            /// Whether its neurons have individual reset potentials and floors.
            pub(in crate::net) fn has_traits(self) -> bool {
                match self {
                    $(Self::$model(_) => $model::HAS_TRAITS,)*
                    _ => false,
                }
            }

            /// Writes the fields of a file, except `model` and `reset`.
            fn write(self, params: &SharedParams, set: SetField<'_>) {
                match self {
                    $(Self::$model(model) => model.write(params, set),)*
                    // Partial sums are made by mappings, and are in no file.
                    _ => {}
                }
            }
        }

        impl Params {
            /// Allowed values of the neurons of a population, as in files.
            pub(in crate::net) fn ranges(&self) -> Ranges {
                match self.model {
                    $(Model::$model(_) => $model::ranges(self.membrane_bits),)*
                    _ => Ranges::of_membrane(self.membrane_bits),
                }
            }

            /// Left shift of a bias in a file.
            pub(in crate::net) fn bias_shift(&self) -> u32 {
                match self.model {
                    $(Model::$model(model) => model.bias_shift(),)*
                    _ => 0,
                }
            }
        }
    };
}

models! {
    in files {
        /// Integrate and fire, no leak: the neuron of the tandem rule, and of generic digital cores.
        0 = If(integrate_and_fire),
        /// Leaky integrate and fire.
        1 = Lif(leaky),
        /// Loihi 1's neuron: current-based, 24 bits.
        2 = Loihi(loihi),
        /// TrueNorth's neuron, deterministic modes: 20 bits, leak, floor, three resets.
        3 = TrueNorth(truenorth),
        /// The neuron of RANC's open hardware: 9 bits, wraps.
        4 = Ranc(ranc),
        /// ODIN's leaky integrate and fire: 8 bits without sign, event by event.
        5 = Odin(odin),
        /// PAICORE 2's neuron, deterministic modes: 30 bits.
        7 = Paicore(paicore),
        /// Leaky integrate and fire with a synaptic current: NIR's `CubaLIF` in time steps.
        6 = Cuba(cuba),
        /// Leaky integrate and fire with several spikes in a step, as Sinabs' neurons by default.
        9 = MultiSpike(multi_spike),
        /// Speck's integrate and fire: 16 bits, event by event, with a floor.
        10 = Speck(speck),
    }
    made by mapping {
        /// The sum of a share of another neuron's inputs, made where a neuron is split.
        8 = PartialSum(partial_sum),
    }
}

/// Names of [`Reset`] in files, in the order of its variants.
pub const RESETS: &[&str] = Reset::NAMES;

/// Parameters that a neuron shares with others of its population; see [`Settings`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Params {
    /// The equations.
    pub model: Model,
    /// Effect of a spike, in `if` and `lif`; other models have their own resets.
    pub reset: Reset,
    /// Membrane units are 1/2^F weight units.
    pub fraction_bits: u32,
    /// Width of the membrane. Most models saturate there, at ±(2^(bits-1) - 1).
    pub membrane_bits: u32,
    /// Whether it fires at all; an output neuron only integrates.
    pub fires: bool,
}

impl Params {
    /// The model's name.
    pub fn name(&self) -> &'static str {
        self.facts().name
    }

    /// Whether it sends its sum instead of spikes, and is not a neuron of the network.
    pub fn sends_sums(&self) -> bool {
        self.facts().sends_sums
    }

    /// Whether the model leaves its reset to [`Params::reset`].
    pub fn has_reset(&self) -> bool {
        self.facts().has_reset
    }

    /// Whether it can integrate and fire with every packet, without waiting for a time step.
    pub fn is_event_driven(&self) -> bool {
        self.facts().is_event_driven
    }

    /// Whether every clock edge is an event for it, on which it compares even if nothing changed.
    pub fn acts_on_edges(&self) -> bool {
        self.facts().acts_on_edges
    }

    /// What a core holds once for all neurons that have it in common, but for thresholds: the model with its decays and the
    /// like, without what Loihi keeps by neuron and by synapse.
    pub fn setting(&self) -> Model {
        match self.model {
            Model::Loihi(own) => Model::Loihi(Loihi { bias_exponent: 0, weight_shift: 0, ..own }),
            other => other,
        }
    }

    #[inline]
    fn shared(&self) -> SharedParams {
        let Self { reset, fraction_bits, membrane_bits, fires, .. } = *self;
        SharedParams { reset, fraction_bits, membrane_bits, fires }
    }
}

impl<M: Into<Model>> From<(M, SharedParams)> for Params {
    fn from((model, shared): (M, SharedParams)) -> Self {
        let SharedParams { reset, fraction_bits, membrane_bits, fires } = shared;
        Self { model: model.into(), reset, fraction_bits, membrane_bits, fires }
    }
}
