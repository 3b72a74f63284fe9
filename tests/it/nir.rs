//! NIR graphs: damaged files are errors, and exported networks come back as they were. Graphs of others are in `tests/equipped`.

use crate::bench::Bench;
use crate::common::Draw;
use crate::graphs::{affine, convolve, refuse_damaged_graphs, sum_pool};
use proptest::prelude::*;
use serde_json::json;
use spikemesh::net::nir::{self, LowerOptions, NirGraph};
use std::path::Path;

/// A small file with nested groups, compressed arrays, texts.
fn small_file() -> Vec<u8> {
    let network = spikemesh::net::load(&crate::common::repository("networks/trained/digits-cnn")).unwrap();
    let spikemesh::net::Network::Trained(trained) = network else { panic!("not trained") };
    let (graph, metadata) = nir::export(&trained, nir::Values::Integer).unwrap();
    nir::bytes(&graph, &metadata).unwrap()
}

#[test]
fn damaged_files_are_errors_or_other_graphs_and_never_a_panic() {
    refuse_damaged_graphs(&small_file(), &mut Draw::new(17));
    assert!(nir::parse("x", Vec::new()).is_err());
    assert!(nir::parse("x", b"not HDF5 at all".to_vec()).is_err());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn any_bytes_after_a_sound_beginning_are_no_panic(tail in proptest::collection::vec(any::<u8>(), 0..4096), keep in 0usize..2048) {
        let mut bytes = small_file();
        bytes.truncate(keep);
        bytes.extend(tail);
        if let Ok(graph) = nir::parse("x", bytes) {
            drop(nir::lower(&graph, LowerOptions::default()));
        }
    }
}

/// Evaluates an exported layered graph in plain loops over its nodes, with a constant input, and counts spikes.
fn evaluate(graph: &NirGraph, input: &[f64], fraction: f64, steps: u32) -> (Vec<u32>, Vec<f64>) {
    let mut order = vec![graph.nodes.iter().position(|node| node.is("Input")).unwrap()];
    while let Some((_, next)) = graph.edges.iter().find(|(from, _)| from == order.last().unwrap()) {
        order.push(*next);
    }
    let size = |node: &nir::NirNode, name: &str| node.array(name).map_or(0, |array| array.data.len());
    let mut v: Vec<Vec<f32>> = graph.nodes.iter().map(|node| vec![0.0; size(node, "r")]).collect();
    let mut counts: Vec<Vec<u32>> = v.iter().map(|v| vec![0; v.len()]).collect();
    for _ in 0..steps {
        let (mut x, mut shape, mut encoded) = (input.to_vec(), [1, 8, 8], false);
        for index in &order {
            let node = &graph.nodes[*index];
            match node.kind.name {
                "Affine" => x = affine(node, &x),
                "Conv2d" => (x, shape) = convolve(node, &x, shape),
                "SumPool2d" => (x, shape) = sum_pool(&x, shape),
                "IF" | "I" => {
                    // The encoding layer's currents are rounded once, halves up, to fractions of a weight unit.
                    if !encoded {
                        x.iter_mut().for_each(|x| *x = (*x * fraction + 0.5).floor() / fraction);
                        encoded = true;
                    }
                    for (i, x) in x.iter_mut().enumerate() {
                        let v = &mut v[*index][i];
                        *v += *x as f32;
                        let threshold = node.array("v_threshold").map_or(f32::INFINITY, |t| t.data[i] as f32);
                        *x = f64::from(u8::from(*v > threshold));
                        if *v > threshold {
                            (*v, counts[*index][i]) = (*v - threshold, counts[*index][i] + 1);
                        }
                    }
                }
                _ => {}
            }
        }
    }
    let neurons = order.iter().filter(|index| !v[**index].is_empty());
    let last = *order.iter().rev().find(|index| !v[**index].is_empty()).unwrap();
    let counts = neurons.flat_map(|index| counts[*index].clone()).collect();
    (counts, v[last].iter().map(|v| f64::from(*v)).collect())
}

