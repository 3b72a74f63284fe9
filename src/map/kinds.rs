//! Cores that differ: which populations go to cores of which kind.
//!
//! All neurons of a population are on cores of one kind. Where every population takes one core of each kind that it fits,
//! populations and cores are matched, so that all are placed if that is possible at all; otherwise the populations that
//! take most cores choose first, each the kind of which it takes the fewest of the cores that are left. Then every kind is
//! filled as a chip of such cores is. A core that stores kernels once ([`layers`](super::layers)) holds one population.

use super::check::{self, MapError, Violation};
use super::layers::{self, LayerOnCore};
use super::partition::{self, Ranges};
use super::{CoreLoad, Limits, Sharing};
use crate::hw::Chip;
use crate::ids::{CoreId, SiteId};
use crate::net::Graph;
use crate::text::some_of;
use petgraph::algo::maximum_matching;
use petgraph::graph::{NodeIndex, UnGraph};

/// Most names in a message.
const MOST_NAMES: usize = 6;

/// Whether cores are alike, and hold any neurons.
pub(super) fn are_plain(chip: &Chip) -> bool {
    !chip.kinds.are_named() && chip.core.synapses.kernels().is_none()
}

/// Divides a network among the cores of a chip: the cores in use, and the limits that are broken.
pub(super) fn partition(
    net: &Graph,
    chip: &Chip,
    how: (Limits, Sharing),
    tiles: &[u32],
) -> Result<(Vec<CoreLoad>, Vec<Violation>), MapError> {
    if are_plain(chip) {
        let mut violations = check::network(net, chip)?;
        let (cores, more) = partition::partition(net, chip, how, tiles)?;
        violations.extend(more);
        violations.extend(check::axons_out(net, &cores, chip));
        violations.extend(check::targets(net, &super::core_of(net, &cores), chip));
        return Ok((cores, violations));
    }
    let kinds = OnKinds::new(net, chip);
    let (of_population, mut violations) = kinds.assigned()?;
    let mut all = Vec::new();
    for (kind, view) in kinds.views.iter().enumerate() {
        let holds: Vec<bool> = of_population.iter().map(|own| *own == Some(kind)).collect();
        if !holds.contains(&true) {
            continue;
        }
        let part = only(net, &holds);
        let (cores, found) = match view.core.synapses.kernels() {
            None => partition::partition(&part, view, how, tiles)?,
            Some(_) => kinds.whole(&part, kind, how.0),
        };
        // What one population alone breaks is known.
        // So is that there are too few cores.
        let is_new = |found: &Violation| {
            let few = found.limit == chip.kinds.path(kind, TILES);
            !violations.iter().any(|known: &Violation| known.limit == found.limit || few && known.limit == CORES)
        };
        let found: Vec<Violation> = found.into_iter().map(|found| named(found, chip, kind)).filter(is_new).collect();
        violations.extend(found);
        all.extend(cores.into_iter().map(|core| CoreLoad { kind: kind as u8, ..core }));
    }
    all.sort_by_key(|core| core.numbers().next());
    partition::count_axons_out(net, &mut all);
    violations.extend(axons_out(net, chip, &all));
    Ok((all, violations))
}

