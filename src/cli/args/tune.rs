//! Arguments of `tune`.

use super::{
    CompareOptions, EffortOptions, LimitsArg, NetworkOption, ProfileOption, ReplaceOptions, SampleOptions,
    SearchOptions, TimingArg, compare::axis, heading, values,
};
use crate::explore::AxisSpec;
use clap::Args;
use std::path::PathBuf;

#[derive(Args, Clone, Debug)]
#[command(next_help_heading = heading::SWEEP)]
pub(in crate::cli) struct TuneOptions {
    /// Read chips, axes and other options from a sweep file, as compare does
    ///
    /// "spikemesh init sweep" writes one. Options on the command line take the place of those in the file, and its pareto
    /// names the objectives.
    #[arg(long, value_name = "FILE")]
    file: Option<PathBuf>,
    /// Chips, names or files, separated by commas [default: loihi]
    #[arg(long, value_name = "A,B,…", value_delimiter = ',', value_parser = values::chips(), hide_possible_values = true)]
    chips: Vec<String>,
    /// Search a value in the chips' files, or an option of the run
    ///
    /// NAME=V1,V2,… are values, NAME=8..128:log and NAME=0.5..2:linear:9 ranges of them. Can be given more than once.
    #[arg(long, value_name = "NAME=VALUES", value_parser = axis, required_unless_present = "file")]
    pub(in crate::cli) set: Vec<AxisSpec>,
    /// Train the network again for each T, weight width and fan-in limit, instead of quantising it again
    #[arg(long)]
    retrain: bool,
    /// Number of configurations to evaluate
    ///
    /// Those in which the network does not fit count.
    #[arg(long, default_value_t = 50, value_name = "N", value_parser = values::whole::<u32>(1..=10_000), allow_negative_numbers = true)]
    pub(in crate::cli) evaluations: u32,
    /// Figures to be made as good as possible, up to four [default: accuracy,energy_pj,latency_ns]
    #[arg(long, value_name = "A,B,…")]
    pub(in crate::cli) objectives: Option<String>,
    /// Limit of a figure: the most of a cost, the least of accuracy and use
    ///
    /// Configurations beyond it are evaluated, but neither best nor on the front. Can be given more than once.
    #[arg(long, value_name = "FIGURE=N")]
    pub(in crate::cli) limit: Vec<String>,
    /// Run every configuration on this number of samples, and on more only those that may be on the front
    ///
    /// Several numbers are increasing stages before all samples, as in 20,100. The search chooses configurations by their
    /// figures on the first number of samples. The front has only configurations that were run on all samples.
    #[arg(long, value_name = "N,M,…", value_delimiter = ',', value_parser = values::whole::<u32>(1..=16_777_216), allow_negative_numbers = true)]
    pub(in crate::cli) fidelity: Vec<u32>,
    /// Configurations that are chosen at once and simulated side by side
    ///
    /// More of them keep more processors busy, and each is chosen with less knowledge. The choice depends on this number and
    /// not on --threads.
    #[arg(long, default_value_t = 1, value_name = "N", value_parser = values::whole::<u32>(1..=64), allow_negative_numbers = true, hide_short_help = true)]
    pub(in crate::cli) batch: u32,
    /// Seed of the choice of configurations
    #[arg(long, default_value_t = 1, value_name = "S", value_parser = values::whole::<u64>(0..=9_223_372_036_854_775_807), allow_negative_numbers = true, hide_short_help = true)]
    pub(in crate::cli) search_seed: u64,
    /// Compare energies by the classes of cost that all chips cover
    #[arg(long, conflicts_with = "allow_mixed")]
    common_terms: bool,
    /// Rank energies even where they cover different classes of cost
    #[arg(long)]
    allow_mixed: bool,
    /// Keep the rows in this file; the same search, or compare with the same --set, continues from it
    ///
    /// [default: a file in the user's cache folder, removed at the end]
    #[arg(long, value_name = "FILE", hide_short_help = true)]
    journal: Option<PathBuf>,
    #[command(flatten)]
    network: NetworkOption,
    #[command(flatten)]
    input: SampleOptions,
    /// Number of time steps where --set does not say [default: the network's own]
    #[arg(long, value_name = "T", value_parser = values::whole::<u32>(1..=16_777_216), allow_negative_numbers = true, help_heading = heading::INPUT)]
    steps: Option<u32>,
    /// Timing of packets between cores
    #[arg(long, value_enum, default_value = "event", help_heading = heading::CHIP)]
    timing: TimingArg,
    #[command(flatten)]
    search: SearchOptions,
    #[command(flatten)]
    profile: ProfileOption,
    /// Write a page with plots
    #[arg(long, value_name = "FILE", help_heading = heading::OUTPUT)]
    html: Option<PathBuf>,
    /// Write the result as JSON
    #[arg(long, value_name = "FILE", help_heading = heading::OUTPUT)]
    json: Option<PathBuf>,
    /// Write the rows as CSV, and update the file while rows are found
    #[arg(long, value_name = "FILE", help_heading = heading::OUTPUT)]
    csv: Option<PathBuf>,
    #[command(flatten)]
    replace: ReplaceOptions,
    #[command(flatten)]
    effort: EffortOptions,
}

impl TuneOptions {
    /// The comparison of all configurations of the space, of which a search evaluates some.
    pub(in crate::cli) fn comparison(&self) -> CompareOptions {
        let all = self.clone();
        CompareOptions {
            file: all.file,
            chips: all.chips,
            set: all.set,
            zip: false,
            retrain: all.retrain,
            pareto: None,
            common_terms: all.common_terms,
            allow_mixed: all.allow_mixed,
            journal: all.journal,
            shard: None,
            merge: Vec::new(),
            network: all.network,
            input: all.input,
            steps: all.steps,
            timing: all.timing,
            search: all.search,
            profile: all.profile,
            limits: LimitsArg::Enforce,
            html: all.html,
            json: all.json,
            csv: all.csv,
            replace: all.replace,
            effort: all.effort,
        }
    }
}
