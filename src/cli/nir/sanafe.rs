//! `import` of SANA-FE's files: a chip, or a network with its mapping.

use super::replace::refuse_others;
use crate::cli::args::ImportArguments;
use crate::cli::outputs::Outputs;
use crate::cli::{CommandOutcome, Done, Failure, print_report};
use crate::files::{FileKind, FolderLock, write_atomically};
use crate::hw;
use crate::json::{Document, layout};
use crate::net;
use crate::sanafe::{self, Content, PeerChip};
use std::fmt::Write;

/// Files in the folder.
const CHIP: &str = "chip.json";
const MAPPING: &str = "mapping.json";

pub(super) fn run(options: &ImportArguments) -> Done {
    let out = options.out.display();
    if options.out.is_file() {
        return Err(Failure(format!("{out}: cannot be written: it is a file, not a folder")));
    }
    if let Some(json) = &options.json {
        return Err(Failure(format!("--json {}: there are no details of files of SANA-FE", json.display())));
    }
    match (sanafe::content(&options.file)?, &options.arch) {
        (Content::Architecture, None) => chip(options, &sanafe::architecture(&options.file)?),
        (Content::Architecture, Some(arch)) => {
            let file = options.file.display();
            Err(Failure(format!("{file} is an architecture itself; --arch {} is for a network", arch.display())))
        }
        (Content::Network, None) => {
            let file = options.file.display();
            Err(Failure(format!("{file} is a network; name the architecture that it is mapped to: --arch FILE.yaml")))
        }
        (Content::Network, Some(arch)) => network(options, &sanafe::architecture(arch)?),
    }
}

/// Writes the chip after it was read as any chip file is.
fn write_chip(options: &ImportArguments, architecture: &PeerChip) -> Result<String, Failure> {
    let path = options.out.join(CHIP);
    let text = layout(&architecture.chip) + "\n";
    let chip = hw::read(Document::parse(path.display().to_string(), &text)?, "chip")?;
    write(options, CHIP, &text)?;
    let noc = chip.noc();
    Ok(format!("{}: {}, {} cores on {} tiles\n", path.display(), chip.name(), noc.cores(), noc.tiles()))
}

fn write(options: &ImportArguments, name: &str, text: &str) -> Result<(), Failure> {
    let path = options.out.join(name);
    write_atomically(&path, text.as_bytes())
        .map_err(|error| Failure(format!("{}: cannot be written: {error}", path.display())))
}

/// Refuses to replace files of the folder unasked.
fn check(options: &ImportArguments, names: &[&str]) -> Result<(), Failure> {
    let there = |name: &&str| Some(options.out.join(*name)).filter(|_| options.out.is_dir());
    let mut outputs = Outputs::new(options.replace.overwrite);
    for name in names {
        outputs = outputs.with("--out", there(name).as_ref(), FileKind::Input { what: "a file of an import" });
    }
    outputs.check()?;
    std::fs::create_dir_all(&options.out)
        .map_err(|error| Failure(format!("{}: cannot be written: {error}", options.out.display())))
}

fn chip(options: &ImportArguments, architecture: &PeerChip) -> Done {
    check(options, &[CHIP])?;
    let _lock = FolderLock::take(&options.out)?;
    let mut text = write_chip(options, architecture)?;
    notes(&mut text, &architecture.notes);
    let out = options.out.display();
    let _ = write!(text, "run: spikemesh run --network NETWORK --chip {out}/{CHIP}");
    print_report(&text)?;
    Ok(CommandOutcome::Nothing)
}

fn network(options: &ImportArguments, architecture: &PeerChip) -> Done {
    let name = options.out.file_name().map_or("imported".into(), |name| name.to_string_lossy().into_owned());
    let imported = sanafe::network(&options.file, architecture, &name)?;
    refuse_others(options)?;
    check(options, &[CHIP, MAPPING])?;
    let _lock = FolderLock::take(&options.out)?;
    let out = options.out.display();
    let mut network = imported.network;
    network.notes.extend(imported.notes.iter().cloned());
    net::save(&network, &options.out, &[]).map_err(|error| Failure(format!("{out}: cannot be written: {error}")))?;
    let mut text = write_chip(options, architecture)?;
    write(options, MAPPING, &(layout(&imported.mapping) + "\n"))?;
    let (neurons, synapses) = (network.graph.neurons(), network.graph.synapses.len());
    let _ = writeln!(text, "{out}/network.json: {neurons} neurons, {synapses} synapses");
    let cores = imported.mapping["cores"].as_array().map_or(0, Vec::len);
    let _ = writeln!(text, "{out}/{MAPPING}: {cores} cores in use");
    notes(&mut text, &architecture.notes);
    notes(&mut text, &imported.notes);
    let _ = write!(text, "run: spikemesh run --network {out} --chip {out}/{CHIP} --mapping {out}/{MAPPING} --steps T");
    print_report(&text)?;
    Ok(CommandOutcome::Nothing)
}

fn notes(text: &mut String, notes: &[String]) {
    notes.iter().for_each(|note| _ = writeln!(text, "note: {note}"));
}
