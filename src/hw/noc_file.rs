//! The network on chip of a chip file: the object `mesh`.

use super::noc::{Allocation, Noc};
use super::routing::Routing;
use super::rule::RoutingRule;
use super::tick::{TickLength, ticks};
use super::topology::{Family, RouterNames, Topology, TopologyKind};
use crate::json::record::{names, record, words};
use crate::json::schema::{Name, Named, add_rules, at, tell_apart};
use crate::json::shape::{described, elsewhere, optional, or, unsaid, whole, word};
use crate::json::{Cursor, FileRecord, Object};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::{Value, json};
use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};

/// The field that decides which other fields there are, and the host's place, in terms of its topology.
const TOPOLOGY: &str = "topology";
const HOST: &str = "host_tile";

words! {
    /// Ways to deliver a spike to several cores.
    enum DeliveryWord {
        /// A packet for every core.
        Unicast = "unicast",
        /// One packet, which routers replicate.
        Multicast = "multicast",
    }
}

record! {
    /// Fields whatever the topology.
    struct Common given Option<TickLength> {
        /// Cores on each tile, 1 to 48.
        cores_per_tile: u16 = whole(1..=48);
        /// How packets find their way: "xy" or "yx" (first along one dimension, then along the other), "shortest" (the fewest
        /// hops), "up_down" (first towards the first router or the root, then away from it: free of deadlock), or "table".
        routing: () = elsewhere(described::<String, _>());
        /// With "routing": "table", by router and destination the next router. Example: {"a": {"c": "b"}}: on the way from a to
        /// c the next router is b.
        table: () = elsewhere(optional(described::<Named<BTreeMap<String, Name>>, _>()));
        /// Virtual channels of every input, 1 to 32; all inputs of a router together have at most 64. An even number keeps rings
        /// free of deadlock.
        virtual_channels: u8 = or(whole(1..=32), 1, 1);
        /// Flits that a virtual channel of an input holds, 1 to 4,096.
        buffer_flits: u16 = whole(1..=4096);
        /// Least time between two flits of an input or on a link, as in "2.4 ns".
        flit_interval: u32 = ticks(1);
        /// Time until a freed buffer place is known upstream, as in "0.1 ns".
        credit_delay: u32 = ticks(1);
        /// Time from a head flit's arrival at the front of its buffer until it may first ask for a virtual channel; none where
        /// nothing is said.
        head_delay: u32 = unsaid(ticks(0), 0);
        /// When a flit may cross a router: "joint" (virtual channel and switch in one decision) or "staged" (the switch one flit
        /// interval later).
        allocation: Allocation = or(word(), Allocation::Joint, Allocation::Joint.name());
        /// Flits of a spike's packet, 1 to 256; 1 with multicast.
        packet_flits: u16 = or(whole(1..=256), 1, 1);
        /// What is sent for a spike: "unicast" (a packet for every destination core) or "multicast" (one, which routers
        /// replicate).
        delivery: DeliveryWord = or(word(), DeliveryWord::Unicast, DeliveryWord::Unicast.name());
    }
}

/// Schema of a network on chip, by topology.
pub(super) struct NocOfFile;

impl JsonSchema for NocOfFile {
    fn schema_name() -> Cow<'static, str> {
        "Mesh".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let all: Vec<Schema> = Family::ALL.iter().map(|family| of(family, generator)).collect();
        json_schema!({"oneOf": all})
    }
}

