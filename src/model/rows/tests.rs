//! Every format gives the plain sums, and the choice between them is the one meant.

use super::{RowFormat, Rows, Segment};
use crate::ids::NeuronId;
use crate::net::graph::Csr;
use proptest::prelude::*;
use proptest::test_runner::{RngSeed, TestRunner};
use std::sync::Arc;

const FORMATS: [RowFormat; 4] = [RowFormat::Fitting, RowFormat::Sparse, RowFormat::Bitmap, RowFormat::Dense];

type Row = Vec<(u32, i16)>;

fn csr(rows: &[Row]) -> Arc<Csr> {
    let mut csr = Csr::with_capacity(rows.len(), 0);
    for row in rows {
        row.iter().for_each(|(target, weight)| csr.push(*target, *weight, 1));
        csr.end_row();
    }
    Arc::new(csr)
}

/// Rows of patches of every fill, of weights of several kinds; with duplicates, because patches overlap.
fn rows(neurons: u32) -> impl Strategy<Value = Vec<Row>> {
    let weight = prop_oneof![
        Just(vec![1]),
        Just(vec![-128, 127]),
        Just(vec![0, 5]),
        Just(vec![-1, 0, 1, 2]),
        Just(vec![i16::MIN, i16::MAX]),
        Just(vec![-7, 300]),
    ];
    let len = prop_oneof![1..40u32, 1..=neurons];
    let patch = (0..neurons, len, 1..=100u32, weight, any::<u64>());
    let row = prop::collection::vec(patch, 0..4).prop_map(move |patches| {
        let mut row = Row::new();
        for (first, len, fill, weights, seed) in patches {
            for target in first..(first + len).min(neurons) {
                let draw = crate::rng::mix(seed ^ u64::from(target));
                if draw % 100 < u64::from(fill) {
                    row.push((target, weights[(draw >> 32) as usize % weights.len()]));
                }
            }
        }
        row
    });
    prop::collection::vec(row, 1..7)
}

#[test]
fn every_format_gives_the_plain_sums() {
    let config =
        ProptestConfig { cases: 400, rng_seed: RngSeed::Fixed(11), failure_persistence: None, ..Default::default() };
    let case = (1..700u32).prop_flat_map(|neurons| (Just(neurons), rows(neurons), any::<bool>()));
    let check = |(neurons, rows, ahead): (u32, Vec<Row>, bool)| {
        let sources: Vec<NeuronId> = (0..rows.len()).rev().chain([0]).map(NeuronId::from_index).collect();
        let mut plain = vec![3; neurons as usize];
        for source in &sources {
            rows[source.index()].iter().for_each(|(target, weight)| plain[*target as usize] += i32::from(*weight));
        }
        let synapses = csr(&rows);
        for format in FORMATS {
            let mut stored = Rows::new(&synapses, format);
            stored.ahead = ahead;
            let mut sums = vec![3; neurons as usize];
            stored.add(&sources, &mut sums);
            prop_assert_eq!(&sums, &plain, "{:?}", format);
            stored.add(&[], &mut sums);
            prop_assert_eq!(&sums, &plain, "{:?}", format);
        }
        Ok(())
    };
    TestRunner::new(config).run(&case, check).unwrap_or_else(|error| panic!("{error}"));
}

/// The segments of a row, each as its letter, first target and length; or for sparse ones, synapses.
fn shape(row: &Row) -> Vec<(char, u32, u32)> {
    let stored = Rows::new(&csr(std::slice::from_ref(row)), RowFormat::Fitting);
    let of = |segment: &Segment| match *segment {
        Segment::Sparse { from, to } => ('s', from, to - from),
        Segment::Narrow { first, len, .. } => ('n', first, len),
        Segment::Wide { first, len, .. } => ('w', first, len),
        Segment::Bitmap { first, len, .. } => ('b', first, len),
    };
    stored.segments.iter().map(of).collect()
}

