//! The chip as a board of tiles: which core holds which layer, what each costs, and what its links carry over time.

use super::Pictures;
use super::film::{Film, Frame};
use crate::hw::topology::{Place, Size, TopologyKind};
use crate::ids::CoreId;
use crate::map::CorePart;
use crate::report::energy::Coverage;
use crate::report::page::KINDS;
use crate::report::page::board::{SIDE, STEPS, all_links, board, centre, cores, line, part, shade, squares, steps};
use crate::report::page::script::data;
use crate::report::table::{energy, number, time};
use crate::text::some_of;
use maud::{Markup, html};
use serde_json::{Value, json};

/// Most populations of a core that are named.
const MOST_PARTS: usize = 8;

fn holds(pictures: &Pictures<'_>, index: usize) -> String {
    let core = &pictures.mapping.cores[CoreId::from_index(index)];
    let part = |part: &CorePart| {
        let layer = &pictures.scene.layers[part.population as usize];
        let (first, last) = (part.neurons.start - layer.first, part.neurons.end - 1 - layer.first);
        format!("{} neurons {first} to {last}", layer.name)
    };
    let parts: Vec<String> = core.parts.iter().map(part).collect();
    let parts = some_of(&parts.iter().map(String::as_str).collect::<Vec<_>>(), MOST_PARTS);
    format!("core {} of {}: {parts}", core.site.get(), pictures.chip.name)
}

/// Largest board that is drawn whole (columns or rows).
const WHOLE: u16 = 16;

/// A picture of the tiles that do something: the whole of a small chip, a part of a large one.
fn view(pictures: &Pictures<'_>, size: Size, label: &str, inside: &Markup) -> Markup {
    let noc = &pictures.chip.noc;
    let cores = pictures.mapping.cores.iter().map(|core| noc.place(noc.tile_of(core.site)));
    let ports = usize::from(pictures.scene.ports).max(1);
    let routers = &noc.topology.routers;
    let busy =
        |router: &usize| pictures.film.frames.iter().any(|f| f.flits[router * ports..][..ports].iter().any(|n| *n > 0));
    let passed = (0..routers.len()).filter(busy).map(|router| routers[router].place);
    let used: Vec<Place> = cores.chain(passed).collect();
    if size.width.max(size.height) <= WHOLE || used.is_empty() {
        return board(size, label, inside);
    }
    let ends = |of: fn(&Place) -> u16, most: u16| {
        let (least, last) = used.iter().map(of).fold((most, 0), |(least, last), at| (least.min(at), last.max(at)));
        (least.saturating_sub(1), (last + 2).min(most))
    };
    let ((left, right), (top, bottom)) = (ends(|place| place.x, size.width), ends(|place| place.y, size.height));
    let shown = Size { width: right - left, height: bottom - top };
    html! {
        (part(Place { x: left, y: top }, shown, label, inside))
        @if (shown.width, shown.height) != (size.width, size.height) {
            p.note {
                "Columns " (left) " to " (right - 1) " and rows " (top) " to " (bottom - 1) " of " (size.width) " × " (size.height)
                " tiles; the others do nothing."
            }
        }
    }
}