/// Loads of cores that hold these neurons, each at a site, and the limits that they break.
pub(super) fn loads(net: &Graph, chip: &Chip, cores: &[(SiteId, Ranges)]) -> (Vec<CoreLoad>, Vec<Violation>) {
    if are_plain(chip) {
        let ranges: Vec<Ranges> = cores.iter().map(|(_, ranges)| ranges.clone()).collect();
        let (loads, mut violations) = partition::loads(net, chip, &ranges);
        violations.extend(check::axons_out(net, &loads, chip));
        violations.extend(check::targets(net, &super::core_of(net, &loads), chip));
        return (loads, violations);
    }
    let kinds = OnKinds::new(net, chip);
    let (mut all, mut violations) = (Vec::new(), Vec::new());
    for (kind, view) in kinds.views.iter().enumerate() {
        let here = cores.iter().enumerate().filter(|(_, (site, _))| chip.kind_at(*site) == kind);
        let (places, ranges): (Vec<usize>, Vec<Ranges>) = here.map(|(at, (_, ranges))| (at, ranges.clone())).unzip();
        if ranges.is_empty() {
            continue;
        }
        let mut holds = vec![false; net.populations.len()];
        ranges.iter().flatten().for_each(|(population, _)| holds[*population as usize] = true);
        let mut found = check::network_of(net, view, &holds).unwrap_or_default();
        let (mut loads, more) = partition::loads(net, view, &ranges);
        found.extend(more);
        for load in loads.iter_mut().filter(|_| view.core.synapses.kernels().is_some()) {
            found.extend(kinds.hold_whole(load, kind));
        }
        violations.extend(found.into_iter().map(|found| named(found, chip, kind)));
        all.extend(places.into_iter().zip(loads.into_iter().map(|core| CoreLoad { kind: kind as u8, ..core })));
    }
    all.sort_by_key(|(at, _)| *at);
    let mut loads: Vec<CoreLoad> = all.into_iter().map(|(_, load)| load).collect();
    partition::count_axons_out(net, &mut loads);
    violations.extend(axons_out(net, chip, &loads));
    (loads, violations)
}

/// Checks the outgoing axons of the cores of each kind, and those that their neurons reach.
fn axons_out(net: &Graph, chip: &Chip, cores: &[CoreLoad]) -> Vec<Violation> {
    let core_of = super::core_of(net, cores);
    let of_kind = |kind: usize| {
        let is_own = |core: &CoreLoad| usize::from(core.kind) == kind;
        let own: Vec<CoreLoad> = cores.iter().filter(|core| is_own(core)).cloned().collect();
        let view = chip.of_kind(kind);
        let here = |core: CoreId| cores.get(core.index()).is_some_and(is_own);
        let found = [check::axons_out(net, &own, &view), check::targets_from(net, &core_of, &view, here)];
        found.into_iter().flatten().map(move |found| named(found, chip, kind))
    };
    (0..chip.kinds().len()).flat_map(of_kind).collect()
}

/// The network with the other populations as if they were not on the chip.
fn only(net: &Graph, holds: &[bool]) -> Graph {
    let mut part = net.clone();
    let others = part.populations.iter_mut().zip(holds).filter(|(_, holds)| !**holds);
    others.for_each(|(population, _)| {
        population.source.get_or_insert_default();
    });
    part
}

/// A broken limit of a kind of cores, by its path in the chip file.
fn named(found: Violation, chip: &Chip, kind: usize) -> Violation {
    if found.limit == MESH {
        let name = &chip.kinds()[kind].name;
        return Violation {
            limit: chip.kinds.path(kind, TILES),
            place: format!("what goes to cores of kind {name}, in cores,"),
            remedy: format!("it would fit with {} cores of this kind", found.needed),
            ..found
        };
    }
    let Some(value) = found.limit.strip_prefix("core.") else { return found };
    // A limit that the kind has from the chip's core is that one.
    let is_own = |(path, _): &(String, String)| path == value || path.starts_with(&format!("{value}."));
    if !chip.kind_changes(kind).iter().any(is_own) && !value.starts_with("synapses") {
        return found;
    }
    let limit = chip.kinds.path(kind, value);
    Violation { remedy: found.remedy.replace(&found.limit, &limit), limit, ..found }
}

/// The limit on the number of cores, of those of a kind, and of those of several kinds.
const MESH: &str = "mesh";
const TILES: &str = "tiles";
const CORES: &str = "cores";

/// A network and a chip whose cores differ.
struct OnKinds<'a> {
    net: &'a Graph,
    chip: &'a Chip,
    /// The chip as if all its cores were of a kind, by kind.
    views: Vec<Chip>,
    heard: Vec<Vec<usize>>,
}

