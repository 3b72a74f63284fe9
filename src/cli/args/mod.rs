//! Arguments of all commands.

mod compare;
#[cfg(feature = "nir")]
mod nir;
mod noc;
mod trace;
mod train;
mod train_report;
mod usage;

pub(super) use compare::CompareOptions;
#[cfg(feature = "nir")]
pub(super) use nir::{ExportOptions, ImportArguments, import_arguments};
pub(super) use noc::NocOptions;
pub(super) use trace::TraceOptions;
pub(super) use train::{HardwareOptions, SettingOptions, StepRange, TrainOptions};
pub(super) use train_report::TrainReportOptions;
pub(super) use usage::explain;

use crate::report::UnitCosts;
use clap::{Args, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;
use std::time::Duration;

/// Simulates spiking networks on modelled neuromorphic chips: what an inference costs, whether it fits, and
/// whether the chip computes what the network computes.
#[derive(Debug, Parser)]
#[command(
    version,
    about,
    long_about = None,
    after_help = "Examples:\n  spikemesh run                                     the default network on the default chip\n  spikemesh run --network fashion-mlp --samples 1000\n  spikemesh run --network 'random:seed=1,neurons=1024,cores=16' --steps 100\n  spikemesh check my_chip.json\n\nFiles: what other commands read (networks, mappings, NIR graphs) is never replaced without --overwrite; a report replaces\nan empty file or an earlier report of the same kind, and nothing else without --overwrite. A file appears when it is complete.\nThe path - is standard output; results for people then go to standard error."
)]
pub(super) struct Arguments {
    /// No progress bars, and no notes other than errors
    #[arg(long, short, global = true)]
    pub(super) quiet: bool,
    /// Log the phases of a command with their times (RUST_LOG says more finely what)
    #[arg(long, short, global = true, conflicts_with = "quiet")]
    pub(super) verbose: bool,
    #[command(subcommand)]
    pub(super) command: Command,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Train (or reuse) a network, map it on a chip, simulate, and report what an inference costs
    #[command(
        after_help = "Examples:\n  spikemesh run\n  spikemesh run --chip crossbar --network digits-cnn --json report.json\n  spikemesh run --chip loihi --calibration davies2018 --timing ideal\n  spikemesh run --network 'random:seed=7,neurons=16384,cores=128,targets=local8' --limits report\n  spikemesh run --trace vcd=run.vcd --trace perfetto=run.perfetto --trace-filter time=..20us\n  spikemesh run --chip my_crossbar.json --set core.synapses.devices.read_sigma=0.05"
    )]
    Run(RunArguments),
    /// Train a network by the tandem rule and write it to a folder
    #[command(after_help = train::MORE)]
    Train(TrainOptions),
    /// Map a network on a chip: does it fit, on how many cores, with how much traffic
    #[command(
        after_help = "Examples:\n  spikemesh map --network fashion-cnn --chip loihi\n  spikemesh map --network fashion-cnn --partitioner multilevel --placer annealing --save mapping.json\n  spikemesh run --network fashion-cnn --mapping mapping.json\n  spikemesh map --network fashion-mlp --chip crossbar --limits report"
    )]
    Map(MapArguments),
    /// Print a saved run or rewrite it, with other constants too, without simulating
    #[command(
        after_help = "Examples:\n  spikemesh run --json run.json\n  spikemesh report run.json --calibration davies2018\n  spikemesh report run.json --chip my_loihi.json --calibration mine --json mine.json"
    )]
    Report(ReportOptions),
    /// Compare chips, numbers of their files and options of a run, for one network: a row each, the best, the Pareto front
    #[command(after_help = compare::MORE)]
    Compare(Box<CompareOptions>),
    /// Measure a network on chip alone, under synthetic traffic or a trace: latency, saturation, busiest links
    #[command(after_help = noc::MORE)]
    Noc(NocOptions),
    /// Recompute published measurements: ours against theirs, with what was assumed
    #[command(
        after_help = "Examples:\n  spikemesh validate                        all cases whose data is here\n  spikemesh validate odin truenorth --json validation.json\n  spikemesh validate ranc --ranc path/to/memory_files/vmm\n  spikemesh validate actor --data folder    with loihi_sddpg/weight_0.npy … and ranc/* in it"
    )]
    Validate(ValidateOptions),
    /// Check chip and network files and saved runs, and print all their problems
    #[command(
        after_help = "Examples:\n  spikemesh check my_chip.json trained/digits/network.json\n  spikemesh check --schema chip > chip.schema.json     then, first in my_chip.json: \"$schema\": \"chip.schema.json\""
    )]
    Check(CheckOptions),
    /// Read a NIR graph that another program trained, as a network of integers, and say how far it is from real numbers
    #[cfg(feature = "nir")]
    #[command(after_help = nir::IMPORT_MORE)]
    Import(ImportArguments),
    /// Write a trained network as a NIR graph that other programs read
    #[cfg(feature = "nir")]
    #[command(after_help = nir::EXPORT_MORE)]
    Export(ExportOptions),
    /// List the chips there are, or show one: limits, every constant and fact with its source, estimates
    #[command(after_help = "Examples:\n  spikemesh chips\n  spikemesh chips truenorth\n  spikemesh chips my_chip.json")]
    Chips(ChipsOptions),
    /// List the networks there are
    Networks,
    /// List the data sets there are, and how to get those that are not here
    Datasets(DataArguments),
}

