//! What a configuration changes of the network before it is trained: its training, and the widths of its hidden layers.

use crate::json::{nearest, unknown};
use crate::net::Architecture;
use crate::net::architecture::{Activation, LayerSpec, Loss, MAX_NEURONS_PER_LAYER, TrainingProposal, stages};
use std::collections::BTreeMap;
use std::fmt::Display;
use std::ops::RangeInclusive;
use std::str::FromStr;

/// Changes of a network that is trained again for them, by their names.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Retraining {
    /// Values, as they were written.
    pub changes: BTreeMap<String, String>,
}

type SetTraining = fn(&mut TrainingProposal, &str) -> Result<(), String>;

/// Settings of a training by name, with the ranges that a network's file has.
pub(super) const TRAINING: &[(&str, SetTraining)] = &[
    ("epochs", |training, text| within(text, 1..=10_000, "whole numbers").map(|n| training.epochs = n)),
    ("batch", |training, text| within(text, 2..=65_536, "whole numbers").map(|n| training.batch = n)),
    ("learning_rate", |training, text| within(text, 1e-7..=1.0, "numbers").map(|x| training.learning_rate = x)),
    ("weight_decay", |training, text| within(text, 0.0..=1.0, "numbers").map(|x| training.weight_decay = x)),
    ("dropout", |training, text| within(text, 0.0..=0.9, "numbers").map(|x| training.dropout = x)),
    ("loss", |training, text| word(text, Loss::NAMES).map(|at| training.loss = Loss::ALL[at])),
    ("activation", |training, text| word(text, Activation::NAMES).map(|at| training.activation = Activation::ALL[at])),
];

/// What names of widths begin with, before the name of the layer.
const WIDTH: &str = "width.";

fn within<T: FromStr + PartialOrd + Display>(text: &str, range: RangeInclusive<T>, what: &str) -> Result<T, String> {
    let wrong = || format!("found \"{text}\", allowed: {what} of {} to {}", range.start(), range.end());
    text.parse().ok().filter(|number| range.contains(number)).ok_or_else(wrong)
}

fn word(text: &str, words: &[&str]) -> Result<usize, String> {
    words.iter().position(|word| *word == text).ok_or_else(|| unknown(text, words))
}

impl Retraining {
    /// Whether a name is one of a change that needs a training.
    pub fn has(name: &str) -> bool {
        name.starts_with(WIDTH) || TRAINING.iter().any(|(known, _)| *known == name)
    }

    /// Sets a change; `None` if there is none of that name.
    pub(super) fn set(&mut self, name: &str, text: &str) -> Option<Result<(), String>> {
        let checked = match TRAINING.iter().find(|(known, _)| *known == name) {
            Some((_, set)) => set(&mut TrainingProposal::default(), text),
            None if name.starts_with(WIDTH) => width(text).map(drop),
            None => return None,
        };
        if checked.is_ok() {
            self.changes.insert(name.to_owned(), text.to_owned());
        }
        Some(checked)
    }

    /// Whether a layer has another width than in the network's file.
    pub fn changes_widths(&self) -> bool {
        self.changes.keys().any(|name| name.starts_with(WIDTH))
    }

    /// A network with the changes.
    ///
    /// # Errors
    /// What is wrong with them: layers that do not fit together, or are not there.
    pub fn of(&self, architecture: &Architecture) -> Result<Architecture, String> {
        let mut changed = architecture.clone();
        for (name, text) in &self.changes {
            match (name.strip_prefix(WIDTH), TRAINING.iter().find(|(known, _)| known == name)) {
                (Some(layer), _) => set_width(&mut changed.layers, hidden(architecture, layer)?, width(text)?),
                (None, Some((_, set))) => set(&mut changed.training, text)?,
                (None, None) => {}
            }
        }
        match stages(changed.input, &changed.layers) {
            Ok(_) => Ok(changed),
            Err(errors) => {
                let all: Vec<String> = errors.iter().map(|e| format!("layers[{}]: {}", e.layer, e.message)).collect();
                Err(all.join("; "))
            }
        }
    }

