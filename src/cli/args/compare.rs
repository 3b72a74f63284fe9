//! Arguments of `compare`.

use super::{
    EffortOptions, LimitsArg, NetworkOption, ProfileOption, ReplaceOptions, SampleOptions, SearchOptions, TimingArg,
    heading, values,
};
use crate::explore::{AxisSpec, PlanShard, Ranking};
use clap::Args;
use std::path::PathBuf;

#[derive(Args, Clone, Debug)]
#[command(next_help_heading = heading::SWEEP)]
pub(in crate::cli) struct CompareOptions {
    /// Read chips, axes and other options from a sweep file
    ///
    /// "spikemesh init sweep" writes one. Options on the command line take the place of those in the file.
    #[arg(long, value_name = "FILE", conflicts_with = "merge")]
    pub(in crate::cli) file: Option<PathBuf>,
    /// Chips, names or files, separated by commas [default: loihi]
    #[arg(long, value_name = "A,B,…", value_delimiter = ',', value_parser = values::chips(), hide_possible_values = true)]
    pub(in crate::cli) chips: Vec<String>,
    /// Vary a value in the chips' files, or an option of the run
    ///
    /// All values are combined with all values of other --set options. Can be given more than once. A range A..B:N has N
    /// evenly spaced values, A..B:log has values at equal ratios; A..B:log:N says how many. With --retrain, settings of the
    /// training, such as learning_rate, and widths of hidden layers, such as width.dense1, can be varied too.
    #[arg(long, value_name = "NAME=V1,V2,…", value_parser = axis)]
    pub(in crate::cli) set: Vec<AxisSpec>,
    /// Combine the first values of all --set options, then the second ones, and so on
    #[arg(long)]
    pub(in crate::cli) zip: bool,
    /// Train the network again for each T, weight width and fan-in limit, instead of quantising it again
    #[arg(long)]
    pub(in crate::cli) retrain: bool,
    /// Figures that span the Pareto front [default: accuracy,energy_pj,latency_ns]
    #[arg(long, value_name = "A,B,…")]
    pub(in crate::cli) pareto: Option<String>,
    /// Compare energies by the classes of cost that all chips cover
    ///
    /// Classes are synapse, neuron, spike, network, memory at rest and host. Energies, and figures that rest on them, are
    /// those of the classes that all chips cover which cover any of a chip's work. Chips that cover none, or whose figure
    /// cannot be split, have no energy then.
    #[arg(long, conflicts_with = "allow_mixed")]
    pub(in crate::cli) common_terms: bool,
    /// Rank energies even where they cover different classes of cost
    #[arg(long)]
    pub(in crate::cli) allow_mixed: bool,
    /// Keep the rows in this file; the same comparison continues from it
    ///
    /// [default: a file in the user's cache folder, removed at the end]
    #[arg(long, value_name = "FILE", hide_short_help = true)]
    pub(in crate::cli) journal: Option<PathBuf>,
    /// Simulate only every N-th configuration, from the I-th, into --journal
    ///
    /// For one job on each of N machines; --merge combines the journals.
    #[arg(long, value_name = "I/N", value_parser = PlanShard::parse, requires = "journal", conflicts_with_all = ["csv", "json", "html"], hide_short_help = true)]
    pub(in crate::cli) shard: Option<PlanShard>,
    /// Combine the journals of all shards, without simulating
    ///
    /// Missing and duplicate configurations are errors.
    #[arg(long, value_name = "FILE", num_args = 1.., conflicts_with_all = ["chips", "set", "zip", "shard", "journal", "retrain", "data", "samples", "steps"], hide_short_help = true)]
    pub(in crate::cli) merge: Vec<PathBuf>,
    #[command(flatten)]
    pub(in crate::cli) network: NetworkOption,
    #[command(flatten)]
    pub(in crate::cli) input: SampleOptions,
    /// Number of time steps where --set does not say [default: the network's own]
    #[arg(long, value_name = "T", value_parser = values::whole::<u32>(1..=16_777_216), allow_negative_numbers = true, help_heading = heading::INPUT)]
    pub(in crate::cli) steps: Option<u32>,
    /// Timing of packets between cores
    #[arg(long, value_enum, default_value = "event", help_heading = heading::CHIP)]
    pub(in crate::cli) timing: TimingArg,
    #[command(flatten)]
    pub(in crate::cli) search: SearchOptions,
    #[command(flatten)]
    pub(in crate::cli) profile: ProfileOption,
    /// Where the network exceeds limits of a chip: give only the reason, or figures too
    #[arg(long, value_enum, default_value = "enforce", help_heading = heading::MAPPING)]
    pub(in crate::cli) limits: LimitsArg,
    /// Write a page with plots
    #[arg(long, value_name = "FILE", help_heading = heading::OUTPUT)]
    pub(in crate::cli) html: Option<PathBuf>,
    /// Write the rows as JSON
    #[arg(long, value_name = "FILE", help_heading = heading::OUTPUT)]
    pub(in crate::cli) json: Option<PathBuf>,
    /// Write the rows as CSV, and update the file while rows are found
    #[arg(long, value_name = "FILE", help_heading = heading::OUTPUT)]
    pub(in crate::cli) csv: Option<PathBuf>,
    #[command(flatten)]
    pub(in crate::cli) replace: ReplaceOptions,
    #[command(flatten)]
    pub(in crate::cli) effort: EffortOptions,
}

impl CompareOptions {
    /// Which rows are ranked by energy.
    pub(in crate::cli) fn ranking(&self) -> Ranking {
        match (self.common_terms, self.allow_mixed) {
            (true, _) => Ranking::CommonTerms,
            (_, true) => Ranking::AllowMixed,
            _ => Ranking::SameClasses,
        }
    }
}

pub(super) fn axis(text: &str) -> Result<AxisSpec, String> {
    AxisSpec::parse(text).map_err(|error| error.to_string())
}
