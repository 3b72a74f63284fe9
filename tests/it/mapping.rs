//! Mappings of every kind: the chip computes what the network does, counts what the mapping says, and files of
//! mappings say the same again.

use crate::bench::Bench;
use crate::common::{HOPS, chip_with, repository, sparse_graph, text_of};
use serde_json::{Value, json};
use spikemesh::data;
use spikemesh::hw::{Chip, Energy};
use spikemesh::json::Document;
use spikemesh::map::place::{self, Effort, Placer};
use spikemesh::map::{self, Arranged, Figures, LoadError, MappingOptions, Objective, Partitioner};
use spikemesh::net::{self, Graph, Network, reference};
use spikemesh::rng::mix;
use spikemesh::run::{Job, Runner, Shards, Unwatched, run_batch, run_sparse};
use spikemesh::stats::{Counts, Op};
use spikemesh::system::{self, Contention};

/// Three populations of unlike neurons, recurrent, with delays, and a source.
pub fn recurrent(seed: u64) -> Graph {
    let draw = |x: u64, n: u64| mix(seed << 32 ^ x) % n;
    let edges = |first: u64, from: u64, to: u64, count: u64| -> Vec<[i64; 4]> {
        let edge = |k: u64| {
            let x = first + 4 * k;
            [draw(x, from) as i64, draw(x + 1, to) as i64, draw(x + 2, 90) as i64 - 30, 1 + draw(x + 3, 3) as i64]
        };
        (0..count).map(edge).collect()
    };
    let spikes: Vec<[u64; 2]> = (1..=30).map(|step| [step, draw(step, 10)]).collect();
    let values = |first: u64, count: u64, low: u64, n: u64| -> Vec<u64> {
        (0..count).map(|i| low + draw(first + i, n)).collect()
    };
    sparse_graph(&json!({
        "format": "spikemesh.sparse/1",
        "description": "recurrent, with neurons that are all unlike",
        "populations": [
            {"name": "in", "size": 10, "spikes": spikes},
            {"name": "a", "size": 50, "threshold": values(1000, 50, 40, 60), "bias": values(2000, 50, 0, 9),
             "neuron": {"model": "if", "reset": "subtract"}},
            {"name": "b", "size": 33, "threshold": values(3000, 33, 30, 50), "bias": values(4000, 33, 0, 9),
             "neuron": {"model": "lif", "decay": 100, "reset": "zero", "fraction_bits": 2, "membrane_bits": 20}},
        ],
        "projections": [
            {"from": "in", "to": "a", "edges": edges(10_000, 10, 50, 60)},
            {"from": "a", "to": "b", "edges": edges(20_000, 50, 33, 200)},
            {"from": "b", "to": "a", "edges": edges(30_000, 33, 50, 200)},
            {"from": "a", "to": "a", "edges": edges(40_000, 50, 50, 100)},
        ]
    }))
}

fn small_cores() -> Chip {
    chip_with("loihi", &[("/core/max_neurons", json!(7)), ("/core/max_axons_in", json!(60))])
}

fn with_trees() -> Chip {
    let text = text_of("tests/chips/mesh.json");
    let mut file: Value = serde_json::from_str(&text).unwrap();
    file["mesh"]["delivery"] = json!("multicast");
    file["mesh"]["packet_flits"] = json!(1);
    file["core"]["max_neurons"] = json!(7);
    spikemesh::hw::read(Document::parse("mesh.json", &file.to_string()).unwrap(), "mesh").unwrap()
}

fn all_options() -> impl Iterator<Item = MappingOptions> {
    let pairs = Partitioner::ALL.iter().flat_map(|one| place::Placer::ALL.iter().map(move |placer| (*one, *placer)));
    pairs.map(|(partitioner, placer)| MappingOptions {
        partitioner,
        placer,
        effort: Effort { moves: 3000, seed: 5 },
        ..MappingOptions::default()
    })
}

