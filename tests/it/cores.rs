//! Cores that populations share: how many there are, that all limits hold, and that nothing that is computed changes.

use crate::common::{CONTENTION, Draw, chip_from, chip_with, digest, plain_file, sparse_graph, total};
use serde_json::{Value, json};
use spikemesh::hw::Chip;
use spikemesh::ids::CoreId;
use spikemesh::map::place::Effort;
use spikemesh::map::{self, Arranged, CoreLoad, MapError, Mapping, MappingOptions, Partitioner, Sharing};
use spikemesh::net::{self, Graph, Network, reference};
use spikemesh::run::{Runner, Shards, Unwatched, run_sparse};
use spikemesh::stats::{Counts, Op};
use spikemesh::system;
use std::collections::BTreeSet;
use std::path::Path;

/// A chain of populations of equal neurons, each neuron with one synapse into the next population.
fn chain(populations: u64, size: u64, neuron: &Value, weight: i64) -> Graph {
    let name = |at: u64| format!("p{at}");
    let mut all = vec![json!({"name": "in", "size": size, "spikes": (0..size).map(|i| [1, i]).collect::<Vec<_>>()})];
    let population = |at| json!({"name": name(at), "size": size, "neuron": neuron, "threshold": 10});
    all.extend((0..populations).map(population));
    let edges: Vec<[i64; 4]> = (0..size as i64).map(|i| [i, i, weight, 1]).collect();
    let from = |at: u64| if at == 0 { "in".to_owned() } else { name(at - 1) };
    let projection = |at| json!({"from": from(at), "to": name(at), "edges": edges});
    let projections: Vec<Value> = (0..populations).map(projection).collect();
    let file = json!({"format": "spikemesh.sparse/1", "description": "a chain", "populations": all, "projections": projections});
    sparse_graph(&file)
}

fn arranged(graph: &Graph, chip: &Chip, options: MappingOptions) -> Arranged {
    map::arrange(graph, chip, options, None).unwrap_or_else(|error| panic!("{error}"))
}

fn with(sharing: Sharing) -> MappingOptions {
    MappingOptions { sharing, ..MappingOptions::default() }
}

fn cores(graph: &Graph, chip: &Chip, options: MappingOptions) -> usize {
    arranged(graph, chip, options).mapping.cores.len()
}

#[test]
fn small_populations_share_a_core() {
    let loihi = chip_with("loihi", &[]);
    let neuron = json!({"model": "if", "reset": "zero"});
    for populations in [20, 200] {
        let graph = chain(populations, 5, &neuron, 10);
        let Arranged { graph, mapping } = arranged(&graph, &loihi, MappingOptions::default());
        assert_eq!((mapping.cores.len(), mapping.weighted_hops(&loihi)), (1, 0));
        let calibration = loihi.calibration(None).unwrap();
        let system = system::build(&graph, &loihi, calibration, &mapping, Default::default()).unwrap();
        let steps = populations as u32 + 2;
        let result = run_sparse(&system, &graph, steps, Shards::default(), &Unwatched).unwrap();
        let all = total(&result.cores);
        assert!(!result.mismatched);
        assert_eq!((result.spikes_per_step.iter().sum::<u64>(), all.synapses()), (5 * populations, 5 * populations));
        // Every population has its own part of what the core did.
        assert_eq!(result.layers.len() as u64, populations + 1);
        assert!(result.layers[1..].iter().all(|layer| (layer.of(Op::SomaSpike), layer.synapses()) == (5, 5)));
    }
    let own = arranged(&chain(20, 5, &neuron, 10), &loihi, with(Sharing::Never));
    assert_eq!(own.mapping.cores.len(), 20);
}

