//! Neurons with more inputs than a core takes: split or refused, and where split, exactly what they were.

use crate::common::{Draw, chip_with, random_folded, sparse_graph};
use crate::mapping::recurrent;
use crate::tiles::{cases, check_cores, equals_the_reference, fan_in};
use serde_json::{Value, json};
use spikemesh::hw::{Chip, Gating};
use spikemesh::json::Document;
use spikemesh::map::place::{Effort, Placer};
use spikemesh::map::{self, Arranged, LoadError, MappingOptions, Partitioner, Violation};
use spikemesh::net::architecture::{LayerSpec, Shape};
use spikemesh::net::neuron::{Loihi, Model, Params};
use spikemesh::net::{Graph, QuantSpec, reference};
use spikemesh::run::{Runner, Shards, Unwatched, run_sparse};
use spikemesh::stats::Op;
use spikemesh::system::{self, Contention};

/// A chip that adds up partial sums, with cores of so many axons and neurons.
fn adder(axons: u32, neurons: u32, gating: Gating) -> Chip {
    let edits = [
        ("/core/max_axons_in", json!(axons)),
        ("/core/max_neurons", json!(neurons)),
        ("/core/weight_bits", json!(9)),
        ("/core/max_delay", json!(60)),
        ("/gating", json!(if gating == Gating::Window { "window" } else { "none" })),
    ];
    chip_with("sram_mesh", &[&edits[..], &[("/mesh/width", json!(64)), ("/mesh/height", json!(64))]].concat())
}

fn options(partitioner: Partitioner) -> MappingOptions {
    MappingOptions { partitioner, effort: Effort { moves: 2000, seed: 3 }, ..MappingOptions::default() }
}

/// Partial sums of a network as it was mapped.
fn sums(graph: &Graph) -> usize {
    graph.neurons() - graph.whole().neurons()
}

#[test]
fn split_layers_equal_the_reference_in_every_mapping() {
    let (mut split, mut twice, mut around) = (0, 0, 0);
    for (index, case) in cases(150, 21).iter().enumerate() {
        let (net, samples) = case.build(true);
        let graph = Graph::from_layered(&net);
        let gating = [Gating::Window, Gating::None][index % 2];
        let chip = adder(2 + index as u32 % 11, 1 + index as u32 % 13, gating);
        let partitioner = Partitioner::ALL[index % Partitioner::ALL.len()];
        let arranged = match map::arrange(&graph, &chip, options(partitioner), None) {
            Ok(arranged) => arranged,
            Err(error) => panic!("case {index}: {error}"),
        };
        let is_wide = fan_in(&graph) > chip.core().limits.max_axons_in;
        assert_eq!(sums(&arranged.graph) > 0, is_wide, "case {index}");
        split += usize::from(is_wide);
        twice += usize::from(arranged.graph.put_off() as usize > net.layers.len() - 1);
        around += usize::from(arranged.graph.max_delay() > graph.max_delay());
        check_cores(&arranged, &chip);
        equals_the_reference(&arranged, &chip, (&net, &samples), 1 + index % 3);
    }
    assert!(split > 60 && twice > 5 && around > 5, "{split} split, {twice} more than once, {around} with ways around");
}

