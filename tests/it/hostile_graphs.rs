//! NIR files that are small and ask for much: refused from what they say of their sizes, before time and memory are spent.
//! And files whose numbers are of unusual types, which are read.

use crate::bench::Bench;
use hdf5_pure::{Datatype, DatatypeByteOrder, EnumTypeBuilder, FileBuilder, FixedPointLayout, FloatingPointLayout};
use hdf5_pure::{GroupBuilder, make_i8_type};
use spikemesh::net::nir::{self, LowerOptions, NirGraph};
use std::time::Duration;

fn text(group: &mut GroupBuilder, name: &str, value: &str) {
    group.create_dataset(name).with_vlen_strings(&[value]).with_shape(&[]);
}

/// A file with a graph: `fill` adds its nodes, and `edges` join them.
fn file(edges: &[[&str; 2]], fill: impl FnOnce(&mut GroupBuilder)) -> Vec<u8> {
    let mut file = FileBuilder::new();
    let mut node = file.create_group("node");
    text(&mut node, "type", "NIRGraph");
    let ends: Vec<&str> = edges.iter().flatten().copied().collect();
    node.create_dataset("edges").with_vlen_strings(&ends).with_shape(&[edges.len() as u64, 2]);
    let mut nodes = node.create_group("nodes");
    fill(&mut nodes);
    node.add_group(nodes.finish());
    file.add_group(node.finish());
    file.finish().unwrap()
}

fn node(nodes: &mut GroupBuilder, name: &str, kind: &str, fill: impl FnOnce(&mut GroupBuilder)) {
    let mut group = nodes.create_group(name);
    text(&mut group, "type", kind);
    fill(&mut group);
    nodes.add_group(group.finish());
}

fn whole(group: &mut GroupBuilder, name: &str, values: &[i64]) {
    group.create_dataset(name).with_data(values);
}

fn single(group: &mut GroupBuilder, name: &str, value: f64) {
    group.create_dataset(name).with_data(&[value]).with_shape(&[]);
}

/// Processor time of reading and lowering; none of these takes a second, and the bound is far from that.
fn within_bounds<T>(what: &str, work: impl FnOnce() -> T) -> T {
    let before = cpu_time::ThreadTime::now();
    let done = work();
    let taken = before.elapsed();
    assert!(taken < Duration::from_secs(60), "{what}: {taken:?}");
    done
}

fn refused(what: &str, bytes: Vec<u8>, why: &str) {
    within_bounds(what, || {
        let problems = match nir::parse("hostile.nir", bytes) {
            Err(error) => error.to_string(),
            Ok(graph) => nir::lower(&graph, LowerOptions::default())
                .expect_err(what)
                .iter()
                .map(|problem| format!("{}: {}\n", problem.path, problem.message))
                .collect(),
        };
        assert!(problems.contains(why), "{what}: {problems}");
        assert!(problems.lines().count() <= 60, "{what}: {problems}");
    });
}

#[test]
fn many_groups_and_many_arrays_are_counted_before_any_is_opened() {
    let groups = file(&[], |nodes| {
        for i in 0..20_000 {
            let group = nodes.create_group(&format!("n{i}"));
            nodes.add_group(group.finish());
        }
    });
    refused("groups", groups, "20000 groups in one group, at most");
    let arrays = file(&[], |nodes| {
        node(nodes, "n", "Input", |group| (0..5_000).for_each(|i| single(group, &format!("a{i}"), 0.0)));
    });
    refused("arrays", arrays, "arrays in one group, at most 256");
    // Below the limit of one group, and many of them.
    let all = file(&[], |nodes| {
        for i in 0..300 {
            node(nodes, &format!("n{i}"), "Input", |group| (0..230).for_each(|k| single(group, &format!("a{k}"), 0.0)));
        }
    });
    refused("all", all, "more than 65536 groups and arrays");
}

#[test]
fn compressed_numbers_are_bounded_by_the_size_of_their_file() {
    let dense = |rows: u64, columns: u64, value: f32| {
        file(&[["in", "w"], ["w", "out"]], |nodes| {
            node(nodes, "in", "Input", |group| whole(group, "shape", &[columns as i64]));
            node(nodes, "w", "Linear", |group| {
                let values = vec![value; (rows * columns) as usize];
                let weight = group.create_dataset("weight").with_data(&values);
                weight.with_shape(&[rows, columns]).with_chunks(&[rows / 8, columns]).with_deflate(9);
            });
            node(nodes, "out", "Output", |group| whole(group, "shape", &[rows as i64]));
        })
    };
    let bytes = dense(4096, 4096, 1.0);
    assert!(bytes.len() < 200_000, "{} bytes", bytes.len());
    refused("dense", bytes, "a file of this size has at most");
    // A large dataset that was never written, and one with a chunk larger than all that the file may hold.
    let sound = dense(64, 64, 0.0);
    let graph = nir::parse("zeros", sound).unwrap();
    let lowered = nir::lower(&graph, LowerOptions::default()).unwrap();
    assert!(lowered.projections.iter().all(|projection| projection.matrix.is_empty()), "zeros are no synapses");
}

