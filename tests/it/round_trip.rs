//! What `export` writes, `import` reads back as the same network: resets, time steps and where potentials begin included.

use crate::bench::Bench;
use spikemesh::net::architecture::Firing;
use spikemesh::net::input::{Frames, Readout};
use spikemesh::net::nir::{self, Asked, Bits, Expected, Meta, ResetRule, Values, float};
use spikemesh::net::spikes::RandomSpikes;
use spikemesh::net::{Network, Trained, reference};

/// The shipped networks that are small enough, and one of them with potentials that begin at half their threshold.
fn networks() -> Vec<(String, Trained)> {
    let read = |name: &str| {
        let path = crate::common::repository(&format!("networks/trained/{name}"));
        match spikemesh::net::load(&path).unwrap() {
            Network::Trained(trained) => (name.to_owned(), *trained),
            _ => panic!("{name}: not trained"),
        }
    };
    let mut all: Vec<(String, Trained)> = ["digits-mlp", "digits-cnn"].map(read).into();
    let mut half = read("digits-mlp").1;
    half.folded.half_start = true;
    half.quantised = half.folded.quantise(half.quantised.spec);
    all.push(("half start".into(), half));
    all.push((
        "own thresholds".into(),
        own(read("digits-mlp").1, [1.5, 0.625].map(|threshold| Firing { threshold, leak: 1.0 })),
    ));
    all
}

/// The same with hidden layers that have neurons of their own.
fn own(mut trained: Trained, neurons: [Firing; 2]) -> Trained {
    neurons.into_iter().enumerate().for_each(|(layer, firing)| trained.folded.own.set(layer, firing));
    trained.architecture.own = trained.folded.own.clone();
    trained.quantised = trained.folded.quantise(trained.quantised.spec);
    trained
}

#[test]
fn neurons_of_a_layers_own_are_its_nodes() {
    let (_, trained) = networks().swap_remove(0);
    let neurons = [Firing { threshold: 1.5, leak: 0.75 }, Firing { threshold: 0.625, leak: 1.0 }];
    let trained = own(trained, neurons);
    for values in [Values::Integer, Values::Real] {
        let (graph, metadata) = nir::export(&trained, values).unwrap();
        let kinds: Vec<&str> = graph.nodes.iter().map(|node| node.kind.name).collect();
        assert_eq!(
            kinds.iter().filter(|kind| ["LIF", "IF", "I"].contains(kind)).collect::<Vec<_>>(),
            [&"LIF", &"IF", &"I"]
        );
        let graph = nir::parse("own", nir::bytes(&graph, &metadata).unwrap()).unwrap();
        let lowered = nir::lower(&graph, nir::settle(&graph, Asked::default()).options).unwrap();
        assert!(nir::quantise(&lowered, Bits::default()).is_ok());
    }
    let (found, real) = spikes("own", &trained, Values::Real, Asked::default());
    let all = |counts: &[Vec<u32>]| counts.iter().flatten().map(|count| f64::from(*count)).sum::<f64>();
    assert!(all(&found) > 100.0 && (all(&found) / all(&real) - 1.0).abs() < 0.05, "{} of {}", all(&found), all(&real));
    // The leak of the first layer counts: without it there are other spikes.
    let (_, kept) =
        spikes("kept", &own(trained, neurons.map(|own| Firing { leak: 1.0, ..own })), Values::Real, Asked::default());
    assert_ne!(kept, real);
}

#[test]
fn a_network_of_frames_is_not_exported() {
    let (_, mut trained) = networks().swap_remove(0);
    trained.quantised.frames = Frames::Sequence(Readout::End);
    let why = nir::export(&trained, Values::Integer).unwrap_err();
    assert!(why.contains("sequences of frames, which NIR has no field for"), "{why}");
}

/// The spikes of all layers, by the options that were asked for: of the integers and in real numbers.
fn spikes(name: &str, trained: &Trained, values: Values, asked: Asked) -> (Vec<Vec<u32>>, Vec<Vec<u32>>) {
    let (graph, metadata) = nir::export(trained, values).unwrap();
    let graph = nir::parse(name, nir::bytes(&graph, &metadata).unwrap()).unwrap();
    let lowered = nir::lower(&graph, nir::settle(&graph, asked).options).unwrap();
    let fed = RandomSpikes { rate: 0.3, steps: 20, seed: 7 }.draw(0, lowered.layers[0].neurons() as u32);
    let expected = Expected { steps: Some(24), peaks: None };
    let imported = nir::quantise_for(&lowered, Bits::default(), expected).unwrap();
    let real = float::run(&lowered, std::slice::from_ref(&fed), 24, |_| {});
    let whole = reference::sparse(&imported.with_spikes(vec![fed]), 24);
    let of = |numbers: &Vec<u32>| numbers.iter().map(|neuron| whole.counts[*neuron as usize]).collect();
    (imported.numbers.iter().map(of).collect(), real.counts)
}

#[test]
fn an_exported_network_comes_back_with_its_reset_and_its_beginning() {
    for (name, trained) in networks() {
        let asked = |reset| Asked { reset, ..Asked::default() };
        let (found, real) = spikes(&name, &trained, Values::Integer, asked(None));
        // Integer weights stay as they are: integers and real numbers count the same spikes.
        assert_eq!(found, real, "{name}");
        let (subtracted, _) = spikes(&name, &trained, Values::Integer, asked(Some(ResetRule::Subtract)));
        let (zeroed, _) = spikes(&name, &trained, Values::Integer, asked(Some(ResetRule::Zero)));
        assert_eq!(found, subtracted, "{name}");
        assert_ne!(found, zeroed, "{name}: a test that could not fail");
        // Of real weights too, the reset is the file's.
        let (_, real) = spikes(&name, &trained, Values::Real, asked(None));
        let (_, subtracted) = spikes(&name, &trained, Values::Real, asked(Some(ResetRule::Subtract)));
        assert_eq!(real, subtracted, "{name}");
    }
}

