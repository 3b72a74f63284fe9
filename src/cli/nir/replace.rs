//! What an import may not replace.

use crate::cli::Failure;
use crate::cli::args::ImportArguments;
use crate::net::is_of_a_network;

/// Refuses a folder with another network, unless it may be replaced.
pub(super) fn refuse_others(options: &ImportArguments) -> Result<(), Failure> {
    let entries = std::fs::read_dir(&options.out).into_iter().flatten().flatten();
    let names = entries.filter_map(|entry| entry.file_name().into_string().ok());
    let mut lost: Vec<String> = names.filter(|name| name == "network.json" || is_of_a_network(name)).collect();
    if options.replace.overwrite || lost.is_empty() {
        return Ok(());
    }
    lost.sort();
    let (out, first) = (options.out.display(), &lost[0]);
    let more = if lost.len() > 1 { format!(" and {} more files of a network", lost.len() - 1) } else { String::new() };
    Err(Failure(format!("{out} has {first}{more} already, which is not replaced without --overwrite")))
}
