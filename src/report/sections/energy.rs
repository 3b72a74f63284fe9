//! The energy by unit of the chip, how much of what was counted it is of, its range, and the power.

use super::section::*;
use crate::report::covers::{COVERS_FIELDS, CostClass, Covers};
use crate::report::energy::{EnergyUnit, UNPRICED};

pub(super) const SECTION: Section = Section {
    check,
    show,
    brief,
    ..Section::of(&[
        SectionFields {
            names: &["energy_coverage", "energy_breakdown_pj", "average_power_mw", "energy_range_pj"],
            put,
            take,
        },
        SectionFields { names: &COVERS_FIELDS, put: put_classes, take: take_classes },
    ])
};

fn put_classes(s: &Summary, into: &mut JsonObject) {
    into.extend(s.pricing.covers.fields());
}

/// What is covered follows from the counts and from what has no price, and is checked then. Older reports do not say it.
fn take_classes(object: &Object<'_>, s: &mut Summary) -> bool {
    if is_older(object) {
        return true;
    }
    Covers::read(object).map(|covers| s.pricing.covers.included = covers.included).is_some()
}

/// Whether a report is older than what it would say of classes.
fn is_older(object: &Object<'_>) -> bool {
    COVERS_FIELDS.iter().all(|name| object.get(name).is_none())
}

fn check_classes(s: &Summary, found: &SavedReport<'_>) {
    if is_older(&found.root) {
        return;
    }
    let covers = &s.pricing.covers;
    let Some(claimed) = Covers::read(&found.root).filter(|claimed| claimed != covers) else { return };
    for (at, class) in CostClass::NAMES.iter().enumerate() {
        if claimed.coverage[at] != covers.coverage[at] {
            let (is, made) = (claimed.coverage[at].name(), covers.coverage[at].name());
            found.problem(
                &format!("class_coverage.{class}"),
                format!("found \"{is}\", but the rest of the file makes it \"{made}\""),
            );
        }
        let path = format!("energy_by_class_pj.{class}");
        match (claimed.pj[at], covers.pj[at]) {
            (Some(claimed), Some(pj)) => found.same(&path, claimed, pj),
            (None, None) => {}
            (Some(_), None) => found.problem(&path, "found a number, but the rest of the file has none; expected null"),
            (None, Some(_)) => found.problem(&path, "found null, but the rest of the file says that it has a price"),
        }
    }
}

fn put(s: &Summary, into: &mut JsonObject) {
    let (coverage, (low, high)) = (s.pricing.coverage.total, s.pricing.range_pj);
    into.insert("energy_coverage".into(), json!(coverage.name()));
    let units = s.pricing.units().map(|(name, pj, coverage)| (name.to_owned(), json!(coverage.known(pj))));
    into.insert("energy_breakdown_pj".into(), Value::Object(units.collect()));
    into.insert("average_power_mw".into(), json!(coverage.known(s.pricing.average_power_mw)));
    into.insert("energy_range_pj".into(), json!([coverage.known(low), coverage.known(high)]));
}

fn take(object: &Object<'_>, s: &mut Summary) -> bool {
    let units = object.need("energy_breakdown_pj").and_then(|cursor| units(&cursor));
    let range = object.need("energy_range_pj").and_then(|cursor| range(&cursor));
    let power = price.take("average_power_mw", object);
    let (Some(units), Some(range), Some(power)) = (units, range, power) else { return false };
    (s.pricing.breakdown_pj, s.pricing.range_pj, s.pricing.average_power_mw) = (units, range, power);
    true
}

fn check(s: &Summary, found: &SavedReport<'_>) {
    check_classes(s, found);
    let (root, whole) = (&found.root, s.pricing.coverage.total);
    // Reports of the time before there was more than one are not asked.
    if let Some(claimed) = root.get("energy_coverage") {
        let known = claimed.choice(Coverage::NAMES).map(|index| Coverage::ALL[index]);
        if known.is_some_and(|known| known != whole) {
            claimed.problem(format!("the rest of the file makes it \"{}\"", whole.name()));
        }
    }
    let units = root.get("energy_breakdown_pj").and_then(|c| c.entries()).unwrap_or_default();
    for (name, cursor) in units {
        let known = s.pricing.units().filter(|(unit, ..)| *unit == name);
        known.for_each(|(_, _, coverage)| found.has_price(&cursor, coverage));
    }
    let range = root.get("energy_range_pj").and_then(|c| c.list(2..=2)).unwrap_or_default();
    range.into_iter().chain(root.get("average_power_mw")).for_each(|cursor| found.has_price(&cursor, whole));
    let energy = s.pricing.energy_pj.mean;
    let sum = s.pricing.breakdown_pj.iter().map(|(_, pj)| pj).sum();
    found.same("per_inference.energy_pj.mean", energy, sum);
    found.same("average_power_mw", s.pricing.average_power_mw, energy / s.tally.latency_ns());
}

