//! The variables of waveforms: scopes for the chip, for every layer, core and router, and for single neurons below their
//! layer.

use super::counters::{Counters, Lasts};
use super::{NONE, VarShape, Wave};
use crate::trace::formats::names::{TakenNames, identifier};
use crate::trace::scene::{Scene, SceneLayer};
use crate::trace::{Kind, TraceError, WantedRecords};

/// Variables, and counters that variables show, by what they are of; [`NONE`] of what is not wanted.
#[derive(Debug)]
pub(super) struct Variables {
    /// How many variables there are.
    pub(super) count: u32,
    pub(super) step: u32,
    pub(super) sample: u32,
    pub(super) barrier: u32,
    pub(super) energy: u32,
    pub(super) step_energy: u32,
    pub(super) chip: ChipBuses,
    /// By core.
    pub(super) soma: Vec<u32>,
    pub(super) receive: Vec<u32>,
    /// Counters by core, and last of the host.
    pub(super) core_spikes: Vec<u32>,
    pub(super) sent: Vec<u32>,
    pub(super) delivered: Vec<u32>,
    pub(super) queue: Vec<u32>,
    /// Counters by layer.
    pub(super) layer_spikes: Vec<u32>,
    /// By neuron.
    pub(super) spikes: Vec<u32>,
    pub(super) membranes: Vec<u32>,
    /// Counters by router and port.
    pub(super) outputs: Vec<u32>,
    /// Counters by router.
    pub(super) buffered: Vec<u32>,
    /// By router, port and channel.
    pub(super) inputs: Vec<u32>,
    pub(super) buffer: VarShape,
}

/// Counters of the whole chip.
#[derive(Clone, Copy, Debug)]
pub(super) struct ChipBuses {
    pub(super) spikes: u32,
    pub(super) sent: u32,
    pub(super) delivered: u32,
    pub(super) hops: u32,
    pub(super) queue: u32,
    pub(super) buffered: u32,
}

struct Declaring<'a, W> {
    wave: &'a mut W,
    scene: &'a Scene,
    wanted: &'a WantedRecords,
    counters: &'a mut Counters,
    count: u32,
    layers: Vec<String>,
    routers: Vec<String>,
}

impl Variables {
    /// Declares what is wanted of a scene.
    pub(super) fn declare<W: Wave>(
        wave: &mut W,
        scene: &Scene,
        wanted: &WantedRecords,
        counters: &mut Counters,
    ) -> Result<Self, TraceError> {
        let mut all = Self::none(scene, wanted);
        let (layers, routers) = scopes::<W>(scene);
        let mut declaring = Declaring { wave, scene, wanted, counters, count: 0, layers, routers };
        for line in about(scene, wanted) {
            declaring.wave.comment(&line)?;
        }
        declaring.wave.scope(&identifier(&scene.chip, W::UNICODE))?;
        declaring.clock(&mut all)?;
        declaring.chip(&mut all.chip)?;
        declaring.layers(&mut all)?;
        declaring.cores(&mut all)?;
        declaring.routers(&mut all)?;
        declaring.wave.up()?;
        all.count = declaring.count;
        Ok(all)
    }

    /// Places for all that is wanted.
    fn none(scene: &Scene, wanted: &WantedRecords) -> Self {
        let (cores, routers) = (scene.cores.len() + 1, scene.routers.len());
        let ports = routers * usize::from(scene.ports);
        let neurons = scene.layers.last().map_or(0, |layer| (layer.first + layer.count) as usize);
        let bits = (u16::BITS - scene.buffer.leading_zeros()).max(1) as u8;
        let none = |count: usize, kind| vec![NONE; if wanted.hears(kind) { count } else { 0 }];
        Self {
            count: 0,
            step: NONE,
            sample: NONE,
            barrier: NONE,
            energy: NONE,
            step_energy: NONE,
            chip: ChipBuses { spikes: NONE, sent: NONE, delivered: NONE, hops: NONE, queue: NONE, buffered: NONE },
            soma: none(cores, Kind::Soma),
            receive: none(cores, Kind::Receive),
            core_spikes: none(cores, Kind::Spike),
            sent: none(cores, Kind::Sent),
            delivered: none(cores, Kind::Delivered),
            queue: none(cores, Kind::Delivered),
            layer_spikes: none(scene.layers.len(), Kind::Spike),
            spikes: none(neurons, Kind::Spike),
            membranes: none(neurons, Kind::Membrane),
            outputs: none(ports, Kind::Hop),
            buffered: none(routers, Kind::Filled),
            inputs: none(ports * usize::from(scene.channels), Kind::Filled),
            buffer: VarShape::Unsigned(bits),
        }
    }
}

