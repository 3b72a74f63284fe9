//! The object `mesh` of a chip file: what all topologies have, and what each has of its own.

use super::super::noc::Allocation;
use super::super::noc_file::DELIVERIES;
use super::super::routing::Rule;
use super::super::topology::{COUNTS_AS, Family, Kind, MAX_ARITY, MAX_LEVELS, MAX_ROUTERS, TILE_ORDERS};
use crate::json::MAX_NAME;
use crate::json::schema::{Name, Time, TimeNotZero, absent, add_rules, at, tell_apart, value_type, words};
use crate::stats::Op;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::{Value, json};
use std::borrow::Cow;
use std::collections::BTreeMap;

/// A network on chip, by its topology.
pub(super) struct Mesh;

impl JsonSchema for Mesh {
    fn schema_name() -> Cow<'static, str> {
        "Mesh".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let families = (0..Kind::NAMES.len()).map(Family::at);
        let all: Vec<Schema> = families.map(|family| of(family, generator)).collect();
        json_schema!({"oneOf": all})
    }
}

/// What all have and what one has, with its own rules of routing.
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
    let table = at(&["routing"], json!({"const": Rule::Table.name()}));
    let refused = json!({"properties": {"table": false}});
    let multicast = at(&["delivery"], json!({"const": DELIVERIES[1]}));
    add_rules(
        &mut schema,
        [
            json!({"if": table, "then": {"required": ["table"]}, "else": refused}),
            json!({"if": multicast, "then": {"properties": {"packet_flits": {"const": 1}}}}),
        ],
    );
    tell_apart(&mut schema, ("topology", "How routers are joined."), family.name);
    schema
}

/// Fields whatever the topology.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Common {
    /// Cores on each tile, 1 to 48.
    #[schemars(range(min = 1, max = 48))]
    cores_per_tile: u32,
    /// How packets find their way: "xy" or "yx" (first along one dimension, then along the other), "shortest" (the fewest
    /// hops), "up_down" (first towards the first router or the root, then away from it: free of deadlock), or "table".
    routing: String,
    /// With "routing": "table", by router and destination the next router. Example: {"a": {"c": "b"}}: on the way from a to
    /// c the next router is b.
    #[schemars(default = "absent", extend("propertyNames" = {"maxLength": MAX_NAME}))]
    table: BTreeMap<String, BTreeMap<String, Name>>,
    /// Virtual channels of every input, 1 to 32; all inputs of a router together have at most 64. An even number keeps rings
    /// free of deadlock.
    #[schemars(range(min = 1, max = 32), default = "one")]
    virtual_channels: u32,
    /// Flits that a virtual channel of an input holds, 1 to 4,096.
    #[schemars(range(min = 1, max = 4096))]
    buffer_flits: u32,
    /// Least time between two flits of an input or on a link, as in "2.4 ns".
    flit_interval: TimeNotZero,
    /// Time until a freed buffer place is known upstream, as in "0.1 ns".
    credit_delay: TimeNotZero,
    /// Time from a head flit's arrival at the front of its buffer until it may first ask for a virtual channel; none where
    /// nothing is said.
    #[schemars(default = "absent")]
    head_delay: Time,
    /// When a flit may cross a router: "joint" (virtual channel and switch in one decision) or "staged" (the switch one flit
    /// interval later).
    #[schemars(default = "joint")]
    allocation: AllocationName,
    /// Flits of a spike's packet, 1 to 256; 1 with multicast.
    #[schemars(range(min = 1, max = 256), default = "one")]
    packet_flits: u32,
    /// What is sent for a spike: "unicast" (a packet for every destination core) or "multicast" (one, which routers
    /// replicate).
    #[schemars(default = "unicast")]
    delivery: Delivery,
}

fn one() -> u32 {
    1
}

fn joint() -> &'static str {
    Allocation::NAMES[0]
}

fn unicast() -> &'static str {
    DELIVERIES[0]
}

value_type!(AllocationName, inline: true, words(Allocation::NAMES));
value_type!(Delivery, inline: true, words(DELIVERIES));