/// What a population takes of cores of a kind.
struct KindFit {
    /// Cores, if it is on none of another population.
    cores: u64,
    broken: Vec<Violation>,
}

impl<'a> OnKinds<'a> {
    fn new(net: &'a Graph, chip: &'a Chip) -> Self {
        let views = (0..chip.kinds().len()).map(|kind| chip.of_kind(kind)).collect();
        Self { net, chip, views, heard: layers::heard(net) }
    }

    fn layer(&self, population: usize) -> LayerOnCore {
        layers::layer(self.net, population, &self.heard)
    }

    /// How a population fits cores of a kind, if it does.
    fn fit(&self, population: usize, kind: usize) -> Result<KindFit, MapError> {
        let (net, view) = (self.net, &self.views[kind]);
        let mut holds = vec![false; net.populations.len()];
        holds[population] = true;
        let mut broken = check::network_of(net, view, &holds)?;
        let part = only(net, &holds);
        let (cores, found) = match view.core.synapses.kernels() {
            None => partition::partition(&part, view, (Limits::Enforce, Sharing::Never), &[])?,
            Some(_) => self.whole(&part, kind, Limits::Enforce),
        };
        broken.extend(found.into_iter().filter(|found| found.limit != MESH));
        Ok(KindFit { cores: cores.len() as u64, broken })
    }

    /// The kind of cores for each population on the chip, and why some fit none.
    fn assigned(&self) -> Result<(Vec<Option<usize>>, Vec<Violation>), MapError> {
        let on_chip: Vec<usize> =
            (0..self.net.populations.len()).filter(|at| self.net.populations[*at].source.is_none()).collect();
        let (mut of_population, mut violations) = (vec![None; self.net.populations.len()], Vec::new());
        let mut needs: Vec<(usize, Vec<Option<u64>>)> = Vec::new();
        let mut broken: Vec<Vec<Vec<Violation>>> = Vec::new();
        for population in on_chip {
            let fits: Vec<KindFit> =
                (0..self.views.len()).map(|kind| self.fit(population, kind)).collect::<Result<_, _>>()?;
            // Where it fits none, those that it is nearest to fitting.
            let nearest = fits.iter().map(KindFit::excess).min();
            let need = |fit: &KindFit| (Some(fit.excess()) == nearest).then_some(fit.cores);
            needs.push((population, fits.iter().map(need).collect()));
            broken.push(fits.into_iter().map(|fit| fit.broken).collect());
        }
        let seats: Vec<u64> = self.views.iter().map(|view| view.seats().into()).collect();
        let list: Vec<&[Option<u64>]> = needs.iter().map(|(_, needs)| needs.as_slice()).collect();
        let is_matching = list.iter().copied().flatten().flatten().all(|cores| *cores == 1);
        let found = if is_matching { matched(&list, &seats) } else { first_fit(&list, &seats) };
        if is_matching && found.contains(&None) {
            violations.extend(self.too_few(&needs, &found));
        }
        let mut of_layers = Vec::new();
        for (((population, needs), kind), mut broken) in needs.iter().zip(found).zip(broken) {
            // Where there are too few cores: on those of the first kind that it fits.
            let kind = kind.or_else(|| needs.iter().position(Option::is_some));
            of_population[*population] = kind;
            let found = kind.map(|kind| (kind, std::mem::take(&mut broken[kind])));
            of_layers.extend(
                found
                    .into_iter()
                    .flat_map(|(kind, found)| found.into_iter().map(move |found| named(found, self.chip, kind))),
            );
        }
        violations.extend(worst_of_each(of_layers));
        Ok((of_population, violations))
    }

