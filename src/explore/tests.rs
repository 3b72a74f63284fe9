//! Plans, fronts, journals and merges, without a simulation.

use super::*;
use crate::columns::ColumnValues;
use crate::report::{ContentDigest, Coverage, Covers, SourceKind, with_making};
use crate::run::BoundClass;
use proptest::prelude::*;
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::Path;

mod class_tests;

fn axis(text: &str) -> SweepAxis {
    SweepAxis::parse(text).unwrap()
}

fn plan(axes: &[&str], zip: bool) -> Result<Plan, PlanError> {
    Plan::new(vec!["a".into(), "b".into()], axes.iter().map(|text| axis(text)).collect(), zip)
}

fn title(plan: &Plan, shard: PlanShard) -> Title {
    Title {
        digest: 7,
        network: "n".into(),
        dataset: Some("d".into()),
        samples: 3,
        plan: plan.clone(),
        shard,
        origins: Vec::new(),
    }
}

fn ran(index: usize, figures: &[(&str, f64)]) -> ComparisonRow {
    let value = |name| figures.iter().find(|(known, _)| *known == name).map(|(_, value)| *value);
    let found = RowFigures {
        figures: FIGURES.iter().map(|figure| value(figure.name)).collect(),
        calibration: ("c".into(), "text, with \"quotes\"".into()),
        scope: "per_term".into(),
        coverage: Coverage::Complete,
        covers: Covers::default(),
        unpriced: vec!["readout".into()],
        notes: vec!["one".into(), "two; three".into()],
        area: Some(("model".into(), "parts".into())),
        bound: None,
        wrong: false,
    };
    ComparisonRow { index, samples: None, result: Ok(found) }
}

#[test]
fn a_grid_has_every_combination_once_and_the_last_axis_is_the_fastest() {
    let plan = plan(&["steps=1,2", "core.x=5,6,7"], false).unwrap();
    let all: Vec<_> = (0..plan.len()).map(|index| plan.configuration(index)).collect();
    let expected = ["1 5", "1 6", "1 7", "2 5", "2 6", "2 7"];
    let texts: Vec<String> = all.iter().map(|c| c.values.join(" ")).collect();
    assert_eq!(texts, [expected, expected].concat());
    assert!(all.iter().enumerate().all(|(index, c)| c.chip == index / 6));
}

#[test]
fn zipped_values_go_in_step() {
    let plan = plan(&["steps=1,2", "core.x=5,6"], true).unwrap();
    let texts: Vec<String> = (0..plan.len()).map(|index| plan.configuration(index).values.join(" ")).collect();
    assert_eq!(texts, ["1 5", "2 6", "1 5", "2 6"]);
    let problems = super::tests::plan(&["steps=1,2", "core.x=5,6,7"], true).unwrap_err();
    assert_eq!(problems.0, ["`zip`: found 2 of steps, 3 of core.x values; all must have as many"]);
}

#[test]
fn all_that_is_wrong_with_a_plan_is_told_at_once() {
    let values: Vec<String> = (0..1000).map(|n| n.to_string()).collect();
    let long = |name: &str| axis(&format!("{name}={}", values.join(",")));
    let axes = vec![long("a"), long("b"), long("a"), long("c"), long("d"), long("e"), long("f"), long("g")];
    let problems = Plan::new(vec!["x".into(), "x".into()], axes, false).unwrap_err().0;
    assert_eq!(problems.len(), 3, "{problems:?}");
    assert!(problems[2].starts_with("more than 65536 configurations"));
}

#[test]
fn shards_cover_everything_once() {
    for of in 1..6 {
        let shards: Vec<PlanShard> =
            (1..=of).map(|number| PlanShard::parse(&format!("{number}/{of}")).unwrap()).collect();
        assert!((0..50).all(|index| shards.iter().filter(|shard| shard.has(index)).count() == 1));
    }
    for text in ["0/3", "4/3", "1", "a/b", "1/0", "-1/2", "1/2/3"] {
        assert!(PlanShard::parse(text).is_err(), "{text}");
    }
}