#[test]
fn a_few_bytes_do_not_make_millions_of_neurons() {
    let neuron = |group: &mut GroupBuilder| {
        single(group, "r", 1.0);
        single(group, "v_threshold", 1.0);
    };
    let wide = |side: i64| {
        file(&[["in", "if"]], |nodes| {
            node(nodes, "in", "Input", |group| whole(group, "shape", &[side, side]));
            node(nodes, "if", "IF", neuron);
        })
    };
    refused("one layer", wide(2000), "allowed: 1 to 1048576 values");
    refused("two layers", wide(1000), "2000000 neurons, at most 1048576");
    let late = file(&[["in", "d"], ["d", "if"]], |nodes| {
        node(nodes, "in", "Input", |group| whole(group, "shape", &[500_000]));
        node(nodes, "d", "Delay", |group| single(group, "delay", 200e-4));
        node(nodes, "if", "IF", neuron);
    });
    refused("delays", late, "1000000 neurons with delays of up to 201 steps");
    let long = file(&[], |nodes| {
        node(nodes, "in", "Input", |group| whole(group, "shape", &vec![1; 100_000]));
    });
    refused("shape", long, "100000 whole numbers, at most 8");
    let named = file(&[], |nodes| node(nodes, &"n".repeat(5000), "Input", |group| whole(group, "shape", &[1])));
    refused("name", named, "a name of 5000 characters, at most 200");
}

#[test]
fn groups_within_groups_end_somewhere() {
    fn nest(group: &mut GroupBuilder, depth: usize) {
        if depth > 0 {
            let mut inner = group.create_group("g");
            nest(&mut inner, depth - 1);
            group.add_group(inner.finish());
        }
    }
    refused("depth", file(&[], |nodes| nest(nodes, 200)), "more than 16 deep");
}

/// A neuron that a weight of 0.75 takes beyond its threshold of 1 with every second spike, its numbers of some type.
fn typed(weight: impl Fn(&mut GroupBuilder), v_threshold: impl Fn(&mut GroupBuilder)) -> Result<NirGraph, String> {
    let bytes = file(&[["in", "w"], ["w", "if"]], |nodes| {
        node(nodes, "in", "Input", |group| whole(group, "shape", &[2]));
        node(nodes, "w", "Linear", weight);
        node(nodes, "if", "IF", |group| {
            single(group, "r", 1.0);
            v_threshold(group);
        });
    });
    nir::parse("typed.nir", bytes).map_err(|error| error.to_string())
}

fn raw(group: &mut GroupBuilder, name: &str, datatype: Datatype, bytes: &[u8], shape: &[u64]) {
    let count = shape.iter().product();
    group.create_dataset(name).with_raw_data(datatype, bytes.to_vec(), count).with_shape(shape);
}

fn integer(size: u32, signed: bool, byte_order: DatatypeByteOrder) -> Datatype {
    let layout = FixedPointLayout { signed, bit_offset: 0, bit_precision: 8 * size as u16 };
    Datatype::FixedPoint { size, byte_order, layout }
}

fn float(size: u32, byte_order: DatatypeByteOrder) -> Datatype {
    let layout = match size {
        2 => FloatingPointLayout {
            bit_offset: 0,
            bit_precision: 16,
            exponent_location: 10,
            exponent_size: 5,
            mantissa_location: 0,
            mantissa_size: 10,
            exponent_bias: 15,
        },
        4 => FloatingPointLayout::IEEE754_BINARY32,
        _ => FloatingPointLayout::IEEE754_BINARY64,
    };
    Datatype::FloatingPoint { size, byte_order, layout }
}

