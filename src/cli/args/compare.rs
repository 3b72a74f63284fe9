//! Arguments of `compare`.

use super::{
    EffortOptions, LimitsArg, NetworkOption, ProfileOption, ReplaceOptions, SampleOptions, SearchOptions, TimingArg,
};
use crate::explore::{PlanShard, SweepAxis};
use clap::Args;
use std::path::PathBuf;

/// Examples, and conflicts between options.
pub(super) const MORE: &str = "\
Examples:
  spikemesh compare --chips loihi,truenorth,odin
  spikemesh compare --chips loihi --set core.max_neurons=32,64,128 --set mesh.width=2,4,8 --html compare.html
  spikemesh compare --chips loihi,sram_mesh --set steps=2,4,8 --retrain --csv steps.csv
  spikemesh compare --chips loihi --network fashion-cnn --set placer=linear,annealing --samples 100
  spikemesh compare --chips crossbar --set core.synapses.rows=128,256 --set core.max_axons_in=128,256 --zip
  spikemesh compare --chips loihi,odin --set steps=1,2,4,8 --shard 1/2 --journal one.journal     and, elsewhere, 2/2
  spikemesh compare --file my_sweep.json --html sweep.html
  spikemesh compare --merge one.journal two.journal --csv all.csv

What can be set: any number, word or truth value of the chip's file, by its path (spikemesh chips NAME shows them; error messages name the
nearest), or an option of the run: steps, weight_bits, seed, timing, partitioner, placer, objective, cores,
calibration.

Rows are kept in a journal as they are found. After Ctrl-C, or worse, the same command goes on where it was, and ends
with the same bytes. A configuration in which the network does not fit is a row with the reason.
Exit codes: 0 done; 1 ended early, or a chip differs from the reference; 2 error.";

#[derive(Args, Clone, Debug)]
pub(in crate::cli) struct CompareOptions {
    /// A sweep file with chips, axes and other options of this command, as "spikemesh init sweep" writes it; options on
    /// the command line take the place of those in the file
    #[arg(long, value_name = "FILE", conflicts_with = "merge")]
    pub(in crate::cli) file: Option<PathBuf>,
    /// Chips, names or files, with commas between them [default: loihi]
    #[arg(long, value_name = "A,B,…", value_delimiter = ',')]
    pub(in crate::cli) chips: Vec<String>,
    #[command(flatten)]
    pub(in crate::cli) network: NetworkOption,
    /// Vary a value of the chips' files, or an option of the run; all values with all others. May be given more than
    /// once
    #[arg(long, value_name = "NAME=V1,V2,…", value_parser = axis)]
    pub(in crate::cli) set: Vec<SweepAxis>,
    /// Take the first values of all --set together, then the second ones, and so on
    #[arg(long)]
    pub(in crate::cli) zip: bool,
    /// Train the network again for each T, width of weights and limit of fan-in, instead of quantising it again
    #[arg(long)]
    pub(in crate::cli) retrain: bool,
    #[command(flatten)]
    pub(in crate::cli) input: SampleOptions,
    /// Time steps where --set does not say how many [default: the network's own]
    #[arg(long, value_name = "T", value_parser = clap::value_parser!(u32).range(1..=16_777_216))]
    pub(in crate::cli) steps: Option<u32>,
    /// How time passes between cores
    #[arg(long, value_enum, default_value = "event")]
    pub(in crate::cli) timing: TimingArg,
    #[command(flatten)]
    pub(in crate::cli) search: SearchOptions,
    #[command(flatten)]
    pub(in crate::cli) profile: ProfileOption,
    /// Treatment of limits that the network breaks: a row with the reason, or figures all the same
    #[arg(long, value_enum, default_value = "enforce")]
    pub(in crate::cli) limits: LimitsArg,
    #[command(flatten)]
    pub(in crate::cli) effort: EffortOptions,
    /// Figures that span the Pareto front [default: accuracy,energy_pj,latency_ns]
    #[arg(long, value_name = "A,B,…")]
    pub(in crate::cli) pareto: Option<String>,
    /// Keep the rows that are found here; a later run of the same comparison goes on from it [default: a file in the
    /// user's cache folder, gone when all is done]
    #[arg(long, value_name = "FILE")]
    pub(in crate::cli) journal: Option<PathBuf>,
    /// Simulate only every N-th configuration, from the I-th, into --journal: a job of its own for each of N machines
    #[arg(long, value_name = "I/N", value_parser = PlanShard::parse, requires = "journal", conflicts_with_all = ["csv", "json", "html"])]
    pub(in crate::cli) shard: Option<PlanShard>,
    /// Put the journals of all parts together, and check that nothing is missing or double; simulates nothing
    #[arg(long, value_name = "FILE", num_args = 1.., conflicts_with_all = ["chips", "set", "zip", "shard", "journal", "retrain", "data", "samples", "steps"])]
    pub(in crate::cli) merge: Vec<PathBuf>,
    #[command(flatten)]
    pub(in crate::cli) replace: ReplaceOptions,
    /// Write the rows for machines
    #[arg(long, value_name = "FILE")]
    pub(in crate::cli) json: Option<PathBuf>,
    /// Write a table for other programs, and keep it up to date while rows are found
    #[arg(long, value_name = "FILE")]
    pub(in crate::cli) csv: Option<PathBuf>,
    /// Write a page with pictures
    #[arg(long, value_name = "FILE")]
    pub(in crate::cli) html: Option<PathBuf>,
}

fn axis(text: &str) -> Result<SweepAxis, String> {
    SweepAxis::parse(text).map_err(|error| error.to_string())
}
