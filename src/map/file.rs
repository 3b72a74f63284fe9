//! Mapping files, `spikemesh.mapping/1`: the neurons on each site.
//!
//! ```json
//! {"format": "spikemesh.mapping/1", "network": "digits-mlp", "chip": "loihi",
//!  "partitioner": "multilevel", "placer": "annealing",
//!  "cores": [
//!    {"site": 4, "population": "dense1", "neurons": [[0, 63], [70, 70]]},
//!    {"site": 0, "population": "dense1", "neurons": [[64, 69], [71, 127]]}]}
//! ```
//!
//! `neurons` are ranges within the population, both ends included, in the order in which the core holds them. A core of
//! several populations has them as a list:
//!
//! ```json
//!    {"site": 4, "parts": [{"population": "dense1", "neurons": [[0, 63]]}, {"population": "dense2", "neurons": [[0, 9]]}]}
//! ```
//!
//! Every neuron on the chip is on one core, and every core on a different site. `"splits": true` says that neurons with more
//! inputs than a core takes were split: the populations of their partial sums are those that the same chip gives again.

use super::arranged::{Arranged, CoreParts, realise};
use super::place::Placer;
use super::{CorePart, Limits, MapError, MappingOptions, Partitioner, Sharing, copies, split};
use crate::hw::Chip;
use crate::ids::SiteId;
use crate::json::record::record;
use crate::json::schema::{Name, schema_of};
use crate::json::shape::{by, constant, elsewhere, flag, optional, text, word};
use crate::json::{Cursor, Document, FileError, FileRecord, Object};
use crate::net::Graph;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use thiserror::Error;

/// The format of mapping files.
pub const FORMAT: &str = "spikemesh.mapping/1";

/// Largest mapping file.
pub const MAX_FILE_BYTES: u64 = 1 << 30;

