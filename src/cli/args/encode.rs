//! Values of `--encode`.

use clap::ValueEnum;

/// Form in which values enter a sparse network; R is the value that stands for 1.0, T the number of time steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum EncodeArg {
    /// Constant currents: the sums of the input's synapses, w x/R, computed once, off the chip
    Direct,
    /// Spikes by chance: in each time step with the probability x/R, by --seed and the number of the sample
    Rate,
    /// One spike, sooner for larger values: in step 1 + (1 - x/R) (T - 1); none for 0
    Latency,
}
