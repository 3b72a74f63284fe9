//! Spikemesh: a discrete-event simulator of neuromorphic chips and of the spiking networks that run on them.
#![warn(missing_docs, unreachable_pub)]

pub mod data;
pub mod json;
pub mod net;
pub mod rng;
pub mod train;
pub mod units;
