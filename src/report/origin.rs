//! Where what was run came from, where it is not what the program carries.

use super::saved::{AnyText, Digest, Form, Record, Saved, Word, fields};
use crate::json::{Cursor, Object};
use serde_json::{Value, json};
use std::fmt;

/// A file or folder that stood for a chip, a network or a data set.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Origin {
    /// `chip`, `network` or `data`.
    pub what: &'static str,
    /// Its name in reports.
    pub name: String,
    /// The file or folder, as it was named.
    pub file: String,
    /// A digest of its contents.
    pub digest: u64,
    /// Of a file with the name of something built in: how many values differ from that.
    pub differs: Option<u64>,
}

/// A count of values: `null`, or not there, where there is none.
struct Values;

impl Form<Option<u64>> for Values {
    fn save(&self, value: &Option<u64>) -> Value {
        json!(value)
    }

    fn load(&self, cursor: &Cursor<'_>) -> Option<Option<u64>> {
        cursor.whole(0..=1 << 32).map(Some)
    }

    fn take(&self, name: &'static str, object: &Object<'_>) -> Option<Option<u64>> {
        object.maybe(name).map_or(Some(None), |cursor| self.load(&cursor))
    }
}

impl Record for Origin {
    fields!(Origin {
        what = Word(&["chip", "network", "data"]),
        name = AnyText,
        file = AnyText,
        digest = Digest,
        differs as "differs_from_built_in" = Values,
    });
}

impl Origin {
    /// Its name, with where it came from.
    pub fn label(&self) -> String {
        let Self { what: _, name, file, digest, differs } = self;
        let differs = match differs {
            None => String::new(),
            Some(0) => ", equal to the built-in".into(),
            Some(1) => ", differs from the built-in in 1 value".into(),
            Some(n) => format!(", differs from the built-in in {n} values"),
        };
        format!("{name} from {file} (digest {digest:016x}){differs}")
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.what, self.label())
    }
}

/// Origins for machines.
pub(crate) fn origins_json(origins: &[Origin]) -> Value {
    origins.iter().map(Saved::save).collect()
}

/// Reads what [`origins_json`] wrote.
pub(crate) fn read_origins(cursor: &Cursor<'_>) -> Option<Vec<Origin>> {
    Saved::load(cursor)
}
