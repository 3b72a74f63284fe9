//! The job of `noc`, checked; all problems of its arguments are reported at once.

use super::rates::rates;
use crate::cli::args::NocOptions;
use crate::cli::{Failure, can_be_written, find};
use crate::hw::routing::RoutingRule;
use crate::hw::topology::TopologyKind;
use crate::hw::{Noc, NocError, Routing, Topology};
use crate::json::unknown;
use crate::noc::{self, ChipTimes, Cycles, Setup, trace};
use crate::session::catalog::{self, NamedChipFile};
use std::ops::RangeInclusive;
use std::path::Path;

const RATE: f64 = 0.1;

/// Most flits that all buffers of a network hold together: some hundred megabytes.
const MOST_PLACES: u64 = 1 << 26;

/// Longest delays of routers and links (cycles), and the longest measurement.
const LONG: u64 = 64;
const LONGEST: u64 = 1_000_000_000_000;

pub(super) enum AskedLoad {
    Rates(Vec<f64>),
    Trace(trace::TracePackets),
}

pub(super) struct NocJob {
    pub(super) setup: Setup,
    pub(super) chip: Option<String>,
    /// Name of the pattern; unused for a trace.
    pub(super) pattern: String,
    pub(super) asked: AskedLoad,
    pub(super) max_events: Option<u64>,
}

#[derive(Default)]
struct Problems(Vec<String>);

impl Problems {
    fn add(&mut self, option: &str, what: impl std::fmt::Display) {
        self.0.push(format!("{option}: {what}"));
    }

    fn range(&mut self, option: &str, value: u64, allowed: RangeInclusive<u64>) -> u64 {
        if !allowed.contains(&value) {
            self.add(option, format_args!("found {value}, allowed {} to {}", allowed.start(), allowed.end()));
        }
        value
    }

    fn maybe(&mut self, option: &str, value: Option<u64>, allowed: RangeInclusive<u64>) -> Option<u64> {
        value.map(|value| self.range(option, value, allowed))
    }

    fn take<T>(&mut self, option: &str, found: Result<T, impl std::fmt::Display>) -> Option<T> {
        found.map_err(|problem| self.add(option, problem)).ok()
    }
}

impl NocJob {
    pub(super) fn of(options: &NocOptions) -> Result<Self, Vec<String>> {
        let mut problems = Problems::default();
        let numbers = NocNumbers::of(options, &mut problems);
        let rates = options.rate.as_deref().and_then(|text| problems.take("--rate", rates(text)));
        for path in [&options.json, &options.csv, &options.html].into_iter().flatten() {
            if let Err(Failure(text)) = can_be_written(path) {
                problems.0.push(text);
            }
        }
        // Values out of range would only be reported a second time, in other words.
        if options.chip.is_none() && !options.changes.set.is_empty() {
            problems.add("--set", "changes a chip: name it with --chip");
        }
        let noc = problems.0.is_empty().then(|| network(options, &numbers, &mut problems)).flatten();
        let asked = noc.as_ref().and_then(|(noc, _)| asked(options, noc, rates, &mut problems));
        match (noc, asked) {
            (Some((noc, times)), Some(asked)) if problems.0.is_empty() => {
                let pattern = options.traffic.clone();
                let chip = options.chip.as_ref().map(|chip| label(chip, options));
                let max_events = options.max_events;
                Ok(Self { setup: numbers.setup(noc, times), chip, pattern, asked, max_events })
            }
            _ => Err(problems.0),
        }
    }

    /// Ticks that will be simulated, as far as that is known.
    pub(super) fn cycles(&self) -> u64 {
        match &self.asked {
            AskedLoad::Rates(rates) => rates.len() as u64 * self.setup.ticks(self.setup.warmup + self.setup.measured),
            AskedLoad::Trace(packets) => {
                let last = packets.iter().flat_map(|source| source.last()).map(|(born, ..)| *born).max();
                last.map_or(0, |born| self.setup.ticks(born) + 1)
            }
        }
    }
}

