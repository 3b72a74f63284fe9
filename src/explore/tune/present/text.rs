//! The result of a search for a terminal.

use super::percent;
use crate::explore::FIGURES;
use crate::explore::present::remarks::above;
use crate::explore::present::text::{SearchColumns, VOLUME, notes, table_of};
use crate::explore::present::values::{short, written};
use crate::explore::tune::Tuned;
use crate::explore::tune::rungs::WORTH;
use crate::report::{count, table};
use crate::text::visible;

/// Rows after which the hypervolume stands below the table, from the last one back.
const VOLUMES: usize = 5;

/// The result for a terminal of a given width, with escape codes for colours if `colours` is set and no others.
pub fn tune_text(tuned: &Tuned, width: u16, colours: bool) -> String {
    let filled = |text: &str| visible(&textwrap::fill(text, usize::from(width))).into_owned() + "\n";
    let comparison = &tuned.table;
    let mut text: String = comparison.title.origins.iter().map(|origin| filled(&origin.to_string())).collect();
    text += &(filled(&head(tuned)) + "\n");
    above(comparison).iter().for_each(|line| text += &(filled(line) + "\n"));
    let ran = comparison.rows.iter().any(|row| row.result.is_ok());
    if !ran {
        text += &filled("none of these configurations can be run: there is no front");
        notes(comparison, 0).iter().for_each(|line| text += &filled(line));
        text.truncate(text.trim_end().len());
        return text;
    }
    let samples = |row| tuned.samples(row).map_or(String::new(), |samples| samples.to_string());
    let search = SearchColumns {
        numbers: (1..=comparison.rows.len()).map(|number| number.to_string()).collect(),
        volumes: tuned.hypervolume.iter().map(|volume| percent(*volume)).collect(),
        samples: if tuned.fidelity.is_empty() { Vec::new() } else { (0..comparison.rows.len()).map(samples).collect() },
        limited: tuned.limits.iter().map(|limit| limit.figure).collect(),
    };
    let (body, left_out) = table_of(comparison, Some(&search), width, colours);
    text += &(body + "\n\n");
    if !tuned.models.is_empty() {
        text += &(visible(&effects(tuned, width)).into_owned() + "\n\n");
    }
    for line in lines(tuned).into_iter().chain(notes(comparison, left_out)) {
        text += &filled(&line);
    }
    text.truncate(text.trim_end().len());
    text
}

fn head(tuned: &Tuned) -> String {
    let title = &tuned.table.title;
    let data = title.dataset.as_ref().map_or(String::new(), |data| match tuned.fidelity.first() {
        None => format!(" · {} of {data}", count(title.samples as u64, "sample")),
        Some(few) => {
            let few = count(u64::from(*few), "sample");
            format!(" on {few} of {data}, {} of them run on all {}", tuned.rows_in_full(), title.samples)
        }
    });
    let (found, of) = (tuned.table.rows.len(), title.plan.len() as u64);
    let chip = match title.plan.chips.as_slice() {
        [chip] => format!(" on {chip}"),
        _ => String::new(),
    };
    format!("{}{chip} · {found} of {} searched{data}", title.network, count(of, "configuration"))
}

/// Effects of each axis on each objective, and the quality of the models.
fn effects(tuned: &Tuned, width: u16) -> String {
    let labels = tuned.models.iter().map(|model| model.label());
    let heads: Vec<&str> = ["what moves"].into_iter().chain(labels).collect();
    let mut shown = table(&heads, width);
    let names: Vec<&str> = tuned.axes.iter().map(String::as_str).collect();
    for (axis, name) in names.iter().enumerate() {
        let shares = tuned.models.iter().map(|model| model.axes.get(axis).map_or(0.0, |effect| effect.share));
        shown.add_row([short(name, &names).to_owned()].into_iter().chain(shares.map(percent)));
    }
    let errors = tuned.models.iter().map(|model| percent(model.error));
    shown.add_row(["error, left out".to_owned()].into_iter().chain(errors));
    shown.to_string()
}

/// The lines between the tables and the notes of a comparison.
fn lines(tuned: &Tuned) -> Vec<String> {
    let mut lines = Vec::new();
    let rows = tuned.hypervolume.len();
    let on_few = tuned
        .fidelity
        .first()
        .map_or(String::new(), |few| format!(", by figures on {}", count(u64::from(*few), "sample")));
    if rows > 0 && tuned.hypervolume[rows - 1] > 0.0 {
        let step = rows.div_ceil(VOLUMES).max(1);
        let mut at: Vec<usize> = (1..=rows).rev().step_by(step).collect();
        at.reverse();
        let rows: Vec<String> = at.iter().map(ToString::to_string).collect();
        let volumes: Vec<String> = at.iter().map(|row| percent(tuned.hypervolume[row - 1])).collect();
        lines.push(format!(
            "{VOLUME} (hypervolume: the part of the box between the best and worst values found that rows so far dominate{on_few}) \
             after row {}: {}",
            rows.join(", "),
            volumes.join(", ")
        ));
    }
    if !tuned.models.is_empty() {
        lines.push(
            "what moves a figure: the part of its variance, by the models, that an axis takes part in; error, left out: of \
             rows that a model is not shown, where 100 % is no better than the mean of the others"
                .to_owned(),
        );
    }
    lines.extend(tuned.verdict());
    lines.extend(of_limits(tuned));
    lines.extend(of_fidelity(tuned));
    lines
}

/// How many rows keep the limits, and which comes nearest where none does.
pub(super) fn of_limits(tuned: &Tuned) -> Vec<String> {
    if tuned.limits.is_empty() {
        return Vec::new();
    }
    let rows = tuned.excess.len();
    let within = (0..rows).filter(|row| tuned.within(*row) == Some(true)).count();
    let limits: Vec<String> = tuned.limits.iter().map(limit).collect();
    let mut lines = vec![format!("{within} of {rows} rows are within the limits: {}", limits.join(", "))];
    if let Some(row) = tuned.nearest() {
        let found = tuned.limits.iter().map(|limit| {
            let value = tuned.table.rows[row].figure(limit.figure);
            format!("{} {}", FIGURES[limit.figure].label, written(limit.figure, value, None))
        });
        let found: Vec<String> = found.collect();
        lines.push(format!("so there is no front; row {} comes nearest, with {}", row + 1, found.join(", ")));
    }
    lines
}

/// Which rows were run on how many samples, and what that saved.
pub(super) fn of_fidelity(tuned: &Tuned) -> Vec<String> {
    if tuned.fidelity.is_empty() {
        return Vec::new();
    }
    let (full, all, samples) = (tuned.rows_in_full(), tuned.table.rows.len(), tuned.table.title.samples);
    let left = if tuned.is_partial() { "so far " } else { "" };
    let (few, of) = tuned.simulated;
    let share = if of == 0 { 0.0 } else { few as f64 / of as f64 };
    vec![
        format!(
            "{left}{full} of {all} rows were run on all {samples} samples, and only these can be best or on the front: even if \
             its figures change as favourably as theirs, each other row is beaten by one of them, or better by less than {} \
             of the range of any objective",
            percent(WORTH)
        ),
        format!("{} simulated, {} of those that all rows on all samples take", count(few, "sample"), percent(share)),
    ]
}

fn limit(limit: &crate::explore::FigureLimit) -> String {
    let figure = &FIGURES[limit.figure];
    let sign = if figure.goal == crate::explore::Goal::Most { "≥" } else { "≤" };
    format!("{} {sign} {}", figure.label, written(limit.figure, Some(limit.bound), None))
}
