//! `chips`, `networks`, `datasets`: what there is, with sources.

use super::args::DataOptions;
use super::find::{self, CHIP_SHELF, NETWORK_SHELF};
use super::{Done, Failure, Found, print};
use crate::data;
use crate::hw::Stepping;
use crate::net::Network;

/// The `chips` command.
pub(super) fn chips() -> Done {
    list(&CHIP_SHELF.names(), |name| {
        let chip = find::chip(name)?;
        print(format_args!("{name}\n  {}", chip.description))?;
        let limits = &chip.core.limits;
        print(format_args!(
            "  {} cores of {} neurons, {} axons in",
            chip.noc.cores(),
            limits.max_neurons,
            limits.max_axons_in
        ))?;
        if chip.chips() > 1 {
            print(format_args!("  on {} chips", chip.chips()))?;
        }
        if let Stepping::Fixed { length } = chip.stepping {
            print(format_args!("  fixed ticks: steps begin at multiples of {} ns", chip.ns(length)))?;
        }
        if let Stepping::Free { time_step, deadline } = chip.stepping {
            let (step, deadline) = (chip.ns(time_step), chip.ns(deadline));
            print(format_args!("  free-running: steps of {step} ns, a deadline of {deadline} ns"))?;
        }
        for (i, calibration) in chip.calibrations.iter().enumerate() {
            let default = if i == 0 { " (default)" } else { "" };
            print(format_args!("  calibration {}{default}: {}", calibration.name, calibration.description))?;
        }
        chip.sources.iter().try_for_each(|source| print(format_args!("  source: {source}")))
    })
}

/// The `networks` command.
pub(super) fn networks() -> Done {
    list(&NETWORK_SHELF.names(), |name| {
        let (text, dataset, stages, steps) = match find::network(name)? {
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
    Ok(Found::Nothing)
}

/// Lists all, and then fails if one of them is damaged.
fn list(names: &[String], show: impl Fn(&str) -> Result<(), Failure>) -> Done {
    let damaged: Vec<String> = names.iter().filter_map(|name| show(name).err()).map(|Failure(text)| text).collect();
    if damaged.is_empty() { Ok(Found::Nothing) } else { Err(Failure(damaged.join("\n"))) }
}

/// The `datasets` command.
pub(super) fn datasets(options: &DataOptions) -> Done {
    for entry in data::catalogue(&options.data_dir) {
        let [train, validation, test] = entry.sizes;
        print(format_args!("{}\n  {}", entry.name, entry.about))?;
        print(format_args!("  {train} to train, {validation} to validate, {test} to test"))?;
        match entry.found {
            Some(place) => print(format_args!("  here: {place}"))?,
            None => print(format_args!("  not here; to get it: {}", entry.get))?,
        }
        print(format_args!("  source: {}", entry.source))?;
    }
    print(format_args!("a folder of your own (--data DIR)\n  {}", data::folder_layouts()))?;
    Ok(Found::Nothing)
}
