//! Integers of a population's neurons.

use super::bits::Bits;
use super::scale::Sizes;
use crate::net::graph::{Drive, Graph, Population, Window};
use crate::net::neuron::{After, Model, Reset, Settings, Traits};
use crate::net::nir::discrete::{FiresAt, Somas};
use crate::net::quantised::membrane_max;

/// Integers of the neurons of a population.
pub(super) struct PopulationValues<'a> {
    pub(super) somas: &'a Somas,
    pub(super) sizes: &'a Sizes,
    /// By neuron: the factor of its drive.
    pub(super) ratio: &'a [f64],
    pub(super) bits: Bits,
}

impl PopulationValues<'_> {
    pub(super) fn add(
        &self,
        graph: &mut Graph,
        params: Settings,
        name: String,
        window: Option<Window>,
        numbers: &mut [u32],
    ) -> Result<(), String> {
        let first = graph.neurons() as u32;
        numbers.iter_mut().zip(first..).for_each(|(number, neuron)| *number = neuron);
        let somas = self.somas;
        let threshold: Result<Vec<i32>, String> = (0..somas.len()).map(|i| self.threshold(i)).collect();
        let bias: Result<Vec<i32>, String> = self.each("a bias", |i| somas.drive[i] * self.ratio[i] * self.units(i));
        let start: Vec<i32> = self.each("a resting potential", |i| somas.start[i] * self.units(i))?;
        let (after, to) = match (somas.reset, &somas.reset_by) {
            (Reset::Zero, _) => (After::Absolute, &somas.reset_to),
            (Reset::Subtract, None) => (After::Linear, &somas.reset_to),
            (Reset::Subtract, Some(by)) => (After::Fall, by),
        };
        let reset = |i: usize| if self.sizes.silent[i] { 0.0 } else { to[i] * self.units(i) };
        let reset: Vec<i32> = self.each("a reset potential", reset)?;
        let count = somas.len() as u32;
        let has_traits = matches!(params.first().model, Model::Cuba(_));
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

    fn units(&self, i: usize) -> f64 {
        self.sizes.units(i)
    }

    fn each(&self, what: &str, value: impl Fn(usize) -> f64) -> Result<Vec<i32>, String> {
        (0..self.somas.len()).map(|i| self.held(value(i).round(), what)).collect()
    }

    /// A value that fits the membrane.
    fn held(&self, value: f64, what: &str) -> Result<i32, String> {
        let most = membrane_max(self.bits.membrane);
        if value.abs() <= f64::from(most) {
            return Ok(value as i32);
        }
        Err(format!(
            "{what} of {value} membrane units, where the largest weight has {}; a membrane of {} bits holds {most} \
             (a longer `dt` brings them closer, `bits.membrane` makes room)",
            (1 << (self.bits.weight - 1)) - 1,
            self.bits.membrane
        ))
    }

    fn threshold(&self, i: usize) -> Result<i32, String> {
        let Some(threshold) = self.somas.threshold.as_ref().map(|all| all[i]) else {
            return Ok(1);
        };
        if self.sizes.silent[i] {
            // Its membrane has room for all that can arrive, and never comes to its end.
            return Ok(membrane_max(self.bits.membrane));
        }
        if threshold < 0.0 || (threshold == 0.0 && self.somas.fires == FiresAt::Reached) {
            return Err(format!("neuron {i} fires when it rests ({threshold} above its reset potential)"));
        }
        // A value equal to a threshold within float precision is at it, and not beyond it.
        let units = threshold * self.units(i);
        let least = match self.somas.fires {
            FiresAt::Above => (units * (1.0 + 1e-12)).floor() + 1.0,
            FiresAt::Reached => (units * (1.0 - 1e-12)).ceil().max(1.0),
        };
        self.held(least, "a threshold")
    }
}