proptest! {
    /// Against the definition: a row is on the front if no other one is at least as good in all and better in one.
    #[test]
    fn the_front_is_that_of_the_definition(places in prop::collection::vec((0u8..5, 0u8..5, 0u8..5), 1..30)) {
        let rows: Vec<ComparisonRow> = places
            .iter()
            .enumerate()
            .map(|(index, (accuracy, energy, latency))| {
                let named = [("accuracy", *accuracy), ("energy_pj", *energy), ("latency_ns", *latency)];
                ran(index, &named.map(|(name, value)| (name, f64::from(value))))
            })
            .collect();
        let values: Vec<String> = (0..rows.len()).map(|n| n.to_string()).collect();
        let plan = Plan::new(vec!["a".into()], vec![axis(&format!("x={}", values.join(",")))], false).unwrap();
        let comparison = ComparisonTable::new(title(&plan, PlanShard::WHOLE), rows, None);
        let expected: Vec<bool> = places
            .iter()
            .map(|own| {
                !places.iter().any(|p| p.0 >= own.0 && p.1 <= own.1 && p.2 <= own.2 && p != own)
            })
            .collect();
        prop_assert_eq!(comparison.front(), expected);
        let best = places.iter().map(|p| p.1).min().unwrap();
        let same = places.iter().all(|p| p.1 == best);
        let energy = FIGURES.iter().position(|figure| figure.name == "energy_pj").unwrap();
        for (row, place) in comparison.rows.iter().zip(&places) {
            prop_assert_eq!(comparison.is_best(row, energy), place.1 == best && !same);
        }
    }

    /// Whatever is cut off or changed in a journal: the rows that are left are ones that were written.
    #[test]
    fn a_damaged_journal_has_no_row_that_was_not_written(cut in 0usize..6000, flip in 0usize..6000, bit in 0u8..8) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("j");
        let plan = plan(&["steps=1,2,3", "core.x=5,6"], false).unwrap();
        let rows: Vec<ComparisonRow> = (0..plan.len())
            .map(|index| match index % 3 {
                0 => ComparisonRow { index, samples: None, result: Err(format!("reason {index}\nof two lines")) },
                _ => ran(index, &[("accuracy", 1.0 / (index as f64 + 3.0)), ("energy_pj", 0.1 + index as f64)]),
            })
            .collect();
        let mut journal = Journal::open(&path, title(&plan, PlanShard::WHOLE)).unwrap();
        rows.iter().for_each(|row| journal.add(row).unwrap());
        drop(journal);
        let mut bytes = std::fs::read(&path).unwrap();
        bytes.truncate(cut.max(1));
        let place = flip % bytes.len();
        let first_line = bytes.iter().position(|byte| *byte == b'\n').unwrap_or(bytes.len());
        if place > first_line {
            bytes[place] ^= 1 << bit;
        }
        std::fs::write(&path, &bytes).unwrap();
        let mut journal = Journal::open(&path, title(&plan, PlanShard::WHOLE)).unwrap();
        let known: Vec<ComparisonRow> = journal.rows().cloned().collect();
        prop_assert!(known.iter().all(|row| rows.contains(row)));
        // It goes on from there, and then has all.
        for row in rows.iter().filter(|row| !known.contains(row)) {
            journal.add(row).unwrap();
        }
        drop(journal);
        let journal = Journal::open(&path, title(&plan, PlanShard::WHOLE)).unwrap();
        prop_assert_eq!(journal.rows().cloned().collect::<Vec<_>>(), rows);
    }
}

/// A row of some energy and latency, whose energy is of so much and leaves out some terms.
fn priced(index: usize, (energy, latency): (f64, f64), coverage: Coverage, unpriced: &[&str]) -> ComparisonRow {
    let mut row =
        ran(index, &[("energy_pj", energy), ("latency_ns", latency), ("energy_delay_pj_ns", energy * latency)]);
    if let Ok(found) = &mut row.result {
        found.coverage = coverage;
        found.unpriced = unpriced.iter().map(|term| (*term).to_owned()).collect();
        if coverage == Coverage::Unpriced {
            found.figures[position("energy_pj")] = None;
        }
    }
    row
}

fn position(name: &str) -> usize {
    FIGURES.iter().position(|figure| figure.name == name).unwrap()
}

