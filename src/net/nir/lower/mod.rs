//! From a graph to layers of neurons in time steps and the matrices between them.
//!
//! All linear nodes on a path between neurons become one matrix: convolutions, pools, scales, flattening, and parallel
//! paths, which add up (`flow`). Potentials of `LI` and `I` become currents of the neurons behind them (`filters`). Anything
//! that a chip cannot hold is refused by name.

mod filters;
mod flow;
mod layers;

use super::discrete::LowerOptions;
use super::graph::NirGraph;
use super::layers::Lowered;
use super::shapes::infer;
use crate::json::Problem;
use flow::{Lowering, MAX_WORK};
use std::collections::BTreeMap;

/// Time step (s) if neither the options nor the file give one: that of NIR's own examples.
pub const DEFAULT_DT: f64 = 1e-4;

/// Lowers a graph; reports all unsupported features at once.
pub fn lower(graph: &NirGraph, options: LowerOptions) -> Result<Lowered, Vec<Problem>> {
    let dt = options.dt.or(graph.dt).unwrap_or(DEFAULT_DT);
    if !(dt.is_finite() && dt > 0.0) {
        return Err(vec![Problem { path: "dt".into(), message: format!("found {dt}, expected seconds above 0") }]);
    }
    let (shapes, more) = infer(graph)?;
    let mut notes: Vec<String> = graph.notes.iter().cloned().chain(more).collect();
    if options.dt.is_none() {
        notes.push(match graph.dt {
            Some(_) => format!("time step of {dt} s, from the file's metadata"),
            None => format!("time step of {dt} s, because neither `dt` nor the file says one"),
        });
    }
    let sources = graph.sources();
    let mut uses = vec![0; graph.nodes.len()];
    for (from, to) in &graph.edges {
        // The input of an output is computed twice: to be passed on, and to be read out.
        uses[*from] += 1 + usize::from(graph.nodes[*to].is("Output"));
    }
    let mut lowering = Lowering {
        graph,
        sources,
        uses,
        shapes: &shapes,
        dt,
        room: Some(MAX_WORK),
        problems: Vec::new(),
        reach: BTreeMap::new(),
    };
    lowering.spread();
    let mut lowered = lowering.layers(options);
    if lowering.problems.is_empty() {
        notes.append(&mut lowered.notes);
        lowered.notes = notes;
        lowered.notes.extend(delay_note(&lowered));
        lowering.time(&mut lowered);
    }
    if lowering.problems.is_empty() { Ok(lowered) } else { Err(lowering.problems) }
}

/// A note on the difference of delays from whole steps.
fn delay_note(lowered: &Lowered) -> Option<String> {
    let most = lowered.layers.iter().map(|layer| layer.delay_error).fold(0.0, f64::max);
    let text = |most: f64| {
        let seconds = most * lowered.dt;
        format!(
            "delays are rounded to time steps, by at most {most:.3} of a step ({seconds:.3e} s); a shorter `dt` keeps them"
        )
    };
    (most > 0.0).then(|| text(most))
}