/// A chip of one core holds what fits it; on ODIN's core each neuron has a leak of its own.
#[test]
fn populations_share_the_only_core() {
    let odin = chip_with("odin", &[]);
    assert_eq!(cores(&chain(2, 10, &json!({"model": "odin"}), 5), &odin, MappingOptions::default()), 1);
    let refused = |graph: &Graph, sharing| match map::arrange(graph, &odin, with(sharing), None) {
        Err(MapError::DoesNotFit { violations, .. }) => violations[0].to_string(),
        other => panic!("{other:?}"),
    };
    let message = refused(&chain(2, 10, &json!({"model": "odin"}), 5), Sharing::Never);
    assert!(message.contains("the network needs 2, the chip has 1") && message.contains("--share-cores"), "{message}");
    let leaks = |leak: u64| json!({"name": format!("l{leak}"), "size": 3, "neuron": {"model": "odin", "leak": leak}, "threshold": 9});
    let file = json!({"format": "spikemesh.sparse/1", "description": "leaks", "populations": [leaks(2), leaks(3)], "projections": []});
    assert_eq!(cores(&sparse_graph(&file), &odin, MappingOptions::default()), 1);
    // Together they are too many for the core, and are squeezed into it all the same.
    let options = MappingOptions { limits: map::Limits::Report, ..MappingOptions::default() };
    let squeezed = arranged(&chain(30, 10, &json!({"model": "odin"}), 5), &odin, options);
    assert_eq!((squeezed.mapping.cores.len(), squeezed.mapping.cores[CoreId::new(0)].neurons()), (1, 300));
    assert!(squeezed.mapping.violations.iter().any(|broken| broken.limit == "mesh"));
}

/// Layers of a pipeline keep cores of their own while the chip has enough.
#[test]
fn layers_share_cores_only_if_they_must() {
    let Ok(Network::Trained(mlp)) = net::load(Path::new("networks/trained/digits-mlp")) else { panic!() };
    let graph = Graph::from_layered(&mlp.quantised);
    let loihi = chip_with("loihi", &[]);
    let one_core = chip_with(
        "loihi",
        &[("/mesh/width", json!(1)), ("/mesh/height", json!(1)), ("/mesh/cores_per_tile", json!(1))],
    );
    assert_eq!([Sharing::Auto, Sharing::Always, Sharing::Never].map(|one| cores(&graph, &loihi, with(one))), [3, 1, 3]);
    assert_eq!(cores(&graph, &one_core, MappingOptions::default()), 1);
    assert!(map::arrange(&graph, &one_core, with(Sharing::Never), None).is_err());
}

/// A population that is too large for what is left of a core is cut to fill it, where that saves a core.
#[test]
fn populations_are_cut_where_that_saves_a_core() {
    let chip = chip_with("loihi", &[("/core/max_neurons", json!(10))]);
    let neuron = json!({"model": "if", "reset": "zero"});
    let sizes = |graph: &Graph, options| -> Vec<Vec<(u32, usize)>> {
        let part = |core: &CoreLoad| core.parts.iter().map(|part| (part.population, part.neurons.len())).collect();
        arranged(graph, &chip, options).mapping.cores.iter().map(part).collect()
    };
    // 6 + 6 + 6: of whole populations each takes a core.
    let found = sizes(&chain(3, 6, &neuron, 10), MappingOptions::default());
    assert_eq!(found, [vec![(1, 6), (2, 4)], vec![(2, 2), (3, 6)]]);
    // 13 + 13 + 13: what is left of them is 3 each.
    let found = sizes(&chain(3, 13, &neuron, 10), MappingOptions::default());
    assert_eq!(found.len(), 4);
    // 5 + 5: one core, and nothing to gain by a cut.
    assert_eq!(sizes(&chain(2, 5, &neuron, 10), MappingOptions::default()), [[(1, 5), (2, 5)]]);
    // 10 + 10: as without sharing.
    assert_eq!(sizes(&chain(2, 10, &neuron, 10), MappingOptions::default()), [[(1, 10)], [(2, 10)]]);
}

/// Compartments of unlike decays, of which a core of Loihi has 32, and thresholds, of which it has 8.
#[test]
fn settings_of_a_core_are_limited() {
    let loihi = chip_with("loihi", &[]);
    let file = |neuron: &dyn Fn(u64) -> (Value, u64), populations: u64| {
        let population = |at: u64| {
            let (neuron, threshold) = neuron(at);
            json!({"name": format!("p{at}"), "size": 2, "neuron": neuron, "threshold": threshold})
        };
        let all: Vec<Value> = (0..populations).map(population).collect();
        sparse_graph(
            &json!({"format": "spikemesh.sparse/1", "description": "settings", "populations": all, "projections": []}),
        )
    };
    let loihis = |decay: u64| json!({"model": "loihi", "current_decay": 4095, "voltage_decay": decay});
    let most = |graph: &Graph| {
        let Arranged { mapping, .. } = arranged(graph, &loihi, MappingOptions::default());
        let settings =
            mapping.cores.iter().fold([0, 0], |[a, b], core| [a.max(core.settings[0]), b.max(core.settings[1])]);
        (mapping.cores.len(), settings)
    };
    assert_eq!(most(&file(&|at| (loihis(at), 5), 50)), (2, [32, 1]));
    assert_eq!(most(&file(&|at| (loihis(7), at + 1), 20)), (3, [1, 8]));
    // A decay of an idealised neuron is a setting too; its threshold is what no threshold of the chip is.
    assert_eq!(
        most(&file(&|at| (json!({"model": "lif", "decay": at + 1, "reset": "zero"}), at + 1), 50)),
        (2, [32, 0])
    );
    assert_eq!(most(&file(&|at| (json!({"model": "if", "reset": "zero"}), at + 1), 50)), (1, [1, 0]));
}

