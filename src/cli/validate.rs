//! `validate`: recomputes published measurements.

use super::args::ValidateOptions;
use super::outputs::Outputs;
use super::progress::Ui;
use super::{CommandOutcome, Done, Failure, print_report, width, write_json};
use crate::files::FileKind;
use crate::json::did_you_mean;
use crate::validate::{
    CASES, Case, CaseOutcome, Finding, Trouble, VALIDATE_SCHEMA, ValidationBench, ranc::Folder, to_json, to_text,
};

pub(super) fn run(options: &ValidateOptions, ui: &Ui) -> Done {
    let json = FileKind::Json { schema: VALIDATE_SCHEMA };
    Outputs::new(options.replace.overwrite).with("--json", options.json.as_ref(), json).check()?;
    let cases = chosen(&options.cases)?;
    if let Some(data) = options.data.as_ref().filter(|data| !data.is_dir()) {
        return Err(Failure(format!("--data: {} is not a folder", data.display())));
    }
    let folder = |path: &std::path::PathBuf| Folder { path: path.clone(), grid: options.ranc_grid };
    let bench = ValidationBench { data: options.data.clone(), ranc: options.ranc.iter().map(folder).collect() };
    let mut outcomes = Vec::new();
    for case in cases {
        let bar = ui.spinner(format!("{}: {}", case.name, case.about));
        let findings = (case.run)(&bench);
        bar.finish_and_clear();
        outcomes.push(CaseOutcome { case: case.name, findings });
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

fn chosen(names: &[String]) -> Result<Vec<Case>, Failure> {
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
    if wrong.is_empty() { Ok(cases.into_iter().flatten().collect()) } else { Err(Failure(wrong.join("\n"))) }
}
