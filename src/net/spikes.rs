//! Spikes of the inputs of a network: arrays, lists of events, files and random spikes, checked and given to inputs by name.
//!
//! ```text
//! InputSpikes ─ Feed::give (which input, does it fit) ─► Fed: trains of all inputs, steps, a note for reports
//! ```
//!
//! Random spikes are `random:rate=0.1,steps=100,seed=1`: every neuron of an input spikes in every step with the same
//! probability, from a stream of its own. Files are read by `data`, which adds `InputSpikes::from_file`.

use crate::rng::{Domain, mix, stream};
use rand::Rng;
use std::fmt;

/// Spikes of an input, (step from 1, neuron), by step.
pub type Train = Vec<(u32, u32)>;

/// How spikes are drawn.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RandomSpikes {
    /// Probability of a spike in a step, 0 to 1.
    pub rate: f64,
    /// Number of steps.
    pub steps: u32,
    /// Seed.
    pub seed: u64,
}

const PREFIX: &str = "random:";
/// Most steps of spikes.
pub const MAX_SPIKE_STEPS: u32 = 1 << 20;
/// Most spikes that an array or a list of events may have.
pub const MAX_GIVEN: usize = 1 << 22;
/// Most spikes that are drawn for an input, on average.
const MAX_DRAWN: f64 = (1 << 25) as f64;
/// The first words of the note on spikes.
pub const NOTE: &str = "spikes of the inputs";

impl Default for RandomSpikes {
    fn default() -> Self {
        Self { rate: 0.1, steps: 100, seed: 1 }
    }
}

impl fmt::Display for RandomSpikes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{PREFIX}rate={},steps={},seed={}", self.rate, self.steps, self.seed)
    }
}

impl RandomSpikes {
    /// Reads `random:rate=…,steps=…,seed=…`; what is left out has its default. None of a text that begins otherwise.
    pub fn parse(text: &str) -> Option<Result<Self, String>> {
        let list = text.strip_prefix(PREFIX)?;
        let mut found = Self::default();
        for pair in list.split(',').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let sound = match name {
                "rate" => value.parse().ok().filter(|rate| (0.0..=1.0).contains(rate)).map(|rate| found.rate = rate),
                "steps" => value.parse().ok().filter(|n| (1..=MAX_SPIKE_STEPS).contains(n)).map(|n| found.steps = n),
                "seed" => value.parse().ok().map(|seed| found.seed = seed),
                _ => return Some(Err(format!("unknown \"{name}\"; known: rate, steps, seed"))),
            };
            if sound.is_none() {
                let allowed = format!("rate 0 to 1, steps 1 to {MAX_SPIKE_STEPS}, seed a whole number");
                return Some(Err(format!("found \"{name}={value}\", allowed: {allowed}")));
            }
        }
        Some(Ok(found))
    }

    /// The spikes of an input of so many neurons, (step from 1, neuron), by step; `input` tells inputs apart.
    pub fn draw(&self, input: usize, neurons: u32) -> Train {
        // Of 2^64 values a share of `rate` spikes.
        let below = (self.rate * 2f64.powi(64)) as u64;
        let mut spikes = Vec::new();
        for neuron in 0..neurons {
            let mut stream = stream(mix(self.seed ^ input as u64), Domain::InputSpikes, neuron.into());
            for step in 1..=self.steps {
                if stream.next_u64() < below || self.rate >= 1.0 {
                    spikes.push((step, neuron));
                }
            }
        }
        spikes.sort_unstable();
        spikes
    }
}

