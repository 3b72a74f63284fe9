//! The linear operations compared with their definitions, and layers that do not fit.

use super::*;

fn pool(kernel: [u32; 2]) -> LayerSpec {
    LayerSpec::AvgPool2d { kernel }
}

/// The operation of the weighted layer after some pools.
fn op_of(input: Shape, pools: &[[u32; 2]], layer: LayerSpec) -> LinearOp {
    let mut layers: Vec<_> = pools.iter().map(|window| pool(*window)).collect();
    if matches!(layer, LayerSpec::Dense { .. }) {
        layers.push(LayerSpec::Flatten);
    }
    layers.extend([layer, LayerSpec::Flatten, LayerSpec::dense(2)]);
    stages(input, &layers).unwrap()[0].op
}

/// Sums over windows, pool by pool: for each value of the last shape the inputs that it includes.
fn pooled(input: Shape, pools: &[[u32; 2]]) -> (Shape, Vec<Vec<usize>>) {
    let mut members: Vec<Vec<usize>> = (0..input.neurons() as usize).map(|i| vec![i]).collect();
    let mut shape = input;
    for [high, wide] in pools {
        let next = Shape { height: shape.height / high, width: shape.width / wide, ..shape };
        let mut sums = Vec::new();
        for c in 0..next.channels {
            for y in 0..next.height {
                for x in 0..next.width {
                    let mut sum = Vec::new();
                    for dy in 0..*high {
                        for dx in 0..*wide {
                            let at = (c * shape.height + y * high + dy) * shape.width + x * wide + dx;
                            sum.extend(&members[at as usize]);
                        }
                    }
                    sums.push(sum);
                }
            }
        }
        (shape, members) = (next, sums);
    }
    (shape, members)
}

/// Every (input, output, weight) triple of a convolution, straight from the definition of cross-correlation.
fn triples_of_convolution(c: &Convolution) -> Vec<(usize, usize, usize)> {
    let (inputs, outputs) = (c.input.channels / c.groups, c.output.channels / c.groups);
    let mut all = Vec::new();
    for o in 0..c.output.channels {
        for y in 0..c.output.height {
            for x in 0..c.output.width {
                for i in 0..inputs {
                    for ky in 0..c.kernel[0] {
                        for kx in 0..c.kernel[1] {
                            let iy = i64::from(y * c.stride[0] + ky) - i64::from(c.padding[0]);
                            let ix = i64::from(x * c.stride[1] + kx) - i64::from(c.padding[1]);
                            if iy < 0 || ix < 0 || iy >= c.input.height.into() || ix >= c.input.width.into() {
                                continue;
                            }
                            let channel = o / outputs * inputs + i;
                            let input = (channel * c.input.height + iy as u32) * c.input.width + ix as u32;
                            let output = (o * c.output.height + y) * c.output.width + x;
                            let weight = ((o * inputs + i) * c.kernel[0] + ky) * c.kernel[1] + kx;
                            all.push((input as usize, output as usize, weight as usize));
                        }
                    }
                }
            }
        }
    }
    all
}

fn check(input: Shape, pools: &[[u32; 2]], layer: LayerSpec) {
    let op = op_of(input, pools, layer.clone());
    let (shape, members) = pooled(input, pools);
    let after = match op.kernel {
        Kernel::Conv(conv) => {
            assert_eq!(conv.input, shape);
            triples_of_convolution(&conv)
        }
        Kernel::Dense { inputs, outputs } => {
            let of = |o| (0..inputs as usize).map(move |i| (i, o, o * inputs as usize + i));
            (0..outputs as usize).flat_map(of).collect()
        }
    };
    let mut expected: Vec<_> =
        after.iter().flat_map(|(i, o, w)| members[*i].iter().map(move |input| (*input, *o, *w))).collect();
    expected.sort_unstable();
    let mut found = Vec::new();
    for input in 0..op.inputs() {
        op.for_each_target(input, |output, weight| found.push((input, output, weight)));
    }
    assert!(found.is_sorted_by_key(|(input, output, _)| (*input, *output)), "outputs ascend for each input");
    found.sort_unstable();
    assert_eq!(found, expected, "{input} {pools:?} {layer:?}");
    assert_eq!((op.synapses(), op.macs()), (expected.len() as u64, after.len() as u64));
    assert_eq!(op.inputs() as u64, input.neurons());
    assert!(expected.iter().all(|(_, output, weight)| *output < op.outputs() && *weight < op.weights()));
    let most = (0..op.outputs()).map(|output| expected.iter().filter(|triple| triple.1 == output).count()).max();
    assert!(most.unwrap() <= op.most_synapses_in());
    assert_eq!(op.weights(), op.channels() * op.fan_in());
}

