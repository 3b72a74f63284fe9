//! Tables of figures in typed columns, for callers that compute with them: a Python package hands them to numpy and Arrow.

use serde_json::{Map, Value, json};
use thiserror::Error;

/// A table: columns of one length.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Columns {
    columns: Vec<NamedColumn>,
}

/// A named column.
#[derive(Clone, Debug, PartialEq)]
pub struct NamedColumn {
    /// Name, as in reports; units are suffixes.
    pub name: String,
    /// Values by row.
    pub values: ColumnValues,
}

/// Values of a column.
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs, reason = "names say what they hold")]
pub enum ColumnValues {
    Flags(Vec<bool>),
    /// Integers of 32 bits.
    Short(Sparse<i32>),
    /// Integers of 64 bits.
    Whole(Sparse<i64>),
    Real(Sparse<f64>),
    Text(Vec<Option<String>>),
    /// Texts of which each is one of a few words.
    Coded(CodedText),
}

/// Values that may be missing.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sparse<T> {
    /// A value for each row, also where it is missing.
    pub values: Vec<T>,
    /// For each row, whether its value is known. `None` means that all values are known.
    pub known: Option<Vec<bool>>,
}

/// Texts by number.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CodedText {
    /// The texts.
    pub words: Vec<String>,
    /// The number of each row's text.
    pub numbers: Sparse<i32>,
}

impl<T: Copy + Default> Sparse<T> {
    /// Adds a row.
    pub fn push(&mut self, value: Option<T>) {
        match (&mut self.known, value) {
            (Some(known), _) => known.push(value.is_some()),
            (None, Some(_)) => {}
            (None, None) => {
                let mut known = vec![true; self.values.len()];
                known.push(false);
                self.known = Some(known);
            }
        }
        self.values.push(value.unwrap_or_default());
    }

    /// The value of a row, where it is known.
    pub fn get(&self, row: usize) -> Option<T> {
        let is_known = self.known.as_ref().is_none_or(|known| known.get(row) == Some(&true));
        self.values.get(row).copied().filter(|_| is_known)
    }
}

impl<T> From<Vec<T>> for Sparse<T> {
    fn from(values: Vec<T>) -> Self {
        Self { values, known: None }
    }
}

impl<T: Copy + Default> FromIterator<Option<T>> for Sparse<T> {
    fn from_iter<I: IntoIterator<Item = Option<T>>>(values: I) -> Self {
        let mut all = Self { values: Vec::new(), known: None };
        values.into_iter().for_each(|value| all.push(value));
        all
    }
}

impl ColumnValues {
    /// Number of rows.
    pub fn len(&self) -> usize {
        match self {
            Self::Flags(values) => values.len(),
            Self::Short(numbers) => numbers.values.len(),
            Self::Whole(numbers) => numbers.values.len(),
            Self::Real(numbers) => numbers.values.len(),
            Self::Text(texts) => texts.len(),
            Self::Coded(words) => words.numbers.values.len(),
        }
    }

    /// Whether the column has no rows.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// A cell as JSON; `null` where it is missing.
    pub fn cell(&self, row: usize) -> Value {
        match self {
            Self::Flags(values) => json!(values.get(row)),
            Self::Short(numbers) => json!(numbers.get(row)),
            Self::Whole(numbers) => json!(numbers.get(row)),
            Self::Real(numbers) => json!(numbers.get(row)),
            Self::Text(texts) => json!(texts.get(row)),
            Self::Coded(words) => json!(words.text(row)),
        }
    }
}

impl CodedText {
    /// The text of a row, where there is one.
    pub fn text(&self, row: usize) -> Option<&str> {
        let number = usize::try_from(self.numbers.get(row)?).ok()?;
        self.words.get(number).map(String::as_str)
    }
}

/// Columns of different lengths, which are no table.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("the columns of a table have one length: {first} has {rows} rows, {name} has {found}")]
#[allow(missing_docs, reason = "the message names the fields")]
pub struct UnequalColumns {
    pub first: String,
    pub rows: usize,
    pub name: String,
    pub found: usize,
}

/// A table of rows, to which columns are added: each takes a value of every row, so that all have one length.
#[derive(Clone, Debug)]
pub struct RowColumns<'r, T> {
    rows: &'r [T],
    columns: Vec<NamedColumn>,
}

