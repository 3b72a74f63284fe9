//! Integers against their real numbers.

use super::*;
use crate::net::architecture::ByLayer;
use crate::net::deployed::Deployed;
use crate::net::input::Encoding;

#[test]
fn rounding_is_half_up() {
    assert_eq!([-3, -2, -1, 0, 1, 2, 3].map(|n| round_half_up(n, 2)), [-1, -1, 0, 0, 1, 1, 2]);
    assert_eq!(round_half_up(-7, 3), -2);
    // Around the halves and the integers of quotients small and large, and where integers are divided.
    for denominator in [1, 2, 3, 16, 127, 255] {
        for quotient in [0i64, 1, 77, 65_535, 1 << 33, (1 << 43) - 1, 1 << 52] {
            for near in -2..=2 {
                for numerator in [quotient * denominator + near, quotient * denominator + denominator / 2 + near] {
                    for numerator in [numerator, -numerator] {
                        let right = (2 * i128::from(numerator) + i128::from(denominator))
                            .div_euclid(2 * i128::from(denominator));
                        assert_eq!(
                            i128::from(round_half_up(numerator, denominator)),
                            right,
                            "{numerator}/{denominator}"
                        );
                    }
                }
            }
        }
    }
}

#[test]
fn biases_of_all_steps_add_up_within_half_a_unit() {
    let op = LinearOp::dense(1, 1);
    let stage = |name: &str| Stage { name: name.into(), op, output: Shape::flat(1), skip: None };
    for steps in [1, 2, 3, 4, 7, 8, 16, 100] {
        for bias in [-0.731f32, 0.013, 0.5, 2.9] {
            let layer = FoldedLayer { weight: vec![1.0], bias: vec![bias], pruned: false };
            let folded = Folded {
                stages: vec![stage("a"), stage("b"), stage("c")],
                layers: vec![layer.clone(), layer.clone(), layer],
                input: Shape::flat(1),
                encoding: Encoding::Direct,
                frames: crate::net::input::Frames::One,
                full_scale: 255,
                neuron: Deployed::default(),
                threshold: 1.0,
                leak: 1.0,
                own: ByLayer::default(),
                half_start: false,
                target: Target::Label,
            };
            let net = folded.quantise(QuantSpec::new(steps, 8));
            let unit = 127.0 * f64::from(1u32 << net.layers[1].fraction_bits);
            let exact = f64::from(bias) * unit;
            let sum = (net.layers[1].bias[0] * i64::from(steps)) as f64;
            let tolerance = 0.5 * f64::from(1u32 << net.layers[1].fraction_bits) + 1e-6;
            assert!((sum - exact).abs() <= tolerance, "T {steps} bias {bias}: {sum} for {exact}");
        }
    }
}

#[test]
fn encoding_rounds_once() {
    let op = LinearOp::dense(2, 1);
    let layer = |bias| QuantisedLayer {
        name: "x".into(),
        op,
        output: Shape::flat(1),
        weight: vec![3, -2],
        bias: vec![bias],
        threshold: vec![1],
        fraction_bits: 2,
        skip: None,
        pruned: false,
    };
    let net = Layered {
        input: Shape::flat(2),
        encoding: Encoding::Direct,
        frames: crate::net::input::Frames::One,
        full_scale: 16,
        neuron: Deployed::default(),
        spec: QuantSpec::new(4, 8),
        layers: vec![layer(5), layer(0)],
        decay: 0,
        own_decays: ByLayer::default(),
        half_start: false,
        target: Target::Label,
        output_scale: 1.0,
    };
    // 4 (3*10 - 2*7) + 5 = 69; 69/16 = 4.3125
    assert_eq!(net.encode(&[10, 7]), [4]);
    // 4 (3*1 - 2*3) + 5 = -7; -7/16 = -0.4375
    assert_eq!(net.encode(&[1, 3]), [0]);
}

