//! A checked chip: network on chip, cores, limits and calibrations, in ticks and integers.

use super::calibration::Calibration;
use super::composition::Composition;
use super::core::CoreSpec;
use super::cost::{Cost, Energy};
use super::description::Description;
use super::facts::Fact;
use super::kinds::{CORES, CoreKind, CoreKinds, OWN};
use super::noc::Noc;
use super::rest::RestPower;
use super::routing::Hops;
use super::stepping::Stepping;
use super::tick::TickLength;
use crate::ids::SiteId;
use crate::json::Object;
use crate::json::record::{record, words};
use crate::json::shape::{flag, number};
use crate::net::neuron::{Params, Reset};
use crate::stats::Op;
use crate::units::{Femtoseconds, Tick};
use serde_json::Value;

/// A chip whose file keeps all rules. It can only be changed through [`Chip::edit`], which checks again.
#[derive(Clone, Debug, PartialEq)]
pub struct Chip {
    /// The stem of its file.
    pub(crate) name: String,
    /// One sentence for people.
    pub(crate) description: String,
    /// Length of a tick.
    pub(crate) tick: Femtoseconds,
    /// The clock in which cycles are reported.
    pub(crate) clock: Clock,
    /// Routers and links.
    pub(crate) noc: Noc,
    /// A core, where all are alike; otherwise what their kinds differ from.
    pub(crate) core: CoreSpec,
    /// The kinds of cores.
    pub(crate) kinds: CoreKinds,
    /// Neuron models of the chip: (model name, reset of those that leave it open).
    pub(crate) neurons: Vec<(String, Option<Reset>)>,
    /// What neurons do outside their window.
    pub(crate) gating: Gating,
    /// Synchronisation of time steps.
    pub(crate) stepping: Stepping,
    /// Named tables of constants; the first is the default.
    pub(crate) calibrations: Vec<Calibration>,
    /// Power at rest, which reports show beside the energy.
    pub(crate) rest: Vec<RestPower>,
    /// Of which parts its operations consist, if its file says so.
    pub(super) composition: Option<Composition>,
    /// Digest of all parts of the file that affect a run's counts: all but texts, constants and the clock of reports.
    pub(crate) structure: u64,
    /// Sources of single numbers of the file.
    pub(crate) facts: Vec<Fact>,
    /// Sources of structural facts.
    pub(crate) sources: Vec<String>,
    /// Assumed values, where no figure is published.
    pub(crate) estimates: Vec<String>,
    /// The description it was read from.
    pub(super) file: Description,
}

record! {
    /// The clock in which cycles are reported.
    pub struct Clock given Option<TickLength> {
        /// Frequency (MHz), 0.000001 to 1,000,000.
        pub mhz: f64 = number(1e-6..=1e6);
        /// Whether it is only a reference, because the chip has no clock.
        pub reference: bool = flag();
    }
    check Clock::check;
}

impl Clock {
    fn check(self, object: &Object<'_>, tick: Option<TickLength>) -> Option<Self> {
        // Cycles, static power and energies of two clocks would not be consistent.
        let Some(of_tick) = tick.and_then(|tick| tick.mhz).filter(|of_tick| *of_tick != self.mhz) else {
            return Some(self);
        };
        let problem =
            format!("{} here, and tick.clock_mhz is {of_tick}: a chip has one clock; give both the same", self.mhz);
        object.get("mhz").iter().for_each(|c| c.problem(problem.clone()));
        None
    }
}

words! {
    /// Whether neurons rest outside the window of their layer.
    pub enum Gating {
        /// Outside its window a neuron neither integrates nor fires, and costs nothing.
        Window = "window",
        /// A neuron is accessed in all steps and may fire late on what its membrane still holds.
        None = "none",
    }
}

/// Values of an object with their paths.
fn scalars(path: String, value: &Value, found: &mut Vec<(String, String)>) {
    match value {
        Value::Object(fields) => {
            fields.iter().for_each(|(name, inner)| scalars(format!("{path}.{name}"), inner, found));
        }
        Value::String(text) => found.push((path, text.clone())),
        other => found.push((path, other.to_string())),
    }
}

impl Chip {
    /// The stem of its file, or the name it was given.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// One sentence for people.
    pub fn description(&self) -> &str {
        &self.description
    }

    /// Length of a tick.
    pub fn tick(&self) -> Femtoseconds {
        self.tick
    }

    /// The clock in which cycles are reported.
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// Routers and links.
    pub fn noc(&self) -> &Noc {
        &self.noc
    }

    /// A core, where all are alike; otherwise what their kinds differ from.
    pub fn core(&self) -> &CoreSpec {
        &self.core
    }

    /// The kinds of cores; one where all are alike.
    pub fn kinds(&self) -> &[CoreKind] {
        self.kinds.all()
    }

    /// The kind of the core at a site, by its position among the kinds.
    #[doc(hidden)]
    pub fn kind_at(&self, site: SiteId) -> usize {
        self.kinds.at(site)
    }

    /// The core at a site.
    #[doc(hidden)]
    pub fn core_at(&self, site: SiteId) -> &CoreSpec {
        &self.kinds()[self.kind_at(site)].core
    }