#[test]
fn exported_networks_count_the_spikes_of_the_reference_in_floats_of_32_bits() {
    let digits = spikemesh::data::load("digits", &[]).unwrap();
    for name in ["digits-mlp", "digits-cnn"] {
        let network = spikemesh::net::load(&crate::common::repository(&format!("networks/trained/{name}"))).unwrap();
        let spikemesh::net::Network::Trained(trained) = network else { panic!("{name}: not trained") };
        let (graph, metadata) = nir::export(&trained, nir::Values::Integer).unwrap();
        let graph = nir::parse(name, nir::bytes(&graph, &metadata).unwrap()).unwrap();
        let net = &trained.quantised;
        let fraction = f64::from(1u32 << net.layers[0].fraction_bits);
        for sample in 0..20 {
            let pixels = digits.test.sample(sample).0;
            let wanted = spikemesh::net::reference::layered(net, pixels);
            let input: Vec<f64> = pixels.iter().map(|p| f64::from(*p) / f64::from(net.full_scale)).collect();
            let (counts, outputs) = evaluate(&graph, &input, fraction, net.spec.time_steps);
            assert_eq!(counts, wanted.counts, "{name}, sample {sample}");
            let near = |(found, wanted): (&f64, &i32)| (found - f64::from(*wanted)).abs() < 0.01;
            assert!(outputs.iter().zip(&wanted.outputs).all(near), "{outputs:?} {:?}", wanted.outputs);
        }
    }
}

/// A `.npy` file of bytes, by its definition.
fn npy(shape: &str, values: &[u8]) -> Vec<u8> {
    let mut header = format!("{{'descr': '|u1', 'fortran_order': False, 'shape': ({shape}), }}");
    header.push_str(&" ".repeat(117 - header.len()));
    header.push('\n');
    let size = (header.len() as u16).to_le_bytes();
    [b"\x93NUMPY\x01\x00".as_slice(), &size, header.as_bytes(), values].concat()
}

#[test]
fn the_program_exports_imports_and_runs_with_spikes_of_ones_own() {
    let bench = Bench::new();
    let (file, out) = (bench.path("digits.nir"), bench.path("digits"));
    assert!(bench.succeed(&["export", "--out", &file]).contains("integer weights"));
    let said = bench.succeed(&["import", &file, "--out", &out, "--reset", "subtract", "--json", &bench.path("i.json")]);
    assert!(said.contains("reset subtract") && said.contains("dense3_i"), "{said}");
    // Integer weights with their largest at the largest that eight bits hold stay as they are.
    for layer in &bench.json("i.json")["layers"].as_array().unwrap()[1..] {
        assert_eq!((&layer["weight_rounding"], &layer["neurons_that_differ"]), (&json!(0.0), &json!(0)), "{layer}");
    }
    assert!(bench.succeed(&["check", &file, &out]).contains("sparse network of 266 neurons"));
    // All of the 64 inputs spike in the first two of three steps.
    let spikes = bench.path("spikes.npy");
    std::fs::write(&spikes, npy("3, 8, 8", &[[1; 128].as_slice(), &[0; 64]].concat())).unwrap();
    let json = bench.path("run.json");
    bench.succeed(&["run", "--network", &out, "--spikes", &spikes, "--json", &json]);
    let report = bench.json("run.json");
    // Three steps, and one for each of three layers.
    assert_eq!((&report["source_spikes"], &report["time_steps"]), (&json!(128), &json!(6)));
    assert_eq!(report["mismatched_samples"], json!(0));
    let notes = report["notes"].as_array().unwrap();
    assert!(notes.iter().any(|note| note.as_str().unwrap().contains("spikes.npy")), "{notes:?}");
    assert!(notes.iter().any(|note| note.as_str().unwrap().starts_with("imported from NIR")), "{notes:?}");
    assert!(!notes.iter().any(|note| note.as_str().unwrap().contains("random:")), "{notes:?}");

    for (wrong, why) in [
        ("random:rate=3", "allowed: rate 0 to 1"),
        ("left=random:", "no input is called \"left\"; inputs: input"),
        ("nowhere.npy", "nowhere.npy: cannot be read"),
    ] {
        assert!(bench.fail(&["run", "--network", &out, "--spikes", wrong]).contains(why), "{wrong}");
    }
    std::fs::write(&spikes, npy("3, 2", &[0, 1, 2, 0, 0, 0])).unwrap();
    assert!(bench.fail(&["run", "--network", &out, "--spikes", &spikes]).contains("value 2 is 2, expected 0 or 1"));
    std::fs::write(&spikes, npy("3, 2", &[0; 6])).unwrap();
    assert!(bench.fail(&["run", "--network", &out, "--spikes", &spikes]).contains("spikes of 2 neurons, the input"));
    assert!(
        bench.fail(&["run", "--network=digits-mlp", "--spikes", &spikes]).contains("a layered network takes samples")
    );
    assert!(bench.fail(&["run", "--network", &file]).contains("spikemesh import"));
    std::fs::write(&spikes, "no graph").unwrap();
    assert!(bench.fail(&["import", &spikes, "--out", &bench.path("x")]).contains("not a readable HDF5 file"));
    assert!(!Path::new(&bench.path("x")).exists());
}
