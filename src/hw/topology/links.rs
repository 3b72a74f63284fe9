//! Listed links: any routers, joined in any way.
//!
//! ```text
//! "topology": "links",
//! "routers": [{ "name": "a", "place": [0, 0], "tile": true }, …],
//! "links": [["a", "b"], { "from": "a", "to": "c", "both": false, "counts_as": "hop_ns" }, …]
//! ```
//!
//! A router has a tile and a link leads both ways unless the file says otherwise; hops count as `hop_ew` by default.
//! Tiles are numbered in the order of their routers, and the host's tile is the name of its router. Ports are numbered
//! in the order of the links.

use super::TopologyKind;
use super::parts::{Family, LinkSpec, MAX_ROUTERS, Place, RouterSite, Topology};
use crate::hw::error::{MAX_CHANNELS, NocError};
use crate::hw::rule::RoutingRule;
use crate::json::record::{names, record};
use crate::json::schema::{self, Name};
use crate::json::shape::{self, by, described, elsewhere, flag, list, of, of_object, or, pair, pick, whole};
use crate::json::{Cursor, FieldSpec, FileRecord, Object, did_you_mean};
use crate::stats::Op;
use petgraph::graph::{DiGraph, NodeIndex};
use petgraph::visit::{Dfs, Reversed, Walker};
use schemars::JsonSchema;
use std::collections::HashMap;

pub(super) const FAMILY: Family = Family {
    name: "links",
    names: names::<LinksFields>,
    rules: &[RoutingRule::Shortest, RoutingRule::UpDown, RoutingRule::Table],
    read: |object| LinksFields::read_fields(object, ()),
    read_host,
    synthetic: |_, _| Err(NocError::Listed),
    link_name,
    in_words: |topology| {
        format!("{} routers with listed links, {} terminals", topology.routers.len(), topology.tiles())
    },
    with_tiles: |_, tiles| format!("chip of {tiles} tiles"),
    describe: schema::described::<LinksFields>,
};

/// Positions of routers by name.
pub(in crate::hw) struct RouterNames<'a>(HashMap<&'a str, u32>);

impl<'a> RouterNames<'a> {
    pub(in crate::hw) fn new(names: impl IntoIterator<Item = &'a str>) -> Self {
        Self((0..).zip(names).map(|(index, name)| (name, index)).collect())
    }

    /// The router that a value names.
    pub(in crate::hw) fn read(&self, cursor: &Cursor<'_>) -> Option<u32> {
        self.find(cursor.text()?, cursor)
    }

    /// The router with a name; a missing one is reported as a problem of the value.
    pub(in crate::hw) fn find(&self, name: &str, cursor: &Cursor<'_>) -> Option<u32> {
        let found = self.0.get(name).copied();
        if found.is_none() {
            let mut known: Vec<&str> = self.0.keys().copied().collect();
            known.sort_unstable();
            let hint = did_you_mean(name, &known);
            cursor.problem(format!("no router is called \"{name}\"{hint}"));
        }
        found
    }
}

/// The operation that a flit over a link counts as, and its default.
pub(super) fn kind_of_hop<'s, G: 's>(usual: Op) -> FieldSpec<'s, G, Op> {
    or(pick(&[Op::HopEw, Op::HopNs], Op::name), usual, usual.name())
}

/// The router of a tile given by its number.
pub(super) fn read_host_tile(cursor: &Cursor<'_>, topology: &Topology) -> Option<u32> {
    cursor.unsigned(0..=topology.tiles() - 1).map(|tile| topology.router_of_tile(tile))
}

pub(super) fn link_name(topology: &Topology, link: &LinkSpec) -> String {
    let name = |router: u32| &topology.routers[router as usize].name;
    format!("{} to {}", name(link.from), name(link.to))
}

fn read_host(cursor: &Cursor<'_>, topology: &Topology) -> Option<u32> {
    let router = RouterNames::new(topology.routers.iter().map(|site| site.name.as_str())).read(cursor)?;
    if topology.routers[router as usize].tile.is_none() {
        cursor.problem("this router has no tile");
        return None;
    }
    Some(router)
}

