//! The cortical microcircuit of Potjans and Diesmann on SpiNNaker: energy of a synaptic event with boards and busy cores.
//!
//! All of its 77,169 neurons are sources that spike at the published rates, each population as often as it should in a
//! step, and a sample of neurons spread over the populations gets all its inputs, with the published probabilities: 16
//! cores of one chip, with nine neurons each, simulated with steps of 0.1 ms. Synaptic events are scaled by neurons, the
//! time of cores by cores, packets by chips; boards at rest are those of the chip file. Neurons do not fire themselves,
//! as their spikes are among those given. How many cores the measured networks kept busy was in the papers that we could
//! not read, so that all of a machine's are taken, and none beside it.

use super::simulate::{StepwiseRun, Work, build, calibration, population};
use super::{Case, Finding, FindingKind, Trouble, ValidationBench};
use crate::hw::{Calibration, Chip};
use crate::map::Limits;
use crate::net::Graph;
use crate::net::graph::Csr;
use crate::net::neuron::{If, Model, Params, Reset};
use crate::rng::mix;
use crate::stats::{Counts, Op};
use serde_json::json;
use std::sync::Arc;

pub(super) const CASE: Case = Case {
    name: "microcircuit",
    about: "energy of a synaptic event of a cortical microcircuit of 77,169 neurons on 12 and 6 boards of SpiNNaker",
    run,
};

const SOURCE: &str = "Rhodes et al. 2019 (12 boards) and van Albada et al. 2018 (6 boards), as INM-6/microcircuit-PD14-model, commit \
                      fd40046e, quotes them; network: Potjans and Diesmann 2014, from the same";

/// Neurons of each population: layers 2/3, 4, 5 and 6, excitatory and inhibitory.
pub const NEURONS: [u32; 8] = [20_683, 5_834, 21_915, 5_479, 4_850, 1_065, 14_395, 2_948];
/// Their rates (Hz).
const RATES: [f64; 8] = [0.903, 2.965, 4.414, 5.876, 7.569, 8.633, 1.105, 7.829];
/// Probability that two neurons are connected at least once, by target and source.
pub const CONNECTED: [[f64; 8]; 8] = [
    [0.1009, 0.1689, 0.0437, 0.0818, 0.0323, 0.0, 0.0076, 0.0],
    [0.1346, 0.1371, 0.0316, 0.0515, 0.0755, 0.0, 0.0042, 0.0],
    [0.0077, 0.0059, 0.0497, 0.135, 0.0067, 0.0003, 0.0453, 0.0],
    [0.0691, 0.0029, 0.0794, 0.1597, 0.0033, 0.0, 0.1057, 0.0],
    [0.1004, 0.0622, 0.0505, 0.0057, 0.0831, 0.3726, 0.0204, 0.0],
    [0.0548, 0.0269, 0.0257, 0.0022, 0.06, 0.3158, 0.0086, 0.0],
    [0.0156, 0.0066, 0.0211, 0.0166, 0.0572, 0.0197, 0.0396, 0.2252],
    [0.0364, 0.001, 0.0034, 0.0005, 0.0277, 0.008, 0.0658, 0.1443],
];

/// Steps a second, and those that are simulated.
const STEPS_PER_SECOND: f64 = 1e4;
const STEPS: u32 = 500;
/// Cores of the sample, and its neurons on each.
const CORES: u32 = 16;
const PER_CORE: u32 = 9;
const SAMPLE: u32 = CORES * PER_CORE;
const CHIPS_PER_BOARD: f64 = 48.0;
const CORES_PER_BOARD: f64 = CHIPS_PER_BOARD * CORES as f64;

/// A measurement: what it was, boards, how much slower than the brain, and energy of a synaptic event (uJ).
const MEASURED: [(&str, f64, f64, f64); 2] =
    [("12 boards in real time", 12.0, 1.0, 0.601), ("6 boards, 20 times slower", 6.0, 20.0, 4.4)];
/// Synaptic events of a second of the network, from its numbers of synapses and its rates.
const EVENTS_PER_SECOND: f64 = 0.967e9;

