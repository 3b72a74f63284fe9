//! What the host sends to cores that work event by event.

use super::axons::FlatAxons;
use crate::ids::{CoreId, NeuronId};
use crate::map::{Mapping, NO_CORE};
use crate::model::{CoreEvent, CoreInput};
use crate::net::Graph;
use crate::net::graph::{HostAct, HostEvent};

/// The events of a network, core by core.
pub(super) fn of(network: &Graph, axons: &FlatAxons, mapping: &Mapping) -> Vec<CoreInput> {
    let core_of = |neuron: u32| Some(mapping.core_of[neuron as usize]).filter(|core| *core != NO_CORE);
    let mut all = Vec::new();
    for HostEvent { step, act } in &network.events {
        let mut send = |core: CoreId, event: CoreEvent, queued: bool| {
            all.push(CoreInput { step: *step, core, event, queued });
        };
        let mut to_core_of = |neuron: u32, event: CoreEvent, queued: bool| {
            core_of(neuron).into_iter().for_each(|core| send(core, event, queued));
        };
        match *act {
            HostAct::TimeReference { neuron: None } => {
                mapping.cores.ids().for_each(|core| send(core, CoreEvent::Reference { step: *step }, false));
            }
            HostAct::TimeReference { neuron: Some(neuron) } => {
                to_core_of(neuron, CoreEvent::ReferenceOf(NeuronId::new(neuron)), false);
            }
            HostAct::QueuedReference { neuron } => {
                to_core_of(neuron, CoreEvent::ReferenceOf(NeuronId::new(neuron)), true);
            }
            HostAct::Spike { source } => {
                let source = network.row_of(source);
                let of_source = axons.of_neurons.row(NeuronId::new(source));
                if of_source.is_empty() {
                    // A sweep without any weight.
                    to_core_of(source, CoreEvent::Spike(None), true);
                }
                for axon in of_source.ids() {
                    send(axons.destinations[axon], CoreEvent::Spike(Some(axon)), true);
                }
            }
            HostAct::Synapse { source, target } => {
                let row = network.synapses.row(source as usize).filter(|(to, ..)| *to == target);
                let weight = row.map(|(_, weight, _)| i32::from(weight)).sum();
                to_core_of(target, CoreEvent::Weight(NeuronId::new(target), weight), false);
            }
            HostAct::Virtual { target, weight } => {
                to_core_of(target, CoreEvent::Weight(NeuronId::new(target), weight.into()), true);
            }
        }
    }
    all
}
