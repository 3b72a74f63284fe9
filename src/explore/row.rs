//! What is known of one configuration, and the form in which a journal keeps it.

use super::bound::RowBound;
use super::figures::{FIGURES, position};
use crate::json::{Cursor, Document, FileError, Object};
use crate::report::{COVERS_FIELDS, Coverage, Covers, Summary};
use serde_json::{Map, Value, json};

/// A row of a comparison.
#[derive(Clone, Debug, PartialEq)]
pub struct ComparisonRow {
    /// The configuration's number in its plan.
    pub index: usize,
    /// Samples on which it was run, where they are not all of the comparison's.
    pub samples: Option<u32>,
    /// Figures, or why there are none.
    pub result: Result<RowFigures, String>,
}

/// Figures of a configuration that was run.
#[doc(hidden)]
#[derive(Clone, Debug, PartialEq)]
pub struct RowFigures {
    /// By position in [`FIGURES`].
    pub figures: Vec<Option<f64>>,
    /// The constants in use: name and description.
    pub calibration: (String, String),
    /// What they are of: single operations, or a whole chip.
    pub scope: String,
    /// How much of what was counted the energy is of.
    pub coverage: Coverage,
    /// Classes of cost that it covers.
    pub covers: Covers,
    /// Terms that the energy leaves out.
    pub unpriced: Vec<String>,
    /// Notes for the reader.
    pub notes: Vec<String>,
    /// Kind and source of its areas, where it has some.
    pub area: Option<(String, String)>,
    /// What bounds most of its steps, where that is known.
    pub bound: Option<RowBound>,
    /// Whether a chip that must compute what the network computes did not.
    pub wrong: bool,
}

impl RowFigures {
    /// Of a run.
    pub fn of(summary: &Summary, notes: Vec<String>) -> Self {
        let area = summary.mapping.area.as_ref();
        let broken = summary.mapping.violations.iter().map(|text| format!("limit broken: {text}"));
        Self {
            figures: FIGURES.iter().map(|figure| (figure.of)(summary)).collect(),
            calibration: summary.pricing.calibration.clone(),
            scope: summary.pricing.scope.name().to_owned(),
            coverage: summary.pricing.coverage.total,
            covers: summary.pricing.covers.clone(),
            unpriced: summary.pricing.unpriced.iter().map(|term| term.term.to_owned()).collect(),
            notes: notes.into_iter().chain(summary.pricing.notes.iter().cloned()).chain(broken).collect(),
            area: area.map(|area| (area.kind.name().to_owned(), area.source.clone())),
            bound: RowBound::of(summary),
            wrong: summary.is_wrong(),
        }
    }

    /// Kind and source of its areas.
    pub(super) fn area_fields(&self) -> [Option<&str>; 2] {
        [self.area.as_ref().map(|(kind, _)| kind.as_str()), self.area.as_ref().map(|(_, source)| source.as_str())]
    }
}

const FIELDS: &[&str] = &[
    "index",
    "samples",
    "reason",
    "figures",
    "calibration",
    "scope",
    "energy_coverage",
    "unpriced",
    "notes",
    "area_kind",
    "area_source",
    "bound",
    "wrong",
];

impl ComparisonRow {
    /// A figure by its position.
    pub fn figure(&self, at: usize) -> Option<f64> {
        self.result.as_ref().ok().and_then(|found| found.figures[at])
    }

    /// What bounds it, for people; nothing where that is not known.
    pub(super) fn bound(&self) -> String {
        let found = self.result.as_ref().ok().and_then(|found| found.bound);
        found.map_or(String::new(), |bound| bound.text())
    }

    /// For machines.
    pub fn json(&self) -> Value {
        let mut value = self.json_of_all();
        if let Some(samples) = self.samples {
            value["samples"] = json!(samples);
        }
        value
    }

