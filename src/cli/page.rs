//! The page of a run: what its pictures are made of, and writing it.

use super::{Failure, write};
use crate::hw::{Calibration, Chip};
use crate::map::Mapping;
use crate::net::Graph;
use crate::report::{Film, PerCore, Pictures, Summary, per_core, run_html};
use crate::run::{Job, Shards, Traced, Unwatched, trace_batch, trace_sparse};
use crate::stats::Counts;
use crate::system::System;
use crate::trace::scene::Scene;
use std::path::Path;

/// What pictures are made of, kept until the summary is complete.
pub(super) struct Parts {
    mapping: Mapping,
    scene: Scene,
    cores: PerCore,
    film: Film,
}

/// What is filmed.
pub(super) enum Subject<'a> {
    /// The first of some samples.
    Sample(Job<'a>),
    /// A sparse network, so many steps of it.
    Sparse(&'a System, &'a Graph, u32),
}

impl Parts {
    /// Films the first sample, or the sparse network, once more: what a run traces besides is its own affair.
    pub(super) fn of(
        subject: Subject<'_>,
        (chip, calibration, mapping): (&Chip, &Calibration, &Mapping),
        (cores, inferences): (&[Counts], u64),
    ) -> Result<Self, Failure> {
        let (system, graph) = match &subject {
            Subject::Sample(job) => (job.system, job.graph),
            Subject::Sparse(system, graph, _) => (*system, *graph),
        };
        let scene = system.scene(graph, chip, calibration, mapping);
        let mut film = Film::new(&scene);
        let traced = Traced { wanted: Film::wanted(), samples: 1, sink: &mut film };
        match subject {
            Subject::Sample(job) => drop(trace_batch(Job { count: 1, threads: 1, ..job }, &Unwatched, traced)?),
            Subject::Sparse(_, _, steps) => {
                drop(trace_sparse(system, graph, steps, Shards::default(), &Unwatched, traced)?);
            }
        }
        let cores = per_core(cores, inferences, calibration);
        Ok(Self { mapping: mapping.clone(), scene, cores, film })
    }

    /// Writes the page.
    pub(super) fn write(&self, path: &Path, summary: &Summary, chip: &Chip) -> Result<(), Failure> {
        let Self { mapping, scene, cores: PerCore { energy_pj, coverage, spikes }, film } = self;
        let pictures = Pictures {
            chip,
            mapping,
            scene,
            core_energy_pj: energy_pj,
            core_coverage: coverage,
            core_spikes: spikes,
            film,
        };
        write(path, &run_html(summary, &pictures))
    }
}
