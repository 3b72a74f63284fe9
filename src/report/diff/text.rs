//! Differences between runs for people.

use super::{ChipValue, EnergyChange, OperationChange, RunDiff};
use crate::report::energy::UNPRICED;
use crate::report::table::{energy, figure, label, number, table, thousands};
use std::fmt::Write;

/// Most rows of a table; the JSON has all.
const ROWS: usize = 12;

/// The differences, for a terminal of that width; `names` are those of the two files.
pub fn diff_text(diff: &RunDiff, names: &[String; 2], width: u16) -> String {
    let mut text = format!("A  {}\nB  {}\n", names[0], names[1]);
    if diff.is_empty() {
        return text + "nothing differs";
    }
    asked(&mut text, diff, width);
    figures(&mut text, diff, width);
    energies(&mut text, diff, width);
    text.trim_end().to_owned()
}

fn asked(text: &mut String, diff: &RunDiff, width: u16) {
    let value = |ChipValue { path, values }: &ChipValue| {
        let shown = values.clone().map(|value| value.unwrap_or_else(|| "not there".into()));
        (path.clone(), shown)
    };
    let of_chip = diff.chip.iter().flatten();
    let rows: Vec<(String, [String; 2])> = diff.asked.iter().cloned().chain(of_chip.map(value)).collect();
    if !rows.is_empty() {
        let mut grid = table(&["asked for", "A", "B"], width);
        grid.add_rows(rows.iter().take(2 * ROWS).map(|(name, [a, b])| [name, a, b]));
        let _ = writeln!(text, "\n{grid}{}", more(rows.len(), 2 * ROWS));
    }
    for (run, notes) in ["A", "B"].iter().zip(&diff.only) {
        for note in notes {
            let note = format!("only {run}: {note}");
            let _ = writeln!(text, "{}", textwrap::fill(&note, usize::from(width)));
        }
    }
    if diff.chip.is_none() {
        text.push_str("chip values: not compared, because a chip file that a run used is not there or has changed\n");
    }
}

fn figures(text: &mut String, diff: &RunDiff, width: u16) {
    if diff.figures.is_empty() {
        return;
    }
    let mut grid = table(&["per inference", "A", "B", "change"], width);
    for (name, values) in &diff.figures {
        let (base, rest) = name.split_once(' ').unwrap_or((name, ""));
        let shown = values.map(|value| value.map_or("none".into(), |value| figure(base, value)));
        let [a, b] = shown;
        grid.add_row([format!("{} {rest}", label(base)).trim_end(), &a, &b, &percent(*values)]);
    }
    let _ = writeln!(text, "\n{grid}");
}

/// A relative change, as in `+12.3 %`.
fn percent([before, after]: [Option<f64>; 2]) -> String {
    match before.zip(after) {
        Some((before, after)) if before != 0.0 => format!("{:+.1} %", (after / before - 1.0) * 100.0),
        _ => String::new(),
    }
}

fn energies(text: &mut String, diff: &RunDiff, width: u16) {
    let [(before, of_before), (after, of_after)] = diff.energy_pj;
    let change = percent([of_before.known(before), of_after.known(after)]);
    let (a, b) = (of_before.mark(energy(before)), of_after.mark(energy(after)));
    let _ = match before == after && of_before == of_after {
        true => writeln!(text, "\nenergy  {a} in both"),
        false => writeln!(text, "\nenergy  {a} -> {b}  {change}"),
    };
    if !diff.operations.is_empty() {
        let columns =
            ["operation", "count A", "count B", "price A", "price B", "change", "by count", "by price", "of all"];
        let mut grid = table(&columns, width);
        grid.add_rows(diff.operations.iter().take(ROWS).map(operation));
        let _ = writeln!(text, "{grid}{}", more(diff.operations.len(), ROWS));
        let _ = writeln!(text, "{}", textwrap::fill(&sums(diff), usize::from(width)));
    }
    if let Some(most) = diff.operations.iter().find(|op| op.change_pj() != 0.0) {
        let _ = writeln!(text, "{}", textwrap::fill(&verdict(most), usize::from(width)));
    }
    for (name, rows) in [("unit", &diff.units), ("layer", &diff.layers)] {
        if !rows.is_empty() {
            let mut grid = table(&[name, "A", "B", "change", "share"], width);
            grid.add_rows(rows.iter().take(ROWS).map(energy_row));
            let _ = writeln!(text, "\n{grid}{}", more(rows.len(), ROWS));
        }
    }
}

