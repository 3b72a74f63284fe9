//! Messages about single arguments: what was found, what is allowed, what may have been meant.

use crate::json::{format_of, nearest, unknown};
use crate::session::catalog::{CHIPS, NETWORKS};
use crate::text::{did_you_mean, in_line};
use clap::Command;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use std::error::Error;
use std::path::Path;

/// Commands that users of other programs look for, and where it is here.
const LOOKED_FOR: &[(&str, &str)] = &[
    ("benchmark", "compare"),
    ("config", "chips"),
    ("convert", "import"),
    ("list", "networks"),
    ("load", "import"),
    ("ls", "networks"),
    ("place", "map"),
    ("plot", "run --html"),
    ("print", "report"),
    ("save", "export"),
    ("schema", "check --schema"),
    ("show", "chips"),
    ("test", "validate"),
    ("trace", "run --trace"),
    ("verify", "validate"),
];

/// The message about an argument of a command; `None` for errors of other kinds.
pub(super) fn of(error: &clap::Error, command: &Command) -> Option<String> {
    let text = |kind: ContextKind| match error.get(kind) {
        Some(ContextValue::String(text)) => Some(in_line(text).into_owned()),
        _ => None,
    };
    let argument = text(ContextKind::InvalidArg);
    match error.kind() {
        ErrorKind::InvalidValue => {
            let (option, found) = (name(&argument?), text(ContextKind::InvalidValue)?);
            let Some(ContextValue::Strings(known)) = error.get(ContextKind::ValidValue) else { return None };
            let known: Vec<&str> = known.iter().map(String::as_str).collect();
            match found.as_str() {
                "" => Some(format!("{option}: a value is missing, allowed: {}", known.join(", "))),
                found => Some(format!("{option}: {}", unknown(found, &known))),
            }
        }
        ErrorKind::ValueValidation => {
            let (option, found) = (name(&argument?), text(ContextKind::InvalidValue)?);
            let why = error.source()?.to_string();
            Some(match why.as_str() {
                why if why.starts_with("found ") => format!("{option}: {why}"),
                why if why.starts_with("allowed: ") || why.starts_with("expected ") => {
                    format!("{option}: found \"{found}\", {why}")
                }
                why => format!("{option}: found \"{found}\": {why}"),
            })
        }
        ErrorKind::UnknownArgument => Some(with_usage(&unknown_argument(&argument?, command), command)),
        ErrorKind::InvalidSubcommand => {
            Some(with_usage(&unknown_command(&text(ContextKind::InvalidSubcommand)?, command), command))
        }
        _ => None,
    }
}

/// The option without its value, as in `--threads` for `--threads <N>`.
fn name(argument: &str) -> String {
    let name = argument.split([' ', '[', '=']).find(|part| !part.is_empty()).unwrap_or(argument);
    name.trim_matches(['<', '>', '.', ']']).to_owned()
}

fn with_usage(message: &str, command: &Command) -> String {
    let of = match command.get_name() {
        "spikemesh" => "spikemesh".to_owned(),
        name => format!("spikemesh {name}"),
    };
    format!("{message}\n\nFor the options, see \"{of} --help\".")
}

fn unknown_argument(found: &str, command: &Command) -> String {
    if !found.starts_with('-') {
        let hint = for_word(found, command).map_or(String::new(), |hint| format!("; {hint}"));
        return format!("unexpected argument \"{found}\"{hint}");
    }
    let options: Vec<String> = options(command);
    let known: Vec<&str> = options.iter().map(String::as_str).collect();
    let elsewhere = || {
        let whole = super::help::whole();
        let has =
            |command: &&Command| !command.is_hide_set() && self::options(command).iter().any(|known| known == found);
        let commands: Vec<String> =
            whole.get_subcommands().filter(has).map(|c| format!("\"{}\"", c.get_name())).collect();
        if commands.is_empty() { String::new() } else { format!("; it is an option of {}", commands.join(", ")) }
    };
    match nearest(found, &known) {
        Some(near) => format!("unknown option \"{found}\"; did you mean \"{near}\"?"),
        None => format!("unknown option \"{found}\"{}", elsewhere()),
    }
}

fn options(command: &Command) -> Vec<String> {
    let names =
        command.get_arguments().filter(|arg| !arg.is_hide_set()).filter_map(|arg| arg.get_long_and_visible_aliases());
    names.flatten().map(|name| format!("--{name}")).collect()
}

