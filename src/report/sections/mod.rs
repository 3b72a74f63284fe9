//! The sections of a run's report. A section is a file here, its fields in [`Summary`] and a line in [`SECTIONS`]: by
//! these a run is measured, the text, the JSON and the page are made, and a saved report is read and checked.

mod ann;
mod assumed;
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
mod show;
mod sources;
mod totals;
mod traffic;

pub use ann::{Break, BreakEven, SameSilicon};
pub use course::{Interrupted, Reason};
pub use devices::DeviceFigures;
pub use figures::{Clock, Throughput};
pub use fixed_tick::FixedTick;
pub use free_running::FreeRunning;
pub use header::Header;
pub(super) use header::mixed_signs;
pub use imported::{ImportedLayer, ImportedNetwork};
pub use layers::LayerSummary;
pub use mapping::{Occupancy, Use};
pub(super) use mapping::{occupancy, utilisation_json};
pub use neurobench::{NeuroBench, SynapticOperations};
pub use quality::Reconstruction;
pub(super) use show::{About, DOES_NOT_FIT, Head, Place, Remark, Shown, To};
pub use totals::{Output, SparseTotals, Sums};
pub use traffic::{NetworkOnChip, WorstLink};

/// What most sections take.
mod kit {
    pub(super) use super::{About, Found, Head, Place, Section, Shown, Summary, To};
    pub(super) use crate::json::{Cursor, Object};
    pub(super) use crate::report::energy::Coverage;
    pub(super) use crate::report::grid::{Cell, Table};
    pub(super) use crate::report::measure::{Input, Run, on_chip};
    pub(super) use crate::report::saved::*;
    pub(super) use crate::report::table::{energy, label, number, thousands, time};
    pub(super) use crate::stats::{Counts, Op};
    pub(super) use serde_json::{Value, json};
}

use super::energy::Coverage;
use super::measure::Run;
use super::price::{Citation, Pricing};
use super::quantity::Quantity;
use super::saved::Fields;
use super::tally::Tally;
use super::times::Times;
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

/// All sections, in the order in which they are measured, read and shown.
pub(super) const SECTIONS: &[&dyn Section] = &[
    &header::Of,
    &course::Of,
    &quality::Of,
    &free_running::Of,
    &devices::Of,
    &fixed_tick::Of,
    &figures::Of,
    &energy::Of,
    &layers::Of,
    &traffic::Of,
    &ann::Of,
    &neurobench::Of,
    &totals::Of,
    &mapping::Of,
    &counts::Of,
    &constants::Of,
    &assumed::Of,
    &sources::Of,
    &imported::Of,
];

