//! Neurons with more inputs than a core takes are split: each share of their inputs is summed on a separate core, and
//! the neuron adds the sums.
//!
//! A partial-sum neuron ([`Model::PartialSum`]) adds its inputs of a time step and sends the sum in one packet, unless
//! it is zero; the split neuron adds it by a synapse of weight 1. So the neuron gets exactly the integer that it would
//! have got from its inputs, whatever its model, a step later:
//!
//! * In a layered network the layer's window begins a step later, as does everything after it: an inference takes a
//!   step more. Synapses that bypass a split layer get longer by a step. All neurons of a layer are split alike.
//! * In another network nothing may come later, so the step is taken off the delay of the input: inputs with a delay of
//!   two steps or more can be split, those of one step cannot.
//!
//! If there are more shares than a core takes, partial sums add up the shares again, a step for each level. A sum that
//! could need more bits than the chip sends is refused, not cut. [`shares`] divides the inputs.

mod build;
mod shares;

use super::{Arranged, MapError, Violation, tiles};
use crate::hw::{Chip, Stepping};
use crate::net::Graph;
use crate::net::graph::{MAX_DELAY, MAX_NEURONS, MAX_SYNAPSES};
use crate::progress::poll_at_row;
use shares::Shares;
use std::sync::Arc;
use thiserror::Error;

#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub(super) enum NotSplit {
    #[error("{0} sends no partial sums (core.partial_sums)")]
    NoPartialSums(String),
    #[error("{0} is free-running, and a partial sum is sent when a time step ends")]
    NoSteps(String),
    #[error("the network's neurons share axons, on which two spikes in a step are one and do not add up")]
    SharedAxons,
    #[error("the network itself says how many neurons are on a core")]
    FixedCores,
    #[error("a core that takes {0} input of a neuron cannot add up two")]
    OneInput(u64),
    #[error(
        "partial sums take {steps} of the steps of a delay, and a synapse into {population} has no more: with longer \
         delays it could be split"
    )]
    Delay { population: String, steps: u32 },
    #[error(
        "a partial sum of {population} can be {low} to {high}, which takes {bits} bits, and core.partial_sums.bits is {most}"
    )]
    Bits { population: String, low: i64, high: i64, bits: u32, most: u32 },
    #[error("a synapse around it would get a delay of {delay} steps, and {} are the most", MAX_DELAY)]
    Late { delay: u32 },
    #[error("with partial sums the network would have more than {} neurons or {} synapses", MAX_NEURONS, MAX_SYNAPSES)]
    TooLarge,
}

/// Origin of the step that a partial sum takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum StepSource {
    /// The layer, and everything after it, comes later.
    Layered,
    /// The delays of inputs, of which `steps` are used already.
    Other { steps: u32 },
}

/// Inputs of one neuron that a core takes.
#[derive(Clone, Copy, Debug)]
struct Most {
    synapses: u64,
    sources: u64,
}

impl Most {
    fn of(chip: &Chip) -> Self {
        let limits = &chip.core.limits;
        Self { synapses: limits.max_fan_in.map_or(u64::MAX, u64::from), sources: limits.max_axons_in.into() }
    }

    /// Number of inputs that always fits.
    fn inputs(self) -> u64 {
        self.synapses.min(self.sources)
    }
}

