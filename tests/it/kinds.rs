//! Cores that differ: kinds of them in a chip file, their times and prices, and which populations go where.

use crate::common::{Draw, Rig, chip_from, header, sparse_graph, text_of, total};
use serde_json::{Value, json};
use spikemesh::hw::{Chip, LayerShape, set_values};
use spikemesh::ids::SiteId;
use spikemesh::json::Document;
use spikemesh::map::place::Placer;
use spikemesh::map::{self, Arranged, Limits, MapError, MappingOptions, Partitioner};
use spikemesh::net::Graph;
use spikemesh::report::{Context, SparseInput, Summary, read_run, reprice, run_json, summarise_sparse};
use spikemesh::run::{Shards, SparseResult, Unwatched, run_sparse};
use spikemesh::stats::{Counts, Op};
use spikemesh::system::Contention;

pub fn hybrid_file() -> Value {
    serde_json::from_str(&text_of("tests/chips/hybrid.json")).unwrap()
}

fn hybrid() -> Chip {
    chip_from(&hybrid_file().to_string())
}

/// A source of 8, and populations of 100, 20 and 30 neurons with feedback.
pub fn network() -> Graph {
    let population = |name: &str, size: u32| {
        json!({"name": name, "size": size, "neuron": {"model": "lif", "decay": 256, "reset": "subtract"},
            "threshold": 40, "bias": 3})
    };
    let mut draw = Draw::new(5);
    let mut projection = |(from, sources): (&str, u64), (to, targets): (&str, u64), each: u64| {
        let edges = (0..sources * each).map(|edge| (edge / each, draw.below(targets), draw.between(-20, 60)));
        let edges: Vec<Value> = edges.map(|(source, target, weight)| json!([source, target, weight, 1])).collect();
        json!({"from": from, "to": to, "edges": edges})
    };
    let (first, a, b, c) = (("in", 8), ("a", 100), ("b", 20), ("c", 30));
    let projections = [projection(first, a, 30), projection(a, b, 3), projection(b, c, 5), projection(c, a, 2)];
    let spikes: Vec<[u32; 2]> = (1..=12)
        .flat_map(|step| (0..8).filter(move |input| (step + input) % 3 == 0).map(move |input| [step, input]))
        .collect();
    sparse_graph(&json!({
        "format": "spikemesh.sparse/1", "description": "kinds",
        "populations": [
            {"name": "in", "size": 8, "spikes": spikes}, population("a", 100), population("b", 20), population("c", 30)
        ],
        "projections": projections,
    }))
}

fn run(rig: &Rig, shards: Shards) -> SparseResult {
    run_sparse(&rig.system, &rig.graph, 12, shards, &Unwatched).unwrap()
}

fn summary(rig: &Rig, result: &SparseResult) -> Summary {
    let context = Context {
        chip: &rig.chip,
        calibration: rig.chip.calibration(None).unwrap(),
        graph: &rig.graph,
        mapping: &rig.mapping,
        system: &rig.system,
    };
    summarise_sparse(header(), context, SparseInput { steps: 12, result })
}

/// Counts of all cores of a kind.
fn counts_of(rig: &Rig, result: &SparseResult, kind: &str) -> Counts {
    let at = rig.chip.kinds().iter().position(|found| found.name == kind).unwrap();
    let of = rig.mapping.cores.iter().zip(&result.cores).filter(|(core, _)| rig.chip.kind_at(core.site) == at);
    total(&of.map(|(_, counts)| *counts).collect::<Vec<_>>())
}

