//! `chips`, `networks`, `datasets`: catalogues, with sources.

use super::args::{ChipsOptions, DataArguments, NetworksOptions};
use super::outputs::Outputs;
use super::{CommandOutcome, Done, Failure, find, print, print_report, width, write};
use crate::data;
use crate::files::FileKind;
use crate::json::layout;
use crate::net::Network;
use crate::report::{chip_line, chip_text};
use crate::session::catalog::{self, CHIPS, Changed, NETWORKS};
use std::path::Path;

/// The `chips` command: a short list of all chips, or everything that the file of one says, or that file.
pub(super) fn chips(options: &ChipsOptions) -> Done {
    let Some(name) = &options.chip else {
        if !options.changes.set.is_empty() {
            return Err(Failure("--set: changes one chip: name it, as in spikemesh chips loihi --set …".into()));
        }
        return list(&CHIPS.names(), |name| print(chip_line(&catalog::chip(name)?)));
    };
    // Reports all problems of the file.
    let Changed { chip, notes, origin, .. } = find::chip(name, &options.changes)?;
    if let Some(path) = &options.json {
        let text = match options.merged || !options.changes.set.is_empty() {
            true => layout(&catalog::chip_value(name, &options.changes.pairs())?) + "\n",
            false => copied(&catalog::chip_text(name)?),
        };
        return write_copy(path, &text, "a chip", options.replace.overwrite);
    }
    origin.iter().try_for_each(|origin| print(format_args!("{origin}")))?;
    notes.iter().try_for_each(|note| print(format_args!("note: {note}")))?;
    print_report(&chip_text(&chip, width()))?;
    Ok(CommandOutcome::Nothing)
}

/// The text of a built-in file for a folder of the user's, where there is no schema beside it.
fn copied(text: &str) -> String {
    let is_schema = |line: &str| line.trim_start().starts_with("\"$schema\":") && line.trim_end().ends_with(',');
    let lines = text.lines().enumerate().filter(|(number, line)| *number != 1 || !is_schema(line));
    lines.map(|(_, line)| format!("{line}\n")).collect()
}

fn write_copy(path: &Path, text: &str, what: &'static str, overwrite: bool) -> Done {
    let path = path.to_owned();
    Outputs::new(overwrite).with("--json", Some(&path), FileKind::Input { what }).check()?;
    write(&path, text)?;
    Ok(CommandOutcome::Nothing)
}

/// The `networks` command: a short list of all networks, or one of them, or its file.
pub(super) fn networks(options: &NetworksOptions) -> Done {
    if let Some(name) = &options.network {
        return one_network(name, options);
    }
    list(&NETWORKS.names(), network)?;
    print(
        "random:seed=S,neurons=N,cores=C,targets=uniform|local8\n  generated sparse network; the same options give the same network everywhere",
    )?;
    Ok(CommandOutcome::Nothing)
}

fn one_network(name: &str, options: &NetworksOptions) -> Done {
    let Some(path) = &options.json else {
        network(name)?;
        return Ok(CommandOutcome::Nothing);
    };
    // Reports all problems of the file.
    catalog::network(name)?;
    write_copy(path, &copied(&catalog::network_text(name)?), "a network", options.replace.overwrite)
}

fn network(name: &str) -> Result<(), Failure> {
    let (text, dataset, stages, steps) = match catalog::network(name)? {
        Network::Untrained(a) => (a.description.clone(), a.dataset.clone(), a.stages(), a.time_steps),
        Network::Trained(t) => {
            let a = &t.architecture;
            (a.description.clone(), a.dataset.clone(), a.stages(), t.quantised.spec.time_steps)
        }
        Network::Sparse(s) => {
            return print(format_args!("{name}\n  {}, sparse: {} neurons", s.description, s.graph.neurons()));
        }
    };
    let shapes: Vec<String> = stages.iter().map(|s| format!("{} {}", s.name, s.output)).collect();
    let weights: usize = stages.iter().map(|s| s.op.weights() + s.op.channels()).sum();
    print(format_args!("{name}\n  {text}\n  data: {dataset}, T = {steps}, {weights} parameters: {}", shapes.join(", ")))
}

fn list(names: &[String], show: impl Fn(&str) -> Result<(), Failure>) -> Done {
    let damaged: Vec<String> = names.iter().filter_map(|name| show(name).err()).map(|Failure(text)| text).collect();
    if damaged.is_empty() { Ok(CommandOutcome::Nothing) } else { Err(Failure(damaged.join("\n"))) }
}

pub(super) fn datasets(options: &DataArguments) -> Done {
    for entry in data::catalogue(&options.data_dir) {
        let [train, validation, test] = entry.sizes;
        print(format_args!("{}\n  {}", entry.name, entry.about))?;
        match train {
            0 => print(format_args!("  {test} to test, none to train"))?,
            _ => print(format_args!("  {train} to train, {validation} to validate, {test} to test"))?,
        }
        match entry.found {
            Some(place) => print(format_args!("  here: {place}"))?,
            None => print(format_args!("  not here; to get it: {}", entry.get))?,
        }
        print(format_args!("  source: {}", entry.source))?;
    }
    print("a folder of your own (--data DIR)")?;
    data::folder_layouts().iter().try_for_each(|layout| print(format_args!("  {layout}")))?;
    Ok(CommandOutcome::Nothing)
}
