//! The number types of arrays: one list for all readers.

use crate::data::targets::FINE;
use std::fmt;

/// A number type, by the bytes of one number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::data) struct NumberType {
    kind: NumberKind,
    bytes: usize,
    big_endian: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum NumberKind {
    Flag,
    Unsigned,
    Signed,
    Real,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::data) enum Value {
    /// A truth value, or any other byte in its place.
    Flag(u8),
    Unsigned(u64),
    Signed(i64),
    Real(f64),
}

impl NumberType {
    /// Types that all readers of arrays accept, by their NumPy names, in both byte orders.
    pub(in crate::data) const ALLOWED: &str = "b1, u1 to u8, i1 to i8, f2, f4 or f8";

    /// The type of a description such as `<f4`, if it is one of these.
    pub(in crate::data) fn of(descr: &str) -> Option<Self> {
        let (big_endian, rest) = match descr.as_bytes().first()? {
            b'>' => (true, &descr[1..]),
            b'<' | b'|' => (false, &descr[1..]),
            b'=' => (cfg!(target_endian = "big"), &descr[1..]),
            _ => (cfg!(target_endian = "big"), descr),
        };
        let (kind, bytes) = match rest {
            "b1" | "?" => (NumberKind::Flag, 1),
            "u1" => (NumberKind::Unsigned, 1),
            "u2" => (NumberKind::Unsigned, 2),
            "u4" => (NumberKind::Unsigned, 4),
            "u8" => (NumberKind::Unsigned, 8),
            "i1" => (NumberKind::Signed, 1),
            "i2" => (NumberKind::Signed, 2),
            "i4" => (NumberKind::Signed, 4),
            "i8" => (NumberKind::Signed, 8),
            "f2" => (NumberKind::Real, 2),
            "f4" => (NumberKind::Real, 4),
            "f8" => (NumberKind::Real, 8),
            _ => return None,
        };
        Some(Self { kind, bytes, big_endian })
    }

    pub(in crate::data) fn bytes(self) -> usize {
        self.bytes
    }

    /// Whether it is an unsigned byte.
    pub(super) fn is_byte(self) -> bool {
        self.kind == NumberKind::Unsigned && self.bytes == 1
    }

    /// Whether it is a real number.
    pub(super) fn is_real(self) -> bool {
        self.kind == NumberKind::Real
    }

    pub(in crate::data) fn value(self, bytes: &[u8]) -> Value {
        let fold = |value: u64, byte: &u8| value << 8 | u64::from(*byte);
        let bits = if self.big_endian { bytes.iter().fold(0, fold) } else { bytes.iter().rev().fold(0, fold) };
        let unused = 64 - 8 * self.bytes as u32;
        match (self.kind, self.bytes) {
            (NumberKind::Flag, _) => Value::Flag(bits as u8),
            (NumberKind::Unsigned, _) => Value::Unsigned(bits),
            (NumberKind::Signed, _) => Value::Signed((bits << unused) as i64 >> unused),
            (NumberKind::Real, 2) => Value::Real(half(bits as u16)),
            (NumberKind::Real, 4) => Value::Real(f32::from_bits(bits as u32).into()),
            (NumberKind::Real, _) => Value::Real(f64::from_bits(bits)),
        }
    }
}

/// A 16-bit number of IEEE 754.
fn half(bits: u16) -> f64 {
    let (exponent, fraction) = (i32::from(bits >> 10 & 0x1f), f64::from(bits & 0x3ff));
    let size = match exponent {
        0 => fraction * 2f64.powi(-24),
        31 if fraction == 0.0 => f64::INFINITY,
        31 => f64::NAN,
        _ => (1024.0 + fraction) * 2f64.powi(exponent - 25),
    };
    if bits >> 15 == 1 { -size } else { size }
}

impl Value {
    /// The value if it is an integer, such as 1.0; of real numbers only those that rounding cannot have produced.
    pub(in crate::data) fn whole(self) -> Option<i128> {
        match self {
            Self::Flag(value) => Some(value.into()),
            Self::Unsigned(value) => Some(value.into()),
            Self::Signed(value) => Some(value.into()),
            Self::Real(value) => (value.fract() == 0.0 && value.abs() < 2f64.powi(53)).then_some(value as i128),
        }
    }

    /// Whether there is a spike: 0 or 1, whatever the type.
    pub(in crate::data) fn spike(self) -> Result<bool, String> {
        match self.whole() {
            Some(0) => Ok(false),
            Some(1) => Ok(true),
            _ => Err(format!("{self}, expected 0 or 1: a neuron spikes once in a step at most")),
        }
    }

    /// A label of 0 to 255.
    pub(super) fn label(self) -> Result<u8, String> {
        let label = self.whole().and_then(|value| u8::try_from(value).ok());
        label.ok_or_else(|| format!("{self}, expected a label of 0 to 255"))
    }

    /// A real number of 0 to 1, as a share of [`FINE`].
    pub(super) fn share(self) -> Result<u16, String> {
        match self {
            Self::Real(value) if (0.0..=1.0).contains(&value) => Ok((value * f64::from(FINE)).round() as u16),
            _ => Err(format!(
                "{self}, expected 0 to 1 of real numbers: scale the targets, as in (x - low) / (high - low)"
            )),
        }
    }

