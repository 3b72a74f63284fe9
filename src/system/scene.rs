//! The names behind the numbers in a system's records.

use super::{Component as Part, ComponentGraph, System, Wire as Join};
use crate::hw::{Calibration, Chip, Energy};
use crate::ids::IdVec;
use crate::map::{CoreLoad, CorePart, Mapping};
use crate::model::Tables;
use crate::model::fabric::Terminal;
use crate::net::Graph;
use crate::stats::Op;
use crate::trace::scene::{Scene, SceneComponent, SceneCore, SceneLayer, SceneLink, ScenePart, SceneRouter, SceneWire};
use petgraph::Direction;
use petgraph::graph::NodeIndex;
use petgraph::visit::EdgeRef;

impl System {
    /// The names of nodes, layers and links, for traces.
    pub fn scene(&self, network: &Graph, chip: &Chip, calibration: &Calibration, mapping: &Mapping) -> Scene {
        let (fabric, routers) = (&self.tables.fabric, self.topology.routers.iter());
        let layers = network.populations.iter();
        // A trace counts operations of all cores together: prices that depend on the core are not told in it.
        let differs = |op: &Op| {
            let energy = calibration.cost(*op).energy;
            (0..chip.kinds().len()).any(|kind| calibration.cost_on(kind, *op).energy != energy)
        };
        let energy = |op: &Op| match calibration.cost(*op).energy {
            Energy::Priced { nominal, .. } if !differs(op) => Some(nominal.0),
            _ => None,
        };
        let is_unpriced = |op: &Op| differs(op) || matches!(calibration.cost(*op).energy, Energy::Unpriced);
        let (components, wires) = self.components();
        let (links, inputs) = self.links();
        Scene {
            chip: chip.name.clone(),
            tick: chip.tick,
            layers: layers.map(|p| SceneLayer { name: p.name.clone(), first: p.first, count: p.count }).collect(),
            routers: routers.map(|site| SceneRouter { name: site.name.clone(), tile: site.tile }).collect(),
            ports: fabric.ports,
            links,
            inputs,
            channels: fabric.vcs,
            buffer: fabric.buffer,
            cores: self.cores(mapping),
            host_router: chip.noc.host_router(),
            energy_aj: Op::ALL.iter().map(energy).collect(),
            unpriced: Op::ALL.iter().copied().filter(is_unpriced).collect(),
            axons: self.axons(),
            roots: roots(&self.tables),
            components,
            wires,
        }
    }

    fn cores(&self, mapping: &Mapping) -> Vec<SceneCore> {
        let part = |part: &CorePart| ScenePart {
            layer: part.population,
            first: part.neurons.start,
            count: part.neurons.len() as u32,
        };
        let core = |(load, terminal): (&CoreLoad, &Terminal)| SceneCore {
            router: terminal.router,
            parts: load.parts.iter().map(part).collect(),
        };
        mapping.cores.iter().zip(self.tables.fabric.terminals.iter()).map(core).collect()
    }

    /// The first axon of each neuron, and the core that each axon leads to.
    fn axons(&self) -> (Vec<u32>, Vec<u32>) {
        let Tables { axons, destinations, .. } = &self.tables;
        let starts = axons.starts().iter().map(|axon| axon.get());
        (starts.collect(), destinations.iter().map(|core| core.get()).collect())
    }

