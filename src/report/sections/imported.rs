//! An imported network beside the real one.

use super::section::*;
use crate::report::imported::ImportedNetwork;

pub(super) const SECTION: Section = Section { show, ..Section::of(&[fields!(imported = LeftOut)]) };

fn show(s: &Summary, shown: &mut Shown) {
    shown.appendix.extend(s.imported.as_ref().map(ImportedNetwork::table));
}
