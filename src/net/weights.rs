//! Weights of a trained network in a safetensors file: the folded real ones and the integer ones made from them.
//!
//! Tensors of stage i: `i.weight` and `i.bias` (f32, folded), `i.weight_q` (i8, or i16 of 9 bits), `i.bias_q` (i64),
//! `i.threshold_q` (i32, one value per output channel), `i.fraction_bits` (i32, one value); `i.skip_q` (i16, one value per
//! output channel) of a stage that adds another.

use super::architecture::{Architecture, Stage};
use super::beside::check_sha256;
use super::quantised::{Folded, FoldedLayer, Layered, QuantSpec, QuantisedLayer, Skip, membrane_max};
use safetensors::tensor::{Dtype, SafeTensors, TensorView};
use std::io;
use std::path::Path;

/// The weights file.
pub(super) fn bytes(folded: &Folded, quantised: &Layered) -> io::Result<Vec<u8>> {
    let mut tensors: Vec<(String, Dtype, usize, Vec<u8>)> = Vec::new();
    for (i, (real, integer)) in folded.layers.iter().zip(&quantised.layers).enumerate() {
        let mut add = |name: &str, dtype, bytes: Vec<u8>, len| tensors.push((format!("{i}.{name}"), dtype, len, bytes));
        add("weight", Dtype::F32, real.weight.iter().flat_map(|v| v.to_le_bytes()).collect(), real.weight.len());
        add("bias", Dtype::F32, real.bias.iter().flat_map(|v| v.to_le_bytes()).collect(), real.bias.len());
        let (dtype, bytes) = weight_bytes(integer, quantised.spec);
        add("weight_q", dtype, bytes, integer.weight.len());
        add("bias_q", Dtype::I64, integer.bias.iter().flat_map(|v| v.to_le_bytes()).collect(), integer.bias.len());
        let threshold = integer.threshold.iter().flat_map(|v| v.to_le_bytes()).collect();
        add("threshold_q", Dtype::I32, threshold, integer.threshold.len());
        add("fraction_bits", Dtype::I32, (integer.fraction_bits as i32).to_le_bytes().to_vec(), 1);
        if let Some(skip) = &integer.skip {
            add("skip_q", Dtype::I16, skip.weight.iter().flat_map(|v| v.to_le_bytes()).collect(), skip.weight.len());
        }
    }
    let views = tensors.iter().map(|(name, dtype, len, bytes)| {
        let view = TensorView::new(*dtype, vec![*len], bytes).expect("the length matches the bytes by construction");
        (name.clone(), view)
    });
    safetensors::serialize(views.collect::<Vec<_>>(), None).map_err(io::Error::other)
}

/// Whether integer weights fit one byte.
fn is_narrow(spec: QuantSpec) -> bool {
    spec.weight_bits <= 8
}

fn weight_bytes(layer: &QuantisedLayer, spec: QuantSpec) -> (Dtype, Vec<u8>) {
    if is_narrow(spec) {
        return (Dtype::I8, layer.weight.iter().map(|v| *v as u8).collect());
    }
    (Dtype::I16, layer.weight.iter().flat_map(|v| v.to_le_bytes()).collect())
}

/// Quantisation and pruning of a network, from its file.
#[derive(Clone, Copy, Debug)]
pub(super) struct WeightsMeta<'a> {
    pub(super) spec: QuantSpec,
    pub(super) full_scale: u32,
    pub(super) half_start: bool,
    pub(super) max_fan_in: Option<u32>,
    /// Digest of the file, if any.
    pub(super) sha256: Option<&'a str>,
}

/// Reads the weights file and checks it against an architecture; gives all problems.
pub(super) fn load(
    path: &Path,
    architecture: &Architecture,
    made: WeightsMeta<'_>,
) -> Result<(Folded, Layered), Vec<String>> {
    let stages = architecture.stages();
    let weights: usize = stages.iter().map(|s| s.op.weights() + s.op.channels()).sum();
    let largest = weights as u64 * 32 + (1 << 20);
    let meta = std::fs::metadata(path).map_err(|e| vec![format!("cannot be read: {e}")])?;
    if !meta.is_file() {
        return Err(vec!["not a regular file".to_owned()]);
    }
    let size = meta.len();
    if size > largest {
        return Err(vec![format!("{size} bytes; this architecture's weights take at most {largest}")]);
    }
    let bytes = std::fs::read(path).map_err(|e| vec![format!("cannot be read: {e}")])?;
    read(&bytes, architecture, made)
}

/// Checks the contents of a weights file against an architecture, and against its digest if there is one; gives all
/// problems.
pub(super) fn read(
    bytes: &[u8],
    architecture: &Architecture,
    made: WeightsMeta<'_>,
) -> Result<(Folded, Layered), Vec<String>> {
    let WeightsMeta { spec, full_scale, .. } = made;
    let stages = architecture.stages();
    check_sha256(bytes, made.sha256).map_err(|problem| vec![problem])?;
    let file = SafeTensors::deserialize(bytes).map_err(|e| vec![format!("not a safetensors file: {e}")])?;
    let mut reader = WeightsReader { file, problems: Vec::new() };
    let (mut folded, mut integer) = (Vec::new(), Vec::new());
    for (i, stage) in stages.iter().enumerate() {
        let encodes = i < architecture.encoding.layers_off_chip();
        let real = reader.folded(i, stage, made.max_fan_in);
        let layer = reader.quantised(i, stage, (&real, if encodes { full_scale } else { 1 }), spec);
        if reader.problems.is_empty() {
            folded.push(real);
            integer.push(layer);
        }
    }
    let extra =
        reader.file.len().saturating_sub(stages.iter().map(|stage| 6 + usize::from(stage.skip.is_some())).sum());
    if extra > 0 && reader.problems.is_empty() {
        reader.problems.push(format!("{extra} tensors more than this architecture has"));
    }
    if !reader.problems.is_empty() {
        return Err(reader.problems);
    }
    let input = architecture.input;
    let Architecture { encoding, frames, neuron, threshold, leak, target, .. } = *architecture;
    let own = architecture.own.clone();
    let half_start = made.half_start;
    let layers = folded;
    let folded = Folded {
        stages,
        layers,
        input,
        encoding,
        frames,
        full_scale,
        neuron,
        threshold,
        leak,
        own,
        half_start,
        target,
    };
    let right = folded.quantise(spec);
    let mut problems = folded.beyond_membranes(&right);
    problems.extend(differences(&integer, &right));
    if problems.is_empty() { Ok((folded, right)) } else { Err(problems) }
}

