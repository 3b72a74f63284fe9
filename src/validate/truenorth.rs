//! TrueNorth's power at three firing rates: its million neurons, 128 synapses each.
//!
//! Every neuron reaches one axon of a core drawn at random over the chip (a permutation, so that each of the 256 axons
//! of every core has one source), with a delay of 1 to 15 ticks, and there 128 of the 256 neurons. Synapses are
//! excitatory or inhibitory by axon, and small against the leak that drives the neurons to their rate. Membranes start
//! spread evenly below the threshold, by a spike of the host over an axon more than a core has, before the ticks that
//! are measured. The network differs from the published one, which was stochastic; its events do not.

use super::simulate::{StepwiseRun, build, calibration, population};
use super::{Case, Finding, FindingKind, Trouble, ValidationBench};
use crate::hw::{Chip, Stepping};
use crate::map::Limits;
use crate::net::Graph;
use crate::net::graph::Csr;
use crate::net::neuron::{After, Below, Model, Params, Reset, Traits, TrueNorth};
use crate::rng::mix;
use crate::stats::Op;
use std::sync::Arc;

pub(super) const CASE: Case = Case {
    name: "truenorth",
    about: "power of TrueNorth at 0.8 V and three firing rates, from its 1,048,576 neurons x 128 synapses",
    run,
};

const SOURCE: &str = "Akopyan et al. 2015, IEEE TCAD 34(10):1537-1557, doi:10.1109/TCAD.2015.2474396, Fig. 17 (0.8 V, 21.3 hops on either axis)";

/// (mean rate in Hz, measured power in mW).
const POINTS: [(f64, f64); 3] = [(11.58, 68.0), (20.07, 71.0), (95.93, 94.0)];
const PER_CORE: u32 = 256;
const FAN_OUT: u32 = 128;
/// Threshold of all neurons (membrane units).
const THRESHOLD: u32 = 2048;
/// Ticks before those that are measured, and those.
const WARM_UP: u32 = 10;
const TICKS: u32 = 20;

fn run(bench: &ValidationBench) -> Result<Vec<Finding>, Trouble> {
    let chip = bench.chip("truenorth", &[])?;
    let mut graph = network(chip.noc.cores());
    POINTS.iter().map(|(rate_hz, power_mw)| point(&chip, &mut graph, *rate_hz, *power_mw)).collect()
}

fn point(chip: &Arc<Chip>, graph: &mut Graph, rate_hz: f64, power_mw: f64) -> Result<Finding, Trouble> {
    let table = calibration(chip, "akopyan_0v8")?;
    let ticks_per_second = 1e9 / chip.ns(fixed_tick(chip)?);
    let cores = chip.noc.cores();
    drive(graph, rate_hz / ticks_per_second);
    // One axon more than a core has brings the membranes to where they start.
    let system = build(graph, chip, table, Limits::Report)?;
    let mut course = StepwiseRun::new(&system);
    course.steps(WARM_UP)?;
    let before = course.work();
    course.steps(TICKS)?;
    let work = course.work().since(before);
    let (spikes, neurons) = (work.counts.of(Op::SomaSpike) as f64, f64::from(cores * PER_CORE));
    let rate = spikes / neurons / f64::from(TICKS) * ticks_per_second;
    let hops = work.counts.hops() as f64 / work.counts.of(Op::Inject) as f64;
    Ok(Finding {
        case: format!("truenorth, power at {rate_hz} Hz"),
        ours: work.power_uw(chip, table) / 1e3,
        published: power_mw,
        unit: "mW".into(),
        tolerance: Some(0.01),
        kind: FindingKind::Closure,
        source: SOURCE.into(),
        notes: vec![format!(
            "{neurons} neurons simulated at {rate:.2} Hz, {:.1} synapses a spike, {:.2} hops on either axis; the line \
             through the three points is the chip file's",
            work.counts.synapses() as f64 / spikes,
            hops / 2.0
        )],
    })
}

fn fixed_tick(chip: &Chip) -> Result<u64, Trouble> {
    match chip.stepping {
        Stepping::Fixed { length } => Ok(length),
        _ => Err(Trouble::Failed(format!("chip {} has no fixed tick", chip.name))),
    }
}

/// A network for some cores: its neurons, and a source that spikes once.
fn network(cores: u32) -> Graph {
    let n = cores * PER_CORE;
    let mut synapses = Csr::with_capacity(n as usize + 1, (n * (FAN_OUT + 1)) as usize);
    for (neuron, axon) in permutation(n).iter().enumerate() {
        let draw = mix(neuron as u64 ^ 0x7e57);
        let weight = if draw & 1 == 0 { 1 } else { -1 };
        let delay = 1 + (draw >> 8) as u32 % 15;
        let (core, first) = (axon / PER_CORE, (draw >> 16) as u32 % PER_CORE);
        // A run of neurons, around the end of the core.
        for k in 0..FAN_OUT {
            synapses.push(core * PER_CORE + (first + k) % PER_CORE, weight, delay);
        }
        synapses.end_row();
    }
    (0..n).for_each(|neuron| synapses.push(neuron, (mix(u64::from(neuron) ^ 0x9a5e) % u64::from(THRESHOLD)) as i16, 1));
    synapses.end_row();
    let model = Model::TrueNorth(TrueNorth { leak_reversal: false, below: Below::Saturate });
    let params = Params { model, reset: Reset::Zero, fraction_bits: 0, membrane_bits: 20, fires: true };
    let traits = Traits { after: After::Linear, reset_potential: 0, floor: -(1 << 17) };
    Graph {
        populations: vec![
            population("neurons", 0..n, params, None),
            population("start", n..n + 1, params, Some(vec![(1, 0)])),
        ],
        bias: vec![0; n as usize + 1],
        threshold: vec![THRESHOLD as i32; n as usize + 1],
        traits: vec![traits; n as usize + 1],
        synapses: Arc::new(synapses),
        neurons_per_core: Some(PER_CORE),
        ..Graph::default()
    }
}

/// Sets what neurons gain in a tick, so that they fire so often in it: whole numbers with the right mean.
fn drive(graph: &mut Graph, rate: f64) {
    let gain = rate * f64::from(THRESHOLD);
    let (whole, rest) = (gain.floor(), gain.fract());
    for (neuron, bias) in (0u64..).zip(&mut graph.bias) {
        let draw = (mix(neuron ^ 0xb1a5) >> 11) as f64 / (1u64 << 53) as f64;
        *bias = whole as i32 + i32::from(draw < rest);
    }
}

/// Numbers below `n` in an order drawn at random (Fisher and Yates).
fn permutation(n: u32) -> Vec<u32> {
    let mut all: Vec<u32> = (0..n).collect();
    for i in (1..n).rev() {
        all.swap(i as usize, (mix(u64::from(i) ^ 0x5eed) % u64::from(i + 1)) as usize);
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_axon_has_one_source_and_every_spike_128_synapses() {
        let mut graph = network(16);
        let mut seen = permutation(16 * 256);
        seen.sort_unstable();
        assert!(seen.iter().copied().eq(0..16 * 256));
        assert!((0..16 * 256).all(|neuron| graph.synapses.fan_out(neuron) == 128));
        assert_eq!((graph.synapses.fan_out(16 * 256), graph.max_delay()), (16 * 256, 15));
        drive(&mut graph, 0.02007);
        let mean = f64::from(graph.bias.iter().sum::<i32>()) / f64::from(16 * 256 + 1);
        assert!((mean / 2048.0 / 0.02007 - 1.0).abs() < 0.001, "{mean}");
        assert!(graph.bias.iter().all(|bias| [41, 42].contains(bias)));
    }
}
