//! Thresholds and leaks of layers, where they are not those of the whole network.

use crate::digest::{Digest, Stable, all_fields};

/// Threshold and leak of the neurons of a layer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Firing {
    /// Firing threshold, in the units of the real weights.
    pub threshold: f64,
    /// Share of a membrane that is left after a step; 1 without a leak.
    pub leak: f64,
}

all_fields! {
    struct Firing { threshold, leak }
}

/// Values of some weighted layers by position, in place of a value of the whole network.
#[derive(Clone, Debug, PartialEq)]
pub struct ByLayer<T>(Vec<Option<T>>);

impl<T> Default for ByLayer<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

/// Adds nothing where no layer has its own value: such networks keep their digests.
impl<T: Stable> Stable for ByLayer<T> {
    fn add_to(&self, digest: &mut Digest) {
        if !self.0.is_empty() {
            digest.add(&self.0);
        }
    }
}

impl<T: Copy> ByLayer<T> {
    /// The value of a layer, if it has its own.
    pub fn of(&self, layer: usize) -> Option<T> {
        self.0.get(layer).copied().flatten()
    }

    /// Gives a layer its own value.
    pub fn set(&mut self, layer: usize, value: T) {
        if self.0.len() <= layer {
            self.0.resize(layer + 1, None);
        }
        self.0[layer] = Some(value);
    }

    /// Whether no layer has its own value.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The layers with their own values, ascending.
    pub fn iter(&self) -> impl Iterator<Item = (usize, T)> + '_ {
        self.0.iter().enumerate().filter_map(|(layer, value)| Some((layer, (*value)?)))
    }

    /// Other values for the same layers.
    pub fn map<U: Copy>(&self, to: impl Fn(T) -> U) -> ByLayer<U> {
        ByLayer(self.0.iter().map(|value| value.map(&to)).collect())
    }
}
