//! `.npy` files and `.npz` archives of them: images, labels and spikes, of any type of number and in either order of indices. Arrays in a caller's
//! memory are read by the same code: NumPy's header as a text, and the bytes that follow it in a file.
//!
//! The header is checked before anything else is read, and the file's size before anything is allocated.

mod archive;
mod header;
mod literal;
mod memory;
mod number;

pub use memory::MemoryArray;

pub(super) use archive::{check as check_archive, is_archive, is_array};
pub(super) use header::{ArrayHeader, Element, RecordField};
pub(super) use number::{NumberType, Value};

use super::error::DataError;
use super::targets::GivenTargets;
use super::{Images, MAX_BYTES, check_counts};
use crate::net::architecture::MAX_NEURONS_PER_LAYER;
use std::io::{BufReader, Cursor, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

/// Most bytes of an array whose first index varies fastest: it is transposed in memory.
const MAX_TURNED: u64 = 1 << 30;
/// Bytes read at a time.
const CHUNK: usize = 1 << 16;
/// The grey value that stands for 1.0 in files.
const WHITE: u32 = 255;

/// Reads images of shape `[n, d]`, `[n, h, w]` or `[n, c, h, w]`; see [`Value::grey`] for their values, which are read if
/// `unpacks`.
pub(super) fn images(path: &Path, unpacks: bool) -> Result<Images, DataError> {
    NumberFile::open(path)?.images(WHITE, unpacks)
}

/// Reads labels of 0 to 255.
pub(super) fn labels(path: &Path) -> Result<Vec<u8>, DataError> {
    NumberFile::open(path)?.labels()
}

/// Reads targets: for each sample as many numbers, of shape `[n]` or `[n, ...]`; see [`Value::grey`] and [`Value::share`] for
/// them.
pub(super) fn targets(path: &Path) -> Result<GivenTargets, DataError> {
    NumberFile::open(path)?.targets()
}

/// A number file with consistent header, shape and size, or the same in memory; `path` names it in messages.
pub(super) struct NumberFile<R = Box<dyn Read>> {
    path: PathBuf,
    file: R,
    header: ArrayHeader,
    number: NumberType,
}

impl NumberFile {
    pub(super) fn open(path: &Path) -> Result<Self, DataError> {
        let fail = |message: String| DataError::file(path, message);
        let unreadable = |e: std::io::Error| DataError::file(path, format!("cannot be read: {e}"));
        let (mut file, size): (Box<dyn ReadSeek>, u64) = match archive::member(path) {
            Some(bytes) => {
                let bytes = bytes?;
                let size = bytes.len() as u64;
                (Box::new(Cursor::new(bytes)), size)
            }
            None => {
                let (file, size) = super::open_regular(path)?;
                (Box::new(file), size)
            }
        };
        let mut start = Vec::new();
        let most = (header::START + header::MAX_HEADER) as u64;
        file.by_ref().take(most).read_to_end(&mut start).map_err(unreadable)?;
        let header = ArrayHeader::read(&start).map_err(fail)?;
        let number = checked(&header, size).map_err(fail)?;
        file.seek(SeekFrom::Start(header.data_at as u64)).map_err(unreadable)?;
        Ok(Self { path: path.to_owned(), file: Box::new(file), header, number })
    }
}

/// A file, or bytes as if they were one.
trait ReadSeek: Read + Seek {}

impl<T: Read + Seek> ReadSeek for T {}

impl<'a> NumberFile<&'a [u8]> {
    /// The numbers of an array in memory.
    pub(super) fn in_memory(array: MemoryArray<'a>) -> Result<Self, DataError> {
        let header = array.read_header()?;
        let number = checked(&header, array.bytes.len() as u64).map_err(|message| array.fail(message))?;
        Ok(Self { path: array.name.into(), file: array.bytes, header, number })
    }
}

/// The type of numbers of a header whose shape fits a file of that size.
fn checked(header: &ArrayHeader, size: u64) -> Result<NumberType, String> {
    let Element::NumberType(number) = header.element else {
        return Err(format!("values of type {}, expected {}", header.element.descr(), NumberType::ALLOWED));
    };
    header.count().and_then(|_| check_counts(&header.shape))?;
    header.check_size(size)?;
    if turned(header) && size > MAX_TURNED {
        let advice = "save a C-ordered copy (numpy.ascontiguousarray)";
        return Err(format!("stored column by column, and more than {MAX_TURNED} bytes; {advice}"));
    }
    Ok(number)
}

impl<R: Read> NumberFile<R> {
    /// Images as [`images`] reads them, of which integers up to `full_scale` stand for 0 to 1.
    pub(super) fn images(self, full_scale: u32, unpacks: bool) -> Result<Images, DataError> {
        let dims = self.header.shape.clone();
        let shape = match dims.len() {
            2..=4 => super::image_shape(&dims[1..]),
            n => Err(format!("{n} dimensions, expected [n, d], [n, h, w] or [n, c, h, w]")),
        };
        let shape = shape.map_err(|message| DataError::file(&self.path, message))?;
        let pixels = if unpacks { self.all(|value| value.grey(full_scale))? } else { Vec::new() };
        Ok(Images { pixels, shape, full_scale, count: dims[0] as usize })
    }

    /// Labels of 0 to 255.
    pub(super) fn labels(self) -> Result<Vec<u8>, DataError> {
        match self.header.shape.len() {
            1 => self.all(Value::label),
            n => Err(DataError::file(&self.path, format!("{n} dimensions, expected one label per sample"))),
        }
    }

    /// Targets as [`targets`] reads them.
    fn targets(self) -> Result<GivenTargets, DataError> {
        let (path, dims) = (self.path.clone(), self.header.shape.clone());
        let fail = |message: String| DataError::file(&path, message);
        let count: u64 = dims.iter().product();
        let each = count / dims.first().copied().unwrap_or(0).max(1);
        let most = u64::from(MAX_NEURONS_PER_LAYER);
        let bytes = count.saturating_mul(if self.number.is_real() { 2 } else { 1 });
        if dims.is_empty() || each > most || bytes > MAX_BYTES {
            return Err(fail(format!(
                "targets of shape {dims:?}; expected [n] or [n, ...] of at most {most} numbers a sample, and {MAX_BYTES} \
                 bytes in all"
            )));
        }
        let made = match self.number.is_real() {
            false => GivenTargets::of_bytes(self.all(|value| value.grey(WHITE))?, each as usize, WHITE as u8),
            true => {
                let mut words = Vec::with_capacity(count as usize);
                self.each(|_, value| value.share().map(|share| words.push(share)))?;
                GivenTargets::of_words(words, each as usize)
            }
        };
        made.ok_or_else(|| fail(format!("targets of shape {dims:?} are none")))
    }

    /// The name of the file.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn shape(&self) -> &[u64] {
        &self.header.shape
    }

    /// All values, converted to bytes.
    fn all(self, convert: impl Fn(Value) -> Result<u8, String>) -> Result<Vec<u8>, DataError> {
        let mut values = Vec::with_capacity(self.header.count().unwrap_or(0) as usize);
        let whole = self.number.is_byte();
        self.each(|_, value| {
            values.push(match value {
                // A byte is used unchanged as a grey value or a label.
                Value::Unsigned(value) if whole => value as u8,
                value => convert(value)?,
            });
            Ok(())
        })?;
        Ok(values)
    }

    /// Visits all values with their indices, the last index varying fastest; an error names the value.
    pub(super) fn each(self, mut visit: impl FnMut(u64, Value) -> Result<(), String>) -> Result<(), DataError> {
        let Self { path, file, header, number } = self;
        let fail = |message: String| DataError::file(&path, message);
        let mut reader = BufReader::with_capacity(CHUNK, file);
        let mut shown =
            |index: u64, value| visit(index, value).map_err(|message| fail(format!("value {index} is {message}")));
        if turned(&header) {
            let mut data = Vec::new();
            reader.read_to_end(&mut data).map_err(|e| fail(format!("cannot be read: {e}")))?;
            if header.check_size((header.data_at + data.len()) as u64).is_err() {
                return Err(fail("has changed while it was read".into()));
            }
            return in_order(&header, number.bytes(), &data)
                .try_for_each(|(index, bytes)| shown(index, number.value(bytes)));
        }
        let (count, mut buffer, mut index) = (header.count().map_err(fail)?, vec![0; CHUNK], 0);
        while index < count {
            let part = (CHUNK / number.bytes()).min(usize::try_from(count - index).unwrap_or(CHUNK));
            let bytes = &mut buffer[..part * number.bytes()];
            reader.read_exact(bytes).map_err(|e| fail(format!("is damaged at value {index}: {e}")))?;
            for bytes in bytes.chunks_exact(number.bytes()) {
                shown(index, number.value(bytes))?;
                index += 1;
            }
        }
        Ok(())
    }
}

/// Whether the values are stored in another order than readers expect.
fn turned(header: &ArrayHeader) -> bool {
    header.fortran && header.shape.iter().filter(|side| **side > 1).count() > 1
}

/// The elements of an array with their indices, the last index varying fastest; the data is as long as the header says.
pub(super) fn in_order<'d>(
    header: &'d ArrayHeader,
    size: usize,
    data: &'d [u8],
) -> impl Iterator<Item = (u64, &'d [u8])> {
    let (shape, turned) = (&header.shape, turned(header));
    let steps: Vec<u64> = shape
        .iter()
        .scan(1u64, |step, side| {
            let own = *step;
            *step = step.saturating_mul(*side);
            Some(own)
        })
        .collect();
    let (mut place, mut at) = (vec![0u64; shape.len()], 0u64);
    (0..(data.len() / size.max(1)) as u64).map(move |index| {
        let element = if turned { at } else { index } as usize;
        // The next index, counted like an odometer.
        for axis in (0..shape.len()).rev() {
            place[axis] += 1;
            at += steps[axis];
            if place[axis] < shape[axis] {
                break;
            }
            at -= steps[axis] * shape[axis];
            place[axis] = 0;
        }
        (index, &data[element * size..(element + 1) * size])
    })
}
