//! Integers of chips' neurons against their real numbers.

use super::*;
use crate::net::neuron::Model;

fn goal(role: LayerRole, steps: u32) -> LayerGoal {
    LayerGoal { spec: QuantSpec::new(steps, 9), role, biases: Biases { spread: steps, growth: 1.0 }, waits: 1 }
}

fn layer<'a>(weight: &'a [f32], bias: &'a [f32]) -> RealLayer<'a> {
    let fan_in = weight.len() / bias.len();
    RealLayer { weight, fan_in, bias, taps: 1, pruned: false, adds: false, threshold: 1.0 }
}

#[test]
fn loihi_has_even_weights_and_registers_that_hold_biases() {
    let neuron = Deployed::of_chip("loihi", None).expect("trained for");
    let found = neuron.integers(&layer(&[0.25, -0.125, 0.01, 0.0], &[0.3, -4.0]), &goal(LayerRole::Hidden, 4));
    // s = 127 / 0.25 = 508; e = 0, as the threshold of 2 x 508 x 64 is just below 2^16.
    assert_eq!((found.weight, found.fraction_bits), (vec![254, -128, 10, 0], 6));
    assert_eq!(found.threshold, [64 * 1016, 64 * 1016]);
    // 65,024 x 0.3 / 4 = 4,877, of 13 bits with k = 1 and half up; 65,024 x -4 / 4 with k = 4.
    assert_eq!(found.bias, [4878, -65_024]);
    assert!(found.bias.iter().all(|bias| neuron.held(*bias) == *bias));
}

/// Every integer near the ends of each mantissa, and far beyond: the nearest value that 13 bits and a shift hold.
#[test]
fn a_bias_register_holds_the_nearest_value() {
    let neuron = Deployed::of_chip("loihi", None).expect("trained for");
    // The neighbours of a value among the mantissas of each exponent.
    let near = |value: i64| {
        (0..=7)
            .flat_map(move |k| [0, 1].map(|more| ((value >> k) + more).clamp(-4096, 4095) << k))
            .collect::<Vec<i64>>()
    };
    for value in (-9000..9000).chain((0..400).map(|i| i * 2777 - 555_000)).chain([524_160, 524_161, -524_288, 1 << 40])
    {
        let held = neuron.held(value);
        let nearest = near(value).iter().map(|one| (one - value).abs()).min();
        assert!(near(value).contains(&held), "{value}: {held}");
        assert_eq!(Some((held - value).abs()), nearest, "{value}: {held}");
    }
}

/// Thresholds and weights keep their ratio within the resolution that the registers have, whatever the weights.
#[test]
fn loihi_keeps_ratios_and_stays_within_its_registers() {
    let neuron = Deployed::of_chip("loihi", None).expect("trained for");
    for exponent in -9..4 {
        let size = 2f32.powi(exponent);
        for role in [LayerRole::Encoding { full_scale: 255 }, LayerRole::Hidden] {
            let weight = [size, -0.7 * size, 0.31 * size];
            let found = neuron.integers(&layer(&weight, &[0.1]), &goal(role, 8));
            let threshold = found.threshold[0];
            assert!(threshold % 64 == 0 && (1..1 << 17).contains(&(threshold / 64)), "{size}: {threshold}");
            assert!(found.weight.iter().all(|w| w % 2 == 0 && w.abs() <= 254), "{size}: {:?}", found.weight);
            let wanted = 1.0 / f64::from(size);
            let ratio = f64::from(threshold) / f64::from(1u32 << found.fraction_bits) / f64::from(found.weight[0]);
            // Half a unit of the threshold register, or of the largest weight where its scale is bounded.
            let most = 0.5 * 64.0 / f64::from(threshold) + 0.5 / f64::from(found.weight[0] / 2);
            assert!((ratio / wanted - 1.0).abs() <= most, "{size}: {ratio} for {wanted}");
        }
    }
}

#[test]
fn neurons_of_chips_are_found_and_their_outputs_do_not_leak() {
    assert!(Deployed::of_chip("if", Some(Reset::Subtract)).is_some_and(Deployed::is_tandem));
    assert_eq!(Deployed::of_chip("if", Some(Reset::Zero)), None);
    assert_eq!(Deployed::of_chip("loihi", None).and_then(Deployed::refractory), Some(1));
    assert!(Deployed::models().contains(&"loihi"));
    let neuron = Deployed::of_chip("loihi", None).expect("trained for").with_refractory(3);
    let params = neuron.params(LayerSoma { fraction_bits: 6, membrane_bits: 9, decay: 256, fires: true });
    assert_eq!((params.name(), params.membrane_bits), ("loihi", 24));
    let Model::Loihi(loihi) = params.model else { panic!("{params:?}") };
    assert_eq!((loihi.current_decay, loihi.voltage_decay, loihi.refractory), (4095, 256, 3));
}

#[test]
fn pairs_of_axons_have_ternary_weights_with_an_integer_for_each_neuron() {
    let neuron = Deployed::of_chip("truenorth", None).expect("trained for");
    let (weight, bias) = ([0.5, -0.2, 0.3, 0.125, -0.01, -0.125], [0.1, -40.0]);
    let found = neuron.integers(&layer(&weight, &bias), &LayerGoal { waits: 3, ..goal(LayerRole::Hidden, 4) });
    // a = 512 x 0.5, of which 255 are the most, and 512 x 0.125 = 64.
    assert_eq!((found.weight, found.threshold), (vec![255, 0, 255, 64, 0, -64], vec![510, 512]));
    // 255 x 0.1 / 0.5 / 4 = 12.75; 64 x -40 / 0.125 / 4 would cross the threshold within the 3 steps before the input.
    assert_eq!(found.bias, [13, -170]);
}

/// No neuron crosses its threshold or its floor before its input comes, whatever its bias.
#[test]
fn leaks_that_always_act_cross_nothing_before_the_input() {
    for name in ["truenorth", "ranc", "paicore"] {
        let neuron = Deployed::of_chip(name, None).expect("trained for");
        assert!(neuron.leaks_always() && neuron.outputs_spike());
        for (size, bias) in
            [0.01, 0.3, 2.0, 50.0].into_iter().flat_map(|size| [-9.0, -0.4, 0.2, 7.0].map(|b| (size, b)))
        {
            for waits in 1..6 {
                let found = neuron
                    .integers(&layer(&[size, -size], &[bias]), &LayerGoal { waits, ..goal(LayerRole::Hidden, 8) });
                let (threshold, leak) = (i64::from(found.threshold[0]), found.bias[0]);
                let floor = i64::from(neuron.traits(found.threshold[0]).expect("has a floor").floor);
                let first = -i64::from(waits) * leak;
                assert!((floor..threshold).contains(&first), "{name}: {first} with {threshold} and {floor}");
            }
        }
    }
}
