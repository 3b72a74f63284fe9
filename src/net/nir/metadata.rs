//! Metadata of a graph that settle choices left open by NIR: `export` writes them, and `import` follows them.
//!
//! | name                | value                                          | effect                                   |
//! |---------------------|------------------------------------------------|------------------------------------------|
//! | `dt`                | seconds                                        | the time step, if no option sets it      |
//! | `reset`             | `zero`, `subtract`, or `hard`, `soft` for them | the reset, if no option sets it          |
//! | `initial_potential` | `half the threshold, in hidden layers`         | the initial potential; otherwise it is 0 |
//! | `time_steps`        | a number                                       | steps of samples; of spikes, their own   |
//! | `input`             | form of the inputs                             | form of samples; a note                  |
//! | `current_step`      | a number, in units of the potential            | currents of samples are multiples of it  |
//! | `values`            | `integer` or `real`                            | a note                                   |
//!
//! A framework that is asked for (`frameworks`) comes before the metadata, and single options before both.
//!
//! NIR defines no metadata; other names are allowed and have no effect.

use super::asked::{Asked, ResetRule};
use super::discrete::LowerOptions;
use super::frameworks;
use super::graph::{Meta, NirGraph};
use crate::net::neuron::Reset;
use crate::net::samples::InputForm;
use crate::net::spikes::MAX_SPIKE_STEPS;

pub(super) const DT: &str = "dt";
pub(super) const TIME_STEPS: &str = "time_steps";
pub(super) const RESET: &str = "reset";
pub(super) const INPUT: &str = "input";
pub(super) const VALUES: &str = "values";
pub(super) const START: &str = "initial_potential";
pub(super) const CURRENT_STEP: &str = "current_step";

/// Inputs of an encoding layer.
pub(super) const INPUT_VALUES: &str = "values of 0 to 1, the same in every time step";
/// Inputs that are spikes already.
pub(super) const INPUT_SPIKES: &str = "spike trains";
/// Potentials of hidden layers begin at half their threshold.
pub(super) const START_HALF: &str = "half the threshold, in hidden layers";

/// Choices left open by NIR, settled.
#[derive(Clone, Debug, PartialEq)]
pub struct Settled {
    /// The options to lower the graph with.
    pub options: LowerOptions,
    /// Effect of a spike on the potential.
    pub reset: ResetRule,
    /// The form of the inputs, if the metadata give one.
    pub input: Option<InputForm>,
    /// Time steps of an inference, if the metadata give them.
    pub time_steps: Option<u32>,
    /// The step in which currents of samples are rounded, in units of the potential, if the metadata give one.
    pub current_step: Option<f64>,
    /// Values taken from the metadata, and options that contradict it, for people.
    pub notes: Vec<String>,
    /// A sentence on who may have written the file, if nothing settles what it leaves open.
    pub hint: Option<String>,
}

