//! What a command may replace without being told to: nothing, or an earlier output of the same kind.

use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;

/// Kind of a file, and how an earlier one is recognised.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileKind {
    /// Input of other commands: an earlier file is never replaced unasked.
    Input {
        /// Description.
        what: &'static str,
    },
    /// A report for machines: JSON whose first field is `"schema"`, with this schema or another version of it.
    Json {
        /// The schema, `NAME/VERSION`.
        schema: &'static str,
    },
    /// A file that begins with some bytes, and has others near its beginning or its end.
    Marked {
        /// Description.
        what: &'static str,
        /// The bytes that it begins with.
        first: &'static [u8],
        /// The bytes that are somewhere near an end.
        holds: &'static [u8],
    },
}

/// Bytes at the beginning and at the end of a file that are looked at.
const LOOK: u64 = 1 << 18;

impl FileKind {
    /// Description.
    pub fn what(self) -> String {
        match self {
            Self::Input { what } => what.to_owned(),
            Self::Marked { what, .. } => format!("an earlier {what}"),
            Self::Json { schema } => format!("an earlier report of the kind {}", name_of(schema)),
        }
    }

    /// Whether a file may be replaced unasked: it is not there, it is empty, or it is an earlier output of this kind.
    pub fn may_replace(self, path: &Path) -> io::Result<bool> {
        let meta = match fs::metadata(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(true),
            other => other?,
        };
        if self.is_never_replaced() {
            return Ok(false);
        }
        if meta.len() == 0 {
            return Ok(true);
        }
        let mut file = File::open(path)?;
        let mut first = Vec::new();
        file.by_ref().take(LOOK).read_to_end(&mut first)?;
        let mut last = Vec::new();
        if meta.len() > LOOK {
            file.seek(SeekFrom::Start(meta.len().saturating_sub(LOOK)))?;
            file.take(LOOK).read_to_end(&mut last)?;
        }
        Ok(self.is(&first, &last))
    }

    fn is_never_replaced(self) -> bool {
        matches!(self, Self::Input { .. })
    }

    /// Whether a file's beginning and end are those of this kind.
    fn is(self, first: &[u8], last: &[u8]) -> bool {
        match self {
            Self::Input { .. } => false,
            Self::Json { schema } => has_schema(first, name_of(schema)),
            Self::Marked { first: begin, holds, .. } => {
                first.starts_with(begin) && (has(first, holds) || has(last, holds))
            }
        }
    }
}

fn has(bytes: &[u8], part: &[u8]) -> bool {
    part.is_empty() || bytes.windows(part.len()).any(|window| window == part)
}

fn name_of(schema: &str) -> &str {
    schema.split_once('/').map_or(schema, |(name, _)| name)
}

/// Whether a text is an object whose first field is the schema of a name.
fn has_schema(text: &[u8], name: &str) -> bool {
    let schema = format!("\"{name}/");
    let mut rest = text;
    ["{", "\"schema\"", ":", &schema].iter().all(|part| match rest.trim_ascii_start().strip_prefix(part.as_bytes()) {
        Some(after) => {
            rest = after;
            true
        }
        None => false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const RUN: FileKind = FileKind::Json { schema: "spikemesh.run/1" };
    const PAGE: FileKind = FileKind::Marked { what: "a page", first: b"<!DOCTYPE html>", holds: b"(run)" };

    fn may(kind: FileKind, content: &[u8]) -> bool {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        assert!(kind.may_replace(&file).unwrap(), "what is not there may be written");
        fs::write(&file, content).unwrap();
        kind.may_replace(&file).unwrap()
    }

    #[test]
    fn only_what_is_empty_or_of_the_same_kind_is_replaced() {
        for text in ["", "{\"schema\": \"spikemesh.run/1\", \"a\": 1}", " {\n \"schema\" :\"spikemesh.run/2\"}"] {
            assert!(may(RUN, text.as_bytes()), "{text}");
        }
        for text in [
            "notes",
            "{}",
            "{\"schema\": \"spikemesh.runs/1\"}",
            "{\"schema\": \"spikemesh.noc/1\"}",
            "{\"format\": \"spikemesh.chip/1\"}",
            "{\"a\": {\"schema\": \"spikemesh.run/1\"}}",
            "[{\"schema\": \"spikemesh.run/1\"}]",
        ] {
            assert!(!may(RUN, text.as_bytes()), "{text}");
        }
        let input = FileKind::Input { what: "a mapping" };
        assert!(!may(input, b"") && !may(input, b"{\"format\": \"spikemesh.mapping/1\"}"));
    }

    #[test]
    fn marks_are_looked_for_at_both_ends_of_large_files() {
        assert!(may(PAGE, b"<!DOCTYPE html><meta (run)>") && !may(PAGE, b"<!DOCTYPE html><meta (noc)>"));
        assert!(!may(PAGE, b"(run)<!DOCTYPE html>"));
        let mut large = b"<!DOCTYPE html>".to_vec();
        large.resize(3 * LOOK as usize, b' ');
        assert!(!may(PAGE, &large));
        large.extend(b"(run)");
        assert!(may(PAGE, &large));
    }
}