/// Why a mapping file cannot be used.
#[doc(hidden)]
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum LoadError {
    /// The file breaks a rule, or does not fit the network or the chip.
    #[error(transparent)]
    File(#[from] FileError),
    /// Cores hold more than they can.
    #[error(transparent)]
    Map(#[from] MapError),
}

/// The JSON Schema of mapping files.
pub fn schema() -> Value {
    schema_of::<MappingFile>()
}

/// A mapping as a file.
pub fn save(network: &str, chip: &Chip, arranged: &Arranged) -> Value {
    let Arranged { graph, mapping } = arranged;
    let part = |part: &CorePart| {
        let population = &graph.populations[part.population as usize];
        let neurons = part.neurons.clone().map(|neuron| graph.order.before(neuron) - population.first);
        json!({"population": population.name, "neurons": ranges(neurons)})
    };
    let core = |core: &super::CoreLoad| {
        let mut file = match &core.parts[..] {
            [only] => part(only),
            parts => json!({"parts": parts.iter().map(part).collect::<Value>()}),
        };
        file["site"] = core.site.get().into();
        file
    };
    let mut file = json!({
        "format": FORMAT,
        "network": network,
        "chip": chip.name,
        "partitioner": mapping.partitioner.name(),
        "placer": mapping.placer.name(),
        "cores": mapping.cores.iter().map(core).collect::<Vec<_>>(),
    });
    if graph.whole.is_some() {
        file["splits"] = true.into();
    }
    file
}

/// Consecutive numbers as ranges.
fn ranges(numbers: impl Iterator<Item = u32>) -> Vec<[u32; 2]> {
    let mut all: Vec<[u32; 2]> = Vec::new();
    for number in numbers {
        match all.last_mut() {
            Some([_, last]) if *last + 1 == number => *last = number,
            _ => all.push([number, number]),
        }
    }
    all
}

/// Reads the mapping of a network on a chip; `spikes` are as for [`super::arrange`].
pub fn load(
    document: Document,
    graph: &Graph,
    chip: &Chip,
    options: MappingOptions,
    spikes: Option<&[u32]>,
) -> Result<Arranged, LoadError> {
    let split = split_as(&document, graph, chip, options.sharing);
    let graph = split.as_ref().unwrap_or(graph);
    let read = MappingFile::read(&document.root(), (graph, chip));
    let MappingFile { partitioner, placer, cores, .. } = document.finish(read)?;
    let mut violations = match super::kinds::are_plain(chip) {
        true => super::check::network(graph, chip)?,
        // Cores of each kind are checked with what they hold.
        false => super::check::overflow(graph).map_or(Ok(Vec::new()), Err)?,
    };
    let options = MappingOptions { partitioner, placer, ..options };
    let mut arranged = realise(graph, chip, options, spikes, &cores);
    violations.append(&mut arranged.mapping.violations);
    if split.is_none()
        && !options.whole
        && !violations.is_empty()
        && let Err(reason) = split::fitting(graph, chip)
    {
        split::explain_each(&mut violations, &reason);
    }
    if options.limits == Limits::Enforce && !violations.is_empty() {
        return Err(MapError::DoesNotFit { chip: chip.name.clone(), violations }.into());
    }
    super::check::sizes(&arranged.graph, &arranged.mapping.cores)?;
    arranged.mapping.violations = violations;
    Ok(arranged)
}

record! {
    /// # Mapping of Spikemesh
    ///
    /// Which neurons of a network are on which core of a chip.
    struct MappingFile given (&Graph, &Chip) {
        /// The format of this file.
        format: () = constant(FORMAT);
        /// The name of the network, for people.
        network: String = text();
        /// The name of the chip.
        chip: () = by::<Name, _, _>(read_chip);
        /// How neurons were shared out among cores.
        partitioner: Partitioner = word();
        /// How cores were placed.
        placer: Placer = word();
        /// Whether neurons with more inputs than a core takes were split.
        splits: () = elsewhere(optional(flag()));
        /// The cores in use: site, population and ranges of neurons; or site and parts, each of a population and ranges of
        /// its neurons.
        cores: Vec<CoreParts> = by::<Vec<BTreeMap<String, Value>>, _, _>(read_cores);
        /// The schema against which an editor checks the file; no reader uses it.
        schema as "$schema": Option<String> = optional(text());
    }
}

/// The network with its neurons split or copied, if the file says that they are.
fn split_as(document: &Document, graph: &Graph, chip: &Chip, sharing: Sharing) -> Option<Graph> {
    let splits = document.root().field("splits").filter(|c| c.flag() == Some(true))?;
    match split::fitting(graph, chip) {
        Ok(Some(split)) => return Some(split),
        Ok(None) if let Some(copied) = copies::fitting(graph, chip, sharing) => return Some(copied),
        Ok(None) => {
            splits.problem("found true, but no neuron of this network has more inputs than a core of this chip takes")
        }
        Err(reason) => splits.problem(format!("found true, but neurons are not split here: {reason}")),
    }
    None
}

fn read_chip(cursor: &Cursor<'_>, (_, chip): (&Graph, &Chip)) -> Option<()> {
    cursor.choice(&[chip.name.as_str()]).map(drop)
}

fn read_cores(cursor: &Cursor<'_>, (graph, chip): (&Graph, &Chip)) -> Option<Vec<CoreParts>> {
    let sites = chip.noc.cores() as usize;
    let mut reader = CoreReader { graph, taken: vec![false; graph.neurons()], sites: vec![false; sites] };
    // All of them first: collecting into an `Option` would stop at the first error.
    let cores: Vec<_> = cursor.list(1..=sites)?.iter().map(|core| reader.core(core)).collect();
    let cores = cores.into_iter().collect::<Option<Vec<CoreParts>>>()?;
    for population in graph.populations.iter().filter(|population| population.source.is_none()) {
        let missing = population.range().filter(|neuron| !reader.taken[*neuron]).count();
        if missing > 0 {
            cursor.problem(format!("{missing} neurons of {} are on no core", population.name));
        }
    }
    Some(cores)
}

struct CoreReader<'a> {
    graph: &'a Graph,
    taken: Vec<bool>,
    sites: Vec<bool>,
}

impl CoreReader<'_> {
    fn core(&mut self, cursor: &Cursor<'_>) -> Option<CoreParts> {
        let object = cursor.object(&["site", "population", "neurons", "parts"])?;
        let most = self.sites.len() as u32 - 1;
        let site = object.need("site").and_then(|c| c.unsigned(0..=most));
        let parts = match object.get("parts") {
            None => self.part(&object).map(|part| vec![part]),
            Some(parts) => {
                for name in ["population", "neurons"] {
                    if object.get(name).is_some() {
                        object.problem(format!("\"{name}\" beside \"parts\": each part has its own"));
                    }
                }
                self.parts(&parts)
            }
        };
        if let Some(site) = site
            && std::mem::replace(&mut self.sites[site as usize], true)
        {
            object.problem(format!("a second core on site {site}"));
            return None;
        }
        let mut parts = parts?;
        // In the order of the populations, in which cores work on them.
        parts.sort_by_key(|(population, _)| *population);
        Some(CoreParts { site: SiteId::new(site?), parts })
    }

    fn parts(&mut self, cursor: &Cursor<'_>) -> Option<Vec<(u32, Vec<u32>)>> {
        let list = cursor.list(1..=self.graph.populations.len())?;
        let part = |one: &Cursor<'_>| self.part(&one.object(&["population", "neurons"])?);
        let parts: Vec<_> = list.iter().map(part).collect();
        let parts = parts.into_iter().collect::<Option<Vec<_>>>()?;
        let twice = |at: &usize| parts[..*at].iter().any(|(population, _)| *population == parts[*at].0);
        if let Some(at) = (0..parts.len()).find(twice) {
            let name = &self.graph.populations[parts[at].0 as usize].name;
            cursor.problem(format!("{name} a second time: a core has one part of a population"));
            return None;
        }
        Some(parts)
    }

    /// The population and the neurons of a part, or of a core that has one.
    fn part(&mut self, object: &Object<'_>) -> Option<(u32, Vec<u32>)> {
        let on_chip: Vec<usize> =
            (0..self.graph.populations.len()).filter(|at| self.graph.populations[*at].source.is_none()).collect();
        let names: Vec<&str> = on_chip.iter().map(|at| self.graph.populations[*at].name.as_str()).collect();
        let population = object.need("population").and_then(|c| c.choice(&names)).map(|at| on_chip[at]);
        let ranges = object.need("neurons");
        let (population, ranges) = (population?, ranges?);
        let count = self.graph.populations[population].count;
        let lists: Vec<_> =
            ranges.list(1..=count as usize)?.iter().map(|range| self.range(range, population)).collect();
        let neurons = lists.into_iter().collect::<Option<Vec<_>>>()?.concat();
        Some((population as u32, neurons))
    }

    fn range(&mut self, cursor: &Cursor<'_>, population: usize) -> Option<Vec<u32>> {
        let population = &self.graph.populations[population];
        let ends = cursor.list(2..=2)?;
        let end = |at: usize| ends[at].unsigned(0..=population.count - 1);
        let (first, last) = (end(0)?, end(1)?);
        let neurons = first + population.first..=last + population.first;
        if let Some(twice) = neurons.clone().find(|neuron| self.taken[*neuron as usize]) {
            cursor.problem(format!("neuron {} of {} a second time", twice - population.first, population.name));
            return None;
        }
        neurons.clone().for_each(|neuron| self.taken[neuron as usize] = true);
        Some(neurons.collect())
    }
}