fn run(bench: &ValidationBench) -> Result<Vec<Finding>, Trouble> {
    let chip = bench.chip("spinnaker1", &[("/fixed_tick/length", json!("20000 cycles"))])?;
    let table = calibration(&chip, "spinnmachine")?;
    let sample = CircuitSample::of(&chip, table, course(&chip, table)?)?;
    let mut found = vec![Finding {
        case: "microcircuit, synaptic events a second".into(),
        ours: sample.events / 1e9,
        published: EVENTS_PER_SECOND / 1e9,
        unit: "G/s".into(),
        tolerance: Some(0.03),
        kind: FindingKind::Closure,
        source: SOURCE.into(),
        notes: vec![format!(
            "counted at {SAMPLE} of {} neurons over {STEPS} steps of 0.1 ms; the other figure is the product of published \
             connections and rates",
            total_neurons()
        )],
    }];
    let alone = sample.alone(calibration(&chip, "hoppner2019")?);
    found.extend(MEASURED.iter().map(|measured| sample.against(measured, alone)));
    Ok(found)
}

fn total_neurons() -> u32 {
    NEURONS.iter().sum()
}

/// What was counted of the sample, by second of the network.
struct CircuitSample {
    work: Work,
    /// Synaptic events of the whole network.
    events: f64,
    /// Power of a core in use (W).
    core: f64,
    /// Power of the packets of one chip (W).
    packets: f64,
    /// Power of a board at rest (W).
    board: f64,
}

impl CircuitSample {
    fn of(chip: &Chip, table: &Calibration, work: Work) -> Result<Self, Trouble> {
        let seconds = chip.ns(work.ticks) / 1e9;
        let all_neurons = f64::from(total_neurons()) / f64::from(SAMPLE);
        let watts = |ops: &[Op]| {
            let mut counts = Counts::default();
            ops.iter().for_each(|op| counts.add(*op, work.counts.of(*op)));
            Work { counts, ticks: 0 }.dynamic_pj(table) / 1e12 / seconds
        };
        let board = table.static_power.as_ref().map(|rest| rest.power.0 as f64 / 1e9);
        let missing = || Trouble::Failed(format!("chip {} has no power of a board at rest", chip.name));
        Ok(Self {
            events: work.counts.synapses() as f64 / seconds * all_neurons,
            core: watts(&[Op::CoreBusy]) / f64::from(CORES),
            packets: watts(&[Op::Inject, Op::HopEw, Op::HopNs]),
            board: board.ok_or_else(missing)?,
            work,
        })
    }

    /// Energy of an event by a table of neurons and synapses, without boards (uJ).
    fn alone(&self, table: &Calibration) -> f64 {
        self.work.dynamic_pj(table) / 1e6 / self.work.counts.synapses() as f64
    }

    fn against(&self, (what, boards, slower, measured): &(&str, f64, f64, f64), alone: f64) -> Finding {
        // Slower by a factor, boards and cores draw their power that much longer for the same events.
        let of = |cores: f64| {
            let power = boards * (self.board + cores * self.core) + boards * CHIPS_PER_BOARD * self.packets / slower;
            1e6 * power * slower / self.events
        };
        let (ours, at_rest) = (of(CORES_PER_BOARD), of(0.0));
        Finding {
            case: format!("microcircuit, {what}: energy of a synaptic event"),
            ours,
            published: *measured,
            unit: "uJ".into(),
            tolerance: None,
            kind: FindingKind::Prediction,
            source: SOURCE.into(),
            notes: vec![
                format!(
                    "{:.1} W: boards at rest, {:.0} cores in use, packets; boards alone {at_rest:.3} uJ, so the measured figure \
                     lies {}; how many cores were in use is not known here",
                    ours * self.events / slower / 1e6,
                    boards * CORES_PER_BOARD,
                    if (at_rest..=ours).contains(measured) { "between none and all of the cores" } else { "outside" }
                ),
                format!("energies of neurons and synapses alone, without boards (hoppner2019): {alone:.3} uJ"),
            ],
        }
    }
}

fn course(chip: &Arc<Chip>, table: &Calibration) -> Result<Work, Trouble> {
    let system = build(&network(), chip, table, Limits::Enforce)?;
    let mut course = StepwiseRun::new(&system);
    course.steps(STEPS)?;
    Ok(course.work())
}

/// A number from 0 up to 1, drawn for a purpose and three numbers.
fn draw(purpose: u64, a: u32, b: u32, c: u32) -> f64 {
    let key = mix(purpose << 56 | u64::from(a) << 28 | u64::from(b)) ^ u64::from(c);
    (mix(key) >> 11) as f64 / (1u64 << 53) as f64
}

/// First neuron of a population.
fn first(population: usize) -> u32 {
    NEURONS[..population].iter().sum()
}

/// The population of a neuron of the sample: those are spread evenly over all.
fn population_of(neuron: u32) -> usize {
    let place = (u64::from(2 * neuron + 1) * u64::from(total_neurons()) / u64::from(2 * SAMPLE)) as u32;
    (0..NEURONS.len()).rev().find(|population| first(*population) <= place).unwrap_or(0)
}

