//! Power at rest beside the energy: each measurement that the chip's file has, over the time of an inference.

use super::section::*;
use crate::hw::{ConstantKind, RestBound, RestScope};
use crate::report::at_rest::{AtRest, RestBasis, at_rest, times_dynamic};
use crate::report::energy::UNPRICED;

pub(super) const SECTION: Section = Section {
    measure,
    check,
    show,
    brief,
    ..Section::of(&[fields!(at_rest as "at_rest" = AddedLater(Vec::load, Vec::new()))])
};

/// The label of its line.
const LABEL: &str = "at rest";

fn measure(run: &MeasuredRun<'_>, s: &mut Summary) {
    let basis = RestBasis { tally: &s.tally, mapping: &s.mapping, pricing: &s.pricing };
    s.at_rest = at_rest(run.context.chip, run.context.calibration, basis);
}

fn check(s: &Summary, found: &SavedReport<'_>) {
    for (index, one) in s.at_rest.iter().enumerate() {
        let at = |field: &str| format!("at_rest[{index}].{field}");
        found.same(&at("total_power_mw"), one.total_power_mw, one.power_mw * f64::from(one.count));
        found.same(&at("energy_pj"), one.energy_pj, one.total_power_mw * s.tally.latency_ns());
        if let Some(parts) = &one.parts {
            found.same(&at("power_mw"), one.power_mw, parts.iter().map(|part| part.power_mw).sum());
        }
        match (one.times_dynamic, times_dynamic(one.energy_pj, &s.pricing)) {
            (Some(times), Some(expected)) => found.same(&at("times_dynamic"), times, expected),
            (None, None) => {}
            (_, None) => found.problem(&at("times_dynamic"), "the dynamic energy is not wholly known; expected null"),
            (None, _) => found.problem(&at("times_dynamic"), "found null, but the rest of the file has the energy"),
        }
    }
}

fn show(s: &Summary, shown: &mut Shown) {
    if !s.at_rest.is_empty() {
        shown.tables.push(table(s));
    }
    text(s).into_iter().for_each(|text| shown.say(About::Rates, LABEL, text));
    for one in &s.at_rest {
        let note = one.note.as_ref().map_or(String::new(), |note| format!(" ({note})"));
        let source = format!("power at rest, {} [{}]: {}{note}", one.name, one.kind.name(), one.source);
        shown.remark(About::Trust, "source", source);
    }
}

fn brief(s: &Summary, brief: &mut Brief) {
    let beside: Vec<&AtRest> = s.at_rest.iter().filter(|one| !one.in_energy).collect();
    // Bounds by cores say least where whole chips were measured.
    let is_whole = |one: &&&AtRest| one.bound.is_none();
    let whole: Vec<&AtRest> = beside.iter().filter(is_whole).copied().collect();
    let shown = if whole.is_empty() { beside } else { whole };
    let more: Vec<String> = shown.iter().enumerate().map(|(at, one)| brief_text(one, at == 0)).collect();
    let all: Vec<String> = within(s).into_iter().chain((!more.is_empty()).then(|| more.join(" or "))).collect();
    if !all.is_empty() {
        brief.line(BriefPlace::Units, LABEL, all.join("; "));
    }
}

/// `43.6 µJ more (104.4 mW a chip)`.
fn brief_text(one: &AtRest, is_first: bool) -> String {
    let more = if is_first { " more" } else { "" };
    let (energy, power) = (energy(one.energy_pj), milliwatts(one.power_mw));
    format!("{}{energy}{more} ({power} {})", bound(one.bound), scope(one.per).0)
}

/// All measurements in a sentence: what the energy holds of them, and what is beside it.
fn text(s: &Summary) -> Option<String> {
    let lines = lines(s);
    (!lines.is_empty()).then(|| lines.join("; "))
}

/// What the energy holds of power at rest, and each measurement that it does not hold.
pub(in crate::report) fn lines(s: &Summary) -> Vec<String> {
    let mut lines: Vec<String> = within(s).into_iter().collect();
    let over = s.figure("latency_ns").map_or(String::new(), |latency| format!(", over {}", time(latency.mean)));
    for (index, one) in s.at_rest.iter().filter(|one| !one.in_energy).enumerate() {
        let head = if index == 0 { format!("beside the energy, never added to it{over}: ") } else { String::new() };
        lines.push(head + &one_text(one, index == 0));
    }
    lines
}

