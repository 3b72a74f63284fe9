//! An imported network beside the real one.

use super::section::*;
use crate::report::imported::ImportedNetwork;

pub(super) const SECTION: Section = Section { show, brief, ..Section::of(&[fields!(imported = LeftOut)]) };

fn brief(s: &Summary, brief: &mut Brief) {
    let Some(imported) = &s.imported else { return };
    brief.line(BriefPlace::Outcome, "real network", imported.in_short());
    imported.warnings.iter().for_each(|warning| brief.line(BriefPlace::Warnings, "warning", warning));
}

fn show(s: &Summary, shown: &mut Shown) {
    shown.appendix.extend(s.imported.as_ref().map(ImportedNetwork::table));
}
