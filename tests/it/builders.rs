//! Chips, networks and imports in code: they give the figures of the same things from files, and no call panics.

use crate::common::{plain_file, text_of};
use proptest::prelude::*;
use serde_json::{Value, json};
use spikemesh::hw::{self, Chip};
use spikemesh::map::{self, MappingOptions};
use spikemesh::net::spikes::{InputSpikes, RandomSpikes};
use spikemesh::net::{self, Edge, Graph, Network, Neuron};
use spikemesh::report::bill;
use spikemesh::run::{Shards, Unwatched, run_sparse};
use spikemesh::stats::Counts;
use spikemesh::system::{self, Contention};

/// Counts of the cores, spikes by step, ticks by step, and energy (aJ) of a run of 20 steps.
fn figures(chip: &Chip, graph: &Graph) -> (Vec<Counts>, Vec<u64>, Vec<u64>, u128) {
    let mapping = map::map(graph, chip, MappingOptions::default()).unwrap();
    let calibration = chip.calibration(None).unwrap();
    let system = system::build(graph, chip, calibration, &mapping, Contention::Modelled).unwrap();
    let result = run_sparse(&system, graph, 20, Shards::default(), &Unwatched).unwrap();
    assert!(!result.mismatched);
    let mut all = Counts::default();
    result.cores.iter().for_each(|core| all.merge(core));
    let energy = bill(&all, 0, calibration).total();
    (result.cores, result.spikes_per_step, result.step_ticks, energy)
}

#[test]
fn a_chip_and_a_ring_in_code_give_the_figures_of_the_same_from_files() {
    let folder = tempfile::tempdir().unwrap();
    let mut file = plain_file("loihi");
    for (pointer, value) in
        [("/mesh/width", 2), ("/mesh/height", 1), ("/mesh/cores_per_tile", 1), ("/core/max_neurons", 4)]
    {
        *file.pointer_mut(pointer).unwrap() = json!(value);
    }
    let (chip_path, net_path) = (folder.path().join("loihi.json"), folder.path().join("ring.json"));
    std::fs::write(&chip_path, file.to_string()).unwrap();
    let edges: Vec<_> = (0..8).map(|i| json!([i, (i + 1) % 8, 3, 1])).collect();
    let ring = json!({"format": "spikemesh.sparse/1", "description": "a ring", "populations": [
        {"name": "n", "size": 8, "threshold": 4, "bias": [1, 0, 2, 0, 1, 0, 2, 0],
         "neuron": {"model": "lif", "decay": 256, "reset": "zero"}}],
        "projections": [{"from": "n", "to": "n", "edges": edges}]});
    std::fs::write(&net_path, ring.to_string()).unwrap();
    let from_file = hw::load(&chip_path).unwrap();
    let Network::Sparse(ring) = net::load(&net_path).unwrap() else { panic!("not sparse") };

    let chip = Chip::from_json("loihi", &text_of("hw_models/loihi.json")).unwrap();
    let chip = chip.edit().mesh(2, 1).set("mesh.cores_per_tile", 1).set("core.max_neurons", 4).build().unwrap();
    let built = Network::builder("ring")
        .description("a ring")
        .population("n", 8, Neuron::new("lif").with("decay", 256).with("reset", "zero"))
        .threshold(4)
        .bias([1, 0, 2, 0, 1, 0, 2, 0])
        .connect("n", "n", (0..8).map(|i| (i, (i + 1) % 8, 3)))
        .build()
        .unwrap();
    assert_eq!((&built.graph, &built.name, &built.description), (&ring.graph, &ring.name, &ring.description));
    assert_eq!(chip.edit().remove("facts").build().unwrap(), from_file);
    let found = figures(&chip, &built.graph);
    assert_eq!(chip.noc().cores(), 2);
    assert!(found.1.iter().sum::<u64>() > 0 && found.3 > 0);
    assert_eq!(found, figures(&from_file, &ring.graph));
}