/// What the user may have meant by a word that belongs to no option.
fn for_word(word: &str, command: &Command) -> Option<String> {
    let has = |option: &str| command.get_arguments().any(|arg| arg.get_long() == Some(option));
    let option = |option: &str| has(option).then(|| format!("--{option} {word}"));
    let path = Path::new(word);
    if let Some(kind) = format_of(path) {
        let reader = kind.read_by.replace("FILE", word);
        let own = reader.split_once(" --").and_then(|(_, rest)| option(rest.split(' ').next()?));
        let reader = if reader.is_empty() { String::new() } else { format!("spikemesh {reader}") };
        let how = own.unwrap_or(reader);
        return Some(if how.is_empty() {
            format!("it is {}", kind.what)
        } else {
            format!("it is {}: {how}", kind.what)
        });
    }
    if path.extension().is_some_and(|extension| extension == "nir") && path.is_file() {
        return Some(format!("it is a NIR graph: spikemesh import {word} --out DIR"));
    }
    let of = |names: Vec<String>, name: &str| names.iter().any(|known| known == word).then(|| option(name)).flatten();
    let known =
        of(CHIPS.names(), "chip").or_else(|| of(CHIPS.names(), "chips")).or_else(|| of(NETWORKS.names(), "network"));
    known.map(|option| format!("did you mean {option}?"))
}

fn unknown_command(found: &str, command: &Command) -> String {
    let commands: Vec<&str> = command.get_subcommands().filter(|c| !c.is_hide_set()).map(Command::get_name).collect();
    let looked_for = LOOKED_FOR.iter().find(|(word, _)| *word == found).map(|(_, command)| *command);
    let hint = match (looked_for, for_word(found, command)) {
        (Some(command), _) => format!("; did you mean \"spikemesh {command}\"?"),
        (None, Some(hint)) => format!("; {hint}"),
        (None, None) => did_you_mean(found, &commands),
    };
    format!("unknown command \"{found}\"{hint}\nCommands: {}", commands.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::args::Arguments;
    use clap::{CommandFactory, Parser};

    fn said(arguments: &[&str]) -> String {
        let all = ["spikemesh"].iter().chain(arguments);
        let error = Arguments::try_parse_from(all).unwrap_err();
        let whole = Arguments::command();
        let command = whole.find_subcommand(arguments[0]).cloned().unwrap_or(whole);
        of(&error, &command).unwrap_or_else(|| error.to_string())
    }

    #[test]
    fn wrong_words_are_told_with_what_was_meant() {
        for (arguments, part) in [
            (&["rnu"][..], "unknown command \"rnu\"; did you mean \"run\"?"),
            (&["verify"], "did you mean \"spikemesh validate\"?"),
            (&["run", "--netwrok", "x"], "unknown option \"--netwrok\"; did you mean \"--network\"?"),
            (&["map", "--retrain"], "unknown option \"--retrain\"; it is an option of \"compare\""),
            (&["run", "loihi"], "unexpected argument \"loihi\"; did you mean --chip loihi?"),
            (&["map", "digits-mlp"], "did you mean --network digits-mlp?"),
            (&["compare", "odin"], "did you mean --chips odin?"),
            (&["run", "--timing", "evnt"], "--timing: found \"evnt\", allowed: event, ideal; did you mean \"event\"?"),
            (
                &["check", "--schema=chips"],
                "--schema: found \"chips\", allowed: chip, network, sparse, sweep, mapping; did you mean \"chip\"?",
            ),
            (&["completions", "bsh"], "SHELL: found \"bsh\", allowed: bash, "),
            (&["run", "--trace", "vdc=x"], "--trace: found \"vdc\", allowed: "),
            (&["train", "--loss", "msq", "--out", "x"], "did you mean \"mse\"?"),
            (&["compare", "--shard", "3/2", "--journal", "x"], "--shard: found \"3/2\""),
        ] {
            let said = said(arguments);
            assert!(said.contains(part), "{arguments:?}: {said}");
        }
    }

    /// Every option that takes a number says that a negative one is wrong, and not that it is an unknown option.
    #[test]
    fn negative_numbers_are_values() {
        let whole = Arguments::command();
        let mut tried = 0;
        for command in whole.get_subcommands() {
            let required = command.get_arguments().filter(|arg| arg.is_required_set());
            let required: Vec<String> = required
                .flat_map(|arg| match arg.get_long() {
                    Some(name) => vec![format!("--{name}"), "x".to_owned()],
                    None => vec!["x".to_owned()],
                })
                .collect();
            for option in command.get_arguments() {
                let Some(name) = option.get_long().filter(|_| option.get_action().takes_values()) else { continue };
                let all = ["spikemesh".to_owned(), command.get_name().to_owned(), format!("--{name}=zzz")];
                let is_number = whole.clone().try_get_matches_from(all.iter().chain(&required)).is_err_and(|error| {
                    let why = error.source().map(ToString::to_string).unwrap_or_default();
                    error.kind() == ErrorKind::ValueValidation && why.contains("number")
                });
                if !is_number {
                    continue;
                }
                let all = ["spikemesh".to_owned(), command.get_name().to_owned(), format!("--{name}"), "-1".to_owned()];
                let kind =
                    whole.clone().try_get_matches_from(all.iter().chain(&required)).err().map(|error| error.kind());
                // If clap only misses another option, it accepted -1 as a value.
                let read = [ErrorKind::ValueValidation, ErrorKind::MissingRequiredArgument];
                let fits = kind.is_none_or(|kind| read.contains(&kind));
                assert!(fits, "{} --{name} -1: {kind:?}", command.get_name());
                tried += 1;
            }
        }
        assert!(tried > 40, "{tried}");
    }
}
