//! What a comparison found, in a few cards: the best by each main figure, and the front.

use super::values::{short, written_of};
use crate::explore::{ComparisonRow, ComparisonTable, FIGURES, Goal};
use crate::text::visible;
use maud::{Markup, html};

/// Figures with a card of their own.
const MAIN: &[&str] = &["accuracy", "mse", "energy_pj", "latency_ns", "energy_delay_pj_ns", "cores_used", "area_mm2"];

const NOT_KNOWN: &str = "not known";

pub(in crate::explore) fn findings(comparison: &ComparisonTable) -> Markup {
    let main = (0..FIGURES.len()).filter(|at| MAIN.contains(&FIGURES[*at].name));
    let ran = comparison.rows.iter().filter(|row| row.result.is_ok()).count();
    let on_front = comparison.front().iter().filter(|on_front| **on_front).count();
    let axes: Vec<&str> = comparison.axes.iter().map(|at| FIGURES[*at].label).collect();
    html! {
        div.cards {
            @for at in main {
                @if let Some((name, value, more)) = finding(comparison, at) { (card(&name, &value, &more)) }
            }
            @if on_front > 0 && ran > 1 {
                (card("Pareto front", &format!("{on_front} of {ran}"), &format!("by {}; marked ●", axes.join(", "))))
            }
        }
    }
}

fn card(name: &str, value: &str, more: &str) -> Markup {
    html! { div.card { span.name { (name) } span.value { (value) } span.more { (more) } } }
}

/// The name of a card, its value, and whose it is; `None` where no row has the figure.
fn finding(comparison: &ComparisonTable, at: usize) -> Option<(String, String, String)> {
    let label = FIGURES[at].label.to_owned();
    let known: Vec<&ComparisonRow> = comparison.rows.iter().filter(|row| row.figure(at).is_some()).collect();
    let first = known.first()?;
    let ran = comparison.rows.iter().filter(|row| row.result.is_ok()).count();
    let competing: Vec<&ComparisonRow> = known.iter().copied().filter(|row| comparison.competes(row, at)).collect();
    let mut marked = known.iter().filter(|row| comparison.is_best(row, at));
    if let Some(best) = marked.next() {
        let more = match marked.count() {
            0 => String::new(),
            more => format!(", and {more} more"),
        };
        return Some((best_of(at), written_of(best, at, None), name(comparison, best) + &more));
    }
    let ranked: Vec<&ComparisonRow> = competing.iter().copied().filter(|row| comparison.is_ranked(row)).collect();
    if ranked.len() < competing.len() {
        match ranked.as_slice() {
            [] => {
                return Some((best_of(at), NOT_KNOWN.to_owned(), "no row that counts is within the limits".to_owned()));
            }
            [only] => {
                return Some((
                    label,
                    written_of(only, at, None),
                    format!("{}; the only row that counts", name(comparison, only)),
                ));
            }
            [one, ..] if ranked.iter().all(|row| row.figure(at) == one.figure(at)) => {
                return Some((label, written_of(one, at, None), "the same in all rows that count".to_owned()));
            }
            _ => {}
        }
    }
    let same = competing.iter().all(|row| row.figure(at) == competing[0].figure(at));
    Some(match competing.as_slice() {
        _ if ran == 1 => (label, written_of(first, at, None), String::new()),
        [] => (best_of(at), NOT_KNOWN.to_owned(), "all energies are lower bounds (≥)".to_owned()),
        [only] => {
            (label, written_of(only, at, None), format!("{}; no other row has all of it", name(comparison, only)))
        }
        [one, ..] if same && competing.len() == ran => {
            (label, written_of(one, at, None), "the same in all rows".to_owned())
        }
        [one, ..] if same => {
            (label, written_of(one, at, None), format!("the same in the {} rows that have it", competing.len()))
        }
        _ => (best_of(at), NOT_KNOWN.to_owned(), "energies cover different classes".to_owned()),
    })
}

fn best_of(at: usize) -> String {
    let word = match (FIGURES[at].goal, FIGURES[at].name) {
        (Goal::Most, _) => "highest",
        (_, "cores_used") => "fewest",
        _ => "lowest",
    };
    format!("{word} {}", FIGURES[at].label)
}

/// A row's chip, and the values of what was swept.
fn name(comparison: &ComparisonTable, row: &ComparisonRow) -> String {
    let plan = &comparison.title.plan;
    let configuration = plan.configuration(row.index);
    let names: Vec<&str> = plan.axes.iter().map(|axis| axis.name.as_str()).collect();
    let values =
        names.iter().zip(&configuration.values).map(|(name, value)| format!(", {} {value}", short(name, &names)));
    visible(&(plan.chips[configuration.chip].clone() + &values.collect::<String>())).into_owned()
}
