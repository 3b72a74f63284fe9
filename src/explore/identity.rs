//! What a comparison is: a digest of everything that its rows depend on, by which its journal is known.

use super::axis::SweepAxis;
use super::candidate::Candidate;
use super::demand::{Nets, Own};
use super::plan::Plan;
use super::retraining::Retraining;
use super::setting::SweepSetting;
use crate::digest::{Digest, Stable, all_fields};
use crate::map::Limits;

/// Counts changes of the simulation and of the digest that change rows: journals of another number are not used.
const KIND: &str = "spikemesh.comparison/5";

all_fields! {
    struct SweepAxis { name, values }
    struct Plan { chips, axes, zip }
    struct SweepSetting { steps, weight_bits, seed, contention, partitioner, sharing, placer, objective, cores, calibration, retraining }
    struct Retraining { changes }
    struct Own { spec, widest }
}

/// By what its forms follow from: a search makes them one after the other, and never all.
impl Stable for Nets<'_> {
    fn add_to(&self, digest: &mut Digest) {
        match self {
            Self::Layered { own, origin, variants: _, samples, count } => {
                digest.word(0);
                digest.add(&(own, origin));
                digest.add(&(samples, count));
            }
            Self::Sparse { network, steps } => {
                digest.word(1);
                digest.add(&(network, steps));
            }
        }
    }
}

/// Of what a chip's file says, not of how or where it is written.
impl Stable for Candidate {
    fn add_to(&self, digest: &mut Digest) {
        let Self { name, file: _, text: _, origin: _ } = self;
        digest.add(name);
        digest.add(&self.digest());
    }
}

/// The digest of a comparison.
pub fn identity(plan: &Plan, candidates: &[Candidate], usual: &SweepSetting, nets: &Nets<'_>, limits: Limits) -> u64 {
    let mut digest = Digest::new(KIND);
    digest.add(env!("CARGO_PKG_VERSION"));
    digest.add(&(plan, candidates));
    digest.add(&(usual, nets));
    digest.add(&limits);
    digest.finish()
}
