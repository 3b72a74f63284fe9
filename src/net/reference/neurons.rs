//! Neurons in the reference evaluator: written from the papers' equations a second time, if possible in another form
//! than the chip model's, in plain 64-bit integers and with nothing shared.

use crate::net::neuron::{
    After, Below, Cuba, DECAY_BITS, If, Lif, Loihi, Model, MultiSpike, Odin, Paicore, Params, Ranc, Reset, Speck,
    Traits, TrueNorth,
};

/// State of a neuron.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ReferenceNeuron {
    /// Membrane (membrane units).
    pub v: i64,
    /// Synaptic current, if the model has one.
    pub u: i64,
    /// Remaining refractory steps, if the model has them.
    pub resting: u32,
}

/// Fixed values of a neuron.
#[derive(Clone, Copy, Debug)]
pub struct Fixed<'a> {
    /// Model and shared parameters.
    pub params: &'a Params,
    /// Threshold (membrane units).
    pub threshold: i64,
    /// Bias in this step (membrane units).
    pub bias: i64,
    /// Resets and floor.
    pub traits: Traits,
}

/// Loss by a decay: with 12 bits rounded away from zero; with more to the nearest, halves toward zero.
fn lost(x: i64, decay: u32, bits: u32) -> i64 {
    let whole = 1i64 << bits;
    let up = if bits == DECAY_BITS { whole - 1 } else { whole / 2 - 1 };
    x.signum() * ((x.abs() * i64::from(decay) + up) / whole)
}

impl ReferenceNeuron {
    /// One time step with a sum of weights; gives the number of its spikes.
    pub fn spikes(&mut self, fixed: Fixed<'_>, input: i64) -> u32 {
        match fixed.params.model {
            Model::MultiSpike(model) => self.multi_spike(fixed, model, input),
            _ => self.step(fixed, input).into(),
        }
    }

    /// One time step with a sum of weights; gives whether it fires.
    pub fn step(&mut self, fixed: Fixed<'_>, input: i64) -> bool {
        match fixed.params.model {
            Model::If(If) => self.leaky(fixed, (0, DECAY_BITS), input),
            Model::Lif(Lif { decay, bits }) => self.leaky(fixed, (decay, bits), input),
            Model::Loihi(_) => self.loihi(fixed, input),
            Model::TrueNorth(TrueNorth { leak_reversal, below }) => {
                self.truenorth(fixed, (leak_reversal, below), input)
            }
            Model::Ranc(Ranc) => self.ranc(fixed, input),
            Model::Cuba(_) => self.cuba(fixed, input),
            Model::MultiSpike(model) => self.multi_spike(fixed, model, input) > 0,
            Model::PartialSum(_) => {
                self.v = input;
                input != 0
            }
            Model::Odin(odin) => self.odin(fixed, odin, input),
            Model::Speck(Speck) => self.speck(fixed, input),
            Model::Paicore(Paicore { leak_reversal, leak_after_comparison, below }) => {
                self.paicore(fixed, (leak_reversal, leak_after_comparison, below), input)
            }
        }
    }

    /// One packet's sum of weights, on a chip that works on it when it comes; gives whether the neuron fires.
    pub fn event(&mut self, fixed: Fixed<'_>, input: i64) -> bool {
        let fixed = Fixed { bias: 0, ..fixed };
        match fixed.params.model {
            Model::Odin(odin) => self.odin(fixed, Odin { leak: 0, ..odin }, input),
            Model::Speck(Speck) => self.speck(fixed, input),
            _ => self.leaky(fixed, (0, DECAY_BITS), input),
        }
    }

    fn leaky(&mut self, fixed: Fixed<'_>, (decay, bits): (u32, u32), input: i64) -> bool {
        let limit = (1i64 << (fixed.params.membrane_bits - 1)) - 1;
        let kept = self.v - lost(self.v, decay, bits);
        self.v = (kept + (input << fixed.params.fraction_bits) + fixed.bias).clamp(-limit, limit);
        if !fixed.params.fires || self.v < fixed.threshold {
            return false;
        }
        self.v = match fixed.params.reset {
            Reset::Zero => 0,
            Reset::Subtract => self.v - fixed.threshold,
        };
        true
    }

