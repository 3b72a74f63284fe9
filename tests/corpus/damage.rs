//! Damage to good files: bits, bytes, numbers, pieces that are lost, doubled, or of another file.

use spikemesh::rng::mix;

/// Draws damaged files.
pub struct Damage<'g> {
    good: &'g [Vec<u8>],
    state: u64,
}

/// Numbers at which readers break, in a text.
const IN_TEXT: [&str; 14] = [
    "0",
    "-1",
    "1",
    "255",
    "65536",
    "4294967295",
    "4294967296",
    "9223372036854775807",
    "18446744073709551616",
    "1e308",
    "-1e-308",
    "0.5",
    "null",
    "\"\\u001b[2J\"",
];
/// Likewise in binary files.
const IN_BYTES: [u64; 10] =
    [0, 1, 0x7f, 0xff, 0x7fff, 0xffff, 0x7fff_ffff, 0xffff_ffff, 0x7fff_ffff_ffff_ffff, u64::MAX];
/// Longest file that damage makes (bytes).
const LONGEST: usize = 1 << 18;

impl<'g> Damage<'g> {
    /// Damage to files of a kind, the same every time.
    pub fn new(kind: &str, good: &'g [Vec<u8>]) -> Self {
        Self { good, state: kind.bytes().fold(8, |state, byte| mix(state ^ u64::from(byte))) }
    }

    fn below(&mut self, n: usize) -> usize {
        self.state = mix(self.state);
        (self.state >> 11) as usize % n.max(1)
    }

    /// A piece of a file.
    fn piece(&mut self, len: usize) -> std::ops::Range<usize> {
        let from = self.below(len + 1);
        let most = [4, 64, len][self.below(3)];
        from..(from + self.below(most + 1)).min(len)
    }

    /// A damaged file.
    pub fn draw(&mut self) -> Vec<u8> {
        let file = self.below(self.good.len());
        let mut bytes = self.good[file].clone();
        let text = std::str::from_utf8(&bytes).is_ok();
        // Mostly little, so that much of the file is still read.
        for _ in 0..1 + self.below(3) * self.below(3) {
            match self.below(8) {
                0 if !bytes.is_empty() => {
                    let at = self.below(bytes.len());
                    bytes[at] ^= 1 << self.below(8);
                }
                1 if !bytes.is_empty() => {
                    let at = self.below(bytes.len());
                    bytes[at] = self.below(256) as u8;
                }
                2 => drop(bytes.drain(self.piece(bytes.len()))),
                3 => {
                    let (piece, at) = (bytes[self.piece(bytes.len())].to_vec(), self.below(bytes.len() + 1));
                    bytes.splice(at..at, piece);
                }
                4 => {
                    let other = self.below(self.good.len());
                    let piece = self.good[other][self.piece(self.good[other].len())].to_vec();
                    let place = self.piece(bytes.len());
                    bytes.splice(place, piece);
                }
                5 => bytes.truncate(self.below(bytes.len() + 1)),
                _ if text => self.number(&mut bytes),
                _ => self.word(&mut bytes),
            }
            bytes.truncate(LONGEST);
        }
        bytes
    }

    /// Another number, where a text has one.
    fn number(&mut self, bytes: &mut Vec<u8>) {
        let from = self.below(bytes.len());
        let digit = |byte: &u8| byte.is_ascii_digit();
        let Some(start) = bytes[from..].iter().position(digit).map(|at| from + at) else { return };
        let end = bytes[start..].iter().position(|byte| !digit(byte)).map_or(bytes.len(), |at| start + at);
        let other = IN_TEXT[self.below(IN_TEXT.len())];
        bytes.splice(start..end, other.bytes());
    }

    /// Another number of 1, 2, 4 or 8 bytes, in either order.
    fn word(&mut self, bytes: &mut [u8]) {
        let (size, value) = (1 << self.below(4), IN_BYTES[self.below(IN_BYTES.len())]);
        if bytes.len() < size {
            return;
        }
        let at = self.below(bytes.len() - size + 1);
        let mut word = value.to_le_bytes()[..size].to_vec();
        if self.below(2) == 1 {
            word.reverse();
        }
        bytes[at..at + size].copy_from_slice(&word);
    }
}
