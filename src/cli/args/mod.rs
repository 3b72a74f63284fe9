//! Arguments of all commands.

mod chip;
mod compare;
mod diff;
mod encode;
mod examples;
mod first;
mod guide;
mod heading;
mod help;
mod index;
mod init;
#[cfg(feature = "nir")]
mod nir;
mod noc;
mod shell;
mod trace;
mod train;
mod train_report;
mod tune;
mod usage;
mod validate;
mod values;
mod words;

pub(super) use chip::{ChangeOptions, ChipOptions, ChipsOptions, LimitsArg, NetworksOptions, TimingArg};
pub(super) use compare::CompareOptions;
pub(super) use diff::DiffOptions;
pub(super) use encode::EncodeArg;
pub(super) use first::TargetNetwork;
pub(super) use guide::GuideOptions;
pub(super) use help::{command, parse};
pub(super) use index::IndexOptions;
pub(super) use init::{InitChip, InitKind, InitNetwork, InitOptions, InitSweep};
#[cfg(feature = "nir")]
pub(super) use nir::{ExportOptions, ImportArguments, import_arguments};
pub(super) use noc::NocOptions;
pub(super) use shell::{CompletionOptions, ManOptions};
pub(super) use trace::{TraceFile, TraceOptions};
pub(super) use train::TrainOptions;
pub(super) use train_report::TrainReportOptions;
pub(super) use tune::TuneOptions;
pub(super) use usage::explain;
pub(super) use validate::ValidateOptions;

use crate::report::UnitCosts;
use clap::{ArgAction, Args, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;
use std::time::Duration;
use values::{chips, networks, seconds, whole};

/// Simulate spiking neural networks on models of neuromorphic chips
///
/// Spikemesh reports what an inference costs, whether the network fits, and whether the chip computes what the network
/// computes.
#[derive(Debug, Parser)]
#[command(
    version,
    after_help = examples::PROGRAM,
    subcommand_required = true,
    disable_help_flag = true,
    disable_version_flag = true,
    next_help_heading = heading::GLOBAL
)]
pub(super) struct Arguments {
    /// Print errors only: no progress, no notes
    #[arg(long, short, global = true)]
    pub(super) quiet: bool,
    /// Log the phases of a command and how long they take; "run" and "report" print everything that they know
    ///
    /// The log is on standard error, all tables and lines of a report on standard output. RUST_LOG selects what is logged in more detail, as in RUST_LOG=spikemesh=debug.
    #[arg(long, short, global = true, conflicts_with = "quiet")]
    pub(super) verbose: bool,
    /// Print help; --help explains every option
    #[arg(long, short, global = true, action = ArgAction::Help)]
    help: Option<bool>,
    /// Print the version
    #[arg(long, short = 'V', action = ArgAction::Version)]
    version: Option<bool>,
    #[command(subcommand)]
    pub(super) command: Command,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Run a network on a chip, and report what an inference costs
    ///
    /// A network that is not trained yet is trained first, and kept for later runs.
    #[command(after_help = examples::RUN, aliases = ["simulate"])]
    Run(RunArguments),
    /// Train a network and write it to a folder
    #[command(after_help = examples::TRAIN)]
    Train(TrainOptions),
    /// Map a network onto a chip: does it fit, on how many cores, with how much traffic
    #[command(after_help = examples::MAP)]
    Map(MapArguments),
    /// Print a saved run or convert it, with other constants if asked, without simulating
    #[command(after_help = examples::REPORT)]
    Report(ReportOptions),
    /// Compare two saved runs: what differs, and which counts changed the energy
    #[command(after_help = examples::DIFF)]
    Diff(DiffOptions),
    /// Write a commented file to start from: a chip, a network or a sweep
    #[command(after_help = examples::INIT)]
    Init(InitOptions),
    /// Write a page over several saved runs: a table that can be sorted, and a chart
    #[command(after_help = index::MORE)]
    Index(IndexOptions),
    /// Compare chips, values in their files and options of a run: a row each, and the Pareto front
    #[command(after_help = examples::COMPARE, aliases = ["sweep", "explore"])]
    Compare(Box<CompareOptions>),
    /// Search a space of configurations for the best ones, with few evaluations
    #[command(after_help = examples::TUNE, aliases = ["optimize", "optimise"])]
    Tune(Box<TuneOptions>),
    /// Measure a network on chip alone: latency, saturation, busiest links
    #[command(after_help = examples::NOC)]
    Noc(NocOptions),
    /// Recompute published measurements, and compare
    #[command(after_help = examples::VALIDATE)]
    Validate(ValidateOptions),
    /// Check chip files, network files and saved runs, and print all their problems
    #[command(after_help = examples::CHECK)]
    Check(CheckOptions),
    /// Import a NIR graph that another program trained
    ///
    /// The network becomes one of integers; the report says how closely it follows the real numbers.
    #[cfg(feature = "nir")]
    #[command(after_help = nir::IMPORT_MORE)]
    Import(ImportArguments),
    /// Export a trained network as a NIR graph
    #[cfg(feature = "nir")]
    #[command(after_help = nir::EXPORT_MORE)]
    Export(ExportOptions),
    /// List the chips, or show one with the source of every constant
    #[command(after_help = examples::CHIPS)]
    Chips(ChipsOptions),
    /// List the networks, or show one
    #[command(after_help = examples::NETWORKS)]
    Networks(NetworksOptions),
    /// List the data sets, and how to get those that are not installed
    #[command(after_help = examples::DATASETS)]
    Datasets(DataArguments),
    /// Print a completion script for a shell
    #[command(after_help = examples::COMPLETIONS)]
    Completions(CompletionOptions),
    /// Print a manual page, or write all of them to a folder
    #[command(after_help = examples::MAN)]
    Man(ManOptions),
    /// Print the version
    #[command(hide = true)]
    Version,
    /// Print a chapter of the guide, or list its topics
    #[command(after_help = guide::MORE)]
    Guide(GuideOptions),
}

