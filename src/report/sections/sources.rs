//! Where constants, structure, network and data are from.

use super::{About, Remark, Summary, To};
use crate::hw::Kind;
use crate::json::{Cursor, Object};
use crate::report::measure::Run;
use crate::report::price::{Citation, cite};
use crate::report::saved::{Fields, LONGEST};
use serde_json::{Value, json};

/// Kinds of citations that are not of constants.
const NOT_OF_CONSTANTS: [&str; 2] = ["structure", "reference"];

pub(super) struct Section;

impl super::Section for Section {
    fn names(into: &mut Vec<&'static str>) {
        into.push("sources");
    }

    fn put(s: &Summary, into: &mut Fields) {
        let source = |(what, kind, text): &Citation| json!({"what": what, "kind": kind, "source": text});
        into.insert("sources".into(), all(s).map(source).collect::<Value>());
    }

    fn take(object: &Object<'_>, s: &mut Summary) -> bool {
        let list = object.need("sources").and_then(|cursor| cursor.list(0..=LONGEST));
        let sources: Vec<Option<Citation>> = list.iter().flatten().map(read).collect();
        let sources: Option<Vec<Citation>> = sources.into_iter().collect();
        let Some(sources) = sources.filter(|_| list.is_some()) else { return false };
        let of_constants = |(_, kind, _): &Citation| !NOT_OF_CONSTANTS.contains(&kind.as_str());
        (s.pricing.sources, s.sources) = sources.into_iter().partition(of_constants);
        true
    }

    fn measure(run: &Run<'_>, s: &mut Summary) {
        let structure = run.context.chip.sources.iter();
        structure.for_each(|text| cite(&mut s.sources, "structure of the chip", "structure", text));
        s.header.sources.iter().for_each(|(what, text)| cite(&mut s.sources, what, "reference", text));
    }

    fn remarks(s: &Summary, _: To) -> Vec<Remark> {
        let remark =
            |(what, kind, source): &Citation| Remark::new(About::Trust, "source", format!("{what} [{kind}]: {source}"));
        all(s).map(remark).collect()
    }
}

/// Those of constants first.
fn all(s: &Summary) -> impl Iterator<Item = &Citation> {
    s.pricing.sources.iter().chain(&s.sources)
}

fn read(cursor: &Cursor<'_>) -> Option<Citation> {
    let object = cursor.object(&["what", "kind", "source"])?;
    let kinds: Vec<&str> = Kind::NAMES.iter().chain(&NOT_OF_CONSTANTS).copied().collect();
    let text = |name| object.need(name).and_then(|c| c.long_text()).map(str::to_owned);
    let (what, source) = (text("what"), text("source"));
    let kind = object.need("kind").and_then(|c| c.choice(&kinds)).map(|index| kinds[index].to_owned());
    Some((what?, kind?, source?))
}
