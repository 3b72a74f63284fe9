//! The chip against the integer reference, bit for bit, over random networks, chips, mappings, timings and threads.
//!
//! Cases are drawn by proptest from a fixed seed, so that a run is the same everywhere, and shrink when they fail.

use crate::boards::{Board, boards};
use crate::common::{CONTENTION, Draw, Rig, chip_with, digest, drive, drive_given, sparse_graph, total};
use crate::layered::{Extras, LayeredCase, layered_cases};
use crate::spike_order;
use proptest::prelude::*;
use proptest::test_runner::{RngSeed, TestCaseError, TestRunner};
use serde_json::{Value, json};
use spikemesh::data::Split;
use spikemesh::engine::{Heap, Wheel};
use spikemesh::hw::{Chip, Gating, ReceivePath};
use spikemesh::ids::NeuronId;
use spikemesh::map::{self, place};
use spikemesh::model::HostInput;
use spikemesh::net::architecture::Target;
use spikemesh::net::input::Encoding;
use spikemesh::net::quantised::OutputErrors;
use spikemesh::net::{Graph, Layered, reference};
use spikemesh::run::{BatchResult, Job, Shards, Unwatched, run_batch, run_sparse};
use spikemesh::stats::Op;
use spikemesh::system::Contention;
use spikemesh::train::evaluate;

/// Runs cases from a fixed seed, without files that remember failures.
pub fn for_all<S: Strategy>(cases: u32, seed: u64, strategy: S, check: impl Fn(S::Value) -> Result<(), TestCaseError>) {
    let config = ProptestConfig {
        cases,
        failure_persistence: None,
        rng_seed: RngSeed::Fixed(seed),
        max_shrink_iters: 400,
        ..ProptestConfig::default()
    };
    TestRunner::new(config).run(&strategy, check).unwrap_or_else(|failure| panic!("{failure}"));
}

fn sizes(graph: &Graph) -> Vec<u64> {
    graph.populations.iter().filter(|p| p.source.is_none()).map(|p| p.count.into()).collect()
}

/// Everything in a result, as one value that can be compared.
fn all_of(result: &BatchResult) -> impl PartialEq + std::fmt::Debug + use<'_> {
    let distributions = (digest(&result.packet_latency), digest(&result.packet_hops), spike_order::seen(&result.order));
    (&result.inferences, &result.cores, &result.link_flits, distributions)
}

fn layered_agrees(case: &LayeredCase, board: &Board) -> Result<(), TestCaseError> {
    // A crossbar is read in the step after a spike.
    let (net, samples) = case.build(!board.crossbar);
    let graph = Graph::from_layered(&net);
    let chip = board.chip(&sizes(&graph));
    let mut ticks = Vec::new();
    for contention in CONTENTION {
        // Half of the networks have their layers on common cores.
        let sharing = if case.seed.is_multiple_of(2) { map::Sharing::Always } else { map::Sharing::Auto };
        let options = map::MappingOptions { placer: place::Placer::ALL[board.placer], sharing, ..Default::default() };
        let rig = Rig::mapped(graph.clone(), chip.clone(), options, contention);
        let job = |threads| Job {
            system: &rig.system,
            graph: &rig.graph,
            network: (&net).into(),
            samples: &samples,
            count: samples.len(),
            threads,
        };
        let one = run_batch(job(1), &Unwatched).unwrap();
        for threads in [2, 3] {
            let more = run_batch(job(threads), &Unwatched).unwrap();
            prop_assert_eq!(all_of(&one), all_of(&more), "{} threads, {:?}", threads, contention);
        }
        for (index, inference) in one.inferences.iter().enumerate() {
            prop_assert!(!inference.mismatched, "sample {} differs from the reference, {:?}", index, contention);
            compare_sample(&rig, &net, samples.sample(index).0, inference.class, &inference.counts)?;
            compare_errors(&net, (&samples, index), inference.errors)?;
        }
        ticks.push(one.inferences.iter().map(|i| i.ticks).collect::<Vec<_>>());
    }
    at_least_ideal(&chip, &ticks[0], &ticks[1])
}

