//! The chip as a board: tiles as squares, links as lines, coloured by what is there.

use crate::hw::topology::{EAST, NORTH, Place, Size, TopologyKind, WEST};
use crate::hw::{Noc, Topology};
use crate::map::Mapping;
use maud::{Markup, html};
use std::fmt::Write;

/// Steps of the scale of colours.
pub(in crate::report) const STEPS: usize = 6;

/// From a router to the next, side of its square, and from the middle of a link to each of its directions.
pub(in crate::report) const PITCH: i32 = 40;
pub(in crate::report) const SIDE: i32 = 18;
const BESIDE: i32 = 5;

/// Most columns or rows of a board.
pub(in crate::report) const MOST_SIDE: u16 = 64;

/// The size of a chip that has rows and columns, and not too many.
pub(in crate::report) fn size(topology: &Topology) -> Option<Size> {
    let (TopologyKind::Mesh(size) | TopologyKind::Torus(size)) = topology.kind else { return None };
    (size.width <= MOST_SIDE && size.height <= MOST_SIDE).then_some(size)
}

pub(in crate::report) fn board(size: Size, label: &str, inside: &Markup) -> Markup {
    part(Place { x: 0, y: 0 }, size, label, inside)
}

/// A board with a class of its own.
pub(in crate::report) fn named(size: Size, class: &str, label: &str, inside: &Markup) -> Markup {
    let (width, height) = (i32::from(size.width) * PITCH, i32::from(size.height) * PITCH);
    html! {
        svg class={ "heat " (class) } viewBox=(format!("0 0 {width} {height}")) role="img" aria-label=(label)
            style=(format!("max-width:{}px", (width * 3 / 2).clamp(160, 620))) { (inside) }
    }
}

/// A part of a board, from a tile on.
pub(in crate::report) fn part(first: Place, size: Size, label: &str, inside: &Markup) -> Markup {
    let [x, y, width, height] = [first.x, first.y, size.width, size.height].map(|tiles| i32::from(tiles) * PITCH);
    html! {
        svg.heat viewBox=(format!("{x} {y} {width} {height}")) role="img" aria-label=(label)
            style=(format!("max-width:{}px", (width * 3 / 2).clamp(160, 620))) { (inside) }
    }
}

/// Where the cores of a tile stand in it: columns, and the side of a core.
pub(in crate::report) fn within(cores: u16) -> (i32, i32) {
    let columns = f64::from(cores).sqrt().ceil() as i32;
    (columns, (PITCH - 6) / columns)
}

/// A square for each core, with a class and a text.
pub(in crate::report) fn cores(noc: &Noc, mapping: &Mapping, of: &dyn Fn(usize) -> (String, String)) -> Markup {
    let (columns, side) = within(noc.cores_per_tile);
    html! {
        path.tile d=(squares((0..noc.tiles()).map(|tile| noc.place(tile)), PITCH - 2)) {}
        @for (index, core) in mapping.cores.iter().enumerate() {
            @let (x, y) = centre(noc.place(noc.tile_of(core.site)));
            @let at = noc.place_on_tile(core.site) as i32;
            @let (class, text) = of(index);
            rect class=(class) x=(x - PITCH / 2 + 3 + at % columns * side) y=(y - PITCH / 2 + 3 + at / columns * side)
                width=(side - 1) height=(side - 1) { @if !text.is_empty() { title { (text) } } }
        }
    }
}

/// Squares around the middles of tiles, as one path: a large chip has thousands of them.
pub(in crate::report) fn squares(places: impl Iterator<Item = Place>, side: i32) -> String {
    places.fold(String::new(), |mut path, place| {
        let (x, y) = centre(place);
        let _ = write!(path, "M{} {}h{side}v{side}h-{side}z", x - side / 2, y - side / 2);
        path
    })
}

/// All links, as one path: they lie on lines through whole rows and columns.
pub(in crate::report) fn all_links(size: Size, round: bool) -> String {
    let (width, height) = (i32::from(size.width) * PITCH, i32::from(size.height) * PITCH);
    let ends = if round { 0 } else { PITCH / 2 };
    let mut path = String::new();
    for beside in [-BESIDE, BESIDE] {
        for y in 0..i32::from(size.height) {
            let _ = write!(path, "M{ends} {}H{}", y * PITCH + PITCH / 2 + beside, width - ends);
        }
        for x in 0..i32::from(size.width) {
            let _ = write!(path, "M{} {ends}V{}", x * PITCH + PITCH / 2 + beside, height - ends);
        }
    }
    path
}

pub(in crate::report) fn steps() -> Markup {
    html! { @for step in 0..STEPS { i class=(format!("u{step}")) {} } }
}

/// The step of the scale for a value, if the last one ends at the most there is.
pub(in crate::report) fn shade(value: f64, most: f64) -> usize {
    if most > 0.0 { ((value / most * STEPS as f64) as usize).min(STEPS - 1) } else { 0 }
}

pub(in crate::report) fn centre(place: Place) -> (i32, i32) {
    (i32::from(place.x) * PITCH + PITCH / 2, i32::from(place.y) * PITCH + PITCH / 2)
}

/// Where a link is drawn: to the next router, or to the edge where it leads round to the other side; on the right of
/// who travels along it, beside that of the other direction.
pub(in crate::report) fn line(size: Size, place: Place, port: u8) -> [i32; 4] {
    let (x, y) = centre(place);
    let (dx, dy, round) = match port {
        EAST => (1, 0, place.x + 1 == size.width),
        WEST => (-1, 0, place.x == 0),
        NORTH => (0, -1, place.y == 0),
        _ => (0, 1, place.y + 1 == size.height),
    };
    let end = if round { PITCH / 2 - 1 } else { PITCH - SIDE / 2 };
    let (aside_x, aside_y) = (-dy * BESIDE, dx * BESIDE);
    let at = |way: i32| (x + dx * way + aside_x, y + dy * way + aside_y);
    let ((x1, y1), (x2, y2)) = (at(SIDE / 2), at(end));
    [x1, y1, x2, y2]
}
