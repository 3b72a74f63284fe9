//! Comparisons that were saved as reports, read again.

use super::axis::SweepAxis;
use super::classes::Ranking;
use super::comparison::ComparisonTable;
use super::figures::position;
use super::journal::Title;
use super::plan::{MOST_CONFIGURATIONS, Plan, PlanShard};
use super::present::COMPARE_SCHEMA;
use super::row::ComparisonRow;
use crate::json::{Cursor, Document, FileError, Object};
use crate::report::{ContentDigest, SourceKind, read_digests, read_origins};

/// Fields of the report, with those on its making.
const FIELDS: [&str; 18] = [
    "schema",
    "network",
    "dataset",
    "samples",
    "origins",
    "chips",
    "axes",
    "zip",
    "pareto_axes",
    "ranking",
    "common_classes",
    "left_out",
    "differing_classes",
    "configurations",
    "rows",
    "made_by",
    "digests",
    "host",
];

/// Most chips, axes and values of a report.
const MOST: usize = 1 << 16;

/// A comparison that was saved.
#[derive(Clone, Debug, PartialEq)]
pub struct SavedComparison {
    /// Rows and front.
    pub table: ComparisonTable,
    /// Digests of what was read for it; none in reports of earlier versions.
    pub digests: Vec<ContentDigest>,
    /// The program that made it, and its version; `None` in reports of earlier versions.
    pub made_by: Option<String>,
}

/// Reads a comparison from its report.
///
/// # Errors
/// All problems of the text.
pub fn parse_comparison(file: &str, text: &str) -> Result<SavedComparison, FileError> {
    let document = Document::parse(file, text)?;
    let read = read(&document.root());
    document.finish(read)
}

fn read(cursor: &Cursor<'_>) -> Option<SavedComparison> {
    let object = cursor.object(&FIELDS)?;
    object.need("schema")?.choice(&[COMPARE_SCHEMA])?;
    let made_by = object.get("made_by").map_or(Some(None), |name| name.string().map(Some))?;
    let digests = object.get("digests").map_or(Some(Vec::new()), |digests| read_digests(&digests))?;
    let own = digests.iter().find(|known| known.what == SourceKind::Comparison.name());
    let title = title(&object, own.map_or(0, |own| own.digest))?;
    let count = title.plan.len();
    let rows = object.need("rows")?.list(0..=count)?;
    let rows: Vec<Option<ComparisonRow>> = rows.iter().map(|row| ComparisonRow::of_report(row, count)).collect();
    let rows: Vec<ComparisonRow> = rows.into_iter().collect::<Option<_>>()?;
    let axes = object.need("pareto_axes")?;
    let figure = |name: &Cursor<'_>| {
        let at = position(name.text()?);
        if at.is_none() {
            name.problem("no such figure");
        }
        at
    };
    let axes: Vec<usize> = axes.list(0..=MOST)?.iter().map(figure).collect::<Option<_>>()?;
    let ranking = match object.get("ranking") {
        Some(ranking) => Ranking::ALL[ranking.choice(Ranking::NAMES)?],
        None => Ranking::default(),
    };
    Some(SavedComparison { table: ComparisonTable::ranked(title, rows, Some(axes), ranking), digests, made_by })
}

fn title(object: &Object<'_>, digest: u64) -> Option<Title> {
    let texts = |cursor: Cursor<'_>| cursor.list(0..=MOST)?.iter().map(Cursor::string).collect::<Option<Vec<_>>>();
    let axis = |cursor: &Cursor<'_>| {
        let axis = cursor.object(&["name", "values"])?;
        let (name, values) = (axis.need("name")?.string()?, axis.need("values")?);
        values.list(1..=MOST).and_then(|_| Some(SweepAxis { name, values: texts(values)? }))
    };
    let network = object.need("network")?.string()?;
    let dataset = object.maybe("dataset").map_or(Some(None), |name| name.string().map(Some))?;
    let samples = object.need("samples")?.whole(0..=u64::from(u32::MAX))? as usize;
    let chips = texts(object.need("chips")?)?;
    let axes = object.need("axes")?.list(0..=MOST)?.iter().map(axis).collect::<Option<Vec<_>>>()?;
    let zip = object.need("zip")?.flag()?;
    let origins = object.get("origins").map_or(Some(Vec::new()), |origins| read_origins(&origins))?;
    let plan = Plan::within(MOST_CONFIGURATIONS, chips, axes, zip);
    let plan = plan.map_err(|error| object.problem(error.to_string())).ok()?;
    Some(Title { digest, network, dataset, samples, plan, shard: PlanShard::WHOLE, origins })
}