/// On a chip without delays, too: nothing goes around a layer there.
#[test]
fn convolutions_are_split_by_channels_and_tiled() {
    let mut draw = Draw::new(5);
    let layers = [
        LayerSpec::conv(6, 3, 1, 1),
        LayerSpec::conv(8, 3, 1, 1),
        LayerSpec::AvgPool2d { kernel: [2, 2] },
        LayerSpec::conv(5, 3, 2, 1),
        LayerSpec::Flatten,
        LayerSpec::dense(7),
    ];
    let input = Shape { channels: 1, height: 8, width: 8 };
    let net = random_folded(input, &layers, 16, 1.0, &mut draw).quantise(QuantSpec::new(5, 8));
    let pixels: Vec<u8> = (0..64 * 3).map(|_| draw.below(17) as u8).collect();
    let samples = spikemesh::data::Split { pixels, labels: vec![0; 3], sample_len: 64, sequences: None, targets: None };
    let graph = Graph::from_layered(&net);
    let edits = [("/core/max_axons_in", json!(40)), ("/core/max_fan_in", json!(40)), ("/core/max_neurons", json!(32))];
    let chip = chip_with("hfnet_256x256", &edits);
    let mut cores = Vec::new();
    for partitioner in Partitioner::ALL {
        let arranged = map::arrange(&graph, &chip, options(*partitioner), None).unwrap();
        check_cores(&arranged, &chip);
        let names: Vec<&str> = arranged.graph.populations.iter().map(|p| p.name.as_str()).collect();
        assert_eq!(names[..4], ["conv1", "conv2", "conv3", "dense1"]);
        assert!(names.contains(&"conv2 partial 2") && names.contains(&"conv3 partial 2"), "{names:?}");
        // Nine taps of four inputs: a channel of conv3 is 36 of 40.
        assert_eq!(names.iter().filter(|name| name.starts_with("conv3 partial")).count(), 8);
        assert_eq!(arranged.graph.put_off(), 2);
        for threads in 1..=3 {
            equals_the_reference(&arranged, &chip, (&net, &samples), threads);
        }
        cores.push(arranged.mapping.cores.len());
    }
    assert!(cores[3] <= cores[0] && cores[3] <= cores[1], "{cores:?}");
}

/// A recurrent network of neurons that are all unlike, with delays of two steps and more.
fn delayed(seed: u64) -> Graph {
    let graph = recurrent(seed);
    let mut synapses = spikemesh::net::graph::Csr::with_capacity(graph.neurons(), graph.synapses.len());
    for source in 0..graph.neurons() {
        graph.synapses.row(source).for_each(|(target, weight, delay)| synapses.push(target, weight, delay + 2));
        synapses.end_row();
    }
    Graph { synapses: synapses.into(), ..graph }
}

#[test]
fn split_recurrent_networks_equal_the_reference() {
    let steps = 40;
    for seed in 0..8 {
        let mut graph = delayed(seed);
        for population in graph.populations.iter_mut().filter(|p| p.source.is_none() && seed >= 6) {
            // Weights that lose bits lose them before partial sums are made of them.
            let model = Model::Loihi(Loihi {
                current_decay: 4000,
                voltage_decay: 200,
                refractory: 1,
                bias_exponent: 0,
                weight_shift: 2,
                floor_exponent: 23,
            });
            population.params =
                Params { model, fraction_bits: 6, membrane_bits: 24, ..*population.params.first() }.into();
        }
        let right = reference::sparse(&graph, steps);
        assert!(right.counts.iter().sum::<u32>() > 100);
        // On cores of three axons a neuron needs partial sums of partial sums: two steps of a delay.
        let chip = adder(if seed % 2 == 0 { 5 } else { 3 }, 6, Gating::None);
        for partitioner in Partitioner::ALL {
            let arranged = map::arrange(&graph, &chip, options(*partitioner), Some(&right.counts)).unwrap();
            assert!(sums(&arranged.graph) > 20, "{}", sums(&arranged.graph));
            assert_eq!(arranged.graph.put_off(), 0);
            check_cores(&arranged, &chip);
            let Arranged { graph: mapped, mapping } = &arranged;
            let calibration = chip.calibration(None).unwrap();
            let system = system::build(mapped, &chip, calibration, mapping, Contention::Modelled).unwrap();
            for count in [1, 3] {
                let mut runner = Runner::new(&system, Shards { count, threads: 2 });
                runner.reset(&[]);
                for step in 1..=steps {
                    runner.step(step).unwrap();
                }
                let (counts, membranes) = runner.neurons(steps);
                assert_eq!((&mapped.own(counts), &mapped.own(membranes)), (&right.counts, &right.membranes));
            }
            let result = run_sparse(&system, mapped, steps, Shards::default(), &Unwatched).unwrap();
            assert!(!result.mismatched);
            // What partial sums send is no spike of the network, but is work of the chip.
            let spikes: u64 = result.spikes_per_step.iter().sum();
            let sent: u64 = result.cores.iter().map(|counts| counts.of(Op::SomaSpike)).sum();
            assert!(sent > spikes);
        }
    }
}

