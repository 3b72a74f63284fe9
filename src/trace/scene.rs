//! What the numbers in records stand for: the nodes of a system by name, its layers, its tick.

use crate::stats::Op;
use crate::text::some_of;
use crate::units::{Femtoseconds, Tick};

/// Most layers of a core that are named.
const MOST_NAMES: usize = 4;

/// The system that records are of.
#[derive(Clone, Debug, Default)]
pub struct Scene {
    /// The chip.
    pub chip: String,
    /// Length of a tick.
    pub tick: Femtoseconds,
    /// Populations, in the order of their neurons.
    pub layers: Vec<SceneLayer>,
    /// Routers, by node.
    pub routers: Vec<SceneRouter>,
    /// Ports of a router.
    pub ports: u8,
    /// Name of the component behind a port of a router, by router and port; `None` where there is nothing.
    pub links: Vec<Option<SceneLink>>,
    /// Name of the component that feeds an input port, by router and port.
    pub inputs: Vec<Option<String>>,
    /// Virtual channels of a port.
    pub channels: u8,
    /// Flits that an input buffer holds, per virtual channel.
    pub buffer: u16,
    /// Cores; their nodes follow those of the routers, and that of the host follows theirs.
    pub cores: Vec<SceneCore>,
    /// Router at which the host's packets enter.
    pub host_router: u32,
    /// Energy of an operation (aJ), by [`Op`]; `None` where none is published or another operation has it.
    pub energy_aj: Vec<Option<u64>>,
    /// Operations without a published energy, which no other operation's includes.
    pub unpriced: Vec<Op>,
    /// First axon of each neuron's, and the end of the last; and the core that each axon leads to.
    pub axons: (Vec<u32>, Vec<u32>),
    /// By neuron, what its packets carry where they go to many cores at once, ascending: those that send none have the same
    /// as the next that does. `None` where each packet goes to one core.
    pub roots: Option<Vec<u32>>,
    /// Components and how they are joined.
    pub components: Vec<SceneComponent>,
    /// (from, to, what joins them).
    pub wires: Vec<(u32, u32, SceneWire)>,
}

/// A population.
#[derive(Clone, Debug)]
pub struct SceneLayer {
    /// Name.
    pub name: String,
    /// Its first neuron.
    pub first: u32,
    /// Number of neurons.
    pub count: u32,
}

/// A router.
#[derive(Clone, Debug)]
pub struct SceneRouter {
    /// Name.
    pub name: String,
    /// Its tile, where it has one.
    pub tile: Option<u32>,
}

/// Name of the component behind a port.
#[derive(Clone, Debug)]
pub struct SceneLink {
    /// The name of the port, as in `east`.
    pub name: String,
    /// The node at its end.
    pub to: u32,
}

/// A core.
#[derive(Clone, Debug)]
pub struct SceneCore {
    /// Position of the router.
    pub router: u32,
    /// Its neurons, in the order in which it works on them.
    pub parts: Vec<ScenePart>,
}

/// Neurons of a core that are of one layer.
#[derive(Clone, Debug)]
pub struct ScenePart {
    /// Position of the layer.
    pub layer: u32,
    /// The first of them.
    pub first: u32,
    /// Number of neurons.
    pub count: u32,
}

impl SceneCore {
    /// A core of neurons of one layer.
    pub fn of(router: u32, layer: u32, first: u32, count: u32) -> Self {
        Self { router, parts: vec![ScenePart { layer, first, count }] }
    }

    /// Whether it holds neurons of a layer.
    pub fn holds(&self, layer: u32) -> bool {
        self.parts.iter().any(|part| part.layer == layer)
    }
}

/// A component of the graph.
#[doc(hidden)]
#[derive(Clone, Debug)]
pub struct SceneComponent {
    /// Kind, as in `router`.
    pub kind: &'static str,
    /// Name.
    pub name: String,
}

/// Connection of two components.
#[doc(hidden)]
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SceneWire {
    /// A link.
    Link {
        /// Operation that a flit over it counts as.
        op: Op,
        /// From grant to arrival (ticks).
        latency: u32,
        /// The node that it leaves, and the port there.
        from: (u32, u8),
    },
    /// Anything else.
    Control,
}

/// Kind of a node.
#[doc(hidden)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SceneNode {
    /// A router.
    Router(u32),
    /// A core, by its position in the mapping.
    Core(u32),
    /// The host.
    Host,
    /// The clock, which begins time steps.
    Clock,
}

impl Scene {
    /// Kind of a node.
    pub fn node(&self, node: u32) -> SceneNode {
        let (routers, cores) = (self.routers.len() as u32, self.cores.len() as u32);
        match node.checked_sub(routers) {
            None => SceneNode::Router(node),
            Some(core) if core < cores => SceneNode::Core(core),
            Some(core) if core == cores => SceneNode::Host,
            Some(_) => SceneNode::Clock,
        }
    }