#[test]
fn a_kind_is_the_core_with_some_values_in_place_of_its_own() {
    let chip = hybrid();
    let [list, array] = chip.kinds() else { panic!("{} kinds", chip.kinds().len()) };
    assert_eq!((list.name.as_str(), list.core == *chip.core()), ("list", true));
    assert_eq!((array.core.limits.max_neurons, array.core.limits.weight_bits), (32, list.core.limits.weight_bits));
    let sites = |kind| chip.sites_of(kind).iter().map(|site| site.get()).collect::<Vec<_>>();
    assert_eq!((sites(0), sites(1)), (vec![0, 1, 4, 5], vec![2, 3, 6, 7]));
    assert_eq!(chip.core_at(SiteId::new(6)), &array.core);
    // Through the builder, and by one core of each tile instead.
    assert_eq!(chip.edit().build().unwrap(), chip);
    let mut file = hybrid_file();
    file["cores"]["list"].as_object_mut().unwrap().remove("tiles");
    file["cores"]["array"].as_object_mut().unwrap().remove("tiles");
    (file["cores"]["list"]["places"], file["cores"]["array"]["places"]) = (json!([0]), json!([1]));
    let mixed = chip_from(&file.to_string());
    assert_eq!(mixed.sites_of(1).iter().map(|site| site.get()).collect::<Vec<_>>(), [1, 3, 5, 7]);
    // A change of the core is one of every kind without a value of its own.
    let wide = chip.edit().set("core.weight_bits", 5).set("cores.array.soma_lanes", 3).build().unwrap();
    let bits: Vec<u32> = wide.kinds().iter().map(|kind| kind.core.limits.weight_bits).collect();
    assert_eq!((bits, wide.kinds()[1].core.soma_lanes, wide.kinds()[0].core.soma_lanes), (vec![5, 5], 3, 1));
    assert_ne!(wide.structure(), chip.structure());
}

#[test]
fn values_of_a_kind_are_set_by_its_name() {
    let mut document = Document::parse("hybrid.json", &hybrid_file().to_string()).unwrap();
    let was = set_values(&mut document, &[("cores.list.max_neurons", "50"), ("cores.list.synapses.bits", "4096")]);
    assert_eq!(was.unwrap(), ["64", "1048576"]);
    let chip = spikemesh::hw::read(document, "hybrid").unwrap();
    let of = |kind: usize| chip.kinds()[kind].core.limits.max_neurons;
    assert_eq!((of(0), of(1), chip.core().limits.max_neurons), (50, 32, 64));
    let mut document = Document::parse("hybrid.json", &hybrid_file().to_string()).unwrap();
    let wrong = set_values(&mut document, &[("cores.lists.max_neurons", "5")]).unwrap_err();
    assert!(wrong.contains("did you mean \"cores."), "{wrong}");
}

#[test]
fn all_problems_of_kinds_are_reported_at_once() {
    let problems = |edit: &dyn Fn(&mut Value)| {
        let mut file = hybrid_file();
        edit(&mut file);
        let document = Document::parse("chip.json", &file.to_string()).unwrap();
        spikemesh::hw::read(document, "chip").unwrap_err().to_string()
    };
    let found = problems(&|file| {
        file["cores"]["array"]["tiles"] = json!([1, "(0, 2)"]);
        file["cores"]["list"]["max_nuerons"] = json!(3);
        file["core"]["synapse_lanes"] = json!(0);
        file["calibrations"]["round"]["costs"]["by_core"]["aray"] = json!({});
    });
    assert_eq!(
        found.lines().map(|line| line.split("; known").next().unwrap()).collect::<Vec<_>>(),
        [
            "chip.json: core.synapse_lanes: found 0, expected 1 to 65536 as an integer",
            "chip.json: cores.list.max_nuerons: unknown field",
            "chip.json: cores.array.tiles[1]: no tile is called \"(0, 2)\"; give a router's name, a number from 0, or \
             \"4-7\"; did you mean \"(0, 0)\"?",
        ]
    );
    let found = problems(&|file| {
        file["cores"]["array"]["tiles"] = json!([0, 1]);
        file["calibrations"]["round"]["costs"]["by_core"]["aray"] = json!({});
    });
    assert_eq!(
        found,
        "chip.json: cores.array: cores of tile (0, 0) are of kind list too; each is of one kind, and array has no other\n\
         chip.json: cores: cores of tile (1, 1) are of no kind; every core is of one"
    );
    let found = problems(&|file| {
        file["calibrations"]["round"]["costs"]["by_core"]["aray"] = json!({});
        file["calibrations"]["round"]["costs"]["by_core"]["list"] =
            json!({"array_read": {"energy": null}, "hop_ew": {}});
    });
    assert!(found.contains("by_core.aray: no kind of cores is called \"aray\"; did you mean \"array\"?"), "{found}");
    assert!(found.contains("by_core.list.array_read: unknown field"), "{found}");
    assert!(found.contains("by_core.list.hop_ew: unknown field"), "{found}");
    // Figures of a whole chip are not divided by kind.
    let text = problems(&|file| {
        file["cores"]["array"]["synapses"]["devices"] =
            json!({"slices": 8, "cell_bits": 1, "g_min_us": 1, "g_max_us": 100});
    });
    assert!(text.contains("cores"), "{text}");
}

