//! Neuron models, integer-exact: parameters and one call per slice of neurons and time step.
//!
//! A model is one file, with its equations, its parameters and its fields in network files, and one line in `models!`.

mod cuba;
mod file;
mod integrate_and_fire;
mod leaky;
mod loihi;
mod odin;
mod paicore;
mod partial_sum;
mod ranc;
#[cfg(test)]
mod tests;
mod traits;
mod truenorth;

pub(in crate::net) use file::{Neuron, PerNeuron, Ranges, read, read_traits, rules_of_models, write};
pub use traits::{After, Below, Traits};

use crate::digest::{Digest, Stable};
use crate::json::record::words;
use file::{Entry, FileModel};
use serde_json::Value;

/// Takes a field and its value.
type Set<'a> = &'a mut dyn FnMut(&str, Value);

/// A neuron model: its equations with their parameters, and its properties.
trait NeuronModel: Copy + Into<Model> {
    /// Its name in files and messages.
    const NAME: &'static str;
    /// Whether its reset is open: [`Params::reset`] says it.
    const HAS_RESET: bool = false;
    /// Whether it can integrate and fire with every packet, without waiting for a time step.
    const IS_EVENT_DRIVEN: bool = false;
    /// Whether every clock edge is an event for it, at which it compares even where nothing changed.
    const ACTS_ON_EDGES: bool = false;
    /// Whether a packet acts by [`NeuronModel::event`] instead of as in `if`.
    const HAS_OWN_EVENT: bool = false;
    /// Whether it sends what it summed, and is no neuron of the network.
    const SENDS_SUMS: bool = false;

    /// Advances a slice of neurons by one time step and returns how many were updated.
    fn step(self, params: &Params, lanes: Lanes<'_>) -> u64;

    /// Adds what one packet brought.
    fn event(self, params: &Params, now: Now) -> Next {
        integrate_and_fire::integrate(params, now.v.into(), now)
    }

    /// Whether the membrane changes by itself from step to step.
    fn leaks(self) -> bool {
        false
    }

    /// Low bits that each weight loses before it is added, rounded down.
    fn weight_shift(self) -> u32 {
        0
    }

    /// The model and its parameters, in a report.
    fn describe(self, _: &Params) -> String {
        format!("{} (fires at V >= threshold)", Self::NAME)
    }
}

/// Makes the models an enum, and calls of a [`Model`] calls of the model that it is. Each has the number of its digest, which
/// stays when models come and go.
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
            /// The model's name.
            pub fn name(&self) -> &'static str {
                match self.model {
                    $(Model::$model(_) => $model::NAME,)*
                }
            }

            /// Whether it sends what it summed, and is no neuron of the network.
            pub fn sends_sums(&self) -> bool {
                match self.model {
                    $(Model::$model(_) => $model::SENDS_SUMS,)*
                }
            }

            /// Low bits that each weight loses before it is added, rounded down; 0 of most models.
            pub fn weight_shift(&self) -> u32 {
                match self.model {
                    $(Model::$model(model) => model.weight_shift(),)*
                }
            }

            /// Whether the model leaves its reset to [`Params::reset`].
            pub fn has_reset(&self) -> bool {
                match self.model {
                    $(Model::$model(_) => $model::HAS_RESET,)*
                }
            }

            /// Whether it can integrate and fire with every packet, without waiting for a time step.
            pub fn is_event_driven(&self) -> bool {
                match self.model {
                    $(Model::$model(_) => $model::IS_EVENT_DRIVEN,)*
                }
            }

            /// Whether every clock edge is an event for it, at which it compares even where nothing changed.
            pub fn acts_on_edges(&self) -> bool {
                match self.model {
                    $(Model::$model(_) => $model::ACTS_ON_EDGES,)*
                }
            }

            /// Whether the membrane changes by itself from step to step.
            pub fn leaks(&self) -> bool {
                match self.model {
                    $(Model::$model(model) => model.leaks(),)*
                }
            }

            /// The model and its parameters, in a report, as in `if (reset: subtract, fires at V >= threshold)`.
            pub fn describe(&self) -> String {
                match self.model {
                    $(Model::$model(model) => model.describe(self),)*
                }
            }
        }

        /// Advances a slice of neurons by one time step and returns how many were updated.
        ///
        /// A neuron is *updated* when its input, bias, membrane or current is not zero; the others are only accessed.
        pub fn step(params: &Params, lanes: Lanes<'_>) -> u64 {
            match params.model {
                $(Model::$model(model) => model.step(params, lanes),)*
            }
        }

        /// Adds what one packet brought to a neuron of an event-driven model, at once; whether it fires.
        #[inline]
        pub fn arrive(params: &Params, v: &mut i32, input: i32, threshold: i32) -> bool {
            let now = Now { v: *v, input, bias: 0, threshold };
            let next = match params.model {
                $(Model::$model(model) if $model::HAS_OWN_EVENT => model.event(params, now),)*
                _ => integrate_and_fire::integrate(params, now.v.into(), now),
            };
            *v = next.v;
            next.fired
        }
    };

    (@file $($(#[$doc:meta])* $tag:literal = $model:ident($file:ident),)*) => {
        /// Models of files by name; the unknown-name error lists them, and tests run over all of them.
        pub const NAMES: &[&str] = &[$($model::NAME),*];

        /// Models of which the reset is open: [`Params::reset`] says it.
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
        fn models() -> Vec<Entry> {
            vec![$(Entry::of::<$model>()),*]
        }

        impl Model {
            /// Whether its neurons have reset potentials and floors of their own.
            pub(in crate::net) fn has_traits(self) -> bool {
                match self {
                    $(Self::$model(_) => $model::HAS_TRAITS,)*
                    _ => false,
                }
            }

            /// Writes the fields of a file, but for `model` and `reset`.
            fn write(self, params: &Params, set: Set<'_>) {
                match self {
                    $(Self::$model(model) => model.write(params, set),)*
                    // Partial sums are of mappings, and stand in no file.
                    _ => {}
                }
            }
        }

        impl Params {
            /// The values that the neurons of a population may have, as files give them.
            pub(in crate::net) fn ranges(&self) -> Ranges {
                match self.model {
                    $(Model::$model(_) => $model::ranges(self.membrane_bits),)*
                    _ => Ranges::of_membrane(self.membrane_bits),
                }
            }

            /// A bias of a file is shifted left by this.
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
    }
    made by mapping {
        /// The share of another neuron's inputs, made where a neuron is split.
        8 = PartialSum(partial_sum),
    }
}

words! {
    /// What a spike does to the membrane of `if` and `lif`.
    pub enum Reset {
        /// The membrane falls to zero.
        Zero = "zero",
        /// The membrane falls by the threshold.
        Subtract = "subtract",
    }
}

/// Names of [`Reset`] in files, in the order of its variants.
pub const RESETS: &[&str] = Reset::NAMES;

/// Parameters that the neurons of a population share.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Params {
    /// The equations.
    pub model: Model,
    /// What a spike does, in `if` and `lif`; other models have their own resets.
    pub reset: Reset,
    /// A membrane counts in 1/2^F weight units.
    pub fraction_bits: u32,
    /// Width of the membrane. Most models saturate there, at ±(2^(bits-1) - 1).
    pub membrane_bits: u32,
    /// Whether it fires at all; an output neuron only integrates.
    pub fires: bool,
}

/// Potentials and inputs of a slice of neurons in one time step; all slices are equally long.
#[derive(Debug)]
pub struct Soma<'a> {
    /// Membranes (membrane units).
    pub v: &'a mut [i32],
    /// Sums of arrived weights (weight units); zeroed by the call.
    pub input: &'a mut [i32],
    /// Drive of this step (membrane units).
    pub bias: &'a [i32],
    /// Thresholds (membrane units).
    pub threshold: &'a [i32],
    /// Receives the neurons that fired, ascending.
    pub fired: &'a mut Vec<Fired>,
}

