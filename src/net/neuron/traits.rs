//! Individual properties of a neuron of TrueNorth's kind, other than threshold and leak.

use crate::json::record::words;

words! {
    /// What a spike does to the membrane.
    pub enum After derive(Default) {
        /// It becomes the reset potential.
        #[default]
        Absolute = "absolute",
        /// It falls by the threshold.
        Linear = "linear",
        /// Nothing.
        Keep = "keep",
        /// It falls by the reset potential.
        Fall = "fall",
    }
}

impl After {
    /// Resets of TrueNorth's kind: no modelled chip subtracts the reset potential from a membrane.
    pub(super) const OF_CHIPS: &'static [Self] = &[Self::Absolute, Self::Linear, Self::Keep];
}

words! {
    /// What happens below the floor.
    pub enum Below {
        /// The membrane is held at the floor.
        Saturate = "saturate",
        /// It is reset, as after a spike but with the other sign.
        Reset = "reset",
    }
}

/// Reset and floor of a neuron.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Traits {
    /// Effect of a spike.
    pub after: After,
    /// Reset potential R (membrane units).
    pub reset_potential: i32,
    /// Lowest membrane without an effect: -β in the papers, RANC's negative threshold as given (membrane units).
    pub floor: i32,
}

/// The bound that a membrane crossed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Crossing {
    Neither,
    Threshold,
    Floor,
}

impl Crossing {
    #[inline(always)]
    pub(super) fn of(fired: bool, below_floor: bool) -> Self {
        match (fired, below_floor) {
            (true, _) => Self::Threshold,
            (false, true) => Self::Floor,
            (false, false) => Self::Neither,
        }
    }
}

impl Traits {
    /// The membrane after it crossed one of its bounds, or neither.
    #[inline(always)]
    pub(super) fn settle(&self, v: i64, crossing: Crossing, threshold: i32, below: Below) -> i64 {
        let (reset, floor) = (i64::from(self.reset_potential), i64::from(self.floor));
        match (crossing, self.after, below) {
            (Crossing::Neither, ..) | (Crossing::Threshold, After::Keep, _) => v,
            (Crossing::Threshold, After::Absolute, _) => reset,
            (Crossing::Threshold, After::Linear, _) => v - i64::from(threshold),
            (Crossing::Threshold, After::Fall, _) => v - reset,
            (Crossing::Floor, _, Below::Saturate) => floor,
            (Crossing::Floor, After::Absolute, Below::Reset) => -reset,
            (Crossing::Floor, After::Linear, Below::Reset) => v - floor,
            (Crossing::Floor, After::Keep | After::Fall, Below::Reset) => v,
        }
    }
}