#[test]
fn convolution_targets_match_the_definition() {
    for (size, kernel, stride, padding) in [(5, 3, 1, 1), (6, 3, 2, 1), (7, 2, 3, 0), (4, 4, 1, 3), (5, 1, 2, 0)] {
        let input = Shape { channels: 2, height: size, width: size + 1 };
        check(input, &[], LayerSpec::conv(3, kernel, stride, padding));
    }
}

#[test]
fn pools_and_groups_match_the_definition() {
    let input = Shape { channels: 4, height: 7, width: 9 };
    let pools: [&[[u32; 2]]; 6] = [&[], &[[2, 2]], &[[1, 3]], &[[2, 2], [3, 2]], &[[3, 1], [1, 1], [1, 4]], &[[7, 9]]];
    for pools in pools {
        for groups in [1, 2, 4] {
            let [kernel, stride, padding] = [[2, 3], [2, 1], [1, 2]];
            check(input, pools, LayerSpec::Conv2d { channels: 8, kernel, stride, padding, groups, add: None });
        }
        check(input, pools, LayerSpec::dense(3));
    }
}

fn errors(input: Shape, layers: &[LayerSpec]) -> Vec<(usize, String)> {
    let errors = stages(input, layers).err().unwrap_or_default();
    errors.into_iter().map(|error| (error.layer, error.message)).collect()
}

#[test]
fn layers_that_do_not_fit_are_refused() {
    let input = Shape { channels: 1, height: 4, width: 4 };
    let dense = || LayerSpec::dense(3);
    assert_eq!(errors(input, &[dense(), dense()]).len(), 1);
    assert_eq!(errors(input, &[LayerSpec::Flatten, dense()]).len(), 1);
    assert_eq!(errors(input, &[LayerSpec::Flatten, dense(), dense()]), []);
    assert_eq!(errors(input, &[pool([5, 1]), dense(), dense()])[0].0, 0);
    // Nothing follows the pool, and there are too few layers.
    assert_eq!(errors(input, &[LayerSpec::Flatten, dense(), pool([1, 1])]).len(), 2);
}

#[test]
fn added_layers_have_the_same_shape_and_come_before() {
    let input = Shape { channels: 2, height: 4, width: 4 };
    let conv = |add: Option<&str>, groups| {
        let (kernel, stride, padding) = ([3; 2], [1; 2], [1; 2]);
        LayerSpec::Conv2d { channels: 2, kernel, stride, padding, groups, add: add.map(str::to_owned) }
    };
    let end = [LayerSpec::Flatten, LayerSpec::dense(32)];
    let with = |first: &[LayerSpec], end: &[LayerSpec]| [first, end].concat();
    let layers = with(&[conv(None, 1), conv(None, 2), conv(Some("conv1"), 1), conv(Some("conv3"), 1)], &end);
    let skips: Vec<_> = stages(input, &layers).unwrap().iter().map(|stage| stage.skip).collect();
    assert_eq!(skips, [None, None, Some(0), Some(2), None]);
    // All problems: an addition of itself, of a later layer, groups that do not divide, and the output layer.
    let add = |name: &str| LayerSpec::Dense { outputs: 32, add: Some(name.into()) };
    let layers = [conv(Some("conv1"), 3), conv(Some("conv3"), 1), conv(None, 1), LayerSpec::Flatten, add("conv1")];
    let found = errors(input, &layers);
    assert_eq!(found.iter().map(|(layer, _)| *layer).collect::<Vec<_>>(), [0, 0, 1, 4, 4], "{found:?}");
    // A vector is not an image with the same number of values.
    assert_eq!(
        errors(input, &with(&[conv(None, 1)], &[LayerSpec::Flatten, add("conv1"), LayerSpec::dense(2)])).len(),
        1
    );
}
