//! Tiles of convolutions and the plain mapping beside them: limits are kept, the chip computes what the network does,
//! and the count of the plain mapping is that of matrices written out.

use crate::common::{Draw, chip_with, random_folded};
use crate::layered::{LayeredCase, layered_cases};
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::{Config, RngSeed, TestRunner};
use serde_json::json;
use spikemesh::hw::Chip;
use spikemesh::map::{self, Arranged, Figures, MappingOptions, NO_CORE, Partitioner, toeplitz};
use spikemesh::net::architecture::{LayerSpec, Shape};
use spikemesh::net::{Graph, Layered, QuantSpec};
use spikemesh::report::{mapping_json, mapping_text, summarise_mapping};
use spikemesh::run::{Job, Unwatched, run_batch};
use spikemesh::system::{self, Contention};
use std::collections::BTreeSet;

/// So many random networks, the same everywhere.
pub fn cases(count: usize, seed: u64) -> Vec<LayeredCase> {
    let mut runner = TestRunner::new(Config { rng_seed: RngSeed::Fixed(seed), ..Config::default() });
    (0..count).map(|_| layered_cases().new_tree(&mut runner).unwrap().current()).collect()
}

/// A crossbar of so many axons and neurons, with weights and delays for all random networks.
fn crossbar(axons: u32, neurons: u32) -> Chip {
    let edits = [
        ("/core/max_axons_in", json!(axons)),
        ("/core/max_fan_in", json!(null)),
        ("/core/max_neurons", json!(neurons)),
        ("/core/weight_bits", json!(9)),
        ("/core/max_delay", json!(60)),
    ];
    chip_with("hfnet_256x256", &edits)
}

/// Checks cores against the synapses themselves: every neuron on one core, and no core beyond its limits.
pub fn check_cores(Arranged { graph, mapping }: &Arranged, chip: &Chip) {
    let limits = &chip.core().limits;
    let mut held = vec![0; graph.neurons()];
    let mut sources = vec![BTreeSet::new(); mapping.cores.len()];
    for source in 0..graph.neurons() {
        for target in graph.synapses.targets(source) {
            sources[mapping.core_of[target as usize].index()].insert(source);
        }
    }
    for (core, sources) in mapping.cores.iter().zip(&sources) {
        core.numbers().for_each(|neuron| held[neuron as usize] += 1);
        assert!(core.neurons() <= limits.max_neurons);
        assert_eq!(sources.len(), core.axons_in as usize);
        assert!(core.axons_in <= limits.max_axons_in);
    }
    assert!(held.iter().zip(&mapping.core_of).all(|(held, core)| *held == i32::from(*core != NO_CORE)));
}

/// Runs all samples of a network as it was mapped; none may differ from the reference.
pub fn equals_the_reference(
    arranged: &Arranged,
    chip: &Chip,
    (network, samples): (&Layered, &spikemesh::data::Split),
    threads: usize,
) {
    let Arranged { graph, mapping } = arranged;
    let calibration = chip.calibration(None).unwrap();
    let system = system::build(graph, chip, calibration, mapping, Contention::Modelled).unwrap();
    let job = Job { system: &system, graph, network: network.into(), samples, count: samples.len(), threads };
    let result = run_batch(job, &Unwatched).unwrap();
    assert_eq!(result.inferences.len(), samples.len());
    assert!(result.inferences.iter().all(|inference| !inference.mismatched), "{:?}", mapping.partitioner);
}

#[test]
fn tiled_networks_keep_limits_and_equal_the_reference() {
    for (index, case) in cases(120, 11).iter().enumerate() {
        let (net, samples) = case.build(true);
        let graph = Graph::from_layered(&net);
        let widest = fan_in(&graph);
        let chip = crossbar(widest * (1 + index as u32 % 3), 1 + index as u32 % 31);
        let arrange = |partitioner| {
            map::arrange(&graph, &chip, MappingOptions { partitioner, ..MappingOptions::default() }, None).unwrap()
        };
        let (plain, tiled) = (arrange(Partitioner::Sequential), arrange(Partitioner::Tiled));
        assert!(tiled.mapping.cores.len() <= plain.mapping.cores.len(), "case {index}");
        check_cores(&tiled, &chip);
        equals_the_reference(&tiled, &chip, (&net, &samples), 1 + index % 3);
    }
}