/// Where data sets are looked for.
#[derive(Args, Clone, Debug)]
pub(super) struct DataArguments {
    /// Folder with data sets; can be given more than once
    #[arg(long, env = "SPIKEMESH_DATA", value_name = "DIR", value_delimiter = ':', help_heading = heading::INPUT, hide_env_values = true)]
    pub(super) data_dir: Vec<PathBuf>,
    /// Bin events into time steps of N microseconds
    ///
    /// The first step begins with a sample's first event. Without the option, the duration of a sample is divided into equal
    /// steps.
    #[arg(long, value_name = "N", value_parser = whole::<u64>(1..=1_000_000_000), allow_negative_numbers = true, help_heading = heading::INPUT, hide_short_help = true)]
    pub(super) bin_us: Option<u64>,
    /// Add white noise to recordings of sound, N dB below each
    ///
    /// N is the ratio of signal to noise, from 0 to 100, over the whole of each recording. The noise is the same in every run.
    #[arg(long, value_name = "N", value_parser = whole::<u32>(0..=100), allow_negative_numbers = true, help_heading = heading::INPUT, hide_short_help = true)]
    pub(super) snr_db: Option<u32>,
}

/// Files that may be replaced.
#[derive(Args, Clone, Copy, Debug)]
pub(super) struct ReplaceOptions {
    /// Replace files that are there already
    ///
    /// Without it, networks, mappings and NIR graphs are never replaced, and a report replaces only an earlier report of the
    /// same kind.
    #[arg(long, help_heading = heading::OUTPUT)]
    pub(super) overwrite: bool,
}

/// Where trained networks are kept between runs.
#[derive(Args, Clone, Debug)]
pub(super) struct CacheOptions {
    /// Folder that keeps trained networks between runs [default: the user's cache folder]
    #[arg(long, env = "SPIKEMESH_CACHE", value_name = "DIR", help_heading = heading::INPUT, hide_env_values = true, hide_short_help = true)]
    pub(super) cache_dir: Option<PathBuf>,
}

#[derive(Args, Clone, Debug)]
#[command(next_help_heading = heading::INPUT)]
pub(super) struct NetworkOption {
    /// Network: a name, a file, a trained folder, or random:…
    ///
    /// "spikemesh networks" lists the names. A generated network is random:seed=S,neurons=N,cores=C,targets=T, with targets
    /// uniform or local8.
    #[arg(long, default_value = "digits-mlp", value_parser = networks(), hide_possible_values = true)]
    pub(super) network: String,
}

