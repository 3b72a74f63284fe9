//! The sections of a run's report. A section is a file here, its fields in [`Summary`] and a line in [`SECTIONS`]: from
//! these the run is measured, the text, the JSON and the page are made, and a saved report is read and checked.

mod ann;
mod assumed;
mod chip;
mod constants;
mod counts;
mod course;
mod devices;
mod energy;
mod figures;
mod fixed_tick;
mod free_running;
mod header;
mod imported;
mod layers;
mod mapping;
mod neurobench;
mod quality;
mod rates;
mod soma;
mod sources;
mod table;
mod times;
mod totals;
mod traffic;

pub use ann::{Break, BreakEven, SameSilicon, UnitCosts, UnitCostsError};
pub use course::{Interrupted, Reason};
pub use devices::DeviceFigures;
pub use figures::Clock;
pub use fixed_tick::FixedTick;
pub use free_running::FreeRunning;
pub use header::Header;
pub use imported::{ImportedLayer, ImportedNetwork};
pub use layers::LayerSummary;
pub use mapping::{Occupancy, Use};
pub(super) use mapping::{Uses, occupancy};
pub use neurobench::{NeuroBench, SynapticOperations};
pub use quality::Reconstruction;
pub use rates::Throughput;
pub(super) use table::{Cell, Table};
pub use times::{BarrierTime, OpTime, Times};
pub use totals::{Output, SparseTotals, Sums};
pub use traffic::{NetworkOnChip, WorstLink};

use super::measure::Run;
use super::price::{Citation, Pricing};
use super::quantity::Quantity;
use super::saved::Fields;
use super::tally::Tally;
use crate::json::{Cursor, Document, Object};

/// All figures of a run.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Summary {
    /// What was asked for.
    pub header: Header,
    /// Chip name.
    pub chip: String,
    /// [`Chip::structure`](crate::hw::Chip::structure) of the chip.
    pub structure: u64,
    /// What was counted.
    pub tally: Tally,
    /// The times that the run was made with.
    pub times: Times,
    /// What that costs.
    pub pricing: Pricing,
    /// Where the run was ended early.
    pub interrupted: Option<Interrupted>,
    /// Samples, or 1 for a sparse run.
    pub samples: u64,
    /// Time steps T of the network.
    pub time_steps: u32,
    /// Steps that an inference takes on the chip.
    pub steps_per_inference: u32,
    /// Share of right classes on the chip.
    pub accuracy: Option<f64>,
    /// Share of right classes of the integer reference.
    pub reference_accuracy: Option<f64>,
    /// How well samples are given back, where that is the target; then there is no accuracy.
    pub reconstruction: Option<Reconstruction>,
    /// Samples that differ from the reference.
    pub mismatched_samples: u64,
    /// Named figures per inference beside the energy, in the order of the report.
    pub per_inference: Vec<(&'static str, Quantity)>,
    /// Synaptic operations of the network itself per inference: of the spikes in the T steps of each layer, wherever it
    /// runs. Of layered networks.
    pub network_operations: Option<f64>,
    /// Multiply-accumulates of the encoding layer per inference.
    pub encoder_macs: u64,
    /// By layer.
    pub layers: Vec<LayerSummary>,
    /// Throughput.
    pub throughput: Throughput,
    /// Packets and links.
    pub network_on_chip: NetworkOnChip,
    /// Clock of the cycles.
    pub clock: Clock,
    /// The ANN of the same shape.
    pub ann: Option<Break>,
    /// Under NeuroBench's names.
    pub neurobench: Option<NeuroBench>,
    /// Totals of a sparse run.
    pub totals: Option<SparseTotals>,
    /// What is particular to a free-running chip.
    pub free_running: Option<FreeRunning>,
    /// What is particular to crossbars whose devices are not ideal.
    pub devices: Option<DeviceFigures>,
    /// What is particular to a chip of fixed ticks.
    pub fixed_tick: Option<FixedTick>,
    /// Cores, use and violations.
    pub mapping: Occupancy,
    /// How the neurons stand to the chip's own.
    pub soma: String,
    /// Stages whose time is not published and taken as 0.
    pub untimed: Vec<&'static str>,
    /// What the chip file assumes.
    pub estimates: Vec<String>,
    /// Citations of structure, network, data and rule; those of constants are in the pricing.
    pub sources: Vec<Citation>,
    /// An imported network beside the real one.
    pub imported: Option<ImportedNetwork>,
}

/// All sections, in the order in which they are measured, read and printed.
pub(super) const SECTIONS: &[Entry] = &[
    Entry::of::<header::Section>(),
    Entry::of::<chip::Section>(),
    Entry::of::<course::Section>(),
    Entry::of::<quality::Section>(),
    Entry::of::<free_running::Section>(),
    Entry::of::<devices::Section>(),
    Entry::of::<fixed_tick::Section>(),
    Entry::of::<figures::Section>(),
    Entry::of::<energy::Section>(),
    Entry::of::<layers::Section>(),
    Entry::of::<rates::Section>(),
    Entry::of::<traffic::Section>(),
    Entry::of::<ann::Section>(),
    Entry::of::<neurobench::Section>(),
    Entry::of::<totals::Section>(),
    Entry::of::<soma::Section>(),
    Entry::of::<mapping::Section>(),
    Entry::of::<times::Section>(),
    Entry::of::<counts::Section>(),
    Entry::of::<constants::Section>(),
    Entry::of::<assumed::Section>(),
    Entry::of::<sources::Section>(),
    Entry::of::<imported::Section>(),
];

/// Whom a section speaks to: people at a terminal or on a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum To {
    Text,
    Page,
}

