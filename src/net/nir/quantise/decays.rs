//! Leaks as shares of integers: in 1/4096 if that is accurate, else in finer units.
//!
//! A share lost of d/2^B has B = 12 if the relative error of d is at most [`COARSE`], and otherwise as many more bits
//! as it needs (up to 24). If it takes no more settings, neurons get the finer [`FINE`]. Weights and drive
//! compensate the steady state for the rounded decay ([`LayerLeaks::ratio`]): v -> drive / lost stays the same.

use super::super::discrete::Somas;
use crate::net::neuron::{DECAY_BITS, MAX_DECAY_BITS};

/// Largest relative error of a share lost, next to neurons with other leaks.
const COARSE: f64 = 1.0 / 32.0;
/// Largest relative error with 12 bits if finer decays take no more settings.
const FINE: f64 = 1.0 / 2048.0;
/// Largest relative error of finer decays.
const NEAR: f64 = 1.0 / 8192.0;
/// A leak matters if it takes at least this share of a potential in a run.
const MATTERS: f64 = 1.0 / 64.0;

/// Decays of the current (if there is one) and of the potential, in 1/2^bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Decays {
    pub(super) current: Option<u32>,
    pub(super) potential: u32,
    pub(super) bits: u32,
}

#[derive(Default)]
pub(super) struct LayerLeaks {
    /// Decays by neuron.
    pub(super) decays: Vec<Decays>,
    /// Factors of drives by neuron, which keep fixed points.
    pub(super) ratio: Vec<f64>,
    /// By neuron: the same factor for weights if it exceeds their rounding; nearer to 1 it is 1, so that a weight
    /// that just reaches a threshold still does.
    pub(super) of_weights: Vec<f64>,
    /// Largest change of a share kept.
    pub(super) error: f64,
    /// Largest relative change of a share lost, of those that matter in the steps of the run.
    pub(super) relative: f64,
}

/// A share lost, d/2^bits.
#[derive(Clone, Copy)]
struct Share {
    d: u32,
    bits: u32,
}

impl Share {
    fn of(lost: f64, bits: u32) -> Self {
        let whole = f64::from(1u32 << bits);
        Self { d: (lost * whole).round().clamp(0.0, whole) as u32, bits }
    }

    fn value(self) -> f64 {
        f64::from(self.d) / f64::from(1u32 << self.bits)
    }

    fn is_near(self, lost: f64, off: f64) -> bool {
        (self.value() - lost).abs() <= off * lost
    }

    /// With 12 bits if they are within `off`, else with as many as reach [`NEAR`].
    fn within(lost: f64, off: f64) -> Self {
        let coarse = Self::of(lost, DECAY_BITS);
        if coarse.is_near(lost, off) {
            return coarse;
        }
        let finer = (DECAY_BITS + 1..=MAX_DECAY_BITS).map(|bits| Self::of(lost, bits));
        finer.clone().find(|share| share.is_near(lost, NEAR)).unwrap_or(Self::of(lost, MAX_DECAY_BITS))
    }

    fn at(self, bits: u32) -> u32 {
        self.d << (bits - self.bits)
    }
}

impl LayerLeaks {
    /// Leaks of a layer's neurons for `steps` steps.
    pub(super) fn of(somas: &Somas, steps: u32) -> Self {
        let [coarse, fine] = [COARSE, FINE].map(|off| Self::within(somas, off, steps));
        if fine.settings() <= coarse.settings() { fine } else { coarse }
    }

    fn within(somas: &Somas, off: f64, steps: u32) -> Self {
        let mut leaks = Self::default();
        for i in 0..somas.len() {
            let potential = 1.0 - somas.keep[i];
            let current = somas.current_keep.as_ref().map(|keep| 1.0 - keep[i]);
            let (v, u) = (Share::within(potential, off), current.map(|lost| Share::within(lost, off)));
            let bits = u.map_or(v.bits, |u| u.bits.max(v.bits));
            leaks.decays.push(Decays { current: u.map(|u| u.at(bits)), potential: v.at(bits), bits });
            let mut ratio = 1.0;
            for (lost, share) in [Some((potential, v)), current.zip(u)].into_iter().flatten() {
                let off = (share.value() - lost).abs();
                leaks.error = leaks.error.max(off);
                if lost > 0.0 && lost * f64::from(steps) >= MATTERS {
                    leaks.relative = leaks.relative.max(off / lost);
                }
                if lost > 0.0 && share.d > 0 {
                    ratio *= share.value() / lost;
                }
            }
            leaks.ratio.push(ratio);
            leaks.of_weights.push(if (ratio - 1.0).abs() <= FINE { 1.0 } else { ratio });
        }
        leaks
    }

    /// The number of different decays: cores hold few.
    fn settings(&self) -> usize {
        self.decays.iter().collect::<std::collections::BTreeSet<_>>().len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_coarse_where_that_is_near_and_finer_where_not() {
        // dt/τ of 0.1 ms and 1 ms, 20 ms, 294 ms, 1 s.
        for lost in [0.1, 0.005, 1e-4 / 0.294, 1e-4] {
            let share = Share::within(lost, FINE);
            assert!(share.bits > 12 && share.is_near(lost, FINE), "{lost} {}", share.value());
            // With one bit less it is farther off.
            assert!(!Share::of(lost, share.bits - 1).is_near(lost, NEAR), "{lost}");
        }
        // 4,096 parts hold this exactly; the leak of an hour vanishes in 24 bits.
        assert_eq!((Share::within(0.25, FINE).bits, Share::within(0.25, FINE).d), (12, 1024));
        assert_eq!((Share::within(1e-4 / 3600.0, FINE).bits, Share::within(1e-4 / 3600.0, FINE).d), (24, 0));
        assert_eq!([0.1, 0.005].map(|lost| Share::within(lost, COARSE).bits), [12, 12]);
        assert_eq!((Share::within(0.0, FINE).d, Share::within(1.0, FINE).d), (0, 4096));
    }
}
