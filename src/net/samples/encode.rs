//! Values as spikes: what each time step of a sample holds.

use crate::json::record::words;
use crate::rng::{self, Domain, mix};

words! {
    /// How a sample of values enters a network. R is the value that stands for 1.0, T the number of time steps.
    pub enum Encode {
        /// As a constant current: the sums of the input's synapses, w x/R, are computed once, off the chip, and are the same
        /// in every time step.
        Direct = "direct",
        /// As spikes by chance: an input spikes in each time step with the probability x/R.
        Rate = "rate",
        /// As one spike: in step 1 + (1 - x/R) (T - 1), rounded; a value of 0 has none.
        Latency = "latency",
    }
}

/// Spikes (step from 1, input) by step, of values of which `full_scale` is the largest. Those by chance depend on the seed
/// and the number of the sample, and on nothing else.
pub(super) fn spikes(
    encode: Encode,
    values: &[u8],
    full_scale: u32,
    steps: u32,
    (seed, sample): (u64, u64),
) -> Vec<(u32, u32)> {
    let inputs = values.len() as u64;
    let key = rng::key(seed, Domain::SampleSpikes, sample);
    let fires = |step: u32, (input, value): (u32, u8)| match encode {
        Encode::Direct => false,
        Encode::Rate => {
            let drawn = mix(key ^ (u64::from(step) * inputs + u64::from(input)));
            // The draw as a whole number below R: smaller than x in x of R cases.
            (u128::from(drawn) * u128::from(full_scale)) >> 64 < u128::from(value)
        }
        Encode::Latency => value > 0 && step == 1 + late(value, full_scale, steps),
    };
    let of = |step: u32| (0u32..).zip(values.iter().copied()).filter(move |one| fires(step, *one));
    (1..=steps).flat_map(|step| of(step).map(move |(input, _)| (step, input))).collect()
}

/// Steps by which the spike of a value comes later than that of the largest: (1 - x/R) (T - 1), rounded half up.
fn late(value: u8, full_scale: u32, steps: u32) -> u32 {
    let full = u64::from(full_scale);
    let missing = full.saturating_sub(value.into()) * u64::from(steps - 1);
    ((2 * missing + full) / (2 * full)) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_are_those_of_the_values() {
        let values = [0, 4, 8, 16];
        let spikes = |seed, sample| super::spikes(Encode::Rate, &values, 16, 4000, (seed, sample));
        let found = spikes(1, 0);
        let count = |input: u32| found.iter().filter(|(_, at)| *at == input).count();
        // Six standard deviations of 4,000 draws are 190.
        assert_eq!((count(0), count(3)), (0, 4000));
        assert!(count(1).abs_diff(1000) < 190 && count(2).abs_diff(2000) < 190, "{} {}", count(1), count(2));
        assert!(found.windows(2).all(|pair| pair[0] < pair[1]));
        assert_eq!(found, spikes(1, 0));
        assert_ne!(found, spikes(2, 0));
        assert_ne!(found, spikes(1, 1));
    }

    #[test]
    fn larger_values_spike_sooner_and_once() {
        let spikes = super::spikes(Encode::Latency, &[0, 1, 8, 15, 16], 16, 9, (1, 0));
        assert_eq!(spikes, [(1, 4), (2, 3), (5, 2), (9, 1)]);
        assert_eq!(super::spikes(Encode::Latency, &[0, 7], 16, 1, (1, 0)), [(1, 1)]);
    }
}