    /// One spike after another, until the membrane is below the threshold.
    fn multi_spike(&mut self, fixed: Fixed<'_>, MultiSpike { max_spikes, decay, bits }: MultiSpike, input: i64) -> u32 {
        let limit = (1i64 << (fixed.params.membrane_bits - 1)) - 1;
        let kept = self.v - lost(self.v, decay, bits);
        self.v = (kept + (input << fixed.params.fraction_bits) + fixed.bias).clamp(-limit, limit);
        let mut spikes = 0;
        while fixed.params.fires && spikes < max_spikes && self.v >= fixed.threshold {
            self.v -= fixed.threshold;
            spikes += 1;
        }
        spikes
    }

    /// The form of Brian2Loihi (sagacitysite/brian2_loihi): the loss is subtracted, rounded away from zero.
    fn loihi(&mut self, fixed: Fixed<'_>, input: i64) -> bool {
        let Model::Loihi(Loihi { current_decay, voltage_decay, refractory, floor_exponent, .. }) = fixed.params.model
        else {
            return false;
        };
        let lost = |x: i64, d: i64| x.signum() * ((x.abs() * d + 4095) / 4096);
        self.u = self.u - lost(self.u, i64::from(current_decay) + 1) + input * (1 << fixed.params.fraction_bits);
        // A register of 24 bits, sign included.
        self.u = (self.u + (1 << 23)).rem_euclid(1 << 24) - (1 << 23);
        self.v = self.v - lost(self.v, voltage_decay.into()) + self.u + fixed.bias;
        // The limits are registers of exponents.
        self.v = self.v.min((1 << 23) - 1).max(1 - (1 << floor_exponent));
        if self.resting > 0 {
            (self.v, self.resting) = (0, self.resting - 1);
        }
        let fires = fixed.params.fires && self.v > fixed.threshold;
        if fires {
            (self.v, self.resting) = (0, u32::from(refractory) - 1);
        }
        fires
    }

    /// The loss is subtracted, rounded away from zero.
    fn cuba(&mut self, fixed: Fixed<'_>, input: i64) -> bool {
        let limit = (1i64 << (fixed.params.membrane_bits - 1)) - 1;
        (self.u, self.v) = self.charged(fixed, input);
        (self.u, self.v) = (self.u.clamp(-limit, limit), self.v.clamp(-limit, limit));
        let fires = fixed.params.fires && self.v >= fixed.threshold;
        if fires {
            match fixed.traits.after {
                After::Absolute => self.v = fixed.traits.reset_potential.into(),
                After::Linear => self.v = (self.v - fixed.threshold).clamp(-limit, limit),
                After::Fall => self.v = (self.v - i64::from(fixed.traits.reset_potential)).clamp(-limit, limit),
                After::Keep => {}
            }
        } else {
            self.v = self.v.max(fixed.traits.floor.into());
        }
        fires
    }

    /// Current and membrane of `cuba` after the input, the membrane before it is held to its width.
    fn charged(&self, fixed: Fixed<'_>, input: i64) -> (i64, i64) {
        let Model::Cuba(Cuba { current_decay, voltage_decay, bits }) = fixed.params.model else {
            return (self.u, self.v);
        };
        let limit = (1i64 << (fixed.params.membrane_bits - 1)) - 1;
        let scaled = input * (1 << fixed.params.fraction_bits);
        let u = self.u - lost(self.u, current_decay, bits) + scaled + fixed.bias;
        (u, self.v - lost(self.v, voltage_decay, bits) + u.clamp(-limit, limit))
    }

    /// Whether the membrane or the current would exceed its width in a step, in the models `if`, `lif`, `multi_spike` and `cuba_lif`.
    pub fn saturates(&self, fixed: Fixed<'_>, input: i64) -> bool {
        let limit = (1i64 << (fixed.params.membrane_bits - 1)) - 1;
        let (u, v) = match fixed.params.model {
            Model::If(If) => (0, self.v + (input << fixed.params.fraction_bits) + fixed.bias),
            Model::Lif(Lif { decay, bits }) | Model::MultiSpike(MultiSpike { decay, bits, .. }) => {
                let kept = self.v - lost(self.v, decay, bits);
                (0, kept + (input << fixed.params.fraction_bits) + fixed.bias)
            }
            Model::Cuba(_) => self.charged(fixed, input),
            _ => return false,
        };
        u.abs() > limit || v.abs() > limit
    }

