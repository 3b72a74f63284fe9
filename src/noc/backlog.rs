//! The verdict on a network under load, which keeps up with it or does not: judged by the packets that wait in it and before it.
//!
//! A network is saturated where its backlog grows without end, whatever the window: that fewer flits arrive than are born
//! says little where a window holds few packets, or is short against a latency. So the backlog is sampled at even times
//! from the first cycle on, when it is 0. Three questions decide:
//!
//! * Is the growth more than chance? Its mean is compared with the spread of its parts, as in Student's t-test. Where a
//!   backlog returns to an earlier level, parts make up for each other, and this errs to the side of no growth.
//! * Does it go on? A backlog that a network can bear grows towards some level, near saturation like the square root of
//!   the time at first: then it grows by 0.41 of itself while the time doubles. One without end doubles.
//! * Is it a backlog at all? Packets under way without waiting are none.
//!
//! Where the answers do not agree the simulation goes on, to four times the length at most, without more measurements:
//! only near saturation, and after windows that are very short.

use crate::units::Tick;
use serde::{Deserialize, Serialize};

/// Samples until the end of the window. An even number, so that half of them are left when the time doubles.
const SAMPLES: u64 = 64;

/// Fewest samples that allow a verdict.
const FEWEST: usize = 16;

/// Zero-load latencies that a simulation has to last, and mean latencies that a window has to.
pub(super) const LATENCIES: f64 = 10.0;

/// Number of times that the time doubles at most.
const DOUBLINGS: usize = 2;

/// Growth, in standard errors, from which on it is no chance, after each doubling: the influence of the beginning,
/// when queues fill up, gets less.
const NO_CHANCE: [f64; DOUBLINGS + 1] = [5.0, 4.5, 3.7];

/// Share of all offered flits that may wait where nothing grows: a load above saturation is taken for stable only if it is
/// above by less than this.
const LITTLE: f64 = 0.007;

/// How a network copes with its load.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Verdict {
    /// The backlog does not grow.
    Stable,
    /// The backlog grows as long as the load lasts.
    Saturated,
    /// The window is too short for a verdict.
    TooShort,
}

/// A load, as far as its verdict depends on it.
#[derive(Clone, Copy, Debug)]
pub(super) struct OfferedLoad {
    /// Mean number of flits that all sources together offer in a cycle.
    pub(super) flits_per_cycle: f64,
    /// Mean zero-load latency of its packets (cycles).
    pub(super) zero_load: f64,
}

/// Samples of the backlog at even times.
#[derive(Clone, Debug)]
pub(super) struct Backlog {
    /// Cycles between two samples.
    spacing: Tick,
    /// Flits that were born and not taken out, by sample.
    flits: Vec<f64>,
    doublings: usize,
}

impl Backlog {
    /// For a simulation of `cycles` cycles, before any doubling.
    pub(super) fn new(cycles: Tick) -> Self {
        Self { spacing: cycles.div_ceil(SAMPLES).max(1), flits: Vec::new(), doublings: 0 }
    }

    /// The cycle of the next sample.
    pub(super) fn next(&self) -> Tick {
        self.spacing.saturating_mul(self.flits.len() as Tick + 1)
    }

    /// Adds a sample.
    pub(super) fn note(&mut self, flits: f64) {
        self.flits.push(flits);
    }

    /// Doubles the time, with the same number of samples; `false` if it was doubled often enough.
    pub(super) fn double(&mut self) -> bool {
        if self.doublings == DOUBLINGS {
            return false;
        }
        self.doublings += 1;
        self.spacing = self.spacing.saturating_mul(2);
        self.flits = self.flits.iter().skip(1).step_by(2).copied().collect();
        true
    }

