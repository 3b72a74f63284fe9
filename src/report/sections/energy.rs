//! The energy by unit of the chip, and how much of what was counted it is of.

use super::table::exact;
use super::{Cell, Saved, Summary, Table, To};
use crate::json::{Cursor, Object};
use crate::report::energy::{Coverage, UNPRICED, Unit};
use crate::report::saved::{Fields, Form, LARGEST};
use crate::report::table::{energy, label};
use serde_json::{Value, json};

/// A figure that rests on prices: `null` where nothing has one.
pub(super) struct Price;

impl Form<f64> for Price {
    fn save(&self, value: &f64) -> Value {
        json!(value)
    }

    fn load(&self, cursor: &Cursor<'_>) -> Option<f64> {
        if cursor.is_null() { Some(0.0) } else { cursor.number(0.0..=LARGEST) }
    }
}

pub(super) struct Section;

impl super::Section for Section {
    fn names(into: &mut Vec<&'static str>) {
        into.extend(["energy_coverage", "energy_breakdown_pj"]);
    }

    fn put(s: &Summary, into: &mut Fields) {
        into.insert("energy_coverage".into(), json!(s.pricing.coverage.total.name()));
        let units = s.pricing.units().map(|(name, pj, coverage)| (name.to_owned(), json!(coverage.known(pj))));
        into.insert("energy_breakdown_pj".into(), Value::Object(units.collect()));
    }

    fn take(object: &Object<'_>, s: &mut Summary) -> bool {
        let units = object.need("energy_breakdown_pj").and_then(|cursor| {
            let object = cursor.object(Unit::NAMES)?;
            let units: Vec<_> = Unit::NAMES.iter().map(|name| Some((*name, Price.take(name, &object)?))).collect();
            units.into_iter().collect::<Option<Vec<_>>>()
        });
        units.map(|units| s.pricing.breakdown_pj = units).is_some()
    }

    fn check(s: &Summary, saved: &Saved<'_>) {
        // Reports of the time before there was more than one are not asked.
        if let Some(claimed) = saved.root.get("energy_coverage") {
            let expected = s.pricing.coverage.total;
            let found = claimed.choice(Coverage::NAMES).map(|index| Coverage::ALL[index]);
            if found.is_some_and(|found| found != expected) {
                claimed.problem(format!("the rest of the file makes it \"{}\"", expected.name()));
            }
        }
        let units = saved.root.get("energy_breakdown_pj").and_then(|c| c.entries()).unwrap_or_default();
        for (name, cursor) in units {
            let known = s.pricing.units().filter(|(unit, ..)| *unit == name);
            known.for_each(|(_, _, coverage)| saved.has_price(&cursor, coverage));
        }
        let sum = s.pricing.breakdown_pj.iter().map(|(_, pj)| pj).sum();
        saved.same("per_inference.energy_pj.mean", s.pricing.energy_pj.mean, sum);
    }

    fn table(s: &Summary, to: To) -> Option<Table> {
        let whole = s.pricing.coverage.total;
        if whole == Coverage::Unpriced && to == To::Text {
            return None;
        }
        let total: f64 = s.pricing.breakdown_pj.iter().map(|(_, pj)| pj).sum();
        // Shares of a lower bound are no shares of the energy.
        let share = if whole == Coverage::Complete { "share" } else { "share of what is priced" };
        let units = s.pricing.units().filter(|(name, pj, coverage)| is_shown(name, *pj, *coverage));
        let row = |(name, pj, coverage): (&str, f64, Coverage)| {
            let share = pj / total;
            let percent = coverage.known(format!("{:.1} %", share * 100.0)).unwrap_or_else(|| UNPRICED.into());
            let figure = Cell::Figure(coverage.mark(energy(pj)), coverage.known(exact(pj)));
            vec![Cell::Word(label(name)), figure, Cell::Figure(percent, None), Cell::Bar(share)]
        };
        Some(Table {
            heading: "Energy by unit",
            id: "units",
            columns: vec!["unit", "energy", share, ""],
            rows: units.map(row).collect(),
            instead: (whole == Coverage::Unpriced).then_some("Nothing that was counted has a published cost."),
        })
    }
}

/// Whether a unit stands in the table of energies: it has one, or it is one of the cores' units and is not known.
fn is_shown(name: &str, pj: f64, coverage: Coverage) -> bool {
    let of_the_cores = || Unit::ALL.iter().any(|unit| Unit::NAMES[*unit as usize] == name && unit.is_of_the_cores());
    pj > 0.0 || coverage == Coverage::Unpriced && of_the_cores()
}
