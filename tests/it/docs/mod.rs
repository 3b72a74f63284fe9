//! README and guide hold what they promise: commands are run and their outputs compared, files are checked, links lead
//! somewhere.
//!
//! The blocks of a file run in order, in one scratch folder for each file, as a reader would enter them. `spikemesh` is the
//! program under test, and so is `cargo run --release --`. A comment before a block says what is special about it:
//!
//! | comment | the block |
//! |---|---|
//! | `<!-- not run: REASON -->` | cannot run in a test; their number is limited |
//! | `<!-- exit code N -->` | its last command ends with this exit code; others with 0 |
//! | `<!-- file: NAME -->` | is written to the folder; JSON must pass `spikemesh check` |
//! | `<!-- file: NAME, not checked: REASON -->` | likewise, but is not checked |
//!
//! A line `…` stands for any lines, `…` within a line for any text. A command without lines below it shows nothing of its
//! output. With `SPIKEMESH_DOCS=write` the tests write the outputs, and the tables of fields, as they are now; elisions stay
//! where they were. `SPIKEMESH_DOCS_ONLY=README,noc` selects files.

mod blocks;
mod links;
mod outputs;
mod reference;
mod reports;
mod scratch;

use crate::common::{files_of, repository};
use blocks::{Block, Mark};
use scratch::Scratch;
use std::path::PathBuf;
use std::sync::Mutex;

/// Most blocks that are not run.
const MOST_NOT_RUN: usize = 12;

const MOST_LINES_OF_README: usize = 250;

/// README and the chapters of the guide.
fn pages() -> Vec<PathBuf> {
    let mut pages = vec![repository("README.md")];
    pages.extend(files_of("src/guide", "md"));
    pages
}

fn is_wanted(page: &std::path::Path) -> bool {
    let name = page.file_stem().unwrap().to_string_lossy();
    std::env::var("SPIKEMESH_DOCS_ONLY").map_or(true, |only| only.split(',').any(|one| one == name))
}

fn writes() -> bool {
    std::env::var("SPIKEMESH_DOCS").is_ok_and(|wish| wish == "write")
}

/// Runs the blocks of a page. Returns its text as it should be, and the problems.
fn run(text: &str) -> (String, Vec<String>) {
    let (mut scratch, mut problems) = (Scratch::new(), Vec::new());
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    // From the end, so that the lines before keep their numbers; but commands run in order.
    let mut replaced = Vec::new();
    for block in blocks::of(text) {
        let place = block.first;
        let mut problem = |what: String| problems.push(format!("line {place}: {what}"));
        match &block.mark {
            Mark::NotRun => {}
            Mark::File { name, checked } => scratch.write(name, &block.text(), *checked, &mut problem),
            _ if block.language != "console" => {}
            _ => {
                for step in block.steps() {
                    let expected = if step.is_last { block.exit_code() } else { 0 };
                    let output = scratch.run(&step.command, expected, &mut problem);
                    let shown = &lines[step.shown.clone()];
                    if shown.is_empty() {
                        continue;
                    }
                    if let Some(wrong) = outputs::differs(shown, &output) {
                        problem(format!("$ {}\n{wrong}", step.command));
                        replaced.push((step.shown.clone(), outputs::rewritten(shown, &output)));
                    }
                }
            }
        }
    }
    for (range, now) in replaced.into_iter().rev() {
        lines.splice(range, now);
    }
    (lines.join("\n") + "\n", problems)
}

#[test]
fn commands_of_readme_and_guide_do_what_is_shown() {
    let pages: Vec<PathBuf> = pages().into_iter().filter(|page| is_wanted(page)).collect();
    let (next, wrong) = (Mutex::new(pages.iter()), Mutex::new(Vec::new()));
    let work = || {
        while let Some(page) = { next.lock().unwrap().next() } {
            let text = std::fs::read_to_string(page).unwrap();
            let began = std::time::Instant::now();
            let (now, problems) = run(&text);
            println!("{}: {:.1} s", page.display(), began.elapsed().as_secs_f64());
            if writes() && now != text {
                std::fs::write(page, now).unwrap();
            }
            let problems = problems.into_iter().map(|what| format!("{}: {what}", page.display()));
            wrong.lock().unwrap().extend(problems);
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(work);
        }
    });
    let wrong = wrong.into_inner().unwrap();
    let how = "SPIKEMESH_DOCS=write cargo test --test it docs:: writes outputs as they are now";
    assert!(wrong.is_empty(), "{}\n\n{how}", wrong.join("\n\n"));
}

#[test]
fn readme_is_short() {
    let lines = crate::common::text_of("README.md").lines().count();
    assert!(lines <= MOST_LINES_OF_README, "README has {lines} lines");
}

#[test]
fn few_blocks_are_not_run() {
    let mut left_out = Vec::new();
    for page in pages() {
        let text = std::fs::read_to_string(&page).unwrap();
        let of = |block: Block| (block.mark == Mark::NotRun).then(|| format!("{}:{}", page.display(), block.first));
        left_out.extend(blocks::of(&text).into_iter().filter_map(of));
    }
    assert!(left_out.len() <= MOST_NOT_RUN, "{} blocks are not run: {}", left_out.len(), left_out.join(", "));
}

#[test]
fn every_block_names_its_language() {
    let known = ["console", "json", "rust", "python", "text", "sh"];
    for page in pages() {
        for block in blocks::of(&std::fs::read_to_string(&page).unwrap()) {
            let language = block.language.split(',').next().unwrap_or_default();
            assert!(known.contains(&language), "{}:{}: {language:?}", page.display(), block.first);
        }
    }
}
