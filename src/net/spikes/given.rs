//! Spikes for an input: from an array, a list of events or a file, or random.

use super::random::{MAX_SPIKE_STEPS, RandomSpikes, Train};

/// Most spikes in an array or a list of events.
#[doc(hidden)]
pub const MAX_GIVEN: usize = 1 << 22;
/// Most spikes drawn for an input, on average.
const MAX_DRAWN: f64 = (1 << 25) as f64;

/// An error in spikes, or in their input.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum SpikesError {
    /// The network has no inputs.
    #[error("the network has no inputs")]
    NoInputs,
    /// No input has this name.
    #[error("no input is called \"{name}\"; inputs: {}", inputs.join(", "))]
    Unknown {
        /// The unknown name.
        name: String,
        /// Names of the inputs.
        inputs: Vec<String>,
    },
    /// Spikes without the name of an input, with several inputs.
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
    /// The spikes have another number of neurons.
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
    /// The values are not spikes.
    #[error("{0}")]
    Values(String),
}

/// Spikes for any input with the same number of neurons.
#[derive(Clone, Debug, PartialEq)]
pub struct InputSpikes {
    kind: SpikesFrom,
    label: String,
}

#[derive(Clone, Debug, PartialEq)]
enum SpikesFrom {
    Random(RandomSpikes),
    Fixed { spikes: Train, steps: u32, neurons: u32 },
}

impl InputSpikes {
    /// Spikes at the true values of an array of time steps by neurons, row after row.
    ///
    /// # Errors
    /// An array whose length differs from its shape, or with more steps or spikes than a run can have.
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

    /// Spikes at the ones of an array of bytes of time steps by neurons, row after row. Where nothing spikes it is read fast.
    ///
    /// # Errors
    /// As [`InputSpikes::from_raster`], and values other than 0 and 1.
    pub fn from_bytes(raster: &[u8], [steps, neurons]: [usize; 2]) -> Result<Self, SpikesError> {
        const AT_ONCE: usize = 64;
        if steps.checked_mul(neurons) != Some(raster.len()) {
            let found = raster.len();
            return Err(SpikesError::Values(format!("{found} values, expected {steps} steps of {neurons} neurons")));
        }
        let (count, each) = (size(steps, "steps")?, size(neurons, "neurons")?);
        let mut spikes = Vec::new();
        for (part, values) in raster.chunks(AT_ONCE).enumerate() {
            if values.iter().fold(0, |all, value| all | value) == 0 {
                continue;
            }
            for (index, value) in (part * AT_ONCE..).zip(values).filter(|(_, value)| **value != 0) {
                if *value != 1 {
                    return Err(SpikesError::Values(format!("value {index} is {value}, expected 0 or 1")));
                }
                spikes.push(((index / neurons) as u32 + 1, (index % neurons) as u32));
            }
        }
        Self::checked(spikes, count, each)
    }

    /// Spikes as a list of (step from 1, neuron), in any order, over `steps` steps of `neurons` neurons.
    ///
    /// # Errors
    /// A spike outside this range, or two spikes of a neuron in a step; more steps or spikes than a run can have.
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

    /// Random spikes, drawn for the input that gets them.
    pub fn random(spikes: RandomSpikes) -> Self {
        Self { label: spikes.to_string(), kind: SpikesFrom::Random(spikes) }
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

    /// Valid spikes, by step.
    pub(crate) fn of(spikes: Train, steps: u32, neurons: u32) -> Self {
        let many = |count: usize| if count == 1 { "" } else { "s" };
        let count = spikes.len();
        let label = format!("{count} spike{} in {steps} step{}", many(count), many(steps as usize));
        Self { label, kind: SpikesFrom::Fixed { spikes, steps, neurons } }
    }

    /// The spikes with another label, by which notes and errors name them.
    #[must_use]
    pub fn labelled(mut self, label: impl Into<String>) -> Self {
        self.label = label.into();
        self
    }

    /// Label of the spikes.
    pub fn label(&self) -> &str {
        &self.label
    }

    /// Number of steps.
    pub fn steps(&self) -> u32 {
        match &self.kind {
            SpikesFrom::Random(random) => random.steps,
            SpikesFrom::Fixed { steps, .. } => *steps,
        }
    }

    /// Number of neurons; `None` for random spikes, which fit any number of neurons.
    pub fn neurons(&self) -> Option<u32> {
        match &self.kind {
            SpikesFrom::Random(_) => None,
            SpikesFrom::Fixed { neurons, .. } => Some(*neurons),
        }
    }

    /// Whether the spikes are random.
    pub fn is_random(&self) -> bool {
        matches!(self.kind, SpikesFrom::Random(_))
    }

    /// The train for an input: its position, name and neurons.
    ///
    /// # Errors
    /// Spikes of another number of neurons, or more random spikes than memory allows.
    pub fn train(&self, position: usize, (name, neurons): (&str, u32)) -> Result<Train, SpikesError> {
        let (label, name) = (self.label.clone(), name.to_owned());
        match &self.kind {
            SpikesFrom::Random(random) => {
                let about = f64::from(neurons) * f64::from(random.steps) * random.rate;
                if about > MAX_DRAWN {
                    return Err(SpikesError::TooManyDrawn { label, about, neurons, name });
                }
                Ok(random.draw(position, neurons))
            }
            SpikesFrom::Fixed { neurons: found, .. } if *found != neurons => {
                Err(SpikesError::Neurons { label, found: *found, name, expected: neurons })
            }
            SpikesFrom::Fixed { spikes, .. } => Ok(spikes.clone()),
        }
    }
}

fn size(value: usize, what: &str) -> Result<u32, SpikesError> {
    u32::try_from(value).map_err(|_| SpikesError::Values(format!("{value} {what} are too many")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_the_raster_of_their_ones() {
        let raster: Vec<bool> = (0..30 * 7).map(|index| index % 11 == 0 && !(60..170).contains(&index)).collect();
        let bytes: Vec<u8> = raster.iter().map(|spikes| u8::from(*spikes)).collect();
        assert_eq!(InputSpikes::from_bytes(&bytes, [30, 7]), InputSpikes::from_raster(&raster, [30, 7]));
        assert!(InputSpikes::from_bytes(&bytes, [30, 8]).is_err());
        let twice = InputSpikes::from_bytes(&[0, 1, 2, 0], [2, 2]).unwrap_err().to_string();
        assert_eq!(twice, "value 2 is 2, expected 0 or 1");
        assert!(InputSpikes::from_bytes(&[], [0, 7]).is_ok_and(|spikes| spikes.steps() == 0));
    }

    #[test]
    fn a_raster_and_its_events_are_the_same_spikes() {
        let raster = [false, true, false, true, false, true];
        let one = InputSpikes::from_raster(&raster, [2, 3]).unwrap();
        let other = InputSpikes::from_events(&[(2, 2), (1, 1), (2, 0)], 2, 3).unwrap();
        assert_eq!(one, other);
        assert_eq!((one.steps(), one.neurons()), (2, Some(3)));
        assert_eq!(one.train(0, ("in", 3)).unwrap(), [(1, 1), (2, 0), (2, 2)]);
        // Neither steps nor neurons: no spikes and no panic.
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
}
