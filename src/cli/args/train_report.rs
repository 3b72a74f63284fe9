//! Arguments of the report of `train`.

use super::{heading, values};
use clap::Args;

/// Report on the trained network.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = heading::OUTPUT)]
pub(in crate::cli) struct TrainReportOptions {
    /// Write report.html and report.json to the folder of --out
    ///
    /// They compare the network with its non-spiking twin, by layer and number of time steps.
    #[arg(long)]
    pub(in crate::cli) report: bool,
    /// Train nothing; report on the trained network of --network
    #[arg(long, conflicts_with_all = ["resume", "fine_tune", "rule", "epochs", "batch", "learning_rate", "schedule",
        "weight_decay", "dropout", "loss", "shift", "flip", "activation", "steps", "anneal_epochs", "from_ann", "learn", "weight_bits", "json",
        "for_chip", "leak", "refractory", "quantisation_aware", "weight_noise", "max_fan_in", "synops_weight"])]
    pub(in crate::cli) report_only: bool,
    /// Number of samples in the report and the final table, from the first of each part
    #[arg(long, default_value_t = 1000, value_name = "N", value_parser = values::whole::<u32>(1..), allow_negative_numbers = true, hide_short_help = true)]
    pub(in crate::cli) report_samples: u32,
    /// Chip for the energy in the final table [default: that of --for-chip, or loihi]
    #[arg(long, value_parser = values::chips(), hide_possible_values = true)]
    pub(in crate::cli) chip: Option<String>,
}
