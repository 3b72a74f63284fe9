//! The figures of a mapping as tables.

use crate::columns::Columns;
use crate::hw::Chip;
use crate::map::{Arranged, CoreLoad};
use crate::report::mapping::{MappingSummary, MappingTraffic};

impl MappingSummary {
    /// A row for each layer or population on the chip.
    pub fn layer_table(&self) -> Columns {
        Columns::of_rows(&self.layers)
            .text("layer", |layer| &layer.layer)
            .whole("neurons", |layer| Some(layer.neurons.into()))
            .whole("cores", |layer| Some(layer.cores.into()))
            .whole("axons_in", |layer| Some(layer.axons_in.into()))
            .whole("synapses", |layer| Some(layer.synapses))
            .whole("memory_bits", |layer| Some(layer.memory_bits))
            .finish()
    }

    /// A row for each core in use of the mapping that this is of.
    pub fn core_table(&self, Arranged { graph, mapping }: &Arranged) -> Columns {
        let cores: Vec<(&CoreLoad, String)> = mapping.cores.iter().map(|core| (core, core.names(graph))).collect();
        Columns::of_rows(&cores)
            .whole("core", |(core, _)| Some(core.site.get().into()))
            .text("layers", |(_, layers)| layers)
            .whole("neurons", |(core, _)| Some(core.neurons().into()))
            .whole("axons_in", |(core, _)| Some(core.axons_in.into()))
            .whole("axons_out", |(core, _)| Some(core.axons_out.into()))
            .whole("synapses", |(core, _)| Some(core.synapses))
            .whole("memory_bits", |(core, _)| Some(core.memory_bits))
            .finish()
    }
}

impl MappingTraffic {
    /// A row for each link that carries packets, of the chip that this is of.
    pub fn link_table(&self, chip: &Chip) -> Columns {
        let topology = &chip.noc.topology;
        let packets = topology.links.iter().zip(&self.links).filter(|(_, packets)| **packets > 0);
        let links: Vec<(String, u64)> = packets.map(|(link, packets)| (topology.link_name(link), *packets)).collect();
        Columns::of_rows(&links).text("link", |(name, _)| name).whole("packets", |(_, packets)| Some(*packets)).finish()
    }
}
