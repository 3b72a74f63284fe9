//! A section of a report, and what most sections use.

pub(super) use super::brief::{Brief, BriefPlace};
pub(super) use super::show::{About, FactPlace, Head, Shown, To};
pub(super) use crate::json::{Cursor, Object};
pub(super) use crate::report::energy::Coverage;
pub(super) use crate::report::grid::{Cell, ReportTable};
pub(super) use crate::report::measure::{MeasuredRun, RunInput, on_chip};
pub(super) use crate::report::saved::*;
pub(super) use crate::report::summary::*;
pub(super) use crate::report::table::{
    ENERGY_UNITS, TIME_UNITS, UnitScale, count, energy, label, number, thousands, time,
};
pub(super) use crate::stats::{Counts, Op};
pub(super) use serde_json::{Value, json};

use crate::json::Document;

/// A section: what it measures, how it is saved, and what it shows. What it lacks is left out.
#[derive(Clone, Copy)]
pub(in crate::report) struct Section {
    pub(super) parts: &'static [SectionFields],
    pub(in crate::report) measure: fn(&MeasuredRun<'_>, &mut Summary),
    /// Notes where a saved report contradicts itself.
    pub(super) check: fn(&Summary, &SavedReport<'_>),
    /// Shows it in the text or on the page.
    pub(super) show: fn(&Summary, &mut Shown),
    /// Shows what matters most of it in the brief report.
    pub(super) brief: fn(&Summary, &mut Brief),
}

impl Section {
    /// A section that only writes and reads these fields.
    pub(super) const fn of(parts: &'static [SectionFields]) -> Self {
        Self { parts, measure: |_, _| {}, check: |_, _| {}, show: |_, _| {}, brief: |_, _| {} }
    }
}

/// Fields of a saved report that are written and read together.
#[derive(Clone, Copy)]
pub(super) struct SectionFields {
    pub(super) names: &'static [&'static str],
    pub(super) put: fn(&Summary, &mut JsonObject),
    /// Reads the fields, and says whether all could be read.
    pub(super) take: fn(&Object<'_>, &mut Summary) -> bool,
}

/// Describes fields that are those of a [`Summary`], as [`record!`] does: `place as "name" = form`.
macro_rules! fields {
    ($($($place:ident).+ $(as $name:literal)? $(= $form:expr)?),* $(,)?) => {
        SectionFields {
            names: &[$(record!(@name $($place).+; $($name)?)),*],
            put: |s, into| {
                $(FieldForm::put(&record!(@form $($form)?), record!(@name $($place).+; $($name)?), &s.$($place).+, into);)*
            },
            take: |object, s| {
                let mut whole = true;
                $(match FieldForm::take(&record!(@form $($form)?), record!(@name $($place).+; $($name)?), object) {
                    Some(found) => s.$($place).+ = found,
                    None => whole = false,
                })*
                whole
            },
        }
    };
}

/// Describes the fields of an optional record of a [`Summary`], which stand among those of the report: all or none.
macro_rules! fields_within {
    ($place:ident: $record:ty) => {
        SectionFields {
            names: <$record>::NAMES,
            put: |s, into| s.$place.iter().for_each(|record| record.put(into)),
            take: |object, s| all_or_none(object).map(|found| s.$place = found).is_some(),
        }
    };
}
pub(super) use {fields, fields_within};

/// A saved report that was read, for checks of one part against another.
pub(in crate::report) struct SavedReport<'a> {
    pub(in crate::report) document: &'a Document,
    pub(in crate::report) root: Object<'a>,
}

impl SavedReport<'_> {
    pub(super) fn problem(&self, path: &str, message: impl Into<String>) {
        self.document.problem(path, message);
    }

    /// Notes a figure that is not what the others make it; sums of the same numbers may be rounded in another order.
    pub(super) fn same(&self, path: &str, found: f64, expected: f64) {
        if (found - expected).abs() > 1e-9 * expected.abs().max(found.abs()) {
            self.problem(path, format!("found {found}, but the rest of the file makes it {expected}"));
        }
    }

    /// Notes a figure of prices that is `null` though the rest of the file says that it has one.
    pub(super) fn has_price(&self, cursor: &Cursor<'_>, coverage: Coverage) {
        if cursor.is_null() && coverage != Coverage::Unpriced {
            cursor.problem("found null, but the rest of the file says that it has a price; expected a number");
        }
    }
}