struct NocNumbers {
    width: u32,
    height: Option<u32>,
    packet_flits: Option<u16>,
    vcs: Option<u8>,
    buffer: Option<u16>,
    cycles: Cycles,
    measured: u64,
    warmup: u64,
    seed: u64,
    threads: usize,
    shards: usize,
}

impl NocNumbers {
    fn of(options: &NocOptions, problems: &mut Problems) -> Self {
        let side = 1..=u64::from(crate::hw::topology::MAX_ROUTERS);
        problems.maybe("--max-events", options.max_events, 1..=u64::MAX);
        let threads = problems.maybe("--threads", options.threads, 1..=1024).map(|threads| threads as u32);
        Self {
            width: problems.maybe("--width", options.width, side.clone()).map_or(8, |width| width as u32),
            height: problems.maybe("--height", options.height, side).map(|height| height as u32),
            packet_flits: problems
                .maybe("--packet-flits", options.packet_flits, 1..=trace::MOST_FLITS.into())
                .map(|n| n as u16),
            vcs: problems.maybe("--vcs", options.vcs, 1..=32).map(|n| n as u8),
            buffer: problems.maybe("--buffer", options.buffer, 1..=4096).map(|n| n as u16),
            cycles: Cycles {
                router: problems.maybe("--router-cycles", options.router_cycles, 1..=LONG).unwrap_or(4) as u32,
                link: problems.maybe("--link-cycles", options.link_cycles, 1..=LONG).unwrap_or(1) as u32,
                credit: problems.maybe("--credit-cycles", options.credit_cycles, 0..=LONG).unwrap_or(1) as u32,
            },
            measured: problems.range("--cycles", options.cycles, 1..=LONGEST),
            warmup: problems.range("--warmup", options.warmup, 0..=LONGEST),
            seed: options.seed,
            threads: find::threads(threads),
            shards: problems.maybe("--shards", options.shards, 1..=4096).map_or(1, |shards| shards as usize),
        }
    }

    fn setup(&self, noc: Noc, times: Option<ChipTimes>) -> Setup {
        Setup {
            packet_flits: noc.packet_flits,
            noc,
            cycles: self.cycles,
            chip: times,
            warmup: self.warmup,
            measured: self.measured,
            seed: self.seed,
            shards: self.shards,
            threads: self.threads,
        }
    }
}

/// The requested network. It has the router delays of the chip where it is a chip's and none are given.
fn network(options: &NocOptions, numbers: &NocNumbers, problems: &mut Problems) -> Option<(Noc, Option<ChipTimes>)> {
    let (mut noc, times) = match &options.chip {
        Some(chip) => of_chip(chip, options, numbers, problems)?,
        None => {
            let height = numbers.height.unwrap_or(if options.topology == "tree" { 3 } else { 8 });
            let topology = topology(&options.topology, numbers.width, height, problems)?;
            let rule = rule(options, &topology, topology.kind.rules()[0], problems)?;
            (routed(topology, rule, numbers.vcs, problems)?, None)
        }
    };
    noc.buffer_flits = numbers.buffer.unwrap_or(noc.buffer_flits);
    noc.packet_flits = numbers.packet_flits.unwrap_or(noc.packet_flits);
    let (routers, ports) = (noc.topology.routers.len() as u64, u64::from(noc.topology.ports) + 1);
    let channels = routers * ports * u64::from(noc.virtual_channels);
    let places = channels * u64::from(noc.buffer_flits);
    if places > MOST_PLACES {
        let most = MOST_PLACES / channels;
        let what = format!("found {}, allowed 1 to {most} with {channels} channels in all", noc.buffer_flits);
        problems.add("--buffer", what);
    }
    Some((noc, times))
}

fn topology(name: &str, width: u32, height: u32, problems: &mut Problems) -> Option<Topology> {
    let found = Topology::named(name, width, height);
    let option = match &found {
        Err(NocError::UnknownTopology { .. } | NocError::Listed) => "--topology",
        _ => "--width and --height",
    };
    let found = found.map_err(|error| match error {
        NocError::UnknownTopology { .. } | NocError::Listed => {
            let drawn = TopologyKind::NAMES.iter().filter(|name| Topology::named(name, 2, 2) != Err(NocError::Listed));
            let known: Vec<&str> = drawn.copied().collect();
            format!("{} (--chip takes those with listed links)", unknown(name, &known))
        }
        error => error.to_string(),
    });
    problems.take(option, found)
}

