//! The constants that priced a run, what their figures are of, and what they leave out.

use super::band::brackets;
use super::section::*;
use crate::hw::Scope;
use crate::report::energy::{EnergyUnit, Unpriced};
use crate::report::price::OpPrice;
use crate::units::sum_to_pj;

pub(super) const SECTION: Section = Section {
    check,
    show,
    brief,
    ..Section::of(&[
        SectionFields { names: &["calibration"], put, take },
        fields!(
            pricing.prices as "prices" = AddedLater(Vec::load, Vec::new()),
            pricing.unpriced as "unpriced",
            pricing.notes as "pricing_notes",
        ),
    ])
};

fn put(s: &Summary, into: &mut JsonObject) {
    into.insert("calibration".into(), calibration(s));
}

fn take(object: &Object<'_>, s: &mut Summary) -> bool {
    let calibration = object.need("calibration").and_then(|cursor| read(&cursor));
    calibration.map(|read| (s.pricing.calibration, s.pricing.scope) = read).is_some()
}

/// Counts times prices are the energy of each unit.
fn check(s: &Summary, found: &SavedReport<'_>) {
    let (counted, samples) = (s.tally.counted(), s.tally.samples());
    for (index, price) in s.pricing.prices.iter().enumerate() {
        // A price is that of all cores, or that of those of a kind.
        let is_known = |other: &OpPrice| {
            let shared = other.core.is_none() || price.core.is_none() || other.core == price.core;
            other.op == price.op && shared
        };
        if s.pricing.prices[..index].iter().any(is_known) {
            found.problem(&format!("prices[{index}].operation"), format!("found {} twice", price.op.name()));
        }
    }
    let units = EnergyUnit::ALL.iter().zip(&s.pricing.breakdown_pj);
    for (unit, (name, pj)) in units.filter(|(unit, _)| **unit != EnergyUnit::Static && !s.pricing.prices.is_empty()) {
        let prices = s.pricing.prices.iter().filter(|price| EnergyUnit::of(price.op) == *unit);
        let sum: u128 = prices.map(|price| u128::from(price.count(&counted)) * u128::from(price.energy_aj)).sum();
        found.same(&format!("energy_breakdown_pj.{name}"), *pj, sum_to_pj(sum) / samples);
    }
}

fn show(s: &Summary, shown: &mut Shown) {
    let (name, description) = &s.pricing.calibration;
    shown.line(Head::Constants, format!("constants: {description}"));
    shown.fact(FactPlace::Constants, "constants", format!("{name}: {description}"));
    if let Some(point) = s.pricing.scope.operating_point() {
        let all_in = "all-in: a synaptic operation's figure holds its share of all that the chip draws, static power \
                      too; it holds at this operating point only: ";
        shown.line(Head::Constants, format!("{all_in}{point}"));
    }
    if s.times.calibration != *name {
        let times = format!("times: those of {}, with which the run was made", s.times.calibration);
        shown.line(Head::Constants, times);
    }
    shown.notes.extend_from_slice(&s.pricing.notes);
    if !s.pricing.unpriced.is_empty() {
        shown.remark(About::Trust, "unpriced", unpriced(s, shown.to));
    }
}

fn brief(s: &Summary, brief: &mut Brief) {
    let mut kinds: Vec<&str> = Vec::new();
    for (_, kind, _) in &s.pricing.sources {
        if !kinds.contains(&kind.as_str()) {
            kinds.push(kind);
        }
    }
    let name = &s.pricing.calibration.0;
    let kinds = if kinds.is_empty() { String::new() } else { format!(" ({})", kinds.join(", ")) };
    let times = match s.times.calibration == *name {
        true => String::new(),
        false => format!("; times are those of {}, with which the run was made", s.times.calibration),
    };
    brief.line(BriefPlace::Constants, "constants", format!("{name}{kinds}{times}{}", brackets(s)));
    if let Some(point) = s.pricing.scope.operating_point() {
        let text =
            format!("an operation's energy is a share of all that the chip draws, at this operating point: {point}");
        brief.line(BriefPlace::Constants, "all-in", text);
    }
    let terms: Vec<String> = s.pricing.unpriced.iter().map(|unpriced| term(unpriced, s)).collect();
    // Of an energy that is complete, the line of what it covers says enough.
    if s.pricing.coverage.total != Coverage::Complete {
        let bound =
            if s.pricing.coverage.total == Coverage::Partial { "; the energy is a lower bound (≥)" } else { "" };
        brief.line(BriefPlace::Priced, "not priced", format!("{}{bound}", terms.join(", ")));
    }
}

/// The name of a term in a list of those without a price.
fn term(unpriced: &Unpriced, s: &Summary) -> String {
    let name = match (unpriced.term, s.at_rest.is_empty()) {
        ("static", true) => "static power".into(),
        // Its figures are beside the energy, in a line of their own.
        ("static", false) => "static power (see at rest)".into(),
        (name, _) => label(name),
    };
    unpriced.core.as_ref().map_or(name.clone(), |core| format!("{name} on {core}"))
}

fn unpriced(s: &Summary, to: To) -> String {
    let term_of = |u: &Unpriced| match u.count {
        n if n > 0 && to == To::Text => format!("{} ({})", term(u, s), number(n as f64 / s.samples as f64)),
        _ => term(u, s),
    };
    let terms = s.pricing.unpriced.iter().map(term_of).collect::<Vec<_>>().join(", ");
    let bound = if s.pricing.coverage.total == Coverage::Partial { ", which is a lower bound (≥)" } else { "" };
    let counts = if to == To::Text { "; counts are per inference" } else { "" };
    format!("{terms}: no published cost, so not in the energy{bound}{counts}")
}

fn calibration(s: &Summary) -> Value {
    let (name, description) = &s.pricing.calibration;
    let mut fields = json!({"name": name, "description": description, "scope": s.pricing.scope.name()});
    if let Some(point) = s.pricing.scope.operating_point() {
        fields["operating_point"] = json!(point);
    }
    fields
}

fn read(cursor: &Cursor<'_>) -> Option<((String, String), Scope)> {
    let object = cursor.object(&["name", "description", "scope", "operating_point"])?;
    let (name, description) = (object.need("name"), object.need("description"));
    let (name, description) = (name.and_then(|c| String::load(&c)), description.and_then(|c| String::load(&c)));
    let scope = read_scope(&object);
    Some(((name?, description?), scope?))
}

/// Reports older than this field are per term.
fn read_scope(object: &Object<'_>) -> Option<Scope> {
    let all_in = object.get("scope").map_or(Some(0), |c| c.choice(Scope::NAMES))? == 1;
    if !all_in {
        object.get("operating_point").iter().for_each(|c| c.problem("only with scope \"all_in\""));
        return Some(Scope::PerTerm);
    }
    Some(Scope::AllIn { operating_point: String::load(&object.need("operating_point")?)? })
}