/// Whatever the mapping, every neuron spikes as the plain evaluator says, and every link carries what the mapping says.
#[test]
fn no_mapping_changes_what_is_computed() {
    let steps = 30;
    for (graph, chip) in [(recurrent(1), small_cores()), (recurrent(2), small_cores())] {
        let right = reference::sparse(&graph, steps);
        assert!(right.counts.iter().sum::<u32>() > 500, "too few spikes to prove much");
        let mut orders = 0;
        for options in all_options() {
            let arranged = map::arrange(&graph, &chip, options, Some(&right.counts)).unwrap();
            orders += usize::from(!arranged.graph.order.is_same());
            check(&arranged, &chip, &right, steps);
        }
        assert!(orders >= place::Placer::ALL.len(), "the search left the order as it was");
    }
}

fn check(arranged: &Arranged, chip: &Chip, right: &reference::SparseOutcome, steps: u32) {
    let Arranged { graph, mapping } = arranged;
    let calibration = chip.calibration(None).unwrap();
    let system = system::build(graph, chip, calibration, mapping, Contention::Modelled).unwrap();
    let mut runner = Runner::new(&system, Shards::default());
    runner.reset(&[]);
    (1..=steps).for_each(|step| _ = runner.step(step).unwrap());
    let (counts, membranes) = runner.neurons(steps);
    assert_eq!(graph.order.restore(counts), right.counts);
    assert_eq!(graph.order.restore(membranes), right.membranes);
    assert!(!run_sparse(&system, graph, steps, Shards::default(), &Unwatched).unwrap().mismatched);
    let mut total = Counts::default();
    runner.counts().iter().for_each(|counts| total.merge(counts));
    let spikes = graph.order.arrange(right.counts.clone());
    let figures = Figures::of(graph, chip, mapping, Some(&spikes));
    let [east, west, north, south, between] = figures.hops;
    assert_eq!([east + west, north + south, between], HOPS.map(|op| total.of(op)));
    assert_eq!(figures.packets, total.of(Op::Eject));
    let flits = runner.link_flits();
    let ports = usize::from(system.tables.fabric.ports);
    for (link, packets) in chip.noc().topology.links.iter().zip(&figures.links) {
        assert_eq!(flits[link.from as usize * ports + usize::from(link.from_port)], *packets);
    }
    if !chip.noc().multicast {
        assert!(map::least_hops(chip, mapping).is_none_or(|least| least <= figures.all_hops()));
    }
}

#[test]
fn trees_carry_what_the_mapping_says() {
    let (graph, chip, steps) = (recurrent(3), with_trees(), 30);
    let right = reference::sparse(&graph, steps);
    for partitioner in Partitioner::ALL {
        let options =
            MappingOptions { partitioner: *partitioner, placer: Placer::Annealing, ..MappingOptions::default() };
        check(&map::arrange(&graph, &chip, options, Some(&right.counts)).unwrap(), &chip, &right, steps);
    }
}

/// A convolution in an order of its own is encoded, run and decoded as before; and takes far fewer hops.
#[test]
fn a_trained_network_is_the_same_in_any_order() {
    let Ok(Network::Trained(trained)) = net::load(&repository("networks/trained/digits-cnn")) else {
        panic!("the trained network is not there");
    };
    let network = &trained.quantised;
    let (graph, dataset) = (Graph::from_layered(network), data::load("digits", &[]).unwrap());
    let chip = chip_with("loihi", &[("/core/max_neurons", json!(40))]);
    let mut hops = Vec::new();
    for partitioner in Partitioner::ALL {
        let options =
            MappingOptions { partitioner: *partitioner, placer: Placer::Annealing, ..MappingOptions::default() };
        let Arranged { graph, mapping } = map::arrange(&graph, &chip, options, None).unwrap();
        let system =
            system::build(&graph, &chip, chip.calibration(None).unwrap(), &mapping, Contention::Modelled).unwrap();
        let job = Job {
            system: &system,
            graph: &graph,
            network: network.into(),
            samples: &dataset.test,
            count: 8,
            threads: 2,
        };
        let result = run_batch(job, &Unwatched).unwrap();
        assert!(result.inferences.iter().all(|inference| !inference.mismatched), "{}", partitioner.name());
        hops.push(result.inferences.iter().map(|inference| inference.counts.hops()).sum::<u64>());
    }
    assert!(hops[2] * 10 < hops[0] * 9, "hops by partitioner: {hops:?}");
}

