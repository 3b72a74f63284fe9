//! `.npy` files: images as bytes or as real numbers of 0 to 1, labels as integers of any width.
//!
//! The header is checked before it is parsed and the file's size before anything is allocated.

use super::error::DataError;
use super::{Images, check_counts};
use npyz::{DType, NpyFile, Order, TypeChar};
use std::fs::File;
use std::io::{BufReader, Read, Seek};
use std::path::Path;

/// Longest header text; writers emit about 120 bytes.
const MAX_HEADER: usize = 1024;
/// Brackets within brackets; a list of records in a dictionary has four.
const MAX_NESTING: usize = 8;

type Reader = NpyFile<BufReader<File>>;

/// Reads images of shape `[n, d]`, `[n, h, w]` or `[n, c, h, w]`; real numbers of 0 to 1 become 0 to 255.
pub(super) fn images(path: &Path) -> Result<Images, DataError> {
    let file = open(path)?;
    let fail = |message: String| DataError::file(path, message);
    let dims = file.shape().to_vec();
    let shape = match dims.len() {
        2..=4 => super::image_shape(&dims[1..]).map_err(fail)?,
        n => return Err(fail(format!("{n} dimensions, expected [n, d], [n, h, w] or [n, c, h, w]"))),
    };
    let pixels = match scalar(&file.dtype()) {
        Some((TypeChar::Uint, 1)) => values::<u8>(file, path, Ok),
        Some((TypeChar::Float, 4)) => values::<f32>(file, path, |v| byte_of(f64::from(v))),
        Some((TypeChar::Float, 8)) => values::<f64>(file, path, byte_of),
        _ => Err(fail(format!("values of type {}, expected u1, or f4 or f8 of 0 to 1", file.dtype().descr()))),
    }?;
    Ok(Images { pixels, shape, full_scale: 255, count: dims[0] as usize })
}

/// Reads labels of 0 to 255.
pub(super) fn labels(path: &Path) -> Result<Vec<u8>, DataError> {
    let file = open(path)?;
    let fail = |message: String| DataError::file(path, message);
    if file.shape().len() != 1 {
        return Err(fail(format!("{} dimensions, expected one label per sample", file.shape().len())));
    }
    macro_rules! read {
        ($t:ty) => {
            values::<$t>(file, path, |v| u8::try_from(v).map_err(|_| format!("{v}, expected a label of 0 to 255")))
        };
    }
    match scalar(&file.dtype()) {
        Some((TypeChar::Uint, 1)) => read!(u8),
        Some((TypeChar::Uint, 2)) => read!(u16),
        Some((TypeChar::Uint, 4)) => read!(u32),
        Some((TypeChar::Uint, 8)) => read!(u64),
        Some((TypeChar::Int, 1)) => read!(i8),
        Some((TypeChar::Int, 2)) => read!(i16),
        Some((TypeChar::Int, 4)) => read!(i32),
        Some((TypeChar::Int, 8)) => read!(i64),
        _ => Err(fail(format!("values of type {}, expected integers", file.dtype().descr()))),
    }
}

/// What a file of spikes gives, one after the other.
pub(super) type Spikes = Box<dyn Iterator<Item = Result<bool, DataError>>>;

/// Opens a file of 0 and 1, or of truth values, of any shape; gives its shape too.
pub(super) fn spikes(path: &Path) -> Result<(Vec<u64>, Spikes), DataError> {
    let file = open(path)?;
    let (dims, owner) = (file.shape().to_vec(), path.to_owned());
    let fail = move |message: String| DataError::file(&owner, message);
    macro_rules! read {
        ($t:ty) => {{
            let values = file.data::<$t>().map_err(|error| fail(error.to_string()))?;
            let spike = move |(index, value): (usize, std::io::Result<$t>)| match value.map(f64::from) {
                Ok(0.0) => Ok(false),
                Ok(1.0) => Ok(true),
                Ok(value) => Err(fail(format!("value {index} is {value}, expected 0 or 1"))),
                Err(error) => Err(fail(format!("is damaged at value {index}: {error}"))),
            };
            Ok((dims, Box::new(values.enumerate().map(spike))))
        }};
    }
    match scalar(&file.dtype()) {
        Some((TypeChar::Bool, 1)) => {
            let values = file.data::<bool>().map_err(|error| fail(error.to_string()))?;
            let spike = move |(index, value): (usize, std::io::Result<bool>)| {
                value.map_err(|error| fail(format!("is damaged at value {index}: {error}")))
            };
            Ok((dims, Box::new(values.enumerate().map(spike))))
        }
        Some((TypeChar::Uint, 1)) => read!(u8),
        Some((TypeChar::Uint, 2)) => read!(u16),
        Some((TypeChar::Uint, 4)) => read!(u32),
        Some((TypeChar::Int, 1)) => read!(i8),
        Some((TypeChar::Int, 2)) => read!(i16),
        Some((TypeChar::Int, 4)) => read!(i32),
        Some((TypeChar::Float, 4)) => read!(f32),
        Some((TypeChar::Float, 8)) => read!(f64),
        _ => Err(fail(format!("values of type {}, expected b1, u1 to u4, i1 to i4, f4 or f8", file.dtype().descr()))),
    }
}

