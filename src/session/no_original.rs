//! Networks that imported ones were made from, where the library was built without NIR.

use super::workload::Workload;
use crate::data::Split;
use crate::net::SparseNetwork;
use crate::report::Summary;
use crate::run::Watch;

/// Notes that a run of an imported network is not compared with the real one.
pub(super) fn add(summary: &mut Summary, workload: &Workload, _: Option<&Split>, _: (usize, &dyn Watch)) {
    let why = "not compared with real numbers: this program was built without NIR (feature \"nir\")";
    summary.header.notes.extend(workload.imported.as_ref().map(|_| why.to_owned()));
}

/// Nothing: without NIR no network is imported.
pub fn little_room(_: &SparseNetwork, _: u32) -> Option<String> {
    None
}
