//! Loihi's nearest-neighbour search: a query's spikes reach 76,800 pattern neurons on 32 chips.
//!
//! A query is 667 to 750 spikes over 60 time steps; how many, and when, was published for its data sets only, so a
//! number between is taken, each input at most once and spread evenly over the steps. Weights are drawn at random; which
//! ones makes no difference to the cost, as thresholds are out of reach: the few spikes that answer a query are left
//! out. Patterns fill as few cores as hold them.

use super::simulate::{StepwiseRun, Work, build, calibration, population};
use super::{Case, Finding, FindingKind, Trouble, ValidationBench};
use crate::hw::{Calibration, Chip};
use crate::map::Limits;
use crate::net::Graph;
use crate::net::graph::Csr;
use crate::net::neuron::{If, Model, Params, Reset};
use crate::rng::mix;
use crate::stats::Op;
use std::sync::Arc;

pub(super) const CASE: Case = Case { name: "knn", about: "energy of a nearest-neighbour query on 32 Loihi chips", run };

const SOURCE: &str =
    "Frady et al. 2020, arXiv:2004.12691, Table 1 and section 4.3 (1.33 mJ a query without static power)";

const INPUTS: u32 = 1000;
const PATTERNS: u32 = 76_800;
const STEPS: u32 = 60;
/// Fewest and most spikes of a query.
const SPIKES: (u32, u32) = (667, 750);
const MEASURED_MJ: f64 = 1.33;

fn run(bench: &ValidationBench) -> Result<Vec<Finding>, Trouble> {
    let chip = bench.chip("loihi_nahuku32", &[])?;
    let table = calibration(&chip, "davies2018")?;
    let middle = (SPIKES.0 + SPIKES.1).div_ceil(2);
    let work = query(&chip, table, middle)?;
    let millijoules = |work: Work| work.dynamic_pj(table) / 1e9;
    // The rest of the range is linear in the spikes.
    let (ours, synapses) = (millijoules(work), work.counts.synapses());
    let updates = millijoules(Work { counts: only(work, &[Op::SomaAccess, Op::SomaUpdate]), ticks: 0 });
    let inactive = millijoules(Work { counts: only(work, &[Op::SomaAccess]), ticks: 0 });
    let with = |spikes: u32| updates + (ours - updates) * f64::from(spikes) / f64::from(middle);
    let notes = vec![
        format!(
            "{middle} spikes assumed; {:.3} to {:.3} mJ for {} to {}",
            with(SPIKES.0),
            with(SPIKES.1),
            SPIKES.0,
            SPIKES.1
        ),
        format!(
            "a neuron that holds charge counts as active (81 pJ); with the 52 pJ of an inactive one all would be {:.3} mJ",
            ours - updates + inactive
        ),
        format!("{synapses} synaptic operations and {} neuron updates simulated", work.counts.of(Op::SomaAccess)),
        format!(
            "hops between chips ({}) are unpriced; those within chips take {:.1} % of the energy",
            work.counts.of(Op::HopChip),
            100.0 * millijoules(Work { counts: only(work, &[Op::Inject, Op::HopEw, Op::HopNs]), ticks: 0 }) / ours
        ),
    ];
    Ok(vec![Finding {
        case: "knn, energy of a query".into(),
        ours,
        published: MEASURED_MJ,
        unit: "mJ",
        tolerance: Some(0.25),
        kind: FindingKind::Prediction,
        source: SOURCE,
        notes,
    }])
}

fn only(work: Work, ops: &[Op]) -> crate::stats::Counts {
    let mut counts = crate::stats::Counts::default();
    ops.iter().for_each(|op| counts.add(*op, work.counts.of(*op)));
    counts
}

fn query(chip: &Arc<Chip>, table: &Calibration, spikes: u32) -> Result<Work, Trouble> {
    let system = build(&network(spikes), chip, table, Limits::Enforce)?;
    let mut course = StepwiseRun::new(&system);
    course.steps(STEPS)?;
    Ok(course.work())
}

fn network(spikes: u32) -> Graph {
    let n = (INPUTS + PATTERNS) as usize;
    let mut synapses = Csr::with_capacity(n, (INPUTS * PATTERNS) as usize);
    for source in 0..INPUTS + PATTERNS {
        if source < INPUTS {
            for target in 0..PATTERNS {
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
            population("patterns", INPUTS..INPUTS + PATTERNS, params, None),
        ],
        bias: vec![0; n],
        threshold: vec![1; n],
        synapses: Arc::new(synapses),
        ..Graph::default()
    }
}