/// The default groups convolutions by position where that makes nothing worse, and leaves other networks as they are.
#[test]
fn by_default_no_network_takes_more_cores_packets_or_hops_than_in_its_own_order() {
    let mut better = 0;
    for (index, case) in cases(120, 12).iter().enumerate() {
        let (net, samples) = case.build(true);
        let graph = Graph::from_layered(&net);
        let has_convolutions = (0..graph.populations.len()).any(|population| graph.is_convolution(population));
        let chip = crossbar(fan_in(&graph) * (1 + index as u32 % 3), 1 + index as u32 % 31);
        let arrange = |partitioner| {
            map::arrange(&graph, &chip, MappingOptions { partitioner, ..MappingOptions::default() }, None).unwrap()
        };
        let figures = |Arranged { graph, mapping }: &Arranged| {
            let figures = Figures::of(graph, &chip, mapping, None);
            [mapping.cores.len() as u64, figures.packets, figures.all_hops()]
        };
        let (plain, auto) = (arrange(Partitioner::Sequential), arrange(Partitioner::default()));
        assert_eq!(MappingOptions::default().partitioner, Partitioner::Auto);
        let (was, is) = (figures(&plain), figures(&auto));
        if auto.mapping.partitioner == Partitioner::Sequential {
            assert_eq!((auto.mapping, is), (plain.mapping, was), "case {index}");
            continue;
        }
        assert_eq!(auto.mapping.partitioner, Partitioner::Shared, "case {index}");
        assert!(
            has_convolutions && is[0] <= was[0] && is[1] < was[1] && is[2] < was[2],
            "case {index}: {was:?} {is:?}"
        );
        better += 1;
        check_cores(&auto, &chip);
        equals_the_reference(&auto, &chip, (&net, &samples), 1 + index % 3);
    }
    assert!(better >= 20, "only {better} networks became better");
}

/// Tiles take fewer cores than the network's own order and than places that hear the same, by far, where a core takes
/// no more than a few places of a convolution.
#[test]
fn tiles_take_the_fewest_cores_of_a_convolution() {
    // On 100 axons: kernels of 5 x 5 on one channel. A tile of 6 x 6 places hears 10 x 10 inputs.
    let layers = [LayerSpec::conv(1, 1, 1, 0), LayerSpec::conv(2, 5, 1, 0)];
    let input = Shape { channels: 1, height: 16, width: 16 };
    let folded = random_folded(input, &layers, 16, 1.0, &mut Draw::new(4));
    let graph = Graph::from_layered(&folded.quantise(QuantSpec::new(4, 8)));
    let chip = crossbar(100, 72);
    let cores = |partitioner| {
        let arranged =
            map::arrange(&graph, &chip, MappingOptions { partitioner, ..MappingOptions::default() }, None).unwrap();
        check_cores(&arranged, &chip);
        arranged.mapping.cores.iter().filter(|core| core.part(1).is_some()).count()
    };
    // 12 x 12 places of two channels are four such tiles of 72 neurons: no fewer cores hold 288.
    assert_eq!(cores(Partitioner::Tiled), 4);
    // A core that is filled by rows hears rows of 16 inputs, and takes two rows of places and the beginning of a third.
    assert!(cores(Partitioner::Sequential) > 8 && cores(Partitioner::Shared) > 4);
}

/// The most sources of a neuron.
pub fn fan_in(graph: &Graph) -> u32 {
    let mut sources = vec![BTreeSet::new(); graph.neurons()];
    for source in 0..graph.neurons() {
        for target in graph.synapses.targets(source) {
            sources[target as usize].insert(source);
        }
    }
    sources.iter().map(|sources| sources.len() as u32).max().unwrap_or(0).max(1)
}

