//! Who waits for whom in one sample: a row of the busiest cores each, and the barrier.

use super::course::{Activity, Course, CourseSpan, StepBound};
use super::film::Film;
use super::{Pictures, core_name};
use crate::ids::CoreId;
use crate::report::page::script::data;
use crate::report::table::{thousands, time};
use maud::{Markup, html};
use serde_json::{Value, json};

/// Colours; the last ones are of chips with a barrier.
const KEYS: [(&str, &str); 6] = [
    ("kind2", "soma and axons"),
    ("kind0", "synapses"),
    ("kind1", "sending"),
    ("use0", "waits for packets"),
    ("use1", "done, waits for the slowest core"),
    ("kind7", "barrier"),
];

pub(super) fn section(pictures: &Pictures<'_>) -> Markup {
    let film = pictures.film;
    let course = &film.course;
    if course.is_empty() {
        return html! {};
    }
    let kept = course.kept().len() - 1;
    let all = pictures.mapping.cores.len();
    html! {
        h2 #timeline { "Who waits for whom" }
        p { (bound(pictures)) }
        div.controls {
            label { "rows " select #timeline-rows {} }
            span #timeline-zoom {}
            span.spacer {}
            output #timeline-range {}
        }
        p.note {
            @let barrier = if course.has_steps() { 6 } else { 3 };
            @for (colour, text) in KEYS.into_iter().take(barrier)
            { span.key { i style=(format!("background:var(--{colour});height:.7em")) {} (text) } " " }
        }
        div #timeline-chart role="group" aria-label="timeline of cores and barrier" {}
        p.note {
            "The first sample. Drag to move; the wheel zooms after a click into the picture, or with Ctrl; so do the keys + and −, "
            "arrows move, 0 shows all."
            @if course.near > 0 { " Work with less than " (time(pictures.chip.ns(course.near))) " between is drawn as one." }
            @if kept < all { " Of " (thousands(all as i64)) " cores the " (kept) " busiest are in it." }
        }
        (data("timeline-data", &timeline(pictures, film)))
    }
}

/// What most of the time goes to.
fn bound(pictures: &Pictures<'_>) -> Markup {
    let course = &pictures.film.course;
    let steps: u64 = course.bounds.iter().map(|(steps, _)| steps).sum();
    let ticks: u64 = course.bounds.iter().map(|(_, ticks)| ticks).sum();
    if !course.has_steps() || ticks == 0 {
        return html! { "This chip has no barrier between time steps: cores work as packets come." };
    }
    let share = |bound: StepBound| 100.0 * course.bounds[bound as usize].1 as f64 / ticks as f64;
    let most = StepBound::ALL.into_iter().max_by_key(|bound| (course.bounds[*bound as usize].0, *bound as usize));
    let most = most.unwrap_or(StepBound::Barrier);
    let of = course.bounds[most as usize].0;
    let slowest = (0..course.last.len()).max_by_key(|core| (course.last[*core], std::cmp::Reverse(*core)));
    html! {
        b { (what(most)) } " takes longest in " (thousands(of as i64)) " of " (thousands(steps as i64)) " time steps. "
        @if let Some(core) = slowest.filter(|core| course.last[*core] > 0) {
            b { (core_name(pictures, core)) } " is done last in " (thousands(course.last[core] as i64)) " of them. "
        }
        "Of the time of the sample, along the core that is done last in each step: "
        @for (index, bound) in StepBound::ALL.into_iter().enumerate() {
            @if index > 0 { ", " } (short(bound)) " " (format!("{:.0} %", share(bound)))
        }
        "."
    }
}

fn what(bound: StepBound) -> &'static str {
    match bound {
        StepBound::Soma => "Soma work in the slowest core",
        StepBound::Synapses => "Synapse work in the slowest core",
        StepBound::Packets => "The wait for packets",
        StepBound::Barrier => "The barrier",
    }
}

fn short(bound: StepBound) -> &'static str {
    match bound {
        StepBound::Soma => "soma",
        StepBound::Synapses => "synapses",
        StepBound::Packets => "wait for packets",
        StepBound::Barrier => "barrier",
    }
}

/// The data of the script; times are ticks.
fn timeline(pictures: &Pictures<'_>, film: &Film) -> Value {
    let course = &film.course;
    let row = |(core, spans): (&u32, &[Vec<CourseSpan>; 3])| {
        let known = pictures.mapping.cores.get(CoreId::from_index(*core as usize));
        let spans = Activity::ALL.map(|activity| flat(&spans[activity as usize]));
        json!({
            "core": core,
            "name": known.map_or("host".to_owned(), |core| format!("core {}", core.site.get())),
            "layer": known.map(|core| core.largest()),
            "parts": known.map_or(&[][..], |core| &core.parts).iter().map(|part| part.population).collect::<Vec<_>>(),
            "spans": spans,
        })
    };
    let kept = course.kept();
    let steps =
        course.steps.iter().map(|step| json!([step.from, step.done, step.release, step.last, step.bound as u8]));
    json!({
        "ns": pictures.chip.tick.ns(),
        "end": film.end,
        "layers": pictures.scene.layers.iter().map(|layer| &layer.name).collect::<Vec<_>>(),
        "rows": kept.iter().zip(&course.spans).map(row).collect::<Vec<_>>(),
        "names": names(pictures, course),
        "steps": steps.collect::<Vec<_>>(),
    })
}

/// Names of the cores that were done last in a step and are not among the rows.
fn names(pictures: &Pictures<'_>, course: &Course) -> Value {
    let some = (0..course.last.len()).filter(|core| course.last[*core] > 0);
    Value::Object(some.map(|core| (core.to_string(), json!(core_name(pictures, core)))).collect())
}

/// Spans as a list of numbers, four for each: ticks from the end of the one before, ticks of length, of work, and the count.
fn flat(spans: &[CourseSpan]) -> Vec<i64> {
    let mut before = 0;
    let mut list = Vec::with_capacity(4 * spans.len());
    for span in spans {
        list.extend([span.from as i64 - before, (span.to - span.from) as i64, span.busy as i64, span.count as i64]);
        before = span.to as i64;
    }
    list
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_told_from_the_end_of_the_one_before() {
        let span = |from, to, busy, count| CourseSpan { from, to, busy, count };
        assert_eq!(
            flat(&[span(5, 9, 3, 2), span(9, 12, 3, 1), span(20, 21, 1, 1)]),
            [5, 4, 3, 2, 0, 3, 3, 1, 8, 1, 1, 1]
        );
        // A packet may have waited since before the last span ended.
        assert_eq!(flat(&[span(5, 9, 4, 1), span(8, 12, 4, 1)])[4..], [-1, 4, 4, 1]);
    }
}