/// An error in spikes, or in the input that they are given to.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum SpikesError {
    /// The network has no inputs.
    #[error("the network has no inputs")]
    NoInputs,
    /// No input has this name.
    #[error("no input is called \"{name}\"; inputs: {}", inputs.join(", "))]
    Unknown {
        /// The name.
        name: String,
        /// Names of the inputs.
        inputs: Vec<String>,
    },
    /// Spikes without the name of an input, where there are several inputs.
    #[error("the network has several inputs, name the one that spikes are for; inputs: {}", inputs.join(", "))]
    Unnamed {
        /// Names of the inputs.
        inputs: Vec<String>,
    },
    /// An input was given no spikes.
    #[error("none for \"{name}\"; inputs: {}", inputs.join(", "))]
    Missing {
        /// The name of the input.
        name: String,
        /// Names of the inputs.
        inputs: Vec<String>,
    },
    /// The spikes are those of another number of neurons.
    #[error("{label}: spikes of {found} neurons, the input \"{name}\" has {expected}")]
    Neurons {
        /// The label of the spikes.
        label: String,
        /// Neurons of the spikes.
        found: u32,
        /// Name of the input.
        name: String,
        /// Neurons of the input.
        expected: u32,
    },
    /// Too many random spikes.
    #[error("{label} makes some {about:.0} spikes for the {neurons} neurons of \"{name}\", at most {MAX_DRAWN:.0}")]
    TooManyDrawn {
        /// The label of the spikes.
        label: String,
        /// The number of spikes to expect.
        about: f64,
        /// Neurons of the input.
        neurons: u32,
        /// Name of the input.
        name: String,
    },
    /// The values make no spikes.
    #[error("{0}")]
    Values(String),
}

/// Spikes for an input, which it may get if it has as many neurons.
#[derive(Clone, Debug, PartialEq)]
pub struct InputSpikes {
    kind: Kind,
    label: String,
}

#[derive(Clone, Debug, PartialEq)]
enum Kind {
    Random(RandomSpikes),
    Fixed { spikes: Train, steps: u32, neurons: u32 },
}

impl InputSpikes {
    /// Spikes where an array of time steps by neurons is true; row after row.
    ///
    /// # Errors
    /// An array of another length than its shape, or of more steps or spikes than a run can have.
    pub fn from_raster(raster: &[bool], [steps, neurons]: [usize; 2]) -> Result<Self, SpikesError> {
        if steps.checked_mul(neurons) != Some(raster.len()) {
            let found = raster.len();
            return Err(SpikesError::Values(format!("{found} values, expected {steps} steps of {neurons} neurons")));
        }
        let (count, each) = (size(steps, "steps")?, size(neurons, "neurons")?);
        let mut spikes = Vec::new();
        for (step, row) in (1..=count).zip(raster.chunks_exact(neurons.max(1))) {
            spikes.extend((0..each).zip(row).filter(|(_, spikes)| **spikes).map(|(neuron, _)| (step, neuron)));
        }
        Self::checked(spikes, count, each)
    }

    /// Spikes as a list of (step from 1, neuron), in any order, over `steps` steps of `neurons` neurons.
    ///
    /// # Errors
    /// A spike outside of these, or two of a neuron in a step; more steps or spikes than a run can have.
    pub fn from_events(events: &[(u32, u32)], steps: u32, neurons: u32) -> Result<Self, SpikesError> {
        let outside = |(step, neuron): &(u32, u32)| !(1..=steps).contains(step) || *neuron >= neurons;
        if let Some(index) = events.iter().position(outside) {
            let (step, neuron) = events[index];
            return Err(SpikesError::Values(format!(
                "spike {index} is ({step}, {neuron}); allowed: steps 1 to {steps}, neurons below {neurons}"
            )));
        }
        let mut spikes = events.to_vec();
        spikes.sort_unstable();
        if let Some(twice) = spikes.windows(2).find(|pair| pair[0] == pair[1]) {
            let (step, neuron) = twice[0];
            return Err(SpikesError::Values(format!("neuron {neuron} spikes twice in step {step}")));
        }
        Self::checked(spikes, steps, neurons)
    }

    /// Spikes that are drawn for the input that gets them.
    pub fn random(spikes: RandomSpikes) -> Self {
        Self { label: spikes.to_string(), kind: Kind::Random(spikes) }
    }

    fn checked(spikes: Train, steps: u32, neurons: u32) -> Result<Self, SpikesError> {
        if steps > MAX_SPIKE_STEPS {
            return Err(SpikesError::Values(format!("{steps} steps, at most {MAX_SPIKE_STEPS}")));
        }
        if spikes.len() > MAX_GIVEN {
            return Err(SpikesError::Values(format!("more than {MAX_GIVEN} spikes")));
        }
        Ok(Self::of(spikes, steps, neurons))
    }

