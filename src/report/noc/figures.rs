//! What a measurement is, and what is worked out from its points.

use super::curve::{CurvePoint, NocCurve};
use crate::hw::Noc;
use crate::noc::{Measurement, Point, Setup, Verdict};
use crate::report::Reason;
use crate::report::table::number;

/// A measurement of a network on chip: what was asked for and the points that are known.
#[derive(Clone, Debug)]
pub struct NocReport {
    /// Network, times and lengths.
    pub setup: Setup,
    /// The chip whose network it is, if it is one's.
    pub chip: Option<String>,
    /// Pattern or trace, as it was asked for.
    pub traffic: String,
    /// Flits of the longest packet.
    pub longest: u16,
    /// Points in the order of the rates.
    pub points: Vec<Point>,
    /// Curves of saved reports, to be drawn beside its own.
    pub with: Vec<NocCurve>,
    /// Points asked for.
    pub asked: usize,
    /// Whether it is one of many rates, were there only one left of them.
    pub sweep: bool,
    /// Why it ended early, where that is known.
    pub reason: Option<Reason>,
    /// Threads.
    pub threads: usize,
    /// Wall time (s).
    pub wall_seconds: f64,
}

/// How much a link had to carry.
#[derive(Clone, Debug, PartialEq)]
pub struct LinkLoad {
    /// Its name, as in `(1, 0) east`.
    pub name: String,
    /// Flits that it carried.
    pub flits: u64,
    /// Share of all cycles in which it carried one.
    pub utilisation: f64,
}

/// Where the backlog of a network begins to grow without end, from the points of a sweep.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Saturation {
    /// The best estimate: what is accepted at the lowest saturated rate, within the two (flits per node and cycle).
    pub estimate: f64,
    /// The highest rate below that which is known not to be saturated; `None` where there is none.
    pub stable: Option<f64>,
    /// The lowest rate that is saturated.
    pub saturated: f64,
}

impl NocReport {
    /// Whether it was ended before all was known.
    pub fn interrupted(&self) -> bool {
        self.points.len() < self.asked || self.points.iter().any(|point| point.outcome.interrupted)
    }

    /// Where it saturates; `None` where no point is saturated.
    pub fn saturation(&self) -> Option<Saturation> {
        let rated = |verdict: Verdict| {
            let points = self.points.iter().filter(move |point| point.outcome.verdict == verdict);
            points.filter_map(|point| Some((point.rate?, point.outcome.accepted)))
        };
        let (saturated, accepted) = rated(Verdict::Saturated).min_by(|a, b| a.0.total_cmp(&b.0))?;
        let stable =
            rated(Verdict::Stable).map(|(rate, _)| rate).filter(|rate| *rate < saturated).max_by(f64::total_cmp);
        let estimate = accepted.clamp(stable.unwrap_or(0.0), saturated);
        Some(Saturation { estimate, stable, saturated })
    }

    /// The point whose links are shown: the highest rate that is not saturated, or else the lowest rate.
    pub fn shown(&self) -> Option<&Point> {
        let rate = |point: &&Point| point.rate.unwrap_or(0.0);
        let by_rate = |a: &&Point, b: &&Point| rate(a).total_cmp(&rate(b));
        let stable = self.points.iter().filter(|point| !point.outcome.saturated()).max_by(by_rate);
        stable.or_else(|| self.points.iter().min_by(by_rate))
    }

    /// Its load-latency curve.
    pub(super) fn curve(&self) -> NocCurve {
        let setup = &self.setup;
        let of = self.chip.as_ref().map_or(String::new(), |chip| format!("{chip}: "));
        let (topology, rule) = (setup.noc.topology.in_words(), setup.noc.routing.rule().name());
        let curve = NocCurve {
            name: format!("{of}{topology}, {rule}, {}", self.traffic),
            points: self.points.iter().filter_map(curve_point).collect(),
            zero_load: self.shown().and_then(|point| point.outcome.zero_load),
            saturation: self.saturation().map(|found| found.estimate),
        };
        curve.by_rate()
    }

    /// Notes for the reader.
    pub fn notes(&self) -> Vec<String> {
        let (noc, (flits, cycles)) = (&self.setup.noc, self.setup.round_trip());
        let mut notes = Vec::new();
        if self.longest > noc.buffer_flits && u32::from(noc.buffer_flits) < flits {
            notes.push(format!(
                "packets of {} flits do not fit into buffers of {}, which are shorter than a credit's round trip of {} \
                 cycles: flits wait for credits even without other traffic, and the zero-load latency leaves that out",
                self.longest, noc.buffer_flits, cycles
            ));
        }
        if self.points.iter().any(|point| point.outcome.saturated()) {
            let text = "a saturated network never catches up: its latency grows with the length of the measurement";
            notes.push(text.into());
        }
        notes.extend(self.too_short());
        notes
    }