/// A random network of several populations of unlike models, with sources, delays and all else.
fn random(draw: &mut Draw) -> Graph {
    let count = draw.between(2, 9) as usize;
    let mut sizes = vec![draw.between(1, 6)];
    let mut spikes: Vec<[i64; 2]> = Vec::new();
    for step in 1..=20 {
        if draw.below(3) > 0 {
            spikes.push([step, draw.below(sizes[0] as u64) as i64]);
        }
    }
    let mut all = vec![json!({"name": "in", "size": sizes[0], "spikes": spikes})];
    for at in 0..count {
        let size = draw.between(1, 11);
        let neuron = match draw.below(4) {
            0 => json!({"model": "if", "reset": "subtract"}),
            1 => json!({"model": "lif", "decay": draw.between(1, 600), "reset": "zero", "fraction_bits": 2}),
            2 => json!({"model": "if", "reset": "zero"}),
            _ => {
                json!({"model": "cuba_lif", "current_decay": draw.between(1, 4000), "voltage_decay": draw.between(1, 4000)})
            }
        };
        let bias: Vec<i64> = (0..size).map(|_| draw.between(0, 6)).collect();
        all.push(json!({"name": format!("p{at}"), "size": size, "neuron": neuron, "threshold": draw.between(8, 40), "bias": bias}));
        sizes.push(size);
    }
    let mut projections = Vec::new();
    for to in 1..=count {
        for from in 0..=count {
            if draw.below(3) > 0 {
                continue;
            }
            let edge = |draw: &mut Draw| {
                [
                    draw.below(sizes[from] as u64) as i64,
                    draw.below(sizes[to] as u64) as i64,
                    draw.between(-4, 12),
                    draw.between(1, 3),
                ]
            };
            let edges: Vec<[i64; 4]> = (0..draw.between(1, 40)).map(|_| edge(draw)).collect();
            let name = |at: usize| if at == 0 { "in".to_owned() } else { format!("p{}", at - 1) };
            projections.push(json!({"from": name(from), "to": name(to), "edges": edges}));
        }
    }
    sparse_graph(
        &json!({"format": "spikemesh.sparse/1", "description": "random", "populations": all, "projections": projections}),
    )
}

/// What every core holds and needs, counted from the network alone.
fn check_limits(graph: &Graph, mapping: &Mapping, chip: &Chip) {
    let limits = &chip.core().limits;
    let mut held = vec![0; graph.neurons()];
    for (at, core) in mapping.cores.with_ids() {
        assert!(core.parts.is_sorted_by_key(|part| part.population) && !core.parts.is_empty());
        for part in &core.parts {
            let population = graph.populations[part.population as usize].range();
            assert!(population.start <= part.neurons.start as usize && part.neurons.end as usize <= population.end);
            assert!(part.neurons.start < part.neurons.end && mapping.core_of[part.neurons.start as usize] == at);
        }
        core.numbers().for_each(|neuron| held[neuron as usize] += 1);
        let on: BTreeSet<u32> = core.numbers().collect();
        let (mut sources, mut synapses, mut out) = (0, 0, 0);
        for source in 0..graph.neurons() {
            let into = graph.synapses.targets(source).filter(|target| on.contains(target)).count();
            (sources, synapses) = (sources + u32::from(into > 0), synapses + into as u64);
            if on.contains(&(source as u32)) {
                let reached: BTreeSet<_> =
                    graph.synapses.targets(source).map(|to| mapping.core_of[to as usize]).collect();
                out += reached.len() as u32;
            }
        }
        assert_eq!((core.axons_in, core.axons_out, core.synapses), (sources, out, synapses));
        assert_eq!(core.parts.iter().map(|part| part.synapses).sum::<u64>(), synapses);
        assert!(core.neurons() <= limits.max_neurons && sources <= limits.max_axons_in);
        assert!(limits.max_axons_out.is_none_or(|most| out <= most));
        let models: BTreeSet<String> = core
            .parts
            .iter()
            .flat_map(|part| graph.populations[part.population as usize].runs(part.neurons.clone()))
            .map(|(_, params)| format!("{:?}", params.setting()))
            .collect();
        let most = limits.max_neuron_settings.and_then(|settings| settings.compartments);
        assert!(most.is_none_or(|most| models.len() <= most as usize && core.settings[0] as usize == models.len()));
    }
    for population in &graph.populations {
        let on_chip = usize::from(population.source.is_none());
        assert!(held[population.range()].iter().all(|times| *times == on_chip));
    }
}

