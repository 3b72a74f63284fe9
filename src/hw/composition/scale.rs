//! Scaling of calibrations from their published sizes.
//!
//! Energies are rounded to the nearest attojoule, times to the nearest tick. Where a tick is no cycle of a clock and is too
//! long for the differences, the file is read again with a tenth or a hundredth of it; cycles of a clock stay what they are.

use super::composed::Composition;
use crate::hw::all_in::Scope;
use crate::hw::calibration::{Calibration, StaticPower};
use crate::hw::cost::{ConstantKind, Cost, Energy};
use crate::hw::part_sums::OpSum;
use crate::hw::tick::TickLength;
use crate::json::Document;
use crate::stats::Op;
use crate::units::{Attojoules, Femtoseconds, Nanowatts};

/// By how much a tick may be made finer.
const FINER: [u64; 3] = [1, 10, 100];
/// Largest part of a difference of times that may be lost by rounding.
const LOST: f64 = 0.1;

/// The tick (fs) that differences of times need, where it is a finer one than that of the file.
pub(in crate::hw) fn finer_tick(
    composition: &Composition,
    calibrations: &[Calibration],
    tick: TickLength,
) -> Option<Femtoseconds> {
    if tick.mhz.is_some() || !composition.is_changed() {
        return None;
    }
    let is_timed =
        |op: &Op| calibrations.iter().any(|table| table.scope == Scope::PerTerm && table.cost(*op).latency.is_some());
    let more: Vec<f64> = Op::ALL.iter().filter(|op| is_timed(op)).filter_map(|op| composition.more(*op)?.ns).collect();
    let is_kept = |factor: u64| {
        let length = tick.length.0 as f64 / factor as f64;
        more.iter().all(|ns| {
            let ticks = ns * 1e6 / length;
            (ticks.round() - ticks).abs() <= LOST * ticks.abs()
        })
    };
    let possible = || FINER.into_iter().filter(|factor| tick.length.0.is_multiple_of(*factor));
    let factor = possible().find(|factor| is_kept(*factor)).or_else(|| possible().next_back())?;
    (factor > 1).then(|| Femtoseconds(tick.length.0 / factor))
}

/// Scales the calibrations of a chip, and notes what was scaled. `of_file` is the tick as the file has it.
pub(in crate::hw) fn scale(
    composition: &mut Composition,
    calibrations: &mut [Calibration],
    (tick, of_file): (TickLength, Femtoseconds),
    document: &Document,
) {
    if !composition.is_changed() {
        return;
    }
    for table in calibrations {
        let note = match &table.scope {
            Scope::AllIn { .. } => {
                let paths: Vec<&str> = composition.changed.iter().map(|(path, _, _)| path.as_str()).collect();
                format!(
                    "the figures of {} are all-in, of the whole chip as it was measured: they do not move with {}",
                    table.name,
                    paths.join(", ")
                )
            }
            Scope::PerTerm => {
                let mut moved = scale_costs(composition, table, tick, document);
                moved.extend(scale_rest(composition, table));
                let rest = match composition.leakage {
                    Some(_) => "",
                    None => "; power at rest does not move, because its share of leakage is not published",
                };
                let finer = (tick.length != of_file).then(|| {
                    format!("; times are in ticks of {} ns here, not of {} ns", tick.length.ns(), of_file.ns())
                });
                format!(
                    "constants of {} are scaled from what was published, for {}: {}{rest}{}",
                    table.name,
                    composition.changes(),
                    brief(&moved),
                    finer.unwrap_or_default()
                )
            }
        };
        composition.scaled.push((table.name.clone(), note));
    }
}

/// Scales the costs of a table; gives what moved in words.
fn scale_costs(
    composition: &Composition,
    table: &mut Calibration,
    tick: TickLength,
    document: &Document,
) -> Vec<(Option<Op>, String)> {
    let mut moved: Vec<(Option<Op>, String)> = Vec::new();
    for op in Op::ALL {
        let Some(more) = composition.more(*op) else { continue };
        match scaled(table.cost(*op), more, tick, &composition.changes()) {
            Ok((cost, what)) => {
                table.costs[*op as usize] = cost;
                // A kind that moved as its operation did is not named again.
                let is_known = |(other, of_other): &(Option<Op>, String)| *other == op.general() && *of_other == what;
                if !what.is_empty() && !moved.iter().any(is_known) {
                    moved.push((Some(*op), what));
                }
            }
            Err(why) => document.problem(format!("calibrations.{}.costs.{}", table.name, op.name()), why),
        }
    }
    moved
}

