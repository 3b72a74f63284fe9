//! How a sample comes to the first layer of a layered network: as values, or as spike trains.

mod encoding;
mod trains;

pub use encoding::{Encoding, samples};
pub use trains::{SpikeTrains, set_spike};