#[derive(Args, Debug)]
pub(super) struct ChipsOptions {
    /// Chip: a name or a file [default: a list of all]
    pub(super) chip: Option<String>,
}

/// Where data sets are looked for.
#[derive(Args, Clone, Debug)]
pub(super) struct DataArguments {
    /// Folder with data sets; may be given more than once
    #[arg(long, env = "SPIKEMESH_DATA", value_name = "DIR", value_delimiter = ':')]
    pub(super) data_dir: Vec<PathBuf>,
    /// Time of a step of events, in microseconds, from a sample's first event on [default: a sample's time in equal steps]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=1_000_000_000))]
    pub(super) bin_us: Option<u64>,
}

/// Files that may be replaced.
#[derive(Args, Clone, Copy, Debug)]
pub(super) struct ReplaceOptions {
    /// Replace what is there already. Without it networks, mappings and NIR graphs are not replaced, and a report only replaces
    /// an earlier one of its kind
    #[arg(long)]
    pub(super) overwrite: bool,
}

/// Where trained networks are kept between runs.
#[derive(Args, Clone, Debug)]
pub(super) struct CacheOptions {
    /// Folder that keeps trained networks between runs [default: the user's cache folder]
    #[arg(long, env = "SPIKEMESH_CACHE", value_name = "DIR")]
    pub(super) cache_dir: Option<PathBuf>,
}

/// Between cores.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum TimingArg {
    /// Finite buffers, credits, arbitration
    Event,
    /// No contention between packets: a lower bound where cores receive one packet after the other
    Ideal,
}

/// Form in which values enter a sparse network; R is the value that stands for 1.0, T the number of time steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum EncodeArg {
    /// Constant currents: the sums of the input's synapses, w x/R, computed once, off the chip
    Direct,
    /// Spikes by chance: in each time step with the probability x/R, by --seed and the number of the sample
    Rate,
    /// One spike, sooner for larger values: in step 1 + (1 - x/R) (T - 1); none for 0
    Latency,
}

/// Treatment of limits of the chip that the network breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum LimitsArg {
    /// An error that says what does not fit
    Enforce,
    /// Run all the same and list what does not fit
    Report,
}

#[derive(Args, Clone, Debug)]
pub(super) struct NetworkOption {
    /// Network: a name, a file, a trained folder, or random:seed=…,neurons=…,cores=…,targets=uniform|local8
    #[arg(long, default_value = "digits-mlp")]
    pub(super) network: String,
}

