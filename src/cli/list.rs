//! `chips`, `networks`, `datasets`: catalogues, with sources.

use super::args::{ChipsOptions, DataArguments};
use super::{CommandOutcome, Done, Failure, print, print_report, width};
use crate::data;
use crate::net::Network;
use crate::report::{chip_line, chip_text};
use crate::session::catalog::{self, CHIPS, NETWORKS};

/// The `chips` command: a short list of all chips, or everything that the file of one says.
pub(super) fn chips(options: &ChipsOptions) -> Done {
    let Some(name) = &options.chip else {
        return list(&CHIPS.names(), |name| print(chip_line(&catalog::chip(name)?)));
    };
    print_report(&chip_text(&catalog::chip(name)?, width()))?;
    Ok(CommandOutcome::Nothing)
}

pub(super) fn networks() -> Done {
    list(&NETWORKS.names(), |name| {
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
        print(format_args!(
            "{name}\n  {text}\n  data: {dataset}, T = {steps}, {weights} parameters: {}",
            shapes.join(", ")
        ))
    })?;
    print(
        "random:seed=S,neurons=N,cores=C,targets=uniform|local8\n  generated sparse network, the same for everyone who names it",
    )?;
    Ok(CommandOutcome::Nothing)
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
