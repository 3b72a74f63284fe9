//! What a further branch of layers costs a time step on Loihi, for information: how many neurons spiked was not
//! published.
//!
//! A branch is ten layers of 256 neurons, each fully connected to the one before and the first to a layer that all
//! branches share. Neurons are driven to a rate by their biases. The difference between two branches and one is what
//! is compared; what the embedded processors draw, which is most of the measured power, cancels out.

use super::simulate::{StepwiseRun, Work, build, calibration, population};
use super::{Case, Finding, FindingKind, Trouble, ValidationBench};
use crate::hw::{Calibration, Chip};
use crate::map::Limits;
use crate::net::Graph;
use crate::net::graph::Csr;
use crate::net::neuron::{If, Model, Params, Reset};
use crate::rng::mix;
use std::sync::Arc;

pub(super) const CASE: Case = Case {
    name: "branches",
    about: "energy of a step of a further branch of ten layers on Loihi (for information)",
    run,
};

const SOURCE: &str = "Blouw et al. 2019, arXiv:1812.01739, logs in abr/power_benchmarks (commit fce95c8): 1.73 mW a branch \
                      at 114 inferences a second of 10 steps";

const MEASURED_UJ: f64 = 1.51;
const LAYERS: u32 = 10;
const WIDTH: u32 = 256;
/// Shares of neurons that spike in a step (%).
const RATES: [u32; 3] = [0, 5, 10];
const STEPS: u32 = 40;

fn run(bench: &ValidationBench) -> Result<Vec<Finding>, Trouble> {
    let chip = bench.chip("loihi", &[])?;
    let tables = [("published table", calibration(&chip, "davies2018")?), ("fit", calibration(&chip, "silicon_fit")?)];
    let mut costs = Vec::new();
    for percent in RATES {
        // The mapping does not depend on constants.
        let work = |branches| step_work(&chip, tables[0].1, branches, percent);
        let (two, one) = (work(2)?, work(1)?);
        costs.push(tables.map(|(_, table)| (two.dynamic_pj(table) - one.dynamic_pj(table)) / 1e6 / f64::from(STEPS)));
    }
    let finding = |rate: usize, table: usize| Finding {
        case: format!("branches, energy of a step with {} % spiking ({})", RATES[rate], tables[table].0),
        ours: costs[rate][table],
        published: MEASURED_UJ,
        unit: "µJ".into(),
        tolerance: None,
        kind: FindingKind::Prediction,
        source: SOURCE.into(),
        notes: if (rate, table) == (0, 0) { vec![what_is_unknown(&costs)] } else { Vec::new() },
    };
    Ok((0..RATES.len())
        .flat_map(|rate| (0..tables.len()).map(move |table| (rate, table)))
        .map(|(rate, table)| finding(rate, table))
        .collect())
}

/// How far the rate moves the figure, beside how far the constants do.
fn what_is_unknown(costs: &[[f64; 2]]) -> String {
    let [first, last] = [costs[0], costs[costs.len() - 1]];
    format!(
        "the share of neurons that spike was not published, and is unknown by more than the difference of the constants: \
         from {} to {} % the published table gives {:.2} to {:.2} µJ and the fit {:.2} to {:.2} µJ, while at {} % the \
         tables are {:.2} µJ apart. With weights drawn as the authors' scaled networks draw them, activity falls by two \
         thirds a layer, so that deep layers are silent",
        RATES[0],
        RATES[costs.len() - 1],
        first[0],
        last[0],
        first[1],
        last[1],
        RATES[costs.len() - 1],
        (last[1] - last[0]).abs()
    )
}

/// Work of some steps of a number of branches.
fn step_work(chip: &Arc<Chip>, table: &Calibration, branches: u32, percent: u32) -> Result<Work, Trouble> {
    let system = build(&network(branches, percent), chip, table, Limits::Enforce)?;
    let mut run = StepwiseRun::new(&system);
    // A period passes until rates are even.
    run.steps(100u32.checked_div(percent).unwrap_or(1))?;
    let before = run.work();
    run.steps(STEPS)?;
    Ok(run.work().since(before))
}

fn network(branches: u32, percent: u32) -> Graph {
    let layers = 1 + branches * LAYERS;
    let n = layers * WIDTH;
    let mut synapses = Csr::with_capacity(n as usize, (layers * WIDTH * WIDTH) as usize);
    for source in 0..n {
        let layer = source / WIDTH;
        let followers: Vec<u32> = match layer {
            0 => (0..branches).map(|branch| 1 + branch * LAYERS).collect(),
            last if (last - 1) % LAYERS == LAYERS - 1 => Vec::new(),
            other => vec![other + 1],
        };
        for follower in followers {
            for k in 0..WIDTH {
                let target = follower * WIDTH + k;
                let weight = if mix(u64::from(source) << 32 | u64::from(target)) & 1 == 0 { 1 } else { -1 };
                synapses.push(target, weight, 1);
            }
        }
        synapses.end_row();
    }
    let params =
        Params { model: Model::If(If), reset: Reset::Subtract, fraction_bits: 0, membrane_bits: 24, fires: true };
    let layer = |layer: u32| {
        let neurons = layer * WIDTH..(layer + 1) * WIDTH;
        population(&format!("layer{layer}"), neurons, params, None)
    };
    // Rates of single neurons are spread over half to one and a half times the mean, so that phases are too.
    let drawn = |neuron: u32| 500 + (mix(u64::from(neuron)) % 1001) as i32;
    let bias = |neuron: u32| if percent == 0 { 0 } else { drawn(neuron) };
    Graph {
        populations: (0..layers).map(layer).collect(),
        bias: (0..n).map(bias).collect(),
        threshold: vec![100_000 / percent.max(1) as i32; n as usize],
        synapses: Arc::new(synapses),
        ..Graph::default()
    }
}
