//! What bounds the steps: the time of all of them by class, and the cores that bound most of it.

use crate::report::Summary;
use crate::report::bound::{BoundFigures, CoreBound};
use crate::report::table::{number, time};
use crate::run::BoundClass;
use maud::{Markup, html};

/// Cores that are drawn.
const CORES: usize = 9;

/// The colour of a class, as the timeline has it where it draws the same.
fn colour(class: BoundClass) -> &'static str {
    match class {
        BoundClass::Receive => "kind5",
        BoundClass::Synapse => "kind0",
        BoundClass::Soma => "kind2",
        BoundClass::Send => "kind1",
        BoundClass::Network => "kind3",
        BoundClass::Blocked => "kind4",
        BoundClass::Barrier => "kind7",
    }
}

pub(super) const STYLE: &str = "
.stack { display: grid; grid-template-columns: minmax(4rem, max-content) minmax(0, 1fr) max-content; gap: .3rem .8rem; align-items: center; max-width: 60rem; }
.stack .bar { display: flex; width: auto; height: 1.1rem; background: none; }
.stack .bar.first { height: 1.6rem; }
.stack .bar i { display: block; height: 100%; }
.stack .value { text-align: right; font-variant-numeric: tabular-nums; }
.stack hr { grid-column: 1 / -1; width: 100%; border: 0; border-top: 1px solid var(--rule); margin: .2rem 0; }
";

/// A part of a bar: its class, time (ns), and what it is.
type BarPart = (BoundClass, f64, String);

/// The bars; cores have names by their numbers.
pub(super) fn section(summary: &Summary, name: impl Fn(u64) -> String) -> Markup {
    let Some(bound) = summary.bound.as_ref().filter(|bound| bound.time_ns > 0.0) else { return html! {} };
    let share = |ns: f64| format!("{} %", number(100.0 * ns / bound.time_ns));
    let all: Vec<BarPart> = bound
        .time_by_class()
        .filter(|(_, ns)| *ns > 0.0)
        .map(|(class, ns)| (class, ns, format!("{}: {}, {} of the time", class.name(), time(ns), share(ns))))
        .collect();
    let cores = cores(bound);
    let longest = cores.first().map_or(0.0, |(_, parts)| length(parts));
    let shown: Vec<BoundClass> = BoundClass::ALL.into_iter().filter(|class| is_shown(*class, &all, &cores)).collect();
    html! {
        h2 #bounds { "What bounds the steps" }
        div.stack role="group" aria-label="time of steps by what bounds it" {
            span.name { "all steps" } (bar("bar first", &all, bound.time_ns)) span.value { (time(bound.time_ns)) }
            hr;
            @for (core, parts) in cores.iter().take(CORES) {
                span.name { (core.map_or_else(|| "no core".to_owned(), &name)) }
                (bar("bar", parts, longest))
                span.value { (share(length(parts))) }
            }
        }
        p.note {
            @for class in shown { span.key { i style=(format!("background:var(--{});height:.7em", colour(class))) {} (class.name()) } " " }
        }
        p.note {
            "Above: time on the way to the end of each step, by what it is spent on. By the work of the busiest cores alone it \
             would be at least " (time(bound.lower_bound_ns)) ". Below: the time of the steps that each core bounds, by what it bounds them by"
            @if cores.len() > CORES { "; the first " (CORES) " of " (cores.len()) } "."
        }
    }
}

fn is_shown(class: BoundClass, all: &[BarPart], cores: &[(Option<u64>, Vec<BarPart>)]) -> bool {
    all.iter().chain(cores.iter().take(CORES).flat_map(|(_, parts)| parts)).any(|(of, ..)| *of == class)
}

fn length(parts: &[BarPart]) -> f64 {
    parts.iter().map(|(_, ns, _)| ns).sum()
}

/// Who bounds steps, those that bound the most time first.
fn cores(bound: &BoundFigures) -> Vec<(Option<u64>, Vec<BarPart>)> {
    let mut all: Vec<(Option<u64>, Vec<BarPart>)> = Vec::new();
    for CoreBound { core, class, steps, bounded_ns } in &bound.cores {
        let share = 100.0 * *steps as f64 / bound.steps as f64;
        let part =
            (*class, *bounded_ns, format!("{}: {} % of steps, {}", class.name(), number(share), time(*bounded_ns)));
        match all.last_mut().filter(|(last, _)| last == core) {
            Some((_, parts)) => parts.push(part),
            None => all.push((*core, vec![part])),
        }
    }
    all.sort_by(|(_, a), (_, b)| length(b).total_cmp(&length(a)));
    all
}

fn bar(class: &str, parts: &[BarPart], longest: f64) -> Markup {
    let width = |ns: f64| if longest > 0.0 { 100.0 * ns / longest } else { 0.0 };
    html! {
        span class=(class) {
            @for (class, ns, text) in parts {
                i title=(text) style=(format!("width:{:.3}%;background:var(--{})", width(*ns), colour(*class))) {}
            }
        }
    }
}
