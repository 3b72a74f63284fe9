//! The network that a request describes, and its load.

use super::job::AskedLoad;
use super::request::{NocChip, NocNumbers, NocRequest, Problems};
use crate::hw::routing::RoutingRule;
use crate::hw::topology::TopologyKind;
use crate::hw::{Chip, Noc, NocError, Routing, Topology};
use crate::json::unknown;
use crate::noc::{self, ChipTimes, trace};
use crate::session::catalog;
use std::path::Path;
use std::sync::Arc;

/// Rate where none is given.
const RATE: f64 = 0.1;

/// Most flits that all buffers of a network hold together: some hundred megabytes.
const MOST_PLACES: u64 = 1 << 26;

/// A network, and the chip that it is of.
pub(super) struct RequestedNetwork {
    pub(super) noc: Noc,
    pub(super) times: Option<ChipTimes>,
    /// The chip as reports name it.
    pub(super) label: Option<String>,
    /// Name and digest of the chip's file.
    pub(super) read: Option<(String, u64)>,
}

/// The requested network. It has the router delays of the chip where it is a chip's and none are given.
pub(super) fn network(request: &NocRequest, numbers: &NocNumbers, problems: &mut Problems) -> Option<RequestedNetwork> {
    let mut network = match &request.chip {
        Some(chip) => of_chip(chip, request, numbers, problems)?,
        None => {
            let name = request.topology.as_deref().unwrap_or("mesh");
            let height = numbers.height.unwrap_or(if name == "tree" { 3 } else { 8 });
            let topology = topology(name, numbers.width, height, problems)?;
            let rule = rule(request, &topology, topology.kind.rules()[0], problems)?;
            let noc = routed(topology, rule, numbers.vcs, problems)?;
            RequestedNetwork { noc, times: None, label: None, read: None }
        }
    };
    let noc = &mut network.noc;
    noc.buffer_flits = numbers.buffer.unwrap_or(noc.buffer_flits);
    noc.packet_flits = numbers.packet_flits.unwrap_or(noc.packet_flits);
    let (routers, ports) = (noc.topology.routers.len() as u64, u64::from(noc.topology.ports) + 1);
    let channels = routers * ports * u64::from(noc.virtual_channels);
    let places = channels * u64::from(noc.buffer_flits);
    if places > MOST_PLACES {
        let most = MOST_PLACES / channels;
        let what = format!("found {}, allowed 1 to {most} with {channels} channels in all", noc.buffer_flits);
        problems.add("buffer", what);
    }
    Some(network)
}

fn topology(name: &str, width: u32, height: u32, problems: &mut Problems) -> Option<Topology> {
    let found = Topology::named(name, width, height);
    match found {
        Err(NocError::UnknownTopology { .. } | NocError::Listed) => {
            let drawn = TopologyKind::NAMES.iter().filter(|name| Topology::named(name, 2, 2) != Err(NocError::Listed));
            let known: Vec<&str> = drawn.copied().collect();
            let chip = problems.spelled("chip");
            problems.add("topology", format_args!("{} ({chip} takes those with listed links)", unknown(name, &known)));
            None
        }
        Err(error) => {
            problems.add_of_two(["width", "height"], error);
            None
        }
        Ok(found) => Some(found),
    }
}

/// The requested rule, or the usual one.
fn rule(request: &NocRequest, topology: &Topology, usual: RoutingRule, problems: &mut Problems) -> Option<RoutingRule> {
    let Some(name) = &request.routing else { return Some(usual) };
    let rules = topology.kind.rules().iter().filter(|rule| **rule != RoutingRule::Table || usual == RoutingRule::Table);
    let found = rules.clone().find(|rule| rule.name() == name).copied();
    if found.is_none() {
        let known: Vec<&str> = rules.map(|rule| rule.name()).collect();
        problems.add("routing", format_args!("{} (in a {})", unknown(name, &known), topology.kind.name()));
    }
    found
}

