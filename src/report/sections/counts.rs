//! The times of a run and its integer counts, from which its energy follows with any constants: a row for each inference and each layer, a column for each operation that was counted.

use super::section::*;
use crate::report::tally::{KindTally, Tally};
use crate::report::times::Times;
use crate::units::Femtoseconds;
use std::ops::RangeInclusive;

pub(super) const SECTION: Section = Section::of(&[SectionFields { names: &["timed_with", "counts"], put, take }]);

fn put(s: &Summary, into: &mut JsonObject) {
    into.insert("timed_with".into(), s.times.save());
    into.insert("counts".into(), counts(&s.tally));
}

/// Counts are of as many inferences and layers as the report has.
fn take(object: &Object<'_>, s: &mut Summary) -> bool {
    let layers = object.get("per_layer").filter(|c| c.is_list()).and_then(|c| c.list(0..=LONGEST));
    let lengths = layers.filter(|_| s.samples > 0).map(|layers| (s.samples as usize, layers.len()));
    let times = object.need("timed_with").and_then(|cursor| Times::load(&cursor));
    let tally = object.need("counts").and_then(|cursor| read_tally(&cursor, lengths));
    let (Some(times), Some(tally)) = (times, tally) else { return false };
    (s.times, s.tally) = (times, tally);
    true
}

fn counts(tally: &Tally) -> Value {
    let total = tally.total();
    let operations: Vec<Op> = Op::ALL.iter().copied().filter(|op| total.of(*op) > 0).collect();
    let row = |counts: &Counts| operations.iter().map(|op| json!(counts.of(*op))).collect::<Value>();
    let mut all = json!({
        "tick_fs": tally.tick.0,
        "operations": operations.iter().map(|op| op.name()).collect::<Vec<_>>(),
        "ticks": tally.inferences.iter().map(|(_, ticks)| *ticks).collect::<Vec<_>>(),
        "inferences": tally.inferences.iter().map(|(counts, _)| row(counts)).collect::<Vec<_>>(),
        "layers": tally.layers.iter().map(row).collect::<Vec<_>>(),
    });
    if !tally.kinds.is_empty() {
        let kind = |kind: &KindTally| {
            let (inferences, layers) = (kind.inferences.iter().map(row), kind.layers.iter().map(row));
            json!({
                "core": kind.name,
                "inferences": inferences.collect::<Vec<_>>(),
                "layers": layers.collect::<Vec<_>>(),
            })
        };
        all[KINDS] = tally.kinds.iter().map(kind).collect();
    }
    all
}

/// Where cores differ, the counts of those of each kind.
const KINDS: &str = "kinds";

fn read_tally(cursor: &Cursor<'_>, lengths: Option<(usize, usize)>) -> Option<Tally> {
    let object = cursor.object(&["tick_fs", "operations", "ticks", "inferences", "layers", KINDS])?;
    let tick = object.need("tick_fs").and_then(|c| c.whole(1..=1_000_000_000_000)).map(Femtoseconds);
    let operations = object.need("operations").and_then(|c| read_operations(&c));
    let (samples, layers) = lengths.map_or((0..=LONGEST, 0..=LONGEST), |(s, l)| (s..=s, l..=l));
    let ticks = object.need("ticks").and_then(|c| {
        let ticks = c.wholes(samples.clone(), 1..=MOST)?;
        if ticks.iter().try_fold(0, |sum, n| within(sum, *n)).is_none() {
            c.problem(format!("they add up to more than {MOST}"));
            return None;
        }
        Some(ticks)
    });
    let rows = |name, len| object.need(name).and_then(|c| read_rows(&c, len, operations.as_deref()?));
    let (inferences, layers) = (rows("inferences", samples), rows("layers", layers));
    let kinds = object.get(KINDS).map(|c| {
        let lengths = (inferences.as_ref().map_or(0, Vec::len), layers.as_ref().map_or(0, Vec::len));
        list(2..=64, |c| read_kind(c, lengths, operations.as_deref()?))(&c)
    });
    operations?;
    let kinds = match kinds {
        Some(read) => read?,
        None => Vec::new(),
    };
    let (inferences, layers) = (inferences?, layers?);
    let tally = Tally { tick: tick?, inferences: inferences.into_iter().zip(ticks?).collect(), layers, kinds };
    let (total, mut in_layers) = (tally.total(), Counts::default());
    tally.layers.iter().for_each(|counts| in_layers.merge(counts));
    if let Some(op) = Op::ALL.iter().find(|op| in_layers.of(**op) > total.of(**op)) {
        object.problem(format!("the layers have more {} than the inferences", op.name()));
        return None;
    }
    if let Some(op) = kinds_exceed(&tally) {
        object.problem(format!("the kinds of cores have more {} than an inference or a layer", op.name()));
        return None;
    }
    Some(tally)
}

