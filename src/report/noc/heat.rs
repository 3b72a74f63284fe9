//! What the links of a mesh or torus carry, as a picture: routers as squares, links coloured by utilisation.

use crate::hw::Topology;
use crate::hw::topology::{EAST, Kind, NORTH, Size, WEST};
use crate::noc::Outcome;
use maud::{Markup, html};

/// Steps of the scale of colours.
pub(in crate::report) const STEPS: usize = 6;

/// Most columns or rows of a picture.
const MOST: u16 = 64;

/// From a router to the next, side of its square, and from the middle of a link to each of its directions.
pub(in crate::report) const PITCH: i32 = 40;
pub(in crate::report) const SIDE: i32 = 18;
const BESIDE: i32 = 5;

/// Routers of which links have a text of their own; of more the page would be heavy.
const NAMED: usize = 1024;

/// The picture with its scale; `None` where routers stand in no rows, or in too many.
pub(super) fn heat(topology: &Topology, outcome: &Outcome) -> Option<Markup> {
    let (Kind::Mesh(size) | Kind::Torus(size)) = topology.kind else { return None };
    if size.width > MOST || size.height > MOST || topology.links.is_empty() {
        return None;
    }
    let ports = usize::from(topology.ports) + 1;
    let use_of = |link: &crate::hw::topology::LinkSpec| {
        outcome.utilisation(link.from as usize * ports + usize::from(link.from_port))
    };
    let most = topology.links.iter().map(use_of).fold(0.0, f64::max);
    let named = topology.routers.len() <= NAMED;
    let (width, height) = (i32::from(size.width) * PITCH, i32::from(size.height) * PITCH);
    Some(html! {
        svg.heat viewBox=(format!("0 0 {width} {height}")) style=(format!("max-width:{}px", (width * 4 / 3).clamp(240, 600)))
            role="img" aria-label="utilisation of links" {
            @for link in &topology.links {
                @let [x1, y1, x2, y2] = line(size, topology.routers[link.from as usize].place, link.from_port);
                line class=(format!("u{}", shade(use_of(link), most))) x1=(x1) y1=(y1) x2=(x2) y2=(y2) {
                    @if named { title { (topology.link_name(link)) ": " (format!("{:.3}", use_of(link))) } }
                }
            }
            @for router in &topology.routers {
                @let (x, y) = centre(router.place);
                rect x=(x - SIDE / 2) y=(y - SIDE / 2) width=(SIDE) height=(SIDE) rx="2" {
                    @if named { title { "router " (router.name) } }
                }
            }
        }
        (scale(most))
    })
}

/// The step of the scale for a value, if the last one ends at the most there is.
pub(in crate::report) fn shade(value: f64, most: f64) -> usize {
    if most > 0.0 { ((value / most * STEPS as f64) as usize).min(STEPS - 1) } else { 0 }
}

/// From which to which utilisation each colour stands.
fn scale(most: f64) -> Markup {
    html! {
        p.scale {
            span { "flits per cycle: 0" }
            @for step in 0..STEPS { i class=(format!("u{step}")) {} }
            span { (format!("{most:.3}")) }
        }
    }
}

pub(in crate::report) fn centre(place: crate::hw::topology::Place) -> (i32, i32) {
    (i32::from(place.x) * PITCH + PITCH / 2, i32::from(place.y) * PITCH + PITCH / 2)
}

/// Where a link is drawn: to the next router, or to the edge where it leads round to the other side; on the right of
/// who travels along it, beside that of the other direction.
pub(in crate::report) fn line(size: Size, place: crate::hw::topology::Place, port: u8) -> [i32; 4] {
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