fn compared(rows: Vec<ComparisonRow>) -> ComparisonTable {
    let values: Vec<String> = (0..rows.len()).map(|n| n.to_string()).collect();
    let plan = Plan::new(vec!["a".into()], vec![axis(&format!("x={}", values.join(",")))], false).unwrap();
    ComparisonTable::new(title(&plan, PlanShard::WHOLE), rows, None)
}

fn best(comparison: &ComparisonTable, name: &str) -> Vec<bool> {
    comparison.rows.iter().map(|row| comparison.is_best(row, position(name))).collect()
}

#[test]
fn lower_bounds_and_unknown_energies_are_never_marked() {
    use Coverage::{Complete, Partial, Unpriced};
    let rows = vec![
        priced(0, (100.0, 9.0), Complete, &["readout"]),
        priced(1, (90.0, 10.0), Complete, &["readout"]),
        // Less in both, for all that is known; and the fastest.
        priced(2, (1.0, 1.0), Partial, &["readout", "soma_spike"]),
        priced(3, (0.0, 0.5), Unpriced, &["readout", "synapse"]),
    ];
    let comparison = compared(rows.clone());
    assert_eq!(best(&comparison, "energy_pj"), [false, true, false, false]);
    assert_eq!(best(&comparison, "energy_delay_pj_ns"), [false; 4], "both complete ones are the same");
    assert_eq!(best(&comparison, "latency_ns"), [false, false, false, true], "times are known of all");
    assert_eq!(comparison.front(), [true, true, false, false]);
    assert!(comparison.has_incomplete() && comparison.differing().is_empty());
    // Where no energy is complete, it spans no front.
    let comparison =
        compared(rows[2..].iter().cloned().zip(0..).map(|(row, index)| ComparisonRow { index, ..row }).collect());
    assert_eq!(comparison.axes, [position("latency_ns")]);
    assert_eq!(comparison.front(), [false, true]);
    assert_eq!(best(&comparison, "energy_pj"), [false, false]);
    // The texts say so.
    let text = compare_text(&compared(rows.clone()), 140, false);
    assert!(text.contains("≥ 1.00 pJ") && text.contains("–") && text.contains("lower bounds"), "{text}");
    assert!(!text.contains("≥ 1.00 pJ*"), "{text}");
    let page = compare_html(&compared(rows.clone()));
    assert!(page.contains(">≥ 1.00 pJ</td>") && page.contains("<tr class=\"bound\""), "{page}");
    let csv = compare_csv(&compared(rows));
    let cells: Vec<Vec<&str>> = csv.lines().map(|line| line.split(',').collect()).collect();
    let of = |name: &str| cells[0].iter().position(|known| *known == name).unwrap();
    // Texts before have a comma in quotes.
    assert!(csv.contains("lower_bound") && csv.contains("unpriced") && of("energy_coverage") < of("energy_pj"));
}

fn write(path: &Path, plan: &Plan, shard: PlanShard, indices: impl Iterator<Item = usize>) {
    let mut journal = Journal::open(path, title(plan, shard)).unwrap();
    indices.for_each(|index| journal.add(&ran(index, &[("energy_pj", index as f64)])).unwrap());
}

#[test]
fn parts_are_merged_and_what_is_missing_or_double_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let plan = plan(&["steps=1,2,3,4,5"], false).unwrap();
    let paths: Vec<_> = ["one", "two", "three"].map(|name| folder.path().join(name)).into();
    for (path, number) in paths.iter().zip(1..) {
        let shard = PlanShard { number, of: 3 };
        write(path, &plan, shard, (0..plan.len()).filter(|index| shard.has(*index)));
    }
    let (whole, rows) = merge(&paths).unwrap();
    assert_eq!(whole, title(&plan, PlanShard::WHOLE));
    assert!(rows.iter().enumerate().all(|(index, row)| row.index == index) && rows.len() == plan.len());
    let missing = merge(&paths[..2]).unwrap_err().to_string();
    let [one, two] = [0, 1].map(|part| paths[part].display().to_string());
    assert_eq!(missing, format!("{one}, {two}: 3 of 10 configurations are missing, of `shard` 3/3: number 3, 6, 9"));
    // A line that is damaged is told with its file.
    let text = std::fs::read_to_string(&paths[2]).unwrap();
    let damaged = text.trim_end().rsplit_once('\n').unwrap().0.to_owned() + "\n00000000 {\"index\"\n";
    let third = folder.path().join("third");
    std::fs::write(&third, damaged).unwrap();
    let missing = merge(&[paths[0].clone(), paths[1].clone(), third.clone()]).unwrap_err().to_string();
    assert!(missing.contains("1 of 10 configurations are missing"), "{missing}");
    assert!(missing.contains(&format!("{}: 1 line is damaged", third.display())), "{missing}");
    let again = folder.path().join("again");
    write(&again, &plan, PlanShard { number: 1, of: 3 }, [0, 3].into_iter());
    let double = merge(&[paths.clone(), vec![again]].concat()).unwrap_err().to_string();
    assert!(double.ends_with("again: has configurations that another part has too: number 1, 4"), "{double}");
    let other = folder.path().join("other");
    write(&other, &super::tests::plan(&["steps=1,2,3,4,6"], false).unwrap(), PlanShard::WHOLE, 0..1);
    let error = merge(&[paths, vec![other]].concat()).unwrap_err().to_string();
    assert!(error.contains("of another comparison than"), "{error}");
}

