//! Single neurons compared with closed forms, and every model with the reference evaluator's own formulation.

use super::*;
use crate::net::reference::{Fixed, ReferenceNeuron};
use crate::rng::mix;

/// Draws that are the same in every run.
struct Draws(u64);

impl Draws {
    fn next(&mut self) -> u64 {
        self.0 += 1;
        mix(self.0)
    }

    fn range(&mut self, low: i64, high: i64) -> i64 {
        low + (self.next() % (high - low + 1) as u64) as i64
    }

    /// A number of a range, in one case of four near one of its ends or near zero.
    fn edgy(&mut self, low: i64, high: i64) -> i64 {
        match self.range(0, 11) {
            0 => (low + self.range(0, 3)).min(high),
            1 => (high - self.range(0, 3)).max(low),
            2 => self.range(-2, 2).clamp(low, high),
            _ => self.range(low, high),
        }
    }

    fn flag(&mut self) -> bool {
        self.next() & 1 == 1
    }
}

/// A neuron's state, parameters and input.
struct Case {
    params: Params,
    traits: Traits,
    before: ReferenceNeuron,
    input: i64,
    bias: i64,
    threshold: i64,
}

/// One step by the lanes and one by the reference: equal state and equal result.
fn check(case: &Case) {
    let Case { params, traits, before, input, bias, threshold } = case;
    let (mut v, mut sums, mut current) = ([before.v as i32], [*input as i32], [before.u as i32]);
    let (mut resting, mut fired) = ([before.resting as u8], Vec::new());
    let (bias_lane, threshold_lane) = ([*bias as i32], [*threshold as i32]);
    let soma = Soma { v: &mut v, input: &mut sums, bias: &bias_lane, threshold: &threshold_lane, fired: &mut fired };
    let lanes = SomaLanes { soma, current: &mut current, resting: &mut resting, traits: &[*traits] };
    let updated = step(params, lanes);
    let mut right = *before;
    let fixed = Fixed { params, threshold: *threshold, bias: *bias, traits: *traits };
    let spikes = right.spikes(fixed, *input);
    let ours = ReferenceNeuron { v: v[0].into(), u: current[0].into(), resting: resting[0].into() };
    assert_eq!(
        (ours, fired.len()),
        (right, spikes as usize),
        "{params:?} {traits:?} {before:?} {input} {bias} {threshold}"
    );
    assert_eq!(sums, [0]);
    let idle = before.v == 0 && *input == 0 && *bias == 0 && before.u == 0;
    assert_eq!(updated, u64::from(!idle));
}

/// The membrane after the step `check` makes, by the reference.
fn outcome(case: &Case) -> (ReferenceNeuron, bool) {
    let mut neuron = case.before;
    let fixed = Fixed { params: &case.params, threshold: case.threshold, bias: case.bias, traits: case.traits };
    let fired = neuron.step(fixed, case.input);
    (neuron, fired)
}

fn params(model: Model, membrane_bits: u32, fraction_bits: u32) -> Params {
    Params { model, reset: Reset::Zero, fraction_bits, membrane_bits, fires: true }
}

fn loihi(draws: &mut Draws) -> Case {
    let exponent = draws.range(-8, 7);
    let model = Model::Loihi(Loihi {
        current_decay: draws.edgy(0, 4095) as u32,
        voltage_decay: draws.edgy(0, 4096) as u32,
        refractory: draws.range(1, 64) as u8,
        bias_exponent: 0,
        weight_shift: (-exponent).max(0) as u32,
        floor_exponent: [0, 23, 23, draws.range(1, 22) as u32][draws.range(0, 3) as usize],
    });
    let rests = draws.range(0, 3) == 0;
    Case {
        params: params(model, 24, 6 + exponent.max(0) as u32),
        traits: Traits::default(),
        before: ReferenceNeuron {
            v: draws.edgy(-(1 << 23) + 1, (1 << 23) - 1),
            u: draws.edgy(-(1 << 23), (1 << 23) - 1),
            resting: if rests { draws.range(1, 63) as u32 } else { 0 },
        },
        // The range of the accumulator's 21 bits.
        input: draws.edgy(-(1 << 20), (1 << 20) - 1),
        bias: draws.edgy(-4096, 4095) << draws.range(0, 7),
        threshold: draws.edgy(0, (1 << 17) - 1) << 6,
    }
}

