//! What a comparison is: a digest of everything that its rows depend on, by which its journal is known.

use super::axis::SweepAxis;
use super::candidate::Candidate;
use super::demand::{Nets, NetworkDemand, Own, Variant};
use super::plan::Plan;
use super::setting::SweepSetting;
use crate::digest::{Digest, Stable, all_fields};
use crate::map::Limits;

/// Counts changes of the simulation and of the digest that change rows: journals of another number are not used.
const KIND: &str = "spikemesh.comparison/4";

all_fields! {
    struct SweepAxis { name, values }
    struct Plan { chips, axes, zip }
    struct SweepSetting { steps, weight_bits, seed, contention, partitioner, sharing, placer, objective, cores, calibration }
    struct NetworkDemand { time_steps, weight_bits, membrane_bits, max_fan_in }
    struct Own { spec, widest }
    struct Variant { network, graph, spikes, notes }
    enum Nets<'_> {
        0 = Layered { own, variants, samples, count },
        1 = Sparse { network, steps },
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
