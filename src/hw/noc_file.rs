//! The network on chip of a chip file: the object `mesh`.

use super::noc::{Allocation, Noc};
use super::routing::{self, Routing, Rule};
use super::tick::{TickLength, read_ticks};
use super::topology::{Family, Kind, Names, Topology};
use crate::json::{Cursor, Object};
use std::collections::HashMap;

/// Fields whatever the topology.
const FIELDS: &[&str] = &[
    "topology",
    "cores_per_tile",
    "routing",
    "table",
    "virtual_channels",
    "buffer_flits",
    "flit_interval",
    "credit_delay",
    "head_delay",
    "allocation",
    "packet_flits",
    "delivery",
    "host_tile",
];

/// Ways to deliver a spike to several cores.
pub(super) const DELIVERIES: &[&str] = &["unicast", "multicast"];

/// Reads the network on chip. Latencies are checked against the tick, if there is one.
pub(super) fn read_noc(cursor: &Cursor<'_>, tick: Option<TickLength>) -> Option<Noc> {
    let named = cursor.entries()?.into_iter().find(|(name, _)| *name == "topology");
    let family = named.as_ref().and_then(|(_, name)| name.choice(Kind::NAMES)).map(Family::at);
    // Of an unknown topology no field is held against the file.
    let own: Vec<&str> = match family {
        Some(family) => family.fields.to_vec(),
        None => Family::all_fields().collect(),
    };
    let object = cursor.object(&[FIELDS, &own].concat())?;
    object.need("topology");
    let topology = family.and_then(|family| (family.read)(&object));
    let number = |name: &str, most: u32| object.need(name).and_then(|c| c.unsigned(1..=most)).map(|v| v as u16);
    let maybe = |name: &str, most: u32| object.get(name).map_or(Some(1), |c| c.unsigned(1..=most).map(|v| v as u16));
    let cores_per_tile = number("cores_per_tile", 48);
    let virtual_channels = maybe("virtual_channels", 32).map(|v| v as u8);
    let buffer_flits = number("buffer_flits", 4096);
    let flit_interval = object.need("flit_interval").and_then(|c| read_ticks(&c, tick, 1));
    let credit_delay = object.need("credit_delay").and_then(|c| read_ticks(&c, tick, 1));
    let head_delay = object.get("head_delay").map_or(Some(0), |c| read_ticks(&c, tick, 0));
    let allocation = choice(&object, "allocation", Allocation::NAMES).map(|i| Allocation::ALL[i]);
    let packet_flits = maybe("packet_flits", 256);
    let multicast = choice(&object, "delivery", DELIVERIES).map(|i| i == 1);
    let rule = object.need("routing").and_then(|c| read_rule(&c, family));
    let host = object.need("host_tile").and_then(|c| (family?.read_host)(&c, topology.as_ref()?));
    let routing = match rule {
        Some(Rule::Table) => object.need("table").and_then(|c| read_table(&c, topology.as_ref())),
        rule => {
            object.get("table").iter().for_each(|c| c.problem("only with \"routing\": \"table\""));
            read_routing(&object, topology.as_ref(), rule, virtual_channels)
        }
    };
    let topology = topology?;
    let host = topology.routers[host? as usize].tile;
    let noc = Noc {
        topology,
        routing: routing?,
        cores_per_tile: cores_per_tile?,
        virtual_channels: virtual_channels?,
        buffer_flits: buffer_flits?,
        flit_interval: flit_interval?,
        credit_delay: credit_delay?,
        head_delay: head_delay?,
        allocation: allocation?,
        packet_flits: packet_flits?,
        multicast: multicast?,
        host: host?,
    };
    let problems = noc.problems();
    for (field, problem) in &problems {
        match object.get(field) {
            Some(cursor) => cursor.problem(problem.to_string()),
            None => object.problem(problem.to_string()),
        }
    }
    problems.is_empty().then_some(noc)
}

/// One of some words, the first where the field is absent.
fn choice(object: &Object<'_>, name: &str, words: &[&str]) -> Option<usize> {
    object.get(name).map_or(Some(0), |c| c.choice(words))
}

/// A rule of the topology, or any rule where that is not known.
fn read_rule(cursor: &Cursor<'_>, family: Option<&Family>) -> Option<Rule> {
    let rules = family.map_or(routing::ALL, |family| family.rules);
    let names: Vec<&str> = rules.iter().map(|rule| rule.name()).collect();
    cursor.choice(&names).map(|i| rules[i])
}

fn read_routing(
    object: &Object<'_>,
    topology: Option<&Topology>,
    rule: Option<Rule>,
    virtual_channels: Option<u8>,
) -> Option<Routing> {
    let routing = Routing::of(topology?, rule?, virtual_channels?);
    let cursor = object.get("routing");
    routing.map_err(|error| cursor.iter().for_each(|c| c.problem(error.to_string()))).ok()
}

/// Reads `{"a": {"c": "b"}}`: on the way from a to c the next router is b.
fn read_table(cursor: &Cursor<'_>, topology: Option<&Topology>) -> Option<Routing> {
    let (rows, topology) = (cursor.entries()?, topology?);
    let names = Names::new(topology.routers.iter().map(|site| site.name.as_str()));
    let mut next = HashMap::new();
    let mut sound = true;
    for (from, row) in rows {
        let from = names.find(from, &row);
        sound &= from.is_some();
        let Some(entries) = row.entries() else {
            sound = false;
            continue;
        };
        for (to, entry) in entries {
            let (to, beyond) = (names.find(to, &entry), names.read(&entry));
            let (Some(from), Some(to), Some(beyond)) = (from, to, beyond) else {
                sound = false;
                continue;
            };
            if !(0..topology.ports).any(|port| topology.link(from, port).is_some_and(|link| link.to == beyond)) {
                let name = |router: u32| &topology.routers[router as usize].name;
                entry.problem(format!("no link leads from {} to {}", name(from), name(beyond)));
                sound = false;
            }
            next.insert((from, to), beyond);
        }
    }
    if !sound {
        return None;
    }
    let routing = Routing::table(topology, &|here, to| next.get(&(here, to)).copied());
    routing.map_err(|gaps| gaps.iter().for_each(|gap| cursor.problem(gap.to_string()))).ok()
}
