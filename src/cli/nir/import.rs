//! `import`: a NIR graph as a Spikemesh network, with a report on each layer.

use super::replace::refuse_others;
use super::{described, fail, in_options};
use crate::cli::args::{ImportArguments, import_arguments};
use crate::cli::outputs::Outputs;
use crate::cli::progress::Ui;
use crate::cli::terminal::tell;
use crate::cli::{CommandOutcome, Done, Failure, print_report, real, spikes, width, write_json};
use crate::files::{FileKind, FolderLock};
use crate::net::nir::{self, Draft};
use crate::net::spikes::Stimulus;
use crate::net::{self, Origin, SparseNetwork};
use crate::report::{IMPORT_SCHEMA, import_json, import_text};
use crate::sanafe;
use crate::session::IMPORT_SOURCE as SOURCE;

pub(in crate::cli) fn run(options: &ImportArguments, ui: &Ui) -> Done {
    if sanafe::is_named_so(&options.file) {
        return super::sanafe::run(options);
    }
    if let Some(arch) = &options.arch {
        return Err(Failure(format!("--arch {}: goes with a network of SANA-FE (.yaml)", arch.display())));
    }
    check(options)?;
    let fail = |error| fail(&options.file, error);
    let graph = nir::read(&options.file)?;
    let hint = nir::settle(&graph, options.options().asked).hint.map(|hint| format!("hint: {}", in_options(&hint)));
    let hinted =
        |Failure(why): Failure| Failure([Some(why), hint.clone()].into_iter().flatten().collect::<Vec<_>>().join("\n"));
    let draft = Draft::new(&graph, options.options()).map_err(|error| hinted(fail(error)))?;
    let fed = match options.spikes.is_empty() {
        true => Stimulus::default().feed(&draft.inputs())?,
        false => spikes::given_to(&options.spikes, &draft.inputs())?,
    };
    let steps = draft.steps(&fed);
    ui.note(format!("{} nodes, compared over {steps} steps of every layer with real numbers", graph.nodes.len()));
    let imported = draft.finish(fed).map_err(fail)?;
    let deviation = described(&imported.deviation);
    real::warn(&deviation);
    hint.iter().for_each(tell);
    let name = options.out.file_name().map_or("imported".into(), |name| name.to_string_lossy().into_owned());
    let file = options.file.file_name().unwrap_or_default().to_string_lossy();
    let mut network = imported.into_network(&name, format!("imported from the NIR graph {file}"));
    network.notes.iter_mut().for_each(|note| *note = in_options(note));
    network.imported = Some(Origin { file: SOURCE.into(), arguments: import_arguments()?, contents: None });
    save(&network, options)?;
    if let Some(path) = &options.json {
        write_json(path, &import_json(&name, &deviation, &network.notes))?;
    }
    print_report(&import_text(&name, &deviation, &network.notes, width()))?;
    Ok(CommandOutcome::Nothing)
}

fn save(network: &SparseNetwork, options: &ImportArguments) -> Result<(), Failure> {
    let source = std::fs::read(&options.file)
        .map_err(|error| Failure(format!("{}: cannot be read: {error}", options.file.display())))?;
    let _lock = FolderLock::take(&options.out)?;
    refuse_others(options)?;
    net::save(network, &options.out, &[(SOURCE.to_owned(), source)])
        .map_err(|error| Failure(format!("{}: cannot be written: {error}", options.out.display())))
}

fn check(options: &ImportArguments) -> Result<(), Failure> {
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