/// State and inputs of a slice of neurons in one time step, in struct-of-arrays form.
#[derive(Debug)]
pub struct Lanes<'a> {
    /// What all models have.
    pub soma: Soma<'a>,
    /// Synaptic currents, of models that have them; else left alone.
    pub current: &'a mut [i32],
    /// Time steps in which the neuron still rests, of models that do; else left alone.
    pub resting: &'a mut [u8],
    /// Resets and floors by neuron, of the models that have them; else empty.
    pub traits: &'a [Traits],
}

/// A neuron that fired.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fired {
    /// Its position in the slice.
    pub neuron: u32,
    /// Neurons updated up to and with it, for the time at which it fired.
    pub updated: u64,
}

/// A neuron before its step.
#[derive(Clone, Copy)]
struct Now {
    v: i32,
    input: i32,
    bias: i32,
    threshold: i32,
}

/// A neuron after its step.
struct Next {
    v: i32,
    fired: bool,
}

/// Works through the neurons of a slice in order by a rule, and returns how many were updated; `state` says whether a
/// neuron holds more than its membrane.
#[inline(always)]
fn sweep(soma: Soma<'_>, mut rule: impl FnMut(usize, Now) -> (Next, bool)) -> u64 {
    let n = soma.v.len();
    // Reslicing to one length lets the compiler drop the bounds checks below.
    let (v, input) = (&mut soma.v[..n], &mut soma.input[..n]);
    let (bias, threshold) = (&soma.bias[..n], &soma.threshold[..n]);
    let mut updated = 0;
    for i in 0..n {
        let now = Now { v: v[i], input: input[i], bias: bias[i], threshold: threshold[i] };
        let (next, holds_more) = rule(i, now);
        updated += u64::from((now.v | now.input | now.bias) != 0 || holds_more);
        input[i] = 0;
        v[i] = next.v;
        if next.fired {
            soma.fired.push(Fired { neuron: i as u32, updated });
        }
    }
    updated
}

/// A number as a register of so many bits holds it, in two's complement.
#[inline]
fn wrap(value: i64, bits: u32) -> i64 {
    let spare = 64 - bits;
    (value << spare) >> spare
}

/// Bits of a decay where a file says none: shares lost are in 1/4096.
pub const DECAY_BITS: u32 = 12;
/// Most bits of a decay.
pub const MAX_DECAY_BITS: u32 = 24;

/// `value (2^bits - decay) / 2^bits`, of the magnitude, rounded to the nearest, halves up: what is lost in a step of a slow
/// leak is less than 1, and would be 1 if it was rounded toward zero.
#[inline]
fn finely_decayed(value: i32, decay: u32, bits: u32) -> i64 {
    let magnitude = i64::from(value.unsigned_abs()) * ((1i64 << bits) - i64::from(decay));
    i64::from(value.signum()) * ((magnitude + (1i64 << (bits - 1))) >> bits)
}

/// `value (4096 - decay) / 4096`, of the magnitude, rounded toward zero.
#[inline]
fn decayed(value: i32, decay: u32) -> i64 {
    i64::from(value) * i64::from(4096 - decay) / 4096
}
