//! `import`: a NIR graph as a network of ours, with what became of it.

use super::args::ImportOptions;
use super::outputs::Outputs;
use super::progress::Ui;
use super::{Done, Failure, Found, print, spikes, width, write_json};
use crate::files::{FileKind, FolderLock};
use crate::json::{FileError, Problem};
use crate::net::neuron::{RESETS, Reset};
use crate::net::nir::{self, Bits, IfInput, Imported, Integrator, Lowered, NirGraph, float};
use crate::net::spikes::RandomSpikes;
use crate::net::{SparseNetwork, is_of_a_network, reference, save_sparse};
use crate::report::{Deviation, IMPORT_SCHEMA, import_json, import_text};

/// The `import` command.
pub(super) fn run(options: &ImportOptions, ui: &Ui) -> Done {
    check(options)?;
    let file = options.file.display().to_string();
    let fail = |problems: Vec<Problem>| Failure(FileError { file: file.clone(), problems }.to_string());
    let graph = nir::load(&options.file)?;
    let open = nir::Options {
        dt: options.dt,
        integrator: options.integrator.into(),
        reset: options.reset.into(),
        if_input: options.if_input.into(),
    };
    let lowered = nir::lower(&graph, open).map_err(fail)?;
    let bits = Bits { weight: options.weight_bits, membrane: options.membrane_bits };
    let imported = nir::quantise(&lowered, bits).map_err(fail)?;
    let default = ["random:rate=0.1,steps=100,seed=1".to_owned()];
    let arguments = if options.spikes.is_empty() { &default[..] } else { &options.spikes };
    let given = match imported.network.populations.iter().any(|population| population.source.is_some()) {
        true => spikes::given(arguments, &imported.network)?,
        false => spikes::Given { spikes: Vec::new(), steps: RandomSpikes::default().steps, note: "no inputs".into() },
    };
    // The last layer has its own steps later than the inputs.
    let steps = given.steps + lowered.layers.iter().map(|layer| layer.level).max().unwrap_or(0);
    ui.note(format!("{} nodes, compared over {steps} steps with real numbers", graph.nodes.len()));
    let deviation = deviation(&lowered, &imported, &given.spikes, steps);
    let name = options.out.file_name().map_or("imported".into(), |name| name.to_string_lossy().into_owned());
    let network = SparseNetwork {
        name: name.clone(),
        description: format!(
            "imported from the NIR graph {}",
            options.file.file_name().unwrap_or_default().to_string_lossy()
        ),
        graph: imported.with_spikes(given.spikes),
        time_steps: Some(steps),
        seed: None,
        notes: notes(&graph, &lowered, &imported, open, bits, &given.note),
    };
    let _lock = FolderLock::take(&options.out)?;
    refuse_others(options)?;
    save_sparse(&network, &options.out)
        .map_err(|error| Failure(format!("{}: cannot be written: {error}", options.out.display())))?;
    if let Some(path) = &options.json {
        write_json(path, &import_json(&name, &imported.figures, &deviation, &network.notes))?;
    }
    print(import_text(&name, &imported.figures, &deviation, &network.notes, width()))?;
    Ok(Found::Nothing)
}

/// Says early what cannot be written, and what would be lost.
fn check(options: &ImportOptions) -> Result<(), Failure> {
    let out = options.out.display();
    if options.out.is_file() {
        return Err(Failure(format!("{out}: cannot be written: it is a file, not a folder")));
    }
    refuse_others(options)?;
    let is_there = options.out.is_dir();
    Outputs::new(options.replace.overwrite)
        .beside("--out", Some(options.out.join("network.json")).filter(|_| is_there))
        .with("--json", options.json.as_ref(), FileKind::Json { schema: IMPORT_SCHEMA })
        .check()
}

/// Refuses a folder that has a network.
fn refuse_others(options: &ImportOptions) -> Result<(), Failure> {
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

/// What the report of every run says.
fn notes(
    graph: &NirGraph,
    lowered: &Lowered,
    imported: &Imported,
    open: nir::Options,
    bits: Bits,
    spikes: &str,
) -> Vec<String> {
    let version = graph.version.as_deref().map_or(String::new(), |version| format!(" (written by version {version})"));
    let integrator = match open.integrator {
        Integrator::Euler => "forward Euler",
        Integrator::Exponential => "exponential Euler",
    };
    let input = match open.if_input {
        IfInput::Impulse => "at once (v += R w)",
        IfInput::Current => "as a current for a time step (v += dt R w)",
    };
    let reset = match open.reset {
        Reset::Zero => "to v_reset",
        Reset::Subtract => RESETS[Reset::Subtract as usize],
    };
    let mut notes = vec![
        format!(
            "imported from NIR{version}: dt {} s, {integrator}, reset {reset}; IF takes spikes {input}",
            lowered.dt
        ),
        format!(
            "weights of {} bits, membranes of {} bits; largest rounding of weights {:.2} % (root mean square, by layer)",
            bits.weight,
            bits.membrane,
            100.0 * imported.figures.iter().map(|layer| layer.weight_error).fold(0.0, f64::max)
        ),
        spikes.to_owned(),
    ];
    notes.extend(lowered.notes.iter().chain(&imported.notes).cloned());
    notes
}

/// Runs both, and compares spikes by neuron and the last potentials of what never spikes.
fn deviation(lowered: &Lowered, imported: &Imported, spikes: &[Vec<(u32, u32)>], steps: u32) -> Vec<Deviation> {
    let real = float::run(lowered, spikes, steps, |_| {});
    let whole = reference::sparse(&imported.with_spikes(spikes.to_vec()), steps);
    let layer = |(index, layer): (usize, &nir::Layer)| {
        let numbers = &imported.numbers[index];
        let counts: Vec<u32> = numbers.iter().map(|neuron| whole.counts[*neuron as usize]).collect();
        let units = imported.figures[index].units;
        let potential = |(i, neuron): (usize, &u32)| {
            let shift = layer.somas.as_ref().map_or(0.0, |somas| somas.shift[i]);
            (f64::from(whole.membranes[*neuron as usize]) / units + shift - real.potentials[index][i]).abs()
        };
        let silent = layer.somas.as_ref().is_some_and(|somas| somas.threshold.is_none());
        Deviation {
            spikes_real: real.counts[index].iter().map(|count| u64::from(*count)).sum(),
            spikes: counts.iter().map(|count| u64::from(*count)).sum(),
            neurons_that_differ: counts.iter().zip(&real.counts[index]).filter(|(a, b)| a != b).count() as u64,
            potential: silent.then(|| numbers.iter().enumerate().map(potential).fold(0.0, f64::max)),
        }
    };
    lowered.layers.iter().enumerate().map(layer).collect()
}