record! {
    /// Any routers, joined in any way, as listed.
    struct LinksFields {
        /// The routers, 1 to 4,096; at least one has a tile.
        routers: Vec<RouterSite> = of_object(
            |object, _| object.need("routers").and_then(|c| read_routers(&c)),
            list(of::<ListedRouter, _>(), 1..=MAX_ROUTERS as usize),
        );
        /// The links, at most 65,536: ["a", "b"], both ways, or an object that says more.
        links: Vec<LinkSpec> = of_object(|object, _| read_all_links(object), list(described::<LinkForm, _>(), 0..=1 << 16));
        /// Where the host's packets enter: the name of a router with a tile.
        host_tile: () = elsewhere(shape::name());
    }
    check LinksFields::check => Topology;
}

impl LinksFields {
    fn check<G>(self, object: &Object<'_>, _: G) -> Option<Topology> {
        let Self { routers, links, .. } = self;
        let problem = too_many_ports(&routers, &links).or_else(|| cut_off(&routers, &links));
        if let Some(problem) = problem {
            object.get("links").iter().for_each(|cursor| cursor.problem(problem.clone()));
            return None;
        }
        let ports = links.iter().map(|link| link.from_port.max(link.to_port) + 1).max().unwrap_or(0);
        Some(Topology::new(TopologyKind::Links, routers, links, ports))
    }
}

/// Reads the links. Names are known even if the routers have other problems.
fn read_all_links(object: &Object<'_>) -> Option<Vec<LinkSpec>> {
    let names = object.get("routers").and_then(|c| Some(RouterNames::new(names_of(&c)?)));
    object.need("links").and_then(|c| read_links(&c, names.as_ref()))
}

fn names_of<'a>(cursor: &Cursor<'a>) -> Option<Vec<&'a str>> {
    let name = |router: &Cursor<'a>| {
        let (_, name) = router.is_object().then(|| router.entries())??.into_iter().find(|(name, _)| *name == "name")?;
        name.as_text()
    };
    cursor.is_list().then(|| cursor.list(0..=usize::MAX))??.iter().map(name).collect()
}

fn read_routers(cursor: &Cursor<'_>) -> Option<Vec<RouterSite>> {
    let items = cursor.list(1..=MAX_ROUTERS as usize)?;
    let read: Vec<_> = items.iter().map(|item| ListedRouter::read(item, ())).collect();
    let mut sites = read.iter().flatten().cloned().collect::<Vec<_>>();
    let known = sites.len();
    let (mut names, mut places) = (HashMap::new(), HashMap::new());
    let mut sound = true;
    for ((index, item), site) in items.iter().enumerate().zip(&read) {
        let Some(site) = site else { continue };
        if let Some(first) = names.insert(&site.name, index) {
            item.problem(format!("routers[{first}] is called \"{}\" too", site.name));
            sound = false;
        }
        if let Some(first) = places.insert(site.place, index) {
            item.problem(format!("routers[{first}] is at [{}, {}] too", site.place.x, site.place.y));
            sound = false;
        }
    }
    let mut tiles = 0..;
    sites.iter_mut().filter(|site| site.tile.is_some()).for_each(|site| site.tile = tiles.next());
    if known == items.len() && tiles.start == 0 {
        cursor.problem("no router has a tile");
        return None;
    }
    (sound && known == items.len()).then_some(sites)
}

record! {
    /// A router.
    struct ListedRouter as "Router" {
        /// Its name in links, tables and messages; at most 200 characters.
        name: String = shape::name();
        /// Column and row, for pictures and messages, 0 to 65,535 each; no two routers share a place.
        place: (u16, u16) = pair(whole(0..=u16::MAX), whole(0..=u16::MAX));
        /// Whether it has a tile.
        tile: bool = or(flag(), true, true);
    }
    // The tile is numbered later.
    check |ListedRouter { name, place: (x, y), tile }: Self, _: &Object<'_>, _| {
        Some(RouterSite { name, place: Place { x, y }, tile: tile.then_some(0) })
    } => RouterSite;
}

#[derive(JsonSchema)]
#[schemars(untagged, inline)]
#[expect(dead_code, reason = "it describes values, and nothing is made of it")]
enum LinkForm {
    /// Both ways between two routers, counted as hop_ew.
    Both(Name, Name),
    Listed(ListedLink),
}

