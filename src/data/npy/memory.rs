//! Arrays in a caller's memory.

use super::header::ArrayHeader;
use crate::data::error::DataError;
use std::path::Path;

/// An array in memory, as `numpy` describes and stores it.
#[derive(Clone, Copy, Debug)]
pub struct MemoryArray<'a> {
    /// Its name in messages, such as `data` or `labels`.
    pub name: &'a str,
    /// Its header as in an `.npy` file: `{'descr': '<f4', 'fortran_order': False, 'shape': (3, 4)}`.
    pub header: &'a str,
    /// Its elements, as they follow the header in a file.
    pub bytes: &'a [u8],
}

impl MemoryArray<'_> {
    /// Its dimensions.
    ///
    /// # Errors
    /// A header that cannot be read, or that does not fit the elements.
    pub fn dims(&self) -> Result<Vec<u64>, DataError> {
        Ok(self.read_header()?.shape)
    }

    /// The header, for data that begin at 0.
    pub(in crate::data) fn read_header(&self) -> Result<ArrayHeader, DataError> {
        let header = ArrayHeader::parse(self.header).map_err(|message| self.fail(message))?;
        header.check_size(self.bytes.len() as u64).map_err(|message| self.fail(message))?;
        Ok(header)
    }

    /// An error of this array.
    pub(in crate::data) fn fail(&self, message: impl Into<String>) -> DataError {
        DataError::file(Path::new(self.name), message)
    }
}
