//! The files of the actor: its layers made integer as the authors' code makes them, and the recorded inputs.

use super::super::Trouble;
use super::{INPUTS, POSES, Pose, SIZES};
use npyz::{Deserialize, NpyFile, Order};
use std::fs::File;
use std::io::BufReader;
use std::path::Path;

const LARGEST_FILE: u64 = 1 << 22;
/// Most poses of a file of inputs.
const MOST_ROWS: usize = 100_000;

/// A weighted layer, rows of weights by output.
pub(super) struct ActorLayer {
    pub(super) inputs: u32,
    pub(super) outputs: u32,
    pub(super) weights: Vec<i16>,
    pub(super) biases: Vec<i16>,
    pub(super) threshold: i32,
}

impl ActorLayer {
    pub(super) fn read(folder: &Path, index: usize) -> Result<Self, Trouble> {
        let (inputs, outputs) = (SIZES[index], SIZES[index + 1]);
        let weights = read(&folder.join(format!("weight_{index}.npy")), &[outputs, inputs])?;
        let biases = read(&folder.join(format!("bias_{index}.npy")), &[outputs])?;
        let largest = weights.iter().chain(&biases).fold(0f64, |most, value| most.max(value.abs()));
        if largest == 0.0 {
            return Err(Trouble::Failed(format!("{}: layer {index} has only zeros", folder.display())));
        }
        let scale = 255.0 / largest;
        let whole = |values: Vec<f64>| values.into_iter().map(|v| (v * scale).clamp(-255.0, 255.0) as i16).collect();
        Ok(Self { inputs, outputs, weights: whole(weights), biases: whole(biases), threshold: (0.5 * scale) as i32 })
    }
}

/// The probabilities of the inputs' spikes by pose.
pub(super) fn read_poses(folder: &Path) -> Result<Vec<Pose>, Trouble> {
    let path = folder.join(POSES);
    let fail = |what: String| Trouble::Failed(format!("{}: {what}", path.display()));
    let (shape, values) = array::<u8>(&path, "u1")?;
    let rows = values.len() / INPUTS;
    if shape.len() != 2 || shape[1] != INPUTS as u64 || !(1..=MOST_ROWS).contains(&rows) {
        return Err(fail(format!("shape {shape:?}, expected [1 to {MOST_ROWS}, {INPUTS}]")));
    }
    if let Some(found) = values.iter().find(|percent| **percent > 100) {
        return Err(fail(format!("found {found}, expected probabilities of 0 to 100 percent")));
    }
    Ok(values.chunks_exact(INPUTS).map(|row| std::array::from_fn(|input| row[input])).collect())
}

fn read(path: &Path, shape: &[u32]) -> Result<Vec<f64>, Trouble> {
    let fail = |what: String| Trouble::Failed(format!("{}: {what}", path.display()));
    let (found, values) = array::<f32>(path, "f4")?;
    if !found.iter().eq(shape.iter().map(|n| u64::from(*n)).collect::<Vec<_>>().iter()) {
        return Err(fail(format!("shape {found:?}, expected {shape:?}")));
    }
    if values.iter().any(|value| !value.is_finite()) {
        return Err(fail("a value that is no number".into()));
    }
    Ok(values.into_iter().map(f64::from).collect())
}

/// The shape and values of an array file.
fn array<T: Deserialize>(path: &Path, kind: &str) -> Result<(Vec<u64>, Vec<T>), Trouble> {
    let fail = |what: String| Trouble::Failed(format!("{}: {what}", path.display()));
    let file = File::open(path).map_err(|error| fail(format!("cannot be read: {error}")))?;
    let size = file.metadata().map_err(|error| fail(error.to_string()))?.len();
    if size > LARGEST_FILE {
        return Err(fail(format!("{size} bytes, expected at most {LARGEST_FILE}")));
    }
    let array = NpyFile::new(BufReader::new(file)).map_err(|error| fail(format!("not an array: {error}")))?;
    if array.order() != Order::C {
        return Err(fail("columns first, expected rows first (C order)".into()));
    }
    let shape = array.shape().to_vec();
    let values = array.into_vec::<T>().map_err(|error| fail(format!("expected {kind}: {error}")))?;
    Ok((shape, values))
}
