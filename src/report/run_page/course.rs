//! What cores do when, in one sample: spans of work of the busiest cores, and for each time step who was done last, and
//! what took the time until then.
//!
//! Nobody knows beforehand how many spans there will be. So spans of a core that are near each other become one whenever
//! there are too many, and what is near doubles each time.

use crate::trace::scene::{Scene, SceneNode};
use crate::trace::{Kind, Record};
use crate::units::Tick;

/// Cores whose spans are kept.
pub(super) const MOST_CORES: usize = 128;
const MOST_SPANS: usize = 16_000;
/// Steps that are kept one by one; all are counted.
const MOST_STEPS: usize = 4096;

/// What a core does in a span.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Activity {
    /// Works on the synapses of packets that came.
    Synapses,
    /// Its soma works, and its axon stage on the spikes.
    Soma,
    /// Packets are ready and leave, or wait for the network to take them.
    Sending,
}

impl Activity {
    pub(super) const ALL: [Self; 3] = [Self::Synapses, Self::Soma, Self::Sending];
}

/// Work of one kind, from a tick to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct CourseSpan {
    pub(super) from: Tick,
    pub(super) to: Tick,
    /// Ticks of work within it.
    pub(super) busy: Tick,
    /// Packets, or turns of the soma.
    pub(super) count: u64,
}

/// What a time step took longest for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum StepBound {
    /// The soma of the core that was done last.
    Soma,
    /// The synapses of that core.
    Synapses,
    /// Packets that this core waited for.
    Packets,
    /// The barrier, or the wait for the next edge.
    Barrier,
}

impl StepBound {
    pub(super) const ALL: [Self; 4] = [Self::Soma, Self::Synapses, Self::Packets, Self::Barrier];
}

/// A time step of a chip with a barrier.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct CourseStep {
    pub(super) from: Tick,
    /// All cores are done.
    pub(super) done: Tick,
    /// The next step begins.
    pub(super) release: Tick,
    /// The core that was done last, by its position in the mapping; none where no core did anything.
    pub(super) last: Option<u32>,
    pub(super) bound: StepBound,
}

/// What the cores have done so far in a step.
#[derive(Clone, Debug, Default)]
struct OpenStep {
    number: u32,
    from: Tick,
    /// By core: ticks of synapses and of the soma, and the end of its last work.
    cores: Vec<(Tick, Tick, Tick)>,
}

#[derive(Clone, Debug)]
pub(super) struct Course {
    routers: u32,
    /// Cores of the mapping; the host follows them.
    cores: u32,
    /// Place among those that are kept, by core, and the host's at the end.
    places: Vec<Option<u32>>,
    /// Spans of those that are kept, by activity.
    pub(super) spans: Vec<[Vec<CourseSpan>; 3]>,
    count: usize,
    /// Spans with less between them are one (ticks).
    pub(super) near: Tick,
    /// The step under way, and the next one: what begins with it may come before the end of the other.
    open: [OpenStep; 2],
    pub(super) steps: Vec<CourseStep>,
    /// Ticks of all steps by what they took longest for, and how many steps.
    pub(super) bounds: [(u64, Tick); 4],
    /// Steps in which a core was done last, by core.
    pub(super) last: Vec<u64>,
}

impl Course {
    /// Keeps the spans of some cores, by their position in the mapping, and of the host.
    pub(super) fn new(scene: &Scene, kept: &[u32]) -> Self {
        let cores = scene.cores.len();
        let mut places = vec![None; cores + 1];
        let all = kept.iter().map(|core| *core as usize).filter(|core| *core < cores).take(MOST_CORES);
        let mut used = 0;
        for core in all.chain([cores]) {
            places[core] = Some(used);
            used += 1;
        }
        let open = || OpenStep { cores: vec![(0, 0, 0); cores], ..OpenStep::default() };
        Self {
            routers: scene.routers.len() as u32,
            cores: cores as u32,
            places,
            spans: vec![Default::default(); used as usize],
            count: 0,
            near: 0,
            open: [OpenStep { number: 1, ..open() }, OpenStep { number: 2, ..open() }],
            steps: Vec::new(),
            bounds: [(0, 0); 4],
            last: vec![0; cores],
        }
    }

    pub(super) fn kinds() -> [Kind; 5] {
        [Kind::Step, Kind::Barrier, Kind::Receive, Kind::Soma, Kind::Sent]
    }