impl<T> RowColumns<'_, T> {
    fn with(mut self, name: impl Into<String>, values: ColumnValues) -> Self {
        self.columns.push(NamedColumn { name: name.into(), values });
        self
    }

    /// Adds flags.
    pub fn flags(self, name: impl Into<String>, of: impl Fn(&T) -> bool) -> Self {
        let values = self.rows.iter().map(of).collect();
        self.with(name, ColumnValues::Flags(values))
    }

    /// Adds integers.
    pub fn whole(self, name: impl Into<String>, of: impl Fn(&T) -> Option<u64>) -> Self {
        let most = |value: u64| i64::try_from(value).unwrap_or(i64::MAX);
        let values = self.rows.iter().map(|row| of(row).map(most)).collect();
        self.with(name, ColumnValues::Whole(values))
    }

    /// Adds numbers.
    pub fn real(self, name: impl Into<String>, of: impl Fn(&T) -> Option<f64>) -> Self {
        let values = self.rows.iter().map(of).collect();
        self.with(name, ColumnValues::Real(values))
    }

    /// Adds texts.
    pub fn text(self, name: impl Into<String>, of: impl Fn(&T) -> &str) -> Self {
        let values = self.rows.iter().map(|row| Some(of(row).to_owned())).collect();
        self.with(name, ColumnValues::Text(values))
    }

    /// Adds texts of which some are missing.
    pub fn text_if(self, name: impl Into<String>, of: impl Fn(&T) -> Option<String>) -> Self {
        let values = self.rows.iter().map(of).collect();
        self.with(name, ColumnValues::Text(values))
    }

    /// The table.
    pub fn finish(self) -> Columns {
        Columns { columns: self.columns }
    }
}

impl Columns {
    /// A table of rows, to which columns are added.
    pub fn of_rows<T>(rows: &[T]) -> RowColumns<'_, T> {
        RowColumns { rows, columns: Vec::new() }
    }

    /// A table of columns.
    ///
    /// # Errors
    /// Columns of different lengths.
    pub fn of(columns: Vec<NamedColumn>) -> Result<Self, UnequalColumns> {
        if let [first, others @ ..] = columns.as_slice() {
            let rows = first.values.len();
            if let Some(other) = others.iter().find(|other| other.values.len() != rows) {
                let (name, found) = (other.name.clone(), other.values.len());
                return Err(UnequalColumns { first: first.name.clone(), rows, name, found });
            }
        }
        Ok(Self { columns })
    }

    /// The columns.
    pub fn columns(&self) -> &[NamedColumn] {
        &self.columns
    }

    /// A column by name.
    pub fn column(&self, name: &str) -> Option<&ColumnValues> {
        self.columns.iter().find(|column| column.name == name).map(|column| &column.values)
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.columns.first().map_or(0, |column| column.values.len())
    }

    /// A row as an object of JSON.
    pub fn row(&self, row: usize) -> Map<String, Value> {
        self.columns.iter().map(|NamedColumn { name, values }| (name.clone(), values.cell(row))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_stays_missing() {
        let numbers: Sparse<i64> = [Some(1), None, Some(3)].into_iter().collect();
        assert_eq!((0..4).map(|row| numbers.get(row)).collect::<Vec<_>>(), [Some(1), None, Some(3), None]);
        let all: Sparse<i64> = [Some(1), Some(2)].into_iter().collect();
        assert_eq!(all, vec![1, 2].into());
        let words =
            CodedText { words: vec!["a".into(), "b".into()], numbers: [Some(1), None, Some(7)].into_iter().collect() };
        assert_eq!([0, 1, 2].map(|row| words.text(row)), [Some("b"), None, None]);
    }

    #[test]
    fn columns_have_one_length_and_rows_are_objects() {
        let rows = [("x", Some(7), None, true), ("y", None, Some(0.5), false)];
        let table = Columns::of_rows(&rows)
            .text("name", |row| row.0)
            .whole("count", |row| row.1)
            .real("energy_pj", |row| row.2)
            .flags("right", |row| row.3)
            .finish();
        assert_eq!(table.rows(), 2);
        assert_eq!(Value::Object(table.row(0)), json!({"name": "x", "count": 7, "energy_pj": null, "right": true}));
        assert_eq!(Value::Object(table.row(1)), json!({"name": "y", "count": null, "energy_pj": 0.5, "right": false}));
        assert!(table.column("count").is_some() && table.column("counts").is_none());
    }

    #[test]
    fn columns_of_different_lengths_are_an_error() {
        let flags = |name: &str, values: &[bool]| NamedColumn {
            name: name.into(),
            values: ColumnValues::Flags(values.to_vec()),
        };
        let text = NamedColumn { name: "text".into(), values: ColumnValues::Text(vec![None, None]) };
        let table = Columns::of(vec![text.clone(), flags("right", &[true, false])]).unwrap();
        assert_eq!((table.rows(), table.columns().len()), (2, 2));
        for wrong in [vec![true], vec![true; 3], vec![]] {
            let error = Columns::of(vec![text.clone(), flags("right", &wrong)]).unwrap_err();
            assert_eq!((error.rows, error.found), (2, wrong.len()));
            assert!(error.to_string().contains("right has"), "{error}");
        }
        assert_eq!(Columns::of(Vec::new()).map(|table| table.rows()), Ok(0));
    }
}
