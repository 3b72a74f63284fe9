//! Neurons that reach more axons than one of the chip can: copied, and exactly what they were.

use crate::common::{Draw, chip_with, random_folded};
use crate::tiles::{check_cores, equals_the_reference};
use serde_json::json;
use spikemesh::data::Split;
use spikemesh::hw::Chip;
use spikemesh::map::{self, Arranged, Limits, MapError, MappingOptions, Partitioner};
use spikemesh::net::Graph;
use spikemesh::net::architecture::{LayerSpec, Shape};
use spikemesh::net::deployed::Deployed;
use spikemesh::net::input::Encoding;
use spikemesh::net::quantised::{Layered, QuantSpec};
use std::collections::{BTreeMap, BTreeSet};

/// A chip of pairs of axons with cores of so many axons and neurons.
fn chip(name: &str, axons: u32, neurons: u32) -> Chip {
    let edits = [
        ("/core/max_axons_in", json!(axons)),
        ("/core/max_neurons", json!(neurons)),
        ("/core/max_axons_out", json!(neurons)),
        // For the tandem rule's own neuron.
        ("/core/membrane_bits", json!(24)),
    ];
    chip_with(name, &edits)
}

/// A network of ternary weights on spikes of values, and samples; of a chip's own neuron, if one is named.
fn ternary(neuron: Option<&str>, input: Shape, layers: &[LayerSpec], draw: &mut Draw) -> (Layered, Split) {
    let mut folded = random_folded(input, layers, 16, 1.0, draw);
    folded.encoding = Encoding::Rate;
    folded.neuron = neuron.map_or(Deployed::default(), |name| Deployed::of_chip(name, None).unwrap());
    let net = folded.quantise(QuantSpec::new(6, if neuron.is_some() { 9 } else { 2 }));
    let (sample_len, samples) = (input.neurons() as usize, 3);
    let pixels = (0..sample_len * samples).map(|_| draw.below(17) as u8).collect();
    (net, Split { pixels, labels: vec![0; samples], sample_len, sequences: None, targets: None })
}

fn options(partitioner: Partitioner) -> MappingOptions {
    MappingOptions { partitioner, ..MappingOptions::default() }
}

/// Checks that a neuron reaches one axon of one core, and that every axon picks the weights of its neurons by a type.
fn check_axons(Arranged { graph, mapping }: &Arranged) {
    let on_chip = graph.populations.iter().filter(|population| population.source.is_none());
    for neuron in on_chip.flat_map(|population| population.range()) {
        let cores: BTreeSet<_> = graph.synapses.targets(neuron).map(|t| mapping.core_of[t as usize]).collect();
        assert!(cores.len() <= 1, "neuron {neuron} reaches {cores:?}");
    }
    if graph.copy_of.is_some() {
        // Of ternary weights the sign is the type.
        for source in 0..graph.neurons() {
            let signs: BTreeSet<_> = graph.synapses.row(source).map(|(_, weight, _)| weight.signum()).collect();
            assert!(signs.len() <= 1, "source {source} has weights of both signs");
        }
        return;
    }
    // By core, what each of the four types picks of a neuron: an axon takes the first type that suits.
    let mut picked: BTreeMap<_, Vec<BTreeMap<u32, i16>>> = BTreeMap::new();
    for source in 0..graph.neurons() {
        let mut axons: BTreeMap<_, Vec<(u32, i16)>> = BTreeMap::new();
        for (target, weight, _) in graph.synapses.row(source).filter(|(_, weight, _)| *weight != 0) {
            axons.entry(mapping.core_of[target as usize]).or_default().push((target, weight));
        }
        for (core, axon) in axons {
            let types = picked.entry(core).or_insert_with(|| vec![BTreeMap::new(); 4]);
            let suits = |one: &BTreeMap<u32, i16>| axon.iter().all(|(t, w)| one.get(t).is_none_or(|other| other == w));
            let Some(free) = types.iter_mut().find(|one| suits(one)) else { panic!("no type for source {source}") };
            free.extend(axon);
        }
    }
}

