//! What the links of a mesh or torus carry, as a picture: routers as squares, links coloured by utilisation.

use crate::hw::Topology;
use crate::hw::topology::{LinkSpec, Size};
use crate::noc::Measurement;
use crate::report::page::board::{PITCH, SIDE, line, shade, size, squares, steps};
use maud::{Markup, html};

/// Most routers of which each link has a text; with more the page would be heavy.
const NAMED: usize = 1024;

/// The size of a network that is drawn: routers are in rows, and not too many.
pub(in crate::report) fn size_of(topology: &Topology) -> Option<Size> {
    size(topology).filter(|_| !topology.links.is_empty())
}

/// The picture with its scale; `None` where there is none.
pub(super) fn heat(topology: &Topology, outcome: &Measurement) -> Option<Markup> {
    let size = size_of(topology)?;
    let ports = usize::from(topology.ports) + 1;
    let use_of = |link: &LinkSpec| outcome.utilisation(link.from as usize * ports + usize::from(link.from_port));
    let most = topology.links.iter().map(use_of).fold(0.0, f64::max);
    let named = topology.routers.len() <= NAMED;
    let (width, height) = (i32::from(size.width) * PITCH, i32::from(size.height) * PITCH);
    Some(html! {
        svg.heat #heat viewBox=(format!("0 0 {width} {height}")) style=(format!("max-width:{}px", (width * 4 / 3).clamp(240, 640)))
            role="img" aria-label="utilisation of links" {
            // A path each, as that is the shortest: there may be thousands.
            @for link in &topology.links {
                @let [x1, y1, x2, y2] = line(size, topology.routers[link.from as usize].place, link.from_port);
                path class=(format!("u{}", shade(use_of(link), most))) d=(format!("M{x1} {y1}L{x2} {y2}")) {
                    @if named { title { (topology.link_name(link)) ": " (format!("{:.3}", use_of(link))) } }
                }
            }
            path.routers d=(squares(topology.routers.iter().map(|router| router.place), SIDE)) {}
        }
        p.scale {
            span { "flits per cycle: 0" }
            (steps())
            span #most { (format!("{most:.3}")) }
        }
    })
}
