//! Neurons for which layered networks are trained: the tandem rule's own, and those of chips.
//!
//! A neuron says how folded real numbers become the integers of a layer, which [`Params`] run them on a chip, and which
//! fields it has in network files. Training, evaluation, mapping and the chip model ask for these alone. The spiking
//! half of a training runs the same integers through [`neuron::step`](super::neuron::step), so a network does on the
//! chip what it did in training.
//!
//! A neuron is one file and one line in `deployed!`. Training knows no chip: the caller finds the neuron of a chip with
//! [`Deployed::of_chip`].

mod loihi;
mod odin;
mod own;
mod paicore;
mod pairs;
mod ranc;
mod scale;
mod speck;
mod tandem;
#[cfg(test)]
mod tests;
mod truenorth;

pub use loihi::LoihiLayers;
pub use odin::{OdinLayers, source_sign};
pub use paicore::PaicoreLayers;
pub use ranc::RancLayers;
pub use speck::SpeckLayers;
pub use tandem::TandemLayers;
pub use truenorth::TrueNorthLayers;

use super::neuron::{Params, Reset, Traits};
use super::widths::QuantSpec;
use crate::digest::{Digest, Stable};
use crate::json::record::{read_tagged, tagged_schema};
use crate::json::{Alternative, Cursor};
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde_json::Value;
use std::borrow::Cow;
use std::ops::RangeInclusive;

/// Position of a layer in a network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LayerRole {
    /// Its current is computed off the chip, from values of 0 to `full_scale`.
    Encoding {
        /// The value that stands for 1.
        full_scale: u32,
    },
    /// Spikes come in, and spikes go out.
    Hidden,
    /// It integrates without firing; no layer of a network whose outputs spike.
    Output,
}

/// Growth of biases with the number of time steps.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Biases {
    /// Time steps over which the bias of a hidden layer is spread.
    pub spread: u32,
    /// Ratio of the output layer's bias to that of the training.
    pub growth: f64,
}

/// A layer in real numbers, batch norm folded in.
#[derive(Clone, Copy, Debug)]
pub struct RealLayer<'a> {
    /// Weights, by output channel.
    pub weight: &'a [f32],
    /// Weights of an output channel.
    pub fan_in: usize,
    /// Biases by output channel.
    pub bias: &'a [f32],
    /// Positions of the kernel, whose weights of an input channel are adjacent; 1 where every input has a weight.
    pub taps: usize,
    /// Whether zeros are no synapses.
    pub pruned: bool,
    /// Whether it adds the spikes of an earlier layer, each worth a threshold.
    pub adds: bool,
    /// Firing threshold θ.
    pub threshold: f64,
}

/// What a layer is quantised for.
#[derive(Clone, Copy, Debug)]
pub struct LayerGoal {
    /// Steps and widths.
    pub spec: QuantSpec,
    /// Position of the layer.
    pub role: LayerRole,
    /// Growth of its biases.
    pub biases: Biases,
    /// Steps of the chip before the first in which spikes reach it.
    pub waits: u32,
}

/// The integers of a layer.
#[derive(Clone, Debug, PartialEq)]
pub struct LayerIntegers {
    /// Weights, in the order of the real ones (weight units).
    pub weight: Vec<i16>,
    /// Biases by output channel (membrane units; times the full scale in the encoding layer).
    pub bias: Vec<i64>,
    /// Thresholds by output channel (membrane units).
    pub threshold: Vec<i32>,
    /// F: the membrane unit is 1/2^F weight units.
    pub fraction_bits: u32,
    /// Weights of an added layer's spikes, by output channel (weight units).
    pub added: Vec<i16>,
    /// Weight units in 1, by output channel.
    pub scales: Vec<f64>,
    /// Membrane units in 1 at the end of an inference, of the first output channel.
    pub output_unit: f64,
}

/// What the parameters of a layer's neurons depend on.
#[derive(Clone, Copy, Debug)]
pub struct LayerSoma {
    /// F: the membrane unit is 1/2^F weight units.
    pub fraction_bits: u32,
    /// Bits of a membrane, for a neuron that leaves them open.
    pub membrane_bits: u32,
    /// Share of the membrane lost in a step, in 1/4096.
    pub decay: u32,
    /// Whether it fires.
    pub fires: bool,
}

/// How NIR's `IF` and `LIF` stand for a neuron.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NirNeuron {
    /// What a spike does to the membrane.
    pub reset: Reset,
    /// Whether it fires only above its threshold, not at it.
    pub strict: bool,
}

/// The neuron of a layered network, as its file describes it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LayeredNeuron {
    /// The neuron.
    pub neuron: Deployed,
    /// The threshold in the units of the real weights.
    pub threshold: f64,
    /// Share of a hidden membrane that is left after a step; 1 without a leak.
    pub leak: f64,
}

