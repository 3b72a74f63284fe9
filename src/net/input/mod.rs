//! Input of the first layer of a layered network: values or spike trains.

mod encoding;
mod trains;

pub use encoding::{Encoding, TrainsForm, samples};
pub use trains::{SpikeTrains, set_spike};
