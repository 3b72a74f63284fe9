//! Input and output shapes of each node, from its own arrays and, if these are not enough, from its sources.

use super::graph::{Array, FieldValue, NirGraph, NirNode};
use crate::json::Problem;

/// Most values of a node's input or output, and most neurons of a graph: limits the memory that a small file can take.
pub(super) const MAX_SIZE: u64 = 1 << 20;

/// Input and output shapes of a node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Shapes {
    pub(super) input: Vec<usize>,
    pub(super) output: Vec<usize>,
}

/// Number of values; saturating, since files are not trusted.
pub(super) fn count(shape: &[usize]) -> usize {
    shape.iter().fold(1, |product: usize, side| product.saturating_mul(*side))
}

/// The shapes of all nodes in their order, and notes for people; or the mismatches.
pub(super) fn infer(graph: &NirGraph) -> Result<(Vec<Shapes>, Vec<String>), Vec<Problem>> {
    let mut found: Vec<Option<Shapes>> = vec![None; graph.nodes.len()];
    let mut problems = Vec::new();
    let mut wrong = vec![false; graph.nodes.len()];
    let sources = graph.sources();
    // Nodes without known sources use their own arrays, in a second round.
    for alone in [false, true] {
        loop {
            let mut changed = false;
            for (index, node) in graph.nodes.iter().enumerate() {
                if found[index].is_some() || wrong[index] {
                    continue;
                }
                let fed = sources[index].iter().find_map(|from| found[*from].as_ref().map(|s| s.output.clone()));
                match shapes(node, fed.as_deref(), alone) {
                    Ok(None) => {}
                    Ok(Some(shapes)) => (found[index], changed) = (Some(shapes), true),
                    Err(why) => {
                        problems.push(problem(node, why));
                        wrong[index] = true;
                    }
                }
            }
            if !changed {
                break;
            }
        }
    }
    for (index, node) in graph.nodes.iter().enumerate().filter(|(index, _)| found[*index].is_none() && !wrong[*index]) {
        let feeds = sources[index].len();
        problems.push(problem(node, format!("the shape of its input is not known; it is fed by {feeds} nodes")));
    }
    let Some(shapes) = found.into_iter().collect::<Option<Vec<_>>>() else { return Err(problems) };
    let notes = check_edges(graph, &shapes, &mut problems);
    if problems.is_empty() { Ok((shapes, notes)) } else { Err(problems) }
}

fn problem(node: &NirNode, message: String) -> Problem {
    Problem { path: format!("{} ({})", node.name, node.kind.name), message }
}

fn check_edges(graph: &NirGraph, shapes: &[Shapes], problems: &mut Vec<Problem>) -> Vec<String> {
    let mut notes = Vec::new();
    for (from, to) in &graph.edges {
        let (gives, takes) = (&shapes[*from].output, &shapes[*to].input);
        let (source, target) = (&graph.nodes[*from], &graph.nodes[*to]);
        if count(gives) != count(takes) {
            problems.push(problem(target, format!("takes {takes:?}, but \"{}\" gives {gives:?}", source.name)));
        }
    }
    for (index, node) in graph.nodes.iter().enumerate().filter(|(_, node)| node.is("Output")) {
        let said = node.array("shape").and_then(Array::sizes).unwrap_or_default();
        if count(&said) != count(&shapes[index].output) {
            let found = &shapes[index].output;
            notes.push(format!("output \"{}\" says shape {said:?}, but is fed {found:?}; that was taken", node.name));
        }
    }
    notes
}

/// The shapes of a node with a known or unknown input shape; `None` if more must be known.
fn shapes(node: &NirNode, fed: Option<&[usize]>, alone: bool) -> Result<Option<Shapes>, String> {
    let same = |shape: Vec<usize>| Some(Shapes { input: shape.clone(), output: shape });
    let found = match node.kind.name {
        "Input" => same(sizes(node, "shape")?),
        // An output's own shape is often wrong.
        "Output" => match fed {
            Some(fed) => same(fed.to_vec()),
            None if alone => same(sizes(node, "shape")?),
            None => None,
        },
        "Affine" | "Linear" => Some(matrix(node)?),
        "Conv1d" | "Conv2d" => convolution(node, fed)?,
        "SumPool2d" | "AvgPool2d" => fed.map(|fed| pool(node, fed)).transpose()?,
        "Flatten" => flatten(node, fed)?,
        _ => by_arrays(node, fed, alone)?.and_then(same),
    };
    if let Some(shapes) = &found {
        for side in [&shapes.input, &shapes.output] {
            if count(side) == 0 || count(side) as u64 > MAX_SIZE {
                return Err(format!("shape {side:?}; allowed: 1 to {MAX_SIZE} values"));
            }
        }
    }
    Ok(found)
}

