//! Arguments of the report of `train`.

use clap::Args;

/// Report on the trained network.
#[derive(Args, Clone, Debug)]
pub(in crate::cli) struct TrainReportOptions {
    /// Write report.html and report.json to the folder of --out: the network beside its non-spiking twin, by layer and
    /// number of time steps
    #[arg(long)]
    pub(in crate::cli) report: bool,
    /// Train nothing: report on the trained network of --network
    #[arg(long, conflicts_with_all = ["resume", "fine_tune", "rule", "epochs", "batch", "learning_rate", "schedule",
        "weight_decay", "dropout", "loss", "shift", "flip", "activation", "steps", "anneal_epochs", "weight_bits", "json",
        "for_chip", "quantisation_aware", "weight_noise", "max_fan_in", "synops_weight"])]
    pub(in crate::cli) report_only: bool,
    /// Samples that the report and the final table are of, from the first of a part
    #[arg(long, default_value_t = 1000, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub(in crate::cli) report_samples: u32,
    /// Chip that the energy in the final table is modelled of [default: that of --for-chip, or loihi]
    #[arg(long)]
    pub(in crate::cli) chip: Option<String>,
}