    /// Differences from the network that was named.
    pub(super) fn notes(&self) -> impl Iterator<Item = String> {
        self.changes.iter().map(|(name, text)| match name.strip_prefix(WIDTH) {
            Some(layer) => format!("trained with {text} outputs of {layer}"),
            None => format!("trained with {name} {text}"),
        })
    }

    /// Checks that a name of a width is that of a hidden layer.
    pub(super) fn check_name(name: &str, architecture: &Architecture) -> Result<(), String> {
        name.strip_prefix(WIDTH).map_or(Ok(()), |layer| hidden(architecture, layer).map(drop))
    }
}

fn width(text: &str) -> Result<u32, String> {
    within(text, 1..=MAX_NEURONS_PER_LAYER, "whole numbers")
}

/// The position, in the network's list of layers, of a hidden layer by its name in reports.
fn hidden(architecture: &Architecture, name: &str) -> Result<usize, String> {
    let all = architecture.stages();
    let names: Vec<&str> = all.iter().take(all.len().saturating_sub(1)).map(|stage| stage.name.as_str()).collect();
    let weighted = || architecture.layers.iter().enumerate().filter(|(_, layer)| layer.is_weighted());
    match names.iter().position(|known| *known == name).and_then(|at| weighted().nth(at)) {
        Some((at, _)) => Ok(at),
        None if all.last().is_some_and(|stage| stage.name == name) => Err(format!(
            "{WIDTH}{name}: the width of the output layer is that of its target; hidden layers of {}: {}",
            architecture.name,
            names.join(", ")
        )),
        None => {
            let near = nearest(name, &names).map_or(String::new(), |near| format!("; did you mean \"{WIDTH}{near}\"?"));
            let (network, names) = (&architecture.name, names.join(", "));
            Err(format!("{WIDTH}{name}: {network} has no hidden layer \"{name}\"; it has {names}{near}"))
        }
    }
}

fn set_width(layers: &mut [LayerSpec], at: usize, width: u32) {
    match layers.get_mut(at) {
        Some(LayerSpec::Dense { outputs, .. }) => *outputs = width,
        Some(LayerSpec::Conv2d { channels, .. }) => *channels = width,
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::catalog;

    fn mlp() -> Architecture {
        match catalog::network("digits-mlp").unwrap() {
            crate::net::Network::Untrained(architecture) => architecture,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_network_is_changed_by_names_of_its_layers() {
        let mut changes = Retraining::default();
        for (name, text) in [("width.dense1", "96"), ("learning_rate", "0.002"), ("epochs", "5")] {
            assert_eq!(changes.set(name, text), Some(Ok(())));
        }
        assert_eq!(changes.set("steps", "4"), None);
        let changed = changes.of(&mlp()).unwrap();
        let widths: Vec<usize> = changed.stages().iter().map(|stage| stage.op.outputs()).collect();
        assert_eq!(widths, [96, 64, 10]);
        assert_eq!((changed.training.epochs, changed.training.learning_rate), (5, 0.002));
        assert_eq!((changed.training.batch, &changed.name), (32, &"digits-mlp".to_owned()));
        assert_eq!(Retraining::default().of(&mlp()).unwrap(), mlp());
    }

    #[test]
    fn what_cannot_be_changed_is_refused() {
        let set = |name: &str, text: &str| Retraining::default().set(name, text).unwrap().unwrap_err();
        assert_eq!(set("width.dense1", "0"), "found \"0\", allowed: whole numbers of 1 to 4194304");
        assert_eq!(set("dropout", "1"), "found \"1\", allowed: numbers of 0 to 0.9");
        assert_eq!(set("loss", "msr"), "found \"msr\", allowed: cross_entropy, mse; did you mean \"mse\"?");
        let name = |name| Retraining::check_name(name, &mlp()).unwrap_err();
        assert_eq!(
            name("width.dens2"),
            "width.dens2: digits-mlp has no hidden layer \"dens2\"; it has dense1, dense2; did you mean \"width.dense2\"?"
        );
        assert_eq!(
            name("width.dense3"),
            "width.dense3: the width of the output layer is that of its target; hidden layers of digits-mlp: dense1, dense2"
        );
    }
}
