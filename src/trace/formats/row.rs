//! A record as a row of a table: what its numbers stand for, in columns.

use crate::stats::Op;
use crate::trace::scene::{Scene, SceneNode};
use crate::trace::{Kind, Record, TracedSample};
use crate::units::Tick;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RowPort {
    Input(u32, u8),
    Output(u32, u8),
}

/// A row; columns that say nothing of an event are empty. What has a name is a number here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct EventRow {
    pub(super) sample: u32,
    pub(super) tick: Tick,
    pub(super) event: Kind,
    /// Where it happens: a core by its number in the mapping; neither this nor a router at the host and the clock.
    pub(super) core: Option<u32>,
    pub(super) router: Option<u32>,
    pub(super) port: Option<RowPort>,
    pub(super) channel: Option<u8>,
    /// The neuron, or the one whose packet it is: its layer, and its number there.
    pub(super) layer: Option<u32>,
    pub(super) neuron: Option<u32>,
    pub(super) packet: Option<u64>,
    /// The core that a packet goes to, where it is one.
    pub(super) target: Option<u32>,
    pub(super) operation: Option<Op>,
    pub(super) value: Option<u64>,
    pub(super) membrane: Option<i32>,
    pub(super) step: u32,
}

/// Columns by name, after the one for time.
pub(super) const COLUMNS: &[&str] = &[
    "event",
    "core",
    "router",
    "port",
    "channel",
    "layer",
    "neuron",
    "packet",
    "target",
    "operation",
    "value",
    "membrane",
    "step",
];

impl EventRow {
    pub(super) fn of(scene: &Scene, sample: &TracedSample, record: &Record) -> Self {
        let (core, router) = match scene.node(record.node) {
            SceneNode::Router(router) => (None, Some(router)),
            SceneNode::Core(core) => (Some(core), None),
            SceneNode::Host | SceneNode::Clock => (None, None),
        };
        let mut row = Self {
            sample: sample.number,
            tick: record.tick,
            event: record.kind,
            core,
            router,
            port: None,
            channel: None,
            layer: None,
            neuron: None,
            packet: None,
            target: None,
            operation: None,
            value: None,
            membrane: None,
            step: record.step,
        };
        row.fill(scene, record);
        row
    }

    fn fill(&mut self, scene: &Scene, record: &Record) {
        let held = record.value.unsigned_abs().into();
        match record.kind {
            Kind::Step => self.value = Some(record.item.into()),
            Kind::Barrier => self.value = Some(record.serial),
            Kind::Counted => {
                self.operation = Op::ALL.get(record.item as usize).copied();
                self.value = Some(record.serial);
            }
            Kind::Soma => {
                // The work on several layers is of none of them.
                let layers = self.core.map_or(&[][..], |core| &scene.cores[core as usize].parts);
                self.layer = if let [only] = layers { Some(only.layer) } else { None };
                self.value = Some(record.serial);
            }
            Kind::Receive => {
                self.value = Some(record.serial);
                self.of_neuron(scene, scene.axon(record.item).0);
            }
            Kind::Delivered => {
                (self.packet, self.target, self.value) = (Some(record.serial), self.core, Some(held));
                self.of_neuron(scene, scene.axon(record.item).0);
            }
            Kind::Sent | Kind::Hop => {
                let (neuron, target) = scene.load(record.item);
                (self.packet, self.target) = (Some(record.serial), target);
                self.of_neuron(scene, neuron);
                if record.kind == Kind::Sent {
                    self.value = Some(held);
                } else {
                    self.port = Some(RowPort::Output(record.node, record.port));
                    self.channel = Some(record.channel);
                }
            }
            Kind::Membrane => {
                self.membrane = Some(record.value);
                self.of_neuron(scene, record.item);
            }
            Kind::Spike => self.of_neuron(scene, record.item),
            Kind::Filled | Kind::Freed => {
                self.value = Some(held);
                self.port = Some(RowPort::Input(record.node, record.port));
                self.channel = Some(record.channel);
            }
        }
    }

    fn of_neuron(&mut self, scene: &Scene, neuron: u32) {
        let (layer, number) = scene.layer_of(neuron);
        (self.layer, self.neuron) = (Some(layer), Some(number));
    }
}

impl RowPort {
    /// Its name: what it leads to, or what feeds it.
    pub(super) fn name(self, scene: &Scene) -> Option<&str> {
        match self {
            Self::Input(router, port) => scene.input(router, port),
            Self::Output(router, port) => scene.link(router, port).map(|link| link.name.as_str()),
        }
    }
}