    /// Cores whose spans are kept, in their order; the last one is the host.
    pub(super) fn kept(&self) -> Vec<u32> {
        let mut kept: Vec<(u32, u32)> = (0..).zip(&self.places).filter_map(|(core, at)| Some(((*at)?, core))).collect();
        kept.sort_unstable();
        kept.into_iter().map(|(_, core)| core).collect()
    }

    pub(super) fn note(&mut self, record: &Record) {
        let Some(core) = record.node.checked_sub(self.routers) else { return };
        match record.kind {
            Kind::Step => {
                let open = self.open.iter_mut().find(|open| open.number == record.item);
                open.into_iter().for_each(|open| open.from = record.tick);
            }
            Kind::Barrier => self.close(record),
            Kind::Receive => self.work(core, Activity::Synapses, record.tick, record.tick + record.serial, record),
            Kind::Soma => self.work(core, Activity::Soma, record.tick, record.tick + record.serial, record),
            Kind::Sent => {
                let waited = Tick::try_from(record.value).unwrap_or(0);
                self.add(core, Activity::Sending, record.tick.saturating_sub(waited), record.tick + 1);
            }
            _ => {}
        }
    }

    fn work(&mut self, core: u32, activity: Activity, from: Tick, to: Tick, record: &Record) {
        self.add(core, activity, from, to);
        let open = self.open.iter_mut().find(|open| open.number == record.step);
        if let Some((synapses, soma, end)) = open.and_then(|open| open.cores.get_mut(core as usize)) {
            *(if activity == Activity::Soma { soma } else { synapses }) += to - from;
            *end = (*end).max(to);
        }
    }

    fn add(&mut self, core: u32, activity: Activity, from: Tick, to: Tick) {
        let Some(place) = self.places.get(core as usize).copied().flatten() else { return };
        if from == to {
            return;
        }
        let spans = &mut self.spans[place as usize][activity as usize];
        match spans.last_mut() {
            // Packets that wait at the same time begin before the last one ended.
            Some(last) if from <= last.to.saturating_add(self.near) => {
                last.busy += to.saturating_sub(from.max(last.to)) + last.from.saturating_sub(from);
                (last.from, last.to, last.count) = (last.from.min(from), last.to.max(to), last.count + 1);
            }
            _ => {
                spans.push(CourseSpan { from, to, busy: to - from, count: 1 });
                self.count += 1;
            }
        }
        while self.count > MOST_SPANS {
            self.near = (2 * self.near).max(1);
            self.join();
        }
    }

    fn join(&mut self) {
        let near = self.near;
        self.count = 0;
        for spans in self.spans.iter_mut().flatten() {
            spans.dedup_by(|next, last| {
                let joins = next.from <= last.to.saturating_add(near);
                if joins {
                    last.to = last.to.max(next.to);
                    (last.busy, last.count) = (last.busy + next.busy, last.count + next.count);
                }
                joins
            });
            self.count += spans.len();
        }
    }

    /// All cores are done with a step.
    fn close(&mut self, record: &Record) {
        let [open, next] = &mut self.open;
        if open.number != record.item {
            return;
        }
        let (from, done) = (open.from, record.tick);
        let release = done.saturating_add(record.serial);
        // The first of equals.
        let last = (0..self.cores).filter(|core| open.cores[*core as usize].2 > 0);
        let last = last.reduce(|a, b| if open.cores[b as usize].2 > open.cores[a as usize].2 { b } else { a });
        let (synapses, soma, _) = last.map_or((0, 0, 0), |core| open.cores[core as usize]);
        let waits = done.saturating_sub(from).saturating_sub(synapses + soma);
        let parts = [soma, synapses, waits, release - done];
        let longest = (1..4).fold(0, |best, part| if parts[part] > parts[best] { part } else { best });
        self.bounds[longest].0 += 1;
        parts.iter().zip(&mut self.bounds).for_each(|(part, (_, ticks))| *ticks += part);
        last.into_iter().for_each(|core| self.last[core as usize] += 1);
        if self.steps.len() < MOST_STEPS {
            self.steps.push(CourseStep { from, done, release, last, bound: StepBound::ALL[longest] });
        }
        open.cores.fill((0, 0, 0));
        open.number = record.item + 2;
        std::mem::swap(open, next);
    }

