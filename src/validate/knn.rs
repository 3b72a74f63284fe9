//! Loihi's nearest-neighbour search: a query's spikes reach 76,800 pattern neurons on 32 chips. For information.
//!
//! How many spikes a query has is derived, not published. A query has 500 components x and 1,000 inputs, those of x and
//! of -x, behind a threshold that removes about a quarter to a third of the spikes. Of a pair (x, -x) at most one is
//! positive, so that at most 500 spikes come before the threshold, and 333 to 375 remain. A secondary source takes all
//! 1,000 instead, and so 667 to 750. Which one holds is for the paper's section 3 to say, which was not read; until then
//! the case judges nothing.
//!
//! Each input spikes at most once, spread evenly over the steps. Weights are drawn at random; which ones makes no
//! difference to the cost, as thresholds are out of reach: the few spikes that answer a query are left out. Patterns fill
//! as few cores as hold them.

use super::simulate::{StepwiseRun, Work, build, calibration, population};
use super::{Case, Finding, FindingKind, Trouble, ValidationBench};
use crate::hw::{Calibration, Chip};
use crate::map::Limits;
use crate::net::Graph;
use crate::net::graph::Csr;
use crate::net::neuron::{If, Model, Params, Reset};
use crate::rng::mix;
use crate::stats::{Counts, Op};
use std::sync::Arc;

pub(super) const CASE: Case =
    Case { name: "knn", about: "energy of a nearest-neighbour query on 32 Loihi chips (for information)", run };

const SOURCE: &str =
    "Frady et al. 2020, arXiv:2004.12691, Table 1 and section 4.3 (1.33 mJ a query without static power)";

const INPUTS: u32 = 1000;
const PATTERNS: u32 = 76_800;
const STEPS: u32 = 60;
/// Fewest and most spikes of a query, by what it is taken to have before the threshold.
const READINGS: [(&str, u32, u32); 2] =
    [("at most one spike of each pair x, -x", 333, 375), ("every one of 1,000 inputs", 667, 750)];
const MEASURED_MJ: f64 = 1.33;

fn run(bench: &ValidationBench) -> Result<Vec<Finding>, Trouble> {
    let chip = bench.chip("loihi_nahuku32", &[])?;
    let tables = [("published table", "davies2018"), ("fit", "silicon_fit")];
    let spikes = middle(READINGS[0]);
    // The mapping and the counts do not depend on constants.
    let work = query(&chip, calibration(&chip, tables[0].1)?, PATTERNS, spikes)?;
    let mut findings = Vec::new();
    for reading in READINGS {
        for (name, table) in tables {
            findings.push(finding(&work, spikes, reading, (name, calibration(&chip, table)?)));
        }
    }
    Ok(findings)
}

fn middle((_, fewest, most): (&str, u32, u32)) -> u32 {
    (fewest + most).div_ceil(2)
}

/// A reading priced by a table, from the work of a query of `simulated` spikes: all but the updates of neurons goes by
/// the spikes.
fn finding(work: &Work, simulated: u32, reading: (&str, u32, u32), (name, table): (&str, &Calibration)) -> Finding {
    let (why, fewest, most) = reading;
    let millijoules = |counts: Counts| Work { counts, ticks: 0 }.dynamic_pj(table) / 1e9;
    let by_ops = |ops: &[Op]| millijoules(only(work, ops));
    let (all, updates) = (millijoules(work.counts), by_ops(&[Op::SomaAccess, Op::SomaUpdate]));
    let of_spikes = |spikes: u32| updates + (all - updates) * f64::from(spikes) / f64::from(simulated);
    let (spikes, inactive) = (middle(reading), by_ops(&[Op::SomaAccess]));
    let ours = of_spikes(spikes);
    let network = by_ops(&[Op::Inject, Op::HopEw, Op::HopNs]) * f64::from(spikes) / f64::from(simulated);
    let operations = work.counts.synapses() * u64::from(spikes) / u64::from(simulated);
    let notes = vec![
        format!(
            "{spikes} spikes, the middle of {fewest} to {most} ({:.3} to {:.3} mJ): a count that is derived ({why}), not \
             published",
            of_spikes(fewest),
            of_spikes(most)
        ),
        format!(
            "a neuron that holds charge or gets input counts as active; with all of them inactive it would be {:.3} mJ",
            ours - updates + inactive
        ),
        format!("{operations} synaptic operations and {} neuron updates", work.counts.of(Op::SomaAccess)),
        format!(
            "hops between chips are unpriced; those within chips take {:.1} % of the energy",
            100.0 * network / ours
        ),
    ];
    Finding {
        case: format!("knn, energy of a query of {spikes} spikes ({name})"),
        ours,
        published: MEASURED_MJ,
        unit: "mJ".into(),
        tolerance: None,
        kind: FindingKind::Prediction,
        source: SOURCE.into(),
        notes,
    }
}

fn only(work: &Work, ops: &[Op]) -> Counts {
    let mut counts = Counts::default();
    ops.iter().for_each(|op| counts.add(*op, work.counts.of(*op)));
    counts
}

fn query(chip: &Arc<Chip>, table: &Calibration, patterns: u32, spikes: u32) -> Result<Work, Trouble> {
    let system = build(&network(patterns, spikes), chip, table, Limits::Enforce)?;
    let mut run = StepwiseRun::new(&system);
    run.steps(STEPS)?;
    Ok(run.work())
}

fn network(patterns: u32, spikes: u32) -> Graph {
    let n = (INPUTS + patterns) as usize;
    let mut synapses = Csr::with_capacity(n, (INPUTS * patterns) as usize);
    for source in 0..INPUTS + patterns {
        if source < INPUTS {
            for target in 0..patterns {
                let draw = mix(u64::from(source) << 32 | u64::from(target));
                synapses.push(INPUTS + target, (draw % 255) as i16 - 127, 1);
            }
        }
        synapses.end_row();
    }
    let params = Params { model: Model::If(If), reset: Reset::Zero, fraction_bits: 0, membrane_bits: 24, fires: false };
    let at = |k: u32| (1 + k * STEPS / spikes, k);
    Graph {
        populations: vec![
            population("query", 0..INPUTS, params, Some((0..spikes).map(at).collect())),
            population("patterns", INPUTS..INPUTS + patterns, params, None),
        ],
        bias: vec![0; n],
        threshold: vec![1; n],
        synapses: Arc::new(synapses),
        ..Graph::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cost_of_a_reading_is_what_its_own_spikes_cost() {
        let bench = ValidationBench::default();
        let chip = bench.chip("loihi_nahuku32", &[]).unwrap();
        let table = chip.calibration(Some("davies2018")).unwrap();
        let [few, many] = READINGS.map(middle);
        assert_eq!((few, many), (354, 709));
        let simulated = |spikes| query(&chip, table, 600, spikes).unwrap();
        let own = finding(&simulated(many), many, READINGS[1], ("table", table));
        let scaled = finding(&simulated(few), few, READINGS[1], ("table", table));
        // A weight in 255 is 0: hardly a neuron gets nothing in a step, so that updates are the same but for a few.
        assert!((own.ours / scaled.ours - 1.0).abs() < 1e-3, "{} {}", own.ours, scaled.ours);
    }
}