    fn too_short(&self) -> Option<String> {
        let short: Vec<&Measurement> =
            self.points.iter().map(|point| &point.outcome).filter(|o| o.too_short()).collect();
        let longest = short.iter().filter_map(|outcome| Some(outcome.latency()?.mean())).reduce(f64::max);
        let (first, enough) = (short.first()?, short.iter().map(|outcome| outcome.enough_cycles()).max()?);
        let rates: Vec<f64> = self.points.iter().filter(|p| p.outcome.too_short()).filter_map(|p| p.rate).collect();
        let at = match rates.as_slice() {
            _ if !self.sweep => String::new(),
            [] => String::new(),
            [only] => format!(" at the rate of {}", rate(*only)),
            [first, .., last] => format!(" at rates from {} to {}", rate(*first), rate(*last)),
        };
        let measured = first.measured;
        let why = match longest {
            Some(latency) if (measured as f64) < 10.0 * latency => {
                format!("is short against a latency of {} cycles", number(latency))
            }
            _ => "holds too few packets, or the rate is too near to saturation".to_owned(),
        };
        Some(format!(
            "the window of {measured} cycles {why}{at}: whether the backlog grows cannot be said, and what the window \
             began and ended with distorts the figures; --cycles {enough} or more would do"
        ))
    }
}

fn curve_point(point: &Point) -> Option<CurvePoint> {
    let (outcome, latency) = (&point.outcome, point.outcome.latency());
    Some(CurvePoint {
        rate: point.rate?,
        accepted: outcome.accepted,
        mean: latency.map(|latency| latency.mean()),
        median: latency.map(|latency| latency.quantile(0.5)),
        p99: latency.map(|latency| latency.quantile(0.99)),
        saturated: outcome.verdict == Verdict::Saturated,
        short: outcome.too_short(),
    })
}

/// A rate, in flits per node and cycle.
pub(super) fn rate(value: f64) -> String {
    format!("{value:.4}")
}

pub(super) fn busiest(noc: &Noc, outcome: &Measurement, most: usize) -> Vec<LinkLoad> {
    let ports = usize::from(noc.topology.ports) + 1;
    let mut order: Vec<usize> = (0..outcome.link_flits.len()).filter(|at| outcome.link_flits[*at] > 0).collect();
    order.sort_by_key(|at| (std::cmp::Reverse(outcome.link_flits[*at]), *at));
    let link = |at: usize| LinkLoad {
        name: name(noc, (at / ports) as u32, (at % ports) as u8),
        flits: outcome.link_flits[at],
        utilisation: outcome.utilisation(at),
    };
    order.into_iter().take(most).map(link).collect()
}

fn name(noc: &Noc, router: u32, port: u8) -> String {
    match noc.topology.link(router, port) {
        Some(link) => noc.topology.link_name(link),
        None => format!("{} to its own tile", noc.topology.routers[router as usize].name),
    }
}

fn router(setup: &Setup, buffer: &str) -> String {
    let Setup { noc, cycles, .. } = setup;
    let channels = match noc.virtual_channels {
        1 => "1 virtual channel".to_owned(),
        more => format!("{more} virtual channels"),
    };
    let inputs = format!("{channels} of {buffer} each at an input");
    let Some(chip) = setup.chip else {
        return format!("{} cycles, {inputs}; link {}, credit {}", cycles.router, cycles.link, cycles.credit);
    };
    let in_cycles = |ticks: u32| (f64::from(ticks) / chip.ticks_per_cycle * 1e3).round() / 1e3;
    let [inject, eject, credit, interval] =
        [chip.inject, chip.eject, noc.credit_delay, noc.flit_interval].map(in_cycles);
    let [east, west, north, south, _] = chip.hops.map(in_cycles);
    let links = if east == west && north == south {
        format!("{east} (columns) and {north} (rows)")
    } else {
        format!("{east} (east), {west} (west), {north} (north) and {south} (south)")
    };
    format!(
        "the chip's: {inputs}; {inject} cycles in, {eject} out, links {links}, credit {credit}, a flit every {interval}"
    )
}

pub(super) fn setup(report: &NocReport) -> Vec<(&'static str, String)> {
    let Setup { noc, packet_flits, warmup, measured, seed, .. } = &report.setup;
    let flits = |count: u16| if count == 1 { "1 flit".to_owned() } else { format!("{count} flits") };
    let chip = report.chip.as_ref().map_or(String::new(), |chip| format!(", that of {chip}"));
    let traffic = report.points.first().is_none_or(|point| point.rate.is_some());
    let (length, seed) = if traffic {
        (format!("{measured} cycles after {warmup} to warm up"), format!(", seed {seed}"))
    } else {
        ("the whole trace".to_owned(), String::new())
    };
    vec![
        ("network", format!("{}{chip}, routing {}", noc.topology.in_words(), noc.routing.rule().name())),
        ("router", router(&report.setup, &flits(noc.buffer_flits))),
        ("traffic", format!("{}, packets of {}{seed}", report.traffic, flits(*packet_flits))),
        ("measured", length),
    ]
}
