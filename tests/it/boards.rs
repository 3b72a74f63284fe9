//! Small and odd chips, drawn by proptest: shipped chips with another network on chip, other buffers, times and limits.

use crate::common::{Draw, chip_with};
use proptest::prelude::*;
use serde_json::{Value, json};
use spikemesh::hw::Chip;
use spikemesh::map::place;

/// What is odd about a chip.
#[derive(Clone, Debug)]
pub struct Board {
    pub crossbar: bool,
    width: u64,
    height: u64,
    per_tile: u64,
    buffer: u64,
    queue: u64,
    window: bool,
    pipelined: bool,
    yx: bool,
    row_major: bool,
    lanes: (u64, u64),
    interval: u64,
    credit_delay: u64,
    max_neurons: u64,
    host_far: bool,
    shape: usize,
    links: u64,
    pub placer: usize,
}

/// Builds a network on chip of so many tiles or more, without the fields that all have; gives its tiles too.
type Shape = fn(&Board, u64) -> (Value, u64);

/// Every topology there is.
const SHAPES: [Shape; 5] = [mesh, torus, ring, tree, links];

fn pick(flag: bool, yes: &str, no: &str) -> Value {
    json!(if flag { yes } else { no })
}

/// The width of a grid of so many tiles or more.
fn width(board: &Board, tiles: u64) -> u64 {
    board.width.max(tiles.div_ceil(board.height))
}

fn mesh(board: &Board, tiles: u64) -> (Value, u64) {
    let (width, height) = (width(board, tiles), board.height);
    let mesh = json!({
        "topology": "mesh", "width": width, "height": height,
        "tile_order": pick(board.row_major, "row_major", "column_major"),
        "routing": pick(board.yx, "yx", "xy"),
        "host_tile": if board.host_far { [width - 1, height - 1] } else { [0, 0] },
    });
    (mesh, width * height)
}

/// With one virtual channel, rings of more than three routers are for ways up and down only.
fn torus(board: &Board, tiles: u64) -> (Value, u64) {
    let (mut torus, tiles) = mesh(board, tiles);
    torus["topology"] = json!("torus");
    if width(board, tiles) > 3 {
        torus["routing"] = json!("up_down");
    }
    (torus, tiles)
}

fn ring(board: &Board, tiles: u64) -> (Value, u64) {
    let routers = tiles.max(board.width * board.height);
    let ring = json!({
        "topology": "ring", "routers": routers, "routing": pick(routers <= 3 && board.yx, "shortest", "up_down"),
        "counts_as": pick(board.row_major, "hop_ew", "hop_ns"),
        "host_tile": if board.host_far { routers - 1 } else { 0 },
    });
    (ring, routers)
}

fn tree(board: &Board, tiles: u64) -> (Value, u64) {
    let arity = board.width + 1;
    let levels = (board.height as u32..).find(|levels| arity.pow(levels - 1) >= tiles).unwrap();
    let leaves = arity.pow(levels - 1);
    let tree = json!({
        "topology": "tree", "arity": arity, "levels": levels, "routing": "up_down",
        "host_tile": if board.host_far { leaves - 1 } else { 0 },
    });
    (tree, leaves)
}