fn show(s: &Summary, shown: &mut Shown) {
    let whole = s.pricing.coverage.total;
    if whole != Coverage::Unpriced || !shown.is_text() {
        shown.tables.push(table(s, whole));
    }
    shown.say(About::Rates, "covers", s.pricing.covers.text());
    shown.say(About::Rates, "power", power(s));
    range_text(s).into_iter().for_each(|range| shown.say(About::Rates, "energy range", range));
}

fn brief(s: &Summary, brief: &mut Brief) {
    let whole = s.pricing.coverage.total;
    let total: f64 = s.pricing.breakdown_pj.iter().map(|(_, pj)| pj).sum();
    let priced = s.pricing.units().filter(|(_, pj, _)| *pj > 0.0);
    let shares: Vec<String> = priced
        .map(|(name, pj, coverage)| format!("{} {:.1} %{}", label(name), 100.0 * pj / total, open(coverage)))
        .collect();
    let text = match whole {
        Coverage::Unpriced => "unknown: nothing that was counted has a published cost".to_owned(),
        _ => shares.join(", "),
    };
    brief.line(BriefPlace::Units, "by unit", text);
    brief.line(BriefPlace::Units, "covers", s.pricing.covers.text());
    range_text(s).into_iter().for_each(|range| brief.line(BriefPlace::Priced, "energy range", range));
}

/// Marks a unit of which only a part is priced.
fn open(coverage: Coverage) -> &'static str {
    if coverage == Coverage::Partial { " (a part)" } else { "" }
}

/// Period of a power.
pub(super) const WHILE: &str = " while it runs";

pub(super) fn power(s: &Summary) -> String {
    let whole = s.pricing.coverage.total;
    let power = whole.mark(format!("{} mW", number(s.pricing.average_power_mw)));
    let when = if whole == Coverage::Unpriced { ": unpriced" } else { WHILE };
    power + when
}

fn range_text(s: &Summary) -> Option<String> {
    let (low, high) = s.pricing.range_pj;
    let of = if s.pricing.coverage.total == Coverage::Partial { " of what is priced" } else { "" };
    let scale = UnitScale::of([low, high], ENERGY_UNITS);
    let text = format!("{} to {}{of}, from the published ranges of constants", scale.text(low), scale.text(high));
    (low != high).then_some(text)
}

fn units(cursor: &Cursor<'_>) -> Option<Vec<(&'static str, f64)>> {
    let object = cursor.object(EnergyUnit::NAMES)?;
    // Reports of the time before busy cores were counted have no such unit.
    let added = EnergyUnit::NAMES[EnergyUnit::CoreBusy as usize];
    let unit = |name: &&'static str| match object.get(name) {
        None if *name == added => Some((*name, 0.0)),
        _ => Some((*name, price.take(name, &object)?)),
    };
    let units: Vec<_> = EnergyUnit::NAMES.iter().map(unit).collect();
    units.into_iter().collect()
}

fn range(cursor: &Cursor<'_>) -> Option<(f64, f64)> {
    let pair = cursor.list(2..=2)?;
    if pair.iter().all(Cursor::is_null) {
        return Some((0.0, 0.0));
    }
    let (low, high) = (f64::load(&pair[0]), f64::load(&pair[1]));
    Some((low?, high?))
}

fn table(s: &Summary, whole: Coverage) -> ReportTable {
    let total: f64 = s.pricing.breakdown_pj.iter().map(|(_, pj)| pj).sum();
    let units: Vec<_> = s.pricing.units().filter(|(name, pj, coverage)| is_shown(name, *pj, *coverage)).collect();
    let scale = UnitScale::of(units.iter().map(|(_, pj, _)| *pj), ENERGY_UNITS);
    let row = |(name, pj, coverage): (&str, f64, Coverage)| {
        let share = pj / total;
        let percent = coverage.known(format!("{:.1} %", share * 100.0)).unwrap_or_else(|| UNPRICED.into());
        vec![
            Cell::Word(label(name)),
            Cell::priced(scale.text(pj), pj, coverage),
            Cell::plain(percent),
            Cell::Bar(share),
        ]
    };
    // Shares of a lower bound are no shares of the energy.
    let share = if whole == Coverage::Complete { "share" } else { "share of what is priced" };
    ReportTable {
        heading: "Energy by unit",
        id: "units",
        columns: vec!["unit", "energy", share, ""],
        rows: units.into_iter().map(row).collect(),
        instead: (whole == Coverage::Unpriced).then_some("Nothing that was counted has a published cost."),
        ..ReportTable::default()
    }
}

/// Whether a unit stands in the table of energies: it has one, or it is one of the cores' units and is not known.
fn is_shown(name: &str, pj: f64, coverage: Coverage) -> bool {
    let of_the_cores =
        || EnergyUnit::ALL.iter().any(|unit| EnergyUnit::NAMES[*unit as usize] == name && unit.is_of_the_cores());
    pj > 0.0 || coverage == Coverage::Unpriced && of_the_cores()
}
