//! Small and odd chips, drawn by proptest: shipped chips with another mesh, other buffers, times and limits.

use crate::common::chip_with;
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
    pub placer: usize,
}

pub fn boards() -> impl Strategy<Value = Board> {
    let mesh = (any::<bool>(), 1..=3u64, 1..=3u64, 1..=4u64);
    let queues = (prop_oneof![Just(1), Just(2), Just(16)], prop_oneof![Just(1), Just(3), Just(16)]);
    let flags = (any::<bool>(), any::<bool>(), any::<bool>(), any::<bool>());
    let times = (prop_oneof![Just((1u64, 1u64)), Just((1, 4)), Just((4, 4))], 1..=30u64, 1..=9u64);
    let rest = (1..=9u64, any::<bool>(), 0..place::ALL.len());
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
    })
}

impl Board {
    /// The chip, with as many neurons a core as these populations need.
    pub fn chip(&self, populations: &[u64]) -> Chip {
        // Every population needs a core of its own.
        let mut width = self.width;
        while width * self.height * self.per_tile < populations.len() as u64 {
            width += 1;
        }
        let cores = width * self.height * self.per_tile;
        let needed = |each: u64| populations.iter().map(|n| n.div_ceil(each)).sum::<u64>();
        let most = (self.max_neurons..).find(|each| needed(*each) <= cores).unwrap();
        let (name, tick) = if self.crossbar { ("crossbar", 1000) } else { ("loihi", 100) };
        let time = |ticks: u64| json!(format!("{} ps", ticks * tick));
        let pick = |flag: bool, yes: &str, no: &str| json!(if flag { yes } else { no });
        let host = if self.host_far { json!([width - 1, self.height - 1]) } else { json!([0, 0]) };
        let edits: [(&str, Value); 16] = [
            ("/mesh/width", json!(width)),
            ("/mesh/height", json!(self.height)),
            ("/mesh/cores_per_tile", json!(self.per_tile)),
            ("/mesh/buffer_flits", json!(self.buffer)),
            ("/mesh/tile_order", pick(self.row_major, "row_major", "column_major")),
            ("/mesh/routing", pick(self.yx, "yx", "xy")),
            ("/mesh/flit_interval", time(self.interval)),
            ("/mesh/credit_delay", time(self.credit_delay)),
            ("/mesh/host_tile", host),
            ("/core/receive_queue", json!(self.queue)),
            ("/core/receive", pick(self.pipelined, "pipelined", "serial")),
            ("/core/synapse_lanes", json!(self.lanes.0)),
            ("/core/soma_lanes", json!(self.lanes.1)),
            ("/core/max_neurons", json!(most)),
            ("/core/weight_bits", json!(9)),
            ("/gating", pick(self.window, "window", "none")),
        ];
        chip_with(name, &edits)
    }
}
