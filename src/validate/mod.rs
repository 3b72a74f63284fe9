//! Published measurements, computed again: ours, theirs, how far apart, and what was assumed.
//!
//! A case is one file with the figures it is held against and their source, and one line in [`CASES`]. A *prediction*
//! takes its constants from elsewhere than the figure it is held against; a *closure* check takes both from the same
//! source, and so shows only that constants and counting fit each other; *bit exact* compares what was computed; a *bound*
//! is a part that must stay below the published whole. A *known limit* is a closure that fails: it is printed as such, and
//! only one that no longer fails is flagged. A finding without a tolerance is for information. Nothing here is fitted:
//! constants come from chip files and from models of parts.

mod actor;
mod branches;
mod breakeven;
mod isaac;
mod knn;
mod loihi2_floor;
mod loihi2_pilotnet;
#[doc(hidden)]
pub mod microcircuit;
mod neurram;
mod odin;
mod parts;
pub mod ranc;
mod saved;
mod simulate;
mod text;
mod truenorth;

pub use saved::read;
pub use text::to_text;

use crate::columns::Columns;
use crate::hw::{self, Chip};
use crate::json::{Document, did_you_mean};
use crate::session::catalog;
use serde_json::{Value, json};
use std::borrow::Cow;
use std::path::PathBuf;
use std::sync::Arc;
use thiserror::Error;

/// Schema of the JSON.
pub const VALIDATE_SCHEMA: &str = "spikemesh.validate/1";

/// Kind of a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FindingKind {
    /// Constants from elsewhere.
    Prediction,
    /// Constants from the source of the figure.
    Closure,
    /// Results, not their cost.
    BitExact,
    /// A part of what was published as a whole, which must stay below it.
    Bound,
    /// A closure that fails, and is known to: a stated limit of the model. Its notes say what follows.
    KnownLimit,
}

impl FindingKind {
    const ALL: [Self; 5] = [Self::Prediction, Self::Closure, Self::BitExact, Self::Bound, Self::KnownLimit];

    /// The name in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Prediction => "prediction",
            Self::Closure => "closure",
            Self::BitExact => "bit_exact",
            Self::Bound => "bound",
            Self::KnownLimit => "known_limit",
        }
    }
}

/// One figure against a published one.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// Subject of the comparison, beginning with the case's name.
    pub case: String,
    /// Ours.
    pub ours: f64,
    /// The published one.
    pub published: f64,
    /// The unit of both.
    pub unit: Cow<'static, str>,
    /// Largest relative error allowed; `None` of one for information.
    pub tolerance: Option<f64>,
    /// Kind.
    pub kind: FindingKind,
    /// Where the published figure comes from.
    pub source: Cow<'static, str>,
    /// Assumptions, and other figures that show how much depends on them.
    pub notes: Vec<String>,
}

impl Finding {
    /// How far ours is from theirs, relative to theirs.
    pub fn error(&self) -> f64 {
        if self.ours == self.published { 0.0 } else { self.ours / self.published - 1.0 }
    }

    /// Whether that is allowed.
    pub fn passes(&self) -> bool {
        match self.kind {
            FindingKind::Bound => self.ours < self.published,
            _ => self.tolerance.is_none_or(|allowed| self.error().abs() <= allowed),
        }
    }

    /// Whether it is not as it is stated to be: it fails; or, of a known limit, it does not.
    pub fn is_unexpected(&self) -> bool {
        self.passes() == (self.kind == FindingKind::KnownLimit)
    }
}

/// Why a case gives no findings.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum Trouble {
    /// Its data is not here.
    #[error("{0}")]
    Absent(String),
    /// It could not be computed.
    #[error("{0}")]
    Failed(String),
}

impl Trouble {
    fn failed(error: impl std::fmt::Display) -> Self {
        Self::Failed(error.to_string())
    }
}

/// Data that cases need.
#[derive(Clone, Debug, Default)]
pub struct ValidationBench {
    /// Folder with third-party data: `ranc/*`, `loihi_sddpg`.
    pub data: Option<PathBuf>,
    /// Test benches of RANC to replay beside those.
    pub ranc: Vec<ranc::Folder>,
}

impl ValidationBench {
    /// A chip by name, with values of its file replaced, by JSON pointer.
    fn chip(&self, name: &str, edits: &[(&str, Value)]) -> Result<Arc<Chip>, Trouble> {
        let text = catalog::chip_text(name).map_err(Trouble::failed)?;
        let mut file: Value = serde_json::from_str(&text).map_err(Trouble::failed)?;
        for (pointer, value) in edits {
            let place = file.pointer_mut(pointer);
            *place.ok_or_else(|| Trouble::Failed(format!("chip {name} has no {pointer}")))? = value.clone();
        }
        let document = Document::parse(format!("{name}.json"), &file.to_string()).map_err(Trouble::failed)?;
        hw::read(document, name).map(Arc::new).map_err(Trouble::failed)
    }
}

/// A case in the table.
#[derive(Clone, Copy)]
pub struct Case {
    /// Name.
    pub name: &'static str,
    /// One sentence for people.
    pub about: &'static str,
    /// Computes it.
    pub run: fn(&ValidationBench) -> Result<Vec<Finding>, Trouble>,
}

