//! ODIN's power at two operating points: events of a full queue, one after the other.
//!
//! 31 neurons begin at their threshold and fire at the first time reference event, which fills the queue (32 events, the
//! one being worked on among them). Each reaches all 256 neurons of the core with weights of 1, and nothing fires again:
//! every event then is 256 synaptic operations, back to back, at two cycles each and one between events. What the time
//! reference event and its spikes take is measured without synapses, and taken off.

use super::simulate::{StepwiseRun, build, calibration, population};
use super::{Case, Finding, FindingKind, Trouble, ValidationBench};
use crate::map::Limits;
use crate::net::Graph;
use crate::net::graph::Csr;
use crate::net::neuron::{Model, Odin, Params, Reset};
use serde_json::json;
use std::sync::Arc;

pub(super) const CASE: Case =
    Case { name: "odin", about: "power of ODIN at 75 MHz and at 1.3 MHz, 0.55 V, under back-to-back spikes", run };

const SOURCE: &str =
    "Frenkel et al. 2019, IEEE TBioCAS 13(1):145-158, doi:10.1109/TBCAS.2018.2880425 (arXiv:1804.07858)";

/// (clock in MHz, measured power in uW, synaptic operations in millions a second).
const POINTS: [(f64, f64, f64); 2] = [(75.0, 477.0, 37.5), (1.3, 35.0, 0.65)];
const NEURONS: u32 = 256;
/// Events that wait in a full queue.
const QUEUED: u32 = 31;

fn run(bench: &ValidationBench) -> Result<Vec<Finding>, Trouble> {
    let mut findings = Vec::new();
    for (mhz, power_uw, rate) in POINTS {
        findings.extend(point(bench, mhz, power_uw, rate)?);
    }
    Ok(findings)
}

fn point(bench: &ValidationBench, mhz: f64, power_uw: f64, rate: f64) -> Result<[Finding; 2], Trouble> {
    // Long enough for all events: 31 of them take 15,903 cycles.
    let edits = [
        ("/tick/clock_mhz", json!(mhz)),
        ("/clock/mhz", json!(mhz)),
        ("/free_running", json!({"time_step": "20000 cycles", "deadline": "40000 cycles"})),
    ];
    let chip = bench.chip("odin", &edits)?;
    let table = calibration(&chip, "frenkel_terms")?;
    let run = |synapses: bool| {
        let system = build(&network(synapses), &chip, table, Limits::Enforce)?;
        let mut course = StepwiseRun::new(&system);
        course.steps(1)?;
        course.finish()?;
        Ok::<_, Trouble>(course.work())
    };
    let work = run(true)?.since(run(false)?);
    let operations = work.counts.synapses() as f64;
    let measured = 1e3 * operations / chip.ns(work.ticks);
    let finding = |what: &str, ours, published, unit: &'static str, kind, notes| Finding {
        case: format!("odin, {what} at {mhz} MHz"),
        ours,
        published,
        unit: unit.into(),
        tolerance: Some(0.01),
        kind,
        source: SOURCE.into(),
        notes,
    };
    let notes = vec![format!("{operations} synaptic operations simulated, at {measured:.3} million a second")];
    Ok([
        finding("power", work.power_uw(&chip, table), power_uw, "uW", FindingKind::Closure, notes),
        finding("synaptic operations", measured, rate, "MSOP/s", FindingKind::Prediction, Vec::new()),
    ])
}

/// Neurons of which the first begin at their threshold, with or without what they then send.
fn network(synapses: bool) -> Graph {
    let model = Model::Odin(Odin { leak: 0, disabled: false });
    let params = Params { model, reset: Reset::Zero, fraction_bits: 0, membrane_bits: 8, fires: true };
    let mut rows = Csr::with_capacity(NEURONS as usize, (QUEUED * NEURONS) as usize);
    for source in 0..NEURONS {
        if synapses && source < QUEUED {
            // Excitatory and inhibitory sources in turn: membranes stay far below the threshold.
            let weight = if source % 2 == 0 { 1 } else { -1 };
            (0..NEURONS).for_each(|target| rows.push(target, weight, 1));
        }
        rows.end_row();
    }
    Graph {
        populations: vec![population("core", 0..NEURONS, params, None)],
        bias: vec![0; NEURONS as usize],
        threshold: vec![255; NEURONS as usize],
        start: (0..NEURONS).map(|neuron| if neuron < QUEUED { 255 } else { 0 }).collect(),
        synapses: Arc::new(rows),
        ..Graph::default()
    }
}
