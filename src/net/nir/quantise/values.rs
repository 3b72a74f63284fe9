//! The numbers of a population's neurons in integers, and how fine a membrane can count.

use super::{Bits, MAX_FRACTION_BITS, incoming};
use crate::net::graph::{Drive, Graph, Population, Window};
use crate::net::neuron::{After, Model, Params, Reset, Traits};
use crate::net::nir::discrete::Somas;
use crate::net::nir::lower::Lowered;
use crate::net::quantised::membrane_max;

/// Fractional bits of a membrane.
pub(super) struct Fraction {
    pub(super) bits: u32,
    /// Whether even without any it may not hold all that can come.
    pub(super) saturates: bool,
}

/// As many fractional bits as leave room for all synapses at once, in every step until it decays (or 16 steps, where it
/// does not), and for the threshold.
pub(super) fn fraction_bits(net: &Lowered, layer: usize, somas: &Somas, scale: f64, bits: Bits) -> Fraction {
    let mut sums: Vec<f64> = somas.drive.iter().map(|drive| drive.abs()).collect();
    incoming(net, layer).for_each(|weight| sums[weight.to as usize] += weight.value.abs());
    let lasting = |keep: f64| 1.0 / (1.0 - keep).max(1.0 / 16.0);
    let mut most = 0.0f64;
    for (i, sum) in sums.iter().enumerate() {
        let current = somas.current_keep.as_ref().map_or(1.0, |keep| lasting(keep[i]));
        let threshold = somas.threshold.as_ref().map_or(0.0, |all| all[i].abs());
        let still = somas.shift[i].abs().max(somas.reset_to[i].abs());
        most = most.max(sum * current * lasting(somas.keep[i]) + threshold).max(still);
    }
    let room = f64::from(membrane_max(bits.membrane)) / (most * scale).max(f64::MIN_POSITIVE);
    let free = room.log2().floor();
    Fraction { bits: free.clamp(0.0, f64::from(MAX_FRACTION_BITS)) as u32, saturates: free < 0.0 }
}

/// The values of the members of a population.
pub(super) struct Values<'a> {
    pub(super) somas: &'a Somas,
    pub(super) members: &'a [usize],
    pub(super) units: f64,
    pub(super) bits: Bits,
    pub(super) fires: bool,
}

impl Values<'_> {
    pub(super) fn add(
        &self,
        graph: &mut Graph,
        params: Params,
        name: String,
        level: u32,
        numbers: &mut [u32],
    ) -> Result<(), String> {
        let first = graph.neurons() as u32;
        self.members.iter().zip(first..).for_each(|(i, neuron)| numbers[*i] = neuron);
        let somas = self.somas;
        let threshold: Result<Vec<i32>, String> = self.members.iter().map(|i| self.threshold(*i)).collect();
        let bias: Result<Vec<i32>, String> = self.each("a bias", |i| somas.drive[i] * self.units);
        let start: Vec<i32> = self.each("a resting potential", |i| somas.start[i] * self.units)?;
        let (after, to) = match (somas.reset, &somas.reset_by) {
            (Reset::Zero, _) => (After::Absolute, &somas.reset_to),
            (Reset::Subtract, None) => (After::Linear, &somas.reset_to),
            (Reset::Subtract, Some(by)) => (After::Fall, by),
        };
        let reset: Vec<i32> = self.each("a reset potential", |i| to[i] * self.units)?;
        let count = self.members.len() as u32;
        let window = (level > 0).then(|| Window { first: level + 1, steps: u32::MAX - level - 1 });
        let has_traits = matches!(params.model, Model::Cuba { .. });
        graph.populations.push(Population {
            name,
            first,
            count,
            params,
            drive: Drive::EveryStep,
            window,
            source: None,
        });
        graph.threshold.extend(threshold?);
        graph.bias.extend(bias?);
        if start.iter().any(|v| *v != 0) || !graph.start.is_empty() {
            graph.start.resize(first as usize, 0);
            graph.start.extend(start);
        }
        let floor = -membrane_max(self.bits.membrane);
        let traits = reset.into_iter().map(|reset_potential| Traits { after, reset_potential, floor });
        graph.add_traits(if has_traits { traits.collect() } else { Vec::new() });
        Ok(())
    }

    fn each(&self, what: &str, value: impl Fn(usize) -> f64) -> Result<Vec<i32>, String> {
        self.members.iter().map(|i| self.held(value(*i).round(), what)).collect()
    }

    /// A value as the membrane holds it.
    fn held(&self, value: f64, what: &str) -> Result<i32, String> {
        let most = membrane_max(self.bits.membrane);
        if value.abs() <= f64::from(most) {
            return Ok(value as i32);
        }
        Err(format!(
            "{what} of {value} membrane units, where the largest weight has {}; a membrane of {} bits holds {most} \
             (a longer --dt brings them closer, --membrane-bits makes room)",
            (1 << (self.bits.weight - 1)) - 1,
            self.bits.membrane
        ))
    }

    fn threshold(&self, i: usize) -> Result<i32, String> {
        let Some(threshold) = self.somas.threshold.as_ref().filter(|_| self.fires).map(|all| all[i]) else {
            return Ok(1);
        };
        if threshold < 0.0 {
            return Err(format!(
                "neuron {i} is beyond its threshold when it rests ({threshold} above its reset potential)"
            ));
        }
        self.held((threshold * self.units).floor() + 1.0, "a threshold")
    }
}
