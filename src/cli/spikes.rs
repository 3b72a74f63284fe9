//! Spikes of inputs, as named by arguments.

use super::Failure;
use crate::data::DataError;
use crate::net::graph::Graph;
use crate::net::spikes::{Fed, Feed, InputSpikes, RandomSpikes, SpikesError};
use std::path::Path;

/// Gives the spikes of all inputs for arguments such as `input.npy`, `random:rate=0.1` and `left=left.npy`.
pub(super) fn given(arguments: &[String], graph: &Graph) -> Result<Fed, Failure> {
    given_to(arguments, &graph.inputs())
}

/// Does the same for inputs given by name and size, in the network's order.
pub(super) fn given_to(arguments: &[String], inputs: &[(&str, u32)]) -> Result<Fed, Failure> {
    let mut feed = Feed::new(inputs).map_err(fail)?;
    for argument in arguments {
        let named = argument.split_once('=').filter(|_| !argument.starts_with("random:"));
        let (name, text) = named.map_or((None, argument.as_str()), |(name, text)| (Some(name), text));
        // Checks before a file is read.
        match feed.check(name, text.starts_with("random:")) {
            Err(SpikesError::Unnamed { inputs }) => {
                let inputs = inputs.join(", ");
                return Err(Failure(format!("--spikes: found \"{argument}\", expected NAME=SPIKES; inputs: {inputs}")));
            }
            other => other.map_err(fail)?,
        }
        feed.give(name, &read(text)?).map_err(fail)?;
    }
    feed.finish().map_err(fail)
}

/// An error in spikes, with the option that they come from; errors of a file name the file.
fn fail(error: SpikesError) -> Failure {
    match error {
        SpikesError::Neurons { .. } => Failure(error.to_string()),
        _ => Failure(format!("--spikes: {error}")),
    }
}

fn read(text: &str) -> Result<InputSpikes, Failure> {
    let spikes = match RandomSpikes::parse(text) {
        Some(random) => InputSpikes::random(random.map_err(|why| Failure(format!("--spikes: {why}")))?),
        None => InputSpikes::from_file(Path::new(text)).map_err(|error: DataError| Failure::from(error))?,
    };
    Ok(spikes.labelled(text))
}
