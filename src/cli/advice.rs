//! From errors of the library, which name fields, to messages that name options.

use super::folder::goes_on;
use crate::explore::{CompareError, JournalError, MergeError, PlanError, TuneError};
use crate::map::MapError;
use crate::session::{Error, OptionField};
use std::any::Any;

/// A field as an option.
fn option(field: OptionField) -> String {
    match field {
        OptionField::Trace => "--trace-filter".into(),
        field => format!("--{}", field.name().replace('_', "-")),
    }
}

/// A message in which the fields that it names, in backticks, are options.
fn with_options(text: &str) -> String {
    let mut parts = text.split('`');
    let mut message = parts.next().unwrap_or_default().to_owned();
    while let Some(name) = parts.next() {
        message += "--";
        message += &name.replace('_', "-");
        message += parts.next().unwrap_or_default();
    }
    message
}

/// The message of an error, with options of the command line where it is about their fields, and commands that help.
pub(super) fn in_options<E: std::error::Error + 'static>(error: &E) -> String {
    let any: &dyn Any = error;
    if let Some(error) = any.downcast_ref::<Error>() {
        return of_session(error);
    }
    if let Some(CompareError::Session(error)) = any.downcast_ref::<CompareError>() {
        return of_session(error);
    }
    match any.downcast_ref::<MapError>() {
        Some(error) => of_map(error),
        None if names_fields(any) => with_options(&error.to_string()),
        None => error.to_string(),
    }
}

/// Tells errors whose messages give names of fields in backticks from others.
fn names_fields(error: &dyn Any) -> bool {
    error.is::<PlanError>()
        || error.is::<CompareError>()
        || error.is::<JournalError>()
        || error.is::<MergeError>()
        || matches!(error.downcast_ref(), Some(TuneError::Journal(_)))
}

fn of_session(error: &Error) -> String {
    match error {
        Error::Field { field, problem } => format!("{}: {}", option(*field), with_options(problem)),
        Error::Occupied(problem) => with_options(problem),
        Error::Map(error) => of_map(error),
        Error::Nir { file } => format!("{error}: spikemesh import {file} --out DIR"),
        Error::Unfinished { folder, standing } => format!("{error}; continue with: {}", goes_on(folder, standing)),
        Error::Classifier(error) => with_options(&error.to_string()),
        Error::DataAbsent { .. } => format!("{error}: --data DIR"),
        error => error.to_string(),
    }
}

fn of_map(error: &MapError) -> String {
    match error {
        MapError::DoesNotFit { .. } => format!("{error}\n(--limits report maps it anyway and lists these limits)"),
        error => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_in_messages_are_options() {
        assert_eq!(with_options("needs `steps` A..B, or `share_cores`"), "needs --steps A..B, or --share-cores");
        assert_eq!(with_options("plain"), "plain");
        assert_eq!(option(OptionField::AnnealEpochs), "--anneal-epochs");
    }
}
