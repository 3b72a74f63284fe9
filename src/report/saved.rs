//! How values stand in a saved report: each is written and read by one description.

use crate::hw::Kind;
use crate::json::{Cursor, Object};
use crate::stats::Op;
use serde_json::{Map, Value, json};
use std::ops::RangeInclusive;

/// Largest saved report (bytes): some 500,000 inferences.
pub const MAX_RUN_BYTES: u64 = 64 << 20;

/// Most that anything is counted: the largest number that JSON holds exactly everywhere.
pub(super) const MOST: u64 = 1 << 53;

/// Most entries of a list that a file of this size can have.
pub(super) const LONGEST: usize = MAX_RUN_BYTES as usize;

/// Largest figure that is not counted; far from where sums of them would overflow.
pub(super) const LARGEST: f64 = 1e200;

/// A JSON object that is being written.
pub(super) type Fields = Map<String, Value>;

/// A value that can be written.
pub(super) trait Written {
    fn save(&self) -> Value;
}

/// A value that has a usual form, in which it is read, too.
pub(super) trait Saved: Written + Sized {
    fn load(cursor: &Cursor<'_>) -> Option<Self>;
}

/// A value with named fields, which [`record!`] describes.
pub(super) trait Record: Default {
    /// Adds the names of its fields.
    fn names(into: &mut Vec<&'static str>);
    fn put(value: &Self, into: &mut Fields);
    /// Reads all fields, and says whether all could be read.
    fn take(object: &Object<'_>, value: &mut Self) -> bool;
    /// Notes what its fields cannot be together.
    fn check(&self, _: &Object<'_>) {}
}

/// A form of a field. A function that reads a value is one.
pub(super) trait Form<T> {
    fn put(&self, name: &'static str, value: &T, into: &mut Fields);
    fn take(&self, name: &'static str, object: &Object<'_>) -> Option<T>;

    /// Adds the names that the field takes in its object.
    fn names(&self, name: &'static str, into: &mut Vec<&'static str>) {
        into.push(name);
    }
}

/// The names of a field; the place only says of which type it is.
pub(super) fn names_of<O, T>(
    form: &impl Form<T>,
    _: impl Fn(&O) -> &T,
    name: &'static str,
    into: &mut Vec<&'static str>,
) {
    form.names(name, into);
}

/// Describes the fields of a section: `place as "name" = form`. Without a name it is that of the place; without a form it
/// is the usual one of the type.
macro_rules! fields {
    (@form) => { $crate::report::saved::Saved::load };
    (@form $form:expr) => { $form };
    (@name $place:ident;) => { stringify!($place) };
    (@name $($place:ident).+; $name:literal) => { $name };
    (@by [$($me:tt)*] $of:ty { $($($place:ident).+ $(as $name:literal)? $(= $form:expr)?),* $(,)? }) => {
        fn names($($me)* into: &mut Vec<&'static str>) {
            use $crate::report::saved::{fields, names_of};
            $(names_of(
                &fields!(@form $($form)?), |value: &$of| &value.$($place).+, fields!(@name $($place).+; $($name)?), into,
            );)*
        }

        fn put($($me)* value: &$of, into: &mut $crate::report::saved::Fields) {
            use $crate::report::saved::{Form, fields};
            $(Form::put(&fields!(@form $($form)?), fields!(@name $($place).+; $($name)?), &value.$($place).+, into);)*
        }

        fn take($($me)* object: &$crate::json::Object<'_>, value: &mut $of) -> bool {
            use $crate::report::saved::{Form, fields};
            let mut whole = true;
            $(match Form::take(&fields!(@form $($form)?), fields!(@name $($place).+; $($name)?), object) {
                Some(found) => value.$($place).+ = found,
                None => whole = false,
            })*
            whole
        }
    };
    ($of:ty { $($rest:tt)* }) => { $crate::report::saved::fields!(@by [&self,] $of { $($rest)* }); };
}
pub(super) use fields;

/// A record with its fields: `name: type as "name in files" = form`, the last two as with [`fields!`]. A function behind it
/// says what its fields cannot be together.
macro_rules! record {
    ($(#[$attr:meta])* $vis:vis struct $of:ident {
        $($(#[$doc:meta])* $of_all:vis $field:ident: $type:ty $(as $name:literal)? $(= $form:expr)?),* $(,)?
    } $(check $check:expr)?) => {
        $(#[$attr])*
        #[derive(Clone, Debug, Default, PartialEq)]
        $vis struct $of {
            $($(#[$doc])* $of_all $field: $type),*
        }

        impl $crate::report::saved::Record for $of {
            $crate::report::saved::fields!(@by [] $of { $($field $(as $name)? $(= $form)?),* });

            $(fn check(&self, object: &$crate::json::Object<'_>) {
                let check: fn(&Self, &$crate::json::Object<'_>) = $check;
                check(self, object);
            })?
        }
    };
}
pub(super) use record;

macro_rules! usual {
    ($($type:ty: $load:expr;)+) => {
        $(impl Written for $type {
            fn save(&self) -> Value {
                json!(self)
            }
        }

        impl Saved for $type {
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
        $(impl $crate::report::saved::Written for $type {
            fn save(&self) -> serde_json::Value {
                serde_json::json!(self.name())
            }
        }

        impl $crate::report::saved::Saved for $type {
            fn load(cursor: &$crate::json::Cursor<'_>) -> Option<Self> {
                cursor.choice(&<$type>::NAMES[..]).map(|index| <$type>::ALL[index])
            }
        })+
    };
}
pub(super) use named;

named!(Op, Kind);

impl Written for usize {
    fn save(&self) -> Value {
        json!(self)
    }
}

impl Written for &'static str {
    fn save(&self) -> Value {
        json!(self)
    }
}

impl<T: Record> Written for T {
    fn save(&self) -> Value {
        let mut fields = Fields::new();
        T::put(self, &mut fields);
        Value::Object(fields)
    }
}

impl<T: Record> Saved for T {
    fn load(cursor: &Cursor<'_>) -> Option<Self> {
        let mut value = T::default();
        let object = cursor.object(&names::<T>())?;
        if !T::take(&object, &mut value) {
            return None;
        }
        value.check(&object);
        Some(value)
    }
}

/// The names of a record's fields.
pub(super) fn names<T: Record>() -> Vec<&'static str> {
    let mut names = Vec::new();
    T::names(&mut names);
    names
}

impl<T: Written> Written for Vec<T> {
    fn save(&self) -> Value {
        self.iter().map(T::save).collect()
    }
}

impl<T: Saved> Saved for Vec<T> {
    fn load(cursor: &Cursor<'_>) -> Option<Self> {
        list(0..=LONGEST, T::load)(cursor)
    }
}

/// `null` stands for none.
impl<T: Written> Written for Option<T> {
    fn save(&self) -> Value {
        self.as_ref().map_or(Value::Null, T::save)
    }
}

impl<T: Saved> Saved for Option<T> {
    fn load(cursor: &Cursor<'_>) -> Option<Self> {
        or_null(T::load)(cursor)
    }
}

impl<T: Written, F: Fn(&Cursor<'_>) -> Option<T>> Form<T> for F {
    fn put(&self, name: &'static str, value: &T, into: &mut Fields) {
        into.insert(name.into(), value.save());
    }

    fn take(&self, name: &'static str, object: &Object<'_>) -> Option<T> {
        object.need(name).and_then(|cursor| self(&cursor))
    }
}

/// A number in a range.
pub(super) fn real(range: RangeInclusive<f64>) -> impl Fn(&Cursor<'_>) -> Option<f64> {
    move |cursor| cursor.number(range.clone())
}

/// A share of a whole.
pub(super) fn share(cursor: &Cursor<'_>) -> Option<f64> {
    cursor.number(0.0..=1.0)
}

/// A figure that rests on prices: `null` where nothing has one.
pub(super) fn price(cursor: &Cursor<'_>) -> Option<f64> {
    if cursor.is_null() { Some(0.0) } else { Saved::load(cursor) }
}

/// A whole number in a range.
pub(super) fn whole(range: RangeInclusive<u64>) -> impl Fn(&Cursor<'_>) -> Option<u64> {
    move |cursor| cursor.whole(range.clone())
}

/// A number of at least one thing, and of at most so many.
pub(super) fn some(most: u32) -> impl Fn(&Cursor<'_>) -> Option<u32> {
    move |cursor| cursor.unsigned(1..=most)
}

/// One of some words.
pub(super) fn word(words: &'static [&'static str]) -> impl Fn(&Cursor<'_>) -> Option<&'static str> {
    move |cursor| cursor.choice(words).map(|index| words[index])
}

/// A text that may be empty.
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

/// A value or `null`.
pub(super) fn or_null<T>(load: impl Fn(&Cursor<'_>) -> Option<T>) -> impl Fn(&Cursor<'_>) -> Option<Option<T>> {
    move |cursor| if cursor.is_null() { Some(None) } else { load(cursor).map(Some) }
}

/// The sixteen digits of a digest.
pub(super) struct Digest;

impl Form<u64> for Digest {
    fn put(&self, name: &'static str, value: &u64, into: &mut Fields) {
        into.insert(name.into(), json!(format!("{value:016x}")));
    }

    fn take(&self, name: &'static str, object: &Object<'_>) -> Option<u64> {
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

impl<T: Saved> Form<Option<T>> for LeftOut {
    fn put(&self, name: &'static str, value: &Option<T>, into: &mut Fields) {
        into.extend(value.as_ref().map(|value| (name.to_owned(), value.save())));
    }

    fn take(&self, name: &'static str, object: &Object<'_>) -> Option<Option<T>> {
        object.get(name).map_or(Some(None), |cursor| T::load(&cursor).map(Some))
    }
}

/// A field that older reports lack, which stand for this value then.
pub(super) struct Later<F, T>(pub(super) F, pub(super) T);

impl<T: Clone + Written, F: Fn(&Cursor<'_>) -> Option<T>> Form<T> for Later<F, T> {
    fn put(&self, name: &'static str, value: &T, into: &mut Fields) {
        self.0.put(name, value, into);
    }

    fn take(&self, name: &'static str, object: &Object<'_>) -> Option<T> {
        object.get(name).map_or_else(|| Some(self.1.clone()), |cursor| self.0(&cursor))
    }
}

/// Fields among those of the object around them: all of them, or none.
pub(super) struct Within;

impl<T: Record> Form<Option<T>> for Within {
    fn names(&self, _: &'static str, into: &mut Vec<&'static str>) {
        T::names(into);
    }

    fn put(&self, _: &'static str, value: &Option<T>, into: &mut Fields) {
        value.iter().for_each(|value| T::put(value, into));
    }

    fn take(&self, _: &'static str, object: &Object<'_>) -> Option<Option<T>> {
        let mut value = T::default();
        if names::<T>().iter().all(|name| object.get(name).is_none()) {
            return Some(None);
        }
        T::take(object, &mut value).then_some(Some(value))
    }
}