/// A network with one hidden layer after the encoding layer, whose spikes it adds if `skip` is set.
fn folded(weight: Vec<f32>, channels: u32, threshold: f64, skip: bool) -> Folded {
    let inputs = weight.len() as u32 / channels;
    let stage = |inputs: u32, outputs: u32, skip| Stage {
        name: "x".into(),
        op: LinearOp::dense(inputs, outputs),
        output: Shape::flat(outputs),
        skip,
    };
    let layer = |weight: Vec<f32>, outputs: u32| FoldedLayer {
        bias: (0..outputs).map(|o| 0.3 - 0.1 * o as f32).collect(),
        weight,
        pruned: false,
    };
    let ramp = |count: u32| (0..count).map(|i| i as f32 / 7.0 - 0.5).collect();
    Folded {
        stages: vec![stage(3, inputs, None), stage(inputs, channels, skip.then_some(0)), stage(channels, 2, None)],
        layers: vec![layer(ramp(3 * inputs), inputs), layer(weight, channels), layer(ramp(2 * channels), 2)],
        input: Shape::flat(3),
        encoding: Encoding::Direct,
        frames: crate::net::input::Frames::One,
        full_scale: 255,
        neuron: Deployed::default(),
        threshold,
        leak: 1.0,
        own: ByLayer::default(),
        half_start: false,
        target: Target::Label,
    }
}

/// Weights of channels with very different sizes; one channel is dead.
fn uneven() -> Vec<f32> {
    vec![1.0, -0.5, 0.25, 0.01, 0.003, -0.007, 0.0, 0.0, 0.0, -1e-30, 2e-30, 1e-30]
}

#[test]
fn channels_use_all_their_bits_unless_their_thresholds_grow_too_large() {
    for bits in 2..=9 {
        for membrane_bits in [10, 16, 24, 32] {
            for time_steps in [1, 4, 7] {
                let spec = QuantSpec { time_steps, weight_bits: bits, membrane_bits, scale: Scale::Channel };
                let net = folded(uneven(), 4, 1.0, false).quantise(spec);
                let layer = &net.layers[1];
                let (most, limit) = (weight_max(bits), membrane_max(membrane_bits) / 16);
                for (row, threshold) in layer.weight.chunks(3).zip(&layer.threshold) {
                    let largest = row.iter().map(|w| w.abs()).max().unwrap();
                    assert!(largest <= most && (1..=limit.max(1)).contains(threshold), "{spec:?} {row:?} {threshold}");
                    // No range is wasted: weights or threshold are as large as they may be, except in a dead
                    // channel.
                    let full = largest == most || *threshold == limit;
                    assert!(full || row == [0, 0, 0], "{spec:?}: {row:?}, {threshold} of {limit}");
                }
                // One scale per layer: all thresholds are equal, and small channels lose their weights.
                let even = folded(uneven(), 4, 1.0, false).quantise(QuantSpec { scale: Scale::Layer, ..spec });
                assert!(even.layers[1].threshold.iter().all(|threshold| *threshold == even.layers[1].threshold[0]));
                assert!(net.layers[2].threshold.iter().all(|threshold| *threshold == net.layers[2].threshold[0]));
            }
        }
    }
}

/// Ratios of weights and biases to the threshold are kept, within half a unit of either.
#[test]
fn ratios_to_the_threshold_are_kept() {
    let real = folded(uneven()[..6].to_vec(), 2, 0.7, false);
    for bits in [4, 8, 9] {
        let net = real.quantise(QuantSpec { scale: Scale::Channel, ..QuantSpec::new(4, bits) });
        let (layer, from) = (&net.layers[1], &real.layers[1]);
        for channel in 0..2 {
            // Membrane units in 1.
            let unit = f64::from(layer.threshold[channel]) / 0.7;
            let slack = unit / f64::from(layer.threshold[channel]);
            for (integer, w) in
                layer.weight.chunks(3).zip(from.weight.chunks(3)).nth(channel).map(|(a, b)| a.iter().zip(b)).unwrap()
            {
                let (seen, right) = (f64::from(*integer) * 4.0, f64::from(*w) * unit);
                assert!((seen - right).abs() <= 2.0 + slack, "{bits} bits: {seen} for {right}");
            }
            let (seen, right) = (layer.bias[channel] as f64 * 4.0, f64::from(from.bias[channel]) * unit);
            assert!((seen - right).abs() <= 2.0 + slack, "{bits} bits: bias {seen} for {right}");
        }
    }
}

