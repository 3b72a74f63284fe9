//! From errors of the library, which name fields, to messages that name options.

use crate::map::{LoadError, MapError};
use crate::session::{Error, Field};
use std::any::Any;

/// The option that sets a field.
fn option(field: Field) -> &'static str {
    match field {
        Field::Calibration => "--calibration",
        Field::Samples => "--samples",
        Field::Steps => "--steps",
    }
}

/// The message of an error, with options of the command line where it is about their fields.
pub(super) fn in_options<E: std::error::Error + 'static>(error: &E) -> String {
    let any: &dyn Any = error;
    let session = any.downcast_ref::<Error>();
    let mapping = match (session, any.downcast_ref::<LoadError>()) {
        (Some(Error::Map(error)), _) | (_, Some(LoadError::Map(error))) => Some(error),
        _ => any.downcast_ref::<MapError>(),
    };
    if let Some(Error::Field { field, problem }) = session {
        return format!("{}: {problem}", option(*field));
    }
    match mapping {
        Some(MapError::DoesNotFit { .. }) => {
            format!("{error}\n(--limits report maps it all the same and lists this)")
        }
        _ => error.to_string(),
    }
}