/// The requested rule, or the usual one.
fn rule(options: &NocOptions, topology: &Topology, usual: RoutingRule, problems: &mut Problems) -> Option<RoutingRule> {
    let Some(name) = &options.routing else { return Some(usual) };
    let rules = topology.kind.rules().iter().filter(|rule| **rule != RoutingRule::Table || usual == RoutingRule::Table);
    let found = rules.clone().find(|rule| rule.name() == name).copied();
    if found.is_none() {
        let known: Vec<&str> = rules.map(|rule| rule.name()).collect();
        problems.add("--routing", format_args!("{} (in a {})", unknown(name, &known), topology.kind.name()));
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
    let found = found.map_err(|error| match error {
        NocError::Deadlock { cycle, remedy } => {
            let remedy = remedy.replace("virtual_channels of 2", "--vcs 2").replace("routing by", "--routing");
            format!("packets can wait for each other in a circle: {cycle}{remedy}")
        }
        error => error.to_string(),
    });
    problems.take("--vcs", found)
}

/// The chip as the report names it. A file that could not be read is already reported.
fn label(chip: &str, options: &NocOptions) -> String {
    let name = match catalog::chip_file(chip) {
        Ok(NamedChipFile { origin: Some(origin), .. }) => origin.label(),
        _ => chip.to_owned(),
    };
    let changes = options.changes.pairs().into_iter().map(|(path, value)| format!(", {path} set to {value}"));
    name + &changes.collect::<String>()
}

/// The network of a chip, with one terminal for each of its tiles.
fn of_chip(
    name: &str,
    options: &NocOptions,
    numbers: &NocNumbers,
    problems: &mut Problems,
) -> Option<(Noc, Option<ChipTimes>)> {
    let chip = find::chip(name, &options.changes).map_err(|Failure(why)| problems.0.push(why)).ok()?.chip;
    let given = [options.router_cycles, options.link_cycles, options.credit_cycles];
    let own_times = chip.calibration(None).filter(|_| given == [None; 3]).map(|table| ChipTimes::of(&chip, table));
    let Noc { topology, routing, virtual_channels, buffer_flits, packet_flits, .. } = chip.noc;
    let Noc { flit_interval, credit_delay, head_delay, allocation, .. } = chip.noc;
    let own = routing.rule();
    let rule = rule(options, &topology, own, problems)?;
    let vcs = numbers.vcs.unwrap_or(virtual_channels);
    // A table belongs to the chip, whatever the channels.
    let noc = if rule == RoutingRule::Table || (rule == own && vcs == virtual_channels) {
        problems.take("--vcs", Noc::routed(topology, routing, vcs))?
    } else {
        routed(topology, rule, Some(vcs), problems)?
    };
    let noc = Noc { buffer_flits, packet_flits, flit_interval, credit_delay, head_delay, allocation, ..noc };
    Some((noc, own_times))
}

fn asked(options: &NocOptions, noc: &Noc, rates: Option<Vec<f64>>, problems: &mut Problems) -> Option<AskedLoad> {
    let Some(file) = options.traffic.strip_prefix("trace:") else {
        let pattern = noc::traffic::pattern(&options.traffic, noc::grid(noc)).map(drop);
        let name = options.traffic.split(':').next().unwrap_or_default();
        let patterns = noc::traffic::KNOWN.iter().map(|kind| kind.name);
        let known: Vec<&str> = patterns.chain(["trace"]).collect();
        let pattern = pattern.map_err(|why| if known.contains(&name) { why } else { unknown(name, &known) });
        problems.take("--traffic", pattern)?;
        return Some(AskedLoad::Rates(rates.unwrap_or_else(|| vec![RATE])));
    };
    if options.rate.is_some() {
        problems.add("--rate", "not used with a trace, whose packets have their times");
    }
    let packets = trace::load(Path::new(file), noc.tiles(), noc.packet_flits);
    packets.map_err(|error| problems.0.push(error.to_string())).ok().map(AskedLoad::Trace)
}
