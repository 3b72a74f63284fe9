//! How values stand in a saved report: each is written and read by one description.

use crate::hw::ConstantKind;
use crate::json::{Cursor, Object};
use crate::stats::Op;
use serde_json::{Map, Value, json};
use std::ops::RangeInclusive;

/// Largest saved report (bytes): some 500,000 inferences.
pub const MAX_RUN_BYTES: u64 = 64 << 20;

/// Largest count: the largest integer that every JSON reader holds exactly.
pub(super) const MOST: u64 = 1 << 53;

/// Longest list in a file of this size.
pub(super) const LONGEST: usize = MAX_RUN_BYTES as usize;

/// Largest figure that is no count; sums of such figures do not overflow.
pub(super) const LARGEST: f64 = 1e200;

pub(super) type JsonObject = Map<String, Value>;

pub(super) trait Save {
    fn save(&self) -> Value;
}

/// A value with a usual form in files.
pub(super) trait Restore: Save + Sized {
    fn load(cursor: &Cursor<'_>) -> Option<Self>;
}

/// A value with named fields, which [`record!`] describes.
pub(super) trait SavedRecord: Sized {
    const NAMES: &'static [&'static str];
    fn put(&self, into: &mut JsonObject);
    /// Reads all fields, so that all problems are found.
    fn take(object: &Object<'_>) -> Option<Self>;
}

/// How a field stands in its object. A function that reads a value is one.
pub(super) trait FieldForm<T> {
    fn put(&self, name: &str, value: &T, into: &mut JsonObject);
    fn take(&self, name: &str, object: &Object<'_>) -> Option<T>;
}

/// A record with its fields: `name: type as "name in files" = form`. Without a form the field has the usual one of its
/// type. A function behind the fields notes what they cannot be together.
macro_rules! record {
    (@form) => { $crate::report::saved::Restore::load };
    (@form $form:expr) => { $form };
    (@name $place:ident;) => { stringify!($place) };
    (@name $($place:ident).+; $name:literal) => { $name };
    ($(#[$attr:meta])* $vis:vis struct $of:ident {
        $($(#[$doc:meta])* $of_all:vis $field:ident: $type:ty $(as $name:literal)? $(= $form:expr)?),* $(,)?
    } $(check $check:expr)?) => {
        $(#[$attr])*
        #[derive(Clone, Debug, PartialEq)]
        $vis struct $of {
            $($(#[$doc])* $of_all $field: $type),*
        }

        impl $crate::report::saved::SavedRecord for $of {
            const NAMES: &'static [&'static str] =
                &[$($crate::report::saved::record!(@name $field; $($name)?)),*];

            fn put(&self, into: &mut $crate::report::saved::JsonObject) {
                use $crate::report::saved::{FieldForm, record};
                $(FieldForm::put(&record!(@form $($form)?), record!(@name $field; $($name)?), &self.$field, into);)*
            }

            fn take(object: &$crate::json::Object<'_>) -> Option<Self> {
                use $crate::report::saved::{FieldForm, record};
                $(let $field: Option<$type> =
                    FieldForm::take(&record!(@form $($form)?), record!(@name $field; $($name)?), object);)*
                let read = Self { $($field: $field?),* };
                $(let check: fn(&Self, &$crate::json::Object<'_>) = $check;
                check(&read, object);)?
                Some(read)
            }
        }
    };
}
pub(super) use record;

macro_rules! usual {
    ($($type:ty: $load:expr;)+) => {
        $(impl Save for $type {
            fn save(&self) -> Value {
                json!(self)
            }
        }

        impl Restore for $type {
            fn load(cursor: &Cursor<'_>) -> Option<Self> {
                let load: fn(&Cursor<'_>) -> Option<$type> = $load;
                load(cursor)
            }
        })+
    };
}

usual! {
    f64: |c| c.number(0.0..=LARGEST);
    u64: |c| c.whole(0..=MOST);
    u32: |c| c.unsigned(0..=u32::MAX);
    i32: |c| c.integer(i32::MIN.into()..=i32::MAX.into()).map(|v| v as i32);
    bool: |c| c.flag();
    // Of our own writing: a source may name 256 classes.
    String: |c| c.long_text().map(str::to_owned);
}

/// Names of variants, as files have them.
macro_rules! named {
    ($($type:ty),+) => {
        $(impl $crate::report::saved::Save for $type {
            fn save(&self) -> serde_json::Value {
                serde_json::json!(self.name())
            }
        }

        impl $crate::report::saved::Restore for $type {
            fn load(cursor: &$crate::json::Cursor<'_>) -> Option<Self> {
                cursor.choice(&<$type>::NAMES[..]).map(|index| <$type>::ALL[index])
            }
        })+
    };
}
pub(super) use named;

named!(Op, ConstantKind);

impl Save for usize {
    fn save(&self) -> Value {
        json!(self)
    }
}

impl Save for &'static str {
    fn save(&self) -> Value {
        json!(self)
    }
}

impl<T: SavedRecord> Save for T {
    fn save(&self) -> Value {
        let mut fields = JsonObject::new();
        self.put(&mut fields);
        Value::Object(fields)
    }
}

impl<T: SavedRecord> Restore for T {
    fn load(cursor: &Cursor<'_>) -> Option<Self> {
        T::take(&cursor.object(T::NAMES)?)
    }
}

impl<T: Save> Save for Vec<T> {
    fn save(&self) -> Value {
        self.iter().map(T::save).collect()
    }
}

impl<T: Restore> Restore for Vec<T> {
    fn load(cursor: &Cursor<'_>) -> Option<Self> {
        list(0..=LONGEST, T::load)(cursor)
    }
}

/// `null` stands for none.
impl<T: Save> Save for Option<T> {
    fn save(&self) -> Value {
        self.as_ref().map_or(Value::Null, T::save)
    }
}

impl<T: Restore> Restore for Option<T> {
    fn load(cursor: &Cursor<'_>) -> Option<Self> {
        or_null(T::load)(cursor)
    }
}

impl<T: Save, F: Fn(&Cursor<'_>) -> Option<T>> FieldForm<T> for F {
    fn put(&self, name: &str, value: &T, into: &mut JsonObject) {
        into.insert(name.into(), value.save());
    }

    fn take(&self, name: &str, object: &Object<'_>) -> Option<T> {
        object.need(name).and_then(|cursor| self(&cursor))
    }
}

pub(super) fn real(range: RangeInclusive<f64>) -> impl Fn(&Cursor<'_>) -> Option<f64> {
    move |cursor| cursor.number(range.clone())
}

pub(super) fn share(cursor: &Cursor<'_>) -> Option<f64> {
    cursor.number(0.0..=1.0)
}

/// A figure that rests on prices: `null` where nothing has one.
pub(super) fn price(cursor: &Cursor<'_>) -> Option<f64> {
    if cursor.is_null() { Some(0.0) } else { Restore::load(cursor) }
}

pub(super) fn whole(range: RangeInclusive<u64>) -> impl Fn(&Cursor<'_>) -> Option<u64> {
    move |cursor| cursor.whole(range.clone())
}

/// A count of 1 to `most`.
pub(super) fn some(most: u32) -> impl Fn(&Cursor<'_>) -> Option<u32> {
    move |cursor| cursor.unsigned(1..=most)
}

pub(super) fn word(words: &'static [&'static str]) -> impl Fn(&Cursor<'_>) -> Option<&'static str> {
    move |cursor| cursor.choice(words).map(|index| words[index])
}

pub(super) fn any_text(cursor: &Cursor<'_>) -> Option<String> {
    cursor.string()
}

/// Numbers of a list that may be long; it is never empty.
pub(super) fn wholes(cursor: &Cursor<'_>) -> Option<Vec<u64>> {
    cursor.wholes(1..=LONGEST, 0..=MOST)
}

/// A list of some length, of which every entry is read, so that all problems are found.
pub(super) fn list<T>(
    length: RangeInclusive<usize>,
    load: impl Fn(&Cursor<'_>) -> Option<T>,
) -> impl Fn(&Cursor<'_>) -> Option<Vec<T>> {
    move |cursor| {
        let entries: Vec<Option<T>> = cursor.list(length.clone())?.iter().map(&load).collect();
        entries.into_iter().collect()
    }
}

pub(super) fn or_null<T>(load: impl Fn(&Cursor<'_>) -> Option<T>) -> impl Fn(&Cursor<'_>) -> Option<Option<T>> {
    move |cursor| if cursor.is_null() { Some(None) } else { load(cursor).map(Some) }
}

/// The sixteen digits of a digest.
pub(super) struct HexDigest;

impl FieldForm<u64> for HexDigest {
    fn put(&self, name: &str, value: &u64, into: &mut JsonObject) {
        into.insert(name.into(), json!(format!("{value:016x}")));
    }

    fn take(&self, name: &str, object: &Object<'_>) -> Option<u64> {
        let cursor = object.need(name)?;
        let text = cursor.text()?;
        let digits = text.len() == 16 && text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
        let digest = u64::from_str_radix(text, 16).ok().filter(|_| digits);
        if digest.is_none() {
            cursor.problem("expected sixteen hexadecimal digits");
        }
        digest
    }
}

/// A field that is not there for none.
pub(super) struct LeftOut;

impl<T: Restore> FieldForm<Option<T>> for LeftOut {
    fn put(&self, name: &str, value: &Option<T>, into: &mut JsonObject) {
        into.extend(value.as_ref().map(|value| (name.to_owned(), value.save())));
    }

    fn take(&self, name: &str, object: &Object<'_>) -> Option<Option<T>> {
        object.get(name).map_or(Some(None), |cursor| T::load(&cursor).map(Some))
    }
}

/// A field that older reports lack, which stand for this value then.
pub(super) struct AddedLater<F, T>(pub(super) F, pub(super) T);

impl<T: Clone + Save, F: Fn(&Cursor<'_>) -> Option<T>> FieldForm<T> for AddedLater<F, T> {
    fn put(&self, name: &str, value: &T, into: &mut JsonObject) {
        self.0.put(name, value, into);
    }

    fn take(&self, name: &str, object: &Object<'_>) -> Option<T> {
        object.get(name).map_or_else(|| Some(self.1.clone()), |cursor| self.0(&cursor))
    }
}

/// The fields of a record among those of the object around them: all of them, or none.
pub(super) fn all_or_none<T: SavedRecord>(object: &Object<'_>) -> Option<Option<T>> {
    match T::NAMES.iter().all(|name| object.get(name).is_none()) {
        true => Some(None),
        false => T::take(object).map(Some),
    }
}
