//! Spikemesh: a discrete-event simulator of neuromorphic chips and of the spiking networks that run on them.
#![warn(missing_docs, unreachable_pub)]

pub mod cli;
pub mod data;
pub mod engine;
pub mod files;
pub mod hw;
pub mod json;
pub mod map;
pub mod model;
pub mod net;
pub mod report;
pub mod rng;
pub mod run;
pub mod stats;
pub mod system;
pub mod train;
pub mod units;
