//! Protocol buffers by hand: the few messages of a trace, without a copy of their fields in memory.
//!
//! Field numbers are those of `protos/perfetto/trace` in Perfetto's repository (perfetto.dev/docs/reference/trace-packet-proto).

#[derive(Clone, Debug, Default)]
pub(super) struct Message(pub(super) Vec<u8>);

const VARINT: u32 = 0;
const FIXED64: u32 = 1;
const BYTES: u32 = 2;

impl Message {
    #[inline]
    fn varint(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.0.push(value as u8 | 0x80);
            value >>= 7;
        }
        self.0.push(value as u8);
    }

    #[inline]
    fn key(&mut self, field: u32, wire: u32) {
        self.varint(u64::from(field << 3 | wire));
    }

    /// A field of an integer without sign, an enumeration or a truth value.
    #[inline]
    pub(super) fn uint(&mut self, field: u32, value: u64) {
        self.key(field, VARINT);
        self.varint(value);
    }

    #[cfg(test)]
    pub(super) fn fixed(&mut self, field: u32, value: u64) {
        self.key(field, FIXED64);
        self.0.extend_from_slice(&value.to_le_bytes());
    }

    #[inline]
    pub(super) fn bytes(&mut self, field: u32, bytes: &[u8]) {
        self.key(field, BYTES);
        self.varint(bytes.len() as u64);
        self.0.extend_from_slice(bytes);
    }
}

/// A message of fewer than [`SHORT`] bytes, made where it stays: the fields of an event, and the packet around it.
///
/// Lengths of messages within it take one byte, which is written when they are known.
pub(super) struct ShortMessage<'a> {
    bytes: &'a mut [u8; SHORT],
    len: usize,
}

/// Lengths below this are one byte.
pub(super) const SHORT: usize = 0x80;

impl<'a> ShortMessage<'a> {
    #[inline]
    pub(super) fn new(bytes: &'a mut [u8; SHORT]) -> Self {
        Self { bytes, len: 0 }
    }

    /// Its length so far.
    #[inline]
    pub(super) fn len(&self) -> usize {
        self.len
    }

    #[inline]
    fn push(&mut self, byte: u8) {
        self.bytes[self.len] = byte;
        self.len += 1;
    }

    #[inline]
    fn varint(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.push(value as u8 | 0x80);
            value >>= 7;
        }
        self.push(value as u8);
    }

    #[inline]
    pub(super) fn uint(&mut self, field: u32, value: u64) {
        self.varint(u64::from(field << 3 | VARINT));
        self.varint(value);
    }

    #[inline]
    pub(super) fn fixed(&mut self, field: u32, value: u64) {
        self.varint(u64::from(field << 3 | FIXED64));
        self.bytes[self.len..self.len + 8].copy_from_slice(&value.to_le_bytes());
        self.len += 8;
    }

    #[inline]
    pub(super) fn double(&mut self, field: u32, value: f64) {
        self.fixed(field, value.to_bits());
    }

    /// Begins a message within this one; [`ShortMessage::end`] gets what this gives.
    #[inline]
    pub(super) fn begin(&mut self, field: u32) -> usize {
        self.varint(u64::from(field << 3 | BYTES));
        self.push(0);
        self.len
    }

    #[inline]
    pub(super) fn end(&mut self, first: usize) {
        self.bytes[first - 1] = (self.len - first) as u8;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_message_has_the_bytes_of_a_long_one() {
        for value in [0, 1, 127, 128, 300, 1 << 20, u64::MAX] {
            let (mut inner, mut outer) = (Message::default(), Message::default());
            inner.uint(9, 2);
            inner.uint(11, value);
            inner.fixed(47, value);
            outer.uint(8, value);
            outer.bytes(11, &inner.0);
            let mut all = Message::default();
            all.bytes(1, &outer.0);
            let mut bytes = [0; SHORT];
            let mut short = ShortMessage::new(&mut bytes);
            let packet = short.begin(1);
            short.uint(8, value);
            let event = short.begin(11);
            short.uint(9, 2);
            short.uint(11, value);
            short.fixed(47, value);
            short.end(event);
            short.end(packet);
            let len = short.len();
            assert_eq!(&bytes[..len], &all.0[..]);
        }
    }

    #[test]
    fn fields_are_as_the_encoding_says() {
        // The examples of protobuf.dev/programming-guides/encoding: 150 in field 1, "testing" in field 2.
        let mut message = Message::default();
        message.uint(1, 150);
        message.bytes(2, b"testing");
        assert_eq!(message.0, [&[0x08, 0x96, 0x01, 0x12, 0x07][..], b"testing"].concat());
        let mut message = Message::default();
        message.fixed(47, 1);
        assert_eq!(message.0, [0xf9, 0x02, 1, 0, 0, 0, 0, 0, 0, 0]);
    }
}
