//! Arguments of `import` and `export`.

use super::ReplaceOptions;
use crate::net::neuron::Reset;
use crate::net::nir::{IfInput, Integrator, Values};
use clap::{Args, ValueEnum};
use std::path::PathBuf;

/// How a differential equation becomes time steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum IntegratorArg {
    /// Forward Euler, as snnTorch and Norse compute
    Euler,
    /// Exponential Euler: exact while the input stands still
    Exponential,
}

impl From<IntegratorArg> for Integrator {
    fn from(argument: IntegratorArg) -> Self {
        match argument {
            IntegratorArg::Euler => Self::Euler,
            IntegratorArg::Exponential => Self::Exponential,
        }
    }
}

/// What a spike does to the potential.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum ResetArg {
    /// It becomes v_reset, as NIR defines it
    Zero,
    /// The threshold is taken off it
    Subtract,
}

impl From<ResetArg> for Reset {
    fn from(argument: ResetArg) -> Self {
        match argument {
            ResetArg::Zero => Self::Zero,
            ResetArg::Subtract => Self::Subtract,
        }
    }
}

/// What a spike brings to I and IF.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum IfInputArg {
    /// Its weight times R at once, as other programs compute
    Impulse,
    /// A current for one time step: its weight times R dt
    Current,
}

impl From<IfInputArg> for IfInput {
    fn from(argument: IfInputArg) -> Self {
        match argument {
            IfInputArg::Impulse => Self::Impulse,
            IfInputArg::Current => Self::Current,
        }
    }
}

pub(in crate::cli) const IMPORT_MORE: &str = "Examples:
  spikemesh import model.nir --out model --dt 1e-4
  spikemesh import model.nir --out model --reset subtract --weight-bits 9 --spikes input.npy
  spikemesh run --network model --chip loihi
  spikemesh run --network model --spikes random:rate=0.05,steps=200,seed=3

What NIR leaves open (time step, integrator, reset, what a spike brings to IF) is taken from these options, and stated in every
report of a run.";

#[derive(Args, Debug)]
pub(in crate::cli) struct ImportOptions {
    /// A NIR graph (HDF5)
    pub(in crate::cli) file: PathBuf,
    /// Folder to write the network to
    #[arg(long, value_name = "DIR")]
    pub(in crate::cli) out: PathBuf,
    /// Time step in seconds [default: dt of the file's metadata, or 1e-4]
    #[arg(long, value_name = "SECONDS")]
    pub(in crate::cli) dt: Option<f64>,
    /// How differential equations become time steps
    #[arg(long, value_enum, default_value = "euler")]
    pub(in crate::cli) integrator: IntegratorArg,
    /// What a spike does to the potential
    #[arg(long, value_enum, default_value = "zero")]
    pub(in crate::cli) reset: ResetArg,
    /// What a spike brings to I and IF
    #[arg(long, value_enum, default_value = "impulse")]
    pub(in crate::cli) if_input: IfInputArg,
    /// Bits of a weight, sign included
    #[arg(long, default_value_t = 8, value_name = "BITS", value_parser = clap::value_parser!(u32).range(2..=9))]
    pub(in crate::cli) weight_bits: u32,
    /// Bits of a membrane, sign included
    #[arg(long, default_value_t = 24, value_name = "BITS", value_parser = clap::value_parser!(u32).range(8..=32))]
    pub(in crate::cli) membrane_bits: u32,
    /// Spikes of the inputs, with which the integers are compared with real numbers: an .npy file of time steps by neurons,
    /// or random:rate=…,steps=…,seed=…; of one of several inputs, NAME=SPIKES [default: random:rate=0.1,steps=100,seed=1]
    #[arg(long, value_name = "SPIKES")]
    pub(in crate::cli) spikes: Vec<String>,
    #[command(flatten)]
    pub(in crate::cli) replace: ReplaceOptions,
    /// Write what became of the graph for machines
    #[arg(long, value_name = "FILE")]
    pub(in crate::cli) json: Option<PathBuf>,
}

/// Which numbers are exported.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum ValuesArg {
    /// The integer network, in weight units: it counts the spikes that the chip counts
    Integer,
    /// The real weights from which it was made
    Real,
}

impl From<ValuesArg> for Values {
    fn from(argument: ValuesArg) -> Self {
        match argument {
            ValuesArg::Integer => Self::Integer,
            ValuesArg::Real => Self::Real,
        }
    }
}

pub(in crate::cli) const EXPORT_MORE: &str = "Examples:
  spikemesh export --network digits-mlp --out digits-mlp.nir
  spikemesh export --network trained/fashion --values real --out fashion.nir

In Python: graph = nir.read(\"digits-mlp.nir\"). Inputs are values of 0 to 1, the same in every time step; resets subtract.";

#[derive(Args, Debug)]
pub(in crate::cli) struct ExportOptions {
    /// A trained network: a name, a file or a trained folder
    #[arg(long, default_value = "digits-mlp")]
    pub(in crate::cli) network: String,
    /// Which numbers
    #[arg(long, value_enum, default_value = "integer")]
    pub(in crate::cli) values: ValuesArg,
    #[command(flatten)]
    pub(in crate::cli) replace: ReplaceOptions,
    /// File to write
    #[arg(long, value_name = "FILE")]
    pub(in crate::cli) out: PathBuf,
}
