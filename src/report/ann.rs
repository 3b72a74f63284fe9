//! The ANN of the same shape: its operations, published limits below which a spiking network can win, and what both
//! would cost on the same silicon by unit costs that anyone may replace. None of this is the energy of the chip that ran.

use super::saved::{record, word};
use super::table::{ENERGY_UNITS, UnitScale};
use super::unit_costs::UnitCosts;
use crate::json::Cursor;
use crate::net::quantised::Layered;

record! {
    /// The ANN of the same shape, and what it says of the run.
    pub struct Break {
        /// Multiply-accumulates of the ANN.
        pub macs: u64,
        /// Those of its first layer, which the spiking network computes too.
        pub first_layer_macs: u64,
        /// Synaptic operations per multiply-accumulate, first layer apart.
        pub synops_ratio: f64,
        /// Operations of all kinds per multiply-accumulate, first layer included.
        pub operations_ratio: f64,
        /// Published limits and where this run stands.
        pub limits: Vec<BreakEven> as "break_even",
        /// Costs of both on the same silicon.
        pub same_silicon: SameSilicon,
    }
}

record! {
    /// A published limit in spikes per synapse and inference.
    pub struct BreakEven {
        /// Publication.
        pub source: &'static str = word(&SOURCES),
        /// The limit (spikes per synapse and inference).
        pub limit: f64 as "spikes_per_synapse",
        /// Where this run stands.
        pub ours: f64,
        /// Whether this run is below the limit.
        pub below: bool,
    }
}

/// A limit: spikes per synapse and inference, or that much in each time step.
#[derive(Clone, Copy)]
enum Limit {
    Inference(f64),
    Step(f64),
}

const LIMITS: [(&str, Limit); 4] = [
    (
        "0.15 spikes per synapse, below which an SNN is cheaper (Dampfhoffer et al. 2023, IEEE TETCI)",
        Limit::Inference(0.15),
    ),
    (
        "1.38 spikes per synapse, above which an SNN is more expensive (Dampfhoffer et al. 2023, IEEE TETCI)",
        Limit::Inference(1.38),
    ),
    (
        "1.72 spikes per output on the same silicon (Davidson & Furber 2021, Front. Neurosci. 15:651141)",
        Limit::Inference(1.72),
    ),
    ("6.4 % of neurons spiking in a step, for 5 to 10 steps (Yan et al. 2024, arXiv:2409.08290v3)", Limit::Step(0.064)),
];

/// Sources of the limits, in the same order.
const SOURCES: [&str; LIMITS.len()] = {
    let (mut sources, mut index) = ([""; LIMITS.len()], 0);
    while index < LIMITS.len() {
        sources[index] = LIMITS[index].0;
        index += 1;
    }
    sources
};

record! {
    /// Costs of both networks on the same silicon.
    #[derive(Copy)]
    pub struct SameSilicon {
        /// The artificial network (pJ an inference).
        pub ann_pj: f64,
        /// The spiking one, its encoding layer computed once as in the artificial one (pJ an inference).
        pub snn_pj: f64,
        /// Spikes per synapse and inference at which both cost the same, membranes apart; out of reach, for which JSON
        /// has no number, where a spike costs nothing.
        pub break_even: f64 = |c: &Cursor<'_>| match c.is_null() {
            true => Some(f64::INFINITY),
            false => c.number(0.0..=f64::MAX),
        },
        /// The unit costs.
        pub costs: UnitCosts,
    }
    check |s, object| if s.break_even.is_infinite() && s.costs.break_even().is_finite() {
        object.problem("break_even is null, but a spike has a cost; expected a number");
    }
}

impl SameSilicon {
    fn of(costs: UnitCosts, done: &OperationCounts) -> Self {
        let pj = |units: f64| units * costs.unit_fj / 1e3;
        let encoding = done.first_layer_macs * costs.ann_synapse();
        let spiking = done.synops * costs.snn_synapse() + done.neuron_steps * costs.state;
        Self {
            ann_pj: pj(done.macs * costs.ann_synapse()),
            snn_pj: pj(encoding + spiking),
            break_even: costs.break_even(),
            costs,
        }
    }
}

/// Operations of an inference of either network.
struct OperationCounts {
    macs: f64,
    first_layer_macs: f64,
    synops: f64,
    neuron_steps: f64,
}

/// Compares the synaptic operations of an inference, and the neurons that were looked at, with the ANN's
/// multiply-accumulates.
pub(super) fn compare(network: &Layered, synops: f64, neuron_steps: f64, costs: UnitCosts) -> Break {
    let macs: u64 = network.layers.iter().map(|layer| layer.op.macs()).sum();
    // Of the layer that both networks compute alike; where spikes come in, there is none.
    let first_layer_macs = network.encoder_macs();
    let ratio = synops / (macs - first_layer_macs) as f64;
    let limit = |(source, limit): &(&'static str, Limit)| {
        let limit = match limit {
            Limit::Inference(spikes) => *spikes,
            Limit::Step(share) => share * f64::from(network.spec.time_steps),
        };
        BreakEven { source, limit, ours: ratio, below: ratio < limit }
    };
    let operations =
        OperationCounts { macs: macs as f64, first_layer_macs: first_layer_macs as f64, synops, neuron_steps };
    Break {
        macs,
        first_layer_macs,
        synops_ratio: ratio,
        operations_ratio: (synops + first_layer_macs as f64) / macs as f64,
        limits: LIMITS.iter().map(limit).collect(),
        same_silicon: SameSilicon::of(costs, &operations),
    }
}

impl SameSilicon {
    /// Costs of both networks on the same silicon.
    pub(super) fn text(&self) -> String {
        let scale = UnitScale::of([self.ann_pj, self.snn_pj], ENERGY_UNITS);
        let costs: Vec<String> =
            UnitCosts::NAMES.iter().zip(self.costs.values()).map(|(name, cost)| format!("{name} {cost}")).collect();
        let side = if self.snn_pj < self.ann_pj { "cheaper" } else { "more expensive" };
        format!(
            "on the same silicon, by unit costs and not on this chip: ANN {}, SNN {}, which is {side} ({})",
            scale.text(self.ann_pj),
            scale.text(self.snn_pj),
            costs.join(", ")
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn published_units_give_the_published_break_even() {
        let costs = UnitCosts::default();
        assert_eq!((costs.ann_synapse(), costs.snn_synapse()), (12.0, 7.0));
        assert!((costs.break_even() / 1.72 - 1.0).abs() < 0.01);
        // Without membranes and encoding, 12/7 spikes per synapse cost as much as the ANN.
        let done = OperationCounts { macs: 700.0, first_layer_macs: 0.0, synops: 1200.0, neuron_steps: 0.0 };
        let both = SameSilicon::of(costs, &done);
        assert_eq!(both.ann_pj, both.snn_pj);
        assert!((both.ann_pj - 700.0 * 12.0 * 0.06).abs() < 1e-9);
        // A membrane that is looked at is 6 units more, an encoding layer as much as in the ANN.
        let more = OperationCounts { neuron_steps: 10.0, first_layer_macs: 5.0, ..done };
        assert!((SameSilicon::of(costs, &more).snn_pj - both.snn_pj - (60.0 + 60.0) * 0.06).abs() < 1e-9);
    }
}
