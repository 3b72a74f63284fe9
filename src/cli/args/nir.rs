//! Arguments of `import` and `export`.

use super::{ReplaceOptions, heading, values};
use crate::cli::Failure;
use crate::net::nir::{Asked, Bits, CubaInput, FiresAt, Framework, IfInput, ImportOptions, Integrator, LifInput};
use crate::net::nir::{MAX_SPIKES, ResetRule, Values};
use clap::builder::PossibleValue;
use clap::parser::ValueSource;
use clap::{Args, CommandFactory, ValueEnum};
use std::ops::RangeInclusive;
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
    Framework {
        Snntorch = "snnTorch: its default reset, by subtraction one step later",
        Norse = "Norse: time constants of dt/tau_inv, LIFCell's input at once",
        Sinabs = "Sinabs: time constants in steps, exponential decay, reset by subtraction",
        SpikingJelly = "SpikingJelly: IF takes a current, reset to v_reset"
    }
    Integrator {
        Euler = "Forward Euler, as snnTorch and Norse compute",
        Exponential = "Exponential Euler: exact while the input does not change"
    }
    ResetRule {
        Zero = "The potential becomes v_reset, as NIR defines it",
        Subtract = "The threshold is subtracted",
        Snntorch = "The threshold is subtracted one step later, after the decay: the default of snnTorch"
    }
    IfInput without Found {
        Impulse = "The weight times R at once, as other programs compute",
        Current = "A current for one time step: the weight times R dt"
    }
    CubaInput {
        Defined = "The weight times w_in dt/tau_syn, as NIR defines it",
        Impulse = "The whole weight at once, as Norse computes"
    }
    LifInput {
        Defined = "The weight times R dt/tau, as NIR defines it",
        Impulse = "The weight times R at once, as Sinabs computes with norm_input=False"
    }
    FiresAt {
        Above = "Above its threshold, as NIR defines it, and as snnTorch and Norse compute",
        Reached = "At its threshold, too, as Sinabs and SpikingJelly compute"
    }
    Values {
        Integer = "The integer network, in weight units: its spikes are those of the chip",
        Real = "The real weights from which the integers were made"
    }
}

pub(super) const IMPORT_MORE: &str = "\
Examples:
  spikemesh import model.nir --out model --from snntorch
  spikemesh import model.nir --out model --from snntorch --reset zero
  spikemesh import model.nir --out model --reset subtract --spikes input.npy
  spikemesh run --network model --chip loihi
  spikemesh run --network model --spikes random:rate=0.05,steps=200,seed=3

The integers are compared with the real network for the given spikes, or for --steps; a run can have other ones. A \
warning says where the integers do not follow, and --strict makes it an error.

NIR leaves open the time step, the integrator, the reset and the effect of a spike. They are taken from these options, \
or else from --from, or else from the file's metadata (dt, reset, initial_potential, as export writes them), and every \
report states them.