pub(super) fn mapping(pictures: &Pictures<'_>, size: Size) -> Markup {
    let of = |index: usize| {
        let layer = pictures.mapping.cores[CoreId::from_index(index)].largest() as usize % KINDS.len();
        (format!("s{layer}"), holds(pictures, index))
    };
    let layers = pictures.scene.layers.iter().enumerate().filter(|(_, layer)| pictures.scene.is_on_cores(layer));
    html! {
        figure {
            h3 { "Cores by layer" }
            (view(pictures, size, "cores by layer", &cores(&pictures.chip.noc, pictures.mapping, &of)))
            figcaption {
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
    let is_part = pictures.core_coverage.iter().any(|coverage| *coverage != Coverage::Complete);
    let of = |index: usize| {
        let pj = pictures.core_energy_pj[index];
        let (marked, spikes) = (pictures.core_coverage[index].mark(energy(pj)), number(pictures.core_spikes[index]));
        let text = format!("{}, {marked}, {spikes} spikes", holds(pictures, index));
        (format!("u{}", shade(pj - from, most - from)), text)
    };
    html! {
        figure {
            h3 { "Energy by core" }
            (view(pictures, size, "energy by core", &cores(&pictures.chip.noc, pictures.mapping, &of)))
            @if energy(least) == energy(most) {
                figcaption { (energy(most)) " each" @if is_part { ", of what is priced" } "." }
            } @else { figcaption.scale {
                // A scale that begins at nothing begins at no energy of a core.
                @if from > 0.0 { (energy(from)) } @else { "0" }
                (steps()) (energy(most))
                @if from > 0.0 { ", from the least to the most" }
                @if is_part { ", of what is priced" }
            } }
        }
    }
}

/// Spikes of routers' cores and flits of links, with a slider through the frames of a film.
pub(super) fn traffic(pictures: &Pictures<'_>, film: &Film, size: Size) -> Markup {
    let topology = &pictures.chip.noc.topology;
    let (spikes, flits) = at(pictures, &whole(film));
    let most = (spikes.iter().copied().max().unwrap_or(0), flits.iter().copied().max().unwrap_or(0));
    // Of a large chip most tiles and links do nothing: those that do something are elements of their own.
    let busy = |counts: &[u32]| counts.iter().map(|count| *count > 0).collect::<Vec<_>>();
    let (busy_routers, busy_links) = (busy(&spikes), busy(&flits));
    let links = topology.links.iter().zip(&flits).filter(|(_, flits)| **flits > 0);
    let routers = topology.routers.iter().zip(&spikes).filter(|(_, spikes)| **spikes > 0);
    let inside = html! {
        path.idle-links d=(all_links(size, matches!(topology.kind, TopologyKind::Torus(_)))) {}
        path.idle-tiles d=(squares(topology.routers.iter().map(|router| router.place), SIDE)) {}
        @for (link, flits) in links {
            @let [x1, y1, x2, y2] = line(size, topology.routers[link.from as usize].place, link.from_port);
            line class=(format!("u{}", shade((*flits).into(), most.1.into()))) x1=(x1) y1=(y1) x2=(x2) y2=(y2) {
                title { (topology.link_name(link)) ": " (flits) " flits" }
            }
        }
        @for (router, spikes) in routers {
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
            h3 { "Traffic over time" }
            p.slider.controls hidden {
                button type="button" aria-label="play" { "▶" }
                label { "time " input type="range" min="0" max=(film.frames.len()) value="0"; }
                output { "the whole sample" }
            }
            (view(pictures, size, "spikes and flits over time", &inside))
            figcaption.scale { "0" (steps()) "most" }
            figcaption {
                "Squares: spikes of a tile's cores, up to " span.most.spikes { (most.0) } ". Lines: flits of a link, up to "
                span.most.flits { (most.1) } ". The first sample takes " (ns(film.end)) "; a frame of the slider is "
                (ns(film.width)) ", and all frames have one scale."
            }
        }
        (data("frames", &frames(pictures, film, &busy_routers, &busy_links)))
    }
}

/// Whether a link between routers carries something.
pub(super) fn carries(pictures: &Pictures<'_>) -> bool {
    at(pictures, &whole(pictures.film)).1.iter().any(|flits| *flits > 0)
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

/// The frames for the script: pairs of the number of an element and what it is not 0 of.
fn frames(pictures: &Pictures<'_>, film: &Film, busy_routers: &[bool], busy_links: &[bool]) -> Value {
    let some = |values: Vec<u32>, busy: &[bool]| -> Value {
        let elements = values.into_iter().zip(busy).filter(|(_, busy)| **busy).map(|(value, _)| value);
        elements.enumerate().filter(|(_, value)| *value > 0).map(|(index, value)| json!([index, value])).collect()
    };
    let frame = |text: &str, frame: &Frame| {
        let (spikes, flits) = at(pictures, frame);
        json!({"time": text, "spikes": some(spikes, busy_routers), "flits": some(flits, busy_links)})
    };
    let ns = |tick| time(pictures.chip.ns(tick));
    let numbered = |(index, shown): (usize, &Frame)| {
        let from = film.width * index as u64;
        frame(&format!("{} to {}", ns(from), ns((from + film.width).min(film.end))), shown)
    };
    let first = frame("the whole sample", &whole(film));
    let frames: Vec<Value> = std::iter::once(first).chain(film.frames.iter().enumerate().map(numbered)).collect();
    json!({"shades": STEPS, "frames": frames})
}