/// An operation that the kinds of cores together have more of than there are.
fn kinds_exceed(tally: &Tally) -> Option<Op> {
    let exceeds = |all: &Counts, kinds: &mut dyn Iterator<Item = &Counts>| {
        let mut rest = *all;
        let mut over = None;
        for counts in kinds {
            over = over.or_else(|| Op::ALL.iter().copied().find(|op| counts.of(*op) > rest.of(*op)));
            if over.is_none() {
                rest.take_off(counts);
            }
        }
        over
    };
    let of_inference = |(at, (all, _)): (usize, &(Counts, u64))| {
        exceeds(all, &mut tally.kinds.iter().map(|kind| &kind.inferences[at]))
    };
    let of_layer = |(at, all): (usize, &Counts)| exceeds(all, &mut tally.kinds.iter().map(|kind| &kind.layers[at]));
    let found = tally.inferences.iter().enumerate().find_map(of_inference);
    found.or_else(|| tally.layers.iter().enumerate().find_map(of_layer))
}

fn read_kind(cursor: &Cursor<'_>, (samples, layers): (usize, usize), operations: &[Op]) -> Option<KindTally> {
    let object = cursor.object(&["core", "inferences", "layers"])?;
    let rows = |name, len: usize| object.need(name).and_then(|c| read_rows(&c, len..=len, operations));
    let name = object.need("core").and_then(|c| c.name().map(str::to_owned));
    let (inferences, layers) = (rows("inferences", samples), rows("layers", layers));
    Some(KindTally { name: name?, inferences: inferences?, layers: layers? })
}

fn read_operations(cursor: &Cursor<'_>) -> Option<Vec<Op>> {
    let operations: Vec<Op> = Vec::load(cursor)?;
    if let Some(i) = (1..operations.len()).find(|i| operations[..*i].contains(&operations[*i])) {
        cursor.problem(format!("{} is there twice", operations[i].name()));
        return None;
    }
    Some(operations)
}

/// A sum, unless it exceeds the largest count.
fn within(sum: u64, more: u64) -> Option<u64> {
    sum.checked_add(more).filter(|sum| *sum <= MOST)
}

fn read_rows(cursor: &Cursor<'_>, len: RangeInclusive<usize>, operations: &[Op]) -> Option<Vec<Counts>> {
    let columns = operations.len();
    let row = |c: &Cursor<'_>| {
        let mut counts = Counts::default();
        let values = c.wholes(columns..=columns, 0..=MOST)?;
        operations.iter().zip(values).for_each(|(op, n)| counts.add(*op, n));
        Some(counts)
    };
    let rows: Vec<_> = cursor.list(len)?.iter().map(row).collect();
    let rows: Vec<Counts> = rows.into_iter().collect::<Option<_>>()?;
    for op in operations {
        if rows.iter().try_fold(0, |sum, counts| within(sum, counts.of(*op))).is_none() {
            cursor.problem(format!("{} adds up to more than {MOST}", op.name()));
            return None;
        }
    }
    Some(rows)
}
