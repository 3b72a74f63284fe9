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

/// A value with a usual form.
pub(super) trait Saved: Sized {
    fn save(&self) -> Value;
    fn load(cursor: &Cursor<'_>) -> Option<Self>;
}

/// A value with named fields, which [`fields!`] describes.
pub(super) trait Record: Default {
    /// Adds the names of its fields.
    fn names(into: &mut Vec<&'static str>);
    fn put(value: &Self, into: &mut Fields);
    /// Reads all fields, and says whether all could be read.
    fn take(object: &Object<'_>, value: &mut Self) -> bool;
    /// Notes what its fields cannot be together.
    fn check(&self, _: &Object<'_>) {}
}

/// A form of a field.
pub(super) trait Form<T> {
    fn save(&self, value: &T) -> Value;
    fn load(&self, cursor: &Cursor<'_>) -> Option<T>;

    /// Adds the names that the field takes in its object.
    fn names(&self, name: &'static str, into: &mut Vec<&'static str>) {
        into.push(name);
    }

    fn put(&self, name: &'static str, value: &T, into: &mut Fields) {
        into.insert(name.into(), self.save(value));
    }

    fn take(&self, name: &'static str, object: &Object<'_>) -> Option<T> {
        object.need(name).and_then(|cursor| self.load(&cursor))
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

/// Describes the fields of a record, or of a section: `place as "name" = form`. Without a name it is that of the place;
/// without a form it is the usual one of the type.
macro_rules! fields {
    ($of:ty { $($($place:ident).+ $(as $name:literal)? $(= $form:expr)?),* $(,)? }) => {
        fn names(into: &mut Vec<&'static str>) {
            $($crate::report::saved::names_of(
                &fields!(@form $($form)?), |value: &$of| &value.$($place).+, fields!(@name $($place).+; $($name)?), into,
            );)*
        }

        fn put(value: &$of, into: &mut $crate::report::saved::Fields) {
            use $crate::report::saved::Form;
            $(Form::put(&fields!(@form $($form)?), fields!(@name $($place).+; $($name)?), &value.$($place).+, into);)*
        }

        fn take(object: &$crate::json::Object<'_>, value: &mut $of) -> bool {
            use $crate::report::saved::Form;
            let mut whole = true;
            $(match Form::take(&fields!(@form $($form)?), fields!(@name $($place).+; $($name)?), object) {
                Some(found) => value.$($place).+ = found,
                None => whole = false,
            })*
            whole
        }
    };
    (@form) => { $crate::report::saved::Usual };
    (@form $form:expr) => { $form };
    (@name $place:ident;) => { stringify!($place) };
    (@name $($place:ident).+; $name:literal) => { $name };
}
pub(super) use fields;

impl<T: Record> Saved for T {
    fn save(&self) -> Value {
        let mut fields = Fields::new();
        T::put(self, &mut fields);
        Value::Object(fields)
    }

    fn load(cursor: &Cursor<'_>) -> Option<Self> {
        let mut names = Vec::new();
        T::names(&mut names);
        let (object, mut value) = (cursor.object(&names)?, T::default());
        if !T::take(&object, &mut value) {
            return None;
        }
        value.check(&object);
        Some(value)
    }
}

/// The usual form of a type.
pub(super) struct Usual;

impl<T: Saved> Form<T> for Usual {
    fn save(&self, value: &T) -> Value {
        value.save()
    }

    fn load(&self, cursor: &Cursor<'_>) -> Option<T> {
        T::load(cursor)
    }
}

macro_rules! usual {
    ($($type:ty: $save:expr, $load:expr;)+) => {
        $(impl Saved for $type {
            fn save(&self) -> Value {
                let save: fn(&$type) -> Value = $save;
                save(self)
            }

            fn load(cursor: &Cursor<'_>) -> Option<Self> {
                let load: fn(&Cursor<'_>) -> Option<$type> = $load;
                load(cursor)
            }
        })+
    };
}

usual! {
    f64: |v| json!(v), |c| c.number(0.0..=LARGEST);
    u64: |v| json!(v), |c| c.whole(0..=MOST);
    u32: |v| json!(v), |c| c.unsigned(0..=u32::MAX);
    i32: |v| json!(v), |c| c.integer(i32::MIN.into()..=i32::MAX.into()).map(|v| v as i32);
    bool: |v| json!(v), |c| c.flag();
    // Of our own writing: a source may name 256 classes.
    String: |v| json!(v), |c| c.long_text().map(str::to_owned);
    Op: |v| json!(v.name()), |c| c.choice(Op::NAMES).map(|index| Op::ALL[index]);
    Kind: |v| json!(v.name()), |c| c.choice(Kind::NAMES).map(|index| Kind::ALL[index]);
}

impl<T: Saved> Saved for Vec<T> {
    fn save(&self) -> Value {
        self.iter().map(T::save).collect()
    }

    /// Every entry is read, so that all problems are found.
    fn load(cursor: &Cursor<'_>) -> Option<Self> {
        let list: Vec<Option<T>> = cursor.list(0..=LONGEST)?.iter().map(T::load).collect();
        list.into_iter().collect()
    }
}

/// `null` stands for none.
impl<T: Saved> Saved for Option<T> {
    fn save(&self) -> Value {
        self.as_ref().map_or(Value::Null, T::save)
    }

    fn load(cursor: &Cursor<'_>) -> Option<Self> {
        if cursor.is_null() { Some(None) } else { T::load(cursor).map(Some) }
    }
}

macro_rules! ranges {
    ($($type:ty, $load:expr;)+) => {
        $(impl Form<$type> for RangeInclusive<$type> {
            fn save(&self, value: &$type) -> Value {
                json!(value)
            }

            fn load(&self, cursor: &Cursor<'_>) -> Option<$type> {
                let load: fn(&Self, &Cursor<'_>) -> Option<$type> = $load;
                load(self, cursor)
            }
        })+
    };
}

ranges! {
    f64, |range, c| c.number(range.clone());
    u64, |range, c| c.whole(range.clone());
    u32, |range, c| c.unsigned(range.clone());
    usize, |range, c| c.whole(*range.start() as u64..=*range.end() as u64).map(|v| v as usize);
}

/// One of some words.
pub(super) struct Word(pub(super) &'static [&'static str]);

impl Form<&'static str> for Word {
    fn save(&self, value: &&'static str) -> Value {
        json!(value)
    }

    fn load(&self, cursor: &Cursor<'_>) -> Option<&'static str> {
        cursor.choice(self.0).map(|index| self.0[index])
    }
}

/// A text that may be empty.
pub(super) struct AnyText;

impl Form<String> for AnyText {
    fn save(&self, value: &String) -> Value {
        json!(value)
    }

    fn load(&self, cursor: &Cursor<'_>) -> Option<String> {
        cursor.string()
    }
}

/// A name, which is short.
pub(super) struct Name;

impl Form<String> for Name {
    fn save(&self, value: &String) -> Value {
        json!(value)
    }

    fn load(&self, cursor: &Cursor<'_>) -> Option<String> {
        cursor.name().map(str::to_owned)
    }
}

/// Numbers of a list that may be long; it is never empty.
pub(super) struct Wholes;

impl Form<Vec<u64>> for Wholes {
    fn save(&self, value: &Vec<u64>) -> Value {
        json!(value)
    }

    fn load(&self, cursor: &Cursor<'_>) -> Option<Vec<u64>> {
        cursor.wholes(1..=LONGEST, 0..=MOST)
    }
}

impl Form<Vec<u32>> for Wholes {
    fn save(&self, value: &Vec<u32>) -> Value {
        json!(value)
    }

    fn load(&self, cursor: &Cursor<'_>) -> Option<Vec<u32>> {
        let numbers = cursor.wholes(1..=LONGEST, 0..=u32::MAX.into())?;
        Some(numbers.into_iter().map(|number| number as u32).collect())
    }
}

/// The sixteen digits of a digest.
pub(super) struct Digest;

impl Form<u64> for Digest {
    fn save(&self, value: &u64) -> Value {
        json!(format!("{value:016x}"))
    }

    fn load(&self, cursor: &Cursor<'_>) -> Option<u64> {
        let text = cursor.text()?;
        let digits = text.len() == 16 && text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
        let digest = u64::from_str_radix(text, 16).ok().filter(|_| digits);
        if digest.is_none() {
            cursor.problem("expected sixteen hexadecimal digits");
        }
        digest
    }
}

/// A list of some length.
pub(super) struct Long<F>(pub(super) RangeInclusive<usize>, pub(super) F);

impl<T, F: Form<T>> Form<Vec<T>> for Long<F> {
    fn save(&self, value: &Vec<T>) -> Value {
        value.iter().map(|entry| self.1.save(entry)).collect()
    }

    fn load(&self, cursor: &Cursor<'_>) -> Option<Vec<T>> {
        let list: Vec<Option<T>> = cursor.list(self.0.clone())?.iter().map(|c| self.1.load(c)).collect();
        list.into_iter().collect()
    }
}

/// A value or `null`.
pub(super) struct OrNull<F>(pub(super) F);

impl<T, F: Form<T>> Form<Option<T>> for OrNull<F> {
    fn save(&self, value: &Option<T>) -> Value {
        value.as_ref().map_or(Value::Null, |value| self.0.save(value))
    }

    fn load(&self, cursor: &Cursor<'_>) -> Option<Option<T>> {
        if cursor.is_null() { Some(None) } else { self.0.load(cursor).map(Some) }
    }
}

/// A field that is not there for none.
pub(super) struct LeftOut;

impl<T: Saved> Form<Option<T>> for LeftOut {
    fn save(&self, value: &Option<T>) -> Value {
        value.save()
    }

    fn load(&self, cursor: &Cursor<'_>) -> Option<Option<T>> {
        T::load(cursor).map(Some)
    }

    fn put(&self, name: &'static str, value: &Option<T>, into: &mut Fields) {
        into.extend(value.as_ref().map(|value| (name.to_owned(), value.save())));
    }

    fn take(&self, name: &'static str, object: &Object<'_>) -> Option<Option<T>> {
        object.get(name).map_or(Some(None), |cursor| self.load(&cursor))
    }
}

/// A field that older reports lack, which stand for this value then.
pub(super) struct Later<F, T>(pub(super) F, pub(super) T);

impl<T: Clone, F: Form<T>> Form<T> for Later<F, T> {
    fn save(&self, value: &T) -> Value {
        self.0.save(value)
    }

    fn load(&self, cursor: &Cursor<'_>) -> Option<T> {
        self.0.load(cursor)
    }

    fn take(&self, name: &'static str, object: &Object<'_>) -> Option<T> {
        object.get(name).map_or_else(|| Some(self.1.clone()), |cursor| self.load(&cursor))
    }
}

/// Fields among those of the object around them: all of them, or none.
pub(super) struct Within;

impl<T: Record> Form<Option<T>> for Within {
    fn save(&self, value: &Option<T>) -> Value {
        value.save()
    }

    fn load(&self, cursor: &Cursor<'_>) -> Option<Option<T>> {
        T::load(cursor).map(Some)
    }

    fn names(&self, _: &'static str, into: &mut Vec<&'static str>) {
        T::names(into);
    }

    fn put(&self, _: &'static str, value: &Option<T>, into: &mut Fields) {
        value.iter().for_each(|value| T::put(value, into));
    }

    fn take(&self, _: &'static str, object: &Object<'_>) -> Option<Option<T>> {
        let (mut names, mut value) = (Vec::new(), T::default());
        T::names(&mut names);
        if names.iter().all(|name| object.get(name).is_none()) {
            return Some(None);
        }
        T::take(object, &mut value).then_some(Some(value))
    }
}
