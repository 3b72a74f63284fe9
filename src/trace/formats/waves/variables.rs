//! The variables of waveforms: a scope for the clock, for every layer, core and router.

use super::{VarShape, Wave};
use crate::trace::formats::names::{TakenNames, identifier};
use crate::trace::scene::{Scene, SceneLayer};
use crate::trace::{Kind, TraceError, WantedRecords};

/// A variable that there is not.
pub(super) const NONE: u32 = u32::MAX;

/// Variables by what they are of; [`NONE`] of what is not wanted.
#[derive(Debug)]
pub(super) struct Variables {
    pub(super) step: u32,
    pub(super) barrier: u32,
    pub(super) energy: u32,
    /// By core, and last of the host.
    pub(super) soma: Vec<u32>,
    pub(super) receive: Vec<u32>,
    pub(super) sent: Vec<u32>,
    pub(super) delivered: Vec<u32>,
    pub(super) spikes: Vec<u32>,
    pub(super) membranes: Vec<u32>,
    pub(super) outputs: Vec<u32>,
    pub(super) inputs: Vec<u32>,
    pub(super) buffer: VarShape,
}

struct Declaring<'a, W> {
    wave: &'a mut W,
    scene: &'a Scene,
    wanted: &'a WantedRecords,
    count: u32,
    layers: Vec<String>,
    routers: Vec<String>,
}

impl Variables {
    pub(super) fn declare<W: Wave>(wave: &mut W, scene: &Scene, wanted: &WantedRecords) -> Result<Self, TraceError> {
        let (cores, ports) = (scene.cores.len() + 1, scene.routers.len() * usize::from(scene.ports));
        let neurons = scene.layers.last().map_or(0, |layer| (layer.first + layer.count) as usize);
        let bits = (u16::BITS - scene.buffer.leading_zeros()).max(1) as u8;
        let none = |count: usize, kind| vec![NONE; if wanted.hears(kind) { count } else { 0 }];
        let mut all = Self {
            step: NONE,
            barrier: NONE,
            energy: NONE,
            soma: none(cores, Kind::Soma),
            receive: none(cores, Kind::Receive),
            sent: none(cores, Kind::Sent),
            delivered: none(cores, Kind::Delivered),
            spikes: none(neurons, Kind::Spike),
            membranes: none(neurons, Kind::Membrane),
            outputs: none(ports, Kind::Hop),
            inputs: none(ports * usize::from(scene.channels), Kind::Filled),
            buffer: VarShape::Unsigned(bits),
        };
        let (layers, routers) = scopes::<W>(scene);
        let mut declaring = Declaring { wave, scene, wanted, count: 0, layers, routers };
        declaring.wave.scope(&identifier(&scene.chip, W::UNICODE))?;
        declaring.clock(&mut all)?;
        declaring.layers(&mut all)?;
        declaring.cores(&mut all)?;
        declaring.routers(&mut all)?;
        declaring.wave.up()?;
        Ok(all)
    }
}

/// Names of the scopes of layers and of routers: what the clock, the cores and the host are called is taken.
fn scopes<W: Wave>(scene: &Scene) -> (Vec<String>, Vec<String>) {
    let fixed = ["step", "barrier", "energy_pj", "host"].map(str::to_owned);
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

    fn clock(&mut self, all: &mut Variables) -> Result<(), TraceError> {
        let hears = |kind| self.wanted.hears(kind);
        let (step, barrier, energy) = (hears(Kind::Step), hears(Kind::Barrier), hears(Kind::Counted));
        self.place(step.then_some(&mut all.step), "step", VarShape::Integer)?;
        self.place(barrier.then_some(&mut all.barrier), "barrier", VarShape::Bit)?;
        self.place(energy.then_some(&mut all.energy), "energy_pj", VarShape::Real)
    }

    fn layers(&mut self, all: &mut Variables) -> Result<(), TraceError> {
        if all.spikes.is_empty() && all.membranes.is_empty() {
            return Ok(());
        }
        for (number, layer) in self.scene.layers.iter().enumerate() {
            let here = self.nodes_of(layer);
            if here.is_empty() {
                continue;
            }
            self.wave.scope(&self.layers[number])?;
            for neuron in here {
                let number = neuron - layer.first;
                self.place(all.spikes.get_mut(neuron as usize), &format!("spike_{number}"), VarShape::Event)?;
                if self.scene.is_on_cores(layer) {
                    self.place(all.membranes.get_mut(neuron as usize), &format!("v_{number}"), VarShape::Integer)?;
                }
            }
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
        let cores = (0..).zip(&self.scene.cores).filter(|(_, core)| neurons.contains(&core.first));
        let wanted = cores.filter(|(core, _)| self.wanted.has_node(self.scene.node_of_core(*core)));
        wanted.flat_map(|(_, core)| core.first..core.first + core.count).collect()
    }

    fn cores(&mut self, all: &mut Variables) -> Result<(), TraceError> {
        if [&all.soma, &all.receive, &all.sent, &all.delivered].iter().all(|vars| vars.is_empty()) {
            return Ok(());
        }
        for core in 0..=self.scene.cores.len() {
            if !self.wanted.has_node(self.scene.node_of_core(core as u32)) {
                continue;
            }
            let is_host = core == self.scene.cores.len();
            self.wave.scope(&if is_host { "host".to_owned() } else { format!("core_{core}") })?;
            self.place(all.sent.get_mut(core), "sent", VarShape::Event)?;
            if !is_host {
                self.place(all.delivered.get_mut(core), "delivered", VarShape::Event)?;
                self.place(all.soma.get_mut(core), "soma", VarShape::Bit)?;
                self.place(all.receive.get_mut(core), "receive", VarShape::Bit)?;
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
            let mut names = TakenNames::default();
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
            self.place(all.outputs.get_mut(at), &name(format!("out {}", link.name)), VarShape::Event)?;
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
