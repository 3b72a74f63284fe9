//! Spikes for all inputs of a network, given by name.

use super::given::{InputSpikes, SpikesError};
use super::random::{RandomSpikes, Train};

/// The first words of the note on spikes.
pub const NOTE: &str = "spikes of the inputs";

/// Spikes for the inputs of a network. Without any, every input gets the default random spikes.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Stimulus {
    given: Vec<(Option<String>, InputSpikes)>,
}

impl From<InputSpikes> for Stimulus {
    fn from(spikes: InputSpikes) -> Self {
        Self { given: vec![(None, spikes)] }
    }
}

impl From<RandomSpikes> for Stimulus {
    fn from(spikes: RandomSpikes) -> Self {
        InputSpikes::random(spikes).into()
    }
}

impl Stimulus {
    /// Adds spikes for the input with this name; later spikes replace earlier ones.
    #[must_use]
    pub fn with(mut self, name: impl Into<String>, spikes: InputSpikes) -> Self {
        self.given.push((Some(name.into()), spikes));
        self
    }

    /// Gives the spikes to the inputs of a network: names and neurons, in the network's order.
    ///
    /// # Errors
    /// Spikes that match no input or do not fit it, and inputs without spikes.
    pub fn feed(&self, inputs: &[(&str, u32)]) -> Result<Fed, SpikesError> {
        if self.given.is_empty() && inputs.is_empty() {
            let steps = RandomSpikes::default().steps;
            return Ok(Fed { spikes: Vec::new(), steps, note: "no inputs".into() });
        }
        let mut feed = Feed::new(inputs)?;
        if self.given.is_empty() {
            feed.give(None, &InputSpikes::random(RandomSpikes::default()))?;
        }
        for (name, spikes) in &self.given {
            feed.give(name.as_deref(), spikes)?;
        }
        feed.finish()
    }
}

/// The inputs of a network while they are given spikes.
#[derive(Clone, Debug)]
pub struct Feed<'i> {
    inputs: &'i [(&'i str, u32)],
    /// Spikes and steps by input.
    found: Vec<Option<(Train, u32)>>,
    labels: Vec<String>,
}

impl<'i> Feed<'i> {
    /// The inputs of a network: names and neurons, in the network's order.
    ///
    /// # Errors
    /// A network without inputs.
    pub fn new(inputs: &'i [(&'i str, u32)]) -> Result<Self, SpikesError> {
        if inputs.is_empty() {
            return Err(SpikesError::NoInputs);
        }
        Ok(Self { inputs, found: vec![None; inputs.len()], labels: Vec::new() })
    }

    /// Names of all inputs.
    pub fn names(&self) -> Vec<String> {
        self.inputs.iter().map(|(name, _)| (*name).to_owned()).collect()
    }

    /// Checks that there is an input for spikes with this name, or without one.
    ///
    /// # Errors
    /// A name that no input has. Spikes without a name for several inputs, unless they are random.
    pub fn check(&self, name: Option<&str>, random: bool) -> Result<(), SpikesError> {
        match name {
            Some(name) if self.inputs.iter().all(|(input, _)| *input != name) => {
                Err(SpikesError::Unknown { name: name.to_owned(), inputs: self.names() })
            }
            None if self.inputs.len() > 1 && !random => Err(SpikesError::Unnamed { inputs: self.names() }),
            _ => Ok(()),
        }
    }

    /// Gives spikes to the input with a name, or to all inputs; they replace earlier ones.
    ///
    /// # Errors
    /// As [`Feed::check`] and [`InputSpikes::train`].
    pub fn give(&mut self, name: Option<&str>, spikes: &InputSpikes) -> Result<(), SpikesError> {
        self.check(name, spikes.is_random())?;
        for (position, input) in self.inputs.iter().enumerate() {
            if name.is_none_or(|name| name == input.0) {
                self.found[position] = Some((spikes.train(position, *input)?, spikes.steps()));
            }
        }
        self.labels.push(match name {
            Some(name) => format!("{name}={}", spikes.label()),
            None => spikes.label().to_owned(),
        });
        Ok(())
    }

    /// The spikes of all inputs.
    ///
    /// # Errors
    /// An input without spikes.
    pub fn finish(self) -> Result<Fed, SpikesError> {
        if let Some(missing) = self.found.iter().position(Option::is_none) {
            return Err(SpikesError::Missing { name: self.inputs[missing].0.to_owned(), inputs: self.names() });
        }
        let steps = self.found.iter().flatten().map(|(_, steps)| *steps).max().unwrap_or(1);
        let note = format!("{NOTE}: {}", self.labels.join(", "));
        Ok(Fed { spikes: self.found.into_iter().flatten().map(|(spikes, _)| spikes).collect(), steps, note })
    }
}