/// A neuron for which layered networks are trained.
trait DeployedModel: Copy + Into<Deployed> {
    /// Allowed bits of a weight, sign included.
    const WEIGHT_BITS: RangeInclusive<u32>;
    /// The usual bits of a weight.
    const USUAL_WEIGHT_BITS: u32;
    /// Bits to which weights are rounded in training, each output channel by its own scale, whatever the settings say.
    const GRID_BITS: Option<u32> = None;
    /// Whether output neurons spike, for chips that let no membrane be read: the class is that with the most spikes.
    const OUTPUTS_SPIKE: bool = false;
    /// Whether biases act in every step of the chip, before the first spikes reach a layer too.
    const LEAKS_ALWAYS: bool = false;
    /// Whether neurons take their spikes one by one, in the order in which they come, and may spike at each of them.
    /// There are no biases then, but membranes to begin with.
    const BY_EVENTS: bool = false;
    /// Whether all weights of a neuron as a source have one sign, that of [`source_sign`].
    const SIGNED_SOURCES: bool = false;

    /// The neuron of a chip whose file names this model, with this reset if the model leaves it open.
    fn of_chip(model: &str, reset: Option<Reset>) -> Option<Self>;

    /// Records of the neuron in network files, with their models.
    fn records() -> Vec<Alternative<(), LayeredNeuron>>;

    /// The neuron in a network file.
    fn write(self, threshold: f64, leak: f64) -> Value;

    /// Settings other than threshold and leak, as in a checkpoint.
    fn describe(self) -> String;

    /// Refractory time in steps, where the neuron has one; 1 is none.
    fn refractory(self) -> Option<u8> {
        None
    }

    /// The same neuron with another refractory time, where it has one.
    fn with_refractory(self, _steps: u8) -> Self {
        self
    }

    /// Bits of a membrane, for a chip or a setting that asks for some.
    fn membrane_bits(self, asked: u32) -> u32 {
        asked
    }

    /// The same neuron in NIR, if that has it.
    fn in_nir(self) -> Option<NirNeuron> {
        None
    }

