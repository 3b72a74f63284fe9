//! Freedom from deadlock: the channel-dependency graph of the routing rule has no cycle (Dally & Seitz 1987,
//! doi:10.1109/TC.1987.1676939).
//!
//! A channel is a link between routers. It depends on another if a packet can hold the one while it waits for
//! the other. Links to cores depend on nothing: a core always takes in what its queue holds.

use super::SystemError;
use super::graph::{neighbour, router_at};
use crate::hw::Chip;
use crate::hw::routing::{Direction, Place};
use crate::model::{EAST, NORTH, PORTS_OF_MESH, SOUTH, WEST};
use petgraph::algo::tarjan_scc;
use petgraph::graph::{DiGraph, NodeIndex};

type Channels = DiGraph<(Place, u8), ()>;

/// Checks the routing rule of a chip.
pub(super) fn check(chip: &Chip) -> Result<(), SystemError> {
    let rule = chip.mesh.routing;
    let route = |here: Place, to: Place| match rule.route(here, to) {
        Direction::East => Some(EAST),
        Direction::West => Some(WEST),
        Direction::North => Some(NORTH),
        Direction::South => Some(SOUTH),
        Direction::Local => None,
    };
    match cycle(chip, &route) {
        None => Ok(()),
        Some(channels) => {
            let name = |(place, port): &(Place, u8)| {
                format!("({}, {}) {}", place.x, place.y, ["east", "west", "north", "south"][usize::from(*port)])
            };
            let cycle = channels.iter().map(name).collect::<Vec<_>>().join(" waits for ");
            Err(SystemError::Deadlock { chip: chip.name.clone(), cycle })
        }
    }
}

/// Channels that wait for each other in a circle, if there are any.
fn cycle(chip: &Chip, route: &dyn Fn(Place, Place) -> Option<u8>) -> Option<Vec<(Place, u8)>> {
    let mesh = &chip.mesh;
    let places: Vec<Place> = (0..mesh.height).flat_map(|y| (0..mesh.width).map(move |x| Place { x, y })).collect();
    let mut graph = Channels::new();
    let mut channel = vec![NodeIndex::end(); places.len() * usize::from(PORTS_OF_MESH)];
    let slot =
        |place: Place, port: u8| router_at(chip, place) as usize * usize::from(PORTS_OF_MESH) + usize::from(port);
    for &place in &places {
        for port in (0..PORTS_OF_MESH).filter(|port| neighbour(chip, place, *port).is_some()) {
            channel[slot(place, port)] = graph.add_node((place, port));
        }
    }
    // For every channel, the ports by which packets it carries leave the next router.
    for &place in &places {
        let mut onward = [[false; PORTS_OF_MESH as usize]; PORTS_OF_MESH as usize];
        for &to in &places {
            let Some(port) = route(place, to) else { continue };
            let Some(next) = neighbour(chip, place, port) else { continue };
            if let Some(then) = route(next, to) {
                onward[usize::from(port)][usize::from(then)] = true;
            }
        }
        for port in 0..PORTS_OF_MESH {
            let Some(next) = neighbour(chip, place, port) else { continue };
            for then in (0..PORTS_OF_MESH).filter(|then| onward[usize::from(port)][usize::from(*then)]) {
                graph.add_edge(channel[slot(place, port)], channel[slot(next, then)], ());
            }
        }
    }
    let circle = tarjan_scc(&graph).into_iter().find(|component| component.len() > 1)?;
    Some(circle.into_iter().map(|node| graph[node]).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chip() -> Chip {
        let text = include_str!("../../hw_models/loihi.json");
        crate::hw::read(crate::json::Document::parse("loihi.json", text).unwrap(), "loihi").unwrap()
    }

    #[test]
    fn dimension_order_is_free_of_deadlock() {
        for rule in crate::hw::routing::ALL {
            let mut chip = chip();
            chip.mesh.routing = *rule;
            assert_eq!(check(&chip), Ok(()));
        }
    }

    #[test]
    fn a_rule_that_turns_both_ways_is_caught() {
        // X first in even rows, Y first in odd ones: all eight turns are used.
        let mixed = |here: Place, to: Place| {
            let x = if to.x > here.x { Some(EAST) } else { (to.x < here.x).then_some(WEST) };
            let y = if to.y > here.y { Some(SOUTH) } else { (to.y < here.y).then_some(NORTH) };
            if here.y.is_multiple_of(2) { x.or(y) } else { y.or(x) }
        };
        assert!(cycle(&chip(), &mixed).is_some_and(|channels| channels.len() >= 4));
    }
}
