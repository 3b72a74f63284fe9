//! Spikemesh: a discrete-event simulator of neuromorphic chips and of the spiking networks that run on them.
//!
//! ```text
//!  hw_models/*.json ── hw ──► Chip ────────┐
//!                                          ├─ map ─► Mapping ─ system ─► component graph ─► flat tables
//!  networks/* ─────── net ──► Network ─────┘                                                  │
//!        ▲                     ▲                                                              ▼
//!      train (tandem) ◄─ data ─┴──────────── run ─► engine: nodes, ticks, messages ─► integer counts
//!                                                                                             │
//!                                             report: energy = counts × cited constants ◄─────┘
//! ```
//!
//! Two sentences to remember. Descriptions are inert, checked data; the engine knows nodes, ticks and messages,
//! and no spike. The simulator counts events in integers; energy is counts times a table, worked out afterwards.
//!
//! A module imports only what stands above it in this list, and a test keeps it so: [`units`], [`rng`],
//! [`digest`], [`threads`], [`files`], [`text`], [`json`], [`engine`], [`stats`], [`trace`], [`net`], [`hw`], [`data`], [`train`],
//! [`map`], [`model`],
//! [`system`], [`run`], [`noc`], [`report`], [`session`], [`validate`],
//! [`explore`], [`cli`].
//!
//! # Example
//!
//! A generated network of 1,024 neurons on 16 cores of Loihi, for 100 time steps. The counts and the energy are
//! those that another simulator gives for it, to the last digit (see `net::RandomSpec` for the network).
//!
//! ```
//! use spikemesh::{hw, json, map, net, report, run, stats, system};
//!
//! let text = include_str!("../hw_models/loihi.json");
//! let chip = hw::read(json::Document::parse("loihi.json", text)?, "loihi")?;
//! let network = net::RandomSpec::parse("random:seed=1,neurons=1024,cores=16,targets=uniform")?.generate();
//!
//! let mapping = map::map(&network.graph, &chip, map::Options::default())?;
//! let calibration = chip.calibration(Some("silicon_fit")).expect("the file names it");
//! let contention = system::Contention::Modelled;
//! let system = system::build(&network.graph, &chip, calibration, &mapping, contention)?;
//! let result = run::run_sparse(&system, &network.graph, 100, run::Shards::default(), &run::Unwatched)?;
//!
//! let mut counts = stats::Counts::default();
//! result.cores.iter().for_each(|core| counts.merge(core));
//! assert_eq!(result.spikes_per_step.iter().sum::<u64>(), 2_468);
//! assert_eq!(counts.of(stats::Op::Synapse), 237_235);
//! assert_eq!(counts.hops(), 48_966);
//! let energy = report::bill(&counts, 0, calibration).total();
//! assert_eq!(spikemesh::units::sum_to_pj(energy), 20_622_545.1);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
#![warn(missing_docs, unreachable_pub)]
#![deny(unsafe_code)]

pub mod cli;
pub mod data;
pub mod digest;
pub mod engine;
pub mod explore;
pub mod files;
pub mod hw;
pub mod json;
pub mod map;
pub mod model;
pub mod net;
pub mod noc;
pub mod report;
pub mod rng;
pub mod run;
pub mod session;
pub mod stats;
pub mod system;
pub mod text;
pub mod threads;
pub mod trace;
pub mod train;
pub mod units;
pub mod validate;