    /// Populations that compete for too few cores: those that a population without a core could only take one from.
    fn too_few(&self, needs: &[(usize, Vec<Option<u64>>)], found: &[Option<usize>]) -> Option<Violation> {
        let first = found.iter().position(Option::is_none)?;
        let mut kinds: Vec<bool> = needs[first].1.iter().map(Option::is_some).collect();
        let mut among = vec![first];
        loop {
            let joins = |at: &usize| !among.contains(at) && found[*at].is_some_and(|kind| kinds[kind]);
            let Some(next) = (0..needs.len()).find(joins) else { break };
            needs[next].1.iter().zip(&mut kinds).for_each(|(need, kind)| *kind |= need.is_some());
            among.push(next);
        }
        among.sort_unstable();
        let names: Vec<&str> = among.iter().map(|at| self.net.populations[needs[*at].0].name.as_str()).collect();
        let allowed: u64 =
            self.views.iter().zip(&kinds).filter(|(_, is)| **is).map(|(view, _)| u64::from(view.seats())).sum();
        let kinds = self.chip.kinds().iter().zip(&kinds).filter(|(_, is)| **is);
        let kinds: Vec<&str> = kinds.map(|(kind, _)| kind.name.as_str()).collect();
        Some(Violation {
            limit: CORES.into(),
            place: format!("{}, each on a core of {},", some_of(&names, MOST_NAMES), some_of(&kinds, MOST_NAMES)),
            needed: among.len() as u64,
            allowed,
            remedy:
                "no other kind has room for them: make one of these layers smaller, or use a chip with more such cores"
                    .into(),
        })
    }

    /// Populations on cores that store kernels once: each on one of its own. Where limits are only reported, and there are
    /// too few cores, the last one holds all that are left.
    fn whole(&self, part: &Graph, kind: usize, limits: Limits) -> (Vec<CoreLoad>, Vec<Violation>) {
        let view = &self.views[kind];
        let own = part.populations.iter().enumerate().filter(|(_, population)| population.source.is_none());
        let mut cores: Vec<Ranges> = own.map(|(at, p)| vec![(at as u32, p.first..p.first + p.count)]).collect();
        let (needed, seats) = (cores.len(), view.seats() as usize);
        let mut violations = Vec::new();
        if needed > seats {
            let (needed, allowed) = (needed as u64, seats as u64);
            let (place, remedy) = (String::new(), String::new());
            violations.push(Violation { limit: MESH.into(), place, needed, allowed, remedy });
            if limits == Limits::Report {
                let rest = cores.split_off(seats.max(1));
                cores.last_mut().into_iter().for_each(|last| last.extend(rest.iter().flatten().cloned()));
            }
        }
        let (mut loads, more) = partition::loads(part, view, &cores);
        violations.extend(more);
        loads.iter_mut().for_each(|load| violations.extend(self.hold_whole(load, kind)));
        (loads, violations)
    }

    /// Fills in what a core that stores kernels once holds; gives the limits that are broken.
    fn hold_whole(&self, load: &mut CoreLoad, kind: usize) -> Vec<Violation> {
        let view = &self.views[kind];
        let Some(kernels) = view.core.synapses.kernels() else { return Vec::new() };
        let mut violations = Vec::new();
        let populations: Vec<usize> = load.parts.iter().map(|part| part.population as usize).collect();
        let layers: Vec<LayerOnCore> = populations.iter().map(|at| self.layer(*at)).collect();
        let words: u64 = layers.iter().map(|layer| layer.shape.kernel_words()).sum();
        load.memory_bits = words.saturating_mul(view.core.limits.weight_bits.into());
        let counts = populations.iter().map(|at| self.net.populations[*at].count);
        let is_whole = counts.sum::<u32>() == load.neurons();
        if populations.len() > 1 || !is_whole {
            violations.push(Violation {
                limit: "core.synapses".into(),
                place: format!("{}, by the layers on it,", check::place_name(self.net, load)),
                needed: populations.len().max(2) as u64,
                allowed: 1,
                remedy: "a core that stores kernels once holds one layer, as a whole".into(),
            });
        }
        violations.extend(layers.iter().flat_map(|layer| layer.broken(kernels)));
        violations
    }
}