#[cfg(feature = "nir")]
mod from_nir {
    use super::*;
    use crate::bench::Bench;
    use spikemesh::net::nir::{self, Asked, ImportOptions, ResetRule};
    use spikemesh::net::spikes::Stimulus;
    use spikemesh::report::{ImportedNetwork, import_json};
    use std::path::Path;

    #[test]
    fn a_graph_in_memory_is_imported_as_the_program_imports_its_file() {
        let bench = Bench::new();
        let (file, out, json) = (bench.path("digits.nir"), bench.path("digits"), bench.path("i.json"));
        bench.succeed(&["export", "--out", &file]);
        let spikes = "random:rate=0.2,steps=12,seed=5";
        bench.succeed(&[
            "import",
            &file,
            "--out",
            &out,
            "--reset",
            "subtract",
            "--weight-bits",
            "7",
            "--spikes",
            spikes,
            "--json",
            &json,
        ]);
        let Network::Sparse(on_disk) = net::load(Path::new(&out)).unwrap() else { panic!("not sparse") };

        let graph = nir::parse("digits", std::fs::read(&file).unwrap()).unwrap();
        let asked = Asked { reset: Some(ResetRule::Subtract), ..Asked::default() };
        let bits = nir::Bits { weight: 7, ..nir::Bits::default() };
        let options = ImportOptions { asked, bits, ..ImportOptions::default() };
        let stimulus: Stimulus = RandomSpikes { rate: 0.2, steps: 12, seed: 5 }.into();
        let imported = nir::import(&graph, options, &stimulus).unwrap();
        let mut said = bench.json("i.json");
        // What the program says of how it was called is no part of the library's.
        for name in ["made_by", "digests", "host"] {
            assert!(said.as_object_mut().unwrap().remove(name).is_some(), "{name}");
        }
        assert_eq!(import_json("digits", &ImportedNetwork::of(&imported.deviation), &imported.notes), said);
        assert_eq!(options.arguments(), on_disk.imported.unwrap().arguments);
        let network = imported.into_network("digits", "in memory");
        assert_eq!((network.time_steps, &network.notes), (on_disk.time_steps, &on_disk.notes));
        assert_eq!(network.graph, on_disk.graph);
        // It runs without a folder: the counts are those of the reference.
        let chip = Chip::from_json("loihi", &text_of("hw_models/loihi.json")).unwrap();
        let (_, spikes, _, energy) = figures(&chip, &network.graph);
        assert!(spikes.iter().sum::<u64>() > 0 && energy > 0);
    }
}

/// Values that a file may have in a place, and others.
fn value() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (-3i64..70_000).prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        prop::sample::select(&["", "lif", "zero", "2 ns", "mesh", "assumed", "\u{0}\"\\"][..]).prop_map(Value::from),
        prop::collection::vec(-3i64..9, 0..4).prop_map(Value::from),
        Just(json!({"a": {"b": [1, null]}})),
    ]
}

fn name() -> impl Strategy<Value = String> {
    prop_oneof![
        prop::sample::select(&["a", "b", "", "threshold", "bias", "neuron", "spikes", "last_step"][..])
            .prop_map(str::to_owned),
        ".{0,4}",
    ]
}

/// A call of a builder of networks: which, names, a size, a value, numbers.
type Call = (u8, String, String, u32, Value, Vec<i32>);

fn call() -> impl Strategy<Value = Call> {
    let size = prop_oneof![0u32..5, Just(1 << 25), any::<u32>()];
    let small = prop_oneof![-2i32..300, any::<i32>()];
    (0u8..14, name(), name(), size, value(), prop::collection::vec(small, 0..13))
}