/// Worked out by hand: a layer of one neuron with five inputs on cores of two axons is three partial sums of two, two
/// and one inputs, and two of those; its window begins two steps later, and so does that of the output.
#[test]
fn a_neuron_by_hand() {
    let layers = [LayerSpec::dense(5), LayerSpec::dense(1), LayerSpec::dense(2)];
    let folded = random_folded(Shape::flat(3), &layers, 16, 1.0, &mut Draw::new(2));
    let net = folded.quantise(QuantSpec::new(4, 8));
    let graph = Graph::from_layered(&net);
    let chip = adder(2, 4, Gating::Window);
    let Arranged { graph: split, mapping } = map::arrange(&graph, &chip, MappingOptions::default(), None).unwrap();
    let all: Vec<_> = split
        .populations
        .iter()
        .map(|p| (p.name.as_str(), p.count, p.window.unwrap().first, p.params.sends_sums()))
        .collect();
    let expected = [
        ("dense1", 5, 1, false),
        ("dense2", 1, 4, false),
        ("dense3", 2, 5, false),
        ("dense2 partial 1", 1, 2, true),
        ("dense2 partial 2", 1, 2, true),
        ("dense2 partial 3", 1, 2, true),
        ("dense2 partial 4", 1, 3, true),
        ("dense2 partial 5", 1, 3, true),
    ];
    assert_eq!(all, expected);
    let row = |neuron: usize| split.synapses.row(neuron).collect::<Vec<_>>();
    let weight = |source: usize| graph.synapses.row(source).next().unwrap().1;
    // Neurons of dense1, dense2, dense3: 0 to 4, 5, 6 and 7; partial sums from 8 on.
    for (source, sum) in [(0, 8), (1, 8), (2, 9), (3, 9), (4, 10)] {
        assert_eq!(row(source), [(sum, weight(source), 1)]);
    }
    for (from, to) in [(8, 11), (9, 11), (10, 12), (11, 5), (12, 5)] {
        assert_eq!(row(from), [(to, 1, 1)]);
    }
    assert_eq!(row(5), graph.synapses.row(5).collect::<Vec<_>>());
    let system = system::build(&split, &chip, chip.calibration(None).unwrap(), &mapping, Contention::Ignored).unwrap();
    assert_eq!(system.steps_of(&net, 1), 4 + 2 + 2);
}

fn refusal(graph: &Graph, chip: &Chip, options: MappingOptions) -> Vec<Violation> {
    match map::arrange(graph, chip, options, None) {
        Err(map::MapError::DoesNotFit { violations, .. }) => violations,
        other => panic!("{:?}", other.map(|arranged| arranged.mapping.violations)),
    }
}

