//! Training frameworks: what their exporters leave out of a file, and how their files look.
//!
//! ```text
//!               dt                     integrator    reset                   inputs            spikes
//! snnTorch      τ/R = 1e-4             Euler         subtract, a step later  as defined        above θ
//! Norse         1e-6 (τ is dt/τ⁻¹)     Euler         zero                    CubaLIF: impulse  above θ
//! Sinabs        1 (τ in steps)         exponential   subtract                as defined        at θ
//! SpikingJelly  1/R or τ/R, else 1e-4  Euler         zero                    IF: current       at θ
//! ```
//!
//! These are the defaults of the frameworks: a file does not tell a neuron with another setting from one without.
//!
//! Sources: the exporters of snnTorch 1.0, Norse 1.1, Sinabs 2.0 and SpikingJelly 2.0, and recorded spikes of all.

use super::asked::{Asked, Framework, ResetRule};
use super::discrete::{CubaInput, FiresAt, IfInput, Integrator, LifInput};
use super::graph::{NirGraph, NirNode};
use super::lower::DEFAULT_DT;

/// Time step (s) of a file of Norse: its own step of 1 ms, times the one by which its exporter multiplies.
const NORSE_DT: f64 = 1e-6;
/// Time constants (s) of Norse are below this.
const NORSE_LONGEST: f64 = 5e-5;
/// Time constants of Sinabs are steps: at least this, read as seconds.
const SINABS_SHORTEST: f64 = 2.0;
/// Relative tolerance for what other programs computed in 32-bit floats.
const NEAR: f64 = 1e-5;

impl Framework {
    /// Adds its choices for all that was not asked for otherwise.
    pub(super) fn fill(self, graph: &NirGraph, asked: Asked) -> Asked {
        let found = || time_step(graph).unwrap_or(DEFAULT_DT);
        let (dt, integrator, reset) = match self {
            Self::Snntorch => (found(), Integrator::Euler, ResetRule::Snntorch),
            Self::Norse => (NORSE_DT, Integrator::Euler, ResetRule::Zero),
            Self::Sinabs => (1.0, Integrator::Exponential, ResetRule::Subtract),
            Self::SpikingJelly => (found(), Integrator::Euler, ResetRule::Zero),
        };
        let if_input = if self == Self::SpikingJelly { IfInput::Current } else { IfInput::Impulse };
        let cuba_input = if self == Self::Norse { CubaInput::Impulse } else { CubaInput::Defined };
        let fires = if matches!(self, Self::Sinabs | Self::SpikingJelly) { FiresAt::Reached } else { FiresAt::Above };
        Asked {
            dt: asked.dt.or(Some(dt)),
            integrator: asked.integrator.or(Some(integrator)),
            reset: asked.reset.or(Some(reset)),
            if_input: if asked.if_input == IfInput::Found { if_input } else { asked.if_input },
            cuba_input: asked.cuba_input.or(Some(cuba_input)),
            lif_input: asked.lif_input.or(Some(LifInput::Defined)),
            fires: asked.fires.or(Some(fires)),
            ..asked
        }
    }

    /// Sentences on its defaults that the file does not confirm, where its nodes depend on them.
    pub(super) fn assumes(self, graph: &NirGraph, asked: Asked) -> Vec<String> {
        let has = |kind: &str| graph.nodes.iter().any(|node| node.is(kind));
        let spikes = graph.nodes.iter().any(|node| node.kind.spikes());
        let mut found = Vec::new();
        match self {
            Self::Snntorch if spikes && asked.reset.is_none() => found.push(
                "the file does not say how its neurons reset: taken as their default, by subtraction one step later; \
                 for reset_mechanism=\"zero\" give `reset` zero"
                    .to_owned(),
            ),
            Self::Snntorch if asked.reset == Some(ResetRule::Zero) && has_loop(graph) => found.push(
                "recurrent neurons with reset_mechanism=\"zero\" also lose the input of the step after a spike, unless \
                 reset_delay=False: that loss cannot be expressed, and is left out"
                    .to_owned(),
            ),
            Self::Sinabs => {
                if (has("LIF") || has("LI")) && asked.lif_input.is_none() {
                    found.push(
                        "the file does not say whether inputs of LIF and ExpLeak are normalised: taken as their default, \
                         norm_input=True; for norm_input=False give `lif_input` impulse"
                            .to_owned(),
                    );
                }
                if spikes && asked.reset.is_none() {
                    found.push(
                        "the file does not say how its neurons reset: taken as their default, by subtraction; for \
                         MembraneReset give `reset` zero"
                            .to_owned(),
                    );
                }
            }
            _ => {}
        }
        if let Some(other) = Self::of(graph).filter(|other| *other != self) {
            found.push(format!("its parameters look like those of {}, not of {}", other.title(), self.title()));
        }
        found
    }