    /// The verdict of the samples so far; `None` where it is not clear.
    pub(super) fn verdict(&self, load: OfferedLoad) -> Option<Verdict> {
        let count = self.flits.len();
        let cycles = self.spacing as f64 * count as f64;
        if count < FEWEST || cycles < LATENCIES * load.zero_load {
            return None;
        }
        let mean = |from: usize, to: usize| self.flits[from..to].iter().sum::<f64>() / (to - from) as f64;
        // Around seven eighths of the time, and around half of that.
        let (late, early) = (mean(count - count / 4, count), mean(count / 2 - count / 8, count / 2));
        let under_way = load.flits_per_cycle * load.zero_load;
        let growth = self.growth(count / 4);
        let goes_on = late - early >= 0.6 * (early - under_way);
        if growth >= NO_CHANCE[self.doublings] && goes_on && early >= 1.5 * under_way {
            return Some(Verdict::Saturated);
        }
        // Of all offered flits.
        let share = (late - under_way) / (load.flits_per_cycle * cycles);
        let chance = if self.doublings < DOUBLINGS { 1.0 } else { 1.5 };
        let none = late < 1.25 * under_way;
        (none || (growth < chance && share < LITTLE)).then_some(Verdict::Stable)
    }

    /// Mean growth from a sample on, in its standard errors.
    fn growth(&self, from: usize) -> f64 {
        let parts: Vec<f64> = self.flits[from..].windows(2).map(|pair| pair[1] - pair[0]).collect();
        let count = parts.len() as f64;
        let mean = parts.iter().sum::<f64>() / count;
        let squares: f64 = parts.iter().map(|part| (part - mean).powi(2)).sum();
        match (squares / (count - 1.0) / count).sqrt() {
            0.0 if mean > 0.0 => f64::INFINITY,
            0.0 => 0.0,
            error => mean / error,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::{Domain, stream};
    use rand::RngExt;

    const LOAD: OfferedLoad = OfferedLoad { flits_per_cycle: 2.0, zero_load: 30.0 };

    /// The verdict on a backlog given as a function of time, and the number of doublings.
    fn judge(cycles: Tick, mut flits: impl FnMut(f64) -> f64) -> (Option<Verdict>, usize) {
        let mut backlog = Backlog::new(cycles);
        loop {
            while backlog.next() <= cycles << backlog.doublings {
                let at = backlog.next() as f64;
                backlog.note(flits(at));
            }
            let verdict = backlog.verdict(LOAD);
            if verdict.is_some() || !backlog.double() {
                return (verdict, backlog.doublings);
            }
        }
    }

    #[test]
    fn packets_under_way_are_no_backlog() {
        // Everything is on its way until the first arrive.
        assert_eq!(judge(100, |at| 2.0 * at.min(30.0)), (Some(Verdict::Stable), 2));
        assert_eq!(judge(10_000, |at| 2.0 * at.min(30.0)), (Some(Verdict::Stable), 0));
        assert_eq!(judge(40, |at| 2.0 * at.min(30.0)), (None, 2));
    }

    #[test]
    fn growth_without_end_is_saturation() {
        for cycles in [400, 2_000, 50_000] {
            assert_eq!(judge(cycles, |at| 60.0 + 0.4 * at), (Some(Verdict::Saturated), 0), "{cycles}");
        }
        // With arrivals at random, and a twentieth more of them than go, or fewer.
        let walk = |drift: f64| {
            let mut draw = stream(3, Domain::Traffic, 0);
            let (mut before, mut waiting) = (0.0, 60.0f64);
            move |at: f64| {
                let step: f64 = at - before;
                let noise: f64 = (0..12).map(|_| draw.random::<f64>() - 0.5).sum();
                before = at;
                waiting = (waiting + drift * step + noise * (2.0 * step).sqrt()).max(60.0);
                waiting
            }
        };
        assert_eq!(judge(20_000, walk(0.1)).0, Some(Verdict::Saturated));
        assert_eq!(judge(20_000, walk(-0.1)).0, Some(Verdict::Stable));
    }

    #[test]
    fn growth_towards_a_level_is_none_without_end() {
        for level in [100.0, 1_000.0, 5_000.0] {
            let (verdict, _) = judge(20_000, |at| 60.0 + level * (1.0 - (-at / 10_000.0).exp()));
            assert_ne!(verdict, Some(Verdict::Saturated), "{level}");
        }
        assert_ne!(judge(20_000, |at| 60.0 + 20.0 * at.sqrt()).0, Some(Verdict::Saturated));
    }
}