/// A section: what it measures, how it is saved, and what it shows. What it lacks is left out.
pub(super) trait Section: Sync {
    /// Adds the names of its fields in a saved report.
    fn names(&self, _: &mut Vec<&'static str>) {}
    /// Writes its fields.
    fn put(&self, _: &Summary, _: &mut Fields) {}
    /// Reads its fields, and says whether all could be read.
    fn take(&self, _: &Object<'_>, _: &mut Summary) -> bool {
        true
    }
    /// Works out its figures.
    fn measure(&self, _: &Run<'_>, _: &mut Summary) {}
    /// Notes where a saved report contradicts itself.
    fn check(&self, _: &Summary, _: &Found<'_>) {}
    /// Shows it in the text or on the page.
    fn show(&self, _: &Summary, _: &mut Shown) {}
}

/// A saved report that was read, for checks of one part against another.
pub(super) struct Found<'a> {
    pub(super) document: &'a Document,
    pub(super) root: Object<'a>,
}

impl Found<'_> {
    pub(super) fn problem(&self, path: &str, message: impl Into<String>) {
        self.document.problem(path, message);
    }

    /// Notes a figure that is not what the others make it; sums of the same numbers may be rounded in another order.
    fn same(&self, path: &str, found: f64, expected: f64) {
        if (found - expected).abs() > 1e-9 * expected.abs().max(found.abs()) {
            self.problem(path, format!("found {found}, but the rest of the file makes it {expected}"));
        }
    }

    /// Notes a figure of prices that is `null` though the rest of the file says that it has one.
    fn has_price(&self, cursor: &Cursor<'_>, coverage: Coverage) {
        if cursor.is_null() && coverage != Coverage::Unpriced {
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

#[cfg(test)]
mod tests {
    use super::kit::*;
    use super::*;
    use crate::map;
    use crate::net::RandomSpec;
    use crate::report::measure::{Context, SparseInput};
    use crate::report::summarise::summarise_sparse;
    use crate::report::{json, text};
    use crate::run::{Shards, Unwatched, run_sparse};
    use crate::system::{self, Contention};

    /// A section that is not in the list.
    struct More;

    impl Section for More {
        fn names(&self, into: &mut Vec<&'static str>) {
            into.push("more");
        }

        fn put(&self, s: &Summary, into: &mut Fields) {
            into.insert("more".into(), json!(s.time_steps));
        }

        fn take(&self, object: &Object<'_>, _: &mut Summary) -> bool {
            object.need("more").and_then(|cursor| u32::load(&cursor)).is_some()
        }

        fn check(&self, s: &Summary, found: &Found<'_>) {
            let more = found.root.get("more").and_then(|cursor| u32::load(&cursor)).unwrap_or(0);
            found.same("more", more.into(), s.time_steps.into());
        }

        fn show(&self, s: &Summary, shown: &mut Shown) {
            let rows = vec![vec![Cell::Word("steps".into()), Cell::exact("so many".into(), s.time_steps.into())]];
            shown.tables.push(Table {
                heading: "More",
                id: "more",
                columns: vec!["", "count"],
                rows,
                ..Table::default()
            });
            shown.remark(About::Trust, "more", "a remark");
        }
    }

    fn summary() -> Summary {
        let text = include_str!("../../../hw_models/loihi.json");
        let chip = crate::hw::read(Document::parse("loihi.json", text).unwrap(), "loihi").unwrap();
        let graph = RandomSpec::parse("random:seed=1,neurons=32,cores=2").unwrap().generate().graph;
        let mapping = map::map(&graph, &chip, map::Options::default()).unwrap();
        let calibration = chip.calibration(None).unwrap();
        let system = system::build(&graph, &chip, calibration, &mapping, Contention::Modelled).unwrap();
        let result = run_sparse(&system, &graph, 5, Shards::default(), &Unwatched).unwrap();
        let context = Context { chip: &chip, calibration, graph: &graph, mapping: &mapping, system: &system };
        let header = Header { network: "made".into(), timing: "event", threads: 1, ..Header::default() };
        summarise_sparse(header, context, SparseInput { steps: 5, result: &result })
    }

    #[test]
    fn a_section_more_is_in_all_forms_and_is_read_back() {
        let (summary, sections) = (summary(), [SECTIONS, &[&More]].concat());
        let report = json::write(&sections, &summary);
        assert_eq!(report["more"], json!(5));
        let printed = text::write(&sections, &summary, 80);
        assert!(printed.contains("\nMore\n") && printed.contains("\nmore          a remark\n"), "{printed}");
        let page = Shown::of(&sections, &summary, To::Page);
        let table = page.tables.last().unwrap().page().into_string();
        assert!(table.contains("<h2>More</h2>") && table.contains("<td title=\"5.0\">so many</td>"), "{table}");
        assert_eq!(page.remarks.iter().filter(|remark| remark.label == "more").count(), 1);
        let document = Document::parse("run.json", &report.to_string()).unwrap();
        let back = json::read(&sections, &document);
        assert_eq!(json::write(&sections, &document.finish(back).unwrap()), report);
        let mut wrong = report;
        wrong["more"] = json!(6);
        let document = Document::parse("run.json", &wrong.to_string()).unwrap();
        let read = json::read(&sections, &document);
        assert_eq!(document.finish(read).unwrap_err().problems[0].path, "more");
    }

    #[test]
    fn sections_write_the_fields_that_they_name_and_no_others() {
        let summary = summary();
        for section in SECTIONS {
            let (mut names, mut fields) = (Vec::new(), Fields::new());
            section.names(&mut names);
            section.put(&summary, &mut fields);
            assert!(!names.is_empty() && fields.keys().all(|name| names.contains(&name.as_str())), "{names:?}");
        }
    }
}