#[test]
fn one_bit_is_the_sign() {
    let weight = vec![0.5, -0.25, 0.0, -3.0, -1.0, -2.0];
    for &scale in Scale::ALL {
        let spec = QuantSpec { scale, ..QuantSpec::new(4, 1) };
        let mut real = folded(weight.clone(), 2, 1.5, false);
        let net = real.quantise(spec);
        assert_eq!(net.layers[1].weight, [1, -1, 1, -1, -1, -1]);
        // Means of 0.25 and 2, or 6.75 / 6 of all; F is 2.
        let expected = if scale == Scale::Channel { [24, 3] } else { [5, 5] };
        assert_eq!(net.layers[1].threshold, expected, "{scale:?}");
        // The output layer has one scale: the mean of its four weights of -0.5 to -0.5 + 3/7.
        let mean = (0.5 + 5.0 / 14.0 + 3.0 / 14.0 + 1.0 / 14.0) / 4.0;
        assert!((net.output_scale - 1.0 / mean).abs() < 1e-6, "{}", net.output_scale);
        // Pruned weights are 0 and are not counted in the mean.
        real.layers[1].pruned = true;
        let net = real.quantise(spec);
        assert_eq!(net.layers[1].weight, [1, -1, 0, -1, -1, -1]);
        if scale == Scale::Channel {
            assert_eq!(net.layers[1].threshold, [16, 3]);
        }
    }
}

#[test]
fn the_weight_of_an_added_layer_is_a_threshold_and_fits() {
    for bits in 2..=9 {
        for &scale in Scale::ALL {
            for threshold in [0.01, 1.0, 40.0] {
                let spec = QuantSpec { scale, ..QuantSpec::new(4, bits) };
                let real = folded(vec![0.5, -0.25, 0.1, 0.01], 2, threshold, true);
                let net = real.quantise(spec);
                let layer = &net.layers[1];
                let skip = layer.skip.as_ref().unwrap();
                assert_eq!((skip.layer, skip.weight.len()), (0, 2));
                for (weight, theta) in skip.weight.iter().zip(&layer.threshold) {
                    assert!((0..=weight_max(bits)).contains(weight), "{bits} {scale:?} {threshold}: {weight}");
                    // Four membrane units per weight unit.
                    assert!((i32::from(*weight) * 4 - theta).abs() <= 2 + 1, "{bits} {scale:?}: {weight} for {theta}");
                }
                assert!(skips_need_bits(&real.stages, bits).is_ok());
            }
        }
    }
    let real = folded(vec![0.5, -0.25], 2, 1.0, true);
    assert!(skips_need_bits(&real.stages, 1).unwrap_err().starts_with("1 bit is too few, 2 are needed: x adds"));
}

#[test]
fn leaks_and_starts() {
    let mut real = folded(uneven(), 4, 1.0, false);
    for (leak, decay) in [(1.0, 0), (0.9, 410), (0.5, 2048), (1.0 / 4096.0, 4095), (0.9999, 0)] {
        real.leak = leak;
        assert_eq!(real.quantise(QuantSpec::new(4, 8)).decay, decay, "{leak}");
    }
    real.half_start = true;
    let net = real.quantise(QuantSpec::new(4, 3));
    let halves: Vec<i32> = net.layers[1].threshold.iter().map(|threshold| threshold / 2).collect();
    assert_eq!(net.start(1), halves);
    assert!(halves.iter().any(|start| *start > 0));
    assert_eq!(net.start(2), [0, 0], "outputs begin at 0");
}