    /// Spikes that are known to be sound, by step.
    pub(crate) fn of(spikes: Train, steps: u32, neurons: u32) -> Self {
        let many = |count: usize| if count == 1 { "" } else { "s" };
        let count = spikes.len();
        let label = format!("{count} spike{} in {steps} step{}", many(count), many(steps as usize));
        Self { label, kind: Kind::Fixed { spikes, steps, neurons } }
    }

    /// The spikes with another label, under which notes and errors name them.
    #[must_use]
    pub fn labelled(mut self, label: impl Into<String>) -> Self {
        self.label = label.into();
        self
    }

    /// Steps that they take.
    pub fn steps(&self) -> u32 {
        match &self.kind {
            Kind::Random(random) => random.steps,
            Kind::Fixed { steps, .. } => *steps,
        }
    }

    /// Neurons that they are of; none of random spikes, which any number of neurons has.
    pub fn neurons(&self) -> Option<u32> {
        match &self.kind {
            Kind::Random(_) => None,
            Kind::Fixed { neurons, .. } => Some(*neurons),
        }
    }

    /// Whether they are drawn.
    pub fn is_random(&self) -> bool {
        matches!(self.kind, Kind::Random(_))
    }

    /// The train for an input: its position, name and neurons.
    ///
    /// # Errors
    /// Spikes of another number of neurons, or more random spikes than memory should be asked for.
    pub fn train(&self, position: usize, (name, neurons): (&str, u32)) -> Result<Train, SpikesError> {
        let (label, name) = (self.label.clone(), name.to_owned());
        match &self.kind {
            Kind::Random(random) => {
                let about = f64::from(neurons) * f64::from(random.steps) * random.rate;
                if about > MAX_DRAWN {
                    return Err(SpikesError::TooManyDrawn { label, about, neurons, name });
                }
                Ok(random.draw(position, neurons))
            }
            Kind::Fixed { neurons: found, .. } if *found != neurons => {
                Err(SpikesError::Neurons { label, found: *found, name, expected: neurons })
            }
            Kind::Fixed { spikes, .. } => Ok(spikes.clone()),
        }
    }
}

fn size(value: usize, what: &str) -> Result<u32, SpikesError> {
    u32::try_from(value).map_err(|_| SpikesError::Values(format!("{value} {what} are too many")))
}

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
    /// Adds spikes for the input of a name; later spikes replace earlier ones.
    #[must_use]
    pub fn with(mut self, name: impl Into<String>, spikes: InputSpikes) -> Self {
        self.given.push((Some(name.into()), spikes));
        self
    }

    /// Gives them to the inputs of a network: names and neurons, in the network's order.
    ///
    /// # Errors
    /// Spikes for no input or that do not fit one, and inputs without spikes.
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

/// The inputs of a network, while they are given spikes.
#[derive(Clone, Debug)]
pub struct Feed<'i> {
    inputs: &'i [(&'i str, u32)],
    /// By input: its spikes and their steps.
    found: Vec<Option<(Train, u32)>>,
    labels: Vec<String>,
}

impl<'i> Feed<'i> {
    /// The inputs of a network by name and neurons, in its order.
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

    /// Checks that spikes for an input of this name, or without one, have an input.
    ///
    /// # Errors
    /// A name that no input has. Spikes without a name where there are several inputs, unless they are random.
    pub fn check(&self, name: Option<&str>, random: bool) -> Result<(), SpikesError> {
        match name {
            Some(name) if self.inputs.iter().all(|(input, _)| *input != name) => {
                Err(SpikesError::Unknown { name: name.to_owned(), inputs: self.names() })
            }
            None if self.inputs.len() > 1 && !random => Err(SpikesError::Unnamed { inputs: self.names() }),
            _ => Ok(()),
        }
    }