record! {
    /// A link between two routers.
    struct ListedLink given Option<&RouterNames<'_>> {
        /// The name of a router.
        from: u32 = by::<Name, _, _>(read_end);
        /// The name of another router.
        to: u32 = by::<Name, _, _>(read_end);
        /// Whether it leads both ways.
        both: bool = or(flag(), true, true);
        /// Which cost a hop over it has.
        counts_as: Op = kind_of_hop(Op::HopEw);
    }
}

fn read_end(cursor: &Cursor<'_>, names: Option<&RouterNames<'_>>) -> Option<u32> {
    match names {
        Some(names) => names.read(cursor),
        None => cursor.text().and(None),
    }
}

/// Reads links; without names of routers only their form is checked.
fn read_links(cursor: &Cursor<'_>, names: Option<&RouterNames<'_>>) -> Option<Vec<LinkSpec>> {
    let items = cursor.list(0..=1 << 16)?;
    let given: Vec<_> = items.iter().map(|item| read_link(item, names)).collect();
    let mut links: Vec<LinkSpec> = Vec::new();
    // The first link of each direction, and the next port of every router.
    let (mut seen, mut port) = (HashMap::new(), HashMap::<u32, u8>::new());
    let mut sound = true;
    for ((index, item), link) in items.iter().enumerate().zip(&given) {
        let Some(ListedLink { from, to, both, counts_as: op }) = *link else { continue };
        let ways = [(from, to), (to, from)];
        let earlier = ways[..1 + usize::from(both)].iter().filter_map(|way| seen.insert(*way, index)).next();
        if let Some(first) = earlier {
            item.problem(format!("links[{first}] leads that way too"));
            sound = false;
        }
        let mut next = |router: u32| {
            let port = port.entry(router).or_default();
            *port = port.saturating_add(1);
            *port - 1
        };
        let there = LinkSpec { from, from_port: next(from), to, to_port: next(to), op };
        links.push(there);
        if both {
            links.push(LinkSpec { from: to, from_port: there.to_port, to: from, to_port: there.from_port, op });
        }
    }
    (sound && given.iter().all(Option::is_some)).then_some(links)
}

fn read_link(cursor: &Cursor<'_>, names: Option<&RouterNames<'_>>) -> Option<ListedLink> {
    let link = if cursor.is_object() {
        ListedLink::read(cursor, names)?
    } else {
        let pair = cursor.list(2..=2)?;
        let (from, to) = (read_end(&pair[0], names), read_end(&pair[1], names));
        ListedLink { from: from?, to: to?, both: true, counts_as: Op::HopEw }
    };
    if link.from == link.to {
        cursor.problem("a link from a router to itself");
        return None;
    }
    Some(link)
}

/// Reports a router with more links than a router can have ports.
fn too_many_ports(routers: &[RouterSite], links: &[LinkSpec]) -> Option<String> {
    // A core and the host take a port each.
    let most = MAX_CHANNELS - 2;
    let mut ports = vec![0u32; routers.len()];
    for link in links {
        for (router, port) in [(link.from, link.from_port), (link.to, link.to_port)] {
            ports[router as usize] = ports[router as usize].max(u32::from(port) + 1);
        }
    }
    let (site, count) = routers.iter().zip(ports).find(|(_, count)| *count > most)?;
    Some(format!("router {} has {count} links or more, expected at most {most}", site.name))
}

/// Reports two routers without a route between them.
fn cut_off(routers: &[RouterSite], links: &[LinkSpec]) -> Option<String> {
    let ends = links.iter().map(|link| (link.from, link.to));
    let mut graph = DiGraph::<(), (), u32>::with_capacity(routers.len(), links.len());
    for _ in routers {
        graph.add_node(());
    }
    graph.extend_with_edges(ends);
    let first = NodeIndex::new(0);
    let missing = |reached: Vec<NodeIndex>| {
        let mut inside = vec![false; routers.len()];
        reached.into_iter().for_each(|node| inside[node.index()] = true);
        inside.iter().position(|inside| !inside).map(|router| routers[router].name.as_str())
    };
    let start = &routers[0].name;
    if let Some(name) = missing(Dfs::new(&graph, first).iter(&graph).collect()) {
        return Some(format!("no way leads from {start} to {name}"));
    }
    let back = Reversed(&graph);
    let name = missing(Dfs::new(back, first).iter(back).collect())?;
    Some(format!("no way leads from {name} to {start}"))
}