    /// Number of nodes.
    pub fn nodes(&self) -> usize {
        self.routers.len() + self.cores.len() + 2
    }

    /// Whether the neurons of a layer stand on cores; else the host fires for them.
    pub fn is_on_cores(&self, layer: &SceneLayer) -> bool {
        self.cores.iter().any(|core| core.parts.iter().any(|part| part.first == layer.first))
    }

    /// The names of a core's layers, as in `dense1, dense2`.
    pub fn layers_of(&self, core: u32) -> String {
        let parts = self.cores.get(core as usize).map_or(&[][..], |core| &core.parts);
        let names = parts.iter().filter_map(|part| self.layers.get(part.layer as usize));
        some_of(&names.map(|layer| layer.name.as_str()).collect::<Vec<_>>(), MOST_NAMES)
    }

    /// The node of a core; the one after the last is the host.
    pub fn node_of_core(&self, core: u32) -> u32 {
        self.routers.len() as u32 + core
    }

    /// Name of the component behind a port of a router.
    pub fn link(&self, router: u32, port: u8) -> Option<&SceneLink> {
        self.links.get(router as usize * usize::from(self.ports) + usize::from(port))?.as_ref()
    }

    /// The name of what an input port of a router is fed by.
    pub fn input(&self, router: u32, port: u8) -> Option<&str> {
        self.inputs.get(router as usize * usize::from(self.ports) + usize::from(port))?.as_deref()
    }

    /// Whether a port of a router leads to another router.
    pub fn is_hop(&self, router: u32, port: u8) -> bool {
        self.link(router, port).is_some_and(|link| link.to < self.routers.len() as u32)
    }

    /// The layer of a neuron, and its number there.
    pub fn layer_of(&self, neuron: u32) -> (u32, u32) {
        let layer = self.layers.partition_point(|layer| layer.first <= neuron).saturating_sub(1);
        (layer as u32, neuron - self.layers.get(layer).map_or(0, |layer| layer.first))
    }

    /// The neuron whose axon it is, and the core that it leads to.
    pub fn axon(&self, axon: u32) -> (u32, u32) {
        let (rows, targets) = &self.axons;
        // Neurons without axons begin where the next one does.
        let neuron = rows.partition_point(|first| *first <= axon).saturating_sub(1);
        (neuron as u32, targets.get(axon as usize).copied().unwrap_or(0))
    }

    /// The neuron whose packet has a load, and the core that it goes to, if it goes to one.
    pub fn load(&self, load: u32) -> (u32, Option<u32>) {
        match &self.roots {
            None => {
                let (neuron, core) = self.axon(load);
                (neuron, Some(core))
            }
            Some(roots) => (roots.partition_point(|root| *root <= load).saturating_sub(1) as u32, None),
        }
    }

    /// A time (fs); the most there is of one that is later.
    pub fn fs(&self, tick: Tick) -> u64 {
        tick.saturating_mul(self.tick.0)
    }
}

/// A time as nanoseconds, exactly.
#[doc(hidden)]
pub fn exact_ns(fs: u128) -> String {
    let (whole, rest) = (fs / 1_000_000, fs % 1_000_000);
    let digits = format!("{rest:06}");
    match digits.trim_end_matches('0') {
        "" => whole.to_string(),
        digits => format!("{whole}.{digits}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn axons_and_layers_are_found() {
        let layer = |first: u32, count| SceneLayer { name: first.to_string(), first, count };
        let scene = Scene {
            layers: vec![layer(0, 2), layer(2, 3)],
            // Neuron 0 has two axons, 1 and 2 none, 3 one, 4 none.
            axons: (vec![0, 2, 2, 2, 3, 3], vec![7, 8, 9]),
            ..Scene::default()
        };
        assert_eq!([0, 1, 2, 4].map(|neuron| scene.layer_of(neuron)), [(0, 0), (0, 1), (1, 0), (1, 2)]);
        assert_eq!([0, 1, 2].map(|axon| scene.axon(axon)), [(0, 7), (0, 8), (3, 9)]);
        assert_eq!(scene.load(2), (3, Some(9)));
        // Neurons 0 and 3 send; those without axons have the root of the next that does.
        let many = Scene { roots: Some(vec![0, 5, 5, 5, u32::MAX]), ..scene };
        assert_eq!([0, 5].map(|load| many.load(load)), [(0, None), (3, None)]);
    }

    #[test]
    fn times_are_exact() {
        let texts = [0, 100_000, 1_000_000, 13_333_333, 2_000_000_100].map(exact_ns);
        assert_eq!(texts, ["0", "0.1", "1", "13.333333", "2000.0001"]);
    }
}