/// What the energy holds of power at rest.
fn within(s: &Summary) -> Option<String> {
    let rest = s.pricing.static_pj();
    if rest > 0.0 {
        let power = rest / s.tally.latency_ns();
        let name = s.at_rest.iter().find(|one| one.in_energy).map_or(String::new(), |one| format!(" ({})", one.name));
        return Some(format!("in the energy: {} of static power, {}{name}", energy(rest), milliwatts(power)));
    }
    let is_all_in = s.pricing.scope.operating_point().is_some() && s.at_rest.iter().any(|one| one.in_energy);
    is_all_in.then(|| "in the energy: an all-in figure holds the chip's power at rest".to_owned())
}

/// `1.68 µJ (9.44 times the dynamic energy) at 104.4 mW a chip (static, Frady et al. 2020)`.
fn one_text(one: &AtRest, is_first: bool) -> String {
    let of = if is_first { " the dynamic energy" } else { "" };
    let times = one.times_dynamic.map_or(String::new(), |times| format!(" ({} times{of})", number(times)));
    let kind = (one.kind != ConstantKind::Silicon).then(|| one.kind.name().to_owned());
    let about: Vec<String> = [Some(one.name.clone()), kind, cited(&one.source)].into_iter().flatten().collect();
    let (each, noun) = scope(one.per);
    let several = if one.count > 1 { format!(", {}", count(one.count, noun)) } else { String::new() };
    let (energy, power) = (energy(one.energy_pj), milliwatts(one.power_mw));
    format!("{}{energy}{times} at {power} {each}{several} ({})", bound(one.bound), about.join(", "))
}

/// Before a figure that is known on one side only.
fn bound(bound: Option<RestBound>) -> &'static str {
    match bound {
        None => "",
        Some(RestBound::Upper) => "at most ",
        Some(RestBound::Lower) => "at least ",
    }
}

/// Behind a power, and the noun of several.
fn scope(per: RestScope) -> (&'static str, &'static str) {
    match per {
        RestScope::Chip => ("a chip", "chip"),
        RestScope::Board => ("a board", "board"),
        RestScope::CoreUsed => ("a core used", "core"),
        RestScope::Part => ("for these parts of a chip", "chip"),
    }
}

/// The begin of a source, where it is an author and a year.
fn cited(source: &str) -> Option<String> {
    let begin = source.split([',', ':', ';']).next().unwrap_or_default().trim();
    let is_short = begin.chars().count() <= 32 && begin.chars().any(|c| c.is_ascii_digit());
    is_short.then(|| begin.to_owned())
}

/// A power with the digits of its source, in the unit that suits it.
fn milliwatts(mw: f64) -> String {
    let units = [(1e3, "W"), (1.0, "mW"), (1e-3, "µW")];
    let (size, unit) = units.into_iter().find(|(size, _)| mw >= *size * 0.9999).unwrap_or((1e-6, "nW"));
    let value = mw / size;
    let digits = 1e4 / 10f64.powf(value.max(1.0).log10().ceil().max(1.0));
    format!("{} {unit}", (value * digits).round() / digits)
}

fn table(s: &Summary) -> ReportTable {
    let scale = UnitScale::of(s.at_rest.iter().map(|one| one.energy_pj), ENERGY_UNITS);
    let row = |one: &AtRest| {
        let of = scope(one.per);
        let times = one.times_dynamic.map_or_else(|| Cell::plain(UNPRICED), |times| Cell::exact(number(times), times));
        vec![
            Cell::Word(one.name.clone()),
            Cell::exact(format!("{}{}", bound(one.bound), milliwatts(one.power_mw)), one.power_mw),
            Cell::plain(format!("{} {}", thousands(one.count.into()), of.1)),
            Cell::exact(scale.text(one.energy_pj), one.energy_pj),
            times,
            Cell::plain(if one.in_energy { "yes" } else { "no" }),
            Cell::plain(one.kind.name()),
        ]
    };
    ReportTable {
        heading: "Power at rest, each measurement on its own",
        id: "rest",
        columns: vec!["measurement", "power", "times", "energy", "× dynamic", "in the energy", "kind"],
        rows: s.at_rest.iter().map(row).collect(),
        ..ReportTable::default()
    }
}
