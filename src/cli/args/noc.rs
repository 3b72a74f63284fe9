//! Arguments of `noc`.

use super::{ChangeOptions, ReplaceOptions, seconds};
use clap::Args;
use std::path::PathBuf;
use std::time::Duration;

/// Examples, and conflicts between options.
pub(super) const MORE: &str = "\
Examples:
  spikemesh noc --rate 0.05
  spikemesh noc --rate 0.01..0.2:20 --html noc.html --csv noc.csv
  spikemesh noc --topology torus --width 4 --height 4 --traffic tornado --rate 0.1,0.2,0.3 --json noc.json
  spikemesh noc --topology tree --width 4 --height 3 --vcs 2 --router-cycles 3
  spikemesh noc --traffic hotspot:nodes=27+28,fraction=0.1 --rate 0.05
  spikemesh noc --chip loihi --traffic trace:packets.txt --html noc.html

Traffic, with terminals at (x, y) numbered row by row (of a tree, the leaves from left to right):
  uniform         every terminal alike, the source included
  transpose       (x, y) sends to (y, x); square grids only
  tornado         (x, y) sends to (x + (width - 1) / 2, y + (height - 1) / 2), going round
  neighbor        (x, y) sends to (x + 1, y + 1), going round
  bit-complement  (x, y) sends to (width - 1 - x, height - 1 - y)
  hotspot:nodes=A+B,fraction=F
                  that share goes to those terminals, the rest to all alike
  trace:FILE      packets of a file, measured until the last has arrived

A trace has a packet a line, with blanks or commas between its fields; lines need no order:
  # cycle  source  destination  flits (if they are left out: --packet-flits)
  0        0       63           1
  12       5       9

Latency is counted from a packet's birth at its source, whose queue has no end, to the arrival of its tail.
A rate is saturated where the backlog grows as long as the load lasts. Near saturation, where the window does not show
it, the network is simulated on, to four times the length at most, with nothing more measured; what is still not clear,
and a window of less than ten latencies, is \"too short to say\" (in --json window_too_short).
Exit codes: 0 done, saturated or not; 1 ended early; 2 error.";

#[derive(Args, Debug)]
pub(in crate::cli) struct NocOptions {
    /// Topology: mesh, torus, ring or tree
    #[arg(long, default_value = "mesh", value_name = "NAME")]
    pub(in crate::cli) topology: String,
    /// Columns of routers; of a tree, routers below each [default: 8]
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = whole)]
    pub(in crate::cli) width: Option<u64>,
    /// Rows of routers; of a tree, its levels. A ring has width x height routers [default: 8, of a tree 3]
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = whole)]
    pub(in crate::cli) height: Option<u64>,
    /// Take topology, routing, virtual channels, buffers and length of packets from a chip: a name or a file
    #[arg(long, conflicts_with_all = ["topology", "width", "height"])]
    pub(in crate::cli) chip: Option<String>,
    #[command(flatten)]
    pub(in crate::cli) changes: ChangeOptions,
    /// Routing rule: xy, yx or up_down (mesh, torus), shortest or up_down (ring), up_down (tree) [default: the first]
    #[arg(long, value_name = "RULE")]
    pub(in crate::cli) routing: Option<String>,
    /// Traffic: uniform, transpose, tornado, neighbor, bit-complement, hotspot:…, trace:FILE (see below)
    #[arg(long, default_value = "uniform")]
    pub(in crate::cli) traffic: String,
    /// Offered flits per node and cycle, 0 to 1: a number, a list A,B,… or N of them from A to B as A..B:N [default: 0.1]
    #[arg(long, allow_hyphen_values = true)]
    pub(in crate::cli) rate: Option<String>,
    /// Flits of a packet [default: 1, or the chip's]
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = whole)]
    pub(in crate::cli) packet_flits: Option<u64>,
    /// Virtual channels of an input [default: 1, or 2 where packets round a ring need them, or the chip's]
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = whole)]
    pub(in crate::cli) vcs: Option<u64>,
    /// Flits that a virtual channel of an input holds [default: 4, or the chip's]
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = whole)]
    pub(in crate::cli) buffer: Option<u64>,
    /// Pipeline of a router: routing, virtual channel, switch, traversal (cycles) [default: 4, or the chip's own router]
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = whole)]
    pub(in crate::cli) router_cycles: Option<u64>,
    /// A link between routers (cycles) [default: 1, or the chip's]
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = whole)]
    pub(in crate::cli) link_cycles: Option<u64>,
    /// A credit, beyond its way over the link (cycles) [default: 1, or the chip's]
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = whole)]
    pub(in crate::cli) credit_cycles: Option<u64>,
    /// Cycles of the measurement (a trace is measured whole)
    #[arg(long, default_value_t = 10_000, value_name = "N", allow_negative_numbers = true, value_parser = whole)]
    pub(in crate::cli) cycles: u64,
    /// Cycles before the measurement (a trace has none)
    #[arg(long, default_value_t = 2_000, value_name = "N", allow_negative_numbers = true, value_parser = whole)]
    pub(in crate::cli) warmup: u64,
    /// Seed of all sources
    #[arg(long, default_value_t = 1, value_name = "S", allow_negative_numbers = true, value_parser = whole)]
    pub(in crate::cli) seed: u64,
    /// Worker threads; changes no result [default: one per CPU]
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = whole)]
    pub(in crate::cli) threads: Option<u64>,
    /// Parts of the network simulated side by side; changes no result [default: 1]
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = whole)]
    pub(in crate::cli) shards: Option<u64>,
    /// End after S seconds, as Ctrl-C does: the report has the results so far
    #[arg(long, value_name = "S", allow_negative_numbers = true, value_parser = seconds)]
    pub(in crate::cli) max_seconds: Option<Duration>,
    /// End after N events, messages and signals, of all rates together: at the next multiple of 1024 cycles, with
    /// the results so far
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = whole)]
    pub(in crate::cli) max_events: Option<u64>,
    #[command(flatten)]
    pub(in crate::cli) replace: ReplaceOptions,
    /// Write the report for machines
    #[arg(long, value_name = "FILE")]
    pub(in crate::cli) json: Option<PathBuf>,
    /// Write a row for each rate
    #[arg(long, value_name = "FILE")]
    pub(in crate::cli) csv: Option<PathBuf>,
    /// Write a page with plots and a picture of the links
    #[arg(long, value_name = "FILE")]
    pub(in crate::cli) html: Option<PathBuf>,
}

/// A number whose limit only the command knows.
fn whole(text: &str) -> Result<u64, String> {
    text.parse().map_err(|_| "expected a whole number, not negative".into())
}