/// Differences between a file's integers and those that its real weights give, quantised as the network file says.
fn differences(found: &[QuantisedLayer], right: &Layered) -> Vec<String> {
    let QuantSpec { time_steps, weight_bits, .. } = right.spec;
    let differing = |(i, (found, right)): (usize, (&QuantisedLayer, &QuantisedLayer))| {
        let same = [
            ("weight_q", found.weight == right.weight),
            ("bias_q", found.bias == right.bias),
            ("threshold_q", found.threshold == right.threshold),
            ("fraction_bits", found.fraction_bits == right.fraction_bits),
            ("skip_q", found.skip == right.skip),
        ];
        let names: Vec<String> = same.iter().filter(|(_, same)| !same).map(|(name, _)| format!("{i}.{name}")).collect();
        (!names.is_empty()).then(|| {
            format!(
                "{}: not what {i}.weight and {i}.bias give for {time_steps} steps and {weight_bits}-bit weights",
                names.join(", ")
            )
        })
    };
    found.iter().zip(&right.layers).enumerate().filter_map(differing).collect()
}

struct WeightsReader<'a> {
    file: SafeTensors<'a>,
    problems: Vec<String>,
}

impl WeightsReader<'_> {
    /// The real weights of a stage.
    fn folded(&mut self, i: usize, stage: &Stage, max_fan_in: Option<u32>) -> FoldedLayer {
        let (weights, channels) = (stage.op.weights(), stage.op.channels());
        FoldedLayer {
            weight: self.values(&format!("{i}.weight"), Dtype::F32, weights, f32::from_le_bytes, |v| v.is_finite()),
            bias: self.values(&format!("{i}.bias"), Dtype::F32, channels, f32::from_le_bytes, |v| v.is_finite()),
            pruned: max_fan_in.is_some_and(|most| stage.op.most_synapses_in() > most as usize),
        }
    }

    /// The integers of a stage; `bias_scale` is the later divisor of a bias.
    fn quantised(
        &mut self,
        i: usize,
        stage: &Stage,
        (real, bias_scale): (&FoldedLayer, u32),
        spec: QuantSpec,
    ) -> QuantisedLayer {
        let (weights, channels) = (stage.op.weights(), stage.op.channels());
        let (weight_max, limit) = (spec.weight_max(), i64::from(membrane_max(spec.membrane_bits)));
        let bias_limit = limit * i64::from(bias_scale);
        let in_range = |v: &i16| (-weight_max..=weight_max).contains(v);
        let name = format!("{i}.weight_q");
        let weight = match is_narrow(spec) {
            true => self.values(&name, Dtype::I8, weights, |byte| i16::from(i8::from_le_bytes(byte)), in_range),
            false => self.values(&name, Dtype::I16, weights, i16::from_le_bytes, in_range),
        };
        let bias = self.values(&format!("{i}.bias_q"), Dtype::I64, channels, i64::from_le_bytes, |v| {
            (-bias_limit..=bias_limit).contains(v)
        });
        let threshold = self.values(&format!("{i}.threshold_q"), Dtype::I32, channels, i32::from_le_bytes, |v| {
            (1..=limit).contains(&i64::from(*v))
        });
        let fraction =
            self.values(&format!("{i}.fraction_bits"), Dtype::I32, 1, i32::from_le_bytes, |v| (0..=13).contains(v));
        let skip = stage.skip.map(|layer| {
            let name = format!("{i}.skip_q");
            Skip { layer, weight: self.values(&name, Dtype::I16, channels, i16::from_le_bytes, in_range) }
        });
        let fraction_bits = fraction.first().map_or(0, |bits| *bits as u32);
        let (name, op, output, pruned) = (stage.name.clone(), stage.op, stage.output, real.pruned);
        QuantisedLayer { name, op, output, weight, bias, threshold, fraction_bits, skip, pruned }
    }

    fn values<T, const N: usize>(
        &mut self,
        name: &str,
        dtype: Dtype,
        len: usize,
        decode: fn([u8; N]) -> T,
        allowed: impl Fn(&T) -> bool,
    ) -> Vec<T> {
        let tensor = match self.file.tensor(name) {
            Ok(tensor) => tensor,
            Err(_) => {
                self.problems.push(format!("tensor {name} is missing"));
                return Vec::new();
            }
        };
        let found: usize = tensor.shape().iter().product();
        if tensor.dtype() != dtype || found != len {
            let message = format!("tensor {name} is {found} x {:?}, expected {len} x {dtype:?}", tensor.dtype());
            self.problems.push(message);
            return Vec::new();
        }
        let chunks = tensor.data().chunks_exact(N);
        let values: Vec<T> = chunks.map(|c| decode(c.try_into().expect("chunks_exact gives N bytes"))).collect();
        if let Some(index) = values.iter().position(|v| !allowed(v)) {
            self.problems.push(format!("tensor {name}: value {index} is out of range or not finite"));
        }
        values
    }
}
