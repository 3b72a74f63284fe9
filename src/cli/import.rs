//! `import`: a NIR graph as a network of ours, with what became of it.

use super::args::{ImportOptions, import_arguments};
use super::outputs::Outputs;
use super::progress::Ui;
use super::{Done, Failure, Found, print, real, spikes, width, write_json};
use crate::files::{FileKind, FolderLock};
use crate::json::{FileError, Problem};
use crate::net::graph::Graph;
use crate::net::nir::{
    self, Asked, Bits, CubaInput, Expected, IfInput, Imported, Integrator, Lowered, NirGraph, Settled, float,
};
use crate::net::spikes::RandomSpikes;
use crate::net::{Origin, SparseNetwork, is_of_a_network, save_sparse};
use crate::report::{IMPORT_SCHEMA, import_json, import_text};

/// The copy of the graph in the network's folder, with which runs are compared.
const SOURCE: &str = "source.nir";

/// The `import` command.
pub(super) fn run(options: &ImportOptions, ui: &Ui) -> Done {
    check(options)?;
    let Read { graph, settled, lowered } = read(options)?;
    let default = ["random:rate=0.1,steps=100,seed=1".to_owned()];
    let arguments = if options.spikes.is_empty() { &default[..] } else { &options.spikes };
    let inputs = inputs(&lowered);
    let given = match inputs.is_empty() {
        false => spikes::given_to(arguments, &inputs)?,
        true if !options.spikes.is_empty() => return Err(Failure("--spikes: the network has no inputs".into())),
        true => spikes::Given { spikes: Vec::new(), steps: RandomSpikes::default().steps, note: "no inputs".into() },
    };
    let steps = options.steps.unwrap_or(given.steps);
    let fed: Vec<_> = given.spikes.into_iter().map(|spikes| spikes::until(spikes, steps)).collect();
    ui.note(format!("{} nodes, compared over {steps} steps of every layer with real numbers", graph.nodes.len()));
    let numbers = float::run_layers(&lowered, &fed, steps, |_| {});
    let imported = integers(options, &lowered, steps, &numbers.peaks)?;
    let comparison = nir::compare_with(&lowered, &imported, &fed, &numbers, steps);
    real::warn(&comparison, options.strict)?;
    let name = options.out.file_name().map_or("imported".into(), |name| name.to_string_lossy().into_owned());
    let network = imported.with_spikes(fed);
    let network = SparseNetwork {
        name: name.clone(),
        description: format!(
            "imported from the NIR graph {}",
            options.file.file_name().unwrap_or_default().to_string_lossy()
        ),
        time_steps: Some(network.steps_for(steps)),
        graph: network,
        seed: None,
        notes: notes(&graph, &lowered, &imported, &settled, bits(options), &given.note),
        imported: Some(Origin { file: SOURCE.into(), arguments: import_arguments()? }),
    };
    let source = std::fs::read(&options.file)
        .map_err(|error| Failure(format!("{}: cannot be read: {error}", options.file.display())))?;
    let _lock = FolderLock::take(&options.out)?;
    refuse_others(options)?;
    save_sparse(&network, &options.out, &[(SOURCE.to_owned(), source)])
        .map_err(|error| Failure(format!("{}: cannot be written: {error}", options.out.display())))?;
    if let Some(path) = &options.json {
        write_json(path, &import_json(&name, &comparison, &network.notes))?;
    }
    print(import_text(&name, &comparison, &network.notes, width()))?;
    Ok(Found::Nothing)
}

/// A graph as its file has it and in time steps.
pub(super) struct Read {
    graph: NirGraph,
    settled: Settled,
    pub(super) lowered: Lowered,
}

/// Reads the graph that the options name, and lowers it as they say.
pub(super) fn read(options: &ImportOptions) -> Result<Read, Failure> {
    let graph = nir::load(&options.file)?;
    let asked = Asked {
        dt: options.dt,
        integrator: options.integrator.into(),
        reset: options.reset.map(Into::into),
        if_input: options.if_input.map_or(IfInput::Found, Into::into),
        cuba_input: options.cuba_input.into(),
    };
    let settled = nir::settle(&graph, asked);
    let lowered = nir::lower(&graph, settled.options).map_err(|problems| fail(options, problems))?;
    Ok(Read { graph, settled, lowered })
}

fn fail(options: &ImportOptions, problems: Vec<Problem>) -> Failure {
    Failure(FileError { file: options.file.display().to_string(), problems }.to_string())
}

fn bits(options: &ImportOptions) -> Bits {
    Bits { weight: options.weight_bits, membrane: options.membrane_bits }
}

/// The network of integers for so many steps, where real numbers reached these peaks.
pub(super) fn integers(
    options: &ImportOptions,
    lowered: &Lowered,
    steps: u32,
    peaks: &[Vec<f64>],
) -> Result<Imported, Failure> {
    let expected = Expected { steps: Some(steps), peaks: Some(peaks) };
    nir::quantise_for(lowered, bits(options), expected).map_err(|problems| fail(options, problems))
}

/// Names and sizes of the inputs, in the order of the network's.
fn inputs(lowered: &Lowered) -> Vec<(&str, u32)> {
    let inputs = lowered.layers.iter().filter(|layer| layer.somas.is_none());
    inputs.map(|layer| (layer.name.as_str(), layer.neurons() as u32)).collect()
}

/// Spikes of a network's inputs, in their order.
pub(super) fn spikes_of(graph: &Graph) -> Vec<Vec<(u32, u32)>> {
    graph.populations.iter().filter_map(|population| population.source.clone()).collect()
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
    let finest = imported.figures.iter().map(|layer| layer.decay_bits).max().unwrap_or(0);
    if finest > crate::net::neuron::DECAY_BITS {
        notes.push(format!("decays of up to {finest} bits, where 12 (as on Loihi) would miss a leak"));
    }
    notes.extend(settled.notes.iter().chain(&lowered.notes).chain(&imported.notes).cloned());
    notes
}
