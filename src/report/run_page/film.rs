//! What happens in one sample, frame by frame: spikes of cores, flits over links, and which neurons fire when; and what
//! cores do when.
//!
//! Nobody knows beforehand how long a sample takes. So frames are short at first, and pairs of them become one whenever
//! there are too many; and only every second neuron is kept in the raster whenever it has too many spikes.

use super::course::{Course, busiest};
use crate::trace::scene::Scene;
use crate::trace::{Kind, Record, Sink, TraceError, TracedSample, WantedRecords};
use crate::units::Tick;

pub(super) const MOST_FRAMES: usize = 48;

const MOST_SPIKES: usize = 12_000;

/// Events in a span of time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Frame {
    pub(super) spikes: Vec<u32>,
    /// Flits, by router and port.
    pub(super) flits: Vec<u32>,
}

impl Frame {
    fn add(&mut self, other: &Self) {
        self.spikes.iter_mut().zip(&other.spikes).for_each(|(sum, more)| *sum += more);
        self.flits.iter_mut().zip(&other.flits).for_each(|(sum, more)| *sum += more);
    }
}

#[derive(Clone, Debug)]
pub(crate) struct Film {
    routers: u32,
    cores: u32,
    ports: u8,
    /// Length of a frame (ticks).
    pub(super) width: Tick,
    pub(super) frames: Vec<Frame>,
    /// (when, which neuron).
    pub(super) raster: Vec<(Tick, u32)>,
    /// Neurons of the raster: those whose number is a multiple of it.
    pub(super) every: u32,
    /// Starts of time steps (ticks).
    pub(super) steps: Vec<Tick>,
    pub(super) end: Tick,
    pub(super) course: Course,
}

impl Film {
    /// A film of a system whose cores have done so much work in all: of the busiest it keeps what they do when.
    pub(crate) fn new(scene: &Scene, work: &[u64]) -> Self {
        let (routers, cores) = (scene.routers.len() as u32, scene.cores.len() as u32);
        let (frames, raster, steps) = (Vec::new(), Vec::new(), Vec::new());
        let course = Course::new(scene, &busiest(scene, work));
        Self { routers, cores, ports: scene.ports, width: 1, frames, raster, every: 1, steps, end: 0, course }
    }

    pub(crate) fn wanted() -> WantedRecords {
        WantedRecords::kinds(&[&[Kind::Spike, Kind::Hop][..], &Course::kinds()].concat())
    }

    fn frame(&mut self, tick: Tick) -> &mut Frame {
        while tick / self.width >= MOST_FRAMES as Tick {
            self.halve();
        }
        let at = (tick / self.width) as usize;
        let empty = Frame {
            spikes: vec![0; self.cores as usize],
            flits: vec![0; self.routers as usize * usize::from(self.ports)],
        };
        if self.frames.len() <= at {
            self.frames.resize(at + 1, empty);
        }
        &mut self.frames[at]
    }

    fn halve(&mut self) {
        self.width *= 2;
        let pairs = self.frames.chunks(2).map(|pair| {
            let mut sum = pair[0].clone();
            pair.iter().skip(1).for_each(|frame| sum.add(frame));
            sum
        });
        self.frames = pairs.collect();
    }

    fn spike(&mut self, record: &Record) {
        // The host's spikes are of no core.
        if let Some(core) = record.node.checked_sub(self.routers).filter(|core| *core < self.cores) {
            self.frame(record.tick).spikes[core as usize] += 1;
        }
        if record.item.is_multiple_of(self.every) {
            self.raster.push((record.tick, record.item));
        }
        while self.raster.len() > MOST_SPIKES {
            self.every *= 2;
            let every = self.every;
            self.raster.retain(|(_, neuron)| neuron.is_multiple_of(every));
        }
    }
}

impl Sink for Film {
    fn take(&mut self, _sample: &TracedSample, records: &[Record]) -> Result<(), TraceError> {
        for record in records {
            self.course.note(record);
            match record.kind {
                Kind::Spike => self.spike(record),
                Kind::Hop if record.node < self.routers => {
                    let link = record.node as usize * usize::from(self.ports) + usize::from(record.port);
                    self.frame(record.tick).flits[link] += 1;
                }
                Kind::Step => self.steps.push(record.tick),
                _ => {}
            }
        }
        Ok(())
    }

    fn end(&mut self, _sample: &TracedSample, at: Tick) -> Result<(), TraceError> {
        self.end = at;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trace::scene::{SceneCore, SceneRouter};

    fn scene() -> Scene {
        let router = |name: &str| SceneRouter { name: name.into(), tile: None };
        let core = |first| SceneCore::of(0, 0, first, 4);
        let (routers, cores) = (vec![router("a"), router("b")], vec![core(0), core(4), core(8)]);
        Scene { routers, cores, ports: 5, ..Scene::default() }
    }

    fn record(tick: Tick, node: u32, port: u8, kind: Kind, item: u32) -> Record {
        Record { tick, node, port, kind, channel: 0, serial: 0, item, value: 0, step: 0 }
    }

    #[test]
    fn frames_grow_and_nothing_is_lost() {
        let mut film = Film::new(&scene(), &[]);
        let mut expected = [0u32; 3];
        for n in 0..5000u32 {
            let tick = u64::from(n) * 37;
            let core = n % 3;
            expected[core as usize] += 1;
            let records = [
                record(tick, 2 + core, 0, Kind::Spike, 4 * core + n % 4),
                record(tick + 1, n % 2, (n % 5) as u8, Kind::Hop, n),
                record(tick, 5, 0, Kind::Spike, 12),
            ];
            film.take(&TracedSample::default(), &records).unwrap();
        }
        film.end(&TracedSample::default(), 200_000).unwrap();
        assert!(film.frames.len() <= MOST_FRAMES && film.frames.len() > MOST_FRAMES / 2 - 2);
        let sum = |of: &dyn Fn(&Frame) -> u32| film.frames.iter().map(of).sum::<u32>();
        for (core, count) in expected.iter().enumerate() {
            assert_eq!(sum(&|frame| frame.spikes[core]), *count);
        }
        assert_eq!(sum(&|frame| frame.flits.iter().sum()), 5000);
        assert!(film.raster.len() <= MOST_SPIKES && film.every == 1, "10,000 spikes have room");
        let frame = (37 * 4000 / film.width) as usize;
        assert!(film.frames[frame].flits.iter().sum::<u32>() > 0);
    }

    #[test]
    fn a_raster_of_too_many_spikes_keeps_some_neurons_wholly() {
        let mut film = Film::new(&scene(), &[]);
        for n in 0..40_000u32 {
            film.take(&TracedSample::default(), &[record(n.into(), 2, 0, Kind::Spike, n % 8)]).unwrap();
        }
        assert!(film.every > 1 && film.raster.len() <= MOST_SPIKES);
        let of_zero = film.raster.iter().filter(|(_, neuron)| *neuron == 0).count();
        assert_eq!(of_zero, 5000);
        assert!(film.raster.iter().all(|(_, neuron)| neuron % film.every == 0));
    }
}
