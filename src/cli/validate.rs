//! `validate`: recomputes published measurements.

use super::args::ValidateOptions;
use super::outputs::Outputs;
use super::progress::Ui;
use super::{CommandOutcome, Done, Failure, print_report, width, write_json};
use crate::files::FileKind;
use crate::validate::{self, Finding, Trouble, VALIDATE_SCHEMA, ValidationBench, ranc::Folder, to_json, to_text};

pub(super) fn run(options: &ValidateOptions, ui: &Ui) -> Done {
    let json = FileKind::Json { schema: VALIDATE_SCHEMA };
    Outputs::new(options.replace.overwrite).with("--json", options.json.as_ref(), json).check()?;
    let cases = validate::chosen(&options.cases)?;
    if let Some(data) = options.data.as_ref().filter(|data| !data.is_dir()) {
        return Err(Failure(format!("--data: {} is not a folder", data.display())));
    }
    let folder = |path: &std::path::PathBuf| Folder { path: path.clone(), grid: options.ranc_grid };
    let bench = ValidationBench { data: options.data.clone(), ranc: options.ranc.iter().map(folder).collect() };
    let mut outcomes = Vec::new();
    for case in cases {
        let bar = ui.spinner(format!("{}: {}", case.name, case.about));
        outcomes.push(case.outcome(&bench));
        bar.finish_and_clear();
    }
    let text = to_text(&outcomes, width());
    if !text.is_empty() {
        print_report(&text)?;
    }
    if let Some(path) = &options.json {
        write_json(path, &to_json(&outcomes))?;
    }
    let failed = outcomes.iter().filter_map(|outcome| match &outcome.findings {
        Err(Trouble::Failed(why)) => Some(format!("{}: {why}", outcome.case)),
        _ => None,
    });
    let failed: Vec<String> = failed.collect();
    if !failed.is_empty() {
        return Err(Failure(failed.join("\n")));
    }
    let misses = outcomes.iter().flat_map(|outcome| outcome.findings.iter().flatten()).any(Finding::is_unexpected);
    Ok(if misses { CommandOutcome::Something } else { CommandOutcome::Nothing })
}