/// The network with the neurons split that the chip cannot hold whole; `None` if there are none.
pub(super) fn fitting(graph: &Graph, chip: &Chip) -> Result<Option<Graph>, NotSplit> {
    let most = Most::of(chip);
    let Some(mut wide) = wide(graph, most) else { return Ok(None) };
    let bits = chip.core.limits.partial_sums.ok_or_else(|| NotSplit::NoPartialSums(chip.name.clone()))?;
    if matches!(chip.stepping, Stepping::Free { .. }) {
        return Err(NotSplit::NoSteps(chip.name.clone()));
    }
    if !graph.axons.is_empty() {
        return Err(NotSplit::SharedAxons);
    }
    if graph.neurons_per_core.is_some() {
        return Err(NotSplit::FixedCores);
    }
    if most.inputs() < 2 {
        return Err(NotSplit::OneInput(most.inputs()));
    }
    // A sparse network may have feedback, even if its neurons rest at first.
    let layered = graph.is_layered();
    let mut carried = vec![(0, 1); graph.neurons()];
    let mut split: Option<Graph> = None;
    for steps in 1.. {
        let level = if layered { StepSource::Layered } else { StepSource::Other { steps } };
        let now = split.as_ref().unwrap_or(graph);
        if layered {
            whole_layers(now, &mut wide);
        }
        let parts = parts(now, chip, &wide, (most, layered));
        let next = build::build(now, &parts, &wide, (bits, level), &mut carried)?;
        let left = self::wide(&next, most);
        split = Some(next);
        match left {
            Some(left) => wide = left,
            None => break,
        }
    }
    Ok(split.map(|split| Graph { whole: Some(Arc::new(graph.clone())), ..split }))
}

/// Neurons with more inputs than a core takes; `None` if there are none, or if sums are refused anyway.
fn wide(graph: &Graph, most: Most) -> Option<Vec<bool>> {
    let n = graph.neurons();
    // Few networks have one; what follows takes several accesses all over the memory for each synapse.
    if graph.synapses.fan_in(n).into_iter().all(|synapses| u64::from(synapses) <= most.inputs()) {
        return None;
    }
    let (mut synapses, mut sources, mut last) = (vec![0u64; n], vec![0u64; n], vec![u32::MAX; n]);
    let mut magnitude = vec![0i64; n];
    for source in 0..n {
        poll_at_row(source, graph.synapses.fan_out(source));
        for (target, weight, _) in graph.synapses.added_row(source) {
            let target = target as usize;
            synapses[target] += 1;
            magnitude[target] += i64::from(weight.unsigned_abs());
            sources[target] += u64::from(std::mem::replace(&mut last[target], source as u32) != source as u32);
        }
    }
    if magnitude.iter().any(|sum| *sum > i64::from(i32::MAX)) {
        return None;
    }
    let wide: Vec<bool> =
        synapses.iter().zip(&sources).map(|(n, from)| *n > most.synapses || *from > most.sources).collect();
    wide.contains(&true).then_some(wide)
}

/// Splits all neurons of a layer if one of them is split.
fn whole_layers(graph: &Graph, wide: &mut [bool]) {
    for population in &graph.populations {
        if wide[population.range()].contains(&true) {
            wide[population.range()].fill(true);
        }
    }
}

/// Division of the inputs of each population in which a neuron is split.
fn parts(graph: &Graph, chip: &Chip, wide: &[bool], (most, layered): (Most, bool)) -> Vec<Option<Shares>> {
    let part = |at: usize| {
        wide[graph.populations[at].range()].contains(&true).then(|| {
            let alike = Shares::alike(graph, at, (most, layered), tiles::room(chip, 0));
            alike.unwrap_or_else(|| Shares::by_neuron(graph, at, most))
        })
    };
    (0..graph.populations.len()).map(part).collect()
}

/// Adds to broken limits why neurons were not split.
pub(super) fn explain_each(violations: &mut [Violation], reason: &NotSplit) {
    let of_inputs = ["core.max_fan_in", "core.max_axons_in"];
    for violation in violations.iter_mut().filter(|violation| of_inputs.contains(&violation.limit.as_str())) {
        violation.remedy += &format!("; not split: {reason}");
    }
}

/// Adds to broken limits of a mapping why neurons were not split.
pub(super) fn explain(arranged: Result<Arranged, MapError>, reason: &NotSplit) -> Result<Arranged, MapError> {
    match arranged {
        Ok(mut arranged) => {
            explain_each(&mut arranged.mapping.violations, reason);
            Ok(arranged)
        }
        Err(MapError::DoesNotFit { chip, mut violations }) => {
            explain_each(&mut violations, reason);
            Err(MapError::DoesNotFit { chip, violations })
        }
        error => error,
    }
}
