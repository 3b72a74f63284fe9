//! The sections of a run's report. A section is a file here, its fields in [`Summary`] and a line in [`SECTIONS`]: by
//! these a run is measured, the text, the JSON and the page are made, and a saved report is read and checked.

mod advice;
mod ann;
mod assumed;
pub(in crate::report) mod band;
mod bound;
mod brief;
mod constants;
mod counts;
mod course;
mod devices;
mod energy;
mod figures;
mod fixed_tick;
mod frames;
mod free_running;
mod header;
mod imported;
mod layers;
mod mapping;
mod neurobench;
mod original;
mod predictions;
pub(in crate::report) mod quality;
pub(in crate::report) mod rest;
mod section;
mod show;
mod sources;
mod spike_order;
mod totals;
mod traffic;

pub(super) use brief::{Brief, BriefItem};
pub(super) use header::mixed_signs;
pub(super) use mapping::{CoreNeeds, needs, occupancy, utilisation_json};
pub(super) use section::{SavedReport, Section};
pub(super) use show::{About, DOES_NOT_FIT, Head, Remark, Shown, To};

use super::saved::JsonObject;
use super::summary::Summary;
use crate::json::Object;

/// All sections, in the order in which they are measured, read and shown.
pub(super) const SECTIONS: &[Section] = &[
    header::SECTION,
    course::SECTION,
    quality::SECTION,
    frames::SECTION,
    original::SECTION,
    predictions::SECTION,
    free_running::SECTION,
    devices::SECTION,
    fixed_tick::SECTION,
    figures::SECTION,
    energy::SECTION,
    band::SECTION,
    layers::SECTION,
    traffic::SECTION,
    spike_order::SECTION,
    bound::SECTION,
    advice::SECTION,
    ann::SECTION,
    neurobench::SECTION,
    totals::SECTION,
    mapping::SECTION,
    rest::SECTION,
    counts::SECTION,
    constants::SECTION,
    assumed::SECTION,
    sources::SECTION,
    imported::SECTION,
];

pub(super) fn names(sections: &[Section]) -> Vec<&'static str> {
    sections.iter().flat_map(|section| section.parts).flat_map(|part| part.names).copied().collect()
}

pub(super) fn put(sections: &[Section], summary: &Summary, into: &mut JsonObject) {
    sections.iter().flat_map(|section| section.parts).for_each(|part| (part.put)(summary, into));
}

/// Reads all fields, so that all problems are found; `None` where one could not be read.
pub(super) fn take(sections: &[Section], object: &Object<'_>) -> Option<Summary> {
    let mut summary = Summary::default();
    let mut is_whole = true;
    for part in sections.iter().flat_map(|section| section.parts) {
        is_whole &= (part.take)(object, &mut summary);
    }
    is_whole.then_some(summary)
}

/// Notes where a saved report contradicts itself.
pub(super) fn check(sections: &[Section], summary: &Summary, report: &SavedReport<'_>) {
    sections.iter().for_each(|section| (section.check)(summary, report));
}

/// Shows a run: each line, fact, table and remark in its place.
pub(super) fn show(sections: &[Section], summary: &Summary, to: To) -> Shown {
    let mut shown = Shown::new(to);
    sections.iter().for_each(|section| (section.show)(summary, &mut shown));
    shown.lines.sort_by_key(|(head, _)| *head);
    shown.facts.sort_by_key(|(place, ..)| *place);
    shown.remarks.sort_by_key(|remark| remark.about);
    shown
}

/// What the brief report of a run shows, from top to bottom.
pub(super) fn brief(sections: &[Section], summary: &Summary) -> Brief {
    let mut brief = Brief::default();
    sections.iter().for_each(|section| (section.brief)(summary, &mut brief));
    brief.items.sort_by_key(|(place, _)| *place);
    brief
}

#[cfg(test)]
mod tests {
    use super::section::*;
    use super::*;
    use crate::json::Document;
    use crate::map;
    use crate::net::RandomSpec;
    use crate::report::measure::{Context, SparseInput};
    use crate::report::summarise::summarise_sparse;
    use crate::report::{json, text};
    use crate::run::{Shards, Unwatched, run_sparse};
    use crate::system::{self, Contention};

    /// A section that is not in the list.
    const MORE: Section = Section {
        check: |s, found| {
            let more = found.root.get("more").and_then(|cursor| u32::load(&cursor)).unwrap_or(0);
            found.same("more", more.into(), s.time_steps.into());
        },
        show: |s, shown| {
            let rows = vec![vec![Cell::Word("steps".into()), Cell::exact("five".into(), s.time_steps.into())]];
            let columns = vec!["", "count"];
            shown.tables.push(ReportTable { heading: "More", id: "more", columns, rows, ..ReportTable::default() });
            shown.remark(About::Trust, "more", "a remark");
        },
        ..Section::of(&[SectionFields {
            names: &["more"],
            put: |s, into| drop(into.insert("more".into(), json!(s.time_steps))),
            take: |object, _| object.need("more").and_then(|cursor| u32::load(&cursor)).is_some(),
        }])
    };

    fn summary() -> Summary {
        let text = include_str!("../../../hw_models/loihi.json");
        let chip = crate::hw::read(Document::parse("loihi.json", text).unwrap(), "loihi").unwrap();
        let graph = RandomSpec::parse("random:seed=1,neurons=32,cores=2").unwrap().generate().graph;
        let mapping = map::map(&graph, &chip, map::MappingOptions::default()).unwrap();
        let calibration = chip.calibration(None).unwrap();
        let system = system::build(&graph, &chip, calibration, &mapping, Contention::Modelled).unwrap();
        let result = run_sparse(&system, &graph, 5, Shards::default(), &Unwatched).unwrap();
        let context = Context { chip: &chip, calibration, graph: &graph, mapping: &mapping, system: &system };
        let header = RunHeader { network: "made".into(), timing: "event", threads: 1, ..RunHeader::default() };
        summarise_sparse(header, context, SparseInput { steps: 5, result: &result })
    }

    #[test]
    fn a_section_more_is_in_all_forms_and_is_read_back() {
        let (summary, sections) = (summary(), [SECTIONS, &[MORE]].concat());
        let report = json::write(&sections, &summary);
        assert_eq!(report["more"], json!(5));
        let printed = text::write(&sections, &summary, 80, text::Detail::Full);
        assert!(printed.contains("\nMore\n") && printed.contains("\nmore          a remark\n"), "{printed}");
        let page = show(&sections, &summary, To::Page);
        let table = page.tables.last().unwrap().page().into_string();
        assert!(table.contains("<h2>More</h2>") && table.contains("<td title=\"5.0\">five</td>"), "{table}");
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
    fn parts_write_the_fields_that_they_name_and_no_others() {
        let summary = summary();
        for part in SECTIONS.iter().flat_map(|section| section.parts) {
            let mut fields = JsonObject::new();
            (part.put)(&summary, &mut fields);
            let is_named = |name: &String| part.names.contains(&name.as_str());
            assert!(!part.names.is_empty() && fields.keys().all(is_named), "{:?}", part.names);
        }
    }
}
