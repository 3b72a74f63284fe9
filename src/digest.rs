//! Digests of values, field by field: the keys by which results that were kept are found again.
//!
//! A digest depends on values alone: not on their layout in memory, the platform, the order of a map, or the wording of
//! a type's `Debug` text. Every type names all of its fields in `all_fields!`, which takes them
//! apart without `..`: a field that is added later does not compile until it is part of the digest.

use crate::rng::mix;
use std::collections::BTreeMap;
use std::sync::Arc;

/// A value with a digest.
pub trait Stable {
    /// Adds all that the value is.
    fn add_to(&self, digest: &mut Digest);
}

/// A digest in the making: 64 bits, not proof against tampering.
#[derive(Clone, Debug)]
pub struct Digest(u64);

impl Digest {
    /// Begins a digest of a kind of key; kinds, and versions of a kind, never share one.
    pub fn new(kind: &str) -> Self {
        let mut digest = Self(0x9e37_79b9_7f4a_7c15);
        digest.bytes(kind.as_bytes());
        digest
    }

    /// Adds a word.
    #[inline]
    pub fn word(&mut self, word: u64) {
        self.0 = mix(self.0 ^ word);
    }

    /// Adds bytes, with their number, so that two texts in a row are not another two.
    pub fn bytes(&mut self, bytes: &[u8]) {
        self.word(bytes.len() as u64);
        for chunk in bytes.chunks(8) {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            self.word(u64::from_le_bytes(word));
        }
    }

    /// Adds a value.
    pub fn add(&mut self, value: &(impl Stable + ?Sized)) {
        value.add_to(self);
    }

    /// The digest of all that was added.
    pub fn finish(self) -> u64 {
        self.0
    }
}

/// The digest of a value, as a key of a kind.
pub fn of(kind: &str, value: &(impl Stable + ?Sized)) -> u64 {
    let mut digest = Digest::new(kind);
    digest.add(value);
    digest.finish()
}

/// Makes types [`Stable`]. Structs list all their fields. Enums list all their variants, each with a number that stays
/// when variants come and go, and with its fields.
macro_rules! all_fields {
    () => {};
    (struct $type:ty { $($field:ident),* $(,)? } $($rest:tt)*) => {
        impl $crate::digest::Stable for $type {
            fn add_to(&self, digest: &mut $crate::digest::Digest) {
                let Self { $($field),* } = self;
                $(digest.add($field);)*
            }
        }
        $crate::digest::all_fields! { $($rest)* }
    };
    (enum $type:ty { $($tag:literal = $variant:ident $({ $($field:ident),* $(,)? })?),* $(,)? } $($rest:tt)*) => {
        impl $crate::digest::Stable for $type {
            fn add_to(&self, digest: &mut $crate::digest::Digest) {
                match self {
                    $(Self::$variant $({ $($field),* })? => {
                        digest.word($tag);
                        $($(digest.add($field);)*)?
                    })*
                }
            }
        }
        $crate::digest::all_fields! { $($rest)* }
    };
}
pub(crate) use all_fields;

macro_rules! words {
    ($($type:ty),*) => {
        $(impl Stable for $type {
            #[inline]
            fn add_to(&self, digest: &mut Digest) {
                // Sign extension keeps equal numbers of any width equal.
                digest.word(*self as u64);
            }
        })*
    };
}
words!(bool, u8, u16, u32, u64, usize, i8, i16, i32, i64);

impl Stable for f32 {
    fn add_to(&self, digest: &mut Digest) {
        digest.word(self.to_bits().into());
    }
}

impl Stable for f64 {
    fn add_to(&self, digest: &mut Digest) {
        digest.word(self.to_bits());
    }
}

impl Stable for str {
    fn add_to(&self, digest: &mut Digest) {
        digest.bytes(self.as_bytes());
    }
}

impl Stable for String {
    fn add_to(&self, digest: &mut Digest) {
        digest.bytes(self.as_bytes());
    }
}

/// The text of a path, of which any part that is not Unicode is replaced.
impl Stable for std::path::PathBuf {
    fn add_to(&self, digest: &mut Digest) {
        digest.bytes(self.to_string_lossy().as_bytes());
    }
}