/// How a mapping is searched for.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = heading::MAPPING)]
pub(super) struct SearchOptions {
    /// Placement of cores: linear, greedy, hilbert, force or annealing
    #[arg(long, default_value = "linear", value_name = "NAME", value_parser = values::placers(), hide_possible_values = true)]
    pub(super) placer: String,
    /// Grouping of neurons into cores: auto, sequential, shared, multilevel or tiled
    ///
    /// sequential keeps the network's order; auto does so too, but groups convolutions as shared does where that takes no
    /// more cores and lowers packets and hops. shared groups neurons that have the same inputs; multilevel searches for the least traffic; tiled groups
    /// neighbouring neurons of convolutions, which needs the fewest cores.
    #[arg(long, default_value = "auto", value_name = "NAME", value_parser = values::partitioners(), hide_possible_values = true)]
    pub(super) partitioner: String,
    /// Whether populations share cores: auto, always or never
    ///
    /// They share where that saves a core. Layers of a layered network work at the same time: with auto they share only if
    /// the chip has too few cores for them otherwise.
    #[arg(long, default_value = "auto", value_name = "WORD", value_parser = values::sharings(), hide_possible_values = true, hide_short_help = true)]
    pub(super) share_cores: String,
    /// Objective of searches: hops, busiest-link or energy
    ///
    /// The total number of hops, the load of the busiest link, or the energy of the hops.
    #[arg(long, default_value = "hops", value_name = "NAME", value_parser = values::objectives(), hide_possible_values = true, hide_short_help = true)]
    pub(super) objective: String,
}

#[derive(Args, Clone, Copy, Debug)]
#[command(next_help_heading = heading::MAPPING)]
pub(super) struct ProfileOption {
    /// Weight the traffic in searches by the spikes of N training samples; 0: every neuron alike
    #[arg(long, default_value_t = 0, value_name = "N", value_parser = whole::<u32>(0..), allow_negative_numbers = true, hide_short_help = true)]
    pub(super) profile: u32,
}

/// A data set, where it is looked for, and how much of it is run.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = heading::INPUT)]
pub(super) struct SampleOptions {
    /// Data set: a name or a folder [default: the network's own]
    ///
    /// A sparse network has none of its own: without this option it runs once for --steps.
    #[arg(long, value_parser = values::datasets(), hide_possible_values = true)]
    pub(super) data: Option<String>,
    #[command(flatten)]
    pub(super) folders: DataArguments,
    #[command(flatten)]
    pub(super) cache: CacheOptions,
    /// Number of test samples to run, from the first [default: all]
    #[arg(long, value_name = "N", value_parser = whole::<u32>(1..), allow_negative_numbers = true)]
    pub(super) samples: Option<u32>,
}

/// A network, a chip, and how one is mapped on the other.
#[derive(Args, Clone, Debug)]
pub(super) struct TargetOptions {
    #[command(flatten)]
    pub(super) chip: ChipOptions,
    #[command(flatten)]
    pub(super) network: TargetNetwork,
    #[command(flatten)]
    pub(super) search: SearchOptions,
    /// Spread the neurons over up to N cores [default: as few cores as needed]
    ///
    /// The layers with most work are spread first, so that a time step waits less for its slowest core.
    #[arg(long, value_name = "N", value_parser = whole::<u32>(1..), allow_negative_numbers = true, help_heading = heading::MAPPING)]
    pub(super) cores: Option<u32>,
    /// Do not split neurons that have more inputs than a core takes
    ///
    /// Chips that can add up partial sums split such neurons over several cores.
    #[arg(long, hide_short_help = true, help_heading = heading::MAPPING)]
    pub(super) no_splits: bool,
    /// Number of moves that a search tries
    #[arg(long, default_value_t = 1_000_000, value_name = "MOVES", value_parser = whole::<u64>(1..=1_000_000_000_000), allow_negative_numbers = true, hide_short_help = true, help_heading = heading::MAPPING)]
    pub(super) budget: u64,
    #[command(flatten)]
    pub(super) profile: ProfileOption,
    /// Read the mapping from a file that "map --save" wrote, instead of searching
    #[arg(long, visible_alias = "load", value_name = "FILE", conflicts_with_all = ["placer", "partitioner", "share_cores", "objective", "cores", "budget"], help_heading = heading::MAPPING)]
    pub(super) mapping: Option<PathBuf>,
    /// Refuse a network that exceeds limits of the chip, or run it and list them
    #[arg(long, value_enum, default_value = "enforce", help_heading = heading::MAPPING)]
    pub(super) limits: LimitsArg,
}

/// Seed and threads.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = heading::RESOURCES)]
pub(super) struct EffortOptions {
    /// Seed of everything random
    ///
    /// Of a training: initial weights, order of samples, dropout. Of a run on crossbars with device errors: these errors.
    #[arg(long, default_value_t = 1, value_name = "S", value_parser = whole::<u64>(0..=9_223_372_036_854_775_807), allow_negative_numbers = true)]
    pub(super) seed: u64,
    /// Number of worker threads; changes no result [default: one per CPU]
    #[arg(long, value_name = "N", value_parser = whole::<u32>(1..=1024), allow_negative_numbers = true)]
    pub(super) threads: Option<u32>,
}

