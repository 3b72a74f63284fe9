//! Messages about arguments that cannot be read.

use super::{Arguments, words};
use crate::cli::terminal::{tell, tell_usage};
use crate::text::in_line;
use clap::error::ErrorKind;
use clap::{Arg, Command, CommandFactory, Parser};
use std::any::TypeId;
use std::ffi::OsString;
use std::path::PathBuf;

/// Reports the problem with the arguments, or prints the help that was asked for.
pub(in crate::cli) fn explain(error: &clap::Error) {
    // clap does not say which argument is not valid UTF-8.
    let found = (error.kind() == ErrorKind::InvalidUtf8).then(|| not_text(std::env::args_os())).flatten();
    let found = found.map(|(option, value)| {
        format!(
            "{option}: found \"{value}\", which is not UTF-8; rename the file, or name it from its own folder by a link"
        )
    });
    match found.or_else(|| words::of(error, &command_of(std::env::args_os()))) {
        Some(text) => tell(format_args!("error: {text}")),
        None => tell_usage(shown(error, std::env::args_os()).as_ref().unwrap_or(error)),
    }
}

/// The command that arguments begin with, or the program.
fn command_of(arguments: impl Iterator<Item = OsString>) -> Command {
    let whole = super::help::whole();
    let words = arguments.skip(1).filter_map(|argument| argument.into_string().ok());
    let mut words = words.filter(|word| !word.starts_with('-'));
    let command = words.next().and_then(|word| whole.find_subcommand(word).cloned());
    command.unwrap_or(whole)
}

/// The same error with terminal control characters in its arguments escaped; `None` if there are none.
fn shown(error: &clap::Error, arguments: impl Iterator<Item = OsString>) -> Option<clap::Error> {
    let given: Vec<String> = arguments.map(|argument| argument.to_string_lossy().into_owned()).collect();
    let safe: Vec<String> = given.iter().map(|argument| in_line(argument).into_owned()).collect();
    if safe == given {
        return None;
    }
    let other = || clap::Error::raw(error.kind(), format!("{}\n", in_line(&error.to_string())));
    Some(Arguments::try_parse_from(safe).err().unwrap_or_else(other))
}

/// The first argument that is not UTF-8 though its option takes text: the option, and the value as far as it is text.
fn not_text(arguments: impl Iterator<Item = OsString>) -> Option<(String, String)> {
    let whole = Arguments::command();
    let (mut command, mut last) = (&whole, None);
    for argument in arguments.skip(1) {
        let text = argument.to_string_lossy().into_owned();
        let is_text = argument.to_str().is_some();
        if let Some(name) = text.strip_prefix("--") {
            let (name, value) = name.split_once('=').map_or((name, None), |(name, value)| (name, Some(value)));
            if let Some(value) = value.filter(|_| !is_text && !takes_paths(command, name)) {
                return Some((format!("--{name}"), value.to_owned()));
            }
            last = Some(name.to_owned()).filter(|_| value.is_none());
        } else if !is_text {
            match &last {
                Some(name) if !takes_paths(command, name) => return Some((format!("--{name}"), text)),
                Some(_) => {}
                None if positionals(command).all(is_path) => {}
                None => return Some(("an argument".to_owned(), text)),
            }
        } else if last.is_none() {
            command = command.find_subcommand(&text).unwrap_or(command);
        }
    }
    None
}

fn positionals(command: &Command) -> impl Iterator<Item = &Arg> {
    command.get_positionals()
}

fn takes_paths(command: &Command, option: &str) -> bool {
    command.get_arguments().filter(|arg| arg.get_long() == Some(option)).any(is_path)
}

fn is_path(arg: &Arg) -> bool {
    [TypeId::of::<PathBuf>(), TypeId::of::<super::trace::TraceFile>()]
        .iter()
        .any(|path| arg.get_value_parser().type_id() == *path)
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::os::unix::ffi::OsStringExt;

    #[test]
    fn the_option_whose_value_is_no_text_is_found() {
        let found = |arguments: &[&[u8]]| {
            let all = [&b"spikemesh"[..]].into_iter().chain(arguments.iter().copied());
            not_text(all.map(|bytes| OsString::from_vec(bytes.to_vec()))).map(|(option, _)| option)
        };
        assert_eq!(found(&[b"run", b"--network", b"a\xff"]).as_deref(), Some("--network"));
        assert_eq!(found(&[b"run", b"--json", b"a\xff", b"--chip=a\xff"]).as_deref(), Some("--chip"));
        assert_eq!(found(&[b"chips", b"a\xff"]).as_deref(), Some("an argument"));
        assert_eq!(found(&[b"check", b"a\xff", b"--json=a\xff"]).as_deref(), Some("--json"));
        assert_eq!(found(&[b"run", b"--quiet", b"--html", b"a\xff"]), None);
    }
}
