//! What links carry and how long packets take at each rate, for the slider of the page.

use super::figures::{LinkLoad, NocReport, busiest, rate};
use super::heat::size_of;
use crate::noc::Point;
use serde::Serialize;

/// Most counts of links in a page: with more it would be heavy. Beyond that not all rates have a frame.
const MOST_COUNTS: usize = 40_000;

/// Most frames: a histogram is some hundred bytes.
const MOST_FRAMES: usize = 400;

/// Steps of a histogram.
const STEPS: usize = 60;

const BUSIEST: usize = 10;

/// What is known at one rate.
#[derive(Debug, Serialize)]
pub(super) struct NocFrame {
    /// The rate in words.
    at: String,
    /// Flits over each link between routers, in the order of the picture, and in how many cycles; none without a picture.
    flits: Vec<u64>,
    /// Flits that each router gave to its own tile.
    arrived: Vec<u64>,
    cycles: u64,
    /// Packets by latency, in steps of so many cycles; the last step also has all that took longer.
    packets: Vec<u64>,
    width: f64,
    /// A line on its figures.
    figures: String,
    /// The busiest links, where some stand out.
    busiest: Vec<(String, String, u64)>,
    /// What is said of the busiest links instead.
    level: String,
}

#[derive(Debug, Serialize)]
pub(super) struct NocFilm {
    pub(super) frames: Vec<NocFrame>,
    /// The frame that is shown first.
    pub(super) shown: usize,
    /// Router from which each link leads.
    from: Vec<u32>,
    /// Routers in a row.
    columns: u16,
}

impl NocFilm {
    /// Of the rates of a report, or of as many as a page can hold: then they are spread evenly.
    pub(super) fn of(report: &NocReport) -> Self {
        let topology = &report.setup.noc.topology;
        let size = size_of(topology);
        let links = if size.is_some() { topology.links.len() + topology.routers.len() } else { 0 };
        let most = (MOST_COUNTS / links.max(1)).clamp(1, MOST_FRAMES);
        let shown = report.shown();
        let is_shown = |point: &Point| shown.is_some_and(|shown| std::ptr::eq(shown, point));
        let every = report.points.len().div_ceil(most);
        let all = report.points.iter().enumerate();
        let kept: Vec<&Point> =
            all.filter(|(at, point)| at % every == 0 || is_shown(point)).map(|(_, point)| point).collect();
        let frames = kept.iter().map(|point| frame(report, point, size.is_some())).collect();
        Self {
            frames,
            shown: kept.iter().position(|point| is_shown(point)).unwrap_or(0),
            from: if size.is_some() { topology.links.iter().map(|link| link.from).collect() } else { Vec::new() },
            columns: size.map_or(1, |size| size.width),
        }
    }
}

pub(super) fn at(point: &Point) -> String {
    point.rate.map_or("in the trace".to_owned(), |value| format!("at a rate of {}", rate(value)))
}

fn frame(report: &NocReport, point: &Point, drawn: bool) -> NocFrame {
    let (outcome, topology) = (&point.outcome, &report.setup.noc.topology);
    let ports = usize::from(topology.ports) + 1;
    let links =
        topology.links.iter().map(|link| outcome.link_flits[link.from as usize * ports + usize::from(link.from_port)]);
    let tiles = (1..=topology.routers.len()).map(|router| outcome.link_flits[router * ports - 1]);
    // Of a thousand packets one may be beyond the last step.
    let longest = if outcome.latency.is_empty() { 0 } else { outcome.latency.quantile(0.999) };
    let width = (longest / STEPS as u64 + 1).max(1);
    let steps = (longest / width) as usize + 1;
    let latency = outcome.latency().map_or("no packet arrived".to_owned(), |latency| {
        format!("latency {:.1} cycles in the mean, {:.1} for 99 % of packets", latency.mean(), latency.quantile(0.99))
    });
    let state = match () {
        () if outcome.saturated() => "; saturated",
        () if outcome.too_short() => "; too short to say whether it is saturated",
        () => "",
    };
    let (busiest, level) = standing_out(busiest(&report.setup.noc, outcome, usize::MAX));
    NocFrame {
        at: at(point),
        flits: if drawn { links.collect() } else { Vec::new() },
        arrived: if drawn { tiles.collect() } else { Vec::new() },
        cycles: outcome.cycles,
        packets: outcome.latency.counts(width, steps),
        width: width as f64 / outcome.ticks_per_cycle,
        figures: format!("Accepted {} flits per node and cycle; {}{state}", rate(outcome.accepted), latency),
        busiest: busiest.into_iter().map(|link| (link.name, format!("{:.3}", link.utilisation), link.flits)).collect(),
        level,
    }
}

/// The busiest links, where the first carries more than the last of them by more than chance; else a sentence on them.
pub(super) fn standing_out(mut links: Vec<LinkLoad>) -> (Vec<LinkLoad>, String) {
    if links.len() <= BUSIEST {
        return (links, String::new());
    }
    links.truncate(BUSIEST);
    let (Some(first), Some(last)) = (links.first(), links.last()) else { return (links, String::new()) };
    // Counts of random packets differ by their square roots.
    let chance = 1.1 * last.flits as f64 + 3.0 * (last.flits as f64).sqrt();
    if first.flits as f64 > chance {
        return (links, String::new());
    }
    let level = format!(
        "No link stands out: the {BUSIEST} busiest carry {:.3} to {:.3} flits per cycle.",
        last.utilisation, first.utilisation
    );
    (Vec::new(), level)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_stand_out_where_they_carry_more_than_chance_explains() {
        let links = |flits: &[u64]| {
            let load = |flits: &u64| LinkLoad { name: String::new(), flits: *flits, utilisation: *flits as f64 / 1e4 };
            standing_out(flits.iter().map(load).collect())
        };
        let (none, level) = links(&[1050, 1040, 1030, 1020, 1010, 1005, 1004, 1003, 1002, 1001, 1000]);
        assert!(none.is_empty() && level.contains("0.100 to 0.105"), "{level}");
        let (ten, level) = links(&[2000, 1040, 1030, 1020, 1010, 1005, 1004, 1003, 1002, 1001, 1000]);
        assert_eq!((ten.len(), level.as_str()), (10, ""));
        assert_eq!(links(&[5, 5, 5]).0.len(), 3, "a few are all there are");
    }
}
