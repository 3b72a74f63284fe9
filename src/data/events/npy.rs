//! `.npy` files of one sample: events as an array of records with the fields x, y, t (us) and p, as tonic keeps them; or
//! spike trains as an array of 0 and 1 of shape `[steps, neurons]` or `[steps, channels, rows, columns]`.

use super::{Contents, Event, Format, MAX_EVENTS, Recording, Trains};
use crate::data::npy::check_header;
use npyz::{DType, Endianness, NpyFile, Order, TypeChar};

pub(super) const FORMAT: Format = Format { name: "NumPy", extension: "npy", usual_sensor: None, read };

/// Reads a recording or spike trains; either takes some times the memory of its bytes.
pub fn read(bytes: &[u8]) -> Result<Contents, String> {
    let header = check_header(bytes)?;
    let file = NpyFile::new(bytes).map_err(|error| format!("not an .npy file: {error}"))?;
    let (shape, dtype, order) = (file.shape().to_vec(), file.dtype(), file.order());
    let data = &bytes[(header as usize).min(bytes.len())..];
    let total = shape.iter().try_fold(1u64, |product, side| product.checked_mul(*side));
    let size = dtype.num_bytes().filter(|size| *size > 0);
    if size.zip(total).and_then(|(size, total)| total.checked_mul(size as u64)) != Some(data.len() as u64) {
        let (found, ty) = (data.len(), dtype.descr());
        return Err(format!("{found} bytes of data do not fit shape {shape:?} of type {ty}"));
    }
    if order == Order::Fortran && shape.len() > 1 {
        return Err("stored column by column; save a C-ordered copy (numpy.ascontiguousarray)".into());
    }
    match &dtype {
        DType::Record(_) => events(&dtype, &shape, data).map(Contents::Events),
        DType::Plain(ty) if matches!(ty.type_char(), TypeChar::Bool | TypeChar::Uint) && ty.size_field() == 1 => {
            trains(&shape, data).map(Contents::Trains)
        }
        _ => Err(format!("values of type {}; {EXPECTED}", dtype.descr())),
    }
}

const EXPECTED: &str = "expected records with the fields x, y, t and p, or spikes as bool or u1";

/// Spike trains: a step per first index.
pub(in crate::data) fn trains(shape: &[u64], data: &[u8]) -> Result<Trains, String> {
    let sample = match shape {
        [_, neurons] => crate::data::image_shape(&[*neurons])?,
        [_, channels, height, width] => crate::data::image_shape(&[*channels, *height, *width])?,
        _ => {
            return Err(format!(
                "spikes of shape {shape:?}; expected [steps, neurons] or [steps, channels, rows, columns]"
            ));
        }
    };
    if let Some(at) = data.iter().position(|value| *value > 1) {
        return Err(format!("value {at} is {}, expected 0 or 1: a neuron spikes once in a step at most", data[at]));
    }
    Ok(Trains { shape: sample, steps: shape[0], spikes: data.to_vec() })
}

/// A field of a record: where it begins, and how to read it.
struct Column {
    at: usize,
    size: usize,
    signed: bool,
    big: bool,
}

impl Column {
    fn find(dtype: &DType, name: &str) -> Result<Self, String> {
        let DType::Record(fields) = dtype else { return Err(EXPECTED.into()) };
        let mut at = 0;
        for field in fields {
            let size = field.dtype.num_bytes().ok_or("a field without a size")?;
            if field.name != name {
                at += size;
                continue;
            }
            let kind = match &field.dtype {
                DType::Plain(ty) => Some((ty.type_char(), ty.endianness())),
                _ => None,
            };
            return match kind {
                Some((TypeChar::Int | TypeChar::Uint | TypeChar::Bool, _)) if size > 8 => {
                    Err(format!("field {name} is too wide"))
                }
                Some((TypeChar::Int, order)) => Ok(Self { at, size, signed: true, big: order == Endianness::Big }),
                Some((TypeChar::Uint | TypeChar::Bool, order)) => {
                    Ok(Self { at, size, signed: false, big: order == Endianness::Big })
                }
                _ => Err(format!("field {name} is of type {}, expected integers", field.dtype.descr())),
            };
        }
        let names: Vec<&str> = fields.iter().map(|field| field.name.as_str()).collect();
        Err(format!("fields {}; expected x, y, t and p", names.join(", ")))
    }

    /// The value in a record.
    fn of(&self, record: &[u8]) -> i128 {
        let bytes = &record[self.at..self.at + self.size];
        let fold = |value: u64, byte: &u8| value << 8 | u64::from(*byte);
        let value = if self.big { bytes.iter().fold(0, fold) } else { bytes.iter().rev().fold(0, fold) };
        let unused = 64 - 8 * self.size as u32;
        if self.signed { i128::from((value << unused) as i64 >> unused) } else { value.into() }
    }
}

fn events(dtype: &DType, shape: &[u64], data: &[u8]) -> Result<Recording, String> {
    let [x, y, t, p] = ["x", "y", "t", "p"].map(|name| Column::find(dtype, name));
    let (x, y, t, p) = (x?, y?, t?, p?);
    let size = dtype.num_bytes().unwrap_or(1);
    if shape.len() != 1 || data.len() / size > MAX_EVENTS {
        return Err(format!("records of shape {shape:?}; expected a list of at most {MAX_EVENTS}"));
    }
    let mut events = Vec::with_capacity(data.len() / size);
    for (index, record) in data.chunks_exact(size).enumerate() {
        let wrong =
            |name: &str, value: i128, allowed: &str| format!("{name} of event {index} is {value}, expected {allowed}");
        let side = |name: &str, column: &Column| {
            u16::try_from(column.of(record)).map_err(|_| wrong(name, column.of(record), "0 to 65535"))
        };
        let t_us = u64::try_from(t.of(record)).map_err(|_| wrong("t", t.of(record), "a time in us from 0"))?;
        let on = match p.of(record) {
            1 => true,
            0 | -1 => false,
            other => return Err(wrong("p", other, "1 for ON, 0 or -1 for OFF")),
        };
        events.push(Event { t_us, x: side("x", &x)?, y: side("y", &y)?, on });
    }
    Ok(Recording { sensor: None, events })
}