/// The same mapping comes back from its file.
#[test]
fn a_saved_mapping_is_loaded_again() {
    let (graph, chip) = (recurrent(4), small_cores());
    let options =
        MappingOptions { partitioner: Partitioner::Multilevel, placer: Placer::Annealing, ..MappingOptions::default() };
    let load = |file: &Value| {
        let document = Document::parse("mapping.json", &file.to_string()).unwrap();
        map::load(document, &graph, &chip, MappingOptions::default(), None)
    };
    let saved = |sharing| {
        let arranged = map::arrange(&graph, &chip, MappingOptions { sharing, ..options }, None).unwrap();
        let file = map::save("made", &chip, &arranged);
        let again = load(&file).unwrap();
        assert_eq!((again.graph, again.mapping), (arranged.graph, arranged.mapping));
        file
    };
    // A core of several populations has parts.
    let mut shared = saved(map::Sharing::Always);
    let parts = |core: &Value| core["parts"].as_array().map_or(0, Vec::len);
    let at = shared["cores"].as_array().unwrap().iter().position(|core| parts(core) > 1).expect("a shared core");
    shared["cores"][at]["parts"][1]["population"] = shared["cores"][at]["parts"][0]["population"].clone();
    assert!(load(&shared).unwrap_err().to_string().contains("a second time"));
    let file = saved(map::Sharing::Never);
    let problems = |change: &dyn Fn(&mut Value)| {
        let mut broken = file.clone();
        change(&mut broken);
        load(&broken).unwrap_err().to_string()
    };
    let sites = problems(&|file| file["cores"][1]["site"] = file["cores"][0]["site"].clone());
    assert!(sites.contains("cores[1]: a second core on site"), "{sites}");
    let missing = problems(&|file| drop(file["cores"].as_array_mut().unwrap().pop()));
    assert!(missing.contains("are on no core"), "{missing}");
    let twice = problems(&|file| file["cores"][1]["neurons"] = file["cores"][0]["neurons"].clone());
    assert!(twice.contains("a second time"), "{twice}");
    let two = problems(&|file| {
        file["chip"] = json!("truenorth");
        file["cores"][0]["population"] = json!("in");
    });
    assert_eq!(two.lines().count(), 2, "{two}");
    // What no longer fits is said as a search says it.
    let smaller = chip_with("loihi", &[("/core/max_neurons", json!(3))]);
    let document = Document::parse("mapping.json", &file.to_string()).unwrap();
    let refused = map::load(document, &graph, &smaller, MappingOptions::default(), None).unwrap_err();
    assert!(matches!(refused, LoadError::Map(_)), "{refused}");
    assert!(refused.to_string().contains("core.max_neurons"), "{refused}");
}

/// What an objective makes small, from what a mapping's links carry.
fn figures_of(arranged: &Arranged, chip: &Chip, spikes: &[u32]) -> (u64, u64, u64) {
    let figures =
        Figures::of(&arranged.graph, chip, &arranged.mapping, Some(&arranged.graph.order.arrange(spikes.to_vec())));
    let price = |op: Op| match chip.calibration(None).unwrap().cost(op).energy {
        Energy::Priced { nominal, .. } => nominal.0,
        _ => 0,
    };
    let [east, west, north, south, between] = figures.hops;
    let energy = [east + west, north + south, between].iter().zip(HOPS).map(|(hops, op)| hops * price(op)).sum();
    (figures.all_hops(), figures.busiest().map_or(0, |(_, packets)| packets), energy)
}