/// A random tree, and more links where packets go up and down. Every third router but the first has no tile.
fn links(board: &Board, tiles: u64) -> (Value, u64) {
    let mut draw = Draw::new(board.links);
    let tiles = tiles.max(board.width * board.height);
    let tile = |router: &u64| *router == 0 || router % 3 != 2;
    let routers = (1..).find(|count| (0..*count).filter(tile).count() as u64 == tiles).unwrap();
    let mut pairs: Vec<(u64, u64)> = (1..routers).map(|router| (draw.below(router), router)).collect();
    for _ in 0..if board.yx { 0 } else { routers } {
        let (a, b) = (draw.below(routers), draw.below(routers));
        if a != b && !pairs.contains(&(a, b)) && !pairs.contains(&(b, a)) {
            pairs.push((a, b));
        }
    }
    let name = |router: u64| format!("n{router}");
    let site = |router: u64| json!({"name": name(router), "place": [router, 0], "tile": tile(&router)});
    let link = |(a, b): &(u64, u64)| match (a + b) % 3 {
        0 => json!([name(*a), name(*b)]),
        _ => json!({"from": name(*a), "to": name(*b), "counts_as": pick(a % 2 == 0, "hop_ns", "hop_ew")}),
    };
    let last = (0..routers).rfind(tile).unwrap();
    let file = json!({
        "topology": "links", "routing": pick(board.yx, "shortest", "up_down"),
        "routers": (0..routers).map(site).collect::<Vec<_>>(), "links": pairs.iter().map(link).collect::<Vec<_>>(),
        "host_tile": name(if board.host_far { last } else { 0 }),
    });
    (file, tiles)
}

pub fn boards() -> impl Strategy<Value = Board> {
    let mesh = (any::<bool>(), 1..=3u64, 1..=3u64, 1..=4u64);
    let queues = (prop_oneof![Just(1), Just(2), Just(16)], prop_oneof![Just(1), Just(3), Just(16)]);
    let flags = (any::<bool>(), any::<bool>(), any::<bool>(), any::<bool>());
    let times = (prop_oneof![Just((1u64, 1u64)), Just((1, 4)), Just((4, 4))], 1..=30u64, 1..=9u64);
    // Half of all chips are meshes.
    let shape = prop_oneof![Just(0), 1..SHAPES.len()];
    let rest = (1..=9u64, any::<bool>(), 0..place::Placer::ALL.len(), shape, any::<u64>());
    (mesh, queues, flags, times, rest).prop_map(|(mesh, queues, flags, times, rest)| Board {
        crossbar: mesh.0,
        width: mesh.1,
        height: mesh.2,
        per_tile: mesh.3,
        buffer: queues.0,
        queue: queues.1,
        window: flags.0,
        pipelined: flags.1,
        yx: flags.2,
        row_major: flags.3,
        lanes: times.0,
        interval: times.1,
        credit_delay: times.2,
        max_neurons: rest.0,
        host_far: rest.1,
        placer: rest.2,
        shape: rest.3,
        links: rest.4,
    })
}

impl Board {
    /// The chip, with as many neurons a core as these populations need.
    pub fn chip(&self, populations: &[u64]) -> Chip {
        // Every population needs a core of its own.
        let (mut noc, tiles) = SHAPES[self.shape](self, (populations.len() as u64).div_ceil(self.per_tile));
        let cores = tiles * self.per_tile;
        let needed = |each: u64| populations.iter().map(|n| n.div_ceil(each)).sum::<u64>();
        let most = (self.max_neurons..).find(|each| needed(*each) <= cores).unwrap();
        let (name, tick) = if self.crossbar { ("crossbar", 1000) } else { ("loihi", 100) };
        let time = |ticks: u64| json!(format!("{} ps", ticks * tick));
        let more = [
            ("cores_per_tile", json!(self.per_tile)),
            ("buffer_flits", json!(self.buffer)),
            ("flit_interval", time(self.interval)),
            ("credit_delay", time(self.credit_delay)),
        ];
        more.into_iter().for_each(|(field, value)| noc[field] = value);
        let edits: [(&str, Value); 9] = [
            ("/mesh", noc),
            ("/core/receive_queue", json!(self.queue)),
            ("/core/receive", pick(self.pipelined, "pipelined", "serial")),
            ("/core/synapse_lanes", json!(self.lanes.0)),
            ("/core/soma_lanes", json!(self.lanes.1)),
            ("/core/max_neurons", json!(most)),
            ("/core/max_fan_in", Value::Null),
            ("/core/weight_bits", json!(9)),
            ("/gating", pick(self.window, "window", "none")),
        ];
        chip_with(name, &edits)
    }
}