/// The errors of the chip are those of the reference's outputs.
fn compare_errors(
    net: &Layered,
    (samples, index): (&Split, usize),
    found: Option<OutputErrors>,
) -> Result<(), TestCaseError> {
    prop_assert_eq!(found.is_some(), net.target != Target::Label);
    let Some(found) = found else { return Ok(()) };
    let outputs = reference::layered(net, samples.sample(index).0).outputs;
    let real = outputs.iter().map(|v| f64::from(*v) / net.output_scale);
    let differences: Vec<f64> = real.zip(wanted_of(net, samples, index)).map(|(v, wanted)| v - wanted).collect();
    let [squared, absolute] =
        [|d: &f64| d * d, |d: &f64| d.abs()].map(|of: fn(&f64) -> f64| differences.iter().map(of).sum::<f64>());
    prop_assert!(
        (found.squared - squared).abs() <= 1e-9 * squared && (found.absolute - absolute).abs() <= 1e-9 * absolute
    );
    Ok(())
}

/// Compares one sample without the runner's own comparison.
fn compare_sample(
    rig: &Rig,
    net: &Layered,
    pixels: &[u8],
    class: u8,
    counts: &spikemesh::stats::Counts,
) -> Result<(), TestCaseError> {
    let right = reference::layered(net, pixels);
    let (inputs, time_steps) = (net.input.neurons() as usize, net.spec.time_steps);
    let (mut host, mut spikes, mut all, mut steps) = (Vec::new(), None, right.counts.clone(), time_steps);
    match net.encoding {
        Encoding::Direct => {
            host = net.encode(pixels);
            host.resize(rig.graph.neurons(), 0);
        }
        Encoding::Spikes => {
            let bit = |at: usize| pixels[at / 8] >> (at % 8) & 1 == 1;
            let trains: Vec<(usize, usize)> =
                (0..time_steps as usize * inputs).filter(|at| bit(*at)).map(|at| (at / inputs, at % inputs)).collect();
            let count = |input| trains.iter().filter(|(_, i)| *i == input).count() as u32;
            all = (0..inputs).map(count).chain(all).collect();
            spikes = Some(
                trains.iter().map(|(step, input)| (*step as u32 + 1, NeuronId::from_index(*input))).collect::<Vec<_>>(),
            );
            steps += 1;
        }
        Encoding::Rate => unreachable!("no case has it"),
    }
    steps += net.layers.len() as u32 - 1;
    let given = HostInput { drive: &host, spikes: spikes.as_deref(), more_steps: 0 };
    let seen = drive_given(&rig.system, Wheel::default, Shards::default(), given, steps);
    let sources = all.len() - right.counts.len();
    prop_assert_eq!(&seen.counts[sources..], &right.counts[..]);
    let outputs = rig.graph.populations.last().unwrap().range();
    prop_assert_eq!(&seen.membranes[outputs], &right.outputs[..]);
    prop_assert_eq!(usize::from(class), right.class());
    prop_assert_eq!(&seen, &drive_given(&rig.system, Heap::default, Shards::default(), given, steps));
    let spikes: u64 = right.counts.iter().map(|n| u64::from(*n)).sum();
    let traffic = rig.traffic(&all);
    all[..sources].fill(0);
    let on_chip = rig.traffic(&all).packets;
    let found = (counts.of(Op::SomaSpike), counts.synapses(), counts.of(Op::AxonOut));
    let expected = (spikes, traffic.synapses, on_chip);
    match rig.chip.gating() {
        Gating::Window => {
            prop_assert_eq!(found, expected);
            prop_assert_eq!(counts.of(Op::AxonIn), traffic.packets);
        }
        // Late spikes come on top of those that the reference knows.
        Gating::None => {
            prop_assert!(found.0 >= expected.0 && found.1 >= expected.1 && found.2 >= expected.2);
        }
    }
    Ok(())
}

/// Waiting never makes anything end earlier, where one packet is done after the other. (A pipeline of two stages
/// may be lucky with another order of packets.)
fn at_least_ideal(chip: &Chip, event: &[u64], ideal: &[u64]) -> Result<(), TestCaseError> {
    if chip.core().receive == ReceivePath::Serial {
        prop_assert!(event.iter().zip(ideal).all(|(e, i)| e >= i), "event {:?}, ideal {:?}", event, ideal);
    }
    Ok(())
}

#[test]
fn layered_networks_on_odd_chips_equal_the_reference() {
    for_all(250, 1, (layered_cases(), boards()), |(case, board)| layered_agrees(&case, &board));
}

