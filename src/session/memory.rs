//! Memory of the machine: checks before a training or a mapping that there is enough.

use super::error::Error;
use super::follow::Follow;
use crate::memory;
use crate::net::architecture::Stage;
use crate::net::graph::{Graph, too_large};
use crate::train::TrainJob;

/// Smallest amount of memory that is reported.
const TOLD: u64 = 1_000_000_000;

/// Reports the memory of a training if it is large, and refuses a training that needs more than is available.
pub fn check_memory(job: &TrainJob<'_>, follow: &dyn Follow) -> Result<(), Error> {
    let need = job.memory();
    if let Some(why) = memory::refusal(&format!("training {}", job.architecture.name), need) {
        return Err(Error::Memory(format!("{why}; {ADVICE}")));
    }
    if need >= TOLD {
        follow.note(&format!("training {} needs about {} of memory", job.architecture.name, memory::in_words(need)));
    }
    Ok(())
}

/// Refuses to map a network for which there is not enough memory.
pub(super) fn check_mapping(graph: &Graph) -> Result<(), Error> {
    let (neurons, synapses) = (graph.neurons() as u64, graph.synapses.len() as u64);
    refused(&format!("mapping {neurons} neurons and {synapses} synapses"), mapping_bytes(neurons, synapses))
}

/// Refuses to expand the layers of a network for which there is not enough memory.
pub fn check_layers(stages: &[Stage]) -> Result<(), Error> {
    let neurons = stages.iter().map(|stage| stage.output.neurons()).sum();
    // The first layer has synapses on the chip only where samples are spike trains.
    let synapses = stages.iter().skip(1).map(|stage| stage.op.synapses()).sum();
    too_large(neurons, synapses).map_or(Ok(()), |why| Err(Error::Memory(why)))
}

fn refused(task: &str, need: u64) -> Result<(), Error> {
    memory::refusal(task, need).map_or(Ok(()), |why| Err(Error::Memory(why)))
}

/// Bytes that a mapping takes beside its network: a source for each synapse, and what is counted by neuron.
fn mapping_bytes(neurons: u64, synapses: u64) -> u64 {
    synapses.saturating_mul(4).saturating_add(neurons.saturating_mul(64))
}

/// What a smaller training would be.
const ADVICE: &str = "take a smaller network, a smaller batch or fewer steps";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::net::graph::{MAX_NEURONS, MAX_SYNAPSES};

    #[test]
    fn mapping_takes_a_source_for_each_synapse() {
        assert_eq!(mapping_bytes(0, 100_000_000), 400_000_000);
        // The largest network: 21 GB.
        assert_eq!(mapping_bytes(MAX_NEURONS, MAX_SYNAPSES), 4 * (u64::from(u32::MAX)) + (64 << 26));
        assert_eq!(mapping_bytes(u64::MAX, u64::MAX), u64::MAX, "no overflow");
    }
}