/// Whatever is to be small is never larger than in the network's own order, packets go on single ways or on trees, and
/// an objective is better served by a search for it than by one for another.
#[test]
fn searches_serve_their_objectives() {
    let mut gains = 0;
    for chip in [small_cores(), with_trees()] {
        for seed in 10..13 {
            let graph = recurrent(seed);
            let right = reference::sparse(&graph, 30);
            let plain = map::arrange(&graph, &chip, MappingOptions::default(), Some(&right.counts)).unwrap();
            let before = figures_of(&plain, &chip, &right.counts);
            let found = |objective, partitioner| {
                let effort = Effort { moves: 20_000, seed: 3 };
                let options = MappingOptions {
                    placer: Placer::Annealing,
                    objective,
                    partitioner,
                    effort,
                    ..MappingOptions::default()
                };
                let arranged = map::arrange(&graph, &chip, options, Some(&right.counts)).unwrap();
                check(&arranged, &chip, &right, 30);
                figures_of(&arranged, &chip, &right.counts)
            };
            for partitioner in [Partitioner::Sequential, Partitioner::Multilevel] {
                let [hops, busiest, energy] = [0, 1, 2].map(|one: usize| found(Objective::ALL[one], partitioner));
                assert!(hops.0 <= before.0 && busiest.1 <= before.1 && energy.2 <= before.2, "{}", chip.name());
                // Of single ways both begin with the same places.
                if partitioner == Partitioner::Sequential && !chip.noc().multicast {
                    assert!(busiest.1 <= hops.1, "{}: {busiest:?}, {hops:?}", chip.name());
                }
                gains += u32::from(busiest.1 < hops.1);
            }
        }
    }
    assert!(gains >= 3, "the busiest link carried less in {gains} of 12");
}

/// Spread neurons compute the same, take as many cores as they may, and no core holds more than before.
#[test]
fn spread_neurons_compute_the_same() {
    let (graph, chip, steps) = (recurrent(5), small_cores(), 30);
    let right = reference::sparse(&graph, steps);
    let of = |cores, partitioner| {
        let effort = Effort { moves: 3000, seed: 5 };
        let options =
            MappingOptions { cores, partitioner, placer: Placer::Annealing, effort, ..MappingOptions::default() };
        let arranged = map::arrange(&graph, &chip, options, Some(&right.counts)).unwrap();
        check(&arranged, &chip, &right, steps);
        let cores = &arranged.mapping.cores;
        (cores.len(), cores.iter().map(|core| core.neurons()).max().unwrap())
    };
    for partitioner in Partitioner::ALL {
        let (few, full) = of(None, *partitioner);
        let (more, less) = of(Some(few as u32 + 6), *partitioner);
        // A search may fill a core a little more, and leave one empty.
        assert!(more <= few + 6 && less <= full, "{}", partitioner.name());
        if *partitioner != Partitioner::Multilevel {
            assert_eq!(more, few + 6, "{}", partitioner.name());
            assert!(less < full, "{}", partitioner.name());
        }
        assert_eq!(of(Some(1), *partitioner), (few, full));
    }
}

/// What searches count packets by and make small reaches them from the command line, or is refused with a reason.
#[test]
fn commands_map_by_profile_and_objective() {
    let bench = Bench::new();
    let (json, run) = (bench.path("map.json"), bench.path("run.json"));
    let search = ["--network", "digits-cnn", "--partitioner", "shared", "--placer", "annealing", "--budget", "5000"];
    let all =
        |first: &[&'static str]| -> Vec<String> { first.iter().chain(&search).map(|s| (*s).to_owned()).collect() };
    let succeed = |arguments: Vec<String>, more: &[&str]| {
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).chain(more.iter().copied()).collect();
        bench.succeed(&arguments);
    };
    let profile = ["--profile", "30", "--objective", "energy", "--cores", "9", "--json"];
    succeed(all(&["map", "--quiet"]), &[&profile[..], &[&json]].concat());
    let report = bench.json("map.json");
    assert_eq!((&report["objective"], &report["profile_samples"]), (&json!("energy"), &json!(30)));
    assert_eq!(report["traffic"]["cores"], json!(9));
    succeed(all(&["run", "--quiet", "--samples", "20"]), &[&profile[..], &[&run]].concat());
    assert_eq!(bench.json("run.json")["cores_used"], json!(9));
    for (arguments, why) in [
        (&["map", "--network", "random:neurons=64,cores=4", "--profile", "5"][..], "no training samples"),
        (
            &["map", "--network=digits-mlp", "--objective", "hopps"],
            "--objective: found \"hopps\", allowed: hops, busiest-link, energy",
        ),
        (
            &["map", "--network=digits-mlp", "--chip", "event_mesh", "--objective", "energy"],
            "no published energy of a hop",
        ),
        (&["compare", "--objective", "hopps"], "--objective: found"),
    ] {
        let told = bench.fail(arguments);
        assert!(told.contains(why), "{told}");
    }
}