    fn truenorth(&mut self, fixed: Fixed<'_>, (reversal, below): (bool, Below), input: i64) -> bool {
        let (alpha, beta, reset) = (fixed.threshold, -i64::from(fixed.traits.floor), fixed.traits.reset_potential);
        let most = (1 << 19) - 1;
        self.v += input;
        // The papers subtract a leak λ, which may be negative, in the direction of the membrane or unchanged.
        let lambda = -fixed.bias;
        self.v -= if reversal { self.v.signum() * lambda } else { lambda };
        self.v = self.v.clamp(-most, most);
        let fires = fixed.params.fires && self.v >= alpha;
        if fires {
            match fixed.traits.after {
                After::Absolute => self.v = reset.into(),
                After::Linear => self.v -= alpha,
                After::Fall => self.v -= i64::from(reset),
                After::Keep => {}
            }
        } else if self.v < -beta {
            self.below(below, fixed.traits, beta);
        }
        self.v = self.v.clamp(-most, most);
        fires
    }

    /// Effect of a membrane below the floor -β.
    fn below(&mut self, below: Below, traits: Traits, beta: i64) {
        match (below, traits.after) {
            (Below::Saturate, _) => self.v = -beta,
            (Below::Reset, After::Absolute) => self.v = -i64::from(traits.reset_potential),
            (Below::Reset, After::Linear) => self.v += beta,
            (Below::Reset, After::Keep | After::Fall) => {}
        }
    }

    /// Register by register: every value is masked to its bits and sign-extended.
    fn ranc(&mut self, fixed: Fixed<'_>, input: i64) -> bool {
        let bits = fixed.params.membrane_bits;
        let register = |x: i64| {
            let low = x & ((1 << bits) - 1);
            if low >> (bits - 1) == 1 { low - (1 << bits) } else { low }
        };
        let integrated = register(self.v + input);
        let leaked = register(integrated + fixed.bias);
        let (reset, negative) = (i64::from(fixed.traits.reset_potential), i64::from(fixed.traits.floor));
        let linear = fixed.traits.after == After::Linear;
        let fires = fixed.params.fires && leaked >= fixed.threshold;
        self.v = if fires {
            register(if linear { leaked - fixed.threshold } else { reset })
        } else if leaked < negative {
            register(if linear { leaked - negative } else { -reset })
        } else {
            leaked
        };
        fires
    }

    fn odin(&mut self, fixed: Fixed<'_>, odin: Odin, input: i64) -> bool {
        let leak = i64::from(odin.leak);
        // The hardware's adders are unsigned: it compares before it subtracts, and checks the carry after it added.
        self.v = if self.v >= leak { self.v - leak } else { 0 };
        self.v = if input >= 0 {
            if self.v + input > 255 { 255 } else { self.v + input }
        } else if self.v >= -input {
            self.v + input
        } else {
            0
        };
        let fires = fixed.params.fires && self.v >= fixed.threshold;
        if fires {
            self.v = 0;
        }
        fires && !odin.disabled
    }

    fn speck(&mut self, fixed: Fixed<'_>, input: i64) -> bool {
        self.v += input;
        // 16 bits, of which the lowest number is not used.
        if self.v.abs() > 32_767 {
            self.v = 32_767 * self.v.signum();
        }
        let fires = fixed.params.fires && self.v >= fixed.threshold;
        if fires {
            self.v -= fixed.threshold;
        }
        if self.v + fixed.threshold < 0 {
            self.v = -fixed.threshold;
        }
        fires
    }

    fn paicore(&mut self, fixed: Fixed<'_>, (reversal, after, below): (bool, bool, Below), input: i64) -> bool {
        let most = (1i64 << 29) - 1;
        let hold = |x: i64| x.clamp(-most, most);
        let charged = hold(self.v + input);
        let direction = if reversal { charged.signum() } else { 1 };
        let leaked = hold(charged + direction * fixed.bias);
        let seen = if after { charged } else { leaked };
        let beta = -i64::from(fixed.traits.floor);
        self.v = leaked;
        let fires = fixed.params.fires && seen >= fixed.threshold;
        if fires {
            match fixed.traits.after {
                After::Absolute => self.v = fixed.traits.reset_potential.into(),
                After::Linear => self.v = leaked - fixed.threshold,
                After::Fall => self.v = leaked - i64::from(fixed.traits.reset_potential),
                After::Keep => {}
            }
        } else if seen < -beta {
            self.below(below, fixed.traits, beta);
        }
        self.v = hold(self.v);
        fires
    }
}
