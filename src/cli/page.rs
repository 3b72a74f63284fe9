//! The page of a run: the data of its pictures, and writing it.

use super::{Failure, write_page};
use crate::report::{Film, PerCore, Pictures, Summary, per_core, run_html};
use crate::run::{Traced, Unwatched};
use crate::session::{Deployment, Outcome, RunOptions};
use crate::stats::Counts;
use crate::trace::scene::Scene;
use std::ffi::OsString;
use std::path::Path;

/// Data of pictures, kept until the summary is complete.
pub(super) struct PageParts {
    deployment: Deployment,
    scene: Scene,
    counts: Vec<Counts>,
    cores: PerCore,
    film: Film,
}

impl PageParts {
    /// Records the first sample, or the sparse network, in a second run, independent of the traces of the run.
    pub(super) fn of(deployment: Deployment, outcome: &Outcome) -> Result<Self, Failure> {
        let scene = deployment.scene();
        let stand = (deployment.chip(), deployment.mapping());
        let cores = per_core(outcome.cores(), outcome.summary().samples, stand, deployment.calibration());
        let mut film = Film::new(&scene, &cores.work);
        let traced = Traced { wanted: Film::wanted(), samples: 1, sink: &mut film };
        let steps = outcome.steps().map(|result| result.step_ticks.len() as u32);
        let first = RunOptions { samples: Some(1), steps, threads: 1, ..RunOptions::default() };
        deployment.run_traced(&first, &Unwatched, Some(traced))?;
        Ok(Self { deployment, scene, counts: outcome.cores().to_vec(), cores, film })
    }

    pub(super) fn write(&self, path: &Path, summary: &Summary) -> Result<(), Failure> {
        let Self { deployment, scene, counts, cores: PerCore { energy_pj, coverage, spikes, .. }, film } = self;
        let pictures = Pictures {
            chip: deployment.chip(),
            calibration: deployment.calibration(),
            mapping: deployment.mapping(),
            scene,
            core_counts: counts,
            core_energy_pj: energy_pj,
            core_coverage: coverage,
            core_spikes: spikes,
            film,
            command: &command(std::env::args_os().skip(1)),
        };
        write_page(path, &run_html(summary, &pictures))
    }
}

/// The command as a shell takes it.
pub(super) fn command(arguments: impl Iterator<Item = OsString>) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || "-_=./:,+@%".contains(c);
    let quoted = |argument: OsString| {
        let text = argument.to_string_lossy().into_owned();
        let plain = !text.is_empty() && text.chars().all(is_plain);
        if plain { text } else { format!("'{}'", text.replace('\'', "'\\''")) }
    };
    std::iter::once("spikemesh".to_owned()).chain(arguments.map(quoted)).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_written_as_a_shell_takes_it() {
        let text = |arguments: &[&str]| command(arguments.iter().map(OsString::from));
        assert_eq!(
            text(&["run", "--chip=loihi", "--set", "mesh.width=4"]),
            "spikemesh run --chip=loihi --set mesh.width=4"
        );
        assert_eq!(text(&["run", "--network", "my net"]), "spikemesh run --network 'my net'");
        assert_eq!(text(&["it's", ""]), "spikemesh 'it'\\''s' ''");
    }
}