/// Inputs of a neuron of one population from another: pairs may be connected more than once, so that there are more
/// synapses than connected pairs.
fn inputs(target: usize, source: usize) -> f64 {
    let pairs = f64::from(NEURONS[target]) * f64::from(NEURONS[source]);
    let synapses = (1.0 - CONNECTED[target][source]).ln() / (1.0 - 1.0 / pairs).ln();
    synapses / f64::from(NEURONS[target])
}

/// The sources of a neuron of the sample, of which each is drawn from its own part of a population.
fn sources(neuron: u32) -> Vec<u32> {
    let target = population_of(neuron);
    let mut all = Vec::new();
    for (source, neurons) in NEURONS.into_iter().enumerate() {
        let count = (inputs(target, source) + draw(1, neuron, source as u32, 0)) as u32;
        let width = f64::from(neurons) / f64::from(count.max(1));
        let mut free = 0;
        for k in 0..count {
            let place = (f64::from(k) + draw(2, neuron, source as u32, k)) * width;
            let drawn = (place as u32).max(free);
            free = drawn + 1;
            all.extend((drawn < neurons).then_some(first(source) + drawn));
        }
    }
    all
}

/// Spikes of all neurons: (step, neuron).
fn spikes() -> Vec<(u32, u32)> {
    let mut all = Vec::new();
    for step in 1..=STEPS {
        for (population, (neurons, rate)) in NEURONS.into_iter().zip(RATES).enumerate() {
            let mean = f64::from(neurons) * rate / STEPS_PER_SECOND;
            let count = (mean + draw(3, step, population as u32, 0)) as u32;
            let one = |k| first(population) + (draw(4, step, population as u32, k) * f64::from(neurons)) as u32;
            all.extend((0..count).map(|k| (step, one(k))));
        }
    }
    all.sort_unstable();
    all.dedup();
    all
}

/// The sources, and behind them the neurons of the sample.
fn network() -> Graph {
    let (neurons, all) = (total_neurons(), (total_neurons() + SAMPLE) as usize);
    let mut rows: Vec<Vec<u32>> = vec![Vec::new(); all];
    (0..SAMPLE).for_each(|neuron| sources(neuron).iter().for_each(|source| rows[*source as usize].push(neuron)));
    let mut synapses = Csr::with_capacity(all, rows.iter().map(Vec::len).sum());
    for row in rows {
        row.into_iter().for_each(|neuron| synapses.push(neurons + neuron, 1, 1));
        synapses.end_row();
    }
    let params = Params { model: Model::If(If), reset: Reset::Zero, fraction_bits: 0, membrane_bits: 32, fires: false };
    Graph {
        populations: vec![
            population("all neurons", 0..neurons, params, Some(spikes())),
            population("sample", neurons..neurons + SAMPLE, params, None),
        ],
        bias: vec![0; all],
        threshold: vec![1; all],
        synapses: Arc::new(synapses),
        neurons_per_core: Some(PER_CORE),
        ..Graph::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_network_is_the_published_one() {
        assert_eq!(total_neurons(), 77_169);
        let all = |source: usize| (0..8).map(|target| inputs(target, source) * f64::from(NEURONS[target])).sum::<f64>();
        let synapses: f64 = (0..8).map(all).sum();
        assert!((synapses / 298.9e6 - 1.0).abs() < 1e-3, "{synapses}");
        let events: f64 = (0..8).map(|source| all(source) / f64::from(NEURONS[source]) * rate(source)).sum();
        assert!((events / EVENTS_PER_SECOND - 1.0).abs() < 1e-3, "{events}");
        // Spikes of 50 ms, with what is lost to two draws of one neuron.
        let expected = 249_792.0 * f64::from(STEPS) / STEPS_PER_SECOND;
        assert!((spikes().len() as f64 / expected - 1.0).abs() < 0.01, "{}", spikes().len());
        let drawn = sources(0);
        let mut distinct = drawn.clone();
        distinct.dedup();
        assert_eq!((drawn.len(), population_of(0), population_of(SAMPLE - 1)), (distinct.len(), 0, 7));
        let expected: f64 = (0..8).map(|source| inputs(0, source)).sum();
        assert!((drawn.len() as f64 - expected).abs() < 8.0, "{} {expected}", drawn.len());
    }

    /// Spikes a second of all neurons of a population.
    fn rate(population: usize) -> f64 {
        f64::from(NEURONS[population]) * RATES[population]
    }
}
