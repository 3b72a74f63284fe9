//! What the links of a mesh or torus carry, as a picture: routers as squares, links coloured by utilisation.

use crate::hw::Topology;
use crate::noc::Measurement;
use crate::report::page::board::{PITCH, SIDE, centre, line, shade, size, steps};
use maud::{Markup, html};

/// Most routers of which each link has a text; with more the page would be heavy.
const NAMED: usize = 1024;

/// The picture with its scale; `None` where routers stand in no rows, or in too many.
pub(super) fn heat(topology: &Topology, outcome: &Measurement) -> Option<Markup> {
    let size = size(topology).filter(|_| !topology.links.is_empty())?;
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

/// Range of utilisation of each colour.
fn scale(most: f64) -> Markup {
    html! {
        p.scale {
            span { "flits per cycle: 0" }
            (steps())
            span { (format!("{most:.3}")) }
        }
    }
}
