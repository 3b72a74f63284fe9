//! A measurement: warm-up, window and drain, or a trace until all of it has arrived.

use super::backlog::{Backlog, LATENCIES, OfferedLoad};
use super::choose::network;
use super::network::NocEngine;
use super::source::{Traffic, TrafficPlan};
use super::{Measurement, Setup, SetupError, Verdict, Watch};
use crate::engine::Stopped;
use crate::system::describe_waiting;
use crate::units::Tick;

/// Cycles between two checks whether all measured packets have arrived.
const DRAIN: u64 = 256;

/// Least cycles between two reports of progress.
const CHUNK: u64 = 1024;

/// A measurement under way.
pub(super) struct Bench<'t> {
    plan: &'t TrafficPlan<'t>,
    setup: &'t Setup,
    network: Box<dyn NocEngine + 't>,
    done: Tick,
    /// Cycles that are known in advance to be simulated, for the progress.
    known: Tick,
    backlog: Backlog,
    /// The verdict of the backlog at the end of the window; `None` where it is not clear.
    verdict: Option<Verdict>,
}

impl<'t> Bench<'t> {
    pub(super) fn new(plan: &'t TrafficPlan<'t>, setup: &'t Setup) -> Self {
        Self::on(plan, setup, network(plan, setup))
    }

    /// A measurement on a given engine.
    pub(super) fn on(plan: &'t TrafficPlan<'t>, setup: &'t Setup, network: Box<dyn NocEngine + 't>) -> Self {
        let known = match &plan.traffic {
            Traffic::Random { .. } => plan.window.end,
            Traffic::Replay(sources) => {
                sources.iter().flat_map(|source| source.last()).map(|(born, ..)| born + 1).max().unwrap_or(0)
            }
        };
        Self { plan, setup, network, done: 0, known, backlog: Backlog::new(plan.window.end), verdict: None }
    }

    pub(super) fn run(mut self, watch: &dyn Watch) -> Result<Measurement, SetupError> {
        let stopped = match self.plan.traffic {
            Traffic::Random { .. } => self.measure(watch),
            Traffic::Replay(_) => self.replay(watch),
        };
        if stopped == Stopped::Done && self.is_stuck() {
            return Err(self.stuck());
        }
        Ok(self.outcome(stopped))
    }

    /// Warm-up and window, then until all packets born in the window have arrived.
    fn measure(&mut self, watch: &dyn Watch) -> Stopped {
        let end = self.plan.window.end;
        let mut stopped = self.advance_to(end, watch);
        self.verdict = self.judge();
        let mut until = end;
        while stopped == Stopped::Done && self.verdict.is_none() && !self.is_stuck() && self.backlog.double() {
            until = until.saturating_mul(2);
            stopped = self.advance_to(until, watch);
            self.verdict = self.judge();
        }
        if stopped != Stopped::Done {
            return stopped;
        }
        // Beyond saturation they may never arrive.
        let measured = self.setup.ticks(self.setup.measured);
        let last = if self.verdict == Some(Verdict::Saturated) { end } else { end + measured };
        while self.done < last && !self.all_arrived() && !self.is_stuck() {
            let stopped = self.advance((self.done + DRAIN).min(last), watch);
            if stopped != Stopped::Done {
                return stopped;
            }
        }
        Stopped::Done
    }

    /// Until nothing is pending; gaps in a trace are skipped.
    fn replay(&mut self, watch: &dyn Watch) -> Stopped {
        while let Some(next) = self.network.next_tick() {
            let stopped = self.advance(next.saturating_add(CHUNK), watch);
            if stopped != Stopped::Done {
                return stopped;
            }
        }
        self.done = self.network.seen().last + 1;
        Stopped::Done
    }

    /// Goes on up to a cycle, in chunks after which it may be cancelled.
    fn advance_to(&mut self, end: Tick, watch: &dyn Watch) -> Stopped {
        let chunk = if watch.most_events() < u64::MAX { CHUNK } else { (end / 64).max(CHUNK) };
        while self.done < end {
            // Cycles without an event cost nothing.
            let next = self.network.next_tick().unwrap_or(end).clamp(self.done, end);
            let stopped = self.advance((next + chunk).min(end), watch);
            if stopped != Stopped::Done {
                return stopped;
            }
        }
        Stopped::Done
    }

    /// Samples the backlog: flits under way, and flits that wait before sources, on average, as packets are made late.
    fn sample(&mut self) {
        let Traffic::Random { gaps, .. } = &self.plan.traffic else { return };
        let ((packets, cycles), so_far) = (self.network.waiting(self.done), self.network.progress());
        let waiting = packets as f64 + gaps.probability() * cycles as f64;
        self.backlog.note((so_far.sent - so_far.taken) as f64 + f64::from(self.plan.packet_flits) * waiting);
    }

    /// The verdict of the backlog so far; `None` where it is not clear.
    fn judge(&self) -> Option<Verdict> {
        let Traffic::Random { gaps, .. } = &self.plan.traffic else { return Some(Verdict::Stable) };
        let seen = self.network.seen();
        let flits = f64::from(self.plan.packet_flits);
        let packets = seen.sent as f64 / flits;
        if packets == 0.0 && gaps.probability() == 0.0 {
            return Some(Verdict::Stable);
        }
        self.backlog.verdict(OfferedLoad {
            flits_per_cycle: gaps.probability() * flits * f64::from(self.setup.noc.tiles()),
            zero_load: self.setup.cycles.zero_load(seen.sent_hops as f64 / packets.max(1.0), flits),
        })
    }