/// Pieces of the matrix of a population, written out: all of them, and those that hold a synapse.
fn pieces(graph: &Graph, at: usize, (axons, neurons): (usize, usize)) -> (u64, u64) {
    let population = &graph.populations[at];
    if population.source.is_some() {
        return (0, 0);
    }
    let into =
        |source: usize| graph.synapses.targets(source).any(|target| population.range().contains(&(target as usize)));
    let heard = graph.populations.iter().filter(|from| from.range().any(into));
    let inputs: Vec<usize> = heard.flat_map(|from| from.range()).collect();
    let mut matrix = vec![vec![false; population.count as usize]; inputs.len()];
    for (row, source) in matrix.iter_mut().zip(&inputs) {
        for target in graph.synapses.targets(*source) {
            if let Some(cell) = (target as usize).checked_sub(population.range().start).and_then(|at| row.get_mut(at)) {
                *cell = true;
            }
        }
    }
    let (mut all, mut filled) = (0, 0);
    for rows in matrix.chunks(axons) {
        for from in (0..population.count as usize).step_by(neurons) {
            all += 1;
            filled += u64::from(rows.iter().any(|row| row.iter().skip(from).take(neurons).any(|cell| *cell)));
        }
    }
    if inputs.is_empty() {
        let cores = (population.count as u64).div_ceil(neurons as u64);
        return (cores, cores);
    }
    (all, filled)
}

#[test]
fn the_plain_mapping_is_that_of_the_matrix() {
    for (index, case) in cases(60, 12).iter().enumerate() {
        let (net, _) = case.build(true);
        let graph = Graph::from_layered(&net);
        let size = (1 + index % 17, 1 + index % 13);
        let chip = crossbar(size.0 as u32, size.1 as u32);
        let expected: Vec<_> = (0..graph.populations.len()).map(|at| pieces(&graph, at, size)).collect();
        let found = |graph: &Graph| toeplitz(graph, &chip).iter().map(|t| (t.pieces, t.filled)).collect::<Vec<_>>();
        assert_eq!(found(&graph), expected, "case {index}");
        // It is of the network's own order, whatever the mapping's.
        let larger = crossbar(fan_in(&graph) + 5, 8);
        let options = MappingOptions { partitioner: Partitioner::Tiled, ..MappingOptions::default() };
        let tiled = map::arrange(&graph, &larger, options, None).unwrap();
        assert_eq!(found(&tiled.graph), expected, "case {index}");
    }
}

/// A convolution small enough to count by hand. 8 x 8 inputs, kernel 3, padding 1, 4 channels: on 36 axons x 64 neurons
/// a tile of 4 x 4 places and 4 channels has 64 neurons and hears 5 x 5 inputs, as one row and one column of each of the
/// four tiles are padding. The matrix of 64 x 256 is 2 x 4 pieces; each holds all places of a channel and so has synapses.
#[test]
fn a_convolution_by_hand() {
    let layers = [LayerSpec::conv(1, 1, 1, 0), LayerSpec::conv(4, 3, 1, 1), LayerSpec::Flatten, LayerSpec::dense(2)];
    let input = Shape { channels: 1, height: 8, width: 8 };
    let folded = random_folded(input, &layers[..2], 16, 1.0, &mut Draw::new(1));
    let graph = Graph::from_layered(&folded.quantise(QuantSpec::new(4, 8)));
    let chip = crossbar(36, 64);
    let options = MappingOptions { partitioner: Partitioner::Tiled, ..MappingOptions::default() };
    let Arranged { graph, mapping } = map::arrange(&graph, &chip, options, None).unwrap();
    let cores: Vec<_> = mapping.cores.iter().map(|c| (c.parts[0].population, c.neurons(), c.axons_in)).collect();
    assert_eq!(cores, [(0, 64, 0), (1, 64, 25), (1, 64, 25), (1, 64, 25), (1, 64, 25)]);
    let counts: Vec<_> = toeplitz(&graph, &chip).iter().map(|t| (t.pieces, t.filled)).collect();
    assert_eq!(counts, [(1, 1), (8, 8)]);
    let summary = summarise_mapping(&chip, &graph, &mapping);
    let report = mapping_json("made", &summary);
    assert_eq!(report["toeplitz"], json!({"cores": 9, "cores_with_synapses": 9}));
    assert_eq!(report["per_layer"][1]["toeplitz"], json!({"cores": 8, "cores_with_synapses": 8}));
    let text = mapping_text("made", &summary, 300);
    assert!(
        text.contains("9, or 9 without pieces that have no synapses; 1.8 and 1.8 times as many as the 5 here"),
        "{text}"
    );
    // Lists in memory are no matrices.
    let loihi = chip_with("loihi", &[]);
    let arranged = map::arrange(&graph, &loihi, MappingOptions::default(), None).unwrap();
    assert_eq!(summarise_mapping(&loihi, &arranged.graph, &arranged.mapping).toeplitz, None);
}
