//! Putting the journals of parts together.

use super::journal::{self, JournalError, Title};
use super::plan::{MOST_CONFIGURATIONS, PlanShard};
use super::row::ComparisonRow;
use std::path::{Path, PathBuf};
use thiserror::Error;

/// Why journals do not go together.
#[doc(hidden)]
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum MergeError {
    /// One cannot be used.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// They are not of one comparison, or not all of it, or some of it twice: all that is wrong.
    #[error("{}", .0.join("\n"))]
    Parts(Vec<String>),
}

const NAMED: usize = 8;

/// The comparison that some journals are the parts of, with all its rows in order.
pub fn merge(paths: &[PathBuf]) -> Result<(Title, Vec<ComparisonRow>), MergeError> {
    let mut parts: Vec<(&Path, Title, Vec<ComparisonRow>)> = Vec::new();
    let mut damaged: Vec<(&Path, usize)> = Vec::new();
    for path in paths {
        let (title, rows, lines) = journal::read(path)?;
        parts.push((path, title, rows));
        damaged.extend((lines > 0).then_some((path.as_path(), lines)));
    }
    let Some((first, title, _)) = parts.first() else {
        return Err(MergeError::Parts(vec!["`merge`: no journals".into()]));
    };
    if title.plan.len() > MOST_CONFIGURATIONS {
        let (path, of) = (first.display(), title.plan.len());
        return Err(MergeError::Parts(vec![format!(
            "{path}: the journal of a search among {of} configurations; a comparison has at most {MOST_CONFIGURATIONS}"
        )]));
    }
    let whole = Title { shard: PlanShard::WHOLE, ..title.clone() };
    let mut problems = Vec::new();
    let mut rows: Vec<Option<ComparisonRow>> = vec![None; whole.plan.len()];
    let mut from: Vec<usize> = vec![0; rows.len()];
    for (at, (path, title, found)) in parts.iter().enumerate() {
        if !(Title { shard: PlanShard::WHOLE, ..title.clone() }).is_of(&whole) {
            let (path, first) = (path.display(), first.display());
            problems.push(format!("{path}: of another comparison than {first}: all parts need the same options"));
            continue;
        }
        let mut double = Vec::new();
        for row in found {
            // One journal may tell of a row twice where it was damaged and mended; two may not.
            if rows[row.index].is_some() && from[row.index] != at {
                double.push(row.index);
            }
            (rows[row.index], from[row.index]) = (Some(row.clone()), at);
        }
        if !double.is_empty() {
            problems.push(format!(
                "{}: has configurations that another part has too: {}",
                path.display(),
                some(&double)
            ));
        }
    }
    let missing: Vec<usize> = (0..rows.len()).filter(|index| rows[*index].is_none()).collect();
    if !missing.is_empty() && problems.is_empty() {
        problems.push(lacking(paths, &missing, rows.len(), title.shard.of));
        problems.extend(damaged.iter().map(|(path, lines)| damage(path, *lines)));
    }
    if problems.is_empty() {
        Ok((whole, rows.into_iter().flatten().collect()))
    } else {
        Err(MergeError::Parts(problems))
    }
}

/// Note on configurations that no journal has.
fn lacking(paths: &[PathBuf], missing: &[usize], all: usize, of: usize) -> String {
    let mut parts: Vec<usize> = missing.iter().map(|index| index % of + 1).collect();
    parts.sort_unstable();
    parts.dedup();
    let parts: Vec<String> = parts.iter().map(|number| format!("{number}/{of}")).collect();
    let parts = if of > 1 { format!(", of `shard` {}", parts.join(", ")) } else { String::new() };
    let files: Vec<String> = paths.iter().map(|path| path.display().to_string()).collect();
    let (files, len) = (files.join(", "), missing.len());
    format!("{files}: {len} of {all} configurations are missing{parts}: {}", some(missing))
}

/// Note on a journal with damaged lines.
fn damage(path: &Path, lines: usize) -> String {
    let lines = journal::damage(lines);
    format!(
        "{}: {lines}, and so not read; the same comparison with this `journal` finds what is missing",
        path.display()
    )
}

fn some(indices: &[usize]) -> String {
    let named: Vec<String> = indices.iter().take(NAMED).map(|index| format!("{}", index + 1)).collect();
    let more = if indices.len() > NAMED { ", …" } else { "" };
    format!("number {}{more}", named.join(", "))
}