    fn json_of_all(&self) -> Value {
        match &self.result {
            Err(reason) => json!({"index": self.index, "reason": reason}),
            Ok(found) => {
                let names = FIGURES.iter().map(|figure| figure.name.to_owned());
                let figures: Map<String, Value> = names.zip(found.figures.iter().map(|v| json!(v))).collect();
                let (name, description) = &found.calibration;
                let [area_kind, area_source] = found.area_fields();
                let fields = json!({
                    "index": self.index, "figures": figures,
                    "calibration": {"name": name, "description": description}, "scope": found.scope,
                    "energy_coverage": found.coverage.name(), "unpriced": found.unpriced, "notes": found.notes,
                    "area_kind": area_kind, "area_source": area_source,
                    "bound": found.bound.map(|bound| bound.json()), "wrong": found.wrong,
                });
                match fields {
                    Value::Object(fields) => Value::Object(fields.into_iter().chain(found.covers.fields()).collect()),
                    other => other,
                }
            }
        }
    }

    /// Reads a row as [`ComparisonRow::json`] writes it, of a plan with a number of configurations.
    ///
    /// # Errors
    /// All problems of the text.
    pub fn parse(text: &str, configurations: usize) -> Result<Self, FileError> {
        let document = Document::parse("row", text)?;
        let row = Self::read(&document.root(), configurations);
        document.finish(row)
    }

    pub(super) fn read(cursor: &Cursor<'_>, configurations: usize) -> Option<Self> {
        let object = cursor.object(&[FIELDS, &COVERS_FIELDS].concat())?;
        let index = object.need("index")?.whole(0..=configurations.saturating_sub(1) as u64)? as usize;
        Self::at(index, &object)
    }

    /// Reads a row of a report, where it has its number in place of the index, and fields that follow from the others.
    pub(super) fn of_report(cursor: &Cursor<'_>, configurations: usize) -> Option<Self> {
        let more = ["number", "chip", "values", "pareto", "best"];
        let object = cursor.object(&[FIELDS, &COVERS_FIELDS, &more].concat())?;
        let number = object.need("number")?.whole(1..=configurations as u64)?;
        Self::at(number as usize - 1, &object)
    }

    fn at(index: usize, object: &Object<'_>) -> Option<Self> {
        let samples = match object.get("samples") {
            Some(samples) => Some(samples.whole(1..=u64::from(u32::MAX))? as u32),
            None => None,
        };
        if let Some(reason) = object.get("reason") {
            return Some(Self { index, samples, result: Err(reason.string()?) });
        }
        Some(Self { index, samples, result: Ok(found(object)?) })
    }
}

fn found(object: &Object<'_>) -> Option<RowFigures> {
    let mut figures = vec![None; FIGURES.len()];
    for (name, value) in object.need("figures")?.entries()? {
        match position(name) {
            Some(at) if value.is_null() => figures[at] = None,
            Some(at) => figures[at] = Some(value.number(f64::MIN..=f64::MAX)?),
            None => value.problem("no such figure"),
        }
    }
    let calibration = object.need("calibration")?.object(&["name", "description"])?;
    let texts = |name: &str| -> Option<Vec<String>> {
        object.need(name)?.list(0..=usize::MAX)?.iter().map(Cursor::string).collect()
    };
    Some(RowFigures {
        figures,
        calibration: (calibration.need("name")?.string()?, calibration.need("description")?.string()?),
        scope: object.need("scope")?.string()?,
        coverage: Coverage::ALL[object.need("energy_coverage")?.choice(Coverage::NAMES)?],
        covers: Covers::read(object)?,
        unpriced: texts("unpriced")?,
        notes: texts("notes")?,
        area: area(object)?,
        bound: bound(object)?,
        wrong: object.need("wrong")?.flag()?,
    })
}

/// Journals of earlier versions know nothing of it.
fn area(object: &Object<'_>) -> Option<Option<(String, String)>> {
    let given = |name: &str| object.get(name).filter(|cursor| !cursor.is_null());
    let Some((kind, source)) = given("area_kind").zip(given("area_source")) else { return Some(None) };
    Some(Some((kind.string()?, source.string()?)))
}

/// Journals of earlier versions know nothing of it.
fn bound(object: &Object<'_>) -> Option<Option<RowBound>> {
    match object.get("bound").filter(|cursor| !cursor.is_null()) {
        None => Some(None),
        Some(cursor) => RowBound::read(&cursor).map(Some),
    }
}
