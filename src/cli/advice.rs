//! From errors of the library, which name fields, to messages that name options.

use super::folder::goes_on;
use crate::map::MapError;
use crate::session::{Error, OptionField};
use std::any::Any;

fn option(field: OptionField) -> &'static str {
    match field {
        OptionField::Calibration => "--calibration",
        OptionField::Objective => "--objective",
        OptionField::Partitioner => "--partitioner",
        OptionField::Placer => "--placer",
        OptionField::Samples => "--samples",
        OptionField::Set => "--set",
        OptionField::ShareCores => "--share-cores",
        OptionField::Steps => "--steps",
    }
}

/// The message of an error, with options of the command line where it is about their fields, and commands that help.
pub(super) fn in_options<E: std::error::Error + 'static>(error: &E) -> String {
    let any: &dyn Any = error;
    if let Some(error) = any.downcast_ref::<Error>() {
        return of_session(error);
    }
    match any.downcast_ref::<MapError>() {
        Some(error) => of_map(error),
        None => error.to_string(),
    }
}

fn of_session(error: &Error) -> String {
    match error {
        Error::Field { field, problem } => format!("{}: {problem}", option(*field)),
        Error::Map(error) => of_map(error),
        Error::Nir { file } => format!("{error}: spikemesh import {file} --out DIR"),
        Error::Unfinished { folder, standing } => format!("{error}; continue with: {}", goes_on(folder, standing)),
        Error::Classifier(error) => error.to_string().replace("`encode`", "--encode"),
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
