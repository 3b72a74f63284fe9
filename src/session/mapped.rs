//! Mappings by themselves: what is mapped, and what a mapping costs.

use super::catalog::{self, DataOptions, NamedNetwork};
use super::deployment::Session;
use super::error::{Error, OptionField};
use super::follow::Follow;
use super::memory::check_layers;
use super::options::MapOptions;
use super::shipped::shipped;
use super::workload::{Workload, matches};
use crate::data::{Dataset, Wanted};
use crate::hw::Chip;
use crate::map::place::Placer;
use crate::map::{self, Arranged, MappingOptions, Partitioner};
use crate::net::{Graph, Layered, Network, Trained, reference};
use crate::report::{
    ContentDigest, MappingSummary, MappingTraffic, SourceKind, Stand, map_html, mapping_json, mapping_text,
    summarise_mapping,
};
use serde_json::Value;
use std::sync::Arc;

/// A mapping and its figures.
#[derive(Clone, Debug)]
pub struct Mapped {
    /// Name of the network.
    pub network: String,
    /// The chip.
    pub chip: Arc<Chip>,
    /// The network in the order of its cores, and where it is on the chip.
    pub arranged: Arranged,
    /// Its figures.
    pub summary: MappingSummary,
    /// The mapping in the network's own order, where the mapping has another order.
    pub before: Option<Arranged>,
    /// Digests of chip and network, where they were found by name.
    pub digests: Vec<ContentDigest>,
    /// Whether its search was ended early.
    pub interrupted: bool,
}

impl Mapped {
    /// The site of the core of each neuron of the network, by the network's own numbers; `None` of an input. Of a neuron that
    /// was copied it is that of the first copy.
    pub fn sites(&self) -> Vec<Option<u32>> {
        let Arranged { graph, mapping } = &self.arranged;
        let site = |core: &crate::ids::CoreId| (*core != map::NO_CORE).then(|| mapping.cores[*core].site.get());
        graph.own(mapping.core_of.iter().map(site).collect())
    }

    /// The mapping as a file that [`MapOptions::file`] takes.
    pub fn file(&self) -> Value {
        map::save(&self.network, &self.chip, &self.arranged)
    }

    /// The report as JSON.
    pub fn json(&self) -> Value {
        let mut report = mapping_json(&self.network, &self.summary);
        if self.interrupted {
            report["interrupted"] = true.into();
        }
        report
    }

    /// The report as text, in lines of `width` columns.
    pub fn text(&self, width: u16) -> String {
        mapping_text(&self.network, &self.summary, width)
    }

    /// The report as a page.
    pub fn html(&self) -> String {
        let before = self.before.as_ref().zip(self.summary.before.as_ref());
        let before = before.map(|(arranged, traffic)| Stand { arranged, traffic });
        let after = Stand { arranged: &self.arranged, traffic: &self.summary.traffic };
        map_html(&self.network, &self.chip, &self.summary, before, after)
    }
}

impl Session {
    /// The figures of a mapping from [`Session::arrange`]. Changes that would save cores are looked for unless the mapping is
    /// that of a file, or its search was ended early.
    pub fn measured(&self, arranged: Arranged, options: &MapOptions, interrupted: bool) -> Mapped {
        let Workload { name, graph, profile, .. } = self.workload();
        let (chip, spikes) = (self.chip(), profile.as_deref());
        let mut summary = summarise_mapping(chip, &arranged.graph, &arranged.mapping);
        summary.objective = options.search.objective.name();
        if options.file.is_none() && !interrupted {
            summary.savings = map::savings(graph, chip, options.search, spikes, &arranged.mapping);
        }
        let traffic = |of: &Arranged| {
            let counted = spikes.map(|spikes| map::spikes_of(&of.graph, spikes));
            MappingTraffic::of(of, chip, counted.as_deref())
        };
        let before = plain(graph, chip, options.search, &arranged, spikes);
        summary.before = before.as_ref().map(traffic);
        summary.traffic = traffic(&arranged);
        summary.notes.extend_from_slice(self.chip_notes());
        summary.origins = self.origins();
        let (network, chip, digests) = (name.clone(), self.shared_chip(), self.digests());
        Mapped { network, chip, arranged, summary, before, digests, interrupted }
    }