#[test]
fn loihi_equals_its_equations_on_a_million_states_and_meets_all_edges() {
    let mut draws = Draws(1);
    let (mut wraps, mut clips, mut spikes, mut held) = (0, 0, 0, 0);
    for _ in 0..1_000_000 {
        let case = loihi(&mut draws);
        check(&case);
        let (after, fired) = outcome(&case);
        let shifted = case.input << case.params.fraction_bits;
        wraps += u32::from((after.u - shifted).abs() > 1 << 23);
        clips += u32::from(after.v.abs() == (1 << 23) - 1);
        spikes += u32::from(fired);
        held += u32::from(case.before.resting > 0);
    }
    assert!(wraps > 10_000 && clips > 10_000 && spikes > 10_000 && held > 10_000, "{wraps} {clips} {spikes} {held}");
}

#[test]
fn loihi_by_hand() {
    let model = Model::Loihi(Loihi {
        current_decay: 2047,
        voltage_decay: 1024,
        refractory: 3,
        bias_exponent: 0,
        weight_shift: 0,
        floor_exponent: 23,
    });
    let params = params(model, 24, 6);
    let mut neuron = ReferenceNeuron { v: -5, u: -3, resting: 0 };
    let fixed = |bias, threshold| Fixed { params: &params, threshold, bias, traits: Traits::default() };
    // u: -3 x 2048/4096 = -1.5 -> -1, + 64 x 2 = 127. v: -5 x 3/4 = -3.75 -> -3, + 127 + 7 = 131.
    assert!(!neuron.step(fixed(7, 131), 2));
    assert_eq!(neuron, ReferenceNeuron { v: 131, u: 127, resting: 0 });
    // u: 63 + 64. v: 98 + 127 = 225, more than 131: it fires, and rests for two steps, in which its current goes on.
    assert!(neuron.step(fixed(0, 131), 1));
    assert_eq!(neuron, ReferenceNeuron { v: 0, u: 127, resting: 2 });
    for rest in [1, 0] {
        assert!(!neuron.step(fixed(1 << 20, 131), 0));
        assert_eq!((neuron.v, neuron.resting), (0, rest));
    }
    assert!(neuron.step(fixed(1 << 20, 131), 0));
    // One unit above the range of 24 bits wraps to the other end.
    let full = ReferenceNeuron { u: (1 << 23) - 64, ..ReferenceNeuron::default() };
    let still = Model::Loihi(Loihi {
        current_decay: 0,
        voltage_decay: 4096,
        refractory: 1,
        bias_exponent: 0,
        weight_shift: 0,
        floor_exponent: 23,
    });
    let params = Params { model: still, ..params };
    let mut neuron = full;
    neuron.step(Fixed { params: &params, threshold: 1 << 23, bias: 0, traits: Traits::default() }, 40_000);
    let kept = ((1i64 << 23) - 64) * 4095 / 4096;
    assert_eq!(neuron.u, kept + 40_000 * 64 - (1 << 24));
}

fn traits(draws: &mut Draws, most: i64, floor: std::ops::RangeInclusive<i64>) -> Traits {
    Traits {
        after: After::ALL[draws.range(0, 3) as usize],
        reset_potential: draws.edgy(-most, most) as i32,
        floor: draws.edgy(*floor.start(), *floor.end()) as i32,
    }
}

fn below(draws: &mut Draws) -> Below {
    Below::ALL[draws.range(0, 1) as usize]
}

fn truenorth(draws: &mut Draws) -> Case {
    let (most, most_threshold) = ((1 << 19) - 1, (1 << 18) - 1);
    let model = Model::TrueNorth(TrueNorth { leak_reversal: draws.flag(), below: below(draws) });
    Case {
        params: params(model, 20, 0),
        traits: traits(draws, most, -most_threshold..=0),
        before: ReferenceNeuron { v: draws.edgy(-most, most), ..ReferenceNeuron::default() },
        input: draws.edgy(-256 * 256, 256 * 255),
        bias: draws.edgy(-256, 255),
        threshold: draws.edgy(1, most_threshold),
    }
}

