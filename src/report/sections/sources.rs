//! Where constants, structure, network and data are from.

use super::section::*;
use crate::hw::ConstantKind;
use crate::report::price::{Citation, cite};

const NOT_OF_CONSTANTS: [&str; 2] = ["structure", "reference"];

pub(super) const SECTION: Section =
    Section { measure, show, ..Section::of(&[SectionFields { names: &["sources"], put, take }]) };

fn put(s: &Summary, into: &mut JsonObject) {
    let source = |(what, kind, text): &Citation| json!({"what": what, "kind": kind, "source": text});
    into.insert("sources".into(), all(s).map(source).collect::<Value>());
}

fn take(object: &Object<'_>, s: &mut Summary) -> bool {
    let sources = object.need("sources").and_then(|cursor| list(0..=LONGEST, read)(&cursor));
    let Some(sources) = sources else { return false };
    let of_constants = |(_, kind, _): &Citation| !NOT_OF_CONSTANTS.contains(&kind.as_str());
    (s.pricing.sources, s.sources) = sources.into_iter().partition(of_constants);
    true
}

fn measure(run: &MeasuredRun<'_>, s: &mut Summary) {
    let structure = run.context.chip.sources.iter();
    structure.for_each(|text| cite(&mut s.sources, "structure of the chip", "structure", text));
    s.header.sources.iter().for_each(|(what, text)| cite(&mut s.sources, what, "reference", text));
}

fn show(s: &Summary, shown: &mut Shown) {
    for (what, kind, source) in all(s) {
        shown.remark(About::Trust, "source", format!("{what} [{kind}]: {source}"));
    }
}

/// Those of constants first.
fn all(s: &Summary) -> impl Iterator<Item = &Citation> {
    s.pricing.sources.iter().chain(&s.sources)
}

fn read(cursor: &Cursor<'_>) -> Option<Citation> {
    let object = cursor.object(&["what", "kind", "source"])?;
    let kinds: Vec<&str> = ConstantKind::NAMES.iter().chain(&NOT_OF_CONSTANTS).copied().collect();
    let text = |name| object.need(name).and_then(|c| c.long_text()).map(str::to_owned);
    let (what, source) = (text("what"), text("source"));
    let kind = object.need("kind").and_then(|c| c.choice(&kinds)).map(|index| kinds[index].to_owned());
    Some((what?, kind?, source?))
}
