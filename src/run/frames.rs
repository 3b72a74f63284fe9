//! The frames of a sample under way: when their drives are written, and when outputs are read.
//!
//! Frame f of T steps, from 0, is written before step f T + 1. Layers are a pipeline, in which the last one is some steps
//! behind: it has worked on the frame when step (f + 1) T and these are done, while others work on the next one. Without a
//! pipeline, on a free-running chip, the outputs are read with the step of the next frame, whatever is still under way.

use super::job::Job;
use super::stepping::Ending;
use super::subject::Entering;
use crate::model::HostInput;
use crate::units::Tick;

/// The steps of the frames of a sample.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct FrameSteps {
    /// Number of frames; 1 of a sample that is no sequence.
    pub(super) frames: u32,
    /// Steps of each.
    steps: u32,
    /// Steps of the sample.
    pub(super) all: u32,
}

impl FrameSteps {
    pub(super) fn of(job: &Job<'_>, sample: usize) -> Self {
        let frames = job.samples.frames_of(sample).len() as u32;
        Self { frames, steps: job.network.time_steps(), all: job.network.steps_on(job.system, frames) }
    }

    /// Steps that the network works on the frames, apart from those of its pipeline.
    pub(super) fn active(&self) -> u32 {
        self.frames * self.steps
    }

    /// Steps of the frames after the first one.
    pub(super) fn more(&self) -> u32 {
        self.active() - self.steps
    }

    /// The frame after the first one that is written before a step.
    fn begins(&self, step: u32) -> Option<u32> {
        let before = step - 1;
        (step > 1 && before.is_multiple_of(self.steps) && before < self.active()).then_some(before / self.steps)
    }

    /// Whether the outputs hold those of a frame after a step, of frames before the last one.
    fn ends(&self, step: u32) -> bool {
        let late = self.all - self.active();
        step > late && (step - late).is_multiple_of(self.steps) && step < self.all
    }

    /// Time from the drive of each frame to its read-out, by the lengths of steps.
    pub(super) fn latencies(&self, lengths: &[Tick], ending: Ending) -> Vec<Tick> {
        let late = (self.all - self.active()) as usize;
        let released: Vec<Tick> =
            std::iter::once(0).chain(lengths.iter().scan(0, |at, length| Some(add(at, *length)))).collect();
        let frame = |frame: usize| {
            let (first, last) = (frame * self.steps as usize, (frame + 1) * self.steps as usize + late);
            let end = if frame + 1 == self.frames as usize { ending.ticks } else { released[last] };
            end.saturating_sub(released[first])
        };
        (0..self.frames as usize).map(frame).collect()
    }
}

fn add(sum: &mut Tick, more: Tick) -> Tick {
    *sum += more;
    *sum
}

/// A read-out of the outputs after a frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FrameOutcome {
    /// From the write of the frame's drive to the read-out (ticks).
    pub ticks: Tick,
    /// The class that the chip gives: of all frames so far, or of the frame alone.
    pub class: u8,
    /// The class that the integer reference gives.
    pub reference: u8,
    /// The right class: the frame's own, or that of its sequence.
    pub label: u8,
}

/// A sample whose steps are run.
pub(super) struct FrameCourse<'a> {
    job: Job<'a>,
    pub(super) sample: usize,
    pub(super) steps: FrameSteps,
    /// Whether outputs are read after each frame.
    reads: bool,
    pub(super) entering: Entering,
    /// What the outputs held after frames, but for the last one.
    pub(super) readouts: Vec<Vec<i32>>,
}

impl<'a> FrameCourse<'a> {
    pub(super) fn new(job: Job<'a>, sample: usize, entering: Entering) -> Self {
        let steps = FrameSteps::of(&job, sample);
        Self { job, sample, steps, reads: job.network.reads_frames(), entering, readouts: Vec::new() }
    }

    /// What the host sends before the first step.
    pub(super) fn host_input(&self) -> HostInput<'_> {
        let (drive, spikes) = (&self.entering.drive, self.entering.spikes.as_deref());
        HostInput { drive, spikes, more_steps: self.steps.more() }
    }

    /// Gives the drives before a step and those from it on, where the host writes others.
    pub(super) fn before(&mut self, step: u32, write: impl FnOnce(&[i32], &[i32])) {
        if self.entering.drive.is_empty() {
            return;
        }
        if let Some(frame) = self.steps.begins(step) {
            let Job { network, graph, samples, .. } = self.job;
            let next = network.frame_drive(graph, samples.sample(self.sample).0, frame as usize);
            write(&self.entering.drive, &next);
            self.entering.drive = next;
        }
    }

    /// Reads the outputs after a step, if that ends a frame; `neurons` gives spike counts and membranes.
    pub(super) fn after(&mut self, step: u32, neurons: impl FnOnce() -> (Vec<u32>, Vec<i32>)) {
        if self.reads && self.steps.ends(step) {
            let Job { network, graph, .. } = self.job;
            let (counts, membranes) = neurons();
            let of_chip = network.of_chip((graph.own(counts), graph.own(membranes)), graph, &self.entering);
            self.readouts.push(of_chip.membranes);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_begin_and_end_in_their_steps() {
        // Three frames of four steps through two later layers.
        let steps = FrameSteps { frames: 3, steps: 4, all: 14 };
        let all = |of: &dyn Fn(u32) -> bool| (1..=14).filter(|step| of(*step)).collect::<Vec<_>>();
        assert_eq!(all(&|step| steps.begins(step).is_some()), [5, 9]);
        assert_eq!((steps.begins(5), steps.begins(9), steps.more()), (Some(1), Some(2), 8));
        assert_eq!(all(&|step| steps.ends(step)), [6, 10]);
        let lengths: Vec<Tick> = (1..=14).collect();
        let ending = Ending { ticks: 105, dropped: 0, lost: 0 };
        // Steps 1 to 6, 5 to 10 and 9 to 14.
        assert_eq!(steps.latencies(&lengths, ending), [21, 45, 69]);
        let one = FrameSteps { frames: 1, steps: 4, all: 6 };
        assert!((1..=6).all(|step| one.begins(step).is_none() && !one.ends(step)));
        // One step a frame: every step writes a frame, and every step after the pipeline is full reads one.
        let short = FrameSteps { frames: 4, steps: 1, all: 6 };
        assert_eq!((1..=6).filter_map(|step| short.begins(step)).collect::<Vec<_>>(), [1, 2, 3]);
        assert_eq!((1..=6).filter(|step| short.ends(*step)).collect::<Vec<_>>(), [3, 4, 5]);
    }
}
