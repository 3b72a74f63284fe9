//! Integers against the real numbers that they stand for.

use super::*;

#[test]
fn rounding_is_half_up() {
    assert_eq!([-3, -2, -1, 0, 1, 2, 3].map(|n| round_half_up(n, 2)), [-1, -1, 0, 0, 1, 1, 2]);
    assert_eq!(round_half_up(-7, 3), -2);
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
                full_scale: 255,
                threshold: 1.0,
                leak: 1.0,
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
        full_scale: 16,
        spec: QuantSpec::new(4, 8),
        layers: vec![layer(5), layer(0)],
        decay: 0,
        half_start: false,
        target: Target::Label,
        output_scale: 1.0,
    };
    // 4 (3*10 - 2*7) + 5 = 69; 69/16 = 4.3125
    assert_eq!(net.encode(&[10, 7]), [4]);
    // 4 (3*1 - 2*3) + 5 = -7; -7/16 = -0.4375
    assert_eq!(net.encode(&[1, 3]), [0]);
}