/// What names mean, for people.
fn about(scene: &Scene, wanted: &WantedRecords) -> Vec<String> {
    let mut lines = vec![
        "spikes, sent, delivered, hops, out_*: how many in this time step; queue: packets that wait at a core; \
         buffered, in_*: flits in buffers of routers"
            .to_owned(),
    ];
    if wanted.hears(Kind::Counted) {
        let none = "priced_energy_pj is left out: this chip has no price of any operation";
        let unpriced: Vec<&str> = scene.unpriced.iter().map(|op| op.name()).collect();
        let without = match unpriced.is_empty() {
            true => String::new(),
            false => format!("; without a price, and so not in it: {}", unpriced.join(", ")),
        };
        lines.push(match is_priced(scene) {
            true => format!(
                "priced_energy_pj: counted operations times their prices, so far, without static power; \
                 priced_step_energy_pj: that of the last step that ended{without}"
            ),
            false => none.to_owned(),
        });
    }
    lines
}

/// Whether some operation has an energy.
fn is_priced(scene: &Scene) -> bool {
    scene.energy_aj.iter().any(Option::is_some)
}

/// Names of the scopes of layers and of routers: what the clock, the cores and the host are called is taken.
fn scopes<W: Wave>(scene: &Scene) -> (Vec<String>, Vec<String>) {
    let fixed = ["step", "sample", "barrier", "priced_energy_pj", "priced_step_energy_pj", "chip", "host"];
    let fixed = fixed.map(str::to_owned);
    let mut names =
        TakenNames::with(fixed.into_iter().chain((0..scene.cores.len()).map(|core| format!("core_{core}"))));
    let routers: Vec<String> = scene.routers.iter().map(|router| format!("router {}", router.name)).collect();
    let routers = names.spell(&routers, |name| identifier(name, W::UNICODE));
    let layers: Vec<&str> = scene.layers.iter().map(|layer| layer.name.as_str()).collect();
    (names.spell(&layers, |name| identifier(name, W::UNICODE)), routers)
}

