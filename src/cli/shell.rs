//! `completions` and `man`: what the program tells a shell and a manual reader about itself.

use super::args::{self, CompletionOptions, ManOptions};
use super::terminal::{UNBROKEN, print_bytes};
use super::{CommandOutcome, Done, Failure, write};
use crate::json::unknown;
use clap::Command;
use clap_mangen::Man;
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
    let mut whole = args::command(COLUMNS);
    whole.build();
    let mut found = Vec::new();
    add(&whole, "spikemesh", &mut found)?;
    Ok(found)
}

fn add(command: &Command, name: &str, found: &mut Vec<(String, String)>) -> Result<(), Failure> {
    let mut page = Vec::new();
    Man::new(command.clone().name(name.to_owned()).display_name(name.to_owned()))
        .render(&mut page)
        .map_err(|error| Failure(format!("{name}: {error}")))?;
    let page = String::from_utf8_lossy(&page).into_owned();
    found.push((name.to_owned(), page.replace(UNBROKEN, " ")));
    let commands = command.get_subcommands().filter(|command| !command.is_hide_set() && command.get_name() != "help");
    commands
        .map(|inner| (inner, format!("{name}-{}", inner.get_name())))
        .try_for_each(|(inner, name)| add(inner, &name, found))
}
