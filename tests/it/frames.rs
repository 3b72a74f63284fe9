//! Sequences of frames: the chip against the integer reference, which keeps state through the same loop in plain code,
//! over random networks, numbers of frames, chips, threads and shards.

use crate::boards::{Board, boards};
use crate::common::{CONTENTION, Draw, Rig, chip_with, random_folded, total};
use crate::differential::for_all;
use crate::layered::{Extras, LayeredCase, layered_cases};
use proptest::prelude::*;
use proptest::test_runner::TestCaseError;
use serde_json::json;
use spikemesh::data::{Sequences, Split};
use spikemesh::hw::{Chip, Gating};
use spikemesh::map::{self, place::Placer};
use spikemesh::model::HostInput;
use spikemesh::net::architecture::{LayerSpec, Shape, Target};
use spikemesh::net::input::{Encoding, Frames, Readout};
use spikemesh::net::quantised::Layered;
use spikemesh::net::{Graph, QuantSpec, reference};
use spikemesh::run::{BatchResult, Job, KeptValues, Runner, Shards, Unwatched, run_batch, run_batch_with};
use spikemesh::stats::Op;
use spikemesh::system::Contention;
use spikemesh::train::evaluate;

/// Sequences for the network of a case: of one frame to six, some of which repeat the one before.
fn sequences(case: &LayeredCase, net: &Layered) -> Split {
    let mut draw = Draw::new(case.seed ^ 0xf7a3);
    let inputs = net.input.neurons() as usize;
    let lengths: Vec<usize> = (0..case.samples).map(|_| draw.between(1, 6) as usize).collect();
    let mut pixels: Vec<u8> = Vec::new();
    for _ in 0..lengths.iter().sum() {
        let before = pixels.len().saturating_sub(inputs);
        match draw.below(4) {
            0 if before > 0 => pixels.extend_from_within(before..),
            _ => pixels.extend((0..inputs).map(|_| draw.below(u64::from(net.full_scale) + 1) as u8)),
        }
    }
    let sequences = Sequences::of_lengths(&lengths, None);
    Split { pixels, labels: vec![0; lengths.len()], sample_len: inputs, sequences, targets: None }
}

/// A case without what sequences have not, as a network that is read out after each frame, and its sequences.
fn build(case: &LayeredCase, far: bool) -> (Layered, Split) {
    let extras = Extras { target: Target::Label, spikes: false, ..case.extras };
    let case = LayeredCase { extras, ..case.clone() };
    let (mut net, _) = case.build(far);
    net.frames = Frames::Sequence(Readout::Every);
    // A network whose host sends spikes has another first layer: a third of them do.
    if case.seed.is_multiple_of(3) && !case.extras.half_start {
        net = rate(&case, net);
    }
    let samples = sequences(&case, &net);
    (net, samples)
}

/// The same layers for spikes of the host.
fn rate(case: &LayeredCase, direct: Layered) -> Layered {
    let mut draw = Draw::new(case.seed);
    let layers = [LayerSpec::Flatten, LayerSpec::dense(draw.between(2, 12) as u32), LayerSpec::dense(4)];
    let mut folded = random_folded(direct.input, &layers, direct.full_scale, 1.0, &mut draw);
    (folded.encoding, folded.frames) = (Encoding::Rate, direct.frames);
    folded.quantise(QuantSpec { time_steps: case.steps, ..QuantSpec::new(case.steps, 8) })
}

fn sizes(graph: &Graph) -> Vec<u64> {
    graph.populations.iter().filter(|p| p.source.is_none()).map(|p| p.count.into()).collect()
}

fn run(rig: &Rig, net: &Layered, samples: &Split, threads: usize) -> BatchResult {
    let (system, graph, count) = (&rig.system, &rig.graph, samples.len());
    run_batch(Job { system, graph, network: net.into(), samples, count, threads }, &Unwatched).unwrap()
}

/// The drives of each frame of a sample that gets currents, and what the host writes: all of them at first, and then
/// those that change.
fn drives(rig: &Rig, net: &Layered, sample: &[u8]) -> (Vec<Vec<i32>>, u64) {
    let inputs = net.input.neurons() as usize;
    let frame = |values: &[u8]| {
        let mut drive = net.encode(values);
        drive.resize(rig.graph.neurons(), 0);
        drive
    };
    let all: Vec<Vec<i32>> = sample.chunks(inputs).map(frame).collect();
    let changed = |pair: &[Vec<i32>]| pair[0].iter().zip(&pair[1]).filter(|(a, b)| a != b).count() as u64;
    let first = net.layers[0].op.outputs() as u64;
    (all.clone(), first + all.windows(2).map(changed).sum::<u64>())
}

