//! The first run: the network of `run` and `map` when none is given, and what `run` runs it on.
//!
//! Its samples come with the program and are always as many, so that a bare `run` gives the same report everywhere.

use super::chip::DEFAULT_CHIP;
use super::values::networks;
use super::{MapArguments, RunArguments, TargetOptions, heading};
use clap::Args;

/// Network of a bare `run` or `map`.
const NETWORK: &str = "fashion-cnn";
/// Network of both on a chip that is named: one that nearly all chips hold.
const ELSEWHERE: &str = "digits-mlp";
/// Data set of a bare `run`.
const DATA: &str = "fashion-1000";
/// Samples of a bare `run`: a few seconds on two processors.
const SAMPLES: u32 = 100;

/// The network of a command whose default network crosses the mesh of the default chip.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = heading::INPUT)]
pub(in crate::cli) struct TargetNetwork {
    /// Network: a name, a file, a trained folder, or random:… [default: fashion-cnn on loihi, digits-mlp on other chips]
    ///
    /// "spikemesh networks" lists the names. A generated network is random:seed=S,neurons=N,cores=C,targets=T, with targets
    /// uniform or local8. Without --network and --data, "run" takes 100 images of fashion-1000 for fashion-cnn; they come
    /// with the program.
    #[arg(long, value_parser = networks(), hide_possible_values = true)]
    network: Option<String>,
}

impl TargetNetwork {
    /// The network: a name or a path.
    pub(in crate::cli) fn name(&self) -> &str {
        self.network.as_deref().unwrap_or(NETWORK)
    }

    /// Whether no network was given.
    pub(in crate::cli) fn is_default(&self) -> bool {
        self.network.is_none()
    }
}

impl TargetOptions {
    /// Fills in the network where the chip is not that of the first run.
    fn with_network(mut self) -> Self {
        if self.network.is_default() && self.chip.chip != DEFAULT_CHIP {
            self.network.network = Some(ELSEWHERE.into());
        }
        self
    }
}

impl MapArguments {
    pub(in crate::cli) fn with_defaults(self) -> Self {
        Self { target: self.target.with_network(), ..self }
    }
}

impl RunArguments {
    /// Fills in the data and the number of samples of the default network, unless other data are asked for. A profile needs
    /// training samples, which the default data lack.
    pub(in crate::cli) fn with_defaults(mut self) -> Self {
        self.target = self.target.with_network();
        if self.target.network.is_default() && self.input.data.is_none() && self.target.profile.profile == 0 {
            self.input.data = Some(DATA.into());
            self.input.samples.get_or_insert(SAMPLES);
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::args::{Arguments, Command};
    use clap::{CommandFactory, Parser};

    fn run(given: &[&str]) -> (String, Option<String>, Option<u32>) {
        let all = [&["spikemesh", "run"], given].concat();
        let Command::Run(options) = Arguments::parse_from(all).command else { unreachable!("it is run") };
        let options = options.with_defaults();
        (options.target.network.name().to_owned(), options.input.data, options.input.samples)
    }

    #[test]
    fn what_a_bare_run_runs_is_the_same_everywhere_and_what_help_says() {
        let (network, data) = (NETWORK.to_owned(), Some(DATA.to_owned()));
        assert_eq!(run(&[]), (network.clone(), data.clone(), Some(SAMPLES)));
        assert_eq!(run(&["--chip", "loihi"]), run(&[]));
        assert_eq!(run(&["--chip", "sram_mesh"]), (ELSEWHERE.to_owned(), None, None));
        assert_eq!(run(&["--samples", "7"]), (network.clone(), data, Some(7)));
        assert_eq!(run(&["--profile", "7"]), (network.clone(), None, None));
        assert_eq!(run(&["--data", "fashion-mnist"]), (network.clone(), Some("fashion-mnist".into()), None));
        // A network by its name runs on its own data, all of them.
        assert_eq!(run(&["--network", NETWORK]), (network, None, None));
        let mut command = Arguments::command();
        let help = command.find_subcommand_mut("run").expect("it is there").render_long_help().to_string();
        let help = help.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(
            help.contains(&format!("[default: {NETWORK} on {DEFAULT_CHIP}, {ELSEWHERE} on other chips]"))
                && help.contains(&format!("takes {SAMPLES} images of {DATA} for {NETWORK};")),
            "{help}"
        );
    }
}