/// Settles choices left open by NIR: options come first, then the framework, then the metadata, then defaults.
pub fn settle(graph: &NirGraph, asked: Asked) -> Settled {
    let (mut taken, mut notes) = (Vec::new(), Vec::new());
    let hint = frameworks::hint(graph, asked);
    let asked = match asked.from {
        Some(from) => {
            notes.extend(from.assumes(graph, asked).into_iter().map(|text| format!("{}: {text}", from.title())));
            from.fill(graph, asked)
        }
        None => asked,
    };
    if let (Some(asked), Some(said)) = (asked.dt, graph.dt.filter(|said| asked.dt != Some(*said))) {
        notes.push(format!("a time step of {asked} s was asked for, against the file's metadata, which says {said} s"));
    }
    let said = text(graph, RESET, &mut notes).map(|word| (word, ResetRule::of(word)));
    match (asked.reset, said) {
        (Some(asked), Some((_, Some(said)))) if asked != said => {
            let (asked, said) = (asked.describe(), said.describe());
            notes.push(format!("reset {asked} was asked for, against the file's metadata, which says reset {said}"));
        }
        (None, Some((_, Some(said)))) => taken.push(format!("reset {}", said.describe())),
        (_, Some((word, None))) => {
            let known: Vec<&str> = ResetRule::WORDS.iter().flat_map(|(_, words)| *words).copied().collect();
            notes.push(format!("the metadata's reset \"{word}\" is not understood (known: {})", known.join(", ")));
        }
        _ => {}
    }
    let reset = asked.reset.or(said.and_then(|(_, rule)| rule)).unwrap_or(ResetRule::Zero);
    let start = text(graph, START, &mut notes);
    let half_start = start == Some(START_HALF);
    match start {
        Some(_) if half_start => taken.push("potentials of hidden layers begin at half their threshold".to_owned()),
        Some(other) => {
            notes.push(format!("the metadata's {START} \"{other}\" is not understood; potentials begin at 0"));
        }
        None => {}
    }
    let (input, time_steps, current_step) = samples(graph, &mut taken, &mut notes);
    if let Some(values) = text(graph, VALUES, &mut notes) {
        taken.push(format!("{values} weights"));
    }
    if !taken.is_empty() {
        notes.insert(0, format!("from the file's metadata: {}", taken.join("; ")));
    }
    let options = LowerOptions {
        dt: asked.dt,
        integrator: asked.integrator.unwrap_or_default(),
        reset: if reset == ResetRule::Zero { Reset::Zero } else { Reset::Subtract },
        late_reset: reset == ResetRule::Snntorch,
        if_input: asked.if_input,
        cuba_input: asked.cuba_input.unwrap_or_default(),
        lif_input: asked.lif_input.unwrap_or_default(),
        fires: asked.fires.unwrap_or_default(),
        max_spikes: asked.max_spikes.unwrap_or(1),
        half_start,
    };
    Settled { options, reset, input, time_steps, current_step, notes, hint }
}

/// What the metadata say of samples: the form of the inputs, the steps of an inference, and the step of currents.
fn samples(
    graph: &NirGraph,
    taken: &mut Vec<String>,
    notes: &mut Vec<String>,
) -> (Option<InputForm>, Option<u32>, Option<f64>) {
    let mut time_steps = None;
    match graph.metadata.get(TIME_STEPS) {
        Some(Meta::Number(steps)) => {
            let whole = steps.fract() == 0.0 && (1.0..=f64::from(MAX_SPIKE_STEPS)).contains(steps);
            time_steps = whole.then_some(*steps as u32);
            taken.push(format!("made for {steps} time steps"));
        }
        Some(Meta::Text(text)) => notes.push(format!("the metadata's {TIME_STEPS} \"{text}\" is no number")),
        None => {}
    }
    let mut input = None;
    match text(graph, INPUT, notes) {
        Some(INPUT_VALUES) => {
            input = Some(InputForm::Values);
            taken.push(
                "inputs are values of 0 to 1: constant currents of samples, or spikes, one in every step for a value of 1"
                    .to_owned(),
            );
        }
        Some(INPUT_SPIKES) => {
            input = Some(InputForm::Spikes);
            taken.push("inputs are spikes".to_owned());
        }
        Some(other) => taken.push(format!("inputs are said to be \"{other}\"; here they are spikes")),
        None => {}
    }
    let current_step = match graph.metadata.get(CURRENT_STEP) {
        Some(Meta::Number(step)) if step.is_finite() && *step > 0.0 => Some(*step),
        _ => None,
    };
    if let Some(step) = current_step {
        taken.push(format!("currents of samples are rounded to multiples of {step}"));
    }
    (input, time_steps, current_step)
}

/// A text of the metadata; a number in its place gives a note.
fn text<'g>(graph: &'g NirGraph, name: &str, notes: &mut Vec<String>) -> Option<&'g str> {
    match graph.metadata.get(name)? {
        Meta::Text(text) => Some(text),
        Meta::Number(number) => {
            notes.push(format!("the metadata's {name} is {number}, expected a text; it is not used"));
            None
        }
    }
}

/// Takes the time step from the metadata: a number, or a text of a number.
pub(super) fn time_step(graph: &mut NirGraph) {
    graph.dt = match graph.metadata.get(DT) {
        Some(Meta::Number(dt)) => Some(*dt),
        Some(Meta::Text(text)) => {
            let dt = text.trim().parse().ok();
            if dt.is_none() {
                graph.notes.push(format!("the metadata's dt \"{text}\" is no number of seconds; it is not used"));
            }
            dt
        }
        None => None,
    };
}