#[test]
fn cores_that_differ_compute_what_the_network_does_however_a_run_is_divided() {
    for placer in [Placer::Linear, Placer::Greedy, Placer::Hilbert, Placer::Force, Placer::Annealing] {
        let rig = Rig::new(network(), hybrid(), placer, Contention::Modelled);
        let kinds: Vec<u8> = rig.mapping.cores.iter().map(|core| core.kind).collect();
        assert!(kinds.contains(&0) && kinds.contains(&1), "{kinds:?}");
        for core in rig.mapping.cores.iter() {
            assert_eq!(usize::from(core.kind), rig.chip.kind_at(core.site), "{placer:?}");
            assert!(core.neurons() <= rig.chip.core_at(core.site).limits.max_neurons);
        }
        let first = run(&rig, Shards::default());
        assert_eq!(first.spike_difference, 0);
        assert!(first.spikes.iter().sum::<u32>() > 100);
        for (count, threads) in [(2, 1), (7, 2), (16, 4)] {
            let other = run(&rig, Shards { count, threads });
            assert_eq!(
                (&other.cores, &other.spikes, &other.step_ticks),
                (&first.cores, &first.spikes, &first.step_ticks)
            );
        }
    }
}

#[test]
fn energy_is_the_sum_of_counts_times_the_prices_of_their_kind() {
    let rig = Rig::new(network(), hybrid(), Placer::Linear, Contention::Modelled);
    let result = run(&rig, Shards::default());
    let summary = summary(&rig, &result);
    let (all, array) = (total(&result.cores), counts_of(&rig, &result, "array"));
    let list = |op: Op| (all.of(op) - array.of(op)) as f64;
    let of = |op: Op| all.of(op) as f64;
    assert!(array.of(Op::ArrayRead) > 0 && array.of(Op::Synapse) > 0 && list(Op::Synapse) > 0.0);
    // Crossbars are read, lists are walked.
    assert_eq!(all.of(Op::ArrayRead), array.of(Op::ArrayRead));
    let expected = [
        ("axon_in", of(Op::AxonIn)),
        ("synapse", 2.0 * list(Op::Synapse) + 40.0 * of(Op::ArrayRead)),
        (
            "soma",
            3.0 * of(Op::SomaAccess)
                + 5.0 * list(Op::SomaUpdate)
                + 9.0 * array.of(Op::SomaUpdate) as f64
                + 7.0 * of(Op::SomaSpike),
        ),
        ("axon_out", 11.0 * of(Op::AxonOut)),
        ("network", 0.5 * of(Op::Inject) + 0.25 * of(Op::Eject) + 13.0 * of(Op::HopEw) + 17.0 * of(Op::HopNs)),
        ("converters", 0.5 * of(Op::RowDrive) + 2.5 * of(Op::ColumnConversion)),
    ];
    for (unit, pj) in expected {
        let (_, found) = summary.pricing.breakdown_pj.iter().find(|(name, _)| *name == unit).unwrap();
        assert!((found - pj).abs() < 1e-6 * pj, "{unit}: {found}, not {pj}");
    }
    let sum: f64 = summary.pricing.breakdown_pj.iter().map(|(_, pj)| pj).sum();
    assert!((summary.pricing.energy_pj.mean - sum).abs() < 1e-6 * sum);
    let layers: f64 = summary.pricing.layers_pj.iter().sum();
    assert!(layers > 0.0 && layers < sum, "the host's packets are of no layer");
    // Prices, sources and times name the kind.
    let price = |core: Option<&str>| {
        let found =
            summary.pricing.prices.iter().find(|price| price.op == Op::SomaUpdate && price.core.as_deref() == core);
        found.map(|price| price.energy_aj)
    };
    assert_eq!([price(None), price(Some("list")), price(Some("array"))], [None, Some(5_000_000), Some(9_000_000)]);
    assert!(summary.pricing.sources.iter().any(|(what, ..)| what.contains("soma_update on array")));
    assert_eq!(
        summary.pricing.unpriced.iter().map(|one| one.term).collect::<Vec<_>>(),
        ["host_write", "barrier", "static"]
    );
    // Saved and read again, and priced anew, it is the same; a report without its kinds is refused.
    let text = run_json(&summary).to_string();
    let back = read_run(Document::parse("run.json", &text).unwrap()).unwrap();
    assert_eq!(back.pricing, summary.pricing);
    let again = reprice(back, &rig.chip, rig.chip.calibration(None).unwrap()).unwrap();
    assert_eq!(again.pricing.breakdown_pj, summary.pricing.breakdown_pj);
    let mut damaged: Value = serde_json::from_str(&text).unwrap();
    damaged["counts"].as_object_mut().unwrap().remove("kinds");
    assert!(read_run(Document::parse("run.json", &damaged.to_string()).unwrap()).is_err());
}