#[test]
fn a_journal_is_that_of_its_comparison_and_of_one_process() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("j");
    let plan = plan(&["steps=1,2"], false).unwrap();
    write(&path, &plan, PlanShard::WHOLE, 0..1);
    let other = Title { digest: 8, ..title(&plan, PlanShard::WHOLE) };
    assert!(matches!(Journal::open(&path, other), Err(JournalError::Another { .. })));
    let held = Journal::open(&path, title(&plan, PlanShard::WHOLE)).unwrap();
    assert!(matches!(Journal::open(&path, title(&plan, PlanShard::WHOLE)), Err(JournalError::Busy(_))));
    drop(held);
    for letter in ["a letter to somebody\nof two lines\n", "hello", "12345678 not a checksum", "\n"] {
        std::fs::write(&path, letter).unwrap();
        let opened = Journal::open(&path, title(&plan, PlanShard::WHOLE));
        assert!(matches!(opened, Err(JournalError::NotOne(_))), "{letter}");
        assert_eq!(std::fs::read_to_string(&path).unwrap(), letter, "it is left alone");
    }
}

#[test]
fn axes_of_a_front_are_figures_with_a_better_end() {
    let names = |text: &str| pareto_axes(text).map(|axes| axes.iter().map(|at| FIGURES[*at].name).collect::<Vec<_>>());
    assert_eq!(names("cores_used, accuracy"), Ok(vec!["cores_used", "accuracy"]));
    assert!(names("acuracy").unwrap_err().ends_with("did you mean \"accuracy\"?"));
    assert!(names("reference_accuracy").is_err(), "it is only told");
    let all: BTreeSet<&str> = FIGURES.iter().map(|figure| figure.name).collect();
    assert_eq!(all.len(), FIGURES.len(), "names tell figures apart");
}

/// All figures of all rows, with as many digits as they can have.
#[test]
fn a_page_of_many_rows_stays_light_and_keeps_the_front() {
    let values: Vec<String> = (0..1500).map(|n| n.to_string()).collect();
    let plan = plan(&[&format!("core.max_neurons={}", values.join(","))], false).unwrap();
    let row = |index: usize| {
        let value = |at: usize| 1e6 / 7.0 + (index * 31 + at) as f64 / 3.0;
        let mut figures: Vec<(&str, f64)> = FIGURES.iter().enumerate().map(|(at, f)| (f.name, value(at))).collect();
        // The last row is the best of all.
        let best = if index == 2999 { 1.0 } else { 0.5 };
        figures.iter_mut().filter(|(name, _)| *name == "accuracy").for_each(|(_, value)| *value = best);
        if index == 2999 {
            figures.iter_mut().filter(|(name, _)| *name != "accuracy").for_each(|(_, value)| *value = 0.125);
        }
        ran(index, &figures)
    };
    let rows = (0..plan.len()).map(row).collect();
    let page = compare_html(&ComparisonTable::new(title(&plan, PlanShard::parse("1/1").unwrap()), rows, None));
    assert!(page.len() <= 2 << 20, "{} bytes", page.len());
    assert!(page.contains("The first 1000 of 3000 rows") && page.contains("data-number=\"3000\""));
    assert_eq!(page.matches("<tr class=\"front\"").count(), 1);
}