#[test]
fn a_piece_is_stored_as_suits_its_fill_and_its_weights() {
    let every = |n: u32, range: std::ops::Range<u32>, weight: fn(u32) -> i16| -> Row {
        range.step_by(n as usize).map(|target| (target, weight(target))).collect()
    };
    let small = |target| (target % 200) as i16 - 100;
    assert_eq!(shape(&every(1, 10..400, small)), [('n', 10, 390)]);
    assert_eq!(shape(&every(4, 0..1000, small)), [('n', 0, 997)]);
    assert_eq!(shape(&every(10, 0..4000, small)), []);
    assert_eq!(shape(&every(1, 5..205, |target| target as i16)), [('w', 5, 200)]);
    assert_eq!(shape(&every(2, 8..600, |target| (target % 4 / 2) as i16 * 9)), [('b', 8, 591)]);
    // Too short to be worth a range.
    assert_eq!(shape(&every(1, 0..12, small)), []);
    // Patches of 3 x 3 on planes of 28 x 28.
    let patch = |plane: u32| (0..9).map(move |i| (plane * 784 + i / 3 * 28 + i % 3, 1 + i as i16));
    assert_eq!(shape(&(0..32).flat_map(patch).collect()), []);
    // Two ranges far apart, with something before, between and after.
    let mut row = vec![(0, 1), (1000, 5), (9000, 6)];
    row.extend(every(1, 300..400, small));
    row.extend(every(2, 2000..2400, small));
    let cut = [('s', 0, 1), ('n', 300, 100), ('s', 101, 1), ('n', 2000, 399), ('s', 302, 1)];
    assert_eq!(shape(&row), cut);
    // A sum of parallel synapses that fits no weight is left sparse, and the rest is not.
    let mut row = every(1, 0..200, small);
    row.extend([(100, i16::MAX), (100, i16::MAX)]);
    assert_eq!(shape(&row), [('n', 0, 100), ('s', 100, 3), ('n', 101, 99)]);
}

#[test]
fn sparse_networks_take_no_memory() {
    for targets in ["uniform", "local8"] {
        let name = format!("random:seed=1,neurons=4096,cores=32,targets={targets}");
        let synapses = crate::net::RandomSpec::parse(&name).unwrap().generate().graph.synapses;
        assert_eq!(Rows::new(&synapses, RowFormat::Fitting).bytes(), 0, "{targets}");
    }
}

/// Ranges take a bounded number of bytes for each synapse, in a network of which nearly every fill is a part.
#[test]
fn ranges_are_bounded_in_memory() {
    let row = |fill: u32| (0..2000u32).filter(move |t| crate::rng::mix(u64::from(fill * 2000 + t)) % 100 < fill.into());
    let synapses = csr(&(1..=100).map(|fill| row(fill).map(|t| (t, t as i16 % 100)).collect()).collect::<Vec<_>>());
    let bytes = Rows::new(&synapses, RowFormat::Fitting).bytes();
    assert!(bytes > synapses.len() && bytes < synapses.len() * 3, "{bytes} of {}", synapses.len());
}

#[test]
fn lists_end_where_positions_have_32_bits() {
    let most = u32::MAX as usize;
    assert!(super::positions_fit(most - 7, 7) && !super::positions_fit(most - 7, 8));
    assert!(!super::positions_fit(usize::MAX, 1));
}

/// The bound that spares most rows a closer look never hides a piece.
#[test]
fn a_row_that_cannot_gain_has_no_piece() {
    let config =
        ProptestConfig { cases: 400, rng_seed: RngSeed::Fixed(12), failure_persistence: None, ..Default::default() };
    let case = (1..700u32).prop_flat_map(rows);
    TestRunner::new(config)
        .run(&case, |rows| {
            let (csr, mut entries) = (csr(&rows), Vec::new());
            for source in 0..rows.len() {
                super::choose::merge(&csr, source, &mut entries);
                let has_pieces = !super::choose::pieces(&entries, RowFormat::Fitting).is_empty();
                prop_assert!(!has_pieces || super::choose::may_hold_range(&csr, source));
            }
            Ok(())
        })
        .unwrap();
    // Rows of a random network are of the one kind, rows without gaps of the other.
    let apart: Row = (0..100).map(|k| (k * 997, 1)).collect();
    let dense: Row = (5..105).map(|k| (k, 1)).collect();
    let csr = csr(&[apart, dense, vec![(3, 1); 12], vec![(3, 1); 10], Row::new()]);
    let may = [0, 1, 2, 3, 4].map(|source| super::choose::may_hold_range(&csr, source));
    // Twelve synapses of one target are worth 71 of the 64 that a range takes to begin, ten are worth 59.
    assert_eq!(may, [false, true, true, false, false]);
}