    /// Links out of ports, and names of what feeds inputs; by router and port.
    fn links(&self) -> (Vec<Option<SceneLink>>, Vec<Option<String>>) {
        let fabric = &self.tables.fabric;
        let mut links = IdVec::filled(None, fabric.links.len());
        let mut inputs = IdVec::filled(None, fabric.links.len());
        for link in &self.topology.links {
            // The name of a link begins with that of its router.
            let (name, own) = (self.topology.link_name(link), &self.topology.routers[link.from as usize].name);
            let name = name.strip_prefix(own.as_str()).map_or(name.as_str(), str::trim_start).to_owned();
            links[fabric.link(link.from, link.from_port)] = Some(SceneLink { name, to: link.to });
        }
        for (terminal, end) in fabric.terminals.with_ids() {
            let is_host = terminal == self.tables.host();
            let name = if is_host { "host".to_owned() } else { format!("core {}", terminal.get()) };
            links[fabric.link(end.router, end.port)] =
                Some(SceneLink { name: name.clone(), to: fabric.routers + terminal.get() });
            inputs[fabric.link(end.router, end.port)] = Some(name);
        }
        for link in &self.topology.links {
            // A side of a mesh has one name, for both directions.
            let at = fabric.link(link.to, link.to_port);
            let side = links[at].as_ref().filter(|back| back.to == link.from && !back.name.starts_with("to "));
            let from = || format!("from {}", self.topology.routers[link.from as usize].name);
            inputs[at] = Some(side.map_or_else(from, |back| back.name.clone()));
        }
        (links.into_vec(), inputs.into_vec())
    }

    /// The component graph, with links as what joins components.
    fn components(&self) -> (Vec<SceneComponent>, Vec<(u32, u32, SceneWire)>) {
        let graph = &self.graph;
        let mut number = vec![u32::MAX; graph.node_count()];
        let mut components = Vec::new();
        for node in graph.node_indices() {
            let Some(component) = self.component(graph[node]) else { continue };
            number[node.index()] = components.len() as u32;
            components.push(component);
        }
        let control = graph.edge_references().filter(|edge| *edge.weight() == Join::Control);
        let control =
            control.map(|edge| (number[edge.source().index()], number[edge.target().index()], SceneWire::Control));
        let links = graph.node_indices().filter_map(|node| {
            let Part::Link { op, latency, .. } = graph[node] else { return None };
            let (from, from_port) = end(graph, node, Direction::Incoming)?;
            let (to, _) = end(graph, node, Direction::Outgoing)?;
            let routers = self.tables.fabric.routers;
            let node = match graph[from] {
                Part::Router { id } => id.get(),
                Part::Core { id } => routers + id.get(),
                _ => routers + self.tables.host().get(),
            };
            Some((number[from.index()], number[to.index()], SceneWire::Link { op, latency, from: (node, from_port) }))
        });
        (components, links.chain(control).collect())
    }

    fn component(&self, part: Part) -> Option<SceneComponent> {
        let (kind, name) = match part {
            Part::Link { .. } => return None,
            Part::Router { id } => ("router", self.topology.routers[id.index()].name.clone()),
            Part::Core { id } => ("core", format!("core {}", id.get())),
            Part::Crossbar { id } => ("crossbar", format!("crossbar {}", id.get())),
            Part::Source => ("source", "host".to_owned()),
            Part::Sink => ("sink", "read-out".to_owned()),
            Part::Barrier => ("barrier", "barrier".to_owned()),
            Part::Clock => ("clock", "clock".to_owned()),
        };
        Some(SceneComponent { kind, name })
    }
}

/// The component at an end of a link, and its port there.
fn end(graph: &ComponentGraph, link: NodeIndex, direction: Direction) -> Option<(NodeIndex, u8)> {
    let edge = graph.edges_directed(link, direction).next()?;
    let node = if direction == Direction::Incoming { edge.source() } else { edge.target() };
    match *edge.weight() {
        Join::Port(port) => Some((node, port)),
        Join::Control => None,
    }
}

/// The loads of packets by neuron, where multicast trees are walked; see [`Scene::roots`].
fn roots(tables: &Tables) -> Option<Vec<u32>> {
    let mut next = u32::MAX;
    let mut roots: Vec<u32> = Vec::with_capacity(tables.neurons);
    for (neuron, tree) in tables.trees.as_ref()?.with_ids().rev() {
        if !tables.axons.row(neuron).is_empty() {
            next = tree.root;
        }
        roots.push(next);
    }
    roots.reverse();
    Some(roots)
}