#[derive(Args, Debug)]
pub(super) struct RunArguments {
    #[command(flatten)]
    pub(super) target: TargetOptions,
    /// Calibration: the table of constants to use [default: the chip's default]
    #[arg(long, value_name = "NAME", help_heading = heading::CHIP)]
    pub(super) calibration: Option<String>,
    /// Timing of packets between cores
    #[arg(long, value_enum, default_value = "event", help_heading = heading::CHIP)]
    pub(super) timing: TimingArg,
    #[command(flatten)]
    pub(super) input: SampleOptions,
    /// Number of time steps [default: the network's own]
    ///
    /// For an imported network, the time steps of every layer.
    #[arg(long, value_name = "T", value_parser = whole::<u32>(1..=16_777_216), allow_negative_numbers = true, help_heading = heading::INPUT)]
    pub(super) steps: Option<u32>,
    /// Input spikes of a sparse network: an .npy file, or random:rate=…,steps=…,seed=…
    ///
    /// They replace those in the network's file. An array has time steps as rows and neurons as columns. With several
    /// inputs, NAME=SPIKES gives those of one; the option can be given more than once.
    #[arg(long, value_name = "SPIKES", help_heading = heading::INPUT)]
    pub(super) spikes: Vec<String>,
    /// Form in which images enter a sparse network [default: direct, unless the network was made for spikes]
    ///
    /// With --data. Spike trains enter as they are.
    #[arg(long, value_enum, value_name = "FORM", help_heading = heading::INPUT, hide_short_help = true)]
    pub(super) encode: Option<EncodeArg>,
    /// Fail if the integers of an imported network do not follow the real network
    #[arg(long, help_heading = heading::INPUT, hide_short_help = true)]
    pub(super) strict: bool,
    /// Try options that would shorten the run, on a part of it, and report what they give
    ///
    /// Those that act on what bounds most time steps: more cores, another placement, shared cores. Each is mapped and run on
    /// the first samples or time steps.
    #[arg(long, help_heading = heading::OUTPUT)]
    pub(super) advise: bool,
    /// Write a page with plots: energy per core, spikes and traffic over time, latencies
    #[arg(long, value_name = "FILE", help_heading = heading::OUTPUT)]
    pub(super) html: Option<PathBuf>,
    /// Write the report as JSON
    #[arg(long, value_name = "FILE", help_heading = heading::OUTPUT)]
    pub(super) json: Option<PathBuf>,
    /// Write spike counts and membranes of the outputs per sample, labels and predictions (.npz)
    #[arg(long, value_name = "FILE", help_heading = heading::OUTPUT)]
    pub(super) outputs: Option<PathBuf>,
    /// Write the log-probability of each class for each sample, or after each frame (.npy)
    ///
    /// The log-softmax of the outputs' membranes in the units of the training, by read-out and class, of all samples one after
    /// the other. Beside it FILE_lengths.npy has the number of read-outs of each, one for each frame where a network's file says
    /// "readout": "every" or "frame", and FILE_labels.npy the right class at each.
    #[arg(long, value_name = "FILE", help_heading = heading::OUTPUT, hide_short_help = true)]
    pub(super) posteriors: Option<PathBuf>,
    #[command(flatten)]
    pub(super) detail: DetailOption,
    #[command(flatten)]
    pub(super) traces: TraceOptions,
    #[command(flatten)]
    pub(super) replace: ReplaceOptions,
    /// Unit costs of the comparison with an ANN on the same silicon, as in read=5,mac=5
    ///
    /// [default: Davidson & Furber 2021: unit_fj=60,read=5,mac=5,other=2,add=1,write=1,state=6]
    #[arg(long, value_name = "LIST", value_parser = UnitCosts::parse, allow_hyphen_values = true, help_heading = heading::OUTPUT, hide_short_help = true)]
    pub(super) ann_costs: Option<UnitCosts>,
    #[command(flatten)]
    pub(super) effort: EffortOptions,
    /// Number of parts of the chip that are simulated in parallel
    ///
    /// For sparse networks on free-running chips; changes no result, and saves time only where much happens at once. The time
    /// steps of other chips, and samples, are spread over the threads without it.
    #[arg(long, default_value_t = 1, value_name = "N", value_parser = whole::<u32>(1..=4096), allow_negative_numbers = true, help_heading = heading::RESOURCES, hide_short_help = true)]
    pub(super) shards: u32,
    /// End the simulation after S seconds, as Ctrl-C does
    ///
    /// The report has the results so far. A training before the run is not limited.
    #[arg(long, value_name = "S", value_parser = seconds, allow_hyphen_values = true, help_heading = heading::RESOURCES)]
    pub(super) max_seconds: Option<Duration>,
    /// End the simulation after N events, messages and signals
    ///
    /// The report has the steps that are complete; for a layered network, the samples that are complete or have begun. On a
    /// chip with a barrier or a fixed tick, these are one event for each core and step, and two for each link that a flit crosses.
    #[arg(long, value_name = "N", value_parser = whole::<u64>(1..), allow_negative_numbers = true, help_heading = heading::RESOURCES, hide_short_help = true)]
    pub(super) max_events: Option<u64>,
}

