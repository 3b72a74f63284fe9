//! Events that the host of a sparse network sends to a core that works event by event.

use super::edges::weights_into;
use super::sources::MAX_STEP;
use crate::json::record::record;
use crate::json::shape::{elsewhere, name, optional, whole};
use crate::json::{Alternative, Cursor, Object, alternative, read_tagged, tagged_schema};
use crate::net::graph::{Graph, HostAct, HostEvent, MAX_NEURONS, Population};
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde_json::{Value, json};
use std::borrow::Cow;

/// Most events of a network.
pub(super) const MAX_EVENTS: usize = 1 << 20;
/// The field that says what an event does.
const TAG: &str = "event";
const LAST: u32 = MAX_NEURONS as u32 - 1;

record! {
    /// Neurons leak, and are compared with their thresholds. It acts at once.
    struct TimeReference given &Graph {
        /// The time step at whose beginning the host sends it, from 1.
        step: u32 = whole(1..=MAX_STEP);
        /// The name of a population, for one neuron; without it all neurons of the chip are meant.
        to: () = elsewhere(optional(name()));
        /// The neuron of it, from 0.
        neuron: () = elsewhere(optional(whole(0..=LAST)));
    }
    check |read: Self, object: &Object<'_>, graph: &Graph| {
        let named = object.get("to").is_some() || object.get("neuron").is_some();
        let neuron = if named { Some(target_of(object, graph)?.1) } else { None };
        Some(HostEvent { step: read.step, act: HostAct::TimeReference { neuron } })
    } => HostEvent;
}

record! {
    /// The same for one neuron, in the queue of spikes.
    struct QueuedReference given &Graph {
        /// The time step at whose beginning the host sends it, from 1.
        step: u32 = whole(1..=MAX_STEP);
        /// The name of a population.
        to: () = elsewhere(name());
        /// The neuron of it, from 0.
        neuron: () = elsewhere(whole(0..=LAST));
    }
    check |read: Self, object: &Object<'_>, graph: &Graph| {
        Some(HostEvent { step: read.step, act: HostAct::QueuedReference { neuron: target_of(object, graph)?.1 } })
    } => HostEvent;
}

record! {
    /// A spike of a source, or of a neuron as if it had fired: it enters the queue of spikes.
    struct Spike given &Graph {
        /// The time step at whose beginning the host sends it, from 1.
        step: u32 = whole(1..=MAX_STEP);
        /// The name of a population of sources or neurons.
        from: () = elsewhere(name());
        /// The source of it, from 0.
        source: () = elsewhere(whole(0..=LAST));
    }
    check |read: Self, object: &Object<'_>, graph: &Graph| {
        Some(HostEvent { step: read.step, act: HostAct::Spike { source: source_of(object, graph)? } })
    } => HostEvent;
}

record! {
    /// The synapses between one source and one neuron, at once.
    struct Synapse given &Graph {
        /// The time step at whose beginning the host sends it, from 1.
        step: u32 = whole(1..=MAX_STEP);
        /// The name of a population of sources or neurons.
        from: () = elsewhere(name());
        /// The source of it, from 0.
        source: () = elsewhere(whole(0..=LAST));
        /// The name of a population.
        to: () = elsewhere(name());
        /// The neuron of it, from 0.
        neuron: () = elsewhere(whole(0..=LAST));
    }
    check |read: Self, object: &Object<'_>, graph: &Graph| {
        let (source, target) = (source_of(object, graph), target_of(object, graph));
        Some(HostEvent { step: read.step, act: HostAct::Synapse { source: source?, target: target?.1 } })
    } => HostEvent;
}

record! {
    /// A weight for one neuron that no synapse has: it enters the queue of spikes.
    struct Virtual given &Graph {
        /// The time step at whose beginning the host sends it, from 1.
        step: u32 = whole(1..=MAX_STEP);
        /// The name of a population.
        to: () = elsewhere(name());
        /// The neuron of it, from 0.
        neuron: () = elsewhere(whole(0..=LAST));
        /// The weight, in the range of those of edges.
        weight: i32 = whole(-256..=255);
    }
    check |read: Self, object: &Object<'_>, graph: &Graph| {
        let (population, target) = target_of(object, graph)?;
        let weight = object.need("weight")?.integer(weights_into(population))? as i16;
        Some(HostEvent { step: read.step, act: HostAct::Virtual { target, weight } })
    } => HostEvent;
}

