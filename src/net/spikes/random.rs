//! Random spikes: `random:rate=0.1,steps=100,seed=1`.

use crate::json::unknown;
use crate::progress::poll;
use crate::rng::{Domain, mix, stream};
use rand::Rng;
use std::fmt;

/// Spikes of an input, (step from 1, neuron), by step.
pub type Train = Vec<(u32, u32)>;

/// Parameters of random spikes.
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
#[doc(hidden)]
pub const MAX_SPIKE_STEPS: u32 = 1 << 20;

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
    /// Reads `random:rate=…,steps=…,seed=…`; omitted values have defaults. `None` if the text begins otherwise.
    pub fn parse(text: &str) -> Option<Result<Self, String>> {
        let list = text.strip_prefix(PREFIX)?;
        let mut found = Self::default();
        for pair in list.split(',').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let sound = match name {
                "rate" => value.parse().ok().filter(|rate| (0.0..=1.0).contains(rate)).map(|rate| found.rate = rate),
                "steps" => value.parse().ok().filter(|n| (1..=MAX_SPIKE_STEPS).contains(n)).map(|n| found.steps = n),
                "seed" => value.parse().ok().map(|seed| found.seed = seed),
                _ => return Some(Err(unknown(name, &["rate", "steps", "seed"]))),
            };
            if sound.is_none() {
                let allowed = format!("rate 0 to 1, steps 1 to {MAX_SPIKE_STEPS}, seed a whole number");
                return Some(Err(format!("found \"{name}={value}\", allowed: {allowed}")));
            }
        }
        Some(Ok(found))
    }

    /// Spikes of an input with `neurons` neurons, (step from 1, neuron) by step; they depend on the input's position.
    pub fn draw(&self, input: usize, neurons: u32) -> Train {
        // A share of `rate` of the 2^64 values spikes.
        let below = (self.rate * 2f64.powi(64)) as u64;
        let mut spikes = Vec::new();
        for neuron in 0..neurons {
            poll();
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
}
