//! The chip as a board of tiles: which core holds which layer, what each costs, and what its links carry over time.

use super::Pictures;
use super::film::{Film, Frame};
use crate::hw::topology::Size;
use crate::ids::CoreId;
use crate::report::energy::Coverage;
use crate::report::page::KINDS;
use crate::report::page::board::{SIDE, STEPS, board, centre, cores, line, shade, steps};
use crate::report::page::script::data;
use crate::report::table::{energy, number, time};
use maud::{Markup, html};
use serde_json::{Value, json};

fn holds(pictures: &Pictures<'_>, index: usize) -> String {
    let core = &pictures.mapping.cores[CoreId::from_index(index)];
    let layer = &pictures.scene.layers[core.population as usize];
    let (first, last) = (core.neurons.start - layer.first, core.neurons.end - 1 - layer.first);
    format!("core {} of {}: {} neurons {first} to {last}", core.site.get(), pictures.chip.name, layer.name)
}

pub(super) fn mapping(pictures: &Pictures<'_>, size: Size) -> Markup {
    let of = |index: usize| {
        let layer = pictures.mapping.cores[CoreId::from_index(index)].population as usize % KINDS.len();
        (format!("s{layer}"), holds(pictures, index))
    };
    let layers = pictures.scene.layers.iter().enumerate().filter(|(_, layer)| pictures.scene.is_on_cores(layer));
    html! {
        figure {
            (board(size, "cores by layer", &cores(&pictures.chip.noc, pictures.mapping, &of)))
            figcaption {
                "Cores by layer: "
                @for (index, layer) in layers { span.key { i class=(format!("s{}", index % KINDS.len())) {} (layer.name) } " " }
            }
        }
    }
}

pub(super) fn energies(pictures: &Pictures<'_>, size: Size) -> Markup {
    let all = pictures.core_energy_pj.iter().copied();
    let (least, most) = (all.clone().fold(f64::INFINITY, f64::min), all.fold(0.0, f64::max));
    // Cores that cost nearly the same differ too little to be told apart on a scale from nothing.
    let from = if least > most / 2.0 { least } else { 0.0 };
    let of = |index: usize| {
        let pj = pictures.core_energy_pj[index];
        let (marked, spikes) = (pictures.core_coverage[index].mark(energy(pj)), number(pictures.core_spikes[index]));
        let text = format!("{}, {marked}, {spikes} spikes", holds(pictures, index));
        (format!("u{}", shade(pj - from, most - from)), text)
    };
    html! {
        figure {
            (board(size, "energy by core", &cores(&pictures.chip.noc, pictures.mapping, &of)))
            @if energy(least) == energy(most) {
                figcaption { "Energy by core: " (energy(most)) " each." }
            } @else { figcaption.scale {
                "Energy by core: " (energy(from)) (steps()) (energy(most))
                @if from > 0.0 { ", from the least to the most" }
                @if pictures.core_coverage.iter().any(|coverage| *coverage != Coverage::Complete) { ", of what is priced" }
            } }
        }
    }
}

/// Spikes of routers' cores and flits of links, with a slider through the frames of a film.
pub(super) fn traffic(pictures: &Pictures<'_>, film: &Film, size: Size) -> Markup {
    let topology = &pictures.chip.noc.topology;
    let whole = whole(film);
    let (spikes, flits) = at(pictures, &whole);
    let most = (spikes.iter().copied().max().unwrap_or(0), flits.iter().copied().max().unwrap_or(0));
    let inside = html! {
        @for (link, flits) in topology.links.iter().zip(&flits) {
            @let [x1, y1, x2, y2] = line(size, topology.routers[link.from as usize].place, link.from_port);
            line class=(format!("u{}", shade((*flits).into(), most.1.into()))) x1=(x1) y1=(y1) x2=(x2) y2=(y2) {
                title { (topology.link_name(link)) ": " (flits) " flits" }
            }
        }
        @for (router, spikes) in topology.routers.iter().zip(&spikes) {
            @let (x, y) = centre(router.place);
            rect class=(format!("u{}", shade((*spikes).into(), most.0.into())))
                x=(x - SIDE / 2) y=(y - SIDE / 2) width=(SIDE) height=(SIDE) rx="2" {
                title { "router " (router.name) ": " (spikes) " spikes" }
            }
        }
    };
    let ns = |tick: u64| time(pictures.chip.ns(tick));
    html! {
        figure #traffic {
            p.slider.controls hidden {
                button type="button" aria-label="play" { "▶" }
                label { "time " input type="range" min="0" max=(film.frames.len()) value="0"; }
                output { "the whole sample" }
            }
            (board(size, "spikes and flits over time", &inside))
            figcaption.scale { "0" (steps()) "most" }
            figcaption {
                "Squares: spikes of a tile's cores, up to " span.most.spikes { (most.0) } ". Lines: flits of a link, up to "
                span.most.flits { (most.1) } ". The first sample takes " (ns(film.end)) "; a frame of the slider is "
                (ns(film.width)) ", and all frames have one scale."
            }
        }
        (data("frames", &frames(pictures, film)))
    }
}

fn whole(film: &Film) -> Frame {
    let sum = |of: &dyn Fn(&Frame) -> &Vec<u32>| {
        let mut sum: Vec<u32> = film.frames.first().map_or(Vec::new(), |frame| vec![0; of(frame).len()]);
        film.frames.iter().for_each(|frame| sum.iter_mut().zip(of(frame)).for_each(|(sum, more)| *sum += more));
        sum
    };
    Frame { spikes: sum(&|frame| &frame.spikes), flits: sum(&|frame| &frame.flits) }
}

/// Spikes by router and flits by link of a frame.
fn at(pictures: &Pictures<'_>, frame: &Frame) -> (Vec<u32>, Vec<u32>) {
    let noc = &pictures.chip.noc;
    let mut spikes = vec![0; noc.topology.routers.len()];
    for (core, count) in pictures.mapping.cores.iter().zip(&frame.spikes) {
        spikes[noc.router_of(core.site) as usize] += count;
    }
    let ports = usize::from(pictures.scene.ports);
    let flits = noc.topology.links.iter().map(|link| {
        let position = link.from as usize * ports + usize::from(link.from_port);
        frame.flits.get(position).copied().unwrap_or(0)
    });
    (spikes, flits.collect())
}

/// The frames for the script: pairs of a number and what it is not 0 of.
fn frames(pictures: &Pictures<'_>, film: &Film) -> Value {
    let some = |values: Vec<u32>| -> Value {
        values
            .into_iter()
            .enumerate()
            .filter(|(_, value)| *value > 0)
            .map(|(index, value)| json!([index, value]))
            .collect()
    };
    let frame = |(index, frame): (usize, &Frame)| {
        let (spikes, flits) = at(pictures, frame);
        let from = film.width * index as u64;
        let text = format!(
            "{} to {}",
            time(pictures.chip.ns(from)),
            time(pictures.chip.ns((from + film.width).min(film.end)))
        );
        json!({"time": text, "spikes": some(spikes), "flits": some(flits)})
    };
    let (spikes, flits) = at(pictures, &whole(film));
    let first = json!({"time": "the whole sample", "spikes": some(spikes), "flits": some(flits)});
    let frames: Vec<Value> = std::iter::once(first).chain(film.frames.iter().enumerate().map(frame)).collect();
    json!({"shades": STEPS, "frames": frames})
}
