//! Rows whose energies cover different classes of cost.

use super::*;
use crate::report::{ClassCoverage, CostClass, Included};
use crate::stats::Op;
use ClassCoverage::{Covered, Empty, Partial, Unpriced};

const ALL: [ClassCoverage; 6] = [Covered; 6];
const DYNAMIC: [ClassCoverage; 6] = [Covered, Covered, Covered, Covered, Unpriced, Unpriced];
const ON_CHIP: [ClassCoverage; 6] = [Covered, Covered, Covered, Covered, Covered, Unpriced];
const SYNAPSES: [ClassCoverage; 6] = [Covered, Unpriced, Unpriced, Unpriced, Unpriced, Unpriced];
const REST: [ClassCoverage; 6] = [Unpriced, Unpriced, Unpriced, Unpriced, Covered, Unpriced];

/// A row of some energy and latency that covers these classes: of each covered one 1 pJ, of the synapses the rest.
fn row(index: usize, (energy, latency): (f64, f64), coverage: [ClassCoverage; 6]) -> ComparisonRow {
    let is_complete = coverage[..4].iter().all(|class| matches!(class, Covered | Empty));
    let of = if is_complete { Coverage::Complete } else { Coverage::Partial };
    let mut row = priced(index, (energy, latency), of, &[]);
    let found = row.result.as_mut().unwrap();
    found.covers.coverage = coverage;
    found.covers.pj = coverage.map(|class| (class == Covered).then_some(1.0));
    if coverage[0] == Covered {
        let others: f64 = found.covers.pj[1..].iter().flatten().sum();
        found.covers.pj[0] = Some(energy - others);
    }
    row
}

fn all_in(index: usize, figures: (f64, f64)) -> ComparisonRow {
    let mut row = row(index, figures, ON_CHIP);
    let found = row.result.as_mut().unwrap();
    (found.scope, found.covers.pj) = ("all_in".into(), [None; 6]);
    row
}

fn ranked(rows: Vec<ComparisonRow>, ranking: Ranking) -> ComparisonTable {
    let table = compared(rows.clone());
    ComparisonTable::ranked(table.title, rows, None, ranking)
}

#[test]
fn energies_of_different_classes_are_not_ranked() {
    let rows = vec![row(0, (20.0, 5.0), DYNAMIC), row(1, (10.0, 6.0), ON_CHIP)];
    let comparison = compared(rows.clone());
    assert_eq!(comparison.differing(), [CostClass::Rest]);
    for name in ["energy_pj", "energy_delay_pj_ns"] {
        assert_eq!(best(&comparison, name), [false, false], "{name}");
    }
    assert_eq!(best(&comparison, "latency_ns"), [true, false]);
    assert_eq!(comparison.front(), [false, false]);
    let text = compare_text(&comparison, 200, false);
    assert!(text.contains("cover different classes (memory at rest)") && !text.contains('█'), "{text}");
    assert!(text.contains("   covers\n") && text.contains("   dynamic\n") && text.contains("   on chip\n"), "{text}");
    assert!(compare_html(&comparison).contains("data-unequal=\"yes\""));
    // Of other figures there is a front.
    let axes = Some(vec![position("latency_ns")]);
    let table = ComparisonTable::new(comparison.title.clone(), rows.clone(), axes);
    assert_eq!(table.front(), [true, false]);
    // Who wants it may rank them, and lower bounds too; the text says so first.
    let mixed = ranked([rows, vec![row(2, (1.0, 9.0), SYNAPSES)]].concat(), Ranking::AllowMixed);
    assert_eq!((best(&mixed, "energy_pj"), mixed.front()), (vec![false, false, true], &[true, true, true][..]));
    let text = compare_text(&mixed, 200, false);
    let (said, table) = (text.find("whatever they cover").unwrap(), text.find("chip").unwrap());
    assert!(said < table, "{text}");
}