/// How the parts were split, and that they are the whole change.
fn sums(diff: &RunDiff) -> String {
    let split = "Per inference. By count: (count B - count A) x price A; by price: (price B - price A) x count B.";
    if !diff.operations.iter().any(OperationChange::is_priced) {
        return format!("{split} None of these has a price, so the change of the energy is unknown.");
    }
    let Some(exact) = diff.exact else {
        return format!(
            "{split} A report is older than the prices in it, so that the change of the energy is not explained here; run \
             or price again to have them"
        );
    };
    let part = |aj: i128| signed(exact.pj(aj));
    let all = if exact.change_aj() == 0 { "" } else { " Of all: share of the change, with its sign; together 100 %." };
    let whole = match exact.is_explained() {
        true => "exactly the change, in whole attojoules",
        false => "which is not the change: this is a fault of the program",
    };
    format!(
        "{split}{all} Sums: {} by count and {} by price are {}, {whole}.",
        part(exact.by_count_aj),
        part(exact.by_price_aj),
        part(exact.by_count_aj + exact.by_price_aj)
    )
}

/// What made the energy change most.
fn verdict(op: &OperationChange) -> String {
    let is_count = op.by_count_pj.abs() >= op.by_price_pj.abs();
    let (what, [a, b]) = match (op.name, is_count) {
        ("static", true) => ("time of static power".to_owned(), op.counts.map(|ns| figure("latency_ns", ns))),
        ("static", false) => ("static power".to_owned(), op.prices.map(power)),
        (_, true) => (format!("count of {}", name(op)), op.counts.map(exact)),
        (_, false) => (format!("price of {}", name(op)), op.prices.map(price)),
    };
    format!("Most of it: the {what}, {a} -> {b}; this operation has {:.0} % of all changes", op.share * 100.0)
}

fn power(mw: Option<f64>) -> String {
    mw.map_or(UNPRICED.into(), |mw| format!("{} mW", number(mw)))
}

fn price(pj: Option<f64>) -> String {
    pj.map_or(UNPRICED.into(), energy)
}

fn operation(op: &OperationChange) -> Vec<String> {
    let is_rest = op.name == "static";
    let count = |count: f64| if is_rest { figure("latency_ns", count) } else { exact(count) };
    let price = if is_rest { power } else { price };
    let known = |figure: String| if op.is_priced() { figure } else { UNPRICED.to_owned() };
    let [before, after] = op.counts;
    let share = op.of_change.map_or_else(String::new, |share| format!("{:.1} %", share * 100.0));
    vec![
        name(op),
        count(before),
        count(after),
        price(op.prices[0]),
        price(op.prices[1]),
        known(signed(op.change_pj())),
        known(signed(op.by_count_pj)),
        known(signed(op.by_price_pj)),
        known(share),
    ]
}

fn name(op: &OperationChange) -> String {
    let name = if op.name == "static" { "static power".into() } else { label(op.name) };
    match &op.core {
        Some(core) => format!("{name} on {core}"),
        None => name,
    }
}

/// A count as it is where it is whole.
fn exact(count: f64) -> String {
    if count.fract() == 0.0 && count < 1e15 { thousands(count as i64) } else { number(count) }
}

fn signed(pj: f64) -> String {
    if pj > 0.0 { format!("+{}", energy(pj)) } else { energy(pj) }
}

fn energy_row(EnergyChange { name, pj, share }: &EnergyChange) -> Vec<String> {
    let change = pj[0].zip(pj[1]).map_or(UNPRICED.into(), |(before, after)| signed(after - before));
    let share = format!("{:.1} %", share * 100.0);
    vec![label(name), price(pj[0]), price(pj[1]), change, share]
}

fn more(rows: usize, shown: usize) -> String {
    let left = rows.saturating_sub(shown);
    if left == 0 { String::new() } else { format!("\n… and {left} more: --json has all") }
}
