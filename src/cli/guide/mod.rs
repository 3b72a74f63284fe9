//! `guide`: the chapters of the guide, on a terminal.

mod render;

use super::args::GuideOptions;
use super::{CommandOutcome, Done, Failure, print, print_coloured, terminal, width};
use crate::guide::{CHAPTERS, Chapter};
use crate::json::unknown;

/// Prints the topics, or a chapter.
pub(super) fn run(options: &GuideOptions) -> Done {
    let (coloured, _) = terminal::colours();
    match &options.topic {
        None => print(topics())?,
        Some(topic) => print_coloured(&render::page(chapter(topic)?.text, width(), coloured))?,
    }
    Ok(CommandOutcome::Nothing)
}

fn topics() -> String {
    let widest = CHAPTERS.iter().map(|chapter| chapter.name.len()).max().unwrap_or(0);
    let line = |chapter: &Chapter| format!("  {:widest$}  {}\n", chapter.name, chapter.title());
    let lines: String = CHAPTERS.iter().map(line).collect();
    format!("Topics of the guide:\n\n{lines}\nspikemesh guide TOPIC prints one.")
}

/// The chapter of a topic; `-` and `_` are the same in its name.
fn chapter(topic: &str) -> Result<&'static Chapter, Failure> {
    let names: Vec<&str> = CHAPTERS.iter().map(|chapter| chapter.name).collect();
    let wanted = topic.replace('-', "_").to_lowercase();
    let found = CHAPTERS.iter().find(|chapter| chapter.name == wanted);
    found.ok_or_else(|| Failure(format!("TOPIC: {}", unknown(topic, &names))))
}
