//! Which chip ran.

use super::Summary;
use crate::report::measure::Run;
use crate::report::saved::{Digest, fields};

pub(super) struct Section;

impl super::Section for Section {
    fields!(Summary { chip, structure as "chip_digest" = Digest });

    fn measure(run: &Run<'_>, s: &mut Summary) {
        s.chip.clone_from(&run.context.chip.name);
        s.structure = run.context.chip.structure;
    }
}
