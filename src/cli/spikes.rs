//! Spikes of inputs, as arguments name them.

use super::Failure;
use crate::data::spike_trains;
use crate::net::graph::Graph;
use crate::net::spikes::RandomSpikes;
use std::path::Path;

/// Spikes of an input, (step from 1, neuron), and how many steps they take.
type Read = (Vec<(u32, u32)>, u32);

/// Most spikes that are made up for an input, in the mean.
const MAX_DRAWN: f64 = (1 << 25) as f64;

/// How the note on spikes begins.
pub(super) const NOTE: &str = "spikes of the inputs";

/// Spikes of the inputs of a network, and the steps that they take.
pub(super) struct Given {
    /// By input, in the network's order.
    pub(super) spikes: Vec<Vec<(u32, u32)>>,
    /// Steps of the longest.
    pub(super) steps: u32,
    /// What was given, for reports.
    pub(super) note: String,
}

/// Works out the spikes of all inputs of a network from arguments such as `input.npy`, `random:rate=0.1` and `left=left.npy`.
pub(super) fn given(arguments: &[String], graph: &Graph) -> Result<Given, Failure> {
    let inputs: Vec<(&str, u32)> = sources(graph).map(|(name, count, _)| (name, count)).collect();
    given_to(arguments, &inputs)
}

/// The spikes of a source up to a step.
pub(super) fn until(mut spikes: Vec<(u32, u32)>, step: u32) -> Vec<(u32, u32)> {
    spikes.retain(|(at, _)| *at <= step);
    spikes
}

/// Likewise of inputs by name and size, in the network's order.
pub(super) fn given_to(arguments: &[String], inputs: &[(&str, u32)]) -> Result<Given, Failure> {
    let names = || inputs.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ");
    if inputs.is_empty() {
        return Err(Failure("--spikes: the network has no inputs".into()));
    }
    let mut found: Vec<Option<Read>> = vec![None; inputs.len()];
    for argument in arguments {
        let named = argument.split_once('=').filter(|_| !argument.starts_with("random:"));
        let (place, text) = match named {
            None if inputs.len() == 1 || argument.starts_with("random:") => (None, argument.as_str()),
            None => {
                return Err(Failure(format!(
                    "--spikes: found \"{argument}\", expected NAME=SPIKES; inputs: {}",
                    names()
                )));
            }
            Some((name, text)) => match inputs.iter().position(|(input, _)| *input == name) {
                Some(place) => (Some(place), text),
                None => return Err(Failure(format!("--spikes: no input is called \"{name}\"; inputs: {}", names()))),
            },
        };
        for input in (0..inputs.len()).filter(|input| place.is_none_or(|place| place == *input)) {
            found[input] = Some(read(text, input, inputs[input])?);
        }
    }
    if let Some(missing) = found.iter().position(Option::is_none) {
        return Err(Failure(format!("--spikes: none for \"{}\"; inputs: {}", inputs[missing].0, names())));
    }
    let steps = found.iter().flatten().map(|(_, steps)| *steps).max().unwrap_or(1);
    let spikes = found.into_iter().flatten().map(|(spikes, _)| spikes).collect();
    Ok(Given { spikes, steps, note: format!("{NOTE}: {}", arguments.join(", ")) })
}

fn sources(graph: &Graph) -> impl Iterator<Item = (&str, u32, usize)> {
    let all = graph.populations.iter().filter(|population| population.source.is_some());
    all.enumerate().map(|(index, population)| (population.name.as_str(), population.count, index))
}

fn read(text: &str, input: usize, (name, neurons): (&str, u32)) -> Result<Read, Failure> {
    if let Some(spec) = RandomSpikes::parse(text) {
        let spec = spec.map_err(|why| Failure(format!("--spikes: {why}")))?;
        let about = f64::from(neurons) * f64::from(spec.steps) * spec.rate;
        if about > MAX_DRAWN {
            return Err(Failure(format!(
                "--spikes: {text} makes some {about:.0} spikes for the {neurons} neurons of \"{name}\", at most {MAX_DRAWN:.0}"
            )));
        }
        return Ok((spec.draw(input, neurons), spec.steps));
    }
    let trains = spike_trains(Path::new(text))?;
    if trains.neurons != neurons {
        let found = trains.neurons;
        return Err(Failure(format!("{text}: spikes of {found} neurons, the input \"{name}\" has {neurons}")));
    }
    Ok((trains.spikes, trains.steps))
}