/// A network of a topology and a rule; without a number of virtual channels it gets the fewest that the rule needs.
fn routed(topology: Topology, rule: RoutingRule, vcs: Option<u8>, problems: &mut Problems) -> Option<Noc> {
    let of =
        |vcs: u8| Routing::of(&topology, rule, vcs).and_then(|routing| Noc::routed(topology.clone(), routing, vcs));
    let found = match vcs {
        Some(vcs) => of(vcs),
        None => of(1).or_else(|_| of(2)),
    };
    let (vcs, routing) = (problems.spelled("vcs"), problems.spelled("routing"));
    let found = found.map_err(|error| match error {
        NocError::Deadlock { cycle, remedy } => {
            let remedy = remedy.replace("virtual_channels of", &vcs).replace("routing by", &routing);
            format!("packets can wait for each other in a circle: {cycle}{remedy}")
        }
        error => error.to_string(),
    });
    problems.take("vcs", found)
}

/// A chip as a request gives it: itself, its name in reports, and the name and digest of its file.
type FoundChip = (Arc<Chip>, String, Option<(String, u64)>);

fn found(chip: &NocChip, request: &NocRequest, problems: &mut Problems) -> Option<FoundChip> {
    match chip {
        NocChip::Loaded(chip) => Some((Arc::clone(chip), chip.name.clone(), None)),
        NocChip::Found { chip, label, digest } => {
            Some((Arc::clone(chip), label.clone(), Some((chip.name.clone(), *digest))))
        }
        NocChip::Named(name) => {
            let set: Vec<(&str, &str)> = request.set.iter().map(|(path, value)| (&**path, &**value)).collect();
            let named = catalog::chip_with(name, &set).map_err(|error| problems.add_error(&error)).ok()?;
            found(&NocChip::found(name, &set, &named), request, problems)
        }
    }
}

/// The network of a chip, with one terminal for each of its tiles.
fn of_chip(
    chip: &NocChip,
    request: &NocRequest,
    numbers: &NocNumbers,
    problems: &mut Problems,
) -> Option<RequestedNetwork> {
    let (chip, label, read) = found(chip, request, problems)?;
    let given = [request.router_cycles, request.link_cycles, request.credit_cycles];
    let times = chip.calibration(None).filter(|_| given == [None; 3]).map(|table| ChipTimes::of(&chip, table));
    let Noc { topology, routing, virtual_channels, buffer_flits, packet_flits, .. } = chip.noc.clone();
    let Noc { flit_interval, credit_delay, head_delay, allocation, .. } = chip.noc;
    let own = routing.rule();
    let rule = rule(request, &topology, own, problems)?;
    let vcs = numbers.vcs.unwrap_or(virtual_channels);
    // A table belongs to the chip, whatever the channels.
    let noc = if rule == RoutingRule::Table || (rule == own && vcs == virtual_channels) {
        problems.take("vcs", Noc::routed(topology, routing, vcs))?
    } else {
        routed(topology, rule, Some(vcs), problems)?
    };
    let noc = Noc { buffer_flits, packet_flits, flit_interval, credit_delay, head_delay, allocation, ..noc };
    Some(RequestedNetwork { noc, times, label: Some(label), read })
}

/// The requested load on a network.
pub(super) fn asked(
    request: &NocRequest,
    noc: &Noc,
    rates: Option<Vec<f64>>,
    problems: &mut Problems,
) -> Option<AskedLoad> {
    let Some(file) = request.traffic.strip_prefix("trace:") else {
        let pattern = noc::traffic::pattern(&request.traffic, noc::grid(noc)).map(drop);
        let name = request.traffic.split(':').next().unwrap_or_default();
        let patterns = noc::traffic::KNOWN.iter().map(|kind| kind.name);
        let known: Vec<&str> = patterns.chain(["trace"]).collect();
        let pattern = pattern.map_err(|why| if known.contains(&name) { why } else { unknown(name, &known) });
        problems.take("traffic", pattern)?;
        return Some(AskedLoad::Rates(rates.unwrap_or_else(|| vec![RATE])));
    };
    if request.rate.is_some() {
        problems.add("rate", "not used with a trace, whose packets have their times");
    }
    let packets = trace::load(Path::new(file), noc.tiles(), noc.packet_flits);
    packets.map_err(|error| problems.plain(error)).ok().map(AskedLoad::Trace)
}
