//! Arguments of `import` and `export`.

use super::ReplaceOptions;
use crate::cli::Failure;
use crate::net::nir::{Asked, Bits, CubaInput, IfInput, ImportOptions, Integrator, ResetRule, Values};
use clap::builder::PossibleValue;
use clap::parser::ValueSource;
use clap::{Args, CommandFactory, ValueEnum};
use std::path::PathBuf;

/// Values of options: the words of an enum of the library, with the help on each. A word without help is not a value.
macro_rules! values {
    ($($type:ident $(without $not:ident)? { $($variant:ident = $help:literal),* })*) => {
        $(impl ValueEnum for $type {
            fn value_variants<'a>() -> &'a [Self] {
                &[$(Self::$variant),*]
            }

            fn to_possible_value(&self) -> Option<PossibleValue> {
                match self {
                    $(Self::$variant => Some(PossibleValue::new(self.name()).help($help)),)*
                    $(Self::$not => None,)?
                }
            }
        })*
    };
}

values! {
    Integrator {
        Euler = "Forward Euler, as snnTorch and Norse compute",
        Exponential = "Exponential Euler: exact while the input stands still"
    }
    ResetRule {
        Zero = "It becomes v_reset, as NIR defines it",
        Subtract = "The threshold is taken off it",
        Snntorch = "The threshold is taken off it one step later, after the decay: the default of snnTorch"
    }
    IfInput without Found {
        Impulse = "Its weight times R at once, as other programs compute",
        Current = "A current for one time step: its weight times R dt"
    }
    CubaInput {
        Defined = "Its weight times w_in dt/tau_syn, as NIR defines it",
        Impulse = "Its whole weight at once, as Norse computes"
    }
    Values {
        Integer = "The integer network, in weight units: it counts the spikes that the chip counts",
        Real = "The real weights from which it was made"
    }
}

pub(in crate::cli) const IMPORT_MORE: &str = "Examples:
  spikemesh import model.nir --out model --dt 1e-4
  spikemesh import model.nir --out model --reset subtract --weight-bits 9 --spikes input.npy
  spikemesh run --network model --chip loihi
  spikemesh run --network model --spikes random:rate=0.05,steps=200,seed=3

Real numbers and integers are compared over the steps of the spikes, or --steps; runs have their own. Where integers do not
follow, a warning says so, and --strict makes it an error.

What NIR leaves open (time step, integrator, reset, what a spike brings) is taken from these options, else from the file's
metadata (dt, reset, initial_potential, as export writes them), and stated in every report of a run. Of files of snnTorch:
--dt 1e-4 --reset snntorch (or zero, as the model has it); Norse: --dt 1e-6 --cuba-input impulse; Sinabs: --reset subtract, and
with LIF --dt 1 --integrator exponential; SpikingJelly: --dt as it was given to its exporter.";

#[derive(Args, Debug)]
pub(in crate::cli) struct ImportArguments {
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
    pub(in crate::cli) integrator: Integrator,
    /// What a spike does to the potential [default: reset of the file's metadata, or zero]
    #[arg(long, value_enum)]
    pub(in crate::cli) reset: Option<ResetRule>,
    /// What a spike brings to I and IF [default: current where R dt is 1, else impulse]
    #[arg(long, value_enum)]
    pub(in crate::cli) if_input: Option<IfInput>,
    /// What a spike brings to the current of CubaLI and CubaLIF
    #[arg(long, value_enum, default_value = "defined")]
    pub(in crate::cli) cuba_input: CubaInput,
    /// Bits of a weight, sign included
    #[arg(long, default_value_t = Bits::default().weight, value_name = "BITS", value_parser = clap::value_parser!(u32).range(Bits::WEIGHT))]
    pub(in crate::cli) weight_bits: u32,
    /// Bits of a membrane, sign included
    #[arg(long, default_value_t = Bits::default().membrane, value_name = "BITS", value_parser = clap::value_parser!(u32).range(Bits::MEMBRANE))]
    pub(in crate::cli) membrane_bits: u32,
    /// Spikes of the inputs, with which the integers are compared with real numbers: an .npy file of time steps by neurons,
    /// or random:rate=…,steps=…,seed=…; of one of several inputs, NAME=SPIKES [default: random:rate=0.1,steps=100,seed=1]
    #[arg(long, value_name = "SPIKES")]
    pub(in crate::cli) spikes: Vec<String>,
    /// Time steps of every layer, for which membranes have room; runs may have others [default: those of the spikes]
    #[arg(long, value_name = "T", value_parser = clap::value_parser!(u32).range(1..=1_048_576))]
    pub(in crate::cli) steps: Option<u32>,
    /// End with an error, and write nothing, where integers do not follow real numbers
    #[arg(long)]
    pub(in crate::cli) strict: bool,
    #[command(flatten)]
    pub(in crate::cli) replace: ReplaceOptions,
    /// Write what became of the graph for machines
    #[arg(long, value_name = "FILE")]
    pub(in crate::cli) json: Option<PathBuf>,
}

impl ImportArguments {
    /// Options in the form of the library.
    pub(in crate::cli) fn options(&self) -> ImportOptions {
        let asked = Asked {
            dt: self.dt,
            integrator: self.integrator,
            reset: self.reset,
            if_input: self.if_input.unwrap_or_default(),
            cuba_input: self.cuba_input,
        };
        let bits = Bits { weight: self.weight_bits, membrane: self.membrane_bits };
        ImportOptions { asked, bits, steps: self.steps, strict: self.strict }
    }
}

/// Options of `import` that do not affect the network, or that its file holds in another form.
const NOT_OF_THE_NETWORK: &[&str] =
    &["file", "out", "json", "spikes", "steps", "strict", "overwrite", "quiet", "verbose"];

/// Options of this `import` that a later one needs to make the same network: as given, without those above.
pub(in crate::cli) fn import_arguments() -> Result<Vec<String>, Failure> {
    let mut command = super::Arguments::command();
    let given = command.clone().try_get_matches_from(std::env::args_os())?;
    let (Some(given), Some(import)) = (given.subcommand_matches("import"), command.find_subcommand_mut("import"))
    else {
        return Ok(Vec::new());
    };
    let mut found = Vec::new();
    for argument in import.get_arguments() {
        let id = argument.get_id();
        let was_given = !NOT_OF_THE_NETWORK.contains(&id.as_str())
            && given.try_contains_id(id.as_str()).unwrap_or(false)
            && given.value_source(id.as_str()) == Some(ValueSource::CommandLine);
        let Some(name) = argument.get_long().filter(|_| was_given) else { continue };
        for value in given.get_raw(id.as_str()).into_iter().flatten() {
            found.push(format!("--{name}={}", value.to_string_lossy()));
        }
    }
    Ok(found)
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
    pub(in crate::cli) values: Values,
    #[command(flatten)]
    pub(in crate::cli) replace: ReplaceOptions,
    /// File to write
    #[arg(long, value_name = "FILE")]
    pub(in crate::cli) out: PathBuf,
}
