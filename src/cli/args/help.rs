//! The command line as clap knows it, with the layout of help.

use super::Arguments;
use crate::cli::colour::{ERROR, HEADING};
use crate::cli::terminal::{UNBROKEN, width};
use clap::builder::StyledStr;
use clap::builder::styling::{AnsiColor, Styles};
use clap::{Command, CommandFactory, FromArgMatches};

/// Examples in the help of -h.
const FIRST: usize = 3;

/// Longer lines are hard to read.
const WIDEST: u16 = 100;

const STYLES: Styles = Styles::plain()
    .header(HEADING)
    .usage(HEADING)
    .literal(AnsiColor::Cyan.on_default())
    .error(ERROR)
    .valid(AnsiColor::Green.on_default())
    .invalid(AnsiColor::Yellow.on_default());

/// The whole command line; help is laid out for a number of columns.
pub(in crate::cli) fn command(columns: u16) -> Command {
    with_examples(Arguments::command()).styles(STYLES).term_width(usize::from(columns))
}

/// The whole command line, built, so that commands have the global options.
pub(super) fn whole() -> Command {
    let mut whole = Arguments::command();
    whole.build();
    whole
}

/// Reads the arguments of the process.
pub(in crate::cli) fn parse() -> Result<Arguments, clap::Error> {
    Arguments::from_arg_matches(&command(width().min(WIDEST)).try_get_matches()?)
}

/// Makes the text below the options the long one, and its first examples the short one, in all commands.
fn with_examples(mut command: Command) -> Command {
    if let Some(text) = command.get_after_help().map(StyledStr::to_string) {
        let name = command.get_name();
        let of = if name == "spikemesh" { name.to_owned() } else { format!("spikemesh {name}") };
        let examples: Vec<&str> = text.lines().take_while(|line| !line.is_empty()).take(FIRST + 1).collect();
        let short = format!("{}\n\n\"{of} --help\" explains every option.", examples.join("\n"));
        command = command.after_help(laid_out(&short)).after_long_help(laid_out(&text));
    }
    command.mut_subcommands(with_examples)
}

/// Paragraphs without line breaks, lines that begin with blanks as they are, and a style for headings.
fn laid_out(text: &str) -> String {
    let mut lines: Vec<String> = Vec::new();
    let mut rest = text.lines().peekable();
    while let Some(line) = rest.next() {
        let heads = line.ends_with(':') && rest.peek().is_some_and(|next| next.starts_with(' '));
        lines.push(match line {
            line if line.starts_with(' ') => line.replace(' ', &UNBROKEN.to_string()),
            line if heads && line.len() < 30 => format!("{HEADING}{line}{HEADING:#}"),
            line => line.to_owned(),
        });
    }
    lines.join("\n")
}