/// The fast evaluator counts what the reference counts, and synaptic operations as the graph has synapses.
fn evaluator_agrees(case: &LayeredCase) -> Result<(), TestCaseError> {
    let (net, mut samples) = case.build(true);
    let graph = Graph::from_layered(&net);
    let sources = graph.neurons() - net.neurons();
    let outcomes: Vec<_> = (0..samples.len()).map(|i| reference::layered(&net, samples.sample(i).0)).collect();
    // Every second label is right, or all where there is one class.
    samples.labels = outcomes.iter().enumerate().map(|(i, o)| ((o.class() + i % 2) % o.outputs.len()) as u8).collect();
    let right = outcomes.iter().zip(&samples.labels).filter(|(o, label)| o.class() == usize::from(**label)).count();
    let found = evaluate(&net, &samples, 2).unwrap();
    prop_assert_eq!(&found, &evaluate(&net, &samples, 1).unwrap());
    let mut layers: Vec<_> = graph.populations.iter().map(|p| (u64::from(p.count), 0u64, 0u64)).collect();
    let mut error = (0.0, 0.0);
    for (index, outcome) in outcomes.iter().enumerate() {
        let all = reference::all_counts(&net, samples.sample(index).0);
        assert_eq!(&all[sources..], outcome.counts);
        for (neuron, count) in all.iter().enumerate() {
            layers[graph.population_of(neuron)].1 += u64::from(*count);
            for target in graph.synapses.targets(neuron) {
                layers[graph.population_of(target as usize)].2 += u64::from(*count);
            }
        }
        for (output, wanted) in outcome.outputs.iter().zip(wanted_of(&net, &samples, index)) {
            let difference = f64::from(*output) / net.output_scale - wanted;
            error = (error.0 + difference.powi(2), error.1 + difference.abs());
        }
    }
    let seen: Vec<_> = found.layers.iter().map(|l| (l.neurons, l.spikes, l.synaptic_operations)).collect();
    let layers = &layers[graph.populations.len() - net.layers.len()..];
    prop_assert_eq!(&seen[..], layers);
    prop_assert_eq!(found.spikes, layers.iter().map(|layer| layer.1).sum::<u64>());
    if net.target.has_classes() {
        prop_assert_eq!(found.correct, right as u64);
        return Ok(());
    }
    for (found, error) in [(found.errors.squared, error.0), (found.errors.absolute, error.1)] {
        prop_assert!((found - error).abs() <= 1e-9 * error, "{} for {}", found, error);
    }
    Ok(())
}

/// What outputs should be, from the bytes of a sample or the words of its target; nothing of a class.
fn wanted_of(net: &Layered, samples: &Split, index: usize) -> Vec<f64> {
    match net.target {
        Target::Label => Vec::new(),
        Target::Input => samples.sample(index).0.iter().map(|v| f64::from(*v) / f64::from(net.full_scale)).collect(),
        Target::Given => samples.targets.as_ref().unwrap().sample(index).shares().collect(),
    }
}

#[test]
fn the_evaluator_equals_the_reference() {
    for_all(600, 3, layered_cases(), |case| evaluator_agrees(&case));
}

/// A sparse network.
#[derive(Clone, Debug)]
struct SparseCase {
    seed: u64,
    populations: usize,
    density: u64,
    delay: i64,
    steps: u32,
}

fn sparse_cases() -> impl Strategy<Value = SparseCase> {
    (any::<u64>(), 1..=4usize, 1..=12u64, 1..=6i64, 1..=24u32)
        .prop_map(|(seed, populations, density, delay, steps)| SparseCase { seed, populations, density, delay, steps })
}