impl KindFit {
    /// By how much its limits are broken: the largest factor (in thousandths), and their number.
    fn excess(&self) -> (Option<u128>, usize) {
        let factor = |found: &Violation| (u128::from(found.needed) * 1000).div_ceil(found.allowed.max(1).into());
        (self.broken.iter().map(factor).max(), self.broken.len())
    }
}

/// Keeps the worst place of each limit.
fn worst_of_each(all: Vec<Violation>) -> Vec<Violation> {
    let mut worst: Vec<Violation> = Vec::new();
    for found in all {
        match worst.iter_mut().find(|known| known.limit == found.limit) {
            Some(known) if known.needed >= found.needed => {}
            Some(known) => *known = found,
            None => worst.push(found),
        }
    }
    worst
}

/// A kind for as many populations as possible, where each takes one core.
fn matched(needs: &[&[Option<u64>]], seats: &[u64]) -> Vec<Option<usize>> {
    let mut graph = UnGraph::<(), ()>::default();
    let populations: Vec<NodeIndex> = needs.iter().map(|_| graph.add_node(())).collect();
    let mut kind_of = Vec::new();
    for (kind, seats) in seats.iter().enumerate() {
        // No kind needs more cores than there are populations.
        for _ in 0..(*seats).min(needs.len() as u64) {
            let seat = graph.add_node(());
            kind_of.push((seat, kind));
            for (population, needs) in populations.iter().zip(needs) {
                if needs[kind].is_some() {
                    graph.add_edge(*population, seat, ());
                }
            }
        }
    }
    let matching = maximum_matching(&graph);
    let kind = |population: &NodeIndex| {
        let seat = matching.mate(*population)?;
        kind_of.iter().find(|(node, _)| *node == seat).map(|(_, kind)| *kind)
    };
    populations.iter().map(kind).collect()
}

/// A kind for each population, those that take most cores first; where none has enough cores left, the one of which it
/// takes the fewest.
fn first_fit(needs: &[&[Option<u64>]], seats: &[u64]) -> Vec<Option<usize>> {
    let least = |at: usize| needs[at].iter().flatten().min().copied().unwrap_or(0);
    let mut order: Vec<usize> = (0..needs.len()).collect();
    order.sort_by_key(|at| (std::cmp::Reverse(least(*at)), *at));
    let mut free = seats.to_vec();
    let mut found = vec![None; needs.len()];
    for at in order {
        let fitting = || needs[at].iter().enumerate().filter_map(|(kind, need)| Some((kind, (*need)?)));
        let key = |(kind, need): &(usize, u64)| (*need, std::cmp::Reverse(free[*kind]), *kind);
        let best = fitting().filter(|(kind, need)| *need <= free[*kind]).min_by_key(key);
        let Some((kind, need)) = best.or_else(|| fitting().min_by_key(key)) else { continue };
        free[kind] = free[kind].saturating_sub(need);
        found[at] = Some(kind);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_matching_is_found_where_the_first_fit_would_fail() {
        // The first population fits both kinds, the second only the first kind; one core each.
        let (both, one): (&[Option<u64>], &[Option<u64>]) = (&[Some(1), Some(1)], &[Some(1), None]);
        assert_eq!(matched(&[both, one], &[1, 1]), [Some(1), Some(0)]);
        assert_eq!(first_fit(&[both, one], &[1, 1]), [Some(0), Some(0)], "the first takes what the second needs");
        // Three populations for two cores.
        assert_eq!(matched(&[one, one, both], &[1, 1]).iter().flatten().count(), 2);
    }

    #[test]
    fn those_that_take_most_choose_first() {
        let needs: [&[Option<u64>]; 3] = [&[Some(1), Some(1)], &[Some(4), Some(2)], &[Some(3), None]];
        assert_eq!(first_fit(&needs, &[3, 2]), [Some(0), Some(1), Some(0)]);
        assert_eq!(first_fit(&needs, &[4, 2]), [Some(0), Some(1), Some(0)]);
    }
}