#[test]
fn rows_of_earlier_journals_say_nothing_of_what_bounds_them() {
    let mut row = ran(0, &[("latency_ns", 5.0)]);
    let bound = RowBound { class: BoundClass::Synapse, share: 0.84, core: Some(1), is_of_time: false };
    row.result.as_mut().unwrap().bound = Some(bound);
    let read = |value: Value| ComparisonRow::parse(&value.to_string(), 1).unwrap();
    assert_eq!(read(row.json()), row);
    assert_eq!(row.bound(), "synapse 84 %");
    let mut older = row.json();
    older.as_object_mut().unwrap().remove("bound").unwrap();
    let older = read(older);
    assert_eq!((older.bound(), older.result.unwrap().bound), (String::new(), None));
}

/// Rows that ran and one that did not, with all that a row can have.
fn comparison(ranking: Ranking) -> ComparisonTable {
    let plan = plan(&["core.x=1,2.5", "placer=linear,hilbert", "steps=4,8"], false).unwrap();
    let rows = (0..7).map(|index| {
        let mut row = ran(index, &[("accuracy", 0.1 * index as f64), ("energy_pj", 1e6 / 7.0 - index as f64)]);
        let bound = RowBound { class: BoundClass::Synapse, share: 0.84, core: Some(1), is_of_time: false };
        row.result.as_mut().unwrap().bound = (index != 2).then_some(bound);
        if index == 3 {
            ComparisonRow { index, samples: None, result: Err("does not fit: it, \"quoted\"".into()) }
        } else {
            row
        }
    });
    let axes = Some(vec![0, 2]);
    ComparisonTable::ranked(title(&plan, PlanShard::WHOLE), rows.collect(), axes, ranking)
}

#[test]
fn a_report_of_a_comparison_is_read_again() {
    for ranking in Ranking::ALL {
        let table = comparison(*ranking);
        let known = ContentDigest { what: SourceKind::Comparison.name(), name: "n".into(), digest: 7 };
        let report = with_making(&compare_json(&table), std::slice::from_ref(&known), "a test");
        let read = parse_comparison("r.json", &report.to_string()).unwrap();
        assert_eq!((&read.table, read.digests), (&table, vec![known]), "{ranking:?}");
        assert_eq!(compare_json(&read.table), compare_json(&table));
        // One of an earlier version has no making.
        let mut report = compare_json(&table);
        report.as_object_mut().unwrap().remove("ranking");
        assert_eq!(parse_comparison("r.json", &report.to_string()).unwrap().made_by, None);
        report["rows"][0]["number"] = 100.into();
        report["pareto_axes"][0] = "energy".into();
        let problems = parse_comparison("r.json", &report.to_string()).unwrap_err().to_string();
        assert!(problems.contains("rows[0].number: found 100"), "{problems}");
    }
}

#[test]
fn rows_are_columns_with_the_names_and_values_of_the_csv() {
    let table = comparison(Ranking::SameClasses);
    let columns = compare_columns(&table);
    let csv = compare_csv(&table);
    let mut lines = csv::Reader::from_reader(csv.as_bytes());
    let names: Vec<String> = lines.headers().unwrap().iter().map(str::to_owned).collect();
    assert_eq!(columns.columns().iter().map(|column| column.name.clone()).collect::<Vec<_>>(), names);
    let as_field = |value: Value| match value {
        Value::Null => String::new(),
        Value::String(text) => text,
        Value::Number(number) if number.is_f64() => number.as_f64().unwrap().to_string(),
        other => other.to_string(),
    };
    for (row, line) in lines.records().enumerate() {
        for (column, field) in columns.columns().iter().zip(&line.unwrap()) {
            // What did not run is on no front; a table of flags has no third value.
            let is_flag = column.name == "pareto" && field.is_empty();
            assert!(is_flag || as_field(column.values.cell(row)) == field, "{row} {}: {field}", column.name);
        }
    }
    let whole = |name| matches!(columns.column(name), Some(ColumnValues::Whole(_)));
    assert!(whole("steps") && !whole("core.x") && !whole("placer"));
    assert_eq!(front_columns(&table).rows(), table.front().iter().filter(|on_front| **on_front).count());
}
