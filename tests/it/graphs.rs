//! NIR graphs in tests: nodes evaluated in plain loops over their file, and files that are damaged.

use crate::common::Draw;
use spikemesh::net::nir;

/// Reads a NIR file with some of its bytes changed, many times: an error that names it or another graph, never a panic.
pub fn refuse_damaged_graphs(file: &[u8], draw: &mut Draw) {
    let mut refused = 0;
    for _ in 0..400 {
        let mut bytes = file.to_vec();
        match draw.below(4) {
            0 => bytes.truncate(draw.below(bytes.len() as u64) as usize),
            _ => {
                for _ in 0..=draw.below(4) {
                    let at = draw.below(bytes.len() as u64) as usize;
                    bytes[at] = draw.below(256) as u8;
                }
            }
        }
        match nir::parse("damaged.nir", bytes) {
            Ok(graph) => drop(nir::lower(&graph, nir::LowerOptions::default())),
            Err(error) => {
                refused += 1;
                assert!(error.to_string().starts_with("damaged.nir: "), "{error}");
            }
        }
    }
    assert!(refused > 40, "{refused} of 400 refused");
}

/// `y += W x`, of a matrix (outputs, inputs), and its bias.
pub fn affine(node: &nir::NirNode, x: &[f64]) -> Vec<f64> {
    let weight = node.array("weight").unwrap();
    let (outputs, inputs) = (weight.shape[0], weight.shape[1]);
    let bias = |o: usize| node.array("bias").map_or(0.0, |bias| bias.data[o]);
    (0..outputs).map(|o| bias(o) + (0..inputs).map(|i| weight.data[o * inputs + i] * x[i]).sum::<f64>()).collect()
}

/// A convolution in plain loops: (channels, rows, columns) of the output.
pub fn convolve(node: &nir::NirNode, x: &[f64], [channels, rows, columns]: [usize; 3]) -> (Vec<f64>, [usize; 3]) {
    let weight = node.array("weight").unwrap();
    let [out, _, kh, kw] = *weight.shape else { panic!("{:?}", weight.shape) };
    let pair = |name: &str| node.array(name).unwrap().data.iter().map(|v| *v as usize).collect::<Vec<_>>();
    let (stride, pad) = (pair("stride"), pair("padding"));
    let (oh, ow) = ((rows + 2 * pad[0] - kh) / stride[0] + 1, (columns + 2 * pad[1] - kw) / stride[1] + 1);
    let mut y = vec![0.0; out * oh * ow];
    for (o, y) in y.chunks_mut(oh * ow).enumerate() {
        for (place, y) in y.iter_mut().enumerate() {
            *y = node.array("bias").unwrap().data[o];
            for (c, ky, kx) in (0..channels).flat_map(|c| (0..kh).flat_map(move |y| (0..kw).map(move |x| (c, y, x)))) {
                let (r, q) = (place / ow * stride[0] + ky, place % ow * stride[1] + kx);
                if r >= pad[0] && q >= pad[1] && r - pad[0] < rows && q - pad[1] < columns {
                    let value = x[(c * rows + r - pad[0]) * columns + q - pad[1]];
                    *y += weight.data[((o * channels + c) * kh + ky) * kw + kx] * value;
                }
            }
        }
    }
    (y, [out, oh, ow])
}

pub fn sum_pool(x: &[f64], [channels, rows, columns]: [usize; 3]) -> (Vec<f64>, [usize; 3]) {
    let mut y = vec![0.0; channels * (rows / 2) * (columns / 2)];
    for (i, value) in x.iter().enumerate() {
        let (c, r, q) = (i / (rows * columns), i / columns % rows, i % columns);
        y[(c * (rows / 2) + r / 2) * (columns / 2) + q / 2] += value;
    }
    (y, [channels, rows / 2, columns / 2])
}
