//! Options of an import as they are kept in a network's file.

use super::discrete::IfInput;
use super::import::ImportOptions;
use crate::json::{Words, unknown};
use std::str::FromStr;

impl ImportOptions {
    /// The options that determine the network, in the form kept in its file: those that are not the default.
    pub fn arguments(&self) -> Vec<String> {
        let (asked, default) = (&self.asked, Self::default());
        let mut found = Vec::new();
        let mut add = |name: &str, value: Option<String>| found.extend(value.map(|value| format!("--{name}={value}")));
        add("from", asked.from.map(|from| from.name().to_owned()));
        add("dt", asked.dt.map(|dt| dt.to_string()));
        let named = |name: &str, differs: bool| differs.then(|| name.to_owned());
        add("integrator", asked.integrator.map(|integrator| integrator.name().to_owned()));
        add("reset", asked.reset.map(|reset| reset.name().to_owned()));
        add("if-input", named(asked.if_input.name(), asked.if_input != default.asked.if_input));
        add("cuba-input", asked.cuba_input.map(|input| input.name().to_owned()));
        add("lif-input", asked.lif_input.map(|input| input.name().to_owned()));
        add("max-spikes", asked.max_spikes.map(|spikes| spikes.to_string()));
        add("fires", asked.fires.map(|fires| fires.name().to_owned()));
        add("weight-bits", Some(self.bits.weight).filter(|bits| *bits != default.bits.weight).map(|b| b.to_string()));
        add("membrane-bits", Some(self.bits.membrane).filter(|b| *b != default.bits.membrane).map(|b| b.to_string()));
        found
    }

    /// Reads options kept in a network's file; `None` if some are not options of an import.
    pub fn from_arguments(arguments: &[String]) -> Option<Self> {
        let (mut options, mut rest) = (Self::default(), arguments.iter());
        while let Some(argument) = rest.next() {
            let (name, value) = match argument.split_once('=') {
                Some(pair) => pair,
                None => (argument.as_str(), rest.next()?.as_str()),
            };
            options.set(name.strip_prefix("--")?, value).ok()?;
        }
        options.problems().is_empty().then_some(options)
    }

    /// Sets an option by its name on the command line, without the dashes.
    ///
    /// # Errors
    /// A name or a value that there is not, with those that there are. Numbers out of range are reported by an import.
    pub fn set(&mut self, name: &str, value: &str) -> Result<(), String> {
        let Self { asked, bits, .. } = self;
        match name {
            "from" => asked.from = Some(named(value)?),
            "dt" => asked.dt = Some(number(value)?),
            "integrator" => asked.integrator = Some(named(value)?),
            "reset" => asked.reset = Some(named(value)?),
            "if-input" => {
                asked.if_input = named(value)?;
                if asked.if_input == IfInput::Found {
                    return Err(format!("found \"{value}\", which is what it is without the option"));
                }
            }
            "cuba-input" => asked.cuba_input = Some(named(value)?),
            "lif-input" => asked.lif_input = Some(named(value)?),
            "max-spikes" => asked.max_spikes = Some(number(value)?),
            "fires" => asked.fires = Some(named(value)?),
            "weight-bits" => bits.weight = number(value)?,
            "membrane-bits" => bits.membrane = number(value)?,
            _ => return Err(unknown(name, NAMES)),
        }
        Ok(())
    }
}

/// All options.
const NAMES: &[&str] = &[
    "from",
    "dt",
    "integrator",
    "reset",
    "if-input",
    "cuba-input",
    "lif-input",
    "max-spikes",
    "fires",
    "weight-bits",
    "membrane-bits",
];

fn number<T: FromStr>(text: &str) -> Result<T, String> {
    text.parse().map_err(|_| format!("found \"{text}\", expected a number"))
}

/// The value named by a word.
fn named<T: Words>(word: &str) -> Result<T, String> {
    let words: Vec<&str> = T::ALL.iter().map(|one| one.word()).collect();
    T::ALL.iter().copied().find(|one| one.word() == word).ok_or_else(|| unknown(word, &words))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::net::nir::{Asked, Bits, CubaInput, FiresAt, Framework, Integrator, LifInput, ResetRule};

    #[test]
    fn options_come_back_from_the_arguments_of_a_file() {
        let asked = Asked {
            from: Some(Framework::Norse),
            dt: Some(2e-4),
            integrator: Some(Integrator::Exponential),
            reset: Some(ResetRule::Snntorch),
            if_input: IfInput::Current,
            cuba_input: Some(CubaInput::Impulse),
            lif_input: Some(LifInput::Impulse),
            fires: Some(FiresAt::Reached),
            max_spikes: Some(9),
        };
        let options = ImportOptions { asked, bits: Bits { weight: 9, membrane: 16 }, ..ImportOptions::default() };
        let arguments = options.arguments();
        assert_eq!(arguments.len(), 11);
        for options in [options, ImportOptions::default()] {
            assert_eq!(ImportOptions::from_arguments(&options.arguments()), Some(options));
        }
        let read = |arguments: &[&str]| {
            ImportOptions::from_arguments(&arguments.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>())
        };
        assert_eq!(read(&["--dt", "1e-4"]).unwrap().asked.dt, Some(1e-4));
        for wrong in [&["--dt"][..], &["--dt=x"], &["dt=1"], &["--weight-bits=40"], &["--out=x"], &["--reset=soft"]] {
            assert_eq!(read(wrong), None, "{wrong:?}");
        }
    }

    #[test]
    fn options_that_there_are_not_are_said_with_those_that_there_are() {
        let error = |name: &str, value: &str| ImportOptions::default().set(name, value).unwrap_err();
        let words = "found \"snntroch\", allowed: snntorch, norse, sinabs, spikingjelly; did you mean \"snntorch\"?";
        assert_eq!(error("from", "snntroch"), words);
        assert_eq!(error("dt", "fast"), "found \"fast\", expected a number");
        assert!(error("if-input", "found").contains("without the option"));
        assert!(error("rest", "zero").contains("did you mean \"reset\"?"));
        let mut options = ImportOptions::default();
        NAMES.iter().for_each(|name| {
            let known = ["snntorch", "1", "euler", "zero", "impulse", "defined", "at"];
            assert!(known.iter().any(|value| options.set(name, value).is_ok()), "{name}");
        });
    }
}