    /// Checks that the network fits the chip: maps it quickly, and builds its system. Broken limits are a
    /// [`MapError::DoesNotFit`](map::MapError::DoesNotFit).
    pub fn fits(self, options: &MapOptions) -> Result<(), Error> {
        self.map(&options.quick()).map(drop)
    }
}

/// The mapping in the network's own order on the chip's own order of cores, if another one was requested.
fn plain(
    graph: &Graph,
    chip: &Chip,
    MappingOptions { limits, whole, sharing, cores, .. }: MappingOptions,
    arranged: &Arranged,
    spikes: Option<&[u32]>,
) -> Option<Arranged> {
    let partitioner = Partitioner::Sequential;
    let mapping = &arranged.mapping;
    if (mapping.partitioner, mapping.placer) == (partitioner, Placer::Linear) && cores.is_none() {
        return None;
    }
    let plain = MappingOptions { limits, whole, sharing, partitioner, ..MappingOptions::default() };
    map::arrange(graph, chip, plain, spikes).ok()
}

impl Workload {
    /// A network to be mapped and not run: as trained, or from its shape, with 8-bit weights. Packets are counted by the
    /// spikes of its neurons in the first training samples, `profile` of them, if there are any.
    pub fn to_map(
        named: NamedNetwork,
        profile: u32,
        folders: &DataOptions,
        follow: &dyn Follow,
    ) -> Result<Self, Error> {
        let NamedNetwork { network, origin, digest, .. } = named;
        let refuse = |why: &str| match profile {
            0 => Ok(()),
            _ => Err(Error::field(OptionField::Profile, why)),
        };
        let (name, graph, spikes) = match network {
            Network::Sparse(network) => {
                refuse("a sparse network has no training samples")?;
                (network.name, network.graph, None)
            }
            Network::Trained(network) => with_weights(*network, profile, folders, follow)?,
            Network::Untrained(architecture) => match shipped(&architecture) {
                Some(network) => {
                    follow.note(&format!("using the trained {} that comes with the program", architecture.name));
                    with_weights(network, profile, folders, follow)?
                }
                None => {
                    refuse("the network is not trained; expected the folder of a trained one")?;
                    follow.note("not trained yet: mapped by its shape, with 8-bit weights");
                    check_layers(&architecture.stages())?;
                    let graph = Graph::by_shape(&architecture);
                    (architecture.name, graph, None)
                }
            },
        };
        let plain = Self::steps(name, Arc::new(graph), 0);
        let digests = vec![ContentDigest { what: SourceKind::Network.name(), name: plain.name.clone(), digest }];
        Ok(Self { profile: spikes.map(Arc::from), origins: origin.into_iter().collect(), digests, ..plain })
    }
}

/// Name, graph, and the spikes by which packets are counted.
type MappedNetwork = (String, Graph, Option<Vec<u32>>);

fn with_weights(
    network: Trained,
    samples: u32,
    folders: &DataOptions,
    follow: &dyn Follow,
) -> Result<MappedNetwork, Error> {
    check_layers(&network.folded.stages)?;
    let graph = Graph::from_layered(&network.quantised);
    let mut spikes = None;
    if samples > 0 {
        let steps = network.quantised.spec.time_steps;
        let dataset = catalog::data_for(&network, None, folders, (steps, Wanted::All))?;
        matches(&network, &dataset)?;
        dataset.check_training().map_err(|why| Error::field(OptionField::Profile, why.to_string()))?;
        dataset.notes.iter().for_each(|note| follow.note(&format!("note: {note}")));
        spikes = profile(samples, &network.quantised, &dataset, follow);
    }
    Ok((network.architecture.name, graph, spikes))
}

/// Spikes of all neurons in the first training samples, if requested.
#[doc(hidden)]
pub fn profile(samples: u32, network: &Layered, dataset: &Dataset, follow: &dyn Follow) -> Option<Vec<u32>> {
    if samples == 0 {
        return None;
    }
    let count = dataset.train.len().min(samples as usize);
    follow.note(&format!("traffic is weighted by the spikes of {count} training samples"));
    Some(reference::spikes(network, (0..count).map(|sample| dataset.train.sample(sample).0)))
}
