//! `.npy` files of one sample: events as an array of records with the fields x, y, t (us) and p, as tonic and faery keep
//! them; or spike trains as an array of 0 and 1 of shape `[steps, neurons]` or `[steps, channels, rows, columns]`.

use super::{Contents, Event, EventFormat, MAX_EVENTS, Recording, Trains};
use crate::data::npy::{ArrayHeader, Element, NumberType, RecordField, in_order};

pub(super) const FORMAT: EventFormat =
    EventFormat { name: "NumPy", extensions: &["npy"], begins: &[b"\x93NUMPY"], usual_sensor: None, read };

/// Names of record fields, the usual one first; titles count as names.
const FIELDS: [&[&str]; 4] = [
    &["x"],
    &["y"],
    &["t", "ts", "time", "timestamp", "timestamps", "time_us", "t_us"],
    &["p", "pol", "polarity", "on"],
];

/// Reads a recording or spike trains; either takes a few times the memory of its bytes.
pub fn read(bytes: &[u8]) -> Result<Contents, String> {
    let header = ArrayHeader::read(bytes)?;
    header.check_size(bytes.len() as u64)?;
    contents(&header, &bytes[header.data_at..])
}

/// The contents of data that fit their header.
pub(in crate::data) fn contents(header: &ArrayHeader, data: &[u8]) -> Result<Contents, String> {
    match &header.element {
        Element::Record(fields, size) => events(fields, *size, &header.shape, data).map(Contents::Events),
        Element::NumberType(number) => trains(header, *number, data).map(Contents::Trains),
        Element::Other(_) => Err(format!(
            "values of type {}; expected records with the fields x, y, t and p, or spikes of type {}",
            header.element.descr(),
            NumberType::ALLOWED
        )),
    }
}

/// Spike trains: a step per first index.
fn trains(header: &ArrayHeader, number: NumberType, data: &[u8]) -> Result<Trains, String> {
    let shape = &header.shape;
    let sample = match shape[..] {
        [_, neurons] => crate::data::image_shape(&[neurons])?,
        [_, channels, height, width] => crate::data::image_shape(&[channels, height, width])?,
        _ => {
            return Err(format!(
                "spikes of shape {shape:?}; expected [steps, neurons] or [steps, channels, rows, columns]"
            ));
        }
    };
    let rows = if shape[1..] == [4] { "; events are records with the fields x, y, t and p" } else { "" };
    let spike = |(index, bytes)| {
        let spike = number.value(bytes).spike().map_err(|message| format!("value {index} is {message}{rows}"))?;
        Ok(u8::from(spike))
    };
    let spikes: Result<Vec<u8>, String> = in_order(header, number.bytes(), data).map(spike).collect();
    Ok(Trains { shape: sample, steps: shape[0], spikes: spikes? })
}

/// A field of a record: its offset and its type.
struct Column {
    name: &'static str,
    at: usize,
    number: NumberType,
}

impl Column {
    fn find(fields: &[RecordField], names: &'static [&'static str]) -> Result<Self, String> {
        let is = |field: &RecordField, name: &str| field.names.iter().any(|own| own.eq_ignore_ascii_case(name));
        let found: Vec<&RecordField> = fields.iter().filter(|field| names.iter().any(|name| is(field, name))).collect();
        let usual = found.iter().find(|field| is(field, names[0]));
        let field = match (usual, &found[..]) {
            (Some(field), _) | (None, [field]) => *field,
            (None, []) => {
                let own: Vec<&str> = fields.iter().map(|field| field.names[0].as_str()).collect();
                return Err(format!("fields {}; expected x, y, t and p", own.join(", ")));
            }
            (None, several) => {
                let own: Vec<&str> = several.iter().map(|field| field.names[0].as_str()).collect();
                return Err(format!("fields {}, which of them is {}? expected one", own.join(", "), names[0]));
            }
        };
        let number = field.number.ok_or_else(|| {
            format!(
                "field {} is of type {}, expected one number of {}",
                field.names[0],
                field.descr,
                NumberType::ALLOWED
            )
        })?;
        Ok(Self { name: names[0], at: field.at, number })
    }

    /// The integer of this field in a record.
    fn of(&self, record: &[u8], index: usize) -> Result<i128, String> {
        let value = self.number.value(&record[self.at..self.at + self.number.bytes()]);
        value.whole().ok_or_else(|| {
            let unit = if self.name == "t" { " of us (times in seconds: multiply them by 1e6)" } else { "" };
            format!("{} of event {index} is {value}, expected a whole number{unit}", self.name)
        })
    }
}

fn events(fields: &[RecordField], size: usize, shape: &[u64], data: &[u8]) -> Result<Recording, String> {
    let [x, y, t, p] = FIELDS.map(|names| Column::find(fields, names));
    let (x, y, t, p) = (x?, y?, t?, p?);
    if shape.len() != 1 || data.len() / size > MAX_EVENTS {
        return Err(format!("records of shape {shape:?}; expected a list of at most {MAX_EVENTS}"));
    }
    let mut events = Vec::with_capacity(data.len() / size);
    for (index, record) in data.chunks_exact(size).enumerate() {
        let wrong =
            |name: &str, value: i128, allowed: &str| format!("{name} of event {index} is {value}, expected {allowed}");
        let side = |column: &Column| {
            let value = column.of(record, index)?;
            u16::try_from(value).map_err(|_| wrong(column.name, value, "0 to 65535"))
        };
        let time = t.of(record, index)?;
        let t_us = u64::try_from(time).map_err(|_| wrong("t", time, "a time in us from 0"))?;
        let on = match p.of(record, index)? {
            1 => true,
            0 | -1 => false,
            other => return Err(wrong("p", other, "1 for ON, 0 or -1 for OFF")),
        };
        events.push(Event { t_us, x: side(&x)?, y: side(&y)?, on });
    }
    Ok(Recording { sensor: None, events })
}