fn byte_of(value: f64) -> Result<u8, String> {
    match (0.0..=1.0).contains(&value) {
        true => Ok((value * 255.0).round() as u8),
        false => Err(format!("{value}, expected 0 to 1 (or save the images as unsigned bytes)")),
    }
}

fn scalar(dtype: &DType) -> Option<(TypeChar, u64)> {
    match dtype {
        DType::Plain(ty) => Some((ty.type_char(), ty.size_field())),
        _ => None,
    }
}

fn values<T: npyz::Deserialize>(
    file: Reader,
    path: &Path,
    convert: impl Fn(T) -> Result<u8, String>,
) -> Result<Vec<u8>, DataError> {
    let fail = |message: String| DataError::file(path, message);
    let mut values = Vec::with_capacity(file.len() as usize);
    for (index, value) in file.data::<T>().map_err(|e| fail(e.to_string()))?.enumerate() {
        let value = value.map_err(|e| fail(format!("is damaged at value {index}: {e}")))?;
        values.push(convert(value).map_err(|m| fail(format!("value {index} is {m}")))?);
    }
    Ok(values)
}

/// Opens a file whose header, shape and size fit together.
fn open(path: &Path) -> Result<Reader, DataError> {
    let fail = |message: String| DataError::file(path, message);
    let unreadable = |e: std::io::Error| DataError::file(path, format!("cannot be read: {e}"));
    let (mut file, size) = super::open_regular(path)?;
    let mut start = Vec::new();
    file.by_ref().take(12 + MAX_HEADER as u64).read_to_end(&mut start).map_err(unreadable)?;
    let header_bytes = check_header(&start).map_err(fail)?;
    file.rewind().map_err(unreadable)?;
    let npy = NpyFile::new(BufReader::new(file)).map_err(|e| fail(format!("not an .npy file: {e}")))?;
    if npy.order() == Order::Fortran && npy.shape().len() > 1 {
        return Err(fail("stored column by column; save a C-ordered copy (numpy.ascontiguousarray)".into()));
    }
    let total = check_counts(npy.shape()).map_err(fail)?;
    let expected = npy.dtype().num_bytes().and_then(|size| total.checked_mul(size as u64));
    if expected.is_none_or(|bytes| bytes + header_bytes != size) {
        let (found, shape, ty) = (size - header_bytes, npy.shape(), npy.dtype().descr());
        return Err(fail(format!("{found} bytes of data do not fit shape {shape:?} of type {ty}")));
    }
    Ok(npy)
}

/// How deep brackets stand in brackets; the parser's time doubles with each.
fn nesting(text: &[u8]) -> usize {
    let (mut depth, mut most) = (0usize, 0);
    for byte in text {
        match byte {
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        most = most.max(depth);
    }
    most
}

/// Checks the start of a file so that parsing its header is safe; gives the header's length in bytes.
///
/// The parser trusts the stated length and multiplies dimensions without a check; both are bounded here.
pub(super) fn check_header(start: &[u8]) -> Result<u64, String> {
    let (text_at, text_len) = match start {
        [0x93, b'N', b'U', b'M', b'P', b'Y', 1, _, a, b, ..] => (10, usize::from(u16::from_le_bytes([*a, *b]))),
        [0x93, b'N', b'U', b'M', b'P', b'Y', 2 | 3, _, a, b, c, d, ..] => {
            (12, u32::from_le_bytes([*a, *b, *c, *d]) as usize)
        }
        _ => return Err("does not start like an .npy file of version 1, 2 or 3".into()),
    };
    if text_len > MAX_HEADER {
        return Err(format!("a header of {text_len} bytes; at most {MAX_HEADER}"));
    }
    let text = start.get(text_at..text_at + text_len).ok_or("ends within its header")?;
    if nesting(text) > MAX_NESTING {
        return Err(format!("brackets within brackets in its header, more than {MAX_NESTING} deep"));
    }
    let numbers = text.split(|b| !b.is_ascii_digit()).filter(|digits| !digits.is_empty());
    let mut values = numbers.map(|digits| std::str::from_utf8(digits).ok()?.parse::<u64>().ok());
    let product = values.try_fold(1u64, |product, value| product.checked_mul(value?.max(1)));
    match product {
        Some(_) => Ok((text_at + text_len) as u64),
        None => Err("states more values than any file holds".into()),
    }
}
