//! Output of a comparison: what is printed and written.

use crate::cli::args::CompareOptions;
use crate::cli::{
    CommandOutcome, Done, Failure, print, print_coloured, provenance, terminal, width, write, write_json, write_page,
    write_table,
};
use crate::explore::{
    ComparisonRow, ComparisonTable, Journal, Ranking, Title, compare_csv, compare_html, compare_json, compare_text,
};
use crate::report::SourceKind;
use std::path::Path;
use std::time::{Duration, Instant};

const PAUSE: Duration = Duration::from_secs(1);

pub(super) fn finish(comparison: &ComparisonTable, options: &CompareOptions) -> Done {
    let (colours, _) = terminal::colours();
    let title = &comparison.title;
    provenance::note(SourceKind::Comparison, &title.network, title.digest);
    print_coloured(&compare_text(comparison, width(), colours))?;
    if let Some(path) = &options.json {
        write_json(path, &compare_json(comparison))?;
    }
    if let Some(path) = &options.csv {
        write_table(path, &compare_csv(comparison))?;
    }
    if let Some(path) = &options.html {
        write_page(path, &compare_html(comparison))?;
    }
    let (known, of) = (comparison.rows.len(), comparison.title.plan.len());
    if known < of {
        print(format_args!("interrupted after {known} of {of} configurations; the same command continues from here"))?;
    }
    Ok(if known < of || comparison.is_wrong() { CommandOutcome::Something } else { CommandOutcome::Nothing })
}

/// A table that is updated as rows are found: always complete, in the order of the plan.
pub(super) struct TableStream<'a> {
    path: &'a Path,
    title: Title,
    /// As they were found: a comparison by common terms restates them.
    rows: Vec<ComparisonRow>,
    axes: Option<&'a [usize]>,
    ranking: Ranking,
    last: Instant,
}

impl<'a> TableStream<'a> {
    pub(super) fn new(path: &'a Path, journal: &Journal, axes: Option<&'a [usize]>, ranking: Ranking) -> Self {
        let (title, rows) = (journal.title().clone(), journal.rows().cloned().collect());
        Self { path, title, rows, axes, ranking, last: Instant::now() }
    }

    /// Inserts a row, and writes the table unless it was written a moment ago.
    pub(super) fn add(&mut self, row: &ComparisonRow) -> Result<(), Failure> {
        let at = self.rows.partition_point(|known| known.index < row.index);
        self.rows.insert(at, row.clone());
        if self.last.elapsed() < PAUSE {
            return Ok(());
        }
        self.last = Instant::now();
        let axes = self.axes.map(<[usize]>::to_vec);
        let comparison = ComparisonTable::ranked(self.title.clone(), self.rows.clone(), axes, self.ranking);
        write(self.path, &compare_csv(&comparison))
    }
}