    /// The integers of a layer.
    fn integers(self, layer: &RealLayer<'_>, goal: &LayerGoal) -> LayerIntegers;

    /// A bias or an encoding current as the chip holds it (membrane units).
    fn held(self, value: i64) -> i64 {
        value
    }

    /// Model and parameters of a layer's neurons on the chip.
    fn params(self, soma: LayerSoma) -> Params;

    /// Reset and floor of a neuron, for models that have them.
    fn traits(self, _threshold: i32) -> Option<Traits> {
        None
    }
}

/// Makes the neurons an enum, and dispatches calls of a [`Deployed`] to them. Each has a number for its digest, which
/// stays when neurons come and go.
macro_rules! deployed {
    ($($(#[$doc:meta])* $tag:literal = $name:ident($layers:ident),)*) => {
        /// A neuron for which a layered network is trained and quantised.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Deployed {
            $($(#[$doc])* $name($layers),)*
        }

        $(impl From<$layers> for Deployed {
            fn from(layers: $layers) -> Self {
                Self::$name(layers)
            }
        })*

        impl Stable for Deployed {
            fn add_to(&self, digest: &mut Digest) {
                match self {
                    $(Self::$name(layers) => {
                        digest.word($tag);
                        digest.add(layers);
                    })*
                }
            }
        }

        impl Deployed {
            /// The neuron of a chip whose file names this model, with this reset if the model leaves it open; `None` if
            /// no network is trained for it.
            pub fn of_chip(model: &str, reset: Option<Reset>) -> Option<Self> {
                let mut found = None;
                $(found = found.or_else(|| $layers::of_chip(model, reset).map(Self::from));)*
                found
            }

            /// Allowed bits of a weight, sign included.
            pub fn weight_bits(self) -> RangeInclusive<u32> {
                match self {
                    $(Self::$name(_) => $layers::WEIGHT_BITS,)*
                }
            }

            /// The usual bits of a weight.
            pub fn usual_weight_bits(self) -> u32 {
                match self {
                    $(Self::$name(_) => $layers::USUAL_WEIGHT_BITS,)*
                }
            }

            /// Bits to which weights are rounded in training, each output channel by its own scale; `None` if the
            /// settings decide that.
            pub fn grid_bits(self) -> Option<u32> {
                match self {
                    $(Self::$name(_) => $layers::GRID_BITS,)*
                }
            }

            /// Whether output neurons spike, and the class is that with the most spikes. Such chips also take no
            /// currents from the host: what comes in are spikes.
            pub fn outputs_spike(self) -> bool {
                match self {
                    $(Self::$name(_) => $layers::OUTPUTS_SPIKE,)*
                }
            }

            /// Whether biases act in every step of the chip, before the first spikes reach a layer too.
            pub fn leaks_always(self) -> bool {
                match self {
                    $(Self::$name(_) => $layers::LEAKS_ALWAYS,)*
                }
            }

            /// Whether neurons take their spikes one by one, in the order in which they come, and may spike at each of
            /// them. There are no biases then, but membranes to begin with.
            pub fn by_events(self) -> bool {
                match self {
                    $(Self::$name(_) => $layers::BY_EVENTS,)*
                }
            }

            /// Whether all weights of a neuron as a source have one sign, that of [`source_sign`].
            pub fn signed_sources(self) -> bool {
                match self {
                    $(Self::$name(_) => $layers::SIGNED_SOURCES,)*
                }
            }

            /// Bits of a membrane, for a chip or a setting that asks for some.
            pub fn membrane_bits(self, asked: u32) -> u32 {
                match self {
                    $(Self::$name(layers) => layers.membrane_bits(asked),)*
                }
            }

            /// Model and settings other than threshold and leak, as in `loihi (refractory: 1)`.
            pub fn describe(self) -> String {
                match self {
                    $(Self::$name(layers) => layers.describe(),)*
                }
            }

            /// Refractory time in steps, where the neuron has one; 1 is none.
            pub fn refractory(self) -> Option<u8> {
                match self {
                    $(Self::$name(layers) => layers.refractory(),)*
                }
            }

            /// The same neuron with another refractory time, where it has one.
            pub fn with_refractory(self, steps: u8) -> Self {
                match self {
                    $(Self::$name(layers) => layers.with_refractory(steps).into(),)*
                }
            }

            /// The same neuron in NIR, if that has it.
            pub fn in_nir(self) -> Option<NirNeuron> {
                match self {
                    $(Self::$name(layers) => layers.in_nir(),)*
                }
            }

            /// The integers of a layer.
            pub fn integers(self, layer: &RealLayer<'_>, goal: &LayerGoal) -> LayerIntegers {
                match self {
                    $(Self::$name(layers) => layers.integers(layer, goal),)*
                }
            }

            /// A bias or an encoding current as the chip holds it (membrane units).
            pub fn held(self, value: i64) -> i64 {
                match self {
                    $(Self::$name(layers) => layers.held(value),)*
                }
            }

            /// Model and parameters of a layer's neurons on the chip.
            pub fn params(self, soma: LayerSoma) -> Params {
                match self {
                    $(Self::$name(layers) => layers.params(soma),)*
                }
            }

            /// Reset and floor of a neuron with this threshold, for models that have them.
            pub fn traits(self, threshold: i32) -> Option<Traits> {
                match self {
                    $(Self::$name(layers) => layers.traits(threshold),)*
                }
            }

            /// The neuron in a network file.
            pub(in crate::net) fn write(self, threshold: f64, leak: f64) -> Value {
                match self {
                    $(Self::$name(layers) => layers.write(threshold, leak),)*
                }
            }
        }

        /// Records of all neurons in network files, with their models.
        fn records() -> Vec<Alternative<(), LayeredNeuron>> {
            let mut all = Vec::new();
            $(all.extend($layers::records());)*
            all
        }
    };
}

deployed! {
    /// Integrate and fire with subtraction, perhaps with a leak: the neuron of the tandem rule, and of generic cores.
    0 = Tandem(TandemLayers),
    /// Loihi's neuron: a membrane above the threshold falls to zero, decays of 12 bits, biases of 13.
    1 = Loihi(LoihiLayers),
    /// TrueNorth's neuron on pairs of axons: ternary weights with an integer for each neuron.
    2 = TrueNorth(TrueNorthLayers),
    /// RANC's neuron on pairs of axons, in 9 bits.
    3 = Ranc(RancLayers),
    /// PAICORE's neuron, with linear reset.
    4 = Paicore(PaicoreLayers),
    /// ODIN's neuron, event by event: 8 bits, 3 bits of a weight and a sign for each source.
    5 = Odin(OdinLayers),
    /// Speck's neuron, event by event: 16 bits, and a floor.
    6 = Speck(SpeckLayers),
}

impl Default for Deployed {
    fn default() -> Self {
        Self::Tandem(TandemLayers)
    }
}

impl Deployed {
    /// Whether it is the tandem rule's own neuron, which training computes in real numbers.
    pub fn is_tandem(self) -> bool {
        self == Self::default()
    }

    /// Those of them whose outputs spike.
    pub(in crate::net) fn spiking_models() -> Vec<&'static str> {
        let spikes = |model: &&str| Self::of_chip(model, None).is_some_and(Self::outputs_spike);
        Self::models().into_iter().filter(spikes).collect()
    }

    /// Models of chip files for which networks are trained.
    pub fn models() -> Vec<&'static str> {
        records().iter().map(Alternative::word).collect()
    }
}

/// Reader and schema of the neuron of a layered network.
pub(in crate::net) struct LayeredNeuronObject;

impl LayeredNeuronObject {
    pub(in crate::net) fn read(cursor: &Cursor<'_>) -> Option<LayeredNeuron> {
        read_tagged(cursor, "model", &records(), ())
    }
}

impl JsonSchema for LayeredNeuronObject {
    fn schema_name() -> Cow<'static, str> {
        "Neuron".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        tagged_schema(generator, ("model", "The model."), &records())
    }
}