#[test]
fn numbers_of_all_usual_types_are_read() {
    use DatatypeByteOrder::{BigEndian, LittleEndian};
    let swap = |bytes: Vec<u8>, size: usize| -> Vec<u8> {
        bytes.chunks(size).flat_map(|value| value.iter().rev().copied().collect::<Vec<_>>()).collect()
    };
    let one = |group: &mut GroupBuilder| single(group, "v_threshold", 1.0);
    // 0.75 and -1.5, by the definition of each format.
    let floats = [
        (2u32, [0x3a00u16, 0xbe00].iter().flat_map(|bits| bits.to_le_bytes()).collect::<Vec<u8>>()),
        (4, [0.75f32, -1.5].iter().flat_map(|value| value.to_le_bytes()).collect()),
        (8, [0.75f64, -1.5].iter().flat_map(|value| value.to_le_bytes()).collect()),
    ];
    for (size, bytes) in floats {
        for (order, bytes) in [(LittleEndian, bytes.clone()), (BigEndian, swap(bytes, size as usize))] {
            let weight = |group: &mut GroupBuilder| raw(group, "weight", float(size, order), &bytes, &[1, 2]);
            let graph = typed(weight, one).unwrap_or_else(|error| panic!("f{size} {order:?}: {error}"));
            let found = graph.nodes.iter().find(|node| node.name == "w").unwrap().array("weight").unwrap();
            assert_eq!((found.shape.as_slice(), found.data.as_slice()), ([1, 2].as_slice(), [0.75, -1.5].as_slice()));
        }
    }
    for size in 1..=8u32 {
        for (signed, wanted) in [(true, -2.0), (false, 256f64.powi(size as i32) - 2.0)] {
            // Three and minus two, in two's complement.
            let bytes: Vec<u8> = [3i64, -2].iter().flat_map(|v| v.to_le_bytes()[..size as usize].to_vec()).collect();
            for (order, bytes) in [(LittleEndian, bytes.clone()), (BigEndian, swap(bytes, size as usize))] {
                let weight =
                    |group: &mut GroupBuilder| raw(group, "weight", integer(size, signed, order), &bytes, &[1, 2]);
                let graph = typed(weight, one).unwrap_or_else(|error| panic!("{size} {signed} {order:?}: {error}"));
                let found = graph.nodes.iter().find(|node| node.name == "w").unwrap().array("weight").unwrap();
                assert_eq!(found.data, [3.0, wanted], "{size} {signed} {order:?}");
            }
        }
    }
    // NumPy's booleans are an enumeration; others are no numbers.
    let named = |names: [&str; 2]| {
        let datatype =
            EnumTypeBuilder::with_base(make_i8_type()).value(names[0], 0).value(names[1], 1).build().unwrap();
        typed(|group| raw(group, "weight", datatype.clone(), &[0, 1], &[1, 2]), one)
    };
    let graph = named(["FALSE", "TRUE"]).unwrap();
    assert_eq!(graph.nodes.iter().find(|node| node.name == "w").unwrap().array("weight").unwrap().data, [0.0, 1.0]);
    assert!(named(["RED", "GREEN"]).unwrap_err().contains("expected numbers"));
}

#[test]
fn numbers_that_are_none_or_hardly_any_are_told() {
    let weight = |value: f64| {
        move |group: &mut GroupBuilder| {
            group.create_dataset("weight").with_data(&[value, 0.0]).with_shape(&[1, 2]);
        }
    };
    let threshold = |value: f64| move |group: &mut GroupBuilder| single(group, "v_threshold", value);
    assert!(typed(weight(f64::NAN), threshold(1.0)).unwrap_err().contains("holds NaN"));
    assert!(typed(weight(f64::INFINITY), threshold(1.0)).unwrap_err().contains("holds inf"));
    assert!(typed(weight(1.0), threshold(f64::NAN)).unwrap_err().contains("holds NaN"));
    assert!(typed(weight(1.0), threshold(f64::NEG_INFINITY)).unwrap_err().contains("holds -inf"));
    // The smallest number there is, by which nothing can be divided.
    let graph = typed(weight(5e-324), threshold(1.0)).unwrap();
    let lowered = nir::lower(&graph, LowerOptions::default()).unwrap();
    assert!(
        lowered.notes.iter().any(|note| note.contains("1 numbers below 1e-300 were taken as 0")),
        "{:?}",
        lowered.notes
    );
    nir::quantise(&lowered, nir::Bits::default()).unwrap();
    // A threshold that is never reached.
    let graph = typed(weight(1.0), threshold(f64::INFINITY)).unwrap();
    let lowered = nir::lower(&graph, LowerOptions::default()).unwrap();
    assert!(lowered.notes.iter().any(|note| note.contains("so it never spikes")), "{:?}", lowered.notes);
    let imported = nir::quantise(&lowered, nir::Bits::default()).unwrap();
    let fed = vec![(1..50).map(|step| (step, 0)).collect()];
    assert_eq!(spikemesh::net::reference::sparse(&imported.with_spikes(fed), 60).counts, [49, 0, 0]);
}

#[test]
fn the_program_refuses_them_with_its_exit_code_and_writes_nothing() {
    let bench = Bench::new();
    let path = bench.path("hostile.nir");
    std::fs::write(
        &path,
        file(&[], |nodes| {
            for i in 0..5_000 {
                let group = nodes.create_group(&format!("n{i}"));
                nodes.add_group(group.finish());
            }
        }),
    )
    .unwrap();
    let message = bench.fail(&["import", &path, "--out", &bench.path("out")]);
    assert!(
        message.contains("hostile.nir") && message.contains("node/nodes") && message.contains("at most"),
        "{message}"
    );
    assert!(!std::path::Path::new(&bench.path("out")).exists());
}
