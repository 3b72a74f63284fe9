//! The shape of what a layer reads or gives.

use std::fmt;

/// Shape of an activation: channels x height x width, stored in that order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Shape {
    /// Feature maps.
    pub channels: u32,
    /// Rows.
    pub height: u32,
    /// Columns.
    pub width: u32,
}

impl Shape {
    /// A flat vector.
    pub fn flat(neurons: u32) -> Self {
        Self { channels: neurons, height: 1, width: 1 }
    }

    /// Number of neurons.
    pub fn neurons(self) -> u64 {
        u64::from(self.channels) * u64::from(self.height) * u64::from(self.width)
    }
}

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.height, self.width) {
            (1, 1) => write!(f, "{}", self.channels),
            _ => write!(f, "{}x{}x{}", self.channels, self.height, self.width),
        }
    }
}