/// All cases, in the order of reports.
pub const CASES: &[Case] = &[
    ranc::CASE,
    odin::CASE,
    truenorth::CASE,
    actor::CASE,
    knn::CASE,
    branches::CASE,
    loihi2_floor::CASE,
    microcircuit::CASE,
    loihi2_pilotnet::CASE,
    neurram::CASE,
    isaac::CASE,
    parts::CASE,
    breakeven::CASE,
];

/// Cases by name, or all of them.
///
/// # Errors
/// All names that are unknown, each with those that are known.
pub fn chosen(names: &[String]) -> Result<Vec<Case>, UnknownCases> {
    if names.is_empty() {
        return Ok(CASES.to_vec());
    }
    let known: Vec<&str> = CASES.iter().map(|case| case.name).collect();
    let case = |name: &String| {
        CASES.iter().find(|case| case.name == name).copied().ok_or_else(|| {
            let hint = did_you_mean(name, &known);
            format!("unknown case \"{name}\"; known: {}{hint}", known.join(", "))
        })
    };
    let (cases, wrong): (Vec<_>, Vec<_>) = names.iter().map(case).partition(Result::is_ok);
    let wrong: Vec<String> = wrong.into_iter().filter_map(Result::err).collect();
    if wrong.is_empty() { Ok(cases.into_iter().flatten().collect()) } else { Err(UnknownCases(wrong)) }
}

/// Cases that there are not.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("{}", .0.join("\n"))]
pub struct UnknownCases(pub Vec<String>);

impl Case {
    /// Computes it.
    pub fn outcome(&self, bench: &ValidationBench) -> CaseOutcome {
        CaseOutcome { case: self.name.into(), findings: (self.run)(bench) }
    }
}

/// A row for each finding, with the values of the JSON.
pub fn table(outcomes: &[CaseOutcome]) -> Columns {
    let found: Vec<&Finding> = outcomes.iter().flat_map(|outcome| outcome.findings.iter().flatten()).collect();
    Columns::of_rows(&found)
        .text("case", |finding| finding.case.as_str())
        .real("ours", |finding| Some(finding.ours))
        .real("published", |finding| Some(finding.published))
        .text("unit", |finding| finding.unit.as_ref())
        .real("error", |finding| Some(finding.error()))
        .real("tolerance", |finding| finding.tolerance)
        .text("kind", |finding| finding.kind.name())
        .flags("pass", |finding| finding.passes())
        .text("source", |finding| finding.source.as_ref())
        .finish()
}

/// Result of a case.
#[derive(Clone, Debug, PartialEq)]
pub struct CaseOutcome {
    /// Name.
    pub case: Cow<'static, str>,
    /// Its findings, or why there are none.
    pub findings: Result<Vec<Finding>, Trouble>,
}

/// The report for machines.
pub fn to_json(outcomes: &[CaseOutcome]) -> Value {
    let found = outcomes.iter().flat_map(|outcome| outcome.findings.iter().flatten());
    let case = |finding: &Finding| {
        json!({
            "case": finding.case,
            "ours": finding.ours,
            "published": finding.published,
            "unit": finding.unit,
            "error": finding.error(),
            "tolerance": finding.tolerance,
            "kind": finding.kind.name(),
            "pass": finding.passes(),
            "source": finding.source,
            "notes": finding.notes,
        })
    };
    let without = outcomes.iter().filter_map(|outcome| {
        let trouble = outcome.findings.as_ref().err()?;
        let failed = matches!(trouble, Trouble::Failed(_));
        Some(json!({"case": outcome.case, "failed": failed, "why": trouble.to_string()}))
    });
    json!({
        "schema": VALIDATE_SCHEMA,
        "cases": found.map(case).collect::<Vec<_>>(),
        "not_run": without.collect::<Vec<_>>(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bound_is_one_sided_and_a_known_limit_is_flagged_where_it_holds() {
        let finding = |ours, kind| Finding {
            case: "x".into(),
            ours,
            published: 10.0,
            unit: "pJ".into(),
            tolerance: Some(0.3),
            kind,
            source: "none".into(),
            notes: Vec::new(),
        };
        assert!(!finding(1.0, FindingKind::Bound).is_unexpected() && finding(10.0, FindingKind::Bound).is_unexpected());
        assert!(
            !finding(5.0, FindingKind::KnownLimit).passes() && !finding(5.0, FindingKind::KnownLimit).is_unexpected()
        );
        assert!(finding(9.0, FindingKind::KnownLimit).is_unexpected());
        assert!(
            finding(5.0, FindingKind::Closure).is_unexpected() && !finding(9.0, FindingKind::Closure).is_unexpected()
        );
    }

    #[test]
    fn errors_are_relative_to_what_was_published() {
        let finding = |ours, published, tolerance| Finding {
            case: "x".into(),
            ours,
            published,
            unit: "pJ".into(),
            tolerance,
            kind: FindingKind::Closure,
            source: "none".into(),
            notes: Vec::new(),
        };
        assert!((finding(11.0, 10.0, None).error() - 0.1).abs() < 1e-12);
        assert!(finding(11.0, 10.0, None).passes());
        assert!(!finding(11.0, 10.0, Some(0.05)).passes());
        assert!(!finding(9.0, 10.0, Some(0.05)).passes());
        assert!(finding(10.4, 10.0, Some(0.05)).passes());
        // Nothing against nothing is exact; something against nothing is not.
        assert!(finding(0.0, 0.0, Some(0.0)).passes());
        assert!(!finding(1.0, 0.0, Some(0.0)).passes());
    }
}