fn array<'n>(node: &'n NirNode, name: &str) -> Result<&'n Array, String> {
    node.array(name).ok_or_else(|| format!("{name}: missing"))
}

/// A field of sizes.
pub(super) fn sizes(node: &NirNode, name: &str) -> Result<Vec<usize>, String> {
    array(node, name)?.sizes().ok_or_else(|| format!("{name}: expected sizes of 0 or more"))
}

/// A field with one size for each of `axes` axes, or one for all.
pub(super) fn per_axis(node: &NirNode, name: &str, axes: usize) -> Result<Vec<usize>, String> {
    let sizes = sizes(node, name)?;
    match sizes.len() {
        1 => Ok(vec![sizes[0]; axes]),
        n if n == axes => Ok(sizes),
        n => Err(format!("{name}: {n} values, expected {axes}")),
    }
}

fn matrix(node: &NirNode) -> Result<Shapes, String> {
    let weight = array(node, "weight")?;
    let [outputs, inputs] = *weight.shape else {
        return Err(format!("weight: shape {:?}, expected (outputs, inputs)", weight.shape));
    };
    if let Some(bias) = node.array("bias").filter(|bias| !fits(bias, outputs)) {
        return Err(format!("bias: shape {:?}, expected ({outputs})", bias.shape));
    }
    Ok(Shapes { input: vec![inputs], output: vec![outputs] })
}

/// Whether an array has `count` values, or one for all.
fn fits(array: &Array, count: usize) -> bool {
    array.data.len() == count || array.data.len() == 1
}

/// Rows and columns added at both ends of each axis.
pub(super) fn padding(node: &NirNode, kernel: &[usize], dilation: &[usize]) -> Result<Vec<[usize; 2]>, String> {
    match node.fields.get("padding") {
        Some(FieldValue::Word(word)) if word == "same" => Ok(kernel
            .iter()
            .zip(dilation)
            .map(|(kernel, dilation)| {
                let both = dilation.saturating_mul(kernel.saturating_sub(1));
                [both / 2, both - both / 2]
            })
            .collect()),
        Some(FieldValue::Word(_)) => Ok(vec![[0, 0]; kernel.len()]),
        _ => Ok(per_axis(node, "padding", kernel.len())?.into_iter().map(|p| [p, p]).collect()),
    }
}

fn convolution(node: &NirNode, fed: Option<&[usize]>) -> Result<Option<Shapes>, String> {
    let axes = if node.is("Conv1d") { 1 } else { 2 };
    let weight = array(node, "weight")?;
    if weight.shape.len() != axes + 2 {
        return Err(format!("weight: shape {:?}, expected {} dimensions", weight.shape, axes + 2));
    }
    let (outputs, each, kernel) = (weight.shape[0], weight.shape[1], &weight.shape[2..]);
    let groups = *per_axis(node, "groups", 1)?.first().unwrap_or(&1);
    if groups == 0 || outputs % groups != 0 {
        return Err(format!("groups: {groups}, which does not divide {outputs} channels"));
    }
    if let Some(bias) = node.array("bias").filter(|bias| !fits(bias, outputs)) {
        return Err(format!("bias: shape {:?}, expected ({outputs})", bias.shape));
    }
    let own = if node.array("input_shape").is_some() { Some(per_axis(node, "input_shape", axes)?) } else { None };
    let channels = each.saturating_mul(groups);
    let place = match (own, fed) {
        (Some(place), _) => place,
        (None, Some(fed)) if fed.len() == axes + 1 => fed[1..].to_vec(),
        (None, Some(fed)) => return Err(format!("is fed {fed:?}, expected {} dimensions", axes + 1)),
        (None, None) => return Ok(None),
    };
    let (stride, dilation) = (per_axis(node, "stride", axes)?, per_axis(node, "dilation", axes)?);
    let padding = padding(node, kernel, &dilation)?;
    if matches!(node.fields.get("padding"), Some(FieldValue::Word(word)) if word == "same")
        && stride.iter().any(|s| *s != 1)
    {
        return Err("padding \"same\" goes with a stride of 1".into());
    }
    let mut output = vec![outputs];
    for axis in 0..axes {
        let window = KernelWindow {
            kernel: kernel[axis],
            stride: stride[axis],
            dilation: dilation[axis],
            padding: padding[axis],
        };
        output.push(window.places(place[axis])?);
    }
    Ok(Some(Shapes { input: [vec![channels], place].concat(), output }))
}

