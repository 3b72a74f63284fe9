//! Davidson and Furber's break-even: spikes per output at which a spiking network costs as much as an artificial one
//! on the same silicon, 12 E against 7 E.

use super::{Case, Finding, FindingKind, Trouble, ValidationBench};
use crate::report::UnitCosts;

pub(super) const CASE: Case = Case {
    name: "break-even",
    about: "spikes per output at which an SNN costs as much as an ANN on the same silicon",
    run,
};

fn run(_bench: &ValidationBench) -> Result<Vec<Finding>, Trouble> {
    let costs = UnitCosts::default();
    Ok(vec![Finding {
        case: "break-even, spikes per output".into(),
        ours: costs.break_even(),
        published: 1.72,
        unit: "spikes".into(),
        tolerance: Some(0.01),
        kind: FindingKind::Closure,
        source: "Davidson & Furber 2021, Front. Neurosci. 15:651141 (12E/7E, printed as 1.72)".into(),
        notes: vec![format!(
            "an ANN's synapse {} E, an SNN's {} E a spike, by the unit costs that `run --ann-costs` takes as well",
            costs.ann_synapse(),
            costs.snn_synapse()
        )],
    }])
}