impl<T: Stable + ?Sized> Stable for &T {
    fn add_to(&self, digest: &mut Digest) {
        (**self).add_to(digest);
    }
}

impl<T: Stable + ?Sized> Stable for Box<T> {
    fn add_to(&self, digest: &mut Digest) {
        (**self).add_to(digest);
    }
}

impl<T: Stable + ?Sized> Stable for Arc<T> {
    fn add_to(&self, digest: &mut Digest) {
        (**self).add_to(digest);
    }
}

impl<T: Stable> Stable for Option<T> {
    fn add_to(&self, digest: &mut Digest) {
        digest.word(u64::from(self.is_some()));
        if let Some(value) = self {
            value.add_to(digest);
        }
    }
}

impl<T: Stable> Stable for [T] {
    fn add_to(&self, digest: &mut Digest) {
        digest.word(self.len() as u64);
        self.iter().for_each(|value| value.add_to(digest));
    }
}

impl<T: Stable, const N: usize> Stable for [T; N] {
    fn add_to(&self, digest: &mut Digest) {
        self[..].add_to(digest);
    }
}

impl<T: Stable> Stable for Vec<T> {
    fn add_to(&self, digest: &mut Digest) {
        self[..].add_to(digest);
    }
}

impl<A: Stable, B: Stable> Stable for (A, B) {
    fn add_to(&self, digest: &mut Digest) {
        self.0.add_to(digest);
        self.1.add_to(digest);
    }
}

/// In the order of the keys, whatever the order in which they came.
impl<K: Stable, V: Stable> Stable for BTreeMap<K, V> {
    fn add_to(&self, digest: &mut Digest) {
        digest.word(self.len() as u64);
        for (key, value) in self {
            key.add_to(digest);
            value.add_to(digest);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Clone)]
    struct Pair {
        left: Vec<u8>,
        right: Vec<u8>,
    }

    enum Choice {
        Nothing,
        Number { value: u32 },
        Text { value: String, more: bool },
    }

    all_fields! {
        struct Pair { left, right }
        enum Choice { 0 = Nothing, 1 = Number { value }, 2 = Text { value, more } }
    }

    #[test]
    fn values_that_differ_have_other_digests_and_lengths_are_part_of_them() {
        let pair = |left: &[u8], right: &[u8]| of("pair", &Pair { left: left.into(), right: right.into() });
        let text = |value: &str, more| of("pair", &Choice::Text { value: value.into(), more });
        let all = [
            pair(&[], &[]),
            pair(&[0], &[]),
            pair(&[], &[0]),
            pair(&[0, 0], &[]),
            pair(&[1, 2], &[3]),
            pair(&[1], &[2, 3]),
            of("other", &Pair { left: vec![1], right: vec![2, 3] }),
            of("pair", &Choice::Nothing),
            of("pair", &Choice::Number { value: 0 }),
            of("pair", &Choice::Number { value: 1 }),
            text("", false),
            text("", true),
            text("a", false),
            text("a\0", false),
            of("pair", &Some(0u8)),
            of("pair", &None::<u8>),
            of("pair", &-1i16),
            of("pair", &0.0f64),
            of("pair", &-0.0f64),
        ];
        let mut distinct = all.to_vec();
        distinct.sort_unstable();
        distinct.dedup();
        // Nothing, a zero and an empty text are one word each, or are told by the word before.
        assert!(distinct.len() >= all.len() - 3, "{} of {}", distinct.len(), all.len());
        assert_eq!(of("pair", &-1i16), of("pair", &-1i64), "the width of a number is nothing");
    }

    #[test]
    fn a_digest_is_the_same_on_every_machine_and_for_any_order_of_a_map() {
        assert_eq!(of("test/1", "text"), of("test/1", &String::from("text")));
        let map = |keys: [u32; 3]| keys.into_iter().map(|key| (key, format!("{key}"))).collect::<BTreeMap<_, _>>();
        assert_eq!(of("map", &map([3, 1, 2])), of("map", &map([1, 2, 3])));
        // Worked out by a program of another language from the definition above.
        assert_eq!(of("test/1", &(1u32, vec![2i64, -3])), 8617331428212584592, "part of files that are kept");
    }
}
