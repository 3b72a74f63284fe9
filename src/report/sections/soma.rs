//! How the neurons stand to the chip's own.

use super::{About, Remark, Summary, To};
use crate::report::measure::Run;
use crate::report::saved::{AnyText, fields};

pub(super) struct Section;

impl super::Section for Section {
    fields!(Summary { soma = AnyText });

    fn measure(run: &Run<'_>, s: &mut Summary) {
        let mut somas: Vec<String> = Vec::new();
        let own = run.context.graph.whole().populations.iter();
        for population in own.filter(|p| p.source.is_none() && p.params.fires) {
            let statement = run.context.chip.soma_statement(&population.params);
            if !somas.contains(&statement) {
                somas.push(statement);
            }
        }
        s.soma = somas.join("; ");
    }

    fn remarks(s: &Summary, _: To) -> Vec<Remark> {
        let soma = (!s.soma.is_empty()).then(|| Remark::new(About::Trust, "soma", s.soma.clone()));
        soma.into_iter().collect()
    }
}
