//! A request for a measurement: its fields, the numbers among them, and what is wrong with them.

use super::problem::NocProblem;
use super::rates::NocRates;
use crate::hw::topology::MAX_ROUTERS;
use crate::hw::{Chip, Noc};
use crate::noc::{ChipTimes, Cycles, Setup, trace};
use crate::report::FileOrigin;
use crate::session::catalog::Changed;
use crate::session::error::Error;
use crate::threads;
use serde::{Deserialize, Serialize};
use std::fmt::Display;
use std::ops::RangeInclusive;
use std::sync::Arc;

/// Longest delays of routers and links (cycles), and the longest measurement.
const LONG: u64 = 64;
const LONGEST: u64 = 1_000_000_000_000;

/// The chip whose network is measured.
#[derive(Clone, Debug)]
pub enum NocChip {
    /// By name or path, with the changes of the request.
    Named(String),
    /// One that is loaded.
    Loaded(Arc<Chip>),
    /// One that was found, as reports name it, with the digest of its file.
    Found {
        /// The chip.
        chip: Arc<Chip>,
        /// The chip as reports name it.
        label: String,
        /// The digest of its file.
        digest: u64,
    },
}

impl NocChip {
    /// A chip that was found by name or path, with values of its file changed.
    #[doc(hidden)]
    pub fn found(argument: &str, changes: &[(&str, &str)], found: &Changed) -> Self {
        let label = found.origin.as_ref().map_or_else(|| argument.to_owned(), FileOrigin::label);
        let changes: String = changes.iter().map(|(path, value)| format!(", {path} set to {value}")).collect();
        Self::Found { chip: Arc::new(found.chip.clone()), label: label + &changes, digest: found.digest }
    }
}

/// A network on chip and its load. What is `None` has the value of the chip, or a usual one.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "each is described by the option of the same name")]
pub struct NocRequest {
    pub topology: Option<String>,
    pub width: Option<u64>,
    pub height: Option<u64>,
    /// It is not among what a request is saved as.
    #[serde(skip)]
    pub chip: Option<NocChip>,
    /// Values of the chip's file that are changed, by path.
    pub set: Vec<(String, String)>,
    pub routing: Option<String>,
    pub vcs: Option<u64>,
    pub buffer: Option<u64>,
    pub router_cycles: Option<u64>,
    pub link_cycles: Option<u64>,
    pub credit_cycles: Option<u64>,
    pub traffic: String,
    pub rate: Option<NocRates>,
    pub packet_flits: Option<u64>,
    pub cycles: u64,
    pub warmup: u64,
    pub seed: u64,
    pub threads: Option<u64>,
    pub shards: Option<u64>,
    pub max_events: Option<u64>,
}

impl Default for NocRequest {
    fn default() -> Self {
        Self {
            topology: None,
            width: None,
            height: None,
            chip: None,
            set: Vec::new(),
            routing: None,
            vcs: None,
            buffer: None,
            router_cycles: None,
            link_cycles: None,
            credit_cycles: None,
            traffic: "uniform".into(),
            rate: None,
            packet_flits: None,
            cycles: 10_000,
            warmup: 2_000,
            seed: 1,
            threads: None,
            shards: None,
            max_events: None,
        }
    }
}

/// How a caller spells the names of fields.
pub(super) type Spelled = fn(&str) -> String;

pub(super) struct Problems {
    spelled: Spelled,
    all: Vec<NocProblem>,
}

impl Problems {
    pub(super) fn none(spelled: Spelled) -> Self {
        Self { spelled, all: Vec::new() }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    pub(super) fn into_all(self) -> Vec<NocProblem> {
        self.all
    }

    pub(super) fn spelled(&self, field: &str) -> String {
        (self.spelled)(field)
    }

    pub(super) fn add(&mut self, field: &str, what: impl Display) {
        self.all.push(NocProblem { field: self.spelled(field), problem: what.to_string() });
    }

    pub(super) fn add_of_two(&mut self, fields: [&str; 2], what: impl Display) {
        let field = fields.map(|field| self.spelled(field)).join(" and ");
        self.all.push(NocProblem { field, problem: what.to_string() });
    }

    /// A problem that names its file.
    pub(super) fn plain(&mut self, what: impl Display) {
        self.all.push(NocProblem { field: String::new(), problem: what.to_string() });
    }

    pub(super) fn add_error(&mut self, error: &Error) {
        match error {
            Error::Field { field, problem } => self.add(field.name(), problem),
            error => self.plain(error),
        }
    }

    fn range(&mut self, field: &str, value: u64, allowed: RangeInclusive<u64>) -> u64 {
        if !allowed.contains(&value) {
            self.add(field, format_args!("found {value}, allowed {} to {}", allowed.start(), allowed.end()));
        }
        value
    }

    fn maybe(&mut self, field: &str, value: Option<u64>, allowed: RangeInclusive<u64>) -> Option<u64> {
        value.map(|value| self.range(field, value, allowed))
    }

    pub(super) fn take<T>(&mut self, field: &str, found: Result<T, impl Display>) -> Option<T> {
        found.map_err(|problem| self.add(field, problem)).ok()
    }
}

pub(super) struct NocNumbers {
    pub(super) width: u32,
    pub(super) height: Option<u32>,
    pub(super) packet_flits: Option<u16>,
    pub(super) vcs: Option<u8>,
    pub(super) buffer: Option<u16>,
    cycles: Cycles,
    measured: u64,
    warmup: u64,
    seed: u64,
    threads: usize,
    shards: usize,
}

impl NocNumbers {
    pub(super) fn of(request: &NocRequest, problems: &mut Problems) -> Self {
        let side = 1..=u64::from(MAX_ROUTERS);
        problems.maybe("max_events", request.max_events, 1..=u64::MAX);
        let threads = problems.maybe("threads", request.threads, 1..=1024).map(|threads| threads as usize);
        Self {
            width: problems.maybe("width", request.width, side.clone()).map_or(8, |width| width as u32),
            height: problems.maybe("height", request.height, side).map(|height| height as u32),
            packet_flits: problems
                .maybe("packet_flits", request.packet_flits, 1..=trace::MOST_FLITS.into())
                .map(|n| n as u16),
            vcs: problems.maybe("vcs", request.vcs, 1..=32).map(|n| n as u8),
            buffer: problems.maybe("buffer", request.buffer, 1..=4096).map(|n| n as u16),
            cycles: Cycles {
                router: problems.maybe("router_cycles", request.router_cycles, 1..=LONG).unwrap_or(4) as u32,
                link: problems.maybe("link_cycles", request.link_cycles, 1..=LONG).unwrap_or(1) as u32,
                credit: problems.maybe("credit_cycles", request.credit_cycles, 0..=LONG).unwrap_or(1) as u32,
            },
            measured: problems.range("cycles", request.cycles, 1..=LONGEST),
            warmup: problems.range("warmup", request.warmup, 0..=LONGEST),
            seed: request.seed,
            threads: threads.unwrap_or_else(threads::processors),
            shards: problems.maybe("shards", request.shards, 1..=4096).map_or(1, |shards| shards as usize),
        }
    }

    pub(super) fn setup(&self, noc: Noc, chip: Option<ChipTimes>) -> Setup {
        Setup {
            packet_flits: noc.packet_flits,
            noc,
            cycles: self.cycles,
            chip,
            warmup: self.warmup,
            measured: self.measured,
            seed: self.seed,
            shards: self.shards,
            threads: self.threads,
        }
    }
}