/// How much of a report is printed.
#[derive(Args, Clone, Copy, Debug)]
pub(super) struct DetailOption {
    /// Print what the constants rest on: assumptions, sources, and all that has no price
    #[arg(long, help_heading = heading::OUTPUT)]
    pub(super) sources: bool,
}

#[derive(Args, Debug)]
pub(super) struct ReportOptions {
    /// A report that "spikemesh run --json FILE" wrote
    pub(super) file: PathBuf,
    /// Calibration: the table of constants to use [default: as saved]
    #[arg(long, value_name = "NAME", help_heading = heading::CHIP)]
    pub(super) calibration: Option<String>,
    /// The chip of the run, a name or a file, with changed constants for example [default: as saved]
    #[arg(long, value_parser = chips(), hide_possible_values = true, help_heading = heading::CHIP)]
    pub(super) chip: Option<String>,
    #[command(flatten)]
    pub(super) changes: ChangeOptions,
    /// Write the page of the run, without the pictures that only a simulation can draw
    #[arg(long, value_name = "FILE", help_heading = heading::OUTPUT)]
    pub(super) html: Option<PathBuf>,
    /// Write the report as JSON
    #[arg(long, value_name = "OUT", help_heading = heading::OUTPUT)]
    pub(super) json: Option<PathBuf>,
    #[command(flatten)]
    pub(super) detail: DetailOption,
    #[command(flatten)]
    pub(super) replace: ReplaceOptions,
}

#[derive(Args, Debug)]
pub(super) struct MapArguments {
    #[command(flatten)]
    pub(super) target: TargetOptions,
    /// Seed of searches for a mapping
    #[arg(long, default_value_t = 1, value_name = "S", value_parser = whole::<u64>(0..), allow_negative_numbers = true, help_heading = heading::MAPPING)]
    pub(super) seed: u64,
    /// Where the data for --profile is
    #[command(flatten)]
    pub(super) folders: DataArguments,
    /// Write the mapping to a file for "run --mapping"
    #[arg(long, value_name = "FILE", help_heading = heading::OUTPUT)]
    pub(super) save: Option<PathBuf>,
    /// Write a page with plots: traffic on links and layers on cores, before and after
    #[arg(long, value_name = "FILE", help_heading = heading::OUTPUT)]
    pub(super) html: Option<PathBuf>,
    /// Write the figures of the mapping as JSON
    #[arg(long, value_name = "FILE", help_heading = heading::OUTPUT)]
    pub(super) json: Option<PathBuf>,
    #[command(flatten)]
    pub(super) replace: ReplaceOptions,
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
    /// Sweeps, for compare --file
    Sweep,
    /// Mappings, as `map --save` writes them
    Mapping,
}

#[derive(Args, Debug)]
pub(super) struct CheckOptions {
    /// Chips and networks, by name or file, sweep files and saved runs
    #[arg(value_name = "FILE", required_unless_present = "schema")]
    pub(super) files: Vec<PathBuf>,
    #[command(flatten)]
    pub(super) changes: ChangeOptions,
    /// Print the JSON Schema of a kind of file instead, for editors that complete and check such files
    #[arg(long, value_enum, value_name = "KIND", conflicts_with = "files", help_heading = heading::OUTPUT)]
    pub(super) schema: Option<SchemaArg>,
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
                let is_choice = !option.get_possible_values().is_empty() && !option.is_hide_possible_values_set();
                for (value, is_listed) in values.filter(|_| is_choice) {
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