    /// The framework whose conventions the parameters of a file show, if they do.
    pub(super) fn of(graph: &NirGraph) -> Option<Self> {
        let neurons: Vec<&NirNode> = graph.nodes.iter().filter(|node| node.kind.is_neuron()).collect();
        let traced = traced_by_fx(graph);
        let all = |test: &dyn Fn(&NirNode) -> bool| !neurons.is_empty() && neurons.iter().all(|node| test(node));
        if all(&|node| node.is("IF") && quotient(node).is_some_and(|dt| dt < 0.5)) {
            return Some(Self::SpikingJelly);
        }
        let is_default = |dt: f64| (dt / DEFAULT_DT - 1.0).abs() <= NEAR;
        if all(&|node| tau(node).is_some() && (quotient(node).is_some_and(is_default) || never_decays(node))) {
            return Some(if traced { Self::SpikingJelly } else { Self::Snntorch });
        }
        let taus = |node: &NirNode, test: &dyn Fn(f64) -> bool| {
            is_one(node) && tau(node).is_some_and(|tau| tau.iter().all(|tau| test(*tau)))
        };
        if all(&|node| taus(node, &|tau| tau < NORSE_LONGEST)) {
            return Some(Self::Norse);
        }
        if all(&|node| !node.kind.name.starts_with("Cuba") && taus(node, &|tau| tau >= SINABS_SHORTEST)) {
            return Some(Self::Sinabs);
        }
        let decays = |node: &NirNode| node.is("LIF") && taus(node, &|tau| (DEFAULT_DT..0.1).contains(&tau));
        (traced && all(&decays)).then_some(Self::SpikingJelly)
    }
}

/// A sentence on who may have written a file whose open points nothing settles.
pub(super) fn hint(graph: &NirGraph, asked: Asked) -> Option<String> {
    if asked != Asked::default() || graph.dt.is_some() || !graph.metadata.is_empty() {
        return None;
    }
    if let Some(framework) = Framework::of(graph) {
        let (title, word) = (framework.title(), framework.name());
        return Some(format!(
            "the parameters look like those of {title}: `from` {word} reads what such files leave out as {title} means it"
        ));
    }
    let mut neurons = graph.nodes.iter().filter(|node| node.kind.is_neuron());
    let plain = neurons.clone().count() > 0 && neurons.all(|node| node.is("IF") && is_one(node));
    plain.then(|| {
        "neurons of IF with an R of 1 are written by Sinabs (`from` sinabs: a spike subtracts the threshold) and by Norse \
         (`from` norse: it resets to v_reset)"
            .to_owned()
    })
}

/// The time step of an R that is 1/dt or τ/dt, if all neurons agree on one.
fn time_step(graph: &NirGraph) -> Option<f64> {
    let mut steps = graph.nodes.iter().filter_map(quotient);
    let first = steps.next()?;
    // R is a number of 32 bits: 1e-4 is meant where 9.9999997e-5 is found.
    let digits: f64 = format!("{first:.5e}").parse().ok()?;
    steps.all(|dt| (dt / first - 1.0).abs() <= NEAR).then_some(digits)
}

/// τ/R of a node, or 1/R without a τ, if all of its neurons have the same, and R is not 1 for all.
fn quotient(node: &NirNode) -> Option<f64> {
    let r = node.array("r").filter(|_| !is_one(node) || tau(node).is_some_and(is_default_step))?;
    let ones = [1.0];
    let taus = tau(node).unwrap_or(&ones);
    let at = |values: &[f64], i: usize| {
        if values.len() == 1 { values[0] } else { values.get(i).copied().unwrap_or(f64::NAN) }
    };
    let quotients = (0..r.data.len().max(taus.len())).map(|i| at(taus, i) / at(&r.data, i));
    // Where both are infinite nothing can be said.
    let mut known = quotients.filter(|dt| !dt.is_nan());
    let first = known.next().filter(|dt| dt.is_finite() && *dt > 0.0)?;
    known.all(|dt| (dt / first - 1.0).abs() <= NEAR).then_some(first)
}

/// Whether a time constant is one default step: a neuron without memory has an R of 1.
fn is_default_step(taus: &[f64]) -> bool {
    taus.iter().all(|tau| (tau / DEFAULT_DT - 1.0).abs() <= NEAR)
}

fn tau(node: &NirNode) -> Option<&[f64]> {
    node.array("tau").or_else(|| node.array("tau_mem")).map(|array| array.data.as_slice())
}

fn never_decays(node: &NirNode) -> bool {
    let infinite = |values: &[f64]| values.iter().all(|value| value.is_infinite());
    tau(node).is_some_and(infinite) && node.array("r").is_some_and(|r| infinite(&r.data))
}

fn is_one(node: &NirNode) -> bool {
    node.array("r").is_some_and(|r| r.data.iter().all(|r| *r == 1.0))
}

/// Whether nodes have the names that PyTorch's symbolic tracer gives to the modules of a sequence.
fn traced_by_fx(graph: &NirGraph) -> bool {
    let numbered = |name: &str| name.strip_prefix('_').is_some_and(|rest| rest.parse::<u32>().is_ok());
    let mut others = graph.nodes.iter().filter(|node| !node.is("Input") && !node.is("Output"));
    others.clone().count() > 0 && others.all(|node| numbered(&node.name))
}

/// Whether spikes of a neuron come back to it.
fn has_loop(graph: &NirGraph) -> bool {
    let mut edges = petgraph::graph::DiGraph::<(), ()>::new();
    let nodes: Vec<_> = graph.nodes.iter().map(|_| edges.add_node(())).collect();
    for (from, to) in &graph.edges {
        edges.update_edge(nodes[*from], nodes[*to], ());
    }
    petgraph::algo::is_cyclic_directed(&edges)
}