/// A sample, written to the chip frame by frame without the runner of batches, in any number of parts.
fn by_hand(rig: &Rig, net: &Layered, all: &[Vec<i32>], shards: Shards) -> (Vec<u32>, Vec<Vec<i32>>, u64) {
    let (steps, late) = (net.spec.time_steps, net.layers.len() as u32 - 1);
    let more_steps = (all.len() as u32 - 1) * steps;
    let mut runner = Runner::new(&rig.system, shards).on_all_threads(shards.threads);
    runner.reset_for(0, HostInput { drive: &all[0], spikes: None, more_steps });
    let outputs = rig.graph.populations.last().unwrap().range();
    let mut readouts = Vec::new();
    for step in 1..=steps + more_steps + late {
        let frame = (step - 1) / steps;
        if step > 1 && (step - 1) % steps == 0 && (frame as usize) < all.len() {
            runner.write(&all[frame as usize - 1], &all[frame as usize]);
        }
        runner.step(step).unwrap();
        if step > late && (step - late) % steps == 0 {
            readouts.push(runner.neurons(step).1[outputs.clone()].to_vec());
        }
    }
    let all = steps + more_steps + late;
    (runner.neurons(all).0, readouts, total(&runner.counts()).of(Op::HostWrite))
}

fn agrees(case: &LayeredCase, board: &Board) -> Result<(), TestCaseError> {
    // A crossbar is read in the step after a spike.
    let (net, samples) = build(case, !board.crossbar);
    let graph = Graph::from_layered(&net);
    let chip = board.chip(&sizes(&graph));
    for contention in CONTENTION {
        let sharing = if case.seed.is_multiple_of(2) { map::Sharing::Always } else { map::Sharing::Auto };
        let options = map::MappingOptions { placer: Placer::ALL[board.placer], sharing, ..Default::default() };
        let rig = Rig::mapped(graph.clone(), chip.clone(), options, contention);
        let one = run(&rig, &net, &samples, 1);
        for threads in [2, 3] {
            let more = run(&rig, &net, &samples, threads);
            prop_assert_eq!((&one.inferences, &one.cores), (&more.inferences, &more.cores), "{} threads", threads);
        }
        for (index, inference) in one.inferences.iter().enumerate() {
            prop_assert!(!inference.mismatched, "sample {} differs from the reference, {:?}", index, contention);
            let (sample, frames) = (samples.sample(index).0, samples.frames_of(index).len());
            prop_assert_eq!((inference.frame_count as usize, inference.frames.len()), (frames, frames));
            let right = reference::layered(&net, sample);
            prop_assert_eq!((right.readouts.len(), right.readouts.last()), (frames, Some(&right.outputs)));
            for (frame, outputs) in inference.frames.iter().zip(&right.readouts) {
                let first = outputs.iter().position(|value| value == outputs.iter().max().unwrap()).unwrap();
                prop_assert_eq!((usize::from(frame.class), frame.class), (first, frame.reference));
            }
            prop_assert!(inference.frames.iter().all(|frame| frame.ticks <= inference.ticks));
            if rig.chip.gating() == Gating::Window {
                let spikes: u64 = right.counts.iter().map(|count| u64::from(*count)).sum();
                prop_assert_eq!(inference.counts.of(Op::SomaSpike), spikes);
            }
            compare_by_hand(&rig, &net, sample, inference.counts.of(Op::HostWrite))?;
        }
    }
    Ok(())
}

/// Compares a sample without the runner's own comparison, and in parts.
fn compare_by_hand(rig: &Rig, net: &Layered, sample: &[u8], written: u64) -> Result<(), TestCaseError> {
    if net.encoding != Encoding::Direct {
        return Ok(());
    }
    let right = reference::layered(net, sample);
    let (all, writes) = drives(rig, net, sample);
    prop_assert_eq!(written, writes);
    for shards in [(1, 1), (2, 1), (3, 2)] {
        let shards = Shards { count: shards.0, threads: shards.1 };
        let (counts, readouts, found) = by_hand(rig, net, &all, shards);
        prop_assert_eq!((&counts, &readouts, found), (&right.counts, &right.readouts, writes), "{:?}", shards);
    }
    Ok(())
}

#[test]
fn sequences_on_odd_chips_equal_the_reference() {
    for_all(80, 31, (layered_cases(), boards()), |(case, board)| agrees(&case, &board));
}