    /// Whether the records told of steps and barriers.
    pub(super) fn has_steps(&self) -> bool {
        !self.steps.is_empty()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.spans.iter().flatten().all(Vec::is_empty)
    }
}

/// The busiest cores of a scene by their work, most work first; all of equals, in their order.
pub(super) fn busiest(scene: &Scene, work: &[u64]) -> Vec<u32> {
    let mut order: Vec<u32> = (0..scene.cores.len() as u32).collect();
    let of = |core: &u32| work.get(*core as usize).copied().unwrap_or(0);
    order.sort_by(|a, b| of(b).cmp(&of(a)).then(a.cmp(b)));
    debug_assert!(order.iter().all(|core| matches!(scene.node(scene.node_of_core(*core)), SceneNode::Core(_))));
    order
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trace::scene::{SceneCore, SceneRouter};

    fn scene(cores: u32) -> Scene {
        let core = |number| SceneCore::of(0, 0, 4 * number, 4);
        let routers = vec![SceneRouter { name: "a".into(), tile: None }];
        Scene { routers, cores: (0..cores).map(core).collect(), ports: 5, ..Scene::default() }
    }

    fn record(tick: Tick, node: u32, kind: Kind, serial: u64, step: u32) -> Record {
        Record { tick, node, port: 0, kind, channel: 0, serial, item: step, value: 0, step }
    }

    #[test]
    fn a_step_names_who_was_last_and_what_it_took() {
        let mut course = Course::new(&scene(2), &[1, 0]);
        // Core 0 (node 1) is done early; core 1 waits for a packet and works on it. Step 2 begins in the tick in which
        // step 1 ends, and the cores are told of before the clock.
        let records = [
            record(0, 1, Kind::Soma, 10, 1),
            record(0, 2, Kind::Soma, 5, 1),
            record(0, 4, Kind::Step, 0, 1),
            record(30, 2, Kind::Receive, 3, 1),
            record(33, 1, Kind::Soma, 10, 2),
            record(33, 4, Kind::Step, 0, 2),
            record(33, 4, Kind::Barrier, 0, 1),
            record(43, 4, Kind::Barrier, 50, 2),
        ];
        records.iter().for_each(|record| course.note(record));
        let step = |from, done, release, last, bound| CourseStep { from, done, release, last, bound };
        let (packets, barrier) = (StepBound::Packets, StepBound::Barrier);
        assert_eq!(course.steps, [step(0, 33, 33, Some(1), packets), step(33, 43, 93, Some(0), barrier)]);
        assert_eq!(course.bounds, [(0, 15), (0, 3), (1, 25), (1, 50)]);
        assert_eq!((course.kept(), &course.last), (vec![1, 0, 2], &vec![1, 1]));
        assert_eq!(course.spans[0][Activity::Synapses as usize], [CourseSpan { from: 30, to: 33, busy: 3, count: 1 }]);
    }

    #[test]
    fn too_many_spans_become_longer_ones_and_no_work_is_lost() {
        let mut course = Course::new(&scene(3), &[2, 0]);
        for n in 0..60_000u64 {
            course.note(&record(7 * n, 1 + (n % 3) as u32, Kind::Receive, 2, 1));
        }
        let spans = || course.spans.iter().flatten().flatten();
        assert!(spans().count() <= MOST_SPANS && course.near > 0);
        assert_eq!(spans().map(|span| span.count).sum::<u64>(), 40_000, "of the cores that are kept");
        assert_eq!(spans().map(|span| span.busy).sum::<u64>(), 80_000);
        assert!(spans().all(|span| span.busy <= span.to - span.from));
    }

    #[test]
    fn packets_that_wait_together_are_one_span() {
        let mut course = Course::new(&scene(1), &[0]);
        for (tick, waited) in [(10, 4), (11, 5), (12, 6), (40, 0)] {
            course.note(&Record { value: waited, ..record(tick, 1, Kind::Sent, 9, 1) });
        }
        let span = |from, to, busy, count| CourseSpan { from, to, busy, count };
        assert_eq!(course.spans[0][Activity::Sending as usize], [span(6, 13, 7, 3), span(40, 41, 1, 1)]);
    }

    #[test]
    fn the_busiest_come_first() {
        assert_eq!(busiest(&scene(4), &[3, 9, 3, 20]), [3, 1, 0, 2]);
    }
}