fn ranc(draws: &mut Draws) -> Case {
    let (bits, mut traits) = (draws.range(8, 12) as u32, traits(draws, 127, -128..=127));
    if matches!(traits.after, After::Keep | After::Fall) {
        traits.after = After::Linear;
    }
    let (low, high) = (-(1i64 << (bits - 1)), (1i64 << (bits - 1)) - 1);
    Case {
        params: params(Model::Ranc(Ranc), bits, 0),
        traits,
        before: ReferenceNeuron { v: draws.edgy(low, high), ..ReferenceNeuron::default() },
        input: draws.edgy(-256 * 256, 256 * 255),
        bias: draws.edgy(low, high),
        threshold: draws.edgy(low, high),
    }
}

fn odin(draws: &mut Draws) -> Case {
    let model = Model::Odin(Odin { leak: draws.edgy(0, 127) as u32, disabled: draws.edgy(0, 3) == 0 });
    Case {
        params: params(model, 8, 0),
        traits: Traits::default(),
        before: ReferenceNeuron { v: draws.edgy(0, 255), ..ReferenceNeuron::default() },
        input: draws.edgy(-7 * 256, 7 * 256),
        bias: 0,
        threshold: draws.edgy(1, 255),
    }
}

fn speck(draws: &mut Draws) -> Case {
    let most = (1 << 15) - 1;
    let reach = if draws.flag() { 300 } else { most };
    Case {
        params: params(Model::Speck(Speck), 16, 0),
        traits: Traits::default(),
        before: ReferenceNeuron { v: draws.edgy(-reach, reach), ..ReferenceNeuron::default() },
        input: draws.edgy(-127 * 256, 127 * 256),
        bias: 0,
        threshold: draws.edgy(1, reach),
    }
}

fn paicore(draws: &mut Draws) -> Case {
    let most = (1 << 29) - 1;
    let (leak_reversal, leak_after_comparison) = (draws.flag(), draws.flag());
    let model = Model::Paicore(Paicore { leak_reversal, leak_after_comparison, below: below(draws) });
    let small = draws.flag();
    let reach = if small { 3000 } else { most };
    Case {
        params: params(model, 30, 0),
        traits: traits(draws, reach, -reach..=0),
        before: ReferenceNeuron { v: draws.edgy(-reach, reach), ..ReferenceNeuron::default() },
        input: draws.edgy(-128 * 1152, 127 * 1152),
        bias: draws.edgy(-reach, reach),
        threshold: draws.edgy(0, reach),
    }
}

/// Mostly 12, as most networks have it.
fn decay_bits(draws: &mut Draws) -> u32 {
    if draws.flag() { DECAY_BITS } else { draws.range(DECAY_BITS.into(), MAX_DECAY_BITS.into()) as u32 }
}

fn lif(draws: &mut Draws) -> Model {
    let bits = decay_bits(draws);
    Model::Lif(Lif { decay: draws.edgy(1, 1 << bits) as u32, bits })
}

fn cuba(draws: &mut Draws) -> Case {
    let bits = draws.range(8, 32) as u32;
    let limit = (1i64 << (bits - 1)) - 1;
    let decay_bits = decay_bits(draws);
    let decay = |draws: &mut Draws| draws.edgy(0, 1 << decay_bits) as u32;
    let (current_decay, voltage_decay) = (decay(draws), decay(draws));
    let mut params =
        params(Model::Cuba(Cuba { current_decay, voltage_decay, bits: decay_bits }), bits, draws.range(0, 12) as u32);
    params.fires = draws.range(0, 9) > 0;
    Case {
        params,
        traits: traits(draws, limit, -limit..=0),
        before: ReferenceNeuron {
            v: draws.edgy(-limit, limit),
            u: draws.edgy(-limit, limit),
            ..ReferenceNeuron::default()
        },
        input: draws.edgy(-70_000, 70_000),
        bias: draws.edgy(-limit, limit),
        threshold: draws.edgy(1, limit),
    }
}