/// Schema of the common fields and those of one topology, with its own routing rules.
fn of(family: &Family, generator: &mut SchemaGenerator) -> Schema {
    let (own, mut schema) = ((family.describe)(generator), Common::json_schema(generator));
    for list in ["properties", "required"] {
        match (schema.get_mut(list), own.get(list)) {
            (Some(Value::Object(all)), Some(Value::Object(own))) => all.extend(own.clone()),
            (Some(Value::Array(all)), Some(Value::Array(own))) => all.extend(own.clone()),
            _ => {}
        }
    }
    schema.remove("title");
    if let Some(about) = own.get("description") {
        schema.insert("description".into(), about.clone());
    }
    let names: Vec<&str> = family.rules.iter().map(|rule| rule.name()).collect();
    if let Some(Value::Object(routing)) = schema.pointer_mut("/properties/routing") {
        routing.insert("enum".into(), json!(names));
    }
    let table = at(&["routing"], json!({"const": RoutingRule::Table.name()}));
    let refused = json!({"properties": {"table": false}});
    let multicast = at(&["delivery"], json!({"const": DeliveryWord::Multicast.name()}));
    add_rules(
        &mut schema,
        [
            json!({"if": table, "then": {"required": ["table"]}, "else": refused}),
            json!({"if": multicast, "then": {"properties": {"packet_flits": {"const": 1}}}}),
        ],
    );
    tell_apart(&mut schema, (TOPOLOGY, "How routers are joined."), family.name);
    schema
}

/// Reads the network on chip. Latencies are checked against the tick, if there is one.
pub(super) fn read_noc(cursor: &Cursor<'_>, tick: Option<TickLength>) -> Option<Noc> {
    let named = cursor.entries()?.into_iter().find(|(name, _)| *name == TOPOLOGY);
    let family = named.as_ref().and_then(|(_, name)| name.choice(TopologyKind::NAMES)).map(|index| &Family::ALL[index]);
    // Fields of an unknown topology are not reported.
    let own: Vec<&str> = match family {
        Some(family) => (family.names)(),
        None => Family::all_names(),
    };
    let own = own.into_iter().filter(|name| *name != HOST);
    let fields: Vec<&str> = [TOPOLOGY].into_iter().chain(names::<Common>()).chain([HOST]).chain(own).collect();
    let object = cursor.object(&fields)?;
    object.need(TOPOLOGY);
    let topology = family.and_then(|family| (family.read)(&object));
    let common = Common::read_fields(&object, tick);
    let rule = object.need("routing").and_then(|c| read_rule(&c, family));
    let host = object.need(HOST).and_then(|c| (family?.read_host)(&c, topology.as_ref()?));
    let routing = match rule {
        Some(RoutingRule::Table) => object.need("table").and_then(|c| read_table(&c, topology.as_ref())),
        rule => {
            object.get("table").iter().for_each(|c| c.problem("only with \"routing\": \"table\""));
            read_routing(&object, topology.as_ref(), rule, common.as_ref()?.virtual_channels)
        }
    };
    let topology = topology?;
    let host = topology.routers[host? as usize].tile;
    let (routing, common) = (routing?, common?);
    let noc = Noc {
        topology,
        routing,
        cores_per_tile: common.cores_per_tile,
        virtual_channels: common.virtual_channels,
        buffer_flits: common.buffer_flits,
        flit_interval: common.flit_interval,
        credit_delay: common.credit_delay,
        head_delay: common.head_delay,
        allocation: common.allocation,
        packet_flits: common.packet_flits,
        multicast: common.delivery == DeliveryWord::Multicast,
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

/// A rule of the topology, or any rule if the topology is unknown.
fn read_rule(cursor: &Cursor<'_>, family: Option<&Family>) -> Option<RoutingRule> {
    let rules = family.map_or(RoutingRule::ALL, |family| family.rules);
    let names: Vec<&str> = rules.iter().map(|rule| rule.name()).collect();
    cursor.choice(&names).map(|i| rules[i])
}

fn read_routing(
    object: &Object<'_>,
    topology: Option<&Topology>,
    rule: Option<RoutingRule>,
    virtual_channels: u8,
) -> Option<Routing> {
    let routing = Routing::of(topology?, rule?, virtual_channels);
    let cursor = object.get("routing");
    routing.map_err(|error| cursor.iter().for_each(|c| c.problem(error.to_string()))).ok()
}

/// Reads `{"a": {"c": "b"}}`: on the route from a to c the next router is b.
fn read_table(cursor: &Cursor<'_>, topology: Option<&Topology>) -> Option<Routing> {
    let (rows, topology) = (cursor.entries()?, topology?);
    let names = RouterNames::new(topology.routers.iter().map(|site| site.name.as_str()));
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
