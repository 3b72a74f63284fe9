//! `diff`: what differs between two saved runs.

use super::args::DiffOptions;
use super::outputs::Outputs;
use super::{CommandOutcome, Done, print, provenance, width, write_json};
use crate::files::FileKind;
use crate::report::{DIFF_SCHEMA, diff_json, diff_text, load_run};
use crate::session;

pub(super) fn run(options: &DiffOptions) -> Done {
    let json = FileKind::Json { schema: DIFF_SCHEMA };
    Outputs::new(options.replace.overwrite).with("--json", options.json.as_ref(), json).check()?;
    let (before, after) = (load_run(&options.before)?, load_run(&options.after)?);
    for (run, summary) in [("A", &before), ("B", &after)] {
        summary.header.digests.iter().for_each(|known| provenance::note_again(known, &format!("{run}: ")));
    }
    let names = [&options.before, &options.after].map(|path| path.display().to_string());
    let diff = session::diff(&before, &after)?;
    if let Some(path) = &options.json {
        write_json(path, &diff_json(&diff, &names))?;
    }
    print(diff_text(&diff, &names, width()))?;
    Ok(if diff.is_empty() { CommandOutcome::Nothing } else { CommandOutcome::Something })
}