#[test]
fn times_are_those_of_the_kind() {
    // The same network with slower lists, then with slower arrays: only cores of that kind take longer.
    let rig = |edits: &[(&str, Value)]| {
        let mut file = hybrid_file();
        for (pointer, value) in edits {
            *file.pointer_mut(pointer).unwrap() = value.clone();
        }
        Rig::new(network(), chip_from(&file.to_string()), Placer::Linear, Contention::Ignored)
    };
    let costs = "/calibrations/round/costs";
    let ticks = |rig: &Rig| run(rig, Shards::default()).step_ticks.iter().sum::<u64>();
    let plain = ticks(&rig(&[]));
    let update = |pointer: &str| rig(&[(pointer, json!("80 ns"))]);
    let (lists, arrays) = (
        ticks(&update(&format!("{costs}/soma_update/latency"))),
        ticks(&update(&format!("{costs}/by_core/array/soma_update/latency"))),
    );
    assert!(lists > plain && arrays > plain && lists != arrays, "{plain} {lists} {arrays}");
}

fn options(partitioner: Partitioner) -> MappingOptions {
    MappingOptions { partitioner, ..MappingOptions::default() }
}

#[test]
fn every_partitioner_keeps_populations_within_their_kind() {
    let (graph, chip) = (network(), hybrid());
    for partitioner in [Partitioner::Sequential, Partitioner::Shared, Partitioner::Tiled, Partitioner::Multilevel] {
        for cores in [None, Some(7)] {
            let options = MappingOptions { cores, placer: Placer::Annealing, ..options(partitioner) };
            let Arranged { graph, mapping } = map::arrange(&graph, &chip, options, None).unwrap();
            assert_eq!(mapping.cores.iter().map(|core| core.neurons()).sum::<u32>(), 150);
            let mut sites: Vec<u32> = mapping.cores.iter().map(|core| core.site.get()).collect();
            sites.sort_unstable();
            sites.dedup();
            assert_eq!(sites.len(), mapping.cores.len());
            for core in mapping.cores.iter() {
                let limits = &chip.core_at(core.site).limits;
                assert!(core.neurons() <= limits.max_neurons && core.axons_in <= limits.max_axons_in);
                assert_eq!(usize::from(core.kind), chip.kind_at(core.site));
            }
            // A file of the mapping gives it again.
            let arranged = Arranged { graph, mapping };
            let file = map::save("made", &chip, &arranged);
            let back =
                map::load(Document::parse("m.json", &file.to_string()).unwrap(), &network(), &chip, options, None);
            assert_eq!(back.unwrap().mapping.cores, arranged.mapping.cores, "{partitioner:?} {cores:?}");
        }
    }
}

fn layer(name: &str, size: u32) -> Value {
    json!({"name": name, "size": size, "threshold": 1,
        "neuron": {"model": "if", "reset": "subtract", "membrane_bits": 16}})
}

/// A chain of populations, each neuron of which hears one neuron of the one before.
fn chain(counts: &[u32]) -> Graph {
    let names: Vec<String> = (0..counts.len()).map(|at| format!("layer{at}")).collect();
    let mut populations = vec![json!({"name": names[0], "size": counts[0], "spikes": [[1, 0]]})];
    populations.extend((1..counts.len()).map(|at| layer(&names[at], counts[at])));
    let projection = |at: usize| {
        let edges: Vec<_> = (0..counts[at]).map(|target| [target % counts[at - 1], target, 1, 1]).collect();
        json!({"from": names[at - 1], "to": names[at], "edges": edges})
    };
    let projections: Vec<Value> = (1..counts.len()).map(projection).collect();
    sparse_graph(&json!({"format": "spikemesh.sparse/1", "description": "chain", "populations": populations,
        "projections": projections}))
}

fn speck() -> Chip {
    chip_from(&text_of("hw_models/speck.json"))
}

