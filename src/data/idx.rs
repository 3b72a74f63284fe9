//! IDX files, gzipped or not: a big-endian header with dimensions, then unsigned bytes.
//!
//! The header is checked against the size of the file before anything is allocated, and no more is decompressed
//! than the header promises.

use super::error::DataError;
use super::{Images, MAX_BYTES, check_counts};
use flate2::read::MultiGzDecoder;
use std::io::{BufReader, Read, Seek};
use std::path::Path;

/// Deflate expands by at most 1,032 to 1, so a header that promises more than this is lying.
const MAX_EXPANSION: u64 = 1100;

/// Reads an image file of two to four dimensions: samples, then a vector, rows x columns or channels x rows x columns.
pub(super) fn images(path: &Path) -> Result<Images, DataError> {
    let (dims, pixels) = read(path, 2..=4)?;
    let shape = super::image_shape(&dims[1..]).map_err(|message| DataError::file(path, message))?;
    Ok(Images { pixels, shape, full_scale: 255, count: dims[0] as usize })
}

/// Reads a label file.
pub(super) fn labels(path: &Path) -> Result<Vec<u8>, DataError> {
    read(path, 1..=1).map(|(_, labels)| labels)
}

fn read(path: &Path, rank: std::ops::RangeInclusive<usize>) -> Result<(Vec<u64>, Vec<u8>), DataError> {
    let fail = |message: String| DataError::file(path, message);
    let unreadable = |e: std::io::Error| DataError::file(path, format!("cannot be read: {e}"));
    let (mut file, size) = super::open_regular(path)?;
    let mut start = [0u8; 2];
    let gzipped = file.read_exact(&mut start).is_ok() && start == [0x1f, 0x8b];
    file.rewind().map_err(unreadable)?;
    let room = size.saturating_mul(if gzipped { MAX_EXPANSION } else { 1 });
    let mut reader: Box<dyn Read> = match gzipped {
        true => Box::new(MultiGzDecoder::new(BufReader::new(file))),
        false => Box::new(BufReader::new(file)),
    };
    let dims = header(&mut reader, rank).map_err(fail)?;
    let total = check_counts(&dims).map_err(fail)?;
    if total > room {
        return Err(fail(format!("its header promises {total} values, the file of {} bytes holds fewer", size)));
    }
    let mut values = Vec::new();
    reader.by_ref().take(total).read_to_end(&mut values).map_err(|e| fail(format!("is damaged: {e}")))?;
    if (values.len() as u64) < total {
        return Err(fail(format!("ends after {} of the {total} values that its header promises", values.len())));
    }
    match reader.read(&mut [0u8; 1]) {
        Ok(0) => Ok((dims, values)),
        Ok(_) => Err(fail(format!("holds more than the {total} values that its header promises"))),
        Err(e) => Err(fail(format!("is damaged at its end: {e}"))),
    }
}

/// Reads the magic number and the dimensions.
fn header(reader: &mut dyn Read, rank: std::ops::RangeInclusive<usize>) -> Result<Vec<u64>, String> {
    let mut word = || {
        let mut bytes = [0u8; 4];
        reader.read_exact(&mut bytes).map_err(|e| format!("has no whole IDX header: {e}"))?;
        Ok::<u32, String>(u32::from_be_bytes(bytes))
    };
    let magic = word()?;
    let dims = (magic & 0xff) as usize;
    if magic >> 8 != 0x08 || !rank.contains(&dims) {
        let (low, high) = (rank.start(), rank.end());
        return Err(format!(
            "starts with {magic:#010x}, expected an IDX file of unsigned bytes with {low} to {high} dimensions \
             ({:#010x} to {:#010x})",
            0x800 + low,
            0x800 + high
        ));
    }
    (0..dims).map(|_| word().map(u64::from)).collect()
}

const _: () = assert!(MAX_BYTES <= usize::MAX as u64, "a data set fits the address space");
