//! `completions` and `man`: what the program tells a shell and a manual reader about itself.

use super::args::{self, CompletionOptions, ManOptions};
use super::terminal::{UNBROKEN, print_bytes};
use super::{CommandOutcome, Done, Failure, write};
use crate::json::unknown;
use clap::Command;
use clap_mangen::Man;
use clap_mangen::roff::{Roff, bold, roman};
use std::io;
use std::path::Path;

/// Columns of help in manual pages; the reader of a page lays out its lines again.
const COLUMNS: u16 = 100;

pub(super) fn completions(options: &CompletionOptions) -> Done {
    let mut script = Vec::new();
    clap_complete::generate(options.shell, &mut args::command(COLUMNS), "spikemesh", &mut script);
    print_bytes(&script)?;
    Ok(CommandOutcome::Nothing)
}

pub(super) fn man(options: &ManOptions) -> Done {
    let pages = pages()?;
    if let Some(folder) = &options.dir {
        return save(&pages, folder);
    }
    let wanted = options.command.as_deref().map_or("spikemesh".to_owned(), |name| format!("spikemesh-{name}"));
    match pages.iter().find(|(name, _)| *name == wanted) {
        Some((_, page)) => print_bytes(page.as_bytes())?,
        None => {
            let known: Vec<&str> = pages.iter().filter_map(|(name, _)| name.strip_prefix("spikemesh-")).collect();
            let found = options.command.as_deref().unwrap_or_default();
            return Err(Failure(format!("COMMAND: {}", unknown(found, &known))));
        }
    }
    Ok(CommandOutcome::Nothing)
}

fn save(pages: &[(String, String)], folder: &Path) -> Done {
    std::fs::create_dir_all(folder)
        .map_err(|error| Failure(format!("{}: cannot be made: {error}", folder.display())))?;
    for (name, page) in pages {
        write(&folder.join(format!("{name}.1")), page)?;
    }
    super::print(format_args!("{}: {} pages", folder.display(), pages.len()))?;
    Ok(CommandOutcome::Nothing)
}

/// All pages, by name.
fn pages() -> Result<Vec<(String, String)>, Failure> {
    let mut whole = explained(args::command(COLUMNS));
    whole.build();
    let mut found = Vec::new();
    add(&whole, "spikemesh", &mut found)?;
    Ok(found)
}

/// All options are explained in a page, those too that short help leaves out.
fn explained(command: Command) -> Command {
    command.mut_args(|arg| arg.hide_short_help(false)).mut_subcommands(explained)
}

fn add(command: &Command, name: &str, found: &mut Vec<(String, String)>) -> Result<(), Failure> {
    let page = page(command, name).map_err(|error| Failure(format!("{name}: {error}")))?;
    found.push((name.to_owned(), plain(&String::from_utf8_lossy(&page).replace(UNBROKEN, " "))));
    let commands = command.get_subcommands().filter(|command| !command.is_hide_set() && command.get_name() != "help");
    commands
        .map(|inner| (inner, format!("{name}-{}", inner.get_name())))
        .try_for_each(|(inner, name)| add(inner, &name, found))
}

/// The page in ASCII, which every reader of pages takes; other characters become escapes.
fn plain(page: &str) -> String {
    let escaped = |c: char| if c.is_ascii() { c.to_string() } else { format!("\\[u{:04X}]", u32::from(c)) };
    page.chars().map(escaped).collect()
}

fn page(command: &Command, name: &str) -> io::Result<Vec<u8>> {
    let usage = command.clone().render_usage().to_string();
    let man = Man::new(command.clone().display_name(name.to_owned()));
    let man = man.source(format!("{name} {}", env!("CARGO_PKG_VERSION")));
    let mut page = Vec::new();
    man.render_title(&mut page)?;
    man.render_name_section(&mut page)?;
    let mut synopsis = Roff::new();
    synopsis.control("SH", ["SYNOPSIS"]).text([bold(usage.trim_start_matches("Usage:").trim())]);
    synopsis.to_writer(&mut page)?;
    man.render_description_section(&mut page)?;
    man.render_options_section(&mut page)?;
    if command.get_subcommands().any(|inner| inner.get_name() != "help") {
        man.render_subcommands_section(&mut page)?;
    }
    let more = command.get_after_long_help().map(ToString::to_string).unwrap_or_default();
    sections(&more).to_writer(&mut page)?;
    Ok(page)
}

/// The text below the options: lines that are printed as they are below a heading, and paragraphs.
fn sections(text: &str) -> Roff {
    let mut roff = Roff::new();
    let mut lines = text.lines().peekable();
    let mut notes = false;
    while let Some(line) = lines.next() {
        let is_verbatim = |line: &&str| line.starts_with(UNBROKEN);
        if line.is_empty() {
            continue;
        }
        if lines.peek().is_some_and(is_verbatim) && line.ends_with(':') && line.len() < 30 {
            roff.control("SH", [line.trim_end_matches(':').to_uppercase().as_str()]);
            notes = false;
        } else {
            let next = if notes { ("PP", vec![]) } else { ("SH", vec!["NOTES"]) };
            roff.control(next.0, next.1);
            roff.text([roman(line)]);
            notes = true;
        }
        if lines.peek().is_some_and(is_verbatim) {
            roff.control("nf", []);
            while let Some(line) = lines.next_if(is_verbatim) {
                roff.text([roman(line.trim_start_matches(UNBROKEN))]);
            }
            roff.control("fi", []);
        }
    }
    roff
}
