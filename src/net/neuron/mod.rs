//! Neuron models, integer-exact: parameters and one call per slice of neurons and time step.
//!
//! A model is one file that implements `Dynamics`, and one line in the table below.

mod integrate_and_fire;
mod leaky;

/// Models by name; the unknown-name error lists them, and tests run over all of them.
pub const NAMES: &[&str] = &["if", "lif"];

/// A neuron model with the parameters that its equations need beyond [`Params`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Model {
    /// Integrate and fire, no leak.
    If,
    /// Leaky integrate and fire.
    Lif {
        /// Share of the membrane lost per step, in 1/4096.
        decay: u32,
    },
}

/// What a spike does to the membrane.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reset {
    /// The membrane falls to zero.
    Zero,
    /// The membrane falls by the threshold.
    Subtract,
}

/// Names of [`Reset`] in files, in the order of its variants.
pub const RESETS: &[&str] = &["zero", "subtract"];

/// Parameters that the neurons of a population share.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Params {
    /// The equations.
    pub model: Model,
    /// What a spike does.
    pub reset: Reset,
    /// A membrane counts in 1/2^F weight units.
    pub fraction_bits: u32,
    /// Width of the membrane; sums saturate at ±(2^(bits-1) - 1).
    pub membrane_bits: u32,
    /// Whether it fires at all; an output neuron only integrates.
    pub fires: bool,
}

impl Params {
    /// The model and reset in a report, as in `if (reset: subtract, fires at V >= threshold)`.
    pub fn describe(&self) -> String {
        let reset = RESETS[self.reset as usize];
        match self.model {
            Model::If => format!("if (reset: {reset}, fires at V >= threshold)"),
            Model::Lif { decay } => format!("lif (decay: {decay}/4096, reset: {reset}, fires at V >= threshold)"),
        }
    }
}

/// State and inputs of a slice of neurons in one time step, in struct-of-arrays form; all slices are equally long.
#[derive(Debug)]
pub struct Lanes<'a> {
    /// Membranes (membrane units).
    pub v: &'a mut [i32],
    /// Sums of arrived weights (weight units); zeroed by the call.
    pub input: &'a mut [i32],
    /// Drive of this step (membrane units).
    pub bias: &'a [i32],
    /// Thresholds (membrane units).
    pub threshold: &'a [i32],
    /// Receives the neurons that fired, ascending.
    pub fired: &'a mut Vec<Fired>,
}

/// A neuron that fired.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fired {
    /// Its position in the slice.
    pub neuron: u32,
    /// Neurons updated up to and with it, for the time at which it fired.
    pub updated: u64,
}

/// The equations of a neuron model.
trait Dynamics {
    /// The membrane before this step's input is added.
    fn decay(&self, v: i32) -> i32;
}

/// Advances a slice of neurons by one time step and returns how many were updated.
///
/// A neuron is *updated* when its input, bias or membrane is not zero; the others are only accessed.
pub fn step(params: &Params, lanes: Lanes<'_>) -> u64 {
    match params.model {
        Model::If => advance(params, &integrate_and_fire::IntegrateAndFire, lanes),
        Model::Lif { decay } => advance(params, &leaky::Leaky { decay }, lanes),
    }
}

fn advance<D: Dynamics>(params: &Params, dynamics: &D, lanes: Lanes<'_>) -> u64 {
    let limit = i64::from(super::quantised::membrane_max(params.membrane_bits));
    let n = lanes.v.len();
    // Reslicing to one length lets the compiler drop the bounds checks below.
    let (v, input) = (&mut lanes.v[..n], &mut lanes.input[..n]);
    let (bias, threshold) = (&lanes.bias[..n], &lanes.threshold[..n]);
    let mut updated = 0;
    for i in 0..n {
        updated += u64::from((v[i] | input[i] | bias[i]) != 0);
        let decayed = i64::from(dynamics.decay(v[i]));
        let sum = decayed + (i64::from(input[i]) << params.fraction_bits) + i64::from(bias[i]);
        let mut potential = sum.clamp(-limit, limit) as i32;
        input[i] = 0;
        if params.fires && potential >= threshold[i] {
            potential = match params.reset {
                Reset::Zero => 0,
                Reset::Subtract => potential - threshold[i],
            };
            lanes.fired.push(Fired { neuron: i as u32, updated });
        }
        v[i] = potential;
    }
    updated
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(model: Model, reset: Reset, bias: i32, threshold: i32, steps: u32) -> (Vec<u32>, i32) {
        let params = Params { model, reset, fraction_bits: 0, membrane_bits: 24, fires: true };
        let (mut v, mut input, mut spikes) = ([0], [0], Vec::new());
        for t in 1..=steps {
            let mut fired = Vec::new();
            let lanes =
                Lanes { v: &mut v, input: &mut input, bias: &[bias], threshold: &[threshold], fired: &mut fired };
            step(&params, lanes);
            if !fired.is_empty() {
                spikes.push(t);
            }
        }
        (spikes, v[0])
    }

    #[test]
    fn rate_of_a_driven_if_neuron_is_bias_over_threshold() {
        // Soft reset keeps the residual, so n steps give floor(n b / θ) spikes (closed form).
        for (bias, threshold) in [(3, 10), (7, 9), (1, 100), (10, 10)] {
            let (spikes, v) = run(Model::If, Reset::Subtract, bias, threshold, 500);
            assert_eq!(spikes.len() as i32, 500 * bias / threshold);
            assert_eq!(v, 500 * bias % threshold);
        }
        // Hard reset loses it: a spike every ceil(θ / b) steps.
        let (spikes, _) = run(Model::If, Reset::Zero, 3, 10, 40);
        assert_eq!(spikes, (1..=10).map(|k| 4 * k).collect::<Vec<_>>());
    }

    #[test]
    fn a_leaky_neuron_below_threshold_settles_at_bias_over_leak() {
        let (spikes, v) = run(Model::Lif { decay: 1024 }, Reset::Zero, 1000, 1_000_000, 200);
        assert!(spikes.is_empty());
        // Fixed point of v = trunc(3 v / 4) + 1000 reached from below.
        assert!((3997..=4000).contains(&v), "{v}");
    }

    #[test]
    fn membranes_saturate_and_silence_is_only_access() {
        let params = Params { model: Model::If, reset: Reset::Zero, fraction_bits: 4, membrane_bits: 8, fires: false };
        let (mut v, mut input, mut fired) = ([0, 0, 0], [100, -100, 0], Vec::new());
        let lanes = Lanes { v: &mut v, input: &mut input, bias: &[0; 3], threshold: &[1; 3], fired: &mut fired };
        assert_eq!(step(&params, lanes), 2);
        assert_eq!((v, input), ([127, -127, 0], [0; 3]));
        assert!(fired.is_empty());
    }
}