    /// Gives spikes to the input of a name, or to all inputs; they replace earlier ones.
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
            Some(name) => format!("{name}={}", spikes.label),
            None => spikes.label.clone(),
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
    /// By input, in the network's order.
    pub spikes: Vec<Train>,
    /// Steps of the longest.
    pub steps: u32,
    /// The sentence on them for reports.
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
    fn spikes_come_at_their_rate_and_no_problem_is_swallowed() {
        let spec = RandomSpikes::parse("random:rate=0.25,steps=1000,seed=7").unwrap().unwrap();
        assert_eq!(RandomSpikes::parse(&spec.to_string()).unwrap().unwrap(), spec);
        let spikes = spec.draw(0, 40);
        // 40,000 draws: five standard deviations are 433.
        assert!(spikes.len().abs_diff(10_000) < 433, "{}", spikes.len());
        assert!(spikes.windows(2).all(|pair| pair[0] < pair[1]));
        assert_ne!(spikes, spec.draw(1, 40));
        assert_eq!(RandomSpikes { rate: 1.0, steps: 3, seed: 0 }.draw(0, 2).len(), 6);
        assert!(RandomSpikes { rate: 0.0, ..spec }.draw(0, 40).is_empty());
        assert_eq!(RandomSpikes::parse("random:").unwrap().unwrap(), RandomSpikes::default());
        assert!(RandomSpikes::parse("spikes.npy").is_none());
        for wrong in ["random:rate=2", "random:rat=0.1", "random:steps=0", "random:seed=x", "random:rate"] {
            assert!(RandomSpikes::parse(wrong).unwrap().is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_raster_and_its_events_are_the_same_spikes() {
        let raster = [false, true, false, true, false, true];
        let one = InputSpikes::from_raster(&raster, [2, 3]).unwrap();
        let other = InputSpikes::from_events(&[(2, 2), (1, 1), (2, 0)], 2, 3).unwrap();
        assert_eq!(one, other);
        assert_eq!((one.steps(), one.neurons()), (2, Some(3)));
        assert_eq!(one.train(0, ("in", 3)).unwrap(), [(1, 1), (2, 0), (2, 2)]);
        // Neither steps nor neurons: no spikes, and no panic.
        for shape in [[0, 0], [0, 3], [2, 0]] {
            assert_eq!(InputSpikes::from_raster(&[], shape).unwrap().train(0, ("in", shape[1] as u32)), Ok(vec![]));
        }
    }

    #[test]
    fn unsound_spikes_are_errors() {
        let text = |found: Result<InputSpikes, SpikesError>| found.unwrap_err().to_string();
        assert_eq!(text(InputSpikes::from_raster(&[true; 5], [2, 3])), "5 values, expected 2 steps of 3 neurons");
        assert!(InputSpikes::from_raster(&[], [usize::MAX, usize::MAX]).is_err());
        assert!(InputSpikes::from_raster(&[], [usize::MAX, 0]).is_err());
        let outside = "spike 1 is (0, 1); allowed: steps 1 to 4, neurons below 2";
        assert_eq!(text(InputSpikes::from_events(&[(1, 1), (0, 1)], 4, 2)), outside);
        assert!(
            InputSpikes::from_events(&[(5, 1)], 4, 2).is_err() && InputSpikes::from_events(&[(1, 2)], 4, 2).is_err()
        );
        assert_eq!(text(InputSpikes::from_events(&[(3, 1), (3, 1)], 4, 2)), "neuron 1 spikes twice in step 3");
        assert!(InputSpikes::from_events(&[], u32::MAX, 2).is_err());
    }

    #[test]
    fn inputs_get_spikes_by_name() {
        let inputs = [("left", 2), ("right", 3)];
        let raster = |neurons: usize| InputSpikes::from_raster(&vec![true; neurons], [1, neurons]).unwrap();
        let fed = Stimulus::default().with("right", raster(3)).with("left", raster(2)).feed(&inputs).unwrap();
        assert_eq!((&fed.spikes, fed.steps), (&vec![vec![(1, 0), (1, 1)], vec![(1, 0), (1, 1), (1, 2)]], 1));
        assert_eq!(fed.note, "spikes of the inputs: right=3 spikes in 1 step, left=2 spikes in 1 step");
        assert!(fed.until(0).spikes.iter().all(Vec::is_empty));
        // Random spikes are for all inputs, each with its own.
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
