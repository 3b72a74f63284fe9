//! Headers of `.npy` files (NumPy's NEP 1): type, order and shape of the data.

use super::literal::{self, Literal};
use super::number::NumberType;
use crate::data::foreign;

/// Longest header text: NumPy's own limit. Writers emit about 120 bytes, and some 30 more for a field.
pub(in crate::data) const MAX_HEADER: usize = 10_000;
/// Most bytes before the text.
pub(in crate::data) const START: usize = 12;
const MAX_ELEMENT: usize = 1 << 16;

/// Header of an array.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::data) struct ArrayHeader {
    pub(in crate::data) shape: Vec<u64>,
    /// Whether the first index varies fastest.
    pub(in crate::data) fortran: bool,
    pub(in crate::data) element: Element,
    /// Offset of its data.
    pub(in crate::data) data_at: usize,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::data) enum Element {
    NumberType(NumberType),
    /// Records, with their size in bytes.
    Record(Vec<RecordField>, usize),
    /// Another type, by its description.
    Other(String),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::data) struct RecordField {
    /// Name of the field, and its title if it has one.
    pub(in crate::data) names: Vec<String>,
    /// Offset in the record.
    pub(in crate::data) at: usize,
    /// Number type, unless the field is another type or an array.
    pub(in crate::data) number: Option<NumberType>,
    /// Type as given in the file.
    pub(in crate::data) descr: String,
}

impl ArrayHeader {
    /// Reads the start of a file.
    pub(in crate::data) fn read(start: &[u8]) -> Result<Self, String> {
        let (text_at, text_len) = match start {
            [0x93, b'N', b'U', b'M', b'P', b'Y', 1, _, a, b, ..] => (10, usize::from(u16::from_le_bytes([*a, *b]))),
            [0x93, b'N', b'U', b'M', b'P', b'Y', 2 | 3, _, a, b, c, d, ..] => {
                (START, u32::from_le_bytes([*a, *b, *c, *d]) as usize)
            }
            _ => {
                let known = foreign::of_bytes(start).map_or(String::new(), |kind| format!(": {}", kind.advice));
                return Err(format!("does not start like an .npy file of version 1, 2 or 3{known}"));
            }
        };
        if text_len > MAX_HEADER {
            return Err(format!("a header of {text_len} bytes; at most {MAX_HEADER}"));
        }
        let text = start.get(text_at..text_at + text_len).ok_or("ends within its header")?;
        let header = Self::parse(&String::from_utf8_lossy(text));
        let header = header.map_err(|message| format!("not an .npy file: its header has {message}"))?;
        Ok(Self { data_at: text_at + text_len, ..header })
    }

    /// Reads the text of a header, for data that begin at 0.
    pub(in crate::data) fn parse(text: &str) -> Result<Self, String> {
        if text.len() > MAX_HEADER {
            return Err(format!("a text of {} bytes; at most {MAX_HEADER}", text.len()));
        }
        let dict = literal::parse(text)?;
        let need = |key: &str| dict.get(key).ok_or_else(|| format!("no \"{key}\""));
        let Literal::Flag(fortran) = *need("fortran_order")? else {
            return Err("a fortran_order that is neither True nor False".into());
        };
        let side = |side: &Literal| if let Literal::Whole(side) = side { Some(*side) } else { None };
        let shape = need("shape")?.list().and_then(|sides| sides.iter().map(side).collect::<Option<Vec<_>>>());
        let shape = shape.ok_or("a shape that is no list of sizes")?;
        let element = element(need("descr")?)?;
        Ok(Self { shape, fortran, element, data_at: 0 })
    }

    /// Number of values, unless it overflows.
    pub(in crate::data) fn count(&self) -> Result<u64, String> {
        let count = self.shape.iter().try_fold(1u64, |product, side| product.checked_mul(*side));
        count.ok_or_else(|| format!("its shape {:?} states more values than any file holds", self.shape))
    }

    /// Checks that the size of the file (bytes) is the one that its header implies.
    pub(in crate::data) fn check_size(&self, bytes: u64) -> Result<(), String> {
        let element = match &self.element {
            Element::NumberType(number) => number.bytes(),
            Element::Record(_, bytes) => *bytes,
            Element::Other(_) => return Ok(()),
        };
        let found = bytes.saturating_sub(self.data_at as u64);
        match self.count()?.checked_mul(element as u64) == Some(found) {
            true => Ok(()),
            false => {
                Err(format!("{found} bytes of data do not fit shape {:?} of type {}", self.shape, self.element.descr()))
            }
        }
    }
}

impl Element {
    /// Description for messages.
    pub(in crate::data) fn descr(&self) -> String {
        match self {
            Self::NumberType(number) => number.to_string(),
            Self::Record(fields, _) => {
                let fields: Vec<String> = fields.iter().map(|f| format!("{} {}", f.names.join("/"), f.descr)).collect();
                format!("record of {}", fields.join(", "))
            }
            Self::Other(descr) if descr.trim_start_matches(['|', '<', '>', '=']).starts_with('O') => {
                format!("{descr} (objects of Python)")
            }
            Self::Other(descr) => descr.clone(),
        }
    }
}

fn element(descr: &Literal) -> Result<Element, String> {
    match descr {
        Literal::Text(text) => {
            Ok(NumberType::of(text).map_or_else(|| Element::Other(text.clone()), Element::NumberType))
        }
        Literal::List(fields) => {
            let (mut all, mut at) = (Vec::new(), 0);
            for field in fields {
                let (field, bytes) = self::field(field, at)?;
                all.push(field);
                at += bytes;
                if at > MAX_ELEMENT {
                    return Err(format!("records of more than {MAX_ELEMENT} bytes"));
                }
            }
            if at == 0 { Err("records without fields".into()) } else { Ok(Element::Record(all, at)) }
        }
        _ => Err("a \"descr\" that is no type".into()),
    }
}