#[test]
fn what_was_not_counted_is_covered_by_everybody() {
    // On one core there is no network.
    let alone = [Covered, Covered, Covered, Empty, Unpriced, Empty];
    let comparison = compared(vec![row(0, (20.0, 5.0), DYNAMIC), row(1, (10.0, 5.0), alone)]);
    assert_eq!((best(&comparison, "energy_pj"), comparison.differing().len()), (vec![false, true], 0));
    // But it does not make two others alike.
    let third = row(2, (30.0, 5.0), [Covered, Covered, Covered, Empty, Covered, Empty]);
    let comparison = compared(vec![row(0, (20.0, 5.0), DYNAMIC), row(1, (10.0, 5.0), alone), third]);
    assert_eq!((best(&comparison, "energy_pj"), comparison.differing()), (vec![false; 3], &[CostClass::Rest][..]));
}

#[test]
fn classes_that_are_priced_in_part_leave_the_same_terms_open() {
    let part = |index: usize, energy: f64, open: &str| {
        let mut row = row(index, (energy, 5.0), [Covered, Covered, Covered, Covered, Unpriced, Partial]);
        row.result.as_mut().unwrap().unpriced = vec![open.to_owned()];
        row
    };
    let comparison = compared(vec![part(0, 2.0, "readout"), part(1, 1.0, "readout")]);
    assert_eq!(best(&comparison, "energy_pj"), [false, true]);
    let comparison = compared(vec![part(0, 2.0, "readout"), part(1, 1.0, "barrier")]);
    assert_eq!((best(&comparison, "energy_pj"), comparison.differing()), (vec![false; 2], &[CostClass::Host][..]));
}

#[test]
fn common_terms_are_those_that_all_cover_which_cover_any() {
    let rows = vec![
        row(0, (20.0, 5.0), DYNAMIC),
        row(1, (100.0, 1.0), REST),
        row(2, (12.0, 7.0), SYNAPSES),
        all_in(3, (0.5, 0.1)),
    ];
    let comparison = ranked(rows.clone(), Ranking::CommonTerms);
    let energies: Vec<Option<f64>> = comparison.rows.iter().map(|row| row.figure(position("energy_pj"))).collect();
    assert_eq!(energies, [Some(17.0), None, Some(12.0), None]);
    assert_eq!(comparison.rows[2].figure(position("energy_delay_pj_ns")), Some(84.0));
    assert_eq!(best(&comparison, "energy_pj"), [false, false, true, false]);
    assert_eq!(comparison.front(), [true, false, true, false]);
    let common = comparison.common.as_ref().unwrap();
    assert_eq!(common.classes, [CostClass::Synapse]);
    let out: Vec<usize> = common.left_out.iter().map(|(index, _)| *index).collect();
    assert_eq!(out, [1, 3]);
    let text = compare_text(&comparison, 120, false);
    assert!(text.contains("energies are those of synapse alone") && text.contains("cannot be split"), "{text}");
    let json = compare_json(&comparison);
    assert_eq!((&json["ranking"], &json["common_classes"][0]), (&"common_terms".into(), &"synapse".into()));
    assert_eq!(json["rows"][3]["figures"]["energy_pj"], serde_json::Value::Null);
    assert_eq!(json["left_out"][1]["number"], 4);
    // The same rows give the usual table again.
    assert_eq!(ranked(rows.clone(), Ranking::SameClasses), compared(rows));
}

#[test]
fn a_figure_of_the_whole_chip_stands_beside_sums_of_all_of_it() {
    let comparison = ranked(vec![all_in(0, (9.0, 5.0)), row(1, (20.0, 5.0), ALL)], Ranking::CommonTerms);
    assert_eq!(comparison.common.as_ref().unwrap().classes.len(), 5);
    let energies: Vec<Option<f64>> = comparison.rows.iter().map(|row| row.figure(position("energy_pj"))).collect();
    assert_eq!(energies, [Some(9.0), Some(19.0)], "without the host");
}