impl<W: Wave> Declaring<'_, W> {
    fn var(&mut self, name: &str, shape: VarShape) -> Result<u32, TraceError> {
        self.wave.var(name, shape)?;
        self.count += 1;
        Ok(self.count - 1)
    }

    fn place(&mut self, place: Option<&mut u32>, name: &str, shape: VarShape) -> Result<(), TraceError> {
        if let Some(place) = place {
            *place = self.var(name, shape)?;
        }
        Ok(())
    }

    /// A variable that shows a counter.
    fn bus(&mut self, place: Option<&mut u32>, name: &str, lasts: Lasts) -> Result<(), TraceError> {
        if let Some(place) = place {
            let var = self.var(name, VarShape::Integer)?;
            *place = self.counters.add(var, lasts);
        }
        Ok(())
    }

    fn clock(&mut self, all: &mut Variables) -> Result<(), TraceError> {
        let hears = |kind| self.wanted.hears(kind);
        let (step, barrier) = (hears(Kind::Step), hears(Kind::Barrier));
        let energy = hears(Kind::Counted) && is_priced(self.scene);
        self.place(step.then_some(&mut all.step), "step", VarShape::Integer)?;
        self.place(Some(&mut all.sample), "sample", VarShape::Integer)?;
        self.place(barrier.then_some(&mut all.barrier), "barrier", VarShape::Bit)?;
        self.place(energy.then_some(&mut all.energy), "priced_energy_pj", VarShape::Real)?;
        self.place(energy.then_some(&mut all.step_energy), "priced_step_energy_pj", VarShape::Real)
    }

    /// Counts of all that is traced of the chip.
    fn chip(&mut self, chip: &mut ChipBuses) -> Result<(), TraceError> {
        let buses = [
            (Kind::Spike, &mut chip.spikes, "spikes", Lasts::Step),
            (Kind::Sent, &mut chip.sent, "sent", Lasts::Step),
            (Kind::Delivered, &mut chip.delivered, "delivered", Lasts::Step),
            (Kind::Hop, &mut chip.hops, "hops", Lasts::Step),
            (Kind::Delivered, &mut chip.queue, "queue", Lasts::Moment),
            (Kind::Filled, &mut chip.buffered, "buffered", Lasts::Moment),
        ];
        if !buses.iter().any(|(kind, ..)| self.wanted.hears(*kind)) {
            return Ok(());
        }
        self.wave.scope("chip")?;
        for (kind, place, name, lasts) in buses {
            let place = self.wanted.hears(kind).then_some(place);
            self.bus(place, name, lasts)?;
        }
        self.wave.up()
    }

    fn layers(&mut self, all: &mut Variables) -> Result<(), TraceError> {
        if all.spikes.is_empty() && all.membranes.is_empty() {
            return Ok(());
        }
        for (position, layer) in self.scene.layers.iter().enumerate() {
            let here = self.nodes_of(layer);
            if here.is_empty() {
                continue;
            }
            self.wave.scope(&self.layers[position])?;
            self.bus(all.layer_spikes.get_mut(position), "spikes", Lasts::Step)?;
            self.wave.scope("neurons")?;
            for neuron in here {
                let number = neuron - layer.first;
                self.place(all.spikes.get_mut(neuron as usize), &format!("spike_{number}"), VarShape::Event)?;
                if self.scene.is_on_cores(layer) {
                    self.place(all.membranes.get_mut(neuron as usize), &format!("v_{number}"), VarShape::Integer)?;
                }
            }
            self.wave.up()?;
            self.wave.up()?;
        }
        Ok(())
    }

    fn nodes_of(&self, layer: &SceneLayer) -> Vec<u32> {
        let neurons = layer.first..layer.first + layer.count;
        if !self.scene.is_on_cores(layer) {
            let host = self.scene.node_of_core(self.scene.cores.len() as u32);
            return if self.wanted.has_node(host) { neurons.collect() } else { Vec::new() };
        }
        let cores = (0..).zip(&self.scene.cores);
        let wanted = cores.filter(|(core, _)| self.wanted.has_node(self.scene.node_of_core(*core)));
        let parts = wanted.flat_map(|(_, core)| &core.parts).filter(|part| neurons.contains(&part.first));
        parts.flat_map(|part| part.first..part.first + part.count).collect()
    }

    fn cores(&mut self, all: &mut Variables) -> Result<(), TraceError> {
        let lists = [&all.core_spikes, &all.soma, &all.receive, &all.sent, &all.delivered];
        if lists.iter().all(|list| list.is_empty()) {
            return Ok(());
        }
        for core in 0..=self.scene.cores.len() {
            if !self.wanted.has_node(self.scene.node_of_core(core as u32)) {
                continue;
            }
            let is_host = core == self.scene.cores.len();
            self.wave.scope(&if is_host { "host".to_owned() } else { format!("core_{core}") })?;
            if !is_host {
                self.place(all.soma.get_mut(core), "soma", VarShape::Bit)?;
                self.place(all.receive.get_mut(core), "receive", VarShape::Bit)?;
                self.bus(all.queue.get_mut(core), "queue", Lasts::Moment)?;
            }
            self.bus(all.core_spikes.get_mut(core), "spikes", Lasts::Step)?;
            self.bus(all.sent.get_mut(core), "sent", Lasts::Step)?;
            if !is_host {
                self.bus(all.delivered.get_mut(core), "delivered", Lasts::Step)?;
            }
            self.wave.up()?;
        }
        Ok(())
    }

    fn routers(&mut self, all: &mut Variables) -> Result<(), TraceError> {
        if all.outputs.is_empty() && all.inputs.is_empty() {
            return Ok(());
        }
        for number in 0..self.scene.routers.len() as u32 {
            if !self.wanted.has_node(number) {
                continue;
            }
            self.wave.scope(&self.routers[number as usize])?;
            self.bus(all.buffered.get_mut(number as usize), "buffered", Lasts::Moment)?;
            let mut names = TakenNames::with(["buffered".to_owned()]);
            for port in 0..self.scene.ports {
                self.port(all, (number, port), &mut names)?;
            }
            self.wave.up()?;
        }
        Ok(())
    }

    fn port(
        &mut self,
        all: &mut Variables,
        (router, port): (u32, u8),
        names: &mut TakenNames,
    ) -> Result<(), TraceError> {
        let (scene, at) = (self.scene, router as usize * usize::from(self.scene.ports) + usize::from(port));
        let mut name = |text: String| names.spell(&[text], |name| identifier(name, W::UNICODE)).concat();
        if let Some(link) = scene.link(router, port) {
            self.bus(all.outputs.get_mut(at), &name(format!("out {}", link.name)), Lasts::Step)?;
        }
        let Some(input) = scene.input(router, port) else { return Ok(()) };
        for channel in 0..scene.channels {
            let channels = usize::from(scene.channels);
            let lane = if channels > 1 { format!("in {input} vc {channel}") } else { format!("in {input}") };
            let place = all.inputs.get_mut(at * channels + usize::from(channel));
            self.place(place, &name(lane), all.buffer)?;
        }
        Ok(())
    }
}
