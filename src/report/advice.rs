//! Options that were tried to shorten a run, as they are saved.

use super::energy::Coverage;
use super::saved::*;
use crate::run::BoundClass;

record! {
    /// Options of the command that act on what bounds a run, each mapped and run on a part of it.
    pub struct Advice {
        /// The class of time that bounds most steps; of a free-running chip, the stage that works longest.
        pub class: BoundClass,
        /// The core that bounds most of these steps, or works longest; `None` of the barrier.
        pub core: Option<u64>,
        /// Samples, from the first, of each trial.
        pub samples: Option<u64> = LeftOut,
        /// Time steps of each trial of a sparse network.
        pub steps: Option<u64> = LeftOut,
        /// Figures of the run as it is, on the same part.
        pub now: TrialFigures,
        /// Options in the order in which they were tried.
        pub tried: Vec<TriedOption> = list(0..=MOST_TRIED, TriedOption::load),
    }
}

/// Most options that are tried.
pub(super) const MOST_TRIED: usize = 16;

record! {
    /// Figures of a trial, per inference.
    #[derive(Copy)]
    pub struct TrialFigures {
        /// Latency (ns).
        pub latency_ns: f64,
        /// Energy (pJ); `None` where nothing is priced.
        pub energy_pj: Option<f64>,
        /// How much of what was counted it is of.
        pub energy_coverage: Coverage = AddedLater(Restore::load, Coverage::Complete),
        /// Cores in use.
        pub cores_used: u32,
    }
}

record! {
    /// An option that was tried.
    pub struct TriedOption {
        /// The option, as it is written on the command line.
        pub option: String,
        /// What it gives.
        pub gives: TrialFigures,
    }
}

/// Changes of the latency by less are none (share).
const LEAST: f64 = 0.005;

impl Advice {
    /// The option that makes the latency shortest, if one does; of equals the one that was tried first.
    pub fn best(&self) -> Option<&TriedOption> {
        let shorter = |one: &&TriedOption| one.gives.latency_ns < self.now.latency_ns * (1.0 - LEAST);
        self.tried
            .iter()
            .filter(shorter)
            .reduce(|best, one| if one.gives.latency_ns < best.gives.latency_ns { one } else { best })
    }
}