#[test]
fn copied_networks_equal_the_reference_in_every_mapping() {
    let mut most = BTreeMap::new();
    for index in 0..24 {
        let mut draw = Draw::new(index);
        let of = |draw: &mut Draw, low: u64, high: u64| (low + draw.below(high - low + 1)) as u32;
        let dense = |draw: &mut Draw| LayerSpec::dense(of(draw, 2, 20));
        let (input, layers) = match index % 3 {
            0 => (Shape::flat(of(&mut draw, 4, 12)), vec![dense(&mut draw), dense(&mut draw), LayerSpec::dense(4)]),
            1 => {
                let input = Shape { channels: 1, height: 4, width: 5 };
                (input, vec![LayerSpec::conv(2, 3, 1, 1), LayerSpec::Flatten, dense(&mut draw), LayerSpec::dense(3)])
            }
            _ => (Shape::flat(6), vec![dense(&mut draw), dense(&mut draw), dense(&mut draw), LayerSpec::dense(2)]),
        };
        let name = ["truenorth", "ranc"][index as usize / 3 % 2];
        let (net, samples) = ternary(Some(name).filter(|_| index % 4 > 0), input, &layers, &mut draw);
        let chip = chip(name, 80, of(&mut draw, 6, 60));
        let partitioner = Partitioner::ALL[index as usize % Partitioner::ALL.len()];
        let arranged = map::arrange(&Graph::from_layered(&net), &chip, options(partitioner), None);
        let arranged = arranged.unwrap_or_else(|error| panic!("case {index}: {error}"));
        check_cores(&arranged, &chip);
        check_axons(&arranged);
        equals_the_reference(&arranged, &chip, (&net, &samples), 1);
        let graph = &arranged.graph;
        let places = graph.own((0..graph.neurons()).collect());
        assert_eq!(places.len(), graph.whole().neurons());
        *most.entry(index % 3).or_insert(0) += graph.copies();
    }
    assert!(most.values().all(|copies| *copies > 100), "{most:?}");
}

/// What a network of few weights has no need of is not done: all weights of a source alike, one core each.
#[test]
fn a_network_that_fits_as_it_is_stays_as_it_is() {
    let mut draw = Draw::new(5);
    let mut folded = random_folded(Shape::flat(6), &[LayerSpec::dense(8), LayerSpec::dense(3)], 16, 1.0, &mut draw);
    folded.encoding = Encoding::Rate;
    folded.layers.iter_mut().for_each(|layer| layer.weight.fill(0.5));
    let net = folded.quantise(QuantSpec::new(4, 2));
    let graph = Graph::from_layered(&net);
    let arranged = map::arrange(&graph, &chip("ranc", 256, 256), options(Partitioner::Sequential), None).unwrap();
    assert_eq!(arranged.graph, graph);
}

/// A neuron with more inputs of one core than it has axons is refused, with the core and the limit; so is one that would
/// have to be copied without being able to.
#[test]
fn what_copies_do_not_make_fit_is_refused() {
    let mut draw = Draw::new(9);
    let layers = [LayerSpec::dense(70), LayerSpec::dense(40), LayerSpec::dense(3)];
    let (net, _) = ternary(None, Shape::flat(8), &layers, &mut draw);
    let graph = Graph::from_layered(&net);
    let refused =
        |axons: u32| match map::arrange(&graph, &chip("truenorth", axons, 256), options(Partitioner::Sequential), None)
        {
            Err(MapError::DoesNotFit { violations, .. }) => violations,
            other => panic!("{other:?}"),
        };
    let violations = refused(20);
    assert!(violations.iter().any(|violation| violation.limit == "core.max_axons_in"), "{violations:?}");
    // Weights of eight bits have more values than axons have types: copies would not help.
    let mut folded = random_folded(Shape::flat(8), &layers, 16, 1.0, &mut draw);
    folded.encoding = Encoding::Rate;
    let graph = Graph::from_layered(&folded.quantise(QuantSpec::new(4, 8)));
    let chip = chip("truenorth", 256, 20);
    let reported = MappingOptions { limits: Limits::Report, ..options(Partitioner::Sequential) };
    let mapping = map::arrange(&graph, &chip, reported, None).unwrap().mapping;
    let limits: Vec<&str> = mapping.violations.iter().map(|violation| violation.limit.as_str()).collect();
    assert!(limits.contains(&"core.max_targets") && limits.contains(&"core.axon_types"), "{limits:?}");
}

