//! Parameters of the neurons of a population: the same for all of them, or of each neuron its own.

use super::Params;
use crate::digest::{self, Digest, Stable};
use std::collections::HashMap;
use std::ops::Range;

/// Parameters of the neurons of a population, which have one model.
///
/// A *setting* is a set of parameters that some of the neurons have. Most populations have one; with two or more, each
/// neuron has its place in the table of settings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// The settings in the order of their first neurons, none twice; never empty.
    table: Vec<Params>,
    /// By neuron: its place in the table. Empty if there is one setting.
    place: Vec<u32>,
}

impl From<Params> for Settings {
    fn from(params: Params) -> Self {
        Self { table: vec![params], place: Vec::new() }
    }
}

impl Settings {
    /// From the parameters of each neuron; `None` for no neuron.
    pub fn of_each(all: impl IntoIterator<Item = Params>) -> Option<Self> {
        let (mut table, mut place) = (Vec::new(), Vec::new());
        // Places by digest: equal parameters have equal digests, and others rarely do.
        let mut known: HashMap<u64, Vec<u32>> = HashMap::new();
        for params in all {
            let same = known.entry(digest::of("setting", &params)).or_default();
            let found = same.iter().copied().find(|at| table[*at as usize] == params);
            let at = found.unwrap_or(table.len() as u32);
            if found.is_none() {
                same.push(at);
                table.push(params);
            }
            place.push(at);
        }
        if table.len() <= 1 {
            place = Vec::new();
        }
        (!table.is_empty()).then_some(Self { table, place })
    }

    /// The parameters of the first neuron. All neurons have its model, and fire if it does.
    pub fn first(&self) -> &Params {
        &self.table[0]
    }

    /// The parameters of a neuron by its number in the population.
    pub fn of(&self, neuron: usize) -> &Params {
        &self.table[self.place.get(neuron).map_or(0, |place| *place as usize)]
    }

    /// The different settings, in the order of their first neurons.
    pub fn distinct(&self) -> &[Params] {
        &self.table
    }

    /// The position of a neuron's setting among [`Settings::distinct`].
    pub fn place(&self, neuron: usize) -> usize {
        self.place.get(neuron).map_or(0, |place| *place as usize)
    }

    /// Whether all neurons have the same parameters.
    pub fn is_one(&self) -> bool {
        self.table.len() == 1
    }

    /// Runs of neighbours with equal parameters among some neurons of the population, in order; none is empty.
    pub fn runs(&self, neurons: Range<u32>) -> impl Iterator<Item = (Range<u32>, &Params)> {
        let mut next = neurons.start;
        std::iter::from_fn(move || {
            if next >= neurons.end {
                return None;
            }
            let start = next;
            next = match self.place.get(start as usize..neurons.end as usize) {
                None | Some([]) => neurons.end,
                Some(places) => {
                    let equal = places.iter().take_while(|place| **place == places[0]).count();
                    start + equal as u32
                }
            };
            Some((start..next, self.of(start as usize)))
        })
    }

    /// The same neurons after a change of their parameters.
    pub fn changed(&self, mut change: impl FnMut(&mut Params)) -> Self {
        let mut table = self.table.clone();
        table.iter_mut().for_each(&mut change);
        let place = self.place.iter().map(|place| table[*place as usize]);
        // Settings may have become equal.
        Self::of_each(place).unwrap_or_else(|| table[0].into())
    }

    /// The settings of these neurons, by their numbers in the population, in this order.
    pub(in crate::net) fn arranged(&self, neurons: impl Iterator<Item = usize>) -> Self {
        match self.is_one() {
            true => self.clone(),
            false => Self::of_each(neurons.map(|neuron| *self.of(neuron))).unwrap_or_else(|| self.clone()),
        }
    }

    /// Whether some neurons have such parameters.
    pub fn any(&self, has: impl Fn(&Params) -> bool) -> bool {
        self.table.iter().any(has)
    }

    /// Whether the neurons fire.
    pub fn fires(&self) -> bool {
        self.first().fires
    }

    /// The most bits that a membrane has.
    pub fn membrane_bits(&self) -> u32 {
        self.table.iter().map(|params| params.membrane_bits).max().unwrap_or(0)
    }

    /// The model's name.
    pub fn name(&self) -> &'static str {
        self.first().name()
    }

    /// Whether the neurons send sums instead of spikes, and are no neurons of the network.
    pub fn sends_sums(&self) -> bool {
        self.first().sends_sums()
    }

    /// Whether the model can integrate and fire with every packet, without waiting for a time step.
    pub fn is_event_driven(&self) -> bool {
        self.first().is_event_driven()
    }

    /// Whether every clock edge is an event for the model, on which it compares even if nothing changed.
    pub fn acts_on_edges(&self) -> bool {
        self.first().acts_on_edges()
    }

    /// Whether some membrane changes by itself from step to step.
    pub fn leaks(&self) -> bool {
        self.any(Params::leaks)
    }

    /// Model and parameters for a report; of several settings the first one and their number.
    pub fn describe(&self) -> String {
        match self.table.len() {
            1 => self.first().describe(),
            settings => format!("{}, the first of {settings} settings", self.first().describe()),
        }
    }
}

/// One setting has the digest of its parameters.
impl Stable for Settings {
    fn add_to(&self, digest: &mut Digest) {
        let Self { table, place } = self;
        if let [one] = &table[..] {
            return digest.add(one);
        }
        // No model has this number.
        digest.word(u64::MAX);
        digest.add(table);
        digest.add(place);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::net::neuron::{Lif, Model, Reset};

    fn lif(decay: u32) -> Params {
        let model = Model::Lif(Lif { decay, bits: 12 });
        Params { model, reset: Reset::Zero, fraction_bits: 0, membrane_bits: 24, fires: true }
    }

    fn runs(settings: &Settings, range: Range<u32>) -> Vec<(Range<u32>, Params)> {
        settings.runs(range).map(|(run, params)| (run, *params)).collect()
    }

    #[test]
    fn runs_are_the_longest_of_equal_neighbours() {
        let settings = Settings::of_each([3, 3, 5, 3, 7, 7].map(lif)).unwrap();
        assert_eq!(settings.distinct(), [3, 5, 7].map(lif));
        let all = [(0..2, lif(3)), (2..3, lif(5)), (3..4, lif(3)), (4..6, lif(7))];
        assert_eq!(runs(&settings, 0..6), all);
        assert_eq!(runs(&settings, 1..5), [(1..2, lif(3)), (2..3, lif(5)), (3..4, lif(3)), (4..5, lif(7))]);
        assert_eq!(runs(&settings, 2..2), []);
        assert_eq!(runs(&lif(3).into(), 4..9), [(4..9, lif(3))]);
        assert_eq!((settings.place(3), settings.of(4)), (0, &lif(7)));
    }

    #[test]
    fn one_setting_is_one_however_it_was_made() {
        let one = Settings::of_each([lif(3), lif(3)]).unwrap();
        assert_eq!((&one, one.is_one()), (&lif(3).into(), true));
        let two = Settings::of_each([lif(3), lif(4)]).unwrap();
        let changed = two.changed(|params| *params = lif(3));
        assert_eq!(changed, one);
        assert_eq!(two.arranged([1, 0].into_iter()), Settings::of_each([lif(4), lif(3)]).unwrap());
        assert_eq!(Settings::of_each([]), None);
    }
}