/// The counts of populations are those of their cores.
fn check_layers(mapping: &Mapping, cores: &[Counts], layers: &[Counts]) {
    let (mut shared, mut of_layers) = (Counts::default(), Counts::default());
    mapping.cores.iter().zip(cores).filter(|(core, _)| core.is_shared()).for_each(|(_, counts)| shared.merge(counts));
    layers.iter().for_each(|counts| of_layers.merge(counts));
    assert_eq!(shared, of_layers);
}

/// Whatever is put together, all limits hold, every neuron spikes as the plain evaluator says, for any number of shards and
/// threads, and no core is gained by sharing none.
#[test]
fn no_packing_changes_what_is_computed() {
    let mut shared = 0;
    for seed in 0..10 {
        let mut draw = Draw::new(seed);
        let graph = random(&mut draw);
        let mut file = plain_file("loihi");
        file["core"]["max_neurons"] = json!(draw.between(3, 20));
        file["core"]["max_axons_in"] = json!(draw.between(30, 90));
        file["core"]["max_axons_out"] = json!(draw.between(20, 80));
        file["core"]["max_neuron_settings"] = json!({"compartments": draw.between(1, 4)});
        file["gating"] = json!(["none", "window"][draw.below(2) as usize]);
        let chip = chip_from(&file.to_string());
        let right = reference::sparse(&graph, 24);
        let mut fewest = Vec::new();
        for partitioner in Partitioner::ALL {
            let sharing = if draw.below(4) == 0 { Sharing::Never } else { Sharing::Always };
            let cores = (draw.below(3) == 0).then(|| draw.between(1, 12) as u32);
            let effort = Effort { moves: 2000, seed };
            let options =
                MappingOptions { partitioner: *partitioner, sharing, cores, effort, ..MappingOptions::default() };
            let Ok(Arranged { graph, mapping }) = map::arrange(&graph, &chip, options, None) else { continue };
            check_limits(&graph, &mapping, &chip);
            assert!(sharing == Sharing::Always || mapping.cores.iter().all(|core| !core.is_shared()));
            shared += mapping.cores.iter().filter(|core| core.is_shared()).count();
            if *partitioner == Partitioner::Sequential && cores.is_none() {
                fewest.push((sharing, mapping.cores.len()));
            }
            let calibration = chip.calibration(None).unwrap();
            for contention in CONTENTION {
                let system = system::build(&graph, &chip, calibration, &mapping, contention).unwrap();
                let run = |split| run_sparse(&system, &graph, 24, split, &Unwatched).unwrap();
                let one = run(Shards::default());
                assert!(!one.mismatched, "seed {seed}, {partitioner:?}, {sharing:?}, {contention:?}");
                assert_eq!(graph.order.restore(one.spikes.clone()), right.counts);
                check_layers(&mapping, &one.cores, &one.layers);
                let parts = |result: &spikemesh::run::SparseResult| {
                    let latencies = (digest(&result.packet_latency), digest(&result.packet_hops));
                    (
                        result.cores.clone(),
                        result.layers.clone(),
                        result.step_ticks.clone(),
                        latencies,
                        result.membranes.clone(),
                    )
                };
                let more = run(Shards { count: 3, threads: 2 });
                assert_eq!(parts(&one), parts(&more));
                let mut runner = Runner::new(&system, Shards { count: 2, threads: 2 }).on_all_threads(2);
                runner.reset(&[]);
                (1..=24).for_each(|step| _ = runner.step(step).unwrap());
                assert_eq!(graph.order.restore(runner.neurons(24).1), right.membranes);
            }
        }
        if let Ok(own) = map::arrange(&graph, &chip, with(Sharing::Never), None) {
            assert!(fewest.iter().all(|(_, cores)| *cores <= own.mapping.cores.len()), "seed {seed}");
        }
    }
    assert!(shared > 20, "only {shared} cores were shared");
}