fn multi_spike(draws: &mut Draws) -> Case {
    let (mut case, bits) = (leaky(draws), decay_bits(draws));
    let max_spikes = if draws.flag() { 255 } else { draws.range(1, 5) as u32 };
    case.params.model = Model::MultiSpike(MultiSpike { max_spikes, decay: draws.edgy(0, 1 << bits) as u32, bits });
    if draws.flag() {
        // Many thresholds in a membrane.
        case.threshold = draws.range(1, 1 + case.threshold / 64);
    }
    case
}

fn leaky(draws: &mut Draws) -> Case {
    let bits = draws.range(8, 32) as u32;
    let limit = (1i64 << (bits - 1)) - 1;
    let model = if draws.flag() { Model::If(If) } else { lif(draws) };
    let mut params = params(model, bits, draws.range(0, 12) as u32);
    (params.reset, params.fires) = (if draws.flag() { Reset::Zero } else { Reset::Subtract }, draws.range(0, 9) > 0);
    Case {
        params,
        traits: Traits::default(),
        before: ReferenceNeuron { v: draws.edgy(-limit, limit), ..ReferenceNeuron::default() },
        input: draws.edgy(-70_000, 70_000),
        bias: draws.edgy(-limit, limit),
        threshold: draws.edgy(1, limit),
    }
}

#[test]
fn every_model_equals_its_second_formulation() {
    type Maker = fn(&mut Draws) -> Case;
    let makers: [(&str, Maker); 9] = [
        ("if", leaky),
        ("truenorth", truenorth),
        ("ranc", ranc),
        ("odin", odin),
        ("paicore", paicore),
        ("speck", speck),
        ("loihi", loihi),
        ("cuba_lif", cuba),
        ("multi_spike", multi_spike),
    ];
    for (name, make) in makers {
        let (mut draws, mut spikes) = (Draws(mix(name.len() as u64)), 0);
        for _ in 0..200_000 {
            let case = make(&mut draws);
            check(&case);
            spikes += u32::from(outcome(&case).1);
        }
        assert!((5_000..195_000).contains(&spikes), "{name}: {spikes} spikes");
    }
}

fn run(model: Model, reset: Reset, bias: i32, threshold: i32, steps: u32) -> (Vec<u32>, i32) {
    let params = Params { model, reset, fraction_bits: 0, membrane_bits: 24, fires: true };
    let (mut v, mut input, mut spikes) = ([0], [0], Vec::new());
    for t in 1..=steps {
        let mut fired = Vec::new();
        let (bias, threshold) = (&[bias], &[threshold]);
        let soma = Soma { v: &mut v, input: &mut input, bias, threshold, fired: &mut fired };
        step(&params, SomaLanes { soma, current: &mut [], resting: &mut [], traits: &[] });
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
        let (spikes, v) = run(Model::If(If), Reset::Subtract, bias, threshold, 500);
        assert_eq!(spikes.len() as i32, 500 * bias / threshold);
        assert_eq!(v, 500 * bias % threshold);
    }
    // Hard reset loses it: a spike every ceil(θ / b) steps.
    let (spikes, _) = run(Model::If(If), Reset::Zero, 3, 10, 40);
    assert_eq!(spikes, (1..=10).map(|k| 4 * k).collect::<Vec<_>>());
}

#[test]
fn a_leaky_neuron_below_threshold_settles_at_bias_over_leak() {
    let (spikes, v) = run(Model::Lif(Lif { decay: 1024, bits: DECAY_BITS }), Reset::Zero, 1000, 1_000_000, 200);
    assert!(spikes.is_empty());
    // Fixed point of v = trunc(3 v / 4) + 1000 reached from below.
    assert!((3997..=4000).contains(&v), "{v}");
}

#[test]
fn membranes_saturate_and_silence_is_only_access() {
    let params = Params { model: Model::If(If), reset: Reset::Zero, fraction_bits: 4, membrane_bits: 8, fires: false };
    let (mut v, mut input, mut fired) = ([0, 0, 0], [100, -100, 0], Vec::new());
    let soma = Soma { v: &mut v, input: &mut input, bias: &[0; 3], threshold: &[1; 3], fired: &mut fired };
    assert_eq!(step(&params, SomaLanes { soma, current: &mut [], resting: &mut [], traits: &[] }), 2);
    assert_eq!((v, input), ([127, -127, 0], [0; 3]));
    assert!(fired.is_empty());
}