    /// A grey value of 0 to `white`, at most 255: integers are unchanged, real numbers a share of white, truth values black
    /// or white.
    pub(super) fn grey(self, white: u32) -> Result<u8, String> {
        match self {
            Self::Flag(value) if value <= 1 => Ok(if value == 1 { white as u8 } else { 0 }),
            Self::Flag(_) => Err(format!("{self}, expected a truth value")),
            Self::Real(value) if (0.0..=1.0).contains(&value) => Ok((value * f64::from(white)).round() as u8),
            Self::Real(_) => Err(format!(
                "{self}, expected 0 to 1 of real numbers (or save the images as integers of 0 to {white}: \
                 images.astype(numpy.uint8))"
            )),
            _ => {
                let grey = self.whole().and_then(|value| u8::try_from(value).ok());
                let grey = grey.filter(|grey| u32::from(*grey) <= white);
                grey.ok_or_else(|| format!("{self}, expected 0 to {white} of integers, or real numbers of 0 to 1"))
            }
        }
    }
}

impl fmt::Display for NumberType {
    /// The NumPy description.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let order = match (self.bytes, self.big_endian) {
            (1, _) => '|',
            (_, true) => '>',
            (_, false) => '<',
        };
        let kind = match self.kind {
            NumberKind::Flag => 'b',
            NumberKind::Unsigned => 'u',
            NumberKind::Signed => 'i',
            NumberKind::Real => 'f',
        };
        write!(f, "{order}{kind}{}", self.bytes)
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag(value) => value.fmt(f),
            Self::Unsigned(value) => value.fmt(f),
            Self::Signed(value) => value.fmt(f),
            Self::Real(value) => value.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_all_types_are_read() {
        let of = |descr: &str, bytes: &[u8]| NumberType::of(descr).unwrap().value(bytes);
        for (descr, bytes, expected) in [
            ("<i2", &[0xfe, 0xff][..], Value::Signed(-2)),
            (">i2", &[0xff, 0xfe], Value::Signed(-2)),
            ("|i1", &[0x80], Value::Signed(-128)),
            ("<u8", &[0xff; 8], Value::Unsigned(u64::MAX)),
            ("<i8", &[0xff; 8], Value::Signed(-1)),
            (">u4", &[0, 0, 1, 2], Value::Unsigned(258)),
            ("|b1", &[1], Value::Flag(1)),
            ("?", &[0], Value::Flag(0)),
            (">f4", &[0x3f, 0xc0, 0, 0], Value::Real(1.5)),
            ("<f8", &[0, 0, 0, 0, 0, 0, 0xf8, 0xbf], Value::Real(-1.5)),
        ] {
            assert_eq!(of(descr, bytes), expected, "{descr}");
        }
        for other in ["<c8", "|O", "<U4", "|S3", "|V8", "<M8[us]", "<f16", "<i3", "", "é", "<"] {
            assert_eq!(NumberType::of(other), None, "{other}");
        }
    }

    /// Values of IEEE 754's binary16 from its own definition: ends of the ranges and some between.
    #[test]
    fn halves_are_those_of_the_standard() {
        for (bits, expected) in [
            (0x0000, 0.0),
            (0x0001, 5.960_464_477_539_063e-8),
            (0x03ff, 6.097_555_160_522_461e-5),
            (0x0400, 6.103_515_625e-5),
            (0x3555, 0.333_251_953_125),
            (0x3bff, 0.999_511_718_75),
            (0x3c00, 1.0),
            (0x3c01, 1.000_976_562_5),
            (0xc000, -2.0),
            (0x7bff, 65_504.0),
            (0x7c00, f64::INFINITY),
            (0xfc00, f64::NEG_INFINITY),
        ] {
            assert_eq!(half(bits), expected, "{bits:#06x}");
        }
        assert!(half(0x7c01).is_nan() && half(0x8000).is_sign_negative());
        // Positive numbers have the order of their bits.
        assert!((0..0x7bff).all(|bits| half(bits) < half(bits + 1)));
    }

    #[test]
    fn what_a_value_cannot_be_is_said() {
        assert_eq!(Value::Real(1.0).spike(), Ok(true));
        assert_eq!(Value::Real(-0.0).spike(), Ok(false));
        for value in [Value::Real(f64::NAN), Value::Real(0.5), Value::Signed(-1), Value::Flag(2), Value::Unsigned(2)] {
            assert!(value.spike().is_err() && value.label().is_ok() == (value.whole() == Some(2)), "{value}");
        }
        assert_eq!(
            (Value::Flag(1).grey(255), Value::Real(1.0).grey(255), Value::Signed(1).grey(255)),
            (Ok(255), Ok(255), Ok(1))
        );
        for value in [Value::Real(1.5), Value::Real(f64::NAN), Value::Signed(-1), Value::Unsigned(256), Value::Flag(3)]
        {
            assert!(value.grey(255).is_err(), "{value}");
        }
        assert_eq!(Value::Real(9_007_199_254_740_992.0).whole(), None);
    }
}
