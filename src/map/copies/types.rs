//! Types of axons: each axon has one, and it picks the same of a few weights of every neuron of the core.

use crate::ids::CoreId;
use crate::net::Graph;
use std::collections::BTreeMap;

/// WeightClasses of weights: if every axon has weights of one class only, its type is its class.
///
/// Of a neuron, the weights of each sign are in order of their size: the largest positive ones of all neurons are of
/// one class, and so on.
pub(super) struct WeightClasses {
    /// Distinct weights of each neuron, ascending, without 0; empty where the sign alone makes the class.
    weights: Vec<Vec<i16>>,
    /// Most positive ones of a neuron.
    positive: u8,
}

impl WeightClasses {
    /// The classes of a network's weights, if there are at most `most`.
    pub(super) fn of(graph: &Graph, most: u32) -> Option<Self> {
        let mut weights: Vec<Vec<i16>> = vec![Vec::new(); graph.neurons()];
        for source in 0..graph.neurons() {
            for (target, weight, _) in graph.synapses.row(source).filter(|(_, weight, _)| *weight != 0) {
                let known = &mut weights[target as usize];
                if let Err(place) = known.binary_search(&weight) {
                    if known.len() >= most as usize {
                        return None;
                    }
                    known.insert(place, weight);
                }
            }
        }
        let of_sign = |sign: i16| {
            let count = |known: &Vec<i16>| known.iter().filter(|weight| weight.signum() == sign).count();
            weights.iter().map(count).max().unwrap_or(0)
        };
        let (positive, negative) = (of_sign(1), of_sign(-1));
        let positive = u8::try_from(positive).ok().filter(|_| positive + negative <= most as usize)?;
        Some(Self { weights, positive })
    }

    /// A class for each sign.
    pub(super) fn signs() -> Self {
        Self { weights: Vec::new(), positive: 1 }
    }

    /// The class of a weight into a neuron.
    pub(super) fn class(&self, target: u32, weight: i16) -> u8 {
        if self.weights.is_empty() {
            return u8::from(weight < 0);
        }
        let known = &self.weights[target as usize];
        let place = known.binary_search(&weight).unwrap_or(0);
        if weight > 0 { (known.len() - 1 - place) as u8 } else { self.positive + place as u8 }
    }
}

/// Whether the axons of every core can have types, of `most`: an axon takes the first type whose other axons pick the
/// same weight of every neuron that it reaches. So types may be missed where there are some, but none are found where
/// there are none.
pub(super) fn are_there(graph: &Graph, cores: &[CoreId], most: u32) -> bool {
    // Weights by neuron, of each type so far; a neuron is on one core.
    let mut picked: Vec<BTreeMap<u32, i16>> = vec![BTreeMap::new(); most as usize];
    let mut axon: Vec<(CoreId, u32, i16)> = Vec::new();
    for source in 0..graph.neurons() {
        axon.clear();
        let synapses = graph.synapses.row(source).filter(|(_, weight, _)| *weight != 0);
        axon.extend(synapses.map(|(target, weight, _)| (cores[target as usize], target, weight)));
        axon.sort_unstable();
        if axon.windows(2).any(|pair| pair[0].1 == pair[1].1 && pair[0].2 != pair[1].2) {
            return false;
        }
        for of_core in axon.chunk_by(|a, b| a.0 == b.0) {
            let suits = |type_: &BTreeMap<u32, i16>| {
                of_core.iter().all(|(_, target, weight)| type_.get(target).is_none_or(|other| other == weight))
            };
            let Some(free) = picked.iter_mut().find(|picked| suits(picked)) else { return false };
            free.extend(of_core.iter().map(|(_, target, weight)| (*target, *weight)));
        }
    }
    true
}