    /// What a kind of cores has in place of the values of `core`, as the file gives it: paths and values.
    #[doc(hidden)]
    pub fn kind_changes(&self, kind: usize) -> Vec<(String, String)> {
        let of_kind = self.file.value().get(CORES).and_then(|kinds| kinds.get(&self.kinds()[kind].name));
        let mut found = Vec::new();
        for (name, value) in of_kind.and_then(Value::as_object).into_iter().flatten() {
            if !OWN.contains(&name.as_str()) || name == "neurons" {
                scalars(name.clone(), value, &mut found);
            }
        }
        found
    }

    /// This chip as if all its cores were of a kind, and only those were there ([`Chip::seats`]).
    #[doc(hidden)]
    pub fn of_kind(&self, kind: usize) -> Self {
        let CoreKind { core, neurons, .. } = &self.kinds()[kind];
        Self { core: core.clone(), neurons: neurons.clone(), kinds: self.kinds.alone(kind), ..self.clone() }
    }

    /// Cores that neurons can go to.
    #[doc(hidden)]
    pub fn seats(&self) -> u32 {
        self.kinds.seats().unwrap_or(self.noc.cores())
    }

    /// The sites of the cores of a kind, ascending.
    #[doc(hidden)]
    pub fn sites_of(&self, kind: usize) -> Vec<SiteId> {
        (0..self.noc.cores()).map(SiteId::new).filter(|site| self.kind_at(*site) == kind).collect()
    }

    /// Neuron models of the chip: (model name, reset of those that leave it open).
    pub fn neurons(&self) -> &[(String, Option<Reset>)] {
        &self.neurons
    }

    /// What neurons do outside their window.
    pub fn gating(&self) -> Gating {
        self.gating
    }

    /// The rule that starts time steps.
    pub fn stepping(&self) -> Stepping {
        self.stepping
    }

    /// Named tables of constants; the first is the default.
    pub fn calibrations(&self) -> &[Calibration] {
        &self.calibrations
    }

    /// Power at rest, which reports show beside the energy.
    pub fn rest(&self) -> &[RestPower] {
        &self.rest
    }

    /// Digest of all parts of the file that affect a run's counts: all but texts, constants and the clock of reports.
    pub fn structure(&self) -> u64 {
        self.structure
    }

    /// Sources of single numbers of the file.
    pub fn facts(&self) -> &[Fact] {
        &self.facts
    }

    /// Sources of structural facts.
    pub fn sources(&self) -> &[String] {
        &self.sources
    }

    /// Assumptions that the file states for want of a published figure.
    pub fn estimates(&self) -> &[String] {
        &self.estimates
    }

    /// The calibration with a name, or the default one.
    pub fn calibration(&self, name: Option<&str>) -> Option<&Calibration> {
        match name {
            None => self.calibrations.first(),
            Some(name) => self.calibrations.iter().find(|c| c.name == name),
        }
    }

    /// Whether the kinds of an operation are counted apart, as one of the calibrations prices them apart.
    pub fn counts_kinds_of(&self, op: Op) -> bool {
        let differ = |table: &Calibration| op.kinds().iter().any(|kind| table.cost(*kind) != table.cost(op));
        self.calibrations.iter().any(differ)
    }

    /// Whether time of cores in use is counted, as one of the calibrations has a price of it.
    pub fn counts_busy_cores(&self) -> bool {
        let priced = |costs: &[Cost]| matches!(costs[Op::CoreBusy as usize].energy, Energy::Priced { .. });
        self.calibrations.iter().any(|table| priced(&table.costs) || table.by_core.iter().any(|own| priced(own)))
    }

    /// What the soma unit that a population names does: accesses, updates and spikes.
    pub fn soma_ops(&self, kind: usize, unit: Option<&str>) -> [Op; 3] {
        let of_unit = CoreSpec::soma_ops(self.kinds()[kind].core.soma_unit(unit));
        of_unit.map(|op| op.general().filter(|general| !self.counts_kinds_of(*general)).unwrap_or(op))
    }

    /// What a hop counts as, in the order of [`Hops::DIRECTIONS`].
    pub fn hop_ops(&self) -> [Op; 5] {
        Hops::DIRECTIONS.map(|op| op.general().filter(|general| !self.counts_kinds_of(*general)).unwrap_or(op))
    }

    /// Number of chips over which the tiles are spread.
    pub fn chips(&self) -> u32 {
        self.noc.topology.chips()
    }

    /// Nanoseconds of a number of ticks.
    pub fn ns(&self, ticks: Tick) -> f64 {
        (u128::from(ticks) * u128::from(self.tick.0)) as f64 / 1e6
    }

    /// Femtoseconds of a number of ticks.
    pub fn fs(&self, ticks: Tick) -> u128 {
        u128::from(ticks) * u128::from(self.tick.0)
    }

    /// Whether the chip itself has such neurons; others are idealised on its costs.
    pub fn has_neuron(&self, params: &Params) -> bool {
        let is_its_own = |(model, reset): &(String, Option<Reset>)| {
            *model == params.name() && (!params.has_reset() || *reset == Some(params.reset))
        };
        self.kinds().iter().flat_map(|kind| &kind.neurons).any(is_its_own)
    }

    /// How a network's neurons relate to those of the chip, for the report.
    pub fn soma_statement(&self, params: &Params) -> String {
        if self.has_neuron(params) {
            format!("{} as {} has it", params.describe(), self.name)
        } else {
            format!("idealised {} on {}'s costs", params.describe(), self.name)
        }
    }
}
