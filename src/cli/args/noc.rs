//! Arguments of `noc`.

use super::{ChangeOptions, ReplaceOptions, heading, values};
use clap::Args;
use std::path::PathBuf;
use std::time::Duration;

#[derive(Args, Debug)]
#[command(next_help_heading = heading::ROUTERS)]
pub(in crate::cli) struct NocOptions {
    /// Topology: mesh, torus, ring or tree
    #[arg(long, default_value = "mesh", value_name = "NAME", value_parser = values::topologies(), hide_possible_values = true)]
    pub(in crate::cli) topology: String,
    /// Columns of routers; in a tree, routers below each [default: 8]
    #[arg(long, value_name = "N", allow_hyphen_values = true, value_parser = whole)]
    pub(in crate::cli) width: Option<u64>,
    /// Rows of routers; in a tree, its levels [default: 8, of a tree 3]
    ///
    /// A ring has width x height routers.
    #[arg(long, value_name = "N", allow_hyphen_values = true, value_parser = whole)]
    pub(in crate::cli) height: Option<u64>,
    /// Chip, a name or a file, whose network on chip is measured
    ///
    /// Topology, routing, virtual channels, buffers and packet length are those of the chip.
    #[arg(long, conflicts_with_all = ["topology", "width", "height"], value_parser = values::chips(), hide_possible_values = true)]
    pub(in crate::cli) chip: Option<String>,
    #[command(flatten)]
    pub(in crate::cli) changes: ChangeOptions,
    /// Routing rule [default: the first one of the topology]
    ///
    /// Mesh and torus: xy, yx or up_down. Ring: shortest or up_down. Tree: up_down.
    #[arg(long, value_name = "RULE")]
    pub(in crate::cli) routing: Option<String>,
    /// Virtual channels per input [default: as many as the routing needs, or the chip's]
    ///
    /// One channel, or two where packets go round a ring.
    #[arg(long, value_name = "N", allow_hyphen_values = true, value_parser = whole)]
    pub(in crate::cli) vcs: Option<u64>,
    /// Buffer of a virtual channel, in flits [default: 4, or the chip's]
    #[arg(long, value_name = "N", allow_hyphen_values = true, value_parser = whole)]
    pub(in crate::cli) buffer: Option<u64>,
    /// Pipeline of a router, in cycles [default: 4, or the chip's own router]
    ///
    /// Routing, allocation of a virtual channel, allocation of the switch, traversal.
    #[arg(long, value_name = "N", allow_hyphen_values = true, value_parser = whole, hide_short_help = true)]
    pub(in crate::cli) router_cycles: Option<u64>,
    /// Delay of a link between routers, in cycles [default: 1, or the chip's]
    #[arg(long, value_name = "N", allow_hyphen_values = true, value_parser = whole, hide_short_help = true)]
    pub(in crate::cli) link_cycles: Option<u64>,
    /// Delay of a credit in addition to the link, in cycles [default: 1, or the chip's]
    #[arg(long, value_name = "N", allow_hyphen_values = true, value_parser = whole, hide_short_help = true)]
    pub(in crate::cli) credit_cycles: Option<u64>,
    /// Traffic pattern: uniform, transpose, tornado, neighbor, bit-complement, hotspot:…, trace:FILE
    ///
    /// The patterns are described below.
    #[arg(long, default_value = "uniform", help_heading = heading::LOAD, value_parser = values::patterns(), hide_possible_values = true)]
    pub(in crate::cli) traffic: String,
    /// Offered load in flits per node and cycle: R, R1,R2,… or FIRST..LAST:COUNT [default: 0.1]
    #[arg(long, allow_hyphen_values = true, help_heading = heading::LOAD)]
    pub(in crate::cli) rate: Option<String>,
    /// Flits of a packet [default: 1, or the chip's]
    #[arg(long, value_name = "N", allow_hyphen_values = true, value_parser = whole, help_heading = heading::LOAD)]
    pub(in crate::cli) packet_flits: Option<u64>,
    /// Cycles of the measurement; a trace is measured from beginning to end
    #[arg(long, default_value_t = 10_000, value_name = "N", allow_hyphen_values = true, value_parser = whole, help_heading = heading::LOAD)]
    pub(in crate::cli) cycles: u64,
    /// Cycles before the measurement; a trace has none
    #[arg(long, default_value_t = 2_000, value_name = "N", allow_hyphen_values = true, value_parser = whole, help_heading = heading::LOAD)]
    pub(in crate::cli) warmup: u64,
    /// Write a page with plots and a picture of the links
    #[arg(long, value_name = "FILE", help_heading = heading::OUTPUT)]
    pub(in crate::cli) html: Option<PathBuf>,
    /// On the page, draw the curve of a report of `noc --json` beside this one; may be repeated
    #[arg(long, value_name = "FILE", requires = "html", help_heading = heading::OUTPUT)]
    pub(in crate::cli) with: Vec<PathBuf>,
    /// Write the report as JSON
    #[arg(long, value_name = "FILE", help_heading = heading::OUTPUT)]
    pub(in crate::cli) json: Option<PathBuf>,
    /// Write a CSV table with a row for each rate
    #[arg(long, value_name = "FILE", help_heading = heading::OUTPUT)]
    pub(in crate::cli) csv: Option<PathBuf>,
    #[command(flatten)]
    pub(in crate::cli) replace: ReplaceOptions,
    /// Seed of all sources
    #[arg(long, default_value_t = 1, value_name = "S", allow_hyphen_values = true, value_parser = whole, help_heading = heading::RESOURCES)]
    pub(in crate::cli) seed: u64,
    /// Number of worker threads; changes no result [default: one per CPU]
    #[arg(long, value_name = "N", allow_hyphen_values = true, value_parser = whole, help_heading = heading::RESOURCES)]
    pub(in crate::cli) threads: Option<u64>,
    /// Parts of the network that are simulated in parallel; changes no result [default: 1]
    #[arg(long, value_name = "N", allow_hyphen_values = true, value_parser = whole, help_heading = heading::RESOURCES, hide_short_help = true)]
    pub(in crate::cli) shards: Option<u64>,
    /// End after S seconds, as Ctrl-C does: the report has the results so far
    #[arg(long, value_name = "S", allow_hyphen_values = true, value_parser = values::seconds, help_heading = heading::RESOURCES)]
    pub(in crate::cli) max_seconds: Option<Duration>,
    /// End after N events, messages and signals of all rates together
    ///
    /// The simulation ends at the next multiple of 1024 cycles; the report has the results so far. Where all routers are
    /// simulated at once, a flit over a link is two events: it and its credit.
    #[arg(long, value_name = "N", allow_hyphen_values = true, value_parser = whole, help_heading = heading::RESOURCES, hide_short_help = true)]
    pub(in crate::cli) max_events: Option<u64>,
}

/// A number whose limit only the command knows.
fn whole(text: &str) -> Result<u64, String> {
    values::whole(0..)(text)
}