impl SparseCase {
    /// Populations of both models and both resets, and sources; edges with self-loops and parallel ones.
    fn file(&self, longest: i64) -> Value {
        let mut draw = Draw::new(self.seed);
        let mut populations = Vec::new();
        for index in 0..self.populations {
            let size = draw.between(1, 30);
            let name = format!("p{index}");
            // The first has neurons, so that there is something on the chip.
            if index > 0 && draw.below(3) == 0 {
                let mut spikes: Vec<(i64, i64)> = (0..draw.below(40))
                    .map(|_| (draw.between(1, i64::from(self.steps) + 2), draw.between(0, size - 1)))
                    .collect();
                spikes.sort_unstable();
                spikes.dedup();
                populations.push(json!({"name": name, "size": size, "spikes": spikes}));
                continue;
            }
            let fraction = draw.between(0, 6);
            let unit = 1 << fraction;
            let bias: Vec<i64> = (0..size).map(|_| draw.between(-3 * unit, 12 * unit)).collect();
            let threshold: Vec<i64> = (0..size).map(|_| draw.between(1, 40 * unit)).collect();
            let reset = ["zero", "subtract"][draw.below(2) as usize];
            let bits = draw.between(10, 24);
            let mut neuron = json!({"model": "if", "reset": reset, "fraction_bits": fraction, "membrane_bits": bits});
            if draw.below(2) == 0 {
                neuron["model"] = json!("lif");
                neuron["decay"] = json!(draw.between(1, 4096));
            }
            let limit = (1i64 << (bits - 1)) - 1;
            let threshold: Vec<i64> = threshold.into_iter().map(|t| t.min(limit)).collect();
            let bias: Vec<i64> = bias.into_iter().map(|b| b.clamp(-limit, limit)).collect();
            populations
                .push(json!({"name": name, "size": size, "threshold": threshold, "bias": bias, "neuron": neuron}));
        }
        let size = |i: usize| populations[i]["size"].as_i64().unwrap();
        let mut projections = Vec::new();
        for from in 0..self.populations {
            for to in (0..self.populations).filter(|to| populations[*to].get("spikes").is_none()) {
                let count = draw.below(size(from) as u64 * self.density + 1);
                let mut edge = || {
                    let delay = draw.between(1, self.delay.min(longest));
                    [draw.between(0, size(from) - 1), draw.between(0, size(to) - 1), draw.between(-60, 90), delay]
                };
                let edges: Vec<_> = (0..count).map(|_| edge()).collect();
                projections.push(json!({"from": format!("p{from}"), "to": format!("p{to}"), "edges": edges}));
            }
        }
        json!({
            "format": "spikemesh.sparse/1",
            "description": "random",
            "populations": populations,
            "projections": projections,
        })
    }
}

fn sparse_agrees(case: &SparseCase, board: &Board) -> Result<(), TestCaseError> {
    let longest = if board.crossbar { 1 } else { 62 };
    let graph = sparse_graph(&case.file(longest));
    let chip = board.chip(&sizes(&graph));
    let right = reference::sparse(&graph, case.steps);
    let mut ticks = Vec::new();
    for contention in CONTENTION {
        let rig = Rig::new(graph.clone(), chip.clone(), place::Placer::ALL[board.placer], contention);
        let result = run_sparse(&rig.system, &rig.graph, case.steps, Shards::default(), &Unwatched).unwrap();
        prop_assert!(!result.mismatched, "differs from the reference, {:?}", contention);
        // The reference counts sources with the others, a run reports them apart.
        let mut spikes = result.spikes_per_step.clone();
        let due = graph.populations.iter().flat_map(|p| p.source.iter().flatten());
        due.filter(|(step, _)| *step <= case.steps).for_each(|(step, _)| spikes[*step as usize - 1] += 1);
        prop_assert_eq!(&spikes, &right.spikes_per_step);
        prop_assert_eq!(spikes.iter().sum::<u64>(), result.spikes_per_step.iter().sum::<u64>() + result.source_spikes);
        let seen = drive(&rig.system, Wheel::default, Shards::default(), &[], case.steps);
        prop_assert_eq!(&seen.counts, &right.counts);
        prop_assert_eq!(&seen.membranes, &right.membranes);
        prop_assert_eq!(&seen.step_ticks, &result.step_ticks);
        prop_assert_eq!(&seen, &drive(&rig.system, Heap::default, Shards::default(), &[], case.steps));
        let (counts, traffic) = (total(&result.cores), rig.traffic(&right.counts));
        prop_assert_eq!(counts.synapses(), traffic.synapses);
        prop_assert_eq!(counts.of(Op::AxonIn), traffic.packets);
        ticks.push(result.step_ticks);
    }
    at_least_ideal(&chip, &ticks[0], &ticks[1])
}

#[test]
fn sparse_networks_on_odd_chips_equal_the_reference() {
    for_all(500, 2, (sparse_cases(), boards()), |(case, board)| sparse_agrees(&case, &board));
}