/// How a mapping is searched for.
#[derive(Args, Clone, Debug)]
pub(super) struct SearchOptions {
    /// Where cores go: linear, greedy, hilbert, force or annealing
    #[arg(long, default_value = "linear", value_name = "NAME")]
    pub(super) placer: String,
    /// Which neurons share a core: sequential, shared (those that hear the same), multilevel (by search) or tiled
    /// (tiles of convolutions: the fewest cores)
    #[arg(long, default_value = "sequential", value_name = "NAME")]
    pub(super) partitioner: String,
    /// Objective of searches: hops, busiest-link (load of the busiest link) or energy (of the hops)
    #[arg(long, default_value = "hops", value_name = "NAME")]
    pub(super) objective: String,
}

#[derive(Args, Clone, Copy, Debug)]
pub(super) struct ProfileOption {
    /// Count packets, for searches, by the spikes of N training samples; 0: one spike a neuron
    #[arg(long, default_value_t = 0, value_name = "N")]
    pub(super) profile: u32,
}

/// A data set, where it is looked for, and how much of it is run.
#[derive(Args, Clone, Debug)]
pub(super) struct SampleOptions {
    /// Data set: a name or a folder [default: the network's own; a sparse network has none and runs once for --steps]
    #[arg(long)]
    pub(super) data: Option<String>,
    #[command(flatten)]
    pub(super) folders: DataArguments,
    #[command(flatten)]
    pub(super) cache: CacheOptions,
    /// Test samples to run, from the first [default: all]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub(super) samples: Option<u32>,
}

/// A network, a chip, and how one is mapped on the other.
#[derive(Args, Clone, Debug)]
pub(super) struct TargetOptions {
    /// Chip: a name (`spikemesh chips` lists them) or a file
    #[arg(long, default_value = "loihi")]
    pub(super) chip: String,
    #[command(flatten)]
    pub(super) network: NetworkOption,
    #[command(flatten)]
    pub(super) search: SearchOptions,
    /// Spread neurons over up to N cores, those of the layers with most work first, which a step then waits for less
    /// [default: as few cores as they need]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub(super) cores: Option<u32>,
    /// Leave neurons whole that have more inputs than a core takes, on chips that can add up partial sums
    #[arg(long)]
    pub(super) no_splits: bool,
    /// Moves that a search for a mapping tries
    #[arg(long, default_value_t = 1_000_000, value_name = "MOVES", value_parser = clap::value_parser!(u64).range(1..=1_000_000_000_000))]
    pub(super) budget: u64,
    #[command(flatten)]
    pub(super) profile: ProfileOption,
    /// A mapping that `map --save` wrote, instead of a search
    #[arg(long, visible_alias = "load", value_name = "FILE", conflicts_with_all = ["placer", "partitioner", "objective", "cores", "budget"])]
    pub(super) mapping: Option<PathBuf>,
    /// Treatment of limits that the network breaks
    #[arg(long, value_enum, default_value = "enforce")]
    pub(super) limits: LimitsArg,
}

/// Seed and threads.
#[derive(Args, Clone, Debug)]
pub(super) struct EffortOptions {
    /// Seed of the training: weights, order of samples, dropout; and of `run`, where crossbars have errors, of those
    #[arg(long, default_value_t = 1, value_name = "S", value_parser = clap::value_parser!(u64).range(0..=9_223_372_036_854_775_807))]
    pub(super) seed: u64,
    /// Worker threads; changes no result [default: one per CPU]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1024))]
    pub(super) threads: Option<u32>,
}