/// Makes the calls and builds: neurons of the network, or how many problems there are.
fn built(calls: Vec<Call>) -> Result<usize, usize> {
    let mut net = Network::builder(calls.first().map_or(String::new(), |call| call.1.clone()));
    for (which, one, other, size, value, numbers) in calls {
        let unsigned = |i: usize| numbers.get(i).map_or(0, |number| *number as u32);
        let edges = numbers.chunks(4).map(|part| {
            let at = |i: usize| part.get(i).copied().unwrap_or(1);
            Edge { source: at(0) as u32, target: at(1) as u32, weight: at(2), delay: at(3) as u32 }
        });
        let neuron = Neuron::new("lif").with("decay", 256).with("reset", "zero").with(other.clone(), value.clone());
        net = match which {
            0 | 1 => net
                .population(one, if size > 1 << 24 { size } else { size % 5 }, Neuron::new("if").with("reset", "zero"))
                .threshold(1),
            2 => net.population(one, size % 5, neuron),
            3 => net.source(one, size % 9, numbers.chunks_exact(2).map(|pair| (pair[0] as u32, pair[1] as u32))),
            4 => net.input(one, size % 9, &InputSpikes::random(RandomSpikes { rate: 0.5, steps: 3, seed: 1 })),
            5 => net.threshold(numbers),
            6 => net.start(unsigned(0) as i32).bias(numbers),
            7 => net.active(unsigned(0), numbers.get(1).map(|last| *last as u32)),
            8 => net.silent().time_steps(size),
            9 => net.set(&one, value),
            10 => net.connect(one, other, edges.collect::<Vec<_>>()),
            11 => net.connect_dense(one, other, numbers, size),
            12 => net.reset_potential(numbers.clone()).negative_threshold(numbers),
            _ => net.description(one),
        };
    }
    net.build().map(|network| network.graph.neurons()).map_err(|error| error.problems.len())
}

/// Paths of a chip file, and others.
fn path() -> impl Strategy<Value = String> {
    let paths = [
        "mesh.width",
        "mesh.height",
        "mesh",
        "mesh.host_tile[0]",
        "mesh.host_tile[7]",
        "core.max_neurons",
        "core.synapses",
        "core.synapses.kind",
        "tick",
        "clock.mhz",
        "gating",
        "neurons[0].model",
        "calibrations.silicon_fit.costs.synapse.energy",
        "calibrations.silicon_fit.costs.synapse.source",
        "calibrations",
        "facts",
        "sources",
        "",
        ".",
        "[0]",
        "a[",
    ];
    prop_oneof![prop::sample::select(paths.to_vec()).prop_map(str::to_owned), ".{0,6}"]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn no_description_of_a_network_is_a_panic(calls in prop::collection::vec(call(), 0..9)) {
        if let Err(problems) = built(calls) {
            prop_assert!(problems > 0);
        }
    }

    #[test]
    fn no_change_of_a_chip_is_a_panic(changes in prop::collection::vec((path(), proptest::option::of(value())), 0..5)) {
        let mut builder = Chip::from_json("loihi", &text_of("hw_models/loihi.json")).unwrap().edit();
        for (path, value) in changes {
            builder = match value {
                Some(value) => builder.set(&path, value),
                None => builder.remove(&path),
            };
        }
        if let Err(error) = builder.build() {
            prop_assert!(!error.problems.is_empty());
        }
    }

    #[test]
    fn no_spikes_are_a_panic(
        raster in prop::collection::vec(any::<bool>(), 0..12),
        shape in prop_oneof![[0usize..5, 0usize..5], [any::<usize>(), any::<usize>()]],
        events in prop::collection::vec((0u32..6, 0u32..4), 0..6),
        (steps, neurons) in prop_oneof![(0u32..6, 0u32..4), any::<(u32, u32)>()],
    ) {
        for spikes in [InputSpikes::from_raster(&raster, shape), InputSpikes::from_events(&events, steps, neurons)] {
            let Ok(spikes) = spikes else { continue };
            let train = spikes.train(0, ("in", spikes.neurons().unwrap())).unwrap();
            prop_assert!(train.windows(2).all(|pair| pair[0] < pair[1]));
            prop_assert!(train.iter().all(|(step, _)| (1..=spikes.steps()).contains(step)));
        }
    }
}