#[test]
fn shipped_chips_equal_the_reference() {
    let conv = LayeredCase {
        seed: 11,
        input: (1, 8, 8),
        convolutions: 1,
        dense: vec![24, 10],
        steps: 8,
        weight_bits: 8,
        membrane_bits: 24,
        full_scale: 16,
        samples: 6,
        extras: Extras::default(),
    };
    let dense = LayeredCase { seed: 12, convolutions: 0, dense: vec![130, 64, 10], steps: 16, ..conv.clone() };
    for case in [conv, dense] {
        let (net, samples) = case.build(false);
        let graph = Graph::from_layered(&net);
        for name in ["loihi", "crossbar"] {
            for (placer, contention) in [(0, CONTENTION[0]), (1, CONTENTION[0]), (1, CONTENTION[1])] {
                let rig = Rig::new(graph.clone(), chip_with(name, &[]), place::Placer::ALL[placer], contention);
                let (system, graph) = (&rig.system, &rig.graph);
                let job =
                    Job { system, graph, network: (&net).into(), samples: &samples, count: samples.len(), threads: 2 };
                let result = run_batch(job, &Unwatched).unwrap();
                assert!(result.inferences.iter().all(|i| !i.mismatched), "{name}");
                let spikes: u64 = result.inferences.iter().map(|i| i.counts.of(Op::SomaSpike)).sum();
                assert!(spikes > 100, "{name}: {spikes} spikes prove nothing");
            }
        }
    }
}

#[test]
fn a_single_packet_takes_as_long_with_contention_as_without() {
    // Neuron 0 of p0 fires once, in step 2, and nothing else ever does.
    let graph = sparse_graph(&json!({
        "format": "spikemesh.sparse/1",
        "description": "one packet",
        "populations": [
            {"name": "a", "size": 1, "threshold": 10, "bias": 5, "neuron": {"model": "if", "reset": "subtract"}},
            {"name": "b", "size": 3, "threshold": 100, "neuron": {"model": "if", "reset": "zero"}}
        ],
        "projections": [{"from": "a", "to": "b", "edges": [[0, 2, 7, 1]]}]
    }));
    for name in ["loihi", "crossbar"] {
        let chip = chip_with(name, &[("/core/receive_queue", json!(1)), ("/mesh/buffer_flits", json!(1))]);
        let run = |contention: Contention| {
            let rig = Rig::new(graph.clone(), chip.clone(), place::Placer::ALL[0], contention);
            let result = run_sparse(&rig.system, &rig.graph, 3, Shards::default(), &Unwatched).unwrap();
            assert_eq!(result.packet_latency.len(), 1);
            (result.step_ticks, digest(&result.packet_latency))
        };
        assert_eq!(run(CONTENTION[0]), run(CONTENTION[1]), "{name}");
    }
}

#[test]
fn the_largest_core_names_its_last_neuron() {
    // 65,536 neurons on one core, whose limits are only reported: a synapse names its target in 16 bits. Neuron 0
    // makes the last one fire; with one neuron more, mapping must refuse (`map_core_too_large` among the errors).
    let graph = |size: u32| {
        let mut bias = vec![0; size as usize];
        bias[0] = 5;
        sparse_graph(&json!({
            "format": "spikemesh.sparse/1",
            "description": "one large core",
            "populations": [{"name": "n", "size": size, "threshold": 5, "bias": bias,
                             "neuron": {"model": "if", "reset": "zero"}}],
            "projections": [{"from": "n", "to": "n", "edges": [[0, size - 1, 5, 1]]}]
        }))
    };
    let one = [("/mesh/width", json!(1)), ("/mesh/height", json!(1)), ("/mesh/cores_per_tile", json!(1))];
    let chip = chip_with("loihi", &one);
    let options = map::MappingOptions { limits: map::Limits::Report, ..map::MappingOptions::default() };
    let net = graph(65_536);
    let mapping = map::map(&net, &chip, options).unwrap();
    // In cores of 1024 it would need 64.
    let broken: Vec<_> = mapping.violations.iter().map(|v| (v.limit.as_str(), v.needed, v.allowed)).collect();
    assert_eq!((mapping.cores.len(), broken), (1, vec![("mesh", 64, 1)]));
    let calibration = chip.calibration(None).unwrap();
    let system = spikemesh::system::build(&net, &chip, calibration, &mapping, Contention::Modelled).unwrap();
    let result = run_sparse(&system, &net, 2, Shards::default(), &Unwatched).unwrap();
    assert!(!result.mismatched);
    assert_eq!(result.spikes_per_step, [1, 2]);
    assert!(map::map(&graph(65_537), &chip, options).is_err());
}