fn kinds<'a>() -> [Alternative<&'a Graph, HostEvent>; 5] {
    [
        alternative::<TimeReference, _>("time_reference"),
        alternative::<QueuedReference, _>("queued_time_reference"),
        alternative::<Spike, _>("spike"),
        alternative::<Synapse, _>("synapse"),
        alternative::<Virtual, _>("virtual"),
    ]
}

/// An event in the file of a network.
pub(super) struct EventOfFile;

impl JsonSchema for EventOfFile {
    fn schema_name() -> Cow<'static, str> {
        "Event".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        tagged_schema(generator, (TAG, "What it does."), &kinds())
    }
}

/// Reads the events of a network whose populations are known.
pub(super) fn read_events(cursor: &Cursor<'_>, graph: &Graph) -> Option<Vec<HostEvent>> {
    let kinds = kinds();
    let all: Vec<_> = cursor.list(0..=MAX_EVENTS)?.iter().map(|event| read_tagged(event, TAG, &kinds, graph)).collect();
    let mut all: Vec<HostEvent> = all.into_iter().collect::<Option<_>>()?;
    // Those of a step stay in their order.
    all.sort_by_key(|event| event.step);
    Some(all)
}

/// A neuron by the names of two fields, with its population.
fn member<'g>(object: &Object<'_>, graph: &'g Graph, [of, number]: [&str; 2]) -> Option<(&'g Population, u32)> {
    let names: Vec<&str> = graph.populations.iter().map(|population| population.name.as_str()).collect();
    let population = object.need(of)?.choice(&names).map(|at| &graph.populations[at])?;
    let number = object.need(number)?.unsigned(0..=population.count - 1)?;
    Some((population, population.first + number))
}

fn source_of(object: &Object<'_>, graph: &Graph) -> Option<u32> {
    member(object, graph, ["from", "source"]).map(|(_, neuron)| neuron)
}

fn target_of<'g>(object: &Object<'_>, graph: &'g Graph) -> Option<(&'g Population, u32)> {
    let found = member(object, graph, ["to", "neuron"])?;
    if found.0.source.is_some() {
        object.need("to")?.problem("a source has no neurons on the chip");
        return None;
    }
    Some(found)
}

/// The events of a network as its file has them.
pub(super) fn write_events(graph: &Graph) -> Value {
    let of = |neuron: u32| {
        let population = &graph.populations[graph.population_of(neuron as usize)];
        (population.name.as_str(), neuron - population.first)
    };
    let written = |event: &HostEvent| {
        let (mut value, mut set) = (json!({"step": event.step}), Vec::new());
        let mut ends = |fields: [&'static str; 2], neuron: u32| {
            let (name, number) = of(neuron);
            set.extend([(fields[0], json!(name)), (fields[1], json!(number))]);
        };
        let kind = match event.act {
            HostAct::TimeReference { neuron } => {
                neuron.iter().for_each(|neuron| ends(["to", "neuron"], *neuron));
                "time_reference"
            }
            HostAct::QueuedReference { neuron } => {
                ends(["to", "neuron"], neuron);
                "queued_time_reference"
            }
            HostAct::Spike { source } => {
                ends(["from", "source"], source);
                "spike"
            }
            HostAct::Synapse { source, target } => {
                ends(["from", "source"], source);
                ends(["to", "neuron"], target);
                "synapse"
            }
            HostAct::Virtual { target, weight } => {
                ends(["to", "neuron"], target);
                set.push(("weight", json!(weight)));
                "virtual"
            }
        };
        value[TAG] = json!(kind);
        set.into_iter().for_each(|(field, part)| value[field] = part);
        value
    };
    graph.events.iter().map(written).collect()
}