/// The place of a line at the head of the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Head {
    Origin,
    Title,
    Constants,
    State,
    Outcome,
    Chip,
}

/// The place of a fact at the head of the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Place {
    Outcome,
    Timing,
    Constants,
    Origin,
    Cores,
}

/// A fact at the head of the page: where it stands, its name and its text.
pub(super) type Fact = (Place, &'static str, String);

/// The label of a broken limit, which the page flags.
pub(super) const DOES_NOT_FIT: &str = "DOES NOT FIT";

/// What a remark below the tables is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum About {
    Rates,
    Networks,
    Trust,
}

/// A labelled text below the tables.
pub(super) struct Remark {
    pub(super) about: About,
    pub(super) label: &'static str,
    pub(super) text: String,
}

impl Remark {
    pub(super) fn new(about: About, label: &'static str, text: impl Into<String>) -> Self {
        Self { about, label, text: text.into() }
    }
}

/// A section: what it measures, how it is saved, and what it shows. All but what it has is left out.
pub(super) trait Section {
    /// Names of its fields in a saved report.
    fn names(_: &mut Vec<&'static str>) {}
    /// Writes its fields.
    fn put(_: &Summary, _: &mut Fields) {}
    /// Reads its fields, and says whether all could be read.
    fn take(_: &Object<'_>, _: &mut Summary) -> bool {
        true
    }
    /// Works out its figures.
    fn measure(_: &Run<'_>, _: &mut Summary) {}
    /// Notes where a saved report contradicts itself.
    fn check(_: &Summary, _: &Saved<'_>) {}
    /// Lines at the head of the text.
    fn lines(_: &Summary) -> Vec<(Head, String)> {
        Vec::new()
    }
    /// What the page warns of, at its head.
    fn warnings(_: &Summary) -> Vec<String> {
        Vec::new()
    }
    /// Facts at the head of the page.
    fn facts(_: &Summary) -> Vec<Fact> {
        Vec::new()
    }
    /// Notes, of the text and of the page.
    fn notes(_: &Summary) -> Vec<String> {
        Vec::new()
    }
    /// Its table.
    fn table(_: &Summary, _: To) -> Option<Table> {
        None
    }
    /// Remarks below the tables.
    fn remarks(_: &Summary, _: To) -> Vec<Remark> {
        Vec::new()
    }
    /// What follows at the end of the text, for a terminal of that width.
    fn appendix(_: &Summary, _: u16) -> Option<String> {
        None
    }
}

/// A section of the list.
#[derive(Clone, Copy)]
pub(super) struct Entry {
    pub(super) names: fn(&mut Vec<&'static str>),
    pub(super) put: fn(&Summary, &mut Fields),
    pub(super) take: fn(&Object<'_>, &mut Summary) -> bool,
    pub(super) measure: fn(&Run<'_>, &mut Summary),
    pub(super) check: fn(&Summary, &Saved<'_>),
    pub(super) lines: fn(&Summary) -> Vec<(Head, String)>,
    pub(super) warnings: fn(&Summary) -> Vec<String>,
    pub(super) facts: fn(&Summary) -> Vec<Fact>,
    pub(super) notes: fn(&Summary) -> Vec<String>,
    pub(super) table: fn(&Summary, To) -> Option<Table>,
    pub(super) remarks: fn(&Summary, To) -> Vec<Remark>,
    pub(super) appendix: fn(&Summary, u16) -> Option<String>,
}

impl Entry {
    pub(super) const fn of<S: Section>() -> Self {
        Self {
            names: S::names,
            put: S::put,
            take: S::take,
            measure: S::measure,
            check: S::check,
            lines: S::lines,
            warnings: S::warnings,
            facts: S::facts,
            notes: S::notes,
            table: S::table,
            remarks: S::remarks,
            appendix: S::appendix,
        }
    }
}

/// A saved report that was read, for checks of one part against another.
pub(super) struct Saved<'a> {
    pub(super) document: &'a Document,
    pub(super) root: Object<'a>,
}

impl Saved<'_> {
    pub(super) fn problem(&self, path: &str, message: impl Into<String>) {
        self.document.problem(path, message);
    }

    /// Notes a figure that is not what the others make it; sums of the same numbers may be rounded in another order.
    pub(super) fn same(&self, path: &str, found: f64, expected: f64) {
        if (found - expected).abs() > 1e-9 * expected.abs().max(found.abs()) {
            self.problem(path, format!("found {found}, but the rest of the file makes it {expected}"));
        }
    }

    /// Notes a figure of prices that is `null` though the rest of the file says that it has one.
    pub(super) fn has_price(&self, cursor: &Cursor<'_>, coverage: super::energy::Coverage) {
        if cursor.is_null() && coverage != super::energy::Coverage::Unpriced {
            cursor.problem("found null, but the rest of the file says that it has a price; expected a number");
        }
    }
}

impl Summary {
    /// Whether a chip that must compute what the network computes did not. Of a free-running chip that is not asked,
    /// nor of one whose devices have errors.
    pub fn is_wrong(&self) -> bool {
        let may_differ = self.devices.as_ref().is_some_and(|devices| !devices.exact);
        self.mismatched_samples > 0 && self.free_running.is_none() && !may_differ
    }

    /// Share of the samples that differ from the reference.
    pub(super) fn differing_share(&self) -> f64 {
        self.mismatched_samples as f64 / self.samples as f64
    }

    /// A figure per inference.
    pub(super) fn figure(&self, name: &str) -> Option<Quantity> {
        self.per_inference.iter().find(|(known, _)| *known == name).map(|(_, quantity)| *quantity)
    }
}