    fn advance(&mut self, end: Tick, watch: &dyn Watch) -> Stopped {
        let random = matches!(self.plan.traffic, Traffic::Random { .. });
        let before = self.done;
        let stopped = loop {
            let until = if random { self.backlog.next().min(end) } else { end };
            let stopped = self.network.run(until, &|| watch.cancelled());
            if stopped != Stopped::Done {
                break stopped;
            }
            self.done = until;
            if random && until == self.backlog.next() {
                self.sample();
            }
            if until == end {
                break stopped;
            }
        };
        let done = if stopped == Stopped::Cancelled { self.done.max(self.network.now() + 1) } else { end };
        watch.done(done.min(self.known) - before.min(self.known));
        self.done = done;
        // Where next to nothing happens, the engine does not poll. The budget is checked only here: at a given cycle all
        // shards together have handled the same events, however many shards there are.
        match self.network.events() {
            _ if watch.cancelled() => Stopped::Cancelled,
            events if events >= watch.most_events() => Stopped::Budget,
            _ => stopped,
        }
    }

    fn all_arrived(&self) -> bool {
        let so_far = self.network.progress();
        so_far.arrived == so_far.born && !self.network.behind()
    }

    /// Whether packets are under way though no event is pending.
    fn is_stuck(&mut self) -> bool {
        self.network.next_tick().is_none() && !self.network.is_empty()
    }

    fn stuck(&self) -> SetupError {
        let waiting = describe_waiting(&self.network.blocked(), &self.setup.noc.topology);
        SetupError::Stuck { cycle: self.network.now(), waiting }
    }

    /// Ticks of the stages of routers of a chip, beyond links, with the flits behind a head; all are means.
    fn routers_take(&self, routers: f64, flits: f64) -> f64 {
        let stages = f64::from(self.plan.fabric.head_delay) + if self.plan.fabric.staged { 1.0 } else { 0.0 };
        routers * stages + (flits - 1.0) * f64::from(self.plan.fabric.interval)
    }

    /// Measured packets and flits in the queues of sources, on average, as [`Bench::sample`] has them. After a long simulation
    /// an exact count would take long, too, and somebody waits for what a cancelled one has.
    fn expected_backlog(&self) -> (u64, u64) {
        let Traffic::Random { gaps, .. } = &self.plan.traffic else { return self.network.backlog(self.done) };
        let window = &self.plan.window;
        let measured = self.done.min(window.end).saturating_sub(window.start);
        let (packets, cycles) = self.network.waiting(self.done);
        let most = gaps.probability() * f64::from(self.setup.noc.tiles()) * measured as f64;
        let packets = (packets as f64 + gaps.probability() * cycles as f64).min(most).round() as u64;
        (packets, packets * u64::from(self.plan.packet_flits))
    }

    fn outcome(&self, stopped: Stopped) -> Measurement {
        let (mut seen, link_flits) = (self.network.seen(), self.network.link_flits());
        let (packets, flits) = match stopped {
            Stopped::Cancelled => self.expected_backlog(),
            _ => self.network.backlog(self.done),
        };
        (seen.born, seen.offered) = (seen.born + packets, seen.offered + flits);
        let (ports, first_local) = (usize::from(self.plan.fabric.ports), usize::from(self.plan.fabric.first_local));
        let between = |(position, _): &(usize, &u64)| position % ports < first_local;
        let flit_hops = link_flits.iter().enumerate().filter(between).map(|(_, flits)| flits).sum();
        let window = &self.plan.window;
        let measured = self.done.min(window.end).saturating_sub(window.start);
        let per_cycle = self.setup.ticks_per_cycle();
        let in_cycles = |ticks: Tick| if per_cycle == 1.0 { ticks } else { (ticks as f64 / per_cycle).round() as Tick };
        let places = f64::from(self.setup.noc.tiles()) * (measured.max(1) as f64 / per_cycle);
        let arrived = Some(seen.latency.len()).filter(|count| *count > 0);
        let mean_hops = arrived.map(|count| seen.hops as f64 / count as f64);
        let flits = seen.offered as f64 / seen.born.max(1) as f64;
        let latency = if seen.latency.is_empty() { 0.0 } else { seen.latency.mean() };
        let verdict = match self.verdict.unwrap_or(Verdict::TooShort) {
            _ if matches!(self.plan.traffic, Traffic::Replay(_)) => Verdict::Stable,
            Verdict::Stable if (measured as f64) < LATENCIES * latency => Verdict::TooShort,
            verdict => verdict,
        };
        Measurement {
            zero_load: mean_hops.map(|hops| match self.setup.chip {
                None => self.setup.cycles.zero_load(hops, flits),
                Some(_) => {
                    let way = seen.ways as f64 / seen.latency.len().max(1) as f64;
                    (way + self.routers_take(hops + 1.0, flits)) / per_cycle
                }
            }),
            ticks_per_cycle: per_cycle,
            mean_hops,
            offered: seen.offered as f64 / places,
            accepted: seen.accepted as f64 / places,
            born: seen.born,
            latency: seen.latency,
            flit_hops,
            cycles: in_cycles(self.done),
            measured: in_cycles(measured),
            link_flits,
            verdict,
            events: self.network.events(),
            interrupted: stopped != Stopped::Done,
            too_little: self.network.too_little(),
        }
    }
}
