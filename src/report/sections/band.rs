//! The energy by all tables of the chip over the same counts, and the band that those make which cover the same.

use super::section::*;
use crate::hw::Scope;
use crate::report::band::{Band, BandBasis, TableEnergy};

pub(super) const SECTION: Section = Section {
    check,
    show,
    ..Section::of(&[fields!(
        pricing.band as "energy_band_pj" = AddedLater(or_null(Band::load), None),
        pricing.tables as "energy_by_table" = AddedLater(Vec::load, Vec::new()),
    )])
};

fn check(s: &Summary, found: &SavedReport<'_>) {
    let (pricing, tables) = (&s.pricing, &s.pricing.tables);
    for (index, table) in tables.iter().enumerate().filter(|(_, table)| table.calibration == pricing.calibration.0) {
        let own = pricing.coverage.total.known(pricing.energy_pj.mean);
        if let (Some(pj), Some(own)) = (table.energy_pj, own) {
            found.same(&format!("energy_by_table[{index}].energy_pj"), pj, own);
        }
    }
    for (index, _) in tables.iter().enumerate().filter(|(_, table)| table.in_band && table.energy_pj.is_none()) {
        found.problem(&format!("energy_by_table[{index}].in_band"), "is true of a table without an energy");
    }
    let Some(band) = &pricing.band else {
        // Of reports that are older than the field there are no tables either.
        if tables.iter().filter(|table| table.in_band).count() > 1 {
            found.problem("energy_band_pj", "there is none, but several tables of energy_by_table are in it");
        }
        return;
    };
    if (band.basis == BandBasis::FitError) != band.fit_error.is_some() {
        found.problem("energy_band_pj.fit_error", "is there where \"of\" is \"fit_error\", and nowhere else");
    }
    let inside = tables.iter().filter(|table| table.in_band).map(|table| table.calibration.as_str());
    if !inside.eq(band.tables.iter().map(String::as_str)) {
        found.problem("energy_band_pj.tables", "are not those of energy_by_table with in_band");
    }
    if let Some((low, high)) = band.expected(tables, pricing.own()) {
        found.same("energy_band_pj.low", band.low, low);
        found.same("energy_band_pj.high", band.high, high);
    }
}

fn show(s: &Summary, shown: &mut Shown) {
    let none = || {
        let others = others(s);
        (!others.is_empty()).then(|| format!("none: other tables price other things: {}", others.join(", ")))
    };
    text(s).or_else(none).into_iter().for_each(|text| shown.say(About::Rates, "energy band", text));
}

/// What the brackets behind an energy are, in the line of the constants.
pub(super) fn brackets(s: &Summary) -> String {
    match &s.pricing.band {
        Some(Band { low, high, .. }) if low >= high => String::new(),
        Some(Band { basis: BandBasis::FitError, fit_error: Some(error), .. }) => {
            format!("; in brackets: ±{} %, the largest error of the fit", number(error * 100.0))
        }
        Some(band) => format!("; in brackets: by {}", band.tables.join(" and ")),
        None => String::new(),
    }
}

/// A mean energy with its band, in one unit: `178 nJ (119 to 178)`.
pub(in crate::report) fn with_band(s: &Summary, scale: UnitScale, mean: f64) -> String {
    let mean = scale.text(mean);
    match &s.pricing.band {
        Some(Band { low, high, .. }) if low < high => {
            format!("{mean} ({} to {})", scale.plain(*low), scale.plain(*high))
        }
        _ => mean,
    }
}

/// What the band is made of, and which tables are no part of it.
pub(in crate::report) fn text(s: &Summary) -> Option<String> {
    let pricing = &s.pricing;
    let at_rest = if pricing.static_pj() > 0.0 { ", each with the same power at rest" } else { "" };
    let band = match &pricing.band {
        Some(Band { basis: BandBasis::FitError, fit_error: Some(error), low, high, tables }) => {
            let scale = UnitScale::of([*low, *high], ENERGY_UNITS);
            let of = tables.first().map_or("", String::as_str);
            let but = if pricing.static_pj() > 0.0 { ", of all but its power at rest" } else { "" };
            let ends = format!("{} to {}", scale.text(*low), scale.text(*high));
            Some(format!("{ends}: ±{} %, the largest error of the fit of {of}{but}", number(error * 100.0)))
        }
        Some(band) => Some(format!("the same counts by {}{at_rest}", tables_in(pricing, band))),
        None => None,
    };
    let others = others(s);
    match (band, others.is_empty()) {
        (None, _) => None,
        (Some(band), true) => Some(band),
        (Some(band), false) => Some(format!("{band}; not in it: {}", others.join(", "))),
    }
}

/// The tables of a band by their energies: all of a few, else the cheapest and the dearest.
fn tables_in(pricing: &crate::report::price::Pricing, band: &Band) -> String {
    let inside = pricing.tables.iter().filter(|table| table.in_band);
    let mut inside: Vec<(&str, f64)> =
        inside.filter_map(|table| Some((table.calibration.as_str(), table.energy_pj?))).collect();
    inside.sort_by(|one, other| one.1.total_cmp(&other.1));
    let scale = UnitScale::of([band.low, band.high], ENERGY_UNITS);
    let entry = |(name, pj): &(&str, f64)| format!("{name} {}", scale.text(*pj));
    match &inside[..] {
        [first, _, _, .., last] => {
            format!("{} tables, from {} to {}", inside.len(), entry(first), entry(last))
        }
        few => few.iter().map(entry).collect::<Vec<_>>().join(", "),
    }
}

/// Tables that are not in the band, and why.
fn others(s: &Summary) -> Vec<String> {
    s.pricing.tables.iter().filter_map(|table| apart(s, table)).collect()
}

fn apart(s: &Summary, table: &TableEnergy) -> Option<String> {
    if table.in_band || table.calibration == s.pricing.calibration.0 {
        return None;
    }
    let why = match (table.scope == Scope::NAMES[1], table.energy_pj, &table.differs[..]) {
        (true, ..) => "all-in".to_owned(),
        (false, None, _) => "prices nothing that was counted".to_owned(),
        (false, _, []) => return None,
        (false, _, classes) => {
            let names: Vec<&str> = classes.iter().map(|class| class.name()).collect();
            format!("covers other operations: {}", names.join(", "))
        }
    };
    Some(format!("{} ({why})", table.calibration))
}
