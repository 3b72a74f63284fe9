//! Spike trains of one run from an array of time steps by neurons: an `.npy` file, or one in memory.

use super::error::DataError;
use super::npy::{MemoryArray, NumberFile};
use crate::net::spikes::{InputSpikes, MAX_GIVEN};
use std::io::Read;
use std::path::Path;

const MAX_VALUES: u64 = 1 << 30;
impl InputSpikes {
    /// Reads spike trains: 0 and 1 of any type of number, or truth values, of shape `[steps, ...]`.
    ///
    /// # Errors
    /// A file that cannot be read, values other than 0 and 1, and more spikes than a run can have.
    pub fn from_file(path: &Path) -> Result<Self, DataError> {
        let spikes = Self::from_numbers(NumberFile::open(path)?)?;
        Ok(spikes.labelled(path.display().to_string()))
    }

    /// Takes spike trains from an array in memory, as [`InputSpikes::from_file`] does from a file.
    ///
    /// # Errors
    /// As there.
    pub fn from_array(array: MemoryArray<'_>) -> Result<Self, DataError> {
        Self::from_numbers(NumberFile::in_memory(array)?)
    }

    fn from_numbers<R: Read>(values: NumberFile<R>) -> Result<Self, DataError> {
        let path = values.path().to_owned();
        let fail = |message: String| DataError::file(&path, message);
        let dims = values.shape().to_vec();
        let total: u64 = dims.iter().product();
        if dims.len() < 2 || total > MAX_VALUES {
            return Err(fail(format!("shape {dims:?}, expected [steps, neurons] of at most {MAX_VALUES} values")));
        }
        let (steps, neurons) = (dims[0], total / dims[0].max(1));
        let (Ok(steps), Ok(neurons)) = (u32::try_from(steps), u32::try_from(neurons)) else {
            return Err(fail(format!("shape {dims:?} is too large")));
        };
        let mut spikes = Vec::new();
        let mut more = false;
        values.each(|index, value| {
            match value.spike()? {
                true if spikes.len() == MAX_GIVEN => more = true,
                true => spikes.push(((index / u64::from(neurons)) as u32 + 1, (index % u64::from(neurons)) as u32)),
                false => {}
            }
            Ok(())
        })?;
        if more {
            return Err(fail(format!("more than {MAX_GIVEN} spikes")));
        }
        Ok(Self::of(spikes, steps, neurons))
    }
}