/// A field as (name, type) or (name, type, shape), where a name may be (title, name); gives its bytes too.
fn field(field: &Literal, at: usize) -> Result<(RecordField, usize), String> {
    let parts = field.list().unwrap_or_default();
    let (name, descr, shape) = match parts {
        [name, descr] => (name, descr, None),
        [name, descr, shape] => (name, descr, Some(shape)),
        _ => return Err("a field that is no (name, type)".into()),
    };
    let names: Option<Vec<String>> = match name {
        Literal::Text(name) => Some(vec![name.clone()]),
        // The name comes first here: programs call the field by it.
        Literal::List(both) => both.iter().rev().map(|name| name.text().map(str::to_owned)).collect(),
        _ => None,
    };
    let names = names.filter(|names| !names.is_empty()).ok_or("a field whose name is no text")?;
    let times = match shape {
        None => 1,
        Some(Literal::Whole(times)) => *times,
        Some(shape) => {
            let sides = shape.list().unwrap_or_default().iter();
            let mut sides = sides.map(|side| if let Literal::Whole(side) = side { Some(*side) } else { None });
            sides.try_fold(1u64, |product, side| product.checked_mul(side?)).ok_or("a field of no sound shape")?
        }
    };
    let (number, descr, bytes) = match element(descr)? {
        Element::NumberType(number) => (Some(number), number.to_string(), number.bytes()),
        Element::Record(_, bytes) => (None, "record".to_owned(), bytes),
        Element::Other(descr) => {
            let bytes = bytes_of(&descr).ok_or_else(|| format!("a field of type {descr}, of no known size"))?;
            (None, descr, bytes)
        }
    };
    let bytes = usize::try_from(times).ok().and_then(|times| times.checked_mul(bytes)).filter(|b| *b <= MAX_ELEMENT);
    let bytes = bytes.ok_or_else(|| format!("a field of more than {MAX_ELEMENT} bytes"))?;
    Ok((RecordField { names, at, number: number.filter(|_| shape.is_none()), descr }, bytes))
}

/// Bytes of a type that is not a number here, such as `|V3`, `<U5` or `<M8[us]`.
fn bytes_of(descr: &str) -> Option<usize> {
    let rest = descr.trim_start_matches(['|', '<', '>', '=']);
    let kind = rest.chars().next().filter(char::is_ascii_alphabetic)?;
    let digits: String = rest[1..].chars().take_while(char::is_ascii_digit).collect();
    let size: usize = digits.parse().ok()?;
    match kind {
        'O' => None,
        'U' => size.checked_mul(4),
        _ => Some(size),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(descr: &str) -> Result<Element, String> {
        let text = format!("{{'descr': {descr}, 'fortran_order': False, 'shape': (2, 3), }}");
        let bytes = [b"\x93NUMPY\x01\x00", &(text.len() as u16).to_le_bytes()[..], text.as_bytes()].concat();
        ArrayHeader::read(&bytes).map(|header| {
            assert_eq!((header.shape, header.fortran, header.data_at), (vec![2, 3], false, 10 + text.len()));
            header.element
        })
    }

    /// Descriptions that NumPy writes, with the offsets that `numpy.dtype` gives their fields.
    #[test]
    fn fields_stand_where_numpy_puts_them() {
        let descr = "[('t', '<u8'), ('', '|V2'), (('title', 'x'), '>u2'), ('name', '<U3'), ('pair', '<i4', (2,)), \
                     ('inner', [('a', '|u1'), ('b', '<f8')]), ('when', '<M8[us]'), ('on', '?')]";
        let Element::Record(fields, bytes) = read(descr).unwrap() else { panic!("no record") };
        let found: Vec<(&str, usize, bool)> =
            fields.iter().map(|f| (f.names[0].as_str(), f.at, f.number.is_some())).collect();
        let wanted = [
            ("t", 0, true),
            ("", 8, false),
            ("x", 10, true),
            ("name", 12, false),
            ("pair", 24, false),
            ("inner", 32, false),
            ("when", 41, false),
            ("on", 49, true),
        ];
        assert_eq!((found.as_slice(), bytes), (&wanted[..], 50));
        assert_eq!(fields[2].names, ["x", "title"]);
    }

    #[test]
    fn other_headers_are_errors() {
        assert_eq!(read("'|O'").unwrap(), Element::Other("|O".into()));
        for (descr, expected) in [
            ("[]", "records without fields"),
            ("[('x', '|O')]", "of no known size"),
            ("[('x', '|V99999999999')]", "more than 65536 bytes"),
            ("[('x', '<u1', (65536, 65536, 65536, 65536, 65536))]", "no sound shape"),
            ("[1]", "no (name, type)"),
            ("[(1, '<u1')]", "whose name is no text"),
            ("1", "no type"),
        ] {
            let error = read(descr).unwrap_err();
            assert!(error.contains(expected), "{descr}: {error}");
        }
        for (start, expected) in [
            (&b"PK\x03\x04 and so on"[..], "numpy.save"),
            (b"\x93NUMPY\x09\x00\x00\x00", "version 1, 2 or 3"),
            (b"\x93NUMPY\x02\x00\xff\xff\xff\xff{}", "at most 10000"),
            (b"\x93NUMPY\x01\x00\x09\x00{}", "within its header"),
        ] {
            let error = ArrayHeader::read(start).unwrap_err();
            assert!(error.contains(expected), "{error}");
        }
    }
}