/// The chip says how wide a sum may be: with just as many bits as the largest one takes it is split, with one less not.
#[test]
fn sums_have_the_bits_that_they_need_or_are_refused() {
    let edges = |weight: i64| -> Vec<[i64; 4]> { (0..6).map(|source| [source, 0, weight, 2]).collect() };
    let graph = |weight: i64| {
        sparse_graph(&json!({
            "format": "spikemesh.sparse/1",
            "description": "six inputs",
            "populations": [
                {"name": "in", "size": 6, "spikes": [[1, 0], [1, 5], [2, 3]]},
                {"name": "out", "size": 1, "threshold": 50, "neuron": {"model": "if", "reset": "zero"}},
            ],
            "projections": [{"from": "in", "to": "out", "edges": edges(weight)}]
        }))
    };
    let chip = |bits: u32| adder(3, 4, Gating::None).edit().set("core.partial_sums.bits", bits).build().unwrap();
    // Three inputs of 85 are 255: nine bits with the sign. Three of -86 are -258, of ten.
    for (weight, bits) in [(85, 9), (86, 10), (-85, 9), (-86, 10), (1, 3), (-1, 3)] {
        assert!(map::arrange(&graph(weight), &chip(bits), MappingOptions::default(), None).is_ok(), "{weight}");
        let text = refusal(&graph(weight), &chip(bits - 1), MappingOptions::default())[0].to_string();
        let reason = format!("which takes {bits} bits, and core.partial_sums.bits is {}", bits - 1);
        assert!(text.contains(&reason), "{text}");
    }
}

#[test]
fn who_wants_no_splits_gets_none() {
    let net = random_folded(Shape::flat(4), &[LayerSpec::dense(9), LayerSpec::dense(3)], 16, 1.0, &mut Draw::new(3));
    let graph = Graph::from_layered(&net.quantise(QuantSpec::new(4, 8)));
    let chip = adder(4, 8, Gating::None);
    let violations = refusal(&graph, &chip, MappingOptions { whole: true, ..MappingOptions::default() });
    let text: Vec<String> = violations.iter().map(ToString::to_string).collect();
    let expected = "core.max_axons_in: the core of dense2 0..2 needs 9, the chip has 4: 5 too many; it would fit with \
                    core.max_axons_in of 9 or more";
    assert_eq!(text, [expected]);
    // The reason stands where limits are only reported, too.
    let without = chip_with("loihi", &[("/core/max_axons_in", json!(4))]);
    let report = MappingOptions { limits: map::Limits::Report, ..MappingOptions::default() };
    let arranged = map::arrange(&graph, &without, report, None).unwrap();
    let said = arranged.mapping.violations[0].to_string();
    assert!(said.ends_with("; not split: chip sends no partial sums (core.partial_sums)"), "{said}");
    assert_eq!(sums(&arranged.graph), 0);
}

#[test]
fn a_mapping_with_splits_comes_back_from_its_file() {
    let graph = delayed(7);
    let chip = adder(6, 7, Gating::None);
    let options = MappingOptions { placer: Placer::Annealing, ..options(Partitioner::Multilevel) };
    let arranged = map::arrange(&graph, &chip, options, None).unwrap();
    let file = map::save("made", &chip, &arranged);
    assert_eq!(file["splits"], json!(true));
    let load = |file: &Value, chip: &Chip| {
        let document = Document::parse("mapping.json", &file.to_string()).unwrap();
        map::load(document, &graph, chip, MappingOptions::default(), None)
    };
    let again = load(&file, &chip).unwrap();
    assert_eq!((again.graph, again.mapping), (arranged.graph, arranged.mapping));
    // Without a need, or without a way to split, it is refused.
    let refused = |file: &Value, chip: &Chip| match load(file, chip) {
        Err(LoadError::File(error)) => error.to_string(),
        other => panic!("{:?}", other.map(|arranged| arranged.mapping)),
    };
    let wide = adder(64, 7, Gating::None);
    assert!(refused(&file, &wide).contains("splits: found true, but no neuron of this network has more inputs"));
    let mute = chip.edit().remove("core.partial_sums").build().unwrap();
    let text = refused(&file, &mute);
    assert!(text.contains("splits: found true, but neurons are not split here: chip sends no partial sums"), "{text}");
    let mut whole = file.clone();
    whole["splits"] = json!(false);
    assert!(refused(&whole, &chip).contains("partial 1"));
    whole["splits"] = json!(3);
    assert!(refused(&whole, &chip).contains("splits: found 3"));
}