#[derive(Args, Debug)]
pub(super) struct RunArguments {
    #[command(flatten)]
    pub(super) target: TargetOptions,
    #[command(flatten)]
    pub(super) input: SampleOptions,
    /// Time steps [default: the network's own]; of an imported network those of every layer
    #[arg(long, value_name = "T", value_parser = clap::value_parser!(u32).range(1..=16_777_216))]
    pub(super) steps: Option<u32>,
    /// Spikes of the inputs of a sparse network, in place of those in its file: an .npy file of time steps by neurons, or
    /// random:rate=…,steps=…,seed=…; of one of several inputs, NAME=SPIKES
    #[arg(long, value_name = "SPIKES")]
    pub(super) spikes: Vec<String>,
    /// Form in which values (images) enter a sparse network with --data; spike trains enter as they are
    /// [default: direct, unless it was made for spikes]
    #[arg(long, value_enum, value_name = "FORM")]
    pub(super) encode: Option<EncodeArg>,
    /// Of an imported network: end with an error where its integers do not follow the real network
    #[arg(long)]
    pub(super) strict: bool,
    /// How time passes between cores
    #[arg(long, value_enum, default_value = "event")]
    pub(super) timing: TimingArg,
    /// Table of constants [default: the chip's default]
    #[arg(long, value_name = "NAME")]
    pub(super) calibration: Option<String>,
    /// Change a number of the chip's file, by its path; may be given more than once
    #[arg(long, value_name = "PATH=NUMBER", value_parser = change)]
    pub(super) set: Vec<ChipChange>,
    #[command(flatten)]
    pub(super) effort: EffortOptions,
    /// Parts of the chip simulated side by side on the threads, for sparse networks; changes no result, and pays only
    /// where much happens at a time. Samples of a layered network go over the threads instead, each in one part
    #[arg(long, default_value_t = 1, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=4096))]
    pub(super) shards: u32,
    /// End the simulation (not a training) after S seconds, as Ctrl-C does: the report has the results so far
    #[arg(long, value_name = "S", value_parser = seconds)]
    pub(super) max_seconds: Option<Duration>,
    /// End the simulation after N events, messages and signals, with the steps that are done; of a layered network
    /// with the samples that are done or under way
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub(super) max_events: Option<u64>,
    /// Unit costs of the comparison with an ANN on the same silicon, as in read=5,mac=5 [default: Davidson & Furber 2021:
    /// unit_fj=60,read=5,mac=5,other=2,add=1,write=1,state=6]
    #[arg(long, value_name = "LIST", value_parser = UnitCosts::parse)]
    pub(super) ann_costs: Option<UnitCosts>,
    #[command(flatten)]
    pub(super) traces: TraceOptions,
    #[command(flatten)]
    pub(super) replace: ReplaceOptions,
    /// Write spike counts and membranes of the outputs by sample, labels and predictions, for numpy.load (.npz)
    #[arg(long, value_name = "FILE")]
    pub(super) outputs: Option<PathBuf>,
    /// Write a page with pictures: energy by core, spikes and traffic over time, latencies
    #[arg(long, value_name = "FILE")]
    pub(super) html: Option<PathBuf>,
    /// Write the report for machines
    #[arg(long, value_name = "FILE")]
    pub(super) json: Option<PathBuf>,
}

/// A number of the chip's file and its new value.
#[derive(Clone, Debug)]
pub(super) struct ChipChange {
    pub(super) path: String,
    pub(super) value: String,
}

fn change(text: &str) -> Result<ChipChange, String> {
    let (path, value) = text.split_once('=').ok_or("expected PATH=NUMBER, as in core.synapse_lanes=4")?;
    Ok(ChipChange { path: path.trim().to_owned(), value: value.trim().to_owned() })
}

/// A number of seconds, fractions too.
fn seconds(text: &str) -> Result<Duration, String> {
    let found = text.parse().ok().filter(|seconds: &f64| *seconds > 0.0);
    found.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok()).ok_or("expected a number above 0".into())
}

#[derive(Args, Debug)]
pub(super) struct ReportOptions {
    /// A report that `spikemesh run --json FILE` wrote
    pub(super) file: PathBuf,
    /// Table of constants to price the run with [default: as it was saved]
    #[arg(long, value_name = "NAME")]
    pub(super) calibration: Option<String>,
    /// The chip that the run used, a name or a file, perhaps with other constants [default: found by the run's name]
    #[arg(long)]
    pub(super) chip: Option<String>,
    #[command(flatten)]
    pub(super) replace: ReplaceOptions,
    /// Write the report for machines
    #[arg(long, value_name = "OUT")]
    pub(super) json: Option<PathBuf>,
}

