//! What a further branch of layers costs a time step on Loihi, for information: how many neurons spiked was not
//! published.
//!
//! A branch is ten layers of 256 neurons, each fully connected to the one before and the first to a layer that all
//! branches share. Neurons are driven to a rate by their biases. The difference between two branches and one is what
//! is compared; what the embedded processors draw, which is most of the measured power, cancels out.

use super::simulate::{StepwiseRun, Work, build, calibration, population};
use super::{Case, Finding, FindingKind, Trouble, ValidationBench};
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
/// Shares of neurons that spike in a step.
const RATES: [f64; 3] = [0.10, 0.05, 0.20];
const STEPS: u32 = 40;

fn run(bench: &ValidationBench) -> Result<Vec<Finding>, Trouble> {
    let chip = bench.chip("loihi", &[])?;
    let mut findings = Vec::new();
    for name in ["davies2018", "silicon_fit"] {
        let table = calibration(&chip, name)?;
        let cost = |branches, rate| -> Result<f64, Trouble> {
            let system = build(&network(branches, rate), &chip, table, Limits::Enforce)?;
            let mut course = StepwiseRun::new(&system);
            // A period passes until rates are even.
            course.steps((1.0 / rate).ceil() as u32)?;
            let before: Work = course.work();
            course.steps(STEPS)?;
            Ok(course.work().since(before).dynamic_pj(table) / 1e6 / f64::from(STEPS))
        };
        let slope = |rate| Ok::<f64, Trouble>(cost(2, rate)? - cost(1, rate)?);
        let others = RATES[1..].iter().map(|rate| Ok(format!("{:.2} µJ at {:.0} %", slope(*rate)?, 100.0 * rate)));
        let others = others.collect::<Result<Vec<_>, Trouble>>()?.join(", ");
        findings.push(Finding {
            case: format!("branches, energy of a step ({name})"),
            ours: slope(RATES[0])?,
            published: MEASURED_UJ,
            unit: "µJ",
            tolerance: None,
            kind: FindingKind::Prediction,
            source: SOURCE,
            notes: vec![format!("{:.0} % of the neurons spiking in a step assumed; {others}", 100.0 * RATES[0])],
        });
    }
    Ok(findings)
}

fn network(branches: u32, rate: f64) -> Graph {
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
    let bias = |neuron: u32| 500 + (mix(u64::from(neuron)) % 1001) as i32;
    Graph {
        populations: (0..layers).map(layer).collect(),
        bias: (0..n).map(bias).collect(),
        threshold: vec![(1000.0 / rate).round() as i32; n as usize],
        synapses: Arc::new(synapses),
        ..Graph::default()
    }
}