/// Columns and rows of routers, every one joined to its neighbours; on a torus rows and columns close to rings. Routers are
/// called "(x, y)".
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(in crate::hw) struct GridFields {
    /// Columns of tiles, 1 to 64.
    #[schemars(range(min = 1, max = 64))]
    width: u32,
    /// Rows of tiles, 1 to 64.
    #[schemars(range(min = 1, max = 64))]
    height: u32,
    /// How tiles are numbered: row by row or column by column.
    tile_order: TileOrder,
    /// Columns and rows of chips over which the tiles are spread evenly. A hop from one chip to another is a hop_chip.
    #[schemars(default = "one_chip")]
    chips: (Chips, Chips),
    /// Where the host's packets enter: column and row of a tile, from [0, 0].
    host_tile: (Coordinate, Coordinate),
}

fn one_chip() -> [u32; 2] {
    [1, 1]
}

value_type!(TileOrder, inline: true, words(TILE_ORDERS));

#[derive(JsonSchema)]
#[schemars(transparent, inline)]
struct Chips(#[schemars(range(min = 1, max = 64))] u32);

#[derive(JsonSchema)]
#[schemars(transparent, inline)]
struct Coordinate(#[schemars(range(min = 0, max = 63))] u32);

/// A ring: every router joined to the one before and the one after it. Routers are called "r0", "r1", ….
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(in crate::hw) struct RingFields {
    /// Routers, each with a tile, 1 to 4,096.
    #[schemars(range(min = 1, max = MAX_ROUTERS))]
    routers: u32,
    /// Which cost a hop has.
    #[schemars(default = "hop_ew")]
    counts_as: CountsAs,
    /// Where the host's packets enter: the number of a tile, from 0.
    #[schemars(range(min = 0, max = MAX_ROUTERS - 1))]
    host_tile: u32,
}

/// A tree: a root, so many routers below each, and tiles at the leaves; at most 4,096 routers. They are called "root", "0",
/// "0.1", ….
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(in crate::hw) struct TreeFields {
    /// Routers below each, 2 to 32.
    #[schemars(range(min = 2, max = MAX_ARITY))]
    arity: u32,
    /// Levels of routers, root and leaves included, 1 to 12.
    #[schemars(range(min = 1, max = MAX_LEVELS))]
    levels: u32,
    /// Which cost a hop has.
    #[schemars(default = "hop_ns")]
    counts_as: CountsAs,
    /// Where the host's packets enter: the number of a leaf, from left to right, from 0.
    #[schemars(range(min = 0, max = MAX_ROUTERS - 1))]
    host_tile: u32,
}

/// Any routers, joined in any way, as listed.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(in crate::hw) struct LinksFields {
    /// The routers, 1 to 4,096; at least one has a tile.
    #[schemars(length(min = 1, max = MAX_ROUTERS))]
    routers: Vec<Router>,
    /// The links, at most 65,536: ["a", "b"], both ways, or an object that says more.
    #[schemars(length(max = 65_536))]
    links: Vec<Link>,
    /// Where the host's packets enter: the name of a router with a tile.
    host_tile: Name,
}

/// A router.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Router {
    /// Its name in links, tables and messages; at most 200 characters.
    name: Name,
    /// Column and row, for pictures and messages, 0 to 65,535 each; no two routers share a place.
    place: (u16, u16),
    /// Whether it has a tile.
    #[schemars(default = "yes")]
    tile: bool,
}

#[derive(JsonSchema)]
#[schemars(untagged, inline)]
enum Link {
    /// Both ways between two routers, counted as hop_ew.
    Both(Name, Name),
    Listed(ListedLink),
}

/// A link between two routers.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct ListedLink {
    /// The name of a router.
    from: Name,
    /// The name of another router.
    to: Name,
    /// Whether it leads both ways.
    #[schemars(default = "yes")]
    both: bool,
    /// Which cost a hop over it has.
    #[schemars(default = "hop_ew")]
    counts_as: CountsAs,
}

fn yes() -> bool {
    true
}

fn hop_ew() -> &'static str {
    Op::HopEw.name()
}

fn hop_ns() -> &'static str {
    Op::HopNs.name()
}

value_type!(CountsAs, inline: true, words(&COUNTS_AS.map(Op::name)));