/// The fast evaluator of trainings keeps state as the reference does.
fn evaluator_agrees(case: &LayeredCase) -> Result<(), TestCaseError> {
    let (net, mut samples) = build(case, true);
    let outcomes: Vec<_> = (0..samples.len()).map(|i| reference::layered(&net, samples.sample(i).0)).collect();
    samples.labels = outcomes.iter().enumerate().map(|(i, o)| ((o.class() + i % 2) % o.outputs.len()) as u8).collect();
    let right = outcomes.iter().zip(&samples.labels).filter(|(o, label)| o.class() == usize::from(**label)).count();
    let spikes: u64 = outcomes.iter().flat_map(|outcome| &outcome.counts).map(|count| u64::from(*count)).sum();
    let found = evaluate(&net, &samples, 2).unwrap();
    prop_assert_eq!((found.correct, found.spikes), (right as u64, spikes));
    Ok(())
}

#[test]
fn the_evaluator_keeps_state_through_frames() {
    for_all(200, 33, layered_cases(), |case| evaluator_agrees(&case));
}

/// A read-out after a frame is what a sequence gives that ends with it, and state goes through frames: a sequence of one
/// frame that is shown again and again is a long look at it.
fn is_streamed(case: &LayeredCase) -> Result<(), TestCaseError> {
    let (net, samples) = build(case, true);
    let inputs = net.input.neurons() as usize;
    let whole = Layered { frames: Frames::Sequence(Readout::End), ..net.clone() };
    for index in 0..samples.len() {
        let sample = samples.sample(index).0;
        let every = reference::layered(&net, sample);
        for (frame, readout) in (1..).zip(&every.readouts) {
            let part = reference::layered(&whole, &sample[..frame * inputs]);
            prop_assert_eq!((&part.outputs, part.readouts.len()), (readout, 0));
        }
        if net.encoding == Encoding::Direct {
            let mut still = net.clone();
            still.layers.last_mut().unwrap().bias.fill(0);
            let long = Layered { frames: Frames::One, ..still.clone() };
            let long = Layered { spec: QuantSpec { time_steps: 3 * net.spec.time_steps, ..net.spec }, ..long };
            let frames = reference::layered(&still, &sample[..inputs].repeat(3));
            let look = reference::layered(&long, &sample[..inputs]);
            prop_assert_eq!((frames.counts, frames.outputs), (look.counts, look.outputs));
        }
    }
    Ok(())
}

#[test]
fn a_read_out_is_the_end_of_a_shorter_sequence() {
    for_all(150, 32, layered_cases(), |case| is_streamed(&case));
}

fn small(seed: u64, readout: Readout) -> (Layered, Split) {
    let case = LayeredCase {
        seed,
        input: (1, 4, 5),
        convolutions: 0,
        dense: vec![24, 16, 6],
        steps: 4,
        weight_bits: 8,
        membrane_bits: 24,
        full_scale: 16,
        samples: 5,
        extras: Extras { leak: Some(900), ..Extras::default() },
    };
    let (mut net, samples) = build(&case, true);
    net.frames = Frames::Sequence(readout);
    (net, samples)
}

#[test]
fn shipped_chips_run_sequences_as_the_reference_does() {
    let (net, samples) = small(7, Readout::Every);
    let graph = Graph::from_layered(&net);
    for name in ["loihi", "loihi2", "truenorth", "sram_mesh"] {
        let options = map::MappingOptions { limits: map::Limits::Report, ..map::MappingOptions::default() };
        let rig = Rig::mapped(graph.clone(), chip_with(name, &[]), options, Contention::Modelled);
        let found = run(&rig, &net, &samples, 2);
        assert!(found.inferences.iter().all(|inference| !inference.mismatched), "{name}");
        let spikes: u64 = found.inferences.iter().map(|inference| inference.window_spikes).sum();
        assert!(spikes > 200, "{name}: {spikes} spikes prove nothing");
    }
}

/// A sequence is not padded: one that is shorter than the others takes its own steps, and costs as much as alone.
#[test]
fn short_sequences_take_their_own_steps() {
    let (net, samples) = small(8, Readout::End);
    let chip = chip_with("loihi", &[("/core/max_neurons", json!(8))]);
    let rig = Rig::new(Graph::from_layered(&net), chip, Placer::Linear, Contention::Modelled);
    let all = run(&rig, &net, &samples, 2);
    let lengths: Vec<usize> = (0..samples.len()).map(|index| samples.frames_of(index).len()).collect();
    assert!(lengths.iter().min() < lengths.iter().max(), "{lengths:?}");
    for (index, inference) in all.inferences.iter().enumerate() {
        let pixels = samples.sample(index).0.to_vec();
        let sequences = Sequences::of_lengths(&lengths[index..=index], None);
        let alone = Split { pixels, labels: vec![0], sample_len: samples.sample_len, sequences, targets: None };
        let alone = run(&rig, &net, &alone, 1);
        assert_eq!((inference.counts, inference.ticks), (alone.inferences[0].counts, alone.inferences[0].ticks));
        assert_eq!(inference.counts.of(Op::Barrier), (lengths[index] * 4 + 2) as u64);
        assert!(inference.frames.is_empty(), "outputs are read at the end");
        assert_eq!(inference.counts.of(Op::Readout), 6);
    }
}

