//! Spikemesh: a discrete-event simulator of neuromorphic chips and of the spiking networks that run on them.
#![warn(missing_docs, unreachable_pub)]

pub mod data;
pub mod json;
pub mod net;
pub mod rng;
pub mod train;
pub mod units;
pub mod engine;
pub mod stats;
pub mod hw;
pub mod map;
pub mod model;
pub mod system;