#[test]
fn the_memories_of_speck_are_those_of_its_nine_cores() {
    let (chip, ki) = (speck(), 1024);
    let of = |site| {
        let kernels = chip.core_at(SiteId::new(site)).synapses.kernels().unwrap();
        (kernels.kernel_words / ki, kernels.state_words / ki, kernels.biases)
    };
    let expected = [(16, 64), (16, 64), (16, 64), (32, 32), (32, 32), (64, 16), (64, 16), (16, 16), (16, 16)];
    assert_eq!((0..9).map(of).collect::<Vec<_>>(), expected.map(|(kernels, states)| (kernels, states, 1024)));
    // The first layer of sinabs's example for MNIST: 1 to 20 maps by kernels of 5 x 5, of 24 x 24 neurons.
    let layer = LayerShape { inputs: 1, kernel: [5, 5], maps: 20, map: [24, 24], biased: false };
    assert_eq!((layer.kernel_words(), layer.state_words(), layer.biases()), (32 * 32, 20 * 1024, 0));
}

#[test]
fn layers_are_matched_to_the_cores_of_speck() {
    // From 128 to 256, then to 400, and so on: words of kernels by inputs x 2^bits of outputs.
    let counts = [128, 256, 128, 100, 100, 100, 100, 100, 100];
    let mapping = map::map(&chain(&counts), &speck(), MappingOptions::default()).unwrap();
    assert_eq!(mapping.cores.len(), 8);
    let words: Vec<u64> = mapping.cores.iter().map(|core| core.memory_bits / 8).collect();
    assert_eq!(words, [128 * 256, 256 * 128, 128 * 128, 12_800, 12_800, 12_800, 12_800, 12_800]);
    let chip = speck();
    for core in mapping.cores.iter() {
        let kernels = chip.core_at(core.site).synapses.kernels().unwrap();
        assert!(core.memory_bits / 8 <= kernels.kernel_words && core.parts.len() == 1);
    }
    // Nine layers of which each fits all cores, and five that only four cores can hold.
    assert_eq!(map::map(&chain(&[10; 10]), &chip, MappingOptions::default()).unwrap().cores.len(), 9);
    let large = chain(&[128, 256, 128, 256, 128, 256]);
    let Err(MapError::DoesNotFit { violations, .. }) = map::map(&large, &chip, MappingOptions::default()) else {
        panic!("five layers on four cores")
    };
    assert_eq!(
        violations.iter().map(ToString::to_string).collect::<Vec<_>>(),
        ["cores: layer1, layer2, layer3, layer4, layer5, each on a core of balanced, many_kernels, needs 5, the chip \
          has 4: 1 too many; no other kind has room for them: make one of these layers smaller, or use a chip with more \
          such cores"]
    );
    // All the same, it is mapped where limits are only reported.
    let report = MappingOptions { limits: Limits::Report, ..MappingOptions::default() };
    let mapped = map::map(&large, &chip, report).unwrap();
    let limits: Vec<&str> = mapped.violations.iter().map(|found| found.limit.as_str()).collect();
    // Then a core holds two layers.
    assert_eq!((mapped.cores.len(), limits[0], limits.len()), (4, "cores", 2), "{limits:?}");
}

#[test]
fn a_layer_that_fits_no_core_is_refused_by_the_nearest_one() {
    let Err(MapError::DoesNotFit { violations, .. }) =
        map::map(&chain(&[200, 300]), &speck(), MappingOptions::default())
    else {
        panic!("102,400 words of kernels fit")
    };
    assert_eq!(
        violations.iter().map(ToString::to_string).collect::<Vec<_>>(),
        [
            "cores.many_kernels.synapses.kernel_words: layer1, kernels of 1 x 1 from 200 to 300 maps, in words needs 102400, \
          the chip has 65536: 36864 too many; it would fit with cores.many_kernels.synapses.kernel_words of 102400 or \
          more, or with a smaller layer"
        ]
    );
    // A layer sends to two others at most.
    let to = |from: &str, to: &str| json!({"from": from, "to": to, "edges": [[0, 0, 1, 1]]});
    let file = json!({"format": "spikemesh.sparse/1", "description": "fan",
        "populations": [json!({"name": "in", "size": 1, "spikes": [[1, 0]]}), layer("hub", 1), layer("x", 1),
            layer("y", 1), layer("z", 1)],
        "projections": [to("in", "hub"), to("hub", "x"), to("hub", "y"), to("hub", "z")]});
    let error = map::map(&sparse_graph(&file), &speck(), MappingOptions::default()).unwrap_err().to_string();
    assert!(
        error.contains("synapses.destinations: hub by the layers that it sends to needs 3, the chip has 2"),
        "{error}"
    );
}