#[derive(Args, Debug)]
pub(super) struct MapArguments {
    #[command(flatten)]
    pub(super) target: TargetOptions,
    /// Seed of searches for a mapping
    #[arg(long, default_value_t = 1, value_name = "S")]
    pub(super) seed: u64,
    /// Where the data for --profile is
    #[command(flatten)]
    pub(super) folders: DataArguments,
    #[command(flatten)]
    pub(super) replace: ReplaceOptions,
    /// Write the mapping to a file that `--load` and `run --mapping` read
    #[arg(long, value_name = "FILE")]
    pub(super) save: Option<PathBuf>,
    /// Write a page with pictures: what links carry, and where layers stand, before and after
    #[arg(long, value_name = "FILE")]
    pub(super) html: Option<PathBuf>,
    /// Write the mapping's figures for machines
    #[arg(long, value_name = "FILE")]
    pub(super) json: Option<PathBuf>,
}

/// A kind of file that has a schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum SchemaArg {
    /// Chips, as in hw_models
    Chip,
    /// Layered networks, trained ones too
    Network,
    /// Sparse networks
    Sparse,
}

#[derive(Args, Debug)]
pub(super) struct CheckOptions {
    /// Chip or network files, or saved runs
    #[arg(required_unless_present = "schema")]
    pub(super) files: Vec<PathBuf>,
    /// Print the JSON Schema of a kind of file instead, with which editors complete and check such files
    #[arg(long, value_enum, value_name = "KIND", conflicts_with = "files")]
    pub(super) schema: Option<SchemaArg>,
}

#[derive(Args, Debug)]
pub(super) struct ValidateOptions {
    /// Cases [default: all]
    #[arg(value_name = "CASE")]
    pub(super) cases: Vec<String>,
    /// Folder with third-party data that some cases need: ranc/*, loihi_sddpg
    #[arg(long, value_name = "DIR")]
    pub(super) data: Option<PathBuf>,
    /// A test bench of RANC to replay (csram_NNN.mem, tc_NNN.mem, tb_*.txt); may be given more than once
    #[arg(long, value_name = "DIR")]
    pub(super) ranc: Vec<PathBuf>,
    /// Width and height of the grids of --ranc, as in 4x3 [default: found from where packets go]
    #[arg(long, value_name = "WxH", requires = "ranc", value_parser = grid)]
    pub(super) ranc_grid: Option<(u32, u32)>,
    #[command(flatten)]
    pub(super) replace: ReplaceOptions,
    /// Write the findings for machines
    #[arg(long, value_name = "FILE")]
    pub(super) json: Option<PathBuf>,
}

/// A width and a height.
fn grid(text: &str) -> Result<(u32, u32), String> {
    let side = |text: &str| text.trim().parse::<u32>().ok().filter(|side| (1..=64).contains(side));
    let found = text.split_once('x').and_then(|(width, height)| Some((side(width)?, side(height)?)));
    found.ok_or("expected a width and a height of 1 to 64, as in 4x3".into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    /// Every value that help lists, and one that it does not, for every option of every command: none may panic.
    #[test]
    fn every_value_of_a_choice_is_taken() {
        let all = Arguments::command();
        let mut tried = 0;
        for command in all.get_subcommands() {
            for option in command.get_arguments().filter(|option| option.get_action().takes_values()) {
                let (Some(name), values) = (option.get_long(), option.get_possible_values()) else { continue };
                let values = values.iter().map(|value| (value.get_name(), true)).chain([("nonsense", false)]);
                for (value, is_listed) in values.filter(|_| !option.get_possible_values().is_empty()) {
                    let given = ["spikemesh".to_owned(), command.get_name().to_owned(), format!("--{name}={value}")];
                    let found = all.clone().try_get_matches_from(given);
                    let is_refused = found.is_err_and(|e| e.kind() == clap::error::ErrorKind::InvalidValue);
                    assert_eq!(is_refused, !is_listed, "{} --{name}={value}", command.get_name());
                    tried += 1;
                }
            }
        }
        assert!(tried > 20, "{tried}");
    }
}