/// Where inputs are 0 or full scale, an imported network that gets a spike in every step for each of the latter counts what
/// the layered network counts. An encoding layer rounds its currents to fractions of a weight unit, which a bias that is a
/// multiple of one leaves alone.
#[test]
fn an_imported_network_counts_what_the_layered_one_does() {
    let digits = spikemesh::data::load("digits", &[]).unwrap();
    for (name, mut trained) in networks() {
        let full_scale = i64::from(trained.quantised.full_scale);
        trained.quantised.layers[0].bias.iter_mut().for_each(|bias| *bias = *bias / full_scale * full_scale);
        let net = &trained.quantised;
        let (graph, metadata) = nir::export(&trained, Values::Integer).unwrap();
        let graph = nir::parse(&name, nir::bytes(&graph, &metadata).unwrap()).unwrap();
        let lowered = nir::lower(&graph, nir::settle(&graph, Asked::default()).options).unwrap();
        let steps = net.spec.time_steps;
        let mut all = 0;
        for sample in 0..40 {
            let grey = digits.test.sample(sample).0;
            let pixels: Vec<u8> = grey.iter().map(|p| if *p > 8 { net.full_scale as u8 } else { 0 }).collect();
            let wanted = reference::layered(net, &pixels).counts;
            let lit = (0..pixels.len() as u32).filter(|pixel| pixels[*pixel as usize] > 0);
            let fed: Vec<(u32, u32)> =
                (1..=steps).flat_map(|step| lit.clone().map(move |pixel| (step, pixel))).collect();
            // Each layer's own steps, as many as the layered network has.
            let mut counts: Vec<Vec<u32>> = lowered.layers.iter().map(|layer| vec![0; layer.neurons()]).collect();
            float::run(&lowered, &[fed], steps + lowered.layers.len() as u32, |moment| {
                if moment.step <= lowered.layers[moment.layer].level + steps {
                    moment.fired.iter().for_each(|neuron| counts[moment.layer][*neuron as usize] += 1);
                }
            });
            let found: Vec<u32> = counts[1..].concat();
            all += wanted.iter().sum::<u32>();
            assert_eq!(found, wanted, "{name}, sample {sample}");
        }
        assert!(all > 1000, "{name}: {all} spikes");
    }
}

#[test]
fn what_is_taken_from_metadata_is_said_and_an_option_wins() {
    let bench = Bench::new();
    let (file, out) = (bench.path("d.nir"), bench.path("out"));
    bench.succeed(&["export", "--network", "digits-mlp", "--out", &file]);
    let json = bench.path("i.json");
    let import = |more: &[&str]| {
        let arguments = [&["import", "--overwrite", &file, "--out", &out, "--json", &json], more].concat();
        let said = bench.succeed(&arguments).replace('\n', " ");
        let spikes: Vec<u64> =
            bench.json("i.json")["layers"].as_array().unwrap().iter().map(|l| l["spikes"].as_u64().unwrap()).collect();
        (said, spikes)
    };
    let (said, found) = import(&[]);
    assert!(said.contains("from the file's metadata: reset subtract; made for 4 time steps"), "{said}");
    let (told, subtracted) = import(&["--reset", "subtract"]);
    assert_eq!(found, subtracted);
    assert!(!told.contains("against the file's metadata"), "{told}");
    let (told, zeroed) = import(&["--reset", "zero"]);
    assert_ne!(found, zeroed);
    assert!(told.contains("reset to v_reset was asked for, against the file's metadata"), "{told}");
    let (told, _) = import(&["--dt", "1e-4"]);
    assert!(told.contains("a time step of 0.0001 s was asked for, against the file's metadata"), "{told}");
}

#[test]
fn metadata_of_others_is_read_where_it_is_understood_and_told_where_not() {
    let (_, trained) = networks().swap_remove(0);
    let (graph, _) = nir::export(&trained, Values::Integer).unwrap();
    let settled = |metadata: &[(&str, Meta)]| {
        let graph = nir::parse("x", nir::bytes(&graph, metadata).unwrap()).unwrap();
        let settled = nir::settle(&graph, Asked::default());
        (settled.reset, graph.dt, [graph.notes, settled.notes].concat().join("\n"))
    };
    let text = |text: &str| Meta::Text(text.to_owned());
    assert_eq!(settled(&[]), (ResetRule::Zero, None, String::new()));
    assert_eq!(settled(&[("reset", text("soft"))]).0, ResetRule::Subtract);
    assert_eq!(settled(&[("reset", text("hard"))]).0, ResetRule::Zero);
    assert_eq!(settled(&[("dt", text("1e-3")), ("author", text("somebody"))]).1, Some(1e-3));
    for (metadata, told) in [
        (("reset", text("sometimes")), "reset \"sometimes\" is not understood (known: zero, hard, subtract, soft)"),
        (("reset", Meta::Number(1.0)), "reset is 1, expected a text"),
        (("initial_potential", text("high")), "initial_potential \"high\" is not understood"),
        (("dt", text("soon")), "dt \"soon\" is no number of seconds"),
        (("time_steps", text("many")), "time_steps \"many\" is no number"),
    ] {
        let (reset, dt, notes) = settled(std::slice::from_ref(&metadata));
        assert!(notes.contains(told), "{metadata:?}: {notes}");
        assert_eq!((reset, dt), (ResetRule::Zero, None));
    }
}
