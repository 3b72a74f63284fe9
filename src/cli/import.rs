//! `import`: a NIR graph as a network of ours, with what became of it.

use super::args::ImportOptions;
use super::progress::Ui;
use super::{Done, Failure, Found, print, spikes, width, write_json};
use crate::json::{FileError, Problem};
use crate::net::nir::{self, Asked, Bits, CubaInput, IfInput, Imported, Integrator, Lowered, NirGraph, Settled, float};
use crate::net::spikes::RandomSpikes;
use crate::net::{SparseNetwork, reference, save_sparse};
use crate::report::{Deviation, import_json, import_text};

/// The `import` command.
pub(super) fn run(options: &ImportOptions, ui: &Ui) -> Done {
    if options.out.is_file() {
        return Err(Failure(format!("{}: cannot be written: it is a file, not a folder", options.out.display())));
    }
    let file = options.file.display().to_string();
    let fail = |problems: Vec<Problem>| Failure(FileError { file: file.clone(), problems }.to_string());
    let graph = nir::load(&options.file)?;
    let asked = Asked {
        dt: options.dt,
        integrator: options.integrator.into(),
        reset: options.reset.map(Into::into),
        if_input: options.if_input.map_or(IfInput::Found, Into::into),
        cuba_input: options.cuba_input.into(),
    };
    let settled = nir::settle(&graph, asked);
    let lowered = nir::lower(&graph, settled.options).map_err(fail)?;
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
        notes: notes(&graph, &lowered, &imported, &settled, bits, &given.note),
    };
    save_sparse(&network, &options.out)
        .map_err(|error| Failure(format!("{}: cannot be written: {error}", options.out.display())))?;
    if let Some(path) = &options.json {
        write_json(path, &import_json(&name, &imported.figures, &deviation, &network.notes))?;
    }
    print(import_text(&name, &imported.figures, &deviation, &network.notes, width()))?;
    Ok(Found::Nothing)
}

/// What the report of every run says.
fn notes(
    graph: &NirGraph,
    lowered: &Lowered,
    imported: &Imported,
    settled: &Settled,
    bits: Bits,
    spikes: &str,
) -> Vec<String> {
    let version = graph.version.as_deref().map_or(String::new(), |version| format!(" (written by version {version})"));
    let integrator = match settled.options.integrator {
        Integrator::Euler => "forward Euler",
        Integrator::Exponential => "exponential Euler",
    };
    let input = match settled.options.if_input {
        IfInput::Found | IfInput::Impulse => "at once (v += R w)",
        IfInput::Current => "as a current for a time step (v += dt R w)",
    };
    let cuba = match settled.options.cuba_input {
        CubaInput::Defined => "",
        CubaInput::Impulse => "; currents take the whole weight of a spike, whatever w_in says",
    };
    let reset = settled.reset.describe();
    let mut notes = vec![
        format!(
            "imported from NIR{version}: dt {} s, {integrator}, reset {reset}; IF takes spikes {input}{cuba}",
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
    notes.extend(settled.notes.iter().chain(&lowered.notes).chain(&imported.notes).cloned());
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