/// Scales the static power of a table by the leakage of a memory.
fn scale_rest(composition: &Composition, table: &mut Calibration) -> Option<(Option<Op>, String)> {
    let (leakage, rest) = composition.leakage.as_ref().zip(table.static_power.as_ref())?;
    let power = Nanowatts((rest.power.0 as f64 * leakage.factor).round() as u64);
    let (was, is) = (rest.power.0 as f64 / 1e6, power.0 as f64 / 1e6);
    let what = format!("static power {was:.4} to {is:.4} mW by the leakage of {}", leakage.part);
    let note = rest.note.clone().into_iter().chain([what.clone()]).collect::<Vec<_>>().join("; ");
    let source = format!("{}; share of leakage: {}", rest.source, leakage.source);
    table.static_power = Some(StaticPower { power, kind: ConstantKind::Scaled, note: Some(note), source });
    Some((None, what))
}

/// What moved, in words.
fn brief(moved: &[(Option<Op>, String)]) -> String {
    let name = |op: &Option<Op>| op.map_or(String::new(), |op| format!("{} ", op.name()));
    let all: Vec<String> = moved.iter().map(|(op, what)| name(op) + what).collect();
    if all.is_empty() { "none of them moves".to_owned() } else { all.join("; ") }
}

/// A cost with what the parts take more, and what moved in words.
fn scaled(cost: &Cost, more: OpSum, tick: TickLength, changes: &str) -> Result<(Cost, String), String> {
    let (mut cost, mut moved) = (cost.clone(), Vec::new());
    let by = (more.pj * 1e6).round() as i64;
    match cost.energy {
        Energy::Priced { low, nominal, high } if by != 0 => {
            let add = |energy: Attojoules| energy.0.checked_add_signed(by).map(Attojoules);
            let all = add(low).zip(add(nominal)).zip(add(high));
            let Some(((low, now), high)) = all else {
                return Err(format!(
                    "{} pJ published and {:.4} pJ for {changes} are less than nothing: the models do not hold so far from what \
                     was published",
                    pj(nominal),
                    more.pj
                ));
            };
            cost.energy = Energy::Priced { low, nominal: now, high };
            // The time keeps the kind that it had.
            cost.latency_kind = cost.latency_kind.or(cost.kind.filter(|_| cost.latency.is_some()));
            moved.push(format!("{} to {} pJ", pj(nominal), pj(now)));
        }
        Energy::IncludedIn(other) if by != 0 => {
            moved.push(format!("its energy is included in {}, and does not move", other.name()));
        }
        _ => {}
    }
    let is_scaled = matches!(cost.energy, Energy::Priced { .. }) && by != 0;
    if let (Some(ticks), Some(ns)) = (cost.latency, more.ns.filter(|ns| *ns != 0.0)) {
        let by = (ns * 1e6 / tick.length.0 as f64).round() as i64;
        if tick.mhz.is_some() {
            let cycles = ns * 1e6 / tick.length.0 as f64;
            if cycles.abs() > 0.5 {
                moved.push(format!("its time in whole cycles stays, though accesses take {ns:+.2} ns"));
            }
        } else if by == 0 {
            moved.push(format!("its time would move by {ns:+.4} ns, less than half a tick"));
        } else {
            let now = i64::from(ticks).checked_add(by).and_then(|now| u32::try_from(now).ok());
            let now = now.filter(|now| *now > 0).ok_or_else(|| {
                format!(
                    "{ticks} ticks published and {ns:.4} ns for {changes} are no time: the models do not hold so far"
                )
            })?;
            let ns = |ticks: u32| Femtoseconds(u64::from(ticks) * tick.length.0).ns();
            moved.push(format!("{} to {} ns", ns(ticks), ns(now)));
            cost.latency = Some(now);
            cost.latency_kind = Some(ConstantKind::Scaled);
        }
    }
    if is_scaled {
        cost.kind = Some(ConstantKind::Scaled);
    }
    if moved.is_empty() {
        return Ok((cost, String::new()));
    }
    let moved = moved.join(", ");
    let note = format!("scaled for {changes}: {moved}");
    cost.note = Some(cost.note.into_iter().chain([note]).collect::<Vec<_>>().join("; "));
    Ok((cost, moved))
}

/// Picojoules, to the last digit.
fn pj(energy: Attojoules) -> f64 {
    energy.0 as f64 / 1e6
}