/// Read-outs of each frame alone are the differences of those of all frames so far, on the chip and in the reference; what is
/// read last, and the class of the sequence, stay those of all frames.
#[test]
fn a_frame_alone_is_what_it_added() {
    let (every, samples) = small(11, Readout::Every);
    let frame = Layered { frames: Frames::Sequence(Readout::Frame), ..every.clone() };
    let chip = || chip_with("loihi", &[("/core/max_neurons", json!(8))]);
    let rig = |net: &Layered| Rig::new(Graph::from_layered(net), chip(), Placer::Linear, Contention::Modelled);
    let [all, alone] = [&every, &frame].map(|net| {
        let Rig { system, graph, .. } = &rig(net);
        let job = Job { system, graph, network: net.into(), samples: &samples, count: samples.len(), threads: 2 };
        run_batch_with(job, &Unwatched, KeptValues { outputs: true, ..KeptValues::default() }, None).unwrap()
    });
    let classes = every.layers.last().unwrap().op.outputs();
    for (all, alone) in all.inferences.iter().zip(&alone.inferences) {
        assert!(!all.mismatched && !alone.mismatched);
        assert_eq!((all.counts, all.class), (alone.counts, alone.class));
        let (all_outputs, alone_outputs) = (all.outputs.as_ref().unwrap(), alone.outputs.as_ref().unwrap());
        assert_eq!(all_outputs.membranes, alone_outputs.membranes);
        let mut sum = vec![0; classes];
        let frames = all_outputs.frames.chunks(classes).zip(alone_outputs.frames.chunks(classes));
        for ((so_far, added), outcome) in frames.zip(&alone.frames) {
            sum.iter_mut().zip(added).for_each(|(sum, added)| *sum += added);
            assert_eq!(sum, so_far);
            let most = added.iter().max().unwrap();
            assert_eq!(outcome.class as usize, added.iter().position(|value| value == most).unwrap());
        }
        assert_eq!(sum, all_outputs.membranes);
    }
    assert!(samples.most_frames(samples.len()) > 1);
}

/// On a chip that waits for nothing, with slow steps, a network of which order cannot matter equals the reference.
#[test]
fn a_free_running_chip_keeps_state_through_frames() {
    let mut draw = Draw::new(9);
    let layers = [5, 4, 3].map(LayerSpec::dense);
    let folded = random_folded(Shape::flat(6), &layers, 16, 1.0, &mut draw);
    let mut net = folded.quantise(QuantSpec::new(3, 8));
    net.frames = Frames::Sequence(Readout::Every);
    for layer in &mut net.layers {
        layer.weight.iter_mut().for_each(|w| *w = w.abs());
        layer.bias.iter_mut().for_each(|b| *b = b.abs());
        let inputs = layer.weight.len() / layer.op.outputs();
        let input = layer.weight.chunks(inputs).map(|row| row.iter().map(|w| i64::from(*w)).sum::<i64>());
        let most = input.max().unwrap() << layer.fraction_bits;
        layer.threshold.fill((most + layer.bias.iter().max().unwrap()) as i32);
    }
    let pixels: Vec<u8> = (0..6 * 9).map(|_| draw.below(17) as u8).collect();
    let most = pixels.chunks(6).flat_map(|frame| net.encode(frame)).max().unwrap();
    net.layers[0].threshold.fill(most);
    let sequences = Sequences::of_lengths(&[4, 1, 2, 2], None);
    let samples = Split { pixels, labels: vec![0; 4], sample_len: 6, sequences, targets: None };
    let chip: Chip = chip_with("event_mesh", &[]);
    let rig = Rig::new(Graph::from_layered(&net), chip, Placer::Linear, Contention::Modelled);
    let (one, more) = (run(&rig, &net, &samples, 1), run(&rig, &net, &samples, 3));
    assert_eq!((&one.inferences, &one.cores), (&more.inferences, &more.cores));
    assert!(one.inferences.iter().all(|inference| !inference.mismatched), "{:?}", one.inferences);
    assert!(one.inferences.iter().map(|inference| inference.window_spikes).sum::<u64>() > 20);
}