What --from sets (options beside it override it):
  snntorch      --dt 1e-4 --reset snntorch (of a model with reset_mechanism=\"zero\": add --reset zero)
  norse         --dt 1e-6 --cuba-input impulse
  sinabs        --dt 1 --integrator exponential --reset subtract --fires at (of a model with Sinabs' default
                spike_fn, MultiSpike: add --max-spikes 255)
  spikingjelly  --dt as its exporter was given it --if-input current --fires at

A spike's effect: I and IF by --if-input, LI and LIF by --lif-input, CubaLI and CubaLIF by --cuba-input.";

#[derive(Args, Debug)]
pub(in crate::cli) struct ImportArguments {
    /// A NIR graph (HDF5), or a file of SANA-FE (.yaml): an architecture, or with --arch a network
    pub(in crate::cli) file: PathBuf,
    /// Folder to write the network to, or the chip
    #[arg(long, value_name = "DIR", help_heading = heading::OUTPUT)]
    pub(in crate::cli) out: PathBuf,
    /// Architecture that a network of SANA-FE is mapped to (.yaml)
    ///
    /// The folder then has the chip, the network and its mapping. Other options of the conversion are for NIR graphs.
    #[arg(long, value_name = "FILE", help_heading = heading::INPUT)]
    pub(in crate::cli) arch: Option<PathBuf>,
    /// Framework whose exporter wrote the file: sets what such files leave out
    #[arg(long, value_enum, value_name = "FRAMEWORK", help_heading = heading::CONVERSION)]
    pub(in crate::cli) from: Option<Framework>,
    /// Time step in seconds [default: dt of the file's metadata, or 1e-4]
    #[arg(long, value_name = "SECONDS", value_parser = values::real, allow_hyphen_values = true, help_heading = heading::CONVERSION)]
    pub(in crate::cli) dt: Option<f64>,
    /// Integrator: how differential equations become time steps [default: euler]
    #[arg(long, value_enum, help_heading = heading::CONVERSION)]
    pub(in crate::cli) integrator: Option<Integrator>,
    /// Reset: what a spike does to the potential [default: reset of the file's metadata, or zero]
    #[arg(long, value_enum, help_heading = heading::CONVERSION)]
    pub(in crate::cli) reset: Option<ResetRule>,
    /// Input of I and IF: the effect of a spike [default: current where R dt is 1, else impulse]
    #[arg(long, value_enum, help_heading = heading::CONVERSION)]
    pub(in crate::cli) if_input: Option<IfInput>,
    /// Input of CubaLI and CubaLIF: the effect of a spike [default: defined]
    #[arg(long, value_enum, help_heading = heading::CONVERSION)]
    pub(in crate::cli) cuba_input: Option<CubaInput>,
    /// Input of LI and LIF: the effect of a spike [default: defined]
    #[arg(long, value_enum, help_heading = heading::CONVERSION)]
    pub(in crate::cli) lif_input: Option<LifInput>,
    /// Where a neuron spikes [default: above]
    #[arg(long, value_enum, help_heading = heading::CONVERSION)]
    pub(in crate::cli) fires: Option<FiresAt>,
    /// Most spikes of a neuron in a step, each of which subtracts the threshold [default: 1]
    #[arg(long, value_name = "N", value_parser = values::whole::<u32>(1..=u64::from(MAX_SPIKES)), allow_negative_numbers = true, help_heading = heading::CONVERSION)]
    pub(in crate::cli) max_spikes: Option<u32>,
    /// Width of a weight in bits, sign included
    #[arg(long, default_value_t = Bits::default().weight, value_name = "BITS", value_parser = values::whole::<u32>(from(Bits::WEIGHT)), allow_negative_numbers = true, help_heading = heading::CONVERSION)]
    pub(in crate::cli) weight_bits: u32,
    /// Width of a membrane potential in bits, sign included
    #[arg(long, default_value_t = Bits::default().membrane, value_name = "BITS", value_parser = values::whole::<u32>(from(Bits::MEMBRANE)), allow_negative_numbers = true, help_heading = heading::CONVERSION)]
    pub(in crate::cli) membrane_bits: u32,
    /// Input spikes of the comparison with the real network [default: random:rate=0.1,steps=100,seed=1]
    ///
    /// An .npy file with time steps as rows and neurons as columns, or random:rate=…,steps=…,seed=…. With several inputs,
    /// NAME=SPIKES gives those of one.
    #[arg(long, value_name = "SPIKES", help_heading = heading::INPUT)]
    pub(in crate::cli) spikes: Vec<String>,
    /// Number of time steps of every layer [default: as many as the spikes have]
    ///
    /// Membrane potentials are wide enough for this number; a run can have another one.
    #[arg(long, value_name = "T", value_parser = values::whole::<u32>(1..=1_048_576), allow_negative_numbers = true, help_heading = heading::INPUT)]
    pub(in crate::cli) steps: Option<u32>,
    /// Fail, and write nothing, if the integers do not follow the real network
    #[arg(long, help_heading = heading::INPUT)]
    pub(in crate::cli) strict: bool,
    /// Write the details of the conversion as JSON
    #[arg(long, value_name = "FILE", help_heading = heading::OUTPUT)]
    pub(in crate::cli) json: Option<PathBuf>,
    #[command(flatten)]
    pub(in crate::cli) replace: ReplaceOptions,
}

/// Limits of a width in bits.
fn from(bits: RangeInclusive<i64>) -> RangeInclusive<u64> {
    bits.start().unsigned_abs()..=bits.end().unsigned_abs()
}

impl ImportArguments {
    /// Options in the form of the library.
    pub(in crate::cli) fn options(&self) -> ImportOptions {
        let asked = Asked {
            from: self.from,
            dt: self.dt,
            integrator: self.integrator,
            reset: self.reset,
            if_input: self.if_input.unwrap_or_default(),
            cuba_input: self.cuba_input,
            lif_input: self.lif_input,
            fires: self.fires,
            max_spikes: self.max_spikes,
        };
        let bits = Bits { weight: self.weight_bits, membrane: self.membrane_bits };
        ImportOptions { asked, bits, steps: self.steps, strict: self.strict }
    }
}

/// Options of `import` that do not affect the network, or that its file holds in another form.
const NOT_OF_THE_NETWORK: &[&str] =
    &["file", "out", "json", "spikes", "steps", "strict", "overwrite", "quiet", "verbose", "help"];

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

pub(super) const EXPORT_MORE: &str = "\
Examples:
  spikemesh export --network digits-mlp --out digits-mlp.nir
  spikemesh export --network trained/fashion --values real --out fashion.nir

In Python: graph = nir.read(\"digits-mlp.nir\"). Inputs are values from 0 to 1, the same in every time step; resets \
subtract the threshold.";

#[derive(Args, Debug)]
pub(in crate::cli) struct ExportOptions {
    /// A trained network: a name, a file or a trained folder
    #[arg(long, default_value = "digits-mlp", value_parser = values::networks(), hide_possible_values = true, help_heading = heading::INPUT)]
    pub(in crate::cli) network: String,
    /// Weights to write
    #[arg(long, value_enum, default_value = "integer", help_heading = heading::CONVERSION)]
    pub(in crate::cli) values: Values,
    /// File to write
    #[arg(long, value_name = "FILE", help_heading = heading::OUTPUT)]
    pub(in crate::cli) out: PathBuf,
    #[command(flatten)]
    pub(in crate::cli) replace: ReplaceOptions,
}