#[test]
fn a_price_that_holds_that_of_another_class_is_not_compared_with_one_that_does_not() {
    let with = |op, within| {
        let mut row = row(1, (12.0, 7.0), DYNAMIC);
        row.result.as_mut().unwrap().covers.included = vec![Included { op, within }];
        ranked(vec![super::classes::row(0, (9.0, 5.0), SYNAPSES), row], Ranking::CommonTerms)
    };
    let comparison = with(Op::AxonIn, Op::Synapse);
    let why = &comparison.common.as_ref().unwrap().left_out;
    assert_eq!(why[0], (1, "its price of synapse holds that of axon_in, so spike cannot be told apart".to_owned()));
    // The one that is left has nobody beside it, and all of its own.
    assert_eq!(comparison.common.as_ref().unwrap().classes, [CostClass::Synapse]);
    for (op, within) in [(Op::Dendrite, Op::SomaAccess), (Op::Eject, Op::AxonOut)] {
        assert_eq!(with(op, within).common.unwrap().left_out, [], "{op:?}");
    }
}

#[test]
fn without_a_class_in_common_no_row_is_ranked() {
    let network = [Unpriced, Unpriced, Unpriced, Covered, Unpriced, Unpriced];
    let comparison = ranked(vec![row(0, (9.0, 5.0), SYNAPSES), row(1, (8.0, 5.0), network)], Ranking::CommonTerms);
    assert_eq!(
        (best(&comparison, "energy_pj"), comparison.common.as_ref().unwrap().left_out.len()),
        (vec![false; 2], 2)
    );
    assert!(compare_text(&comparison, 120, false).contains("no class of cost"));
}

#[test]
fn journals_of_earlier_versions_are_refused_with_the_reason() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("j");
    let plan = plan(&["steps=1,2"], false).unwrap();
    let title = title(&plan, PlanShard::WHOLE);
    drop(Journal::open(&path, title.clone()).unwrap());
    let text = std::fs::read_to_string(&path).unwrap();
    let line = text.lines().next().unwrap()[9..].replace("compare-journal/3", "compare-journal/2");
    let earlier = format!("{:08x} {line}\n", crc32fast::hash(line.as_bytes()));
    std::fs::write(&path, &earlier).unwrap();
    let why = [
        Journal::open(&path, title).unwrap_err().to_string(),
        merge(std::slice::from_ref(&path)).unwrap_err().to_string(),
    ];
    for why in why {
        assert!(why.contains("do not say what their energies cover") && why.contains("schema"), "{why}");
    }
    assert_eq!(std::fs::read_to_string(&path).unwrap(), earlier, "it is left alone");
}

proptest! {
    /// Whatever rows cover: without allow_mixed no front with the energy has two rows of different classes.
    #[test]
    fn no_front_has_rows_of_different_classes(
        places in prop::collection::vec((0u8..5, 0u8..5, prop::collection::vec(0usize..4, 6)), 1..8),
    ) {
        let rows: Vec<ComparisonRow> = places
            .iter()
            .enumerate()
            .map(|(index, (energy, latency, classes))| {
                let classes: Vec<ClassCoverage> = classes.iter().map(|at| ClassCoverage::ALL[*at]).collect();
                row(index, (f64::from(*energy), f64::from(*latency)), classes.try_into().unwrap())
            })
            .collect();
        let table = compared(rows.clone());
        let axes = Some(vec![position("energy_pj"), position("latency_ns")]);
        let table = ComparisonTable::new(table.title, rows, axes);
        let marked = |rows: &[bool]| -> Vec<[ClassCoverage; 6]> {
            let all = table.rows.iter().zip(rows).filter(|(_, mark)| **mark);
            all.map(|(row, _)| row.result.as_ref().unwrap().covers.coverage).collect()
        };
        for marks in [table.front(), &best(&table, "energy_pj"), &best(&table, "energy_delay_pj_ns")] {
            let marked = marked(marks);
            let differs = |at: usize| {
                let mut seen = marked.iter().map(|coverage| coverage[at]).filter(|class| *class != Empty);
                let first = seen.next();
                seen.any(|class| Some(class) != first)
            };
            prop_assert!((0..6).all(|at| !differs(at)), "{marked:?}");
        }
    }
}
