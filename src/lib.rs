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
//! # Where to begin
//!
//! [`Session`] is the front door: a chip and a [`Workload`] become a [`Deployment`], and a run of it an [`Outcome`].
//!
//! A generated network of 1,024 neurons on 16 cores of Loihi, for 100 time steps. The counts and the energy are
//! those that another simulator gives for it, to the last digit (see `net::RandomSpec` for the network).
//!
//! ```
//! use spikemesh::{MapOptions, RunOptions, Session, Unwatched, Workload, WorkloadOptions, catalog};
//!
//! let options = WorkloadOptions { steps: Some(100), ..WorkloadOptions::default() };
//! let network = Workload::named("random:seed=1,neurons=1024,cores=16,targets=uniform", &options)?;
//! let session = Session::new(catalog::chip("loihi")?, network).calibrated(Some("silicon_fit"))?;
//! let deployment = session.map(&MapOptions::default())?;
//! let outcome = deployment.run(&RunOptions::default(), &Unwatched)?;
//! let spikes = outcome.steps().expect("a sparse network").spikes_per_step.iter().sum::<u64>();
//! let figure = |name| outcome.figure(name).expect("every run has it").mean;
//! assert_eq!((spikes, deployment.mapping().cores.len()), (2_468, 16));
//! assert_eq!((figure("synaptic_operations"), figure("hops")), (237_235.0, 48_966.0));
//! assert_eq!(figure("energy_pj"), 20_175_002.0);
//! # Ok::<(), spikemesh::Error>(())
//! ```
//!
//! A chip of two cores and a ring of eight neurons, described in code. Whatever a builder makes is checked as a file is.
//!
//! ```
//! use spikemesh::net::{Network, Neuron};
//! use spikemesh::{MapOptions, RunOptions, Session, Unwatched, Workload, catalog};
//!
//! let chip = catalog::chip("loihi")?.edit().mesh(2, 1).set("mesh.cores_per_tile", 1).set("core.max_neurons", 4).build()?;
//! let ring = Network::builder("ring")
//!     .population("n", 8, Neuron::new("lif").with("decay", 256).with("reset", "zero"))
//!     .threshold(4)
//!     .bias([1, 0, 2, 0, 1, 0, 2, 0])
//!     .connect("n", "n", (0..8).map(|i| (i, (i + 1) % 8, 3)))
//!     .build()?;
//! let deployment = Session::new(chip, Workload::sparse(&ring, Some(20))).map(&MapOptions::default())?;
//! let outcome = deployment.run(&RunOptions::default(), &Unwatched)?;
//! let energy_pj = outcome.figure("energy_pj").expect("every run has it").mean;
//! let spikes = &outcome.steps().expect("a sparse network").spikes;
//! # assert!(energy_pj > 0.0 && spikes.iter().sum::<u32>() > 0 && spikes.len() == 8);
//! # assert_eq!(deployment.mapping().cores.len(), 2);
//! # Ok::<(), spikemesh::Error>(())
//! ```
//!
//! A NIR graph in memory, imported and run without a folder on disk:
//!
//! ```
//! # #[cfg(feature = "nir")] {
//! use spikemesh::net::nir::{self, ImportOptions};
//! use spikemesh::net::spikes::RandomSpikes;
//! use spikemesh::{Detail, MapOptions, RunOptions, Session, Unwatched, Workload, catalog};
//! # let trained = spikemesh::net::load(std::path::Path::new("networks/trained/digits-mlp"))?;
//! # let spikemesh::net::Network::Trained(trained) = trained else { unreachable!() };
//! # let (graph, metadata) = nir::export(&trained, nir::Values::Integer)?;
//! # let bytes = nir::bytes(&graph, &metadata)?;
//!
//! let graph = nir::parse("digits.nir", bytes)?;
//! let stimulus = RandomSpikes { rate: 0.2, steps: 12, seed: 5 }.into();
//! let imported = nir::import(&graph, ImportOptions::default(), &stimulus)?;
//! println!("{:?}", imported.notes);
//! let network = imported.into_network("digits", "a graph in memory");
//! let session = Session::new(catalog::chip("loihi")?, Workload::sparse(&network, None));
//! let outcome = session.map(&MapOptions::default())?.run(&RunOptions::default(), &Unwatched)?;
//! println!("{}", outcome.text(80, Detail::Brief));
//! # assert!(outcome.figure("spikes").is_some_and(|spikes| spikes.mean > 0.0));
//! # }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! The same graph up to its accuracy: each sample of a data set enters the network, and its outputs name the class.
//!
//! ```
//! # #[cfg(feature = "nir")] {
//! # use spikemesh::net::nir::{self, ImportOptions};
//! # let trained = spikemesh::net::load(std::path::Path::new("networks/trained/digits-mlp"))?;
//! # let spikemesh::net::Network::Trained(trained) = trained else { unreachable!() };
//! # let (graph, metadata) = nir::export(&trained, nir::Values::Integer)?;
//! # let graph = nir::parse("digits.nir", nir::bytes(&graph, &metadata)?)?;
//! use spikemesh::session::SamplesAs;
//! use spikemesh::{MapOptions, RunOptions, Session, Unwatched, Workload, catalog, data};
//! use std::sync::Arc;
//!
//! let network = nir::import(&graph, ImportOptions::default(), &Default::default())?.into_network("digits", "a graph");
//! let digits = Arc::new(data::load("digits", &[])?);
//! let workload = Workload::classifying(&network, digits, SamplesAs::default())?;
//! let options = RunOptions { samples: Some(100), ..RunOptions::default() };
//! let outcome = Session::new(catalog::chip("loihi")?, workload).map(&MapOptions::default())?.run(&options, &Unwatched)?;
//! assert_eq!((outcome.predictions().len(), outcome.summary().mismatched_samples), (100, 0));
//! assert!(outcome.summary().accuracy > Some(0.95));
//! # }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! | to | use |
//! |---|---|
//! | find chips, networks and data by name or path | [`catalog`], [`Workload::named`] |
//! | describe or change a chip in code | [`hw::Chip::from_json`], [`hw::Chip::edit`] |
//! | describe a network and its input spikes in code | [`net::Network::builder`], [`Stimulus`], [`InputSpikes`] |
//! | map and run | [`Session`], [`MapOptions`], [`Deployment`], [`RunOptions`], [`Outcome`] |
//! | follow a run and end it early | [`Watch`], [`Unwatched`] |
//! | train a network, or use one that was trained before | [`session::Training`], [`train::Config`], [`train::Rule`] |
//! | import and export NIR graphs | [`net::nir`] |
//! | run a sparse or imported network on samples | [`Workload::classifying`], [`net::samples`], [`Outcome::npz`] |
//! | trace a run | [`Deployment::run_traced`], [`trace::Sink`], [`trace::formats`] |
//! | print, save and reprice reports | [`Outcome::json`], [`Outcome::text`], [`report`], [`session::repriced`], [`session::diff`] |
//! | compare chips and options | [`explore`] |
//! | find options that shorten a run | [`Session::advise`] |
//! | tables of figures, of cores, of links and of traces | [`columns`], [`Deployment::details`], [`trace::TraceTable`] |
//! | measure a network on chip alone | [`noc`], [`session::NocRequest`] |
//!
//! [`guide`] has the chapters by task, which `spikemesh guide` prints too, and the reference of all files.
//!
//! These are meant to last. The other modules are public for tests, benches and the curious, and may change.
//!
//! # Glossary
//!
//! | term | meaning | in the code |
//! |---|---|---|
//! | *neuron*, *population* | a neuron of a network; neurons that share one model and its parameters | [`ids::NeuronId`], [`net::graph`] |
//! | *synapse*, *projection* | one weight between two neurons; the weights between two populations | [`net::graph`] |
//! | *stimulus* | input spikes, from data, an array or a random stream | [`Stimulus`], [`InputSpikes`] |
//! | *time step* | the unit of a network's time; on the chip it takes as many ticks as its work needs | [`run`] |
//! | *tick* | the unit of a chip's time, in picoseconds or cycles as the chip file says | [`units::Tick`] |
//! | *site*, *core*, *tile* | a place for a core on the chip; a used core; the sites at one router | [`ids::SiteId`], [`ids::CoreId`], [`ids::TileId`] |
//! | *axon* | the synapses of one neuron in one core: the destination of its packets | [`ids::AxonId`] |
//! | *fan-in*, *fan-out* | neurons that send to a neuron; cores and neurons that it sends to | [`map`] |
//! | *soma*, *dendrite*, *axon in*, *axon out* | stages of a core | `model::core` |
//! | *barrier*, *fixed tick*, *free running* | how time steps are synchronised | `model::Synchronization` |
//! | *terminal* | a port of the network on chip: a core or the host | [`ids::TerminalId`] |
//! | *hop*, *flit*, *packet* | a link passed; the unit of a link's bandwidth; one or more flits with one destination | [`model::fabric`] |
//! | *input unit*, *output unit* | a router's side of an incoming and of an outgoing link | [`model::fabric`] |
//! | *virtual channel* (VC), *credit* | one of the buffers that share a link; a free place in the next node's buffer | [`model::fabric`] |
//! | *route computation*, *VC allocation*, *switch allocation* | stages of a router, as in Garnet and BookSim | [`model::fabric`] |
//! | *link grant* | an output unit gives its link to a flit: the one event per hop of the fast engine | [`model::link_grant`] |
//! | *lookahead* | ticks for which a shard needs to hear nothing from others | [`engine`] |
//! | *shard*, *remote event* | a part of the chip with an event queue and a thread of its own; an event for another shard | [`engine`] |
//! | *mapping* | which neurons are on which core, and which core is on which site | [`map::Mapping`] |
//! | *synaptic operation* | one weight added because of one spike | [`stats::Op`] |
//! | *calibration* | a table of energies and times with its sources | [`hw`] |
//! | *coverage* | what a sum of energies contains: all that was counted, a part, or nothing | [`report`] |
//! | *time-averaged rate*, *T* | spikes of a neuron by time steps of an inference; T is their number | [`train`] |
//! | *twin* | the non-spiking network that shares the weights, through which gradients go | [`train`] |
//! | *fake quantisation* | weights rounded in the forward pass of training as the chip will hold them | [`train`] |
//! | *probe*, *sink* | where a run offers records; what takes and writes them | [`trace::Tap`], [`trace::Sink`] |
//!
//! # Order of the modules
//!
//! A module imports only what stands above it in this list, and a test keeps it so: [`units`], [`rng`],
//! [`digest`], [`columns`], [`threads`], [`search`], [`memory`], [`files`], [`text`], [`progress`], [`json`], [`ids`], [`engine`],
//! [`stats`], [`trace`], [`net`],
//! [`hw`], [`data`], [`train`], [`map`], [`model`], [`system`], [`run`], [`noc`], [`report`], [`session`],
//! [`validate`], [`explore`], [`guide`], [`cli`].
#![warn(missing_docs, unreachable_pub)]
#![deny(unsafe_code)]