/// Spikes of all inputs of a network.
#[derive(Clone, Debug, PartialEq)]
pub struct Fed {
    /// Trains by input, in the network's order.
    pub spikes: Vec<Train>,
    /// Steps of the longest train.
    pub steps: u32,
    /// Sentence on the spikes for reports.
    pub note: String,
}

impl Fed {
    /// The spikes up to a step.
    #[must_use]
    pub fn until(mut self, step: u32) -> Self {
        self.spikes.iter_mut().for_each(|train| train.retain(|(at, _)| *at <= step));
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inputs_get_spikes_by_name() {
        let inputs = [("left", 2), ("right", 3)];
        let raster = |neurons: usize| InputSpikes::from_raster(&vec![true; neurons], [1, neurons]).unwrap();
        let fed = Stimulus::default().with("right", raster(3)).with("left", raster(2)).feed(&inputs).unwrap();
        assert_eq!((&fed.spikes, fed.steps), (&vec![vec![(1, 0), (1, 1)], vec![(1, 0), (1, 1), (1, 2)]], 1));
        assert_eq!(fed.note, "spikes of the inputs: right=3 spikes in 1 step, left=2 spikes in 1 step");
        assert!(fed.until(0).spikes.iter().all(Vec::is_empty));
        // Random spikes are for all inputs; each gets its own.
        let random = RandomSpikes { rate: 0.5, steps: 9, seed: 2 };
        let fed = Stimulus::from(random).feed(&inputs).unwrap();
        assert_eq!((&fed.spikes, fed.steps), (&vec![random.draw(0, 2), random.draw(1, 3)], 9));
        assert_eq!(
            Stimulus::default().feed(&inputs).unwrap().note,
            "spikes of the inputs: random:rate=0.1,steps=100,seed=1"
        );
        assert_eq!(Stimulus::default().feed(&[]).unwrap().note, "no inputs");

        let error = |stimulus: Stimulus, inputs: &[(&str, u32)]| stimulus.feed(inputs).unwrap_err().to_string();
        assert_eq!(error(random.into(), &[]), "the network has no inputs");
        assert_eq!(
            error(Stimulus::default().with("lfet", raster(2)), &inputs),
            "no input is called \"lfet\"; inputs: left, right"
        );
        assert_eq!(
            error(raster(2).into(), &inputs),
            "the network has several inputs, name the one that spikes are for; inputs: left, right"
        );
        assert_eq!(
            error(Stimulus::default().with("left", raster(2)), &inputs),
            "none for \"right\"; inputs: left, right"
        );
        assert_eq!(
            error(Stimulus::default().with("left", raster(3).labelled("a.npy")), &inputs),
            "a.npy: spikes of 3 neurons, the input \"left\" has 2"
        );
        let many = RandomSpikes { rate: 1.0, steps: 1 << 20, seed: 0 };
        assert_eq!(
            error(many.into(), &[("in", 1000)]),
            "random:rate=1,steps=1048576,seed=0 makes some 1048576000 spikes for the 1000 neurons of \"in\", at most 33554432"
        );
    }
}