/// A mapping of copied neurons is written, and read back as it was.
#[test]
fn a_mapping_with_copies_is_saved() {
    let mut draw = Draw::new(2);
    let layers = [LayerSpec::dense(12), LayerSpec::dense(9), LayerSpec::dense(4)];
    let (net, _) = ternary(None, Shape::flat(7), &layers, &mut draw);
    let graph = Graph::from_layered(&net);
    let chip = chip("truenorth", 64, 16);
    let arranged = map::arrange(&graph, &chip, options(Partitioner::Sequential), None).unwrap();
    assert!(arranged.graph.copies() > 0);
    let text = map::save("net", &chip, &arranged).to_string();
    let document = spikemesh::json::Document::parse("map.json", &text).unwrap();
    let again = map::load(document, &graph, &chip, options(Partitioner::Sequential), None).unwrap();
    assert_eq!(again.graph, arranged.graph);
    assert_eq!(again.mapping.core_of, arranged.mapping.core_of);
}

/// On PAICORE, which copies nothing, biases that always act and outputs that spike are what the reference has.
#[test]
fn a_network_of_paicores_neuron_equals_the_reference() {
    let mut draw = Draw::new(31);
    let layers = [LayerSpec::conv(3, 3, 1, 1), LayerSpec::Flatten, LayerSpec::dense(12), LayerSpec::dense(5)];
    let input = Shape { channels: 1, height: 5, width: 5 };
    for bits in [2, 4, 8] {
        let mut folded = random_folded(input, &layers, 16, 1.0, &mut draw);
        folded.encoding = Encoding::Rate;
        folded.neuron = Deployed::of_chip("paicore", None).unwrap();
        let net = folded.quantise(QuantSpec::new(7, bits));
        let pixels = (0..25 * 4).map(|_| draw.below(17) as u8).collect();
        let samples = Split { pixels, labels: vec![0; 4], sample_len: 25, sequences: None, targets: None };
        let chip = chip_with("paicore", &[]);
        let arranged = map::arrange(&Graph::from_layered(&net), &chip, options(Partitioner::Tiled), None).unwrap();
        assert_eq!(arranged.graph.copies(), 0);
        equals_the_reference(&arranged, &chip, (&net, &samples), 1);
    }
}

/// On chips without time steps order matters: the reference takes spikes one by one, as the chip does.
#[test]
fn networks_of_events_equal_the_reference() {
    let mut draw = Draw::new(41);
    let (small, image) = (Shape::flat(9), Shape { channels: 1, height: 6, width: 6 });
    let dense = |outputs: u32| LayerSpec::dense(outputs);
    let mut spikes = 0;
    for (name, bits, input, layers) in [
        ("odin", 4, small, vec![dense(30), dense(6)]),
        ("odin", 4, small, vec![dense(20), dense(14), dense(5)]),
        (
            "speck",
            8,
            image,
            vec![LayerSpec::conv(4, 3, 1, 1), LayerSpec::conv(6, 3, 2, 1), LayerSpec::Flatten, dense(5)],
        ),
        ("speck", 8, image, vec![LayerSpec::conv(3, 3, 1, 1), LayerSpec::Flatten, dense(12), dense(4)]),
    ] {
        let mut folded = random_folded(input, &layers, 16, 1.0, &mut draw);
        folded.encoding = Encoding::Rate;
        folded.neuron = Deployed::of_chip(name, None).unwrap();
        // A neuron fires at one event at most, and cores are not overloaded.
        folded.threshold = 1.0;
        let net = folded.quantise(QuantSpec::new(6, bits));
        let (sample_len, count) = (input.neurons() as usize, 5);
        let pixels = (0..sample_len * count).map(|_| draw.below(17) as u8).collect();
        let samples = Split { pixels, labels: vec![0; count], sample_len, sequences: None, targets: None };
        let chip = chip_with(name, &[]);
        let arranged = map::arrange(&Graph::from_layered(&net), &chip, options(Partitioner::Sequential), None);
        let arranged = arranged.unwrap_or_else(|error| panic!("{name}: {error}"));
        println!("{name}, {layers:?}");
        equals_the_reference(&arranged, &chip, (&net, &samples), 1);
        let counts = |index: usize| spikemesh::net::reference::layered(&net, samples.sample(index).0).counts;
        spikes += (0..count).flat_map(counts).sum::<u32>();
    }
    assert!(spikes > 200, "{spikes} spikes say little");
}