#[doc(hidden)]
pub mod cli;
pub mod columns;
pub mod data;
#[doc(hidden)]
pub mod digest;
#[doc(hidden)]
pub mod engine;
pub mod explore;
#[doc(hidden)]
pub mod files;
pub mod guide;
pub mod hw;
#[doc(hidden)]
pub mod ids;
#[doc(hidden)]
pub mod json;
pub mod map;
#[doc(hidden)]
pub mod memory;
#[doc(hidden)]
pub mod model;
pub mod net;
pub mod noc;
pub mod progress;
pub mod report;
#[doc(hidden)]
pub mod rng;
#[doc(hidden)]
pub mod run;
#[doc(hidden)]
pub mod sanafe;
#[doc(hidden)]
pub mod search;
pub mod session;
#[doc(hidden)]
pub mod stats;
#[doc(hidden)]
pub mod system;
#[doc(hidden)]
pub mod text;
#[doc(hidden)]
pub mod threads;
pub mod trace;
pub mod train;
#[doc(hidden)]
pub mod units;
#[doc(hidden)]
pub mod validate;

pub use net::spikes::{InputSpikes, Stimulus};
pub use progress::{Unwatched, Watch};
pub use report::Detail;
pub use session::{Deployment, Error, MapOptions, Outcome, RunOptions, Session, Workload, WorkloadOptions, catalog};
