//! How a run was made, from which the pictures of its page are drawn.

use crate::chip::Chip;
use crate::map::{MappingOf, arranged};
use crate::network::NetworkOf;
use pyo3::prelude::*;
use spikemesh::report::{RunDetails, Summary};
use spikemesh::session::{Deployment, Error, RunPage, WorkloadOptions};
use spikemesh::stats::Counts;
use spikemesh::{MapOptions, Session, Unwatched};

/// The arguments of a run. It holds no more memory than what the caller has given: the system is built again.
pub(crate) struct Recipe {
    pub(crate) network: NetworkOf,
    pub(crate) workload: WorkloadOptions,
    pub(crate) chip: Py<Chip>,
    pub(crate) calibration: Option<String>,
    pub(crate) map: MapOptions,
    pub(crate) mapping: Option<MappingOf>,
}

impl Recipe {
    /// The network on the chip.
    pub(crate) fn deployment(&self) -> Result<Deployment, Error> {
        let chip = self.chip.get();
        let session = Session::new(chip.chip.clone(), self.network.load(&self.workload)?).found(&chip.found);
        let session = session.calibrated(self.calibration.as_deref())?;
        let arranged = arranged(&session, &self.map, self.mapping.as_ref())?;
        session.deploy(arranged, &self.map)
    }

    /// The page of the run, with pictures over time; none where files have changed since, or are gone.
    pub(crate) fn page(&self, summary: &Summary, details: &RunDetails) -> Result<Option<String>, Error> {
        let Ok(deployment) = self.deployment() else { return Ok(None) };
        let header = &summary.header;
        if !deployment.workload().digests.iter().all(|known| header.digests.contains(known)) {
            return Ok(None);
        }
        let counts: Vec<Counts> = details.cores.iter().map(|core| core.counts).chain([details.host]).collect();
        let steps = summary.interrupted.and_then(|mark| u32::try_from(mark.done).ok());
        let page = RunPage::with(deployment, (&counts, summary.samples, steps), &Unwatched)?;
        let command = header.host.as_ref().map_or("spikemesh.run", |host| host.command.as_str());
        Ok(Some(page.html(summary, command)))
    }
}
