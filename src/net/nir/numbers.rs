//! Numbers of HDF5 arrays: integers of 1 to 8 bytes, floats of 2, 4 and 8 bytes of either byte order, NumPy's Booleans.

use hdf5_pure::{Dataset, Datatype, DatatypeByteOrder, FloatingPointLayout};

/// The exponent of a float of 2 bytes (IEEE 754 binary16): 5 bits, bias 15.
const HALF: FloatingPointLayout = FloatingPointLayout {
    bit_offset: 0,
    bit_precision: 16,
    exponent_location: 10,
    exponent_size: 5,
    mantissa_location: 0,
    mantissa_size: 10,
    exponent_bias: 15,
};

/// Encoding of the numbers of an array.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Number {
    /// Numbers that the library reads.
    Usual,
    /// Integers of any other number of bytes.
    Integer { bytes: usize, signed: bool, big_endian: bool },
    /// Floats of 2 bytes.
    Half { big_endian: bool },
}

impl Number {
    /// The encoding of a type; `None` if it is not a type of numbers.
    pub(super) fn of(datatype: &Datatype) -> Option<Self> {
        match datatype {
            Datatype::FixedPoint { size, byte_order, layout } => {
                let whole = layout.bit_offset == 0 && u32::from(layout.bit_precision) == 8 * size;
                let big_endian = big_endian(*byte_order)?;
                match size {
                    _ if !whole => None,
                    1 | 2 | 4 | 8 => Some(Self::Usual),
                    3 | 5..=7 => Some(Self::Integer { bytes: *size as usize, signed: layout.signed, big_endian }),
                    _ => None,
                }
            }
            Datatype::FloatingPoint { size, byte_order, layout } => {
                let big_endian = big_endian(*byte_order)?;
                match (size, *layout) {
                    (2, HALF) => Some(Self::Half { big_endian }),
                    (4, FloatingPointLayout::IEEE754_BINARY32) | (8, FloatingPointLayout::IEEE754_BINARY64) => {
                        Some(Self::Usual)
                    }
                    _ => None,
                }
            }
            // Booleans as written by NumPy.
            Datatype::Enumeration { base_type, members, .. } => {
                let mut names: Vec<&str> = members.iter().map(|member| member.name.as_str()).collect();
                names.sort_unstable();
                let base = Self::of(base_type).filter(|_| base_type.type_size() == datatype.type_size());
                base.filter(|base| names == ["FALSE", "TRUE"] && *base == Self::Usual)
            }
            _ => None,
        }
    }

    /// Reads an array with this encoding.
    pub(super) fn read(self, dataset: &Dataset) -> Result<Vec<f64>, String> {
        if self == Self::Usual {
            return dataset.read_f64().map_err(|error| error.to_string());
        }
        let raw = dataset.read_raw().map_err(|error| error.to_string())?;
        Ok(self.decode(&raw))
    }

    fn decode(self, raw: &[u8]) -> Vec<f64> {
        match self {
            Self::Usual => Vec::new(),
            Self::Integer { bytes, signed, big_endian } => {
                raw.chunks_exact(bytes).map(|value| integer(value, signed, big_endian)).collect()
            }
            Self::Half { big_endian } => {
                let bits = |value: &[u8]| word(value, big_endian) as u16;
                raw.chunks_exact(2).map(|value| half(bits(value))).collect()
            }
        }
    }
}

fn big_endian(order: DatatypeByteOrder) -> Option<bool> {
    match order {
        DatatypeByteOrder::LittleEndian => Some(false),
        DatatypeByteOrder::BigEndian => Some(true),
        DatatypeByteOrder::Vax => None,
    }
}

/// Up to 8 bytes as an unsigned number.
fn word(bytes: &[u8], big_endian: bool) -> u64 {
    let add = |sum: u64, byte: &u8| sum << 8 | u64::from(*byte);
    if big_endian { bytes.iter().fold(0, add) } else { bytes.iter().rev().fold(0, add) }
}

fn integer(bytes: &[u8], signed: bool, big_endian: bool) -> f64 {
    let value = word(bytes, big_endian);
    let spare = 64 - 8 * bytes.len() as u32;
    if signed { ((value << spare) as i64 >> spare) as f64 } else { value as f64 }
}

/// A float of 2 bytes: exact, since each of them is a float of 8 bytes.
fn half(bits: u16) -> f64 {
    let (exponent, fraction) = (i32::from(bits >> 10 & 0x1f), f64::from(bits & 0x3ff));
    let magnitude = match exponent {
        0 => fraction * 2f64.powi(-24),
        31 if fraction == 0.0 => f64::INFINITY,
        31 => f64::NAN,
        _ => (1024.0 + fraction) * 2f64.powi(exponent - 25),
    };
    if bits >> 15 == 1 { -magnitude } else { magnitude }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floats_of_two_bytes_are_those_of_ieee_754() {
        // From the standard's own table: one, the next number, the largest, the smallest normal, the smallest.
        let known = [
            (0x3c00, 1.0),
            (0x3c01, 1.0009765625),
            (0x7bff, 65504.0),
            (0x0400, 6.103515625e-5),
            (0x0001, 5.960464477539063e-8),
            (0xc000, -2.0),
            (0x3555, 0.333251953125),
            (0x7c00, f64::INFINITY),
            (0x0000, 0.0),
        ];
        for (bits, value) in known {
            assert_eq!(half(bits), value, "{bits:#06x}");
        }
        assert!(half(0x7e00).is_nan());
        assert_eq!(Number::Half { big_endian: true }.decode(&[0x3c, 0x00, 0xc0, 0x00]), [1.0, -2.0]);
    }

    #[test]
    fn integers_of_odd_sizes_are_read_in_either_order() {
        let decode = |signed, big_endian, raw: &[u8]| Number::Integer { bytes: 3, signed, big_endian }.decode(raw);
        assert_eq!(decode(true, false, &[0xfe, 0xff, 0xff, 1, 2, 0]), [-2.0, 513.0]);
        assert_eq!(decode(false, true, &[0xff, 0xff, 0xfe]), [16_777_214.0]);
    }
}