/// A window that moves along an axis.
#[derive(Clone, Copy)]
struct KernelWindow {
    kernel: usize,
    stride: usize,
    dilation: usize,
    padding: [usize; 2],
}

impl KernelWindow {
    /// Number of positions of the window along `side` values.
    fn places(self, side: usize) -> Result<usize, String> {
        if self.kernel == 0 || self.stride == 0 || self.dilation == 0 {
            return Err("kernel, stride and dilation are at least 1".into());
        }
        let span = self.dilation.saturating_mul(self.kernel - 1).saturating_add(1);
        let wide = side.saturating_add(self.padding[0]).saturating_add(self.padding[1]);
        if span > wide {
            return Err(format!("a window of {span} is larger than its input of {wide}, padding included"));
        }
        Ok((wide - span) / self.stride + 1)
    }
}

fn pool(node: &NirNode, fed: &[usize]) -> Result<Shapes, String> {
    let [channels, ref place @ ..] = *fed else { return Err("is fed a single value".into()) };
    if place.len() != 2 {
        return Err(format!("is fed {fed:?}, expected (channels, rows, columns)"));
    }
    let (kernel, stride) = (per_axis(node, "kernel_size", 2)?, per_axis(node, "stride", 2)?);
    let padding = per_axis(node, "padding", 2)?;
    let mut output = vec![channels];
    for axis in 0..2 {
        let padding = [padding[axis]; 2];
        output.push(
            KernelWindow { kernel: kernel[axis], stride: stride[axis], dilation: 1, padding }.places(place[axis])?,
        );
    }
    Ok(Shapes { input: fed.to_vec(), output })
}

fn flatten(node: &NirNode, fed: Option<&[usize]>) -> Result<Option<Shapes>, String> {
    let own = if node.array("input_type").is_some() { Some(sizes(node, "input_type")?) } else { None };
    let Some(input) = own.or_else(|| fed.map(<[usize]>::to_vec)) else { return Ok(None) };
    let axis = |name: &str| -> Result<usize, String> {
        let value = array(node, name)?.integers().and_then(|all| all.first().copied());
        let value = value.ok_or_else(|| format!("{name}: expected a whole number"))?;
        let rank = input.len() as i64;
        let axis = if value < 0 { value.saturating_add(rank) } else { value };
        if (0..rank).contains(&axis) { Ok(axis as usize) } else { Err(format!("{name}: {value} of {rank} dimensions")) }
    };
    let (start, end) = (axis("start_dim")?, axis("end_dim")?);
    if start > end {
        return Err(format!("start_dim is {start}, end_dim {end}"));
    }
    let output = [&input[..start], &[count(&input[start..=end])], &input[end + 1..]].concat();
    Ok(Some(Shapes { input, output }))
}

/// Whether an array spreads over a shape: it has as many values, or one, or sides of 1 (or none) where others differ.
fn spreads(array: &Array, shape: &[usize]) -> bool {
    let sides = || array.shape.iter().rev().zip(shape.iter().rev());
    fits(array, count(shape))
        || (array.shape.len() <= shape.len()
            && array.shape.len() > 1
            && sides().all(|(own, side)| *own == 1 || own == side))
}

/// Shape of nodes whose arrays have the shape of their input: all the same shape, a single value for all, or values for
/// channels, of a shape such as (channels, 1, 1).
fn by_arrays(node: &NirNode, fed: Option<&[usize]>, alone: bool) -> Result<Option<Vec<usize>>, String> {
    let arrays = || node.kind.fields.iter().filter_map(|field| node.array(field.name).map(|array| (field.name, array)));
    let largest = arrays().map(|(_, array)| array).max_by_key(|array| array.data.len());
    let largest = largest.ok_or_else(|| "has no arrays".to_owned())?;
    let by_channels = largest.data.len() > 1 && largest.shape.len() > 1 && largest.shape.contains(&1);
    match fed {
        Some(fed)
            if by_channels && count(fed) != largest.data.len() && arrays().all(|(_, array)| spreads(array, fed)) =>
        {
            return Ok(Some(fed.to_vec()));
        }
        // What feeds it may be larger.
        None if by_channels && !alone => return Ok(None),
        _ => {}
    }
    if let Some((name, array)) = arrays().find(|(_, array)| !spreads(array, &largest.shape)) {
        return Err(format!("{name}: shape {:?}, another array has {:?}", array.shape, largest.shape));
    }
    Ok(match fed {
        _ if largest.data.len() > 1 => Some(largest.shape.clone()),
        Some(fed) => Some(fed.to_vec()),
        None if alone => Some(if largest.shape.is_empty() { vec![1] } else { largest.shape.clone() }),
        None => None,
    })
}
