//! From a request to a job; all problems are reported at once.

use super::job::NocJob;
use super::network::{RequestedNetwork, asked, network};
use super::request::{NocNumbers, NocRequest, Problems};
use crate::session::error::Error;

impl NocRequest {
    /// The measurement that is asked for.
    ///
    /// # Errors
    /// [`Error::Noc`] with all problems of the request.
    pub fn job(&self) -> Result<NocJob, Error> {
        self.job_as(str::to_owned)
    }

    /// The same, for a caller that spells the names of fields in another way.
    pub fn job_as(&self, spelled: fn(&str) -> String) -> Result<NocJob, Error> {
        let mut problems = Problems::none(spelled);
        let numbers = NocNumbers::of(self, &mut problems);
        let rates = self.rate.as_ref().and_then(|rates| problems.take("rate", rates.numbers()));
        let chip = problems.spelled("chip");
        if self.chip.is_none() && !self.set.is_empty() {
            problems.add("set", format_args!("changes a chip: name it with {chip}"));
        }
        let shape =
            [("topology", self.topology.is_some()), ("width", self.width.is_some()), ("height", self.height.is_some())];
        for (field, _) in shape.iter().filter(|(_, is_given)| *is_given && self.chip.is_some()) {
            problems.add(field, format_args!("cannot be used with {chip}, which has a network of its own"));
        }
        // Values out of range would only be reported a second time, in other words.
        let found = problems.is_empty().then(|| network(self, &numbers, &mut problems)).flatten();
        let load = found.as_ref().and_then(|found| asked(self, &found.noc, rates, &mut problems));
        match (found, load) {
            (Some(RequestedNetwork { noc, times, label, read }), Some(asked)) if problems.is_empty() => Ok(NocJob {
                setup: numbers.setup(noc, times),
                chip: label,
                read,
                traffic: self.traffic.clone(),
                asked,
                max_events: self.max_events,
            }),
            _ => Err(Error::Noc { problems: problems.into_all() }),
        }
    }
}
