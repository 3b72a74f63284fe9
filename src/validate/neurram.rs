//! NeuRRAM's measured efficiency over bit widths.
//!
//! A core of 256 x 256 cells holds 128 x 256 signed weights, two cells each, so a read of all of it is 65,536 operations
//! (a multiplication or an addition each). The chip file's energy of a read comes from the published efficiency, so
//! simulating one read shows only that files and counting fit; the energies of the three parts, which were measured
//! apart, show whether the published figures fit each other.

use super::simulate::{StepwiseRun, build, calibration, population};
use super::{Case, Finding, FindingKind, Trouble, ValidationBench};
use crate::map::Limits;
use crate::net::Graph;
use crate::net::graph::Csr;
use crate::net::neuron::{If, Model, Params, Reset};
use std::sync::Arc;

pub(super) const CASE: Case =
    Case { name: "neurram", about: "measured efficiency of NeuRRAM over input and output bits", run };

const SOURCE: &str = "Wan et al. 2022, Nature 608:504-512, doi:10.1038/s41586-022-04992-8, efficiency and breakdown as read off by \
                      mit-emze/cimloop (commit d6e1390, workspace/models/arch/1_macro/wan_nature_2022)";

/// Output bits, input bits, efficiency (TOPS/W), energy of word lines, neurons and control, input pulses (fJ an
/// operation).
const POINTS: [(u32, u32, f64, [f64; 3]); 8] = [
    (3, 1, 43.08, [8.99, 10.62, 3.45]),
    (4, 2, 40.33, [8.27, 12.39, 3.96]),
    (5, 3, 23.09, [15.46, 20.12, 7.73]),
    (6, 4, 15.95, [21.76, 29.11, 11.51]),
    (7, 5, 11.03, [30.93, 44.21, 14.02]),
    (8, 6, 8.26, [37.22, 52.48, 19.24]),
    (9, 7, 7.75, [43.69, 61.83, 22.83]),
    (10, 8, 6.44, [50.52, 75.86, 27.51]),
];
/// The width whose breakdown is that of another mode: input in one phase, for which 9.12 TOPS/W were measured.
const ONE_PHASE: (u32, f64) = (8, 9.12);
const AXONS: u32 = 128;
const NEURONS: u32 = 256;
const OPERATIONS: f64 = 2.0 * 128.0 * 256.0;

fn run(bench: &ValidationBench) -> Result<Vec<Finding>, Trouble> {
    let chip = bench.chip("neurram", &[])?;
    let graph = network();
    let mut findings = Vec::new();
    for (outputs, inputs, efficiency, parts) in POINTS {
        let table = calibration(&chip, &format!("out{outputs}_in{inputs}"))?;
        let system = build(&graph, &chip, table, Limits::Enforce)?;
        let mut course = StepwiseRun::new(&system);
        course.steps(2)?;
        // Operations over picojoules are TOPS/W.
        let ours = OPERATIONS / course.work().dynamic_pj(table);
        findings.push(finding(format!("neurram, outputs of {outputs} bits, inputs of {inputs}"), ours, efficiency));
        let mut parts = finding(
            format!("neurram, its parts at {outputs}/{inputs} bits"),
            1e3 / parts.iter().sum::<f64>(),
            efficiency,
        );
        if outputs == ONE_PHASE.0 {
            parts.published = ONE_PHASE.1;
            parts.notes.push(format!(
                "against the efficiency measured with inputs in one phase; in two phases it was {efficiency} TOPS/W, \
                 which these parts do not add up to"
            ));
        }
        findings.push(parts);
    }
    Ok(findings)
}

fn finding(case: String, ours: f64, published: f64) -> Finding {
    let (kind, tolerance) = (FindingKind::Closure, Some(0.02));
    Finding { case, ours, published, unit: "TOPS/W".into(), tolerance, kind, source: SOURCE.into(), notes: Vec::new() }
}

/// All axons of a core spike once.
fn network() -> Graph {
    let params = Params { model: Model::If(If), reset: Reset::Zero, fraction_bits: 0, membrane_bits: 24, fires: false };
    let mut synapses = Csr::with_capacity((AXONS + NEURONS) as usize, (AXONS * NEURONS) as usize);
    for source in 0..AXONS + NEURONS {
        if source < AXONS {
            (0..NEURONS).for_each(|target| synapses.push(AXONS + target, 1, 1));
        }
        synapses.end_row();
    }
    let n = (AXONS + NEURONS) as usize;
    Graph {
        populations: vec![
            population("host", 0..AXONS, params, Some((0..AXONS).map(|axon| (1, axon)).collect())),
            population("core", AXONS..AXONS + NEURONS, params, None),
        ],
        bias: vec![0; n],
        threshold: vec![1; n],
        synapses: Arc::new(synapses),
        ..Graph::default()
    }
}
