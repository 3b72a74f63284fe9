//! The source files of the program, as text that tests look at.

use crate::common::repository;
use std::path::{Path, PathBuf};

/// All Rust files under a folder, as paths from there.
pub fn files_under(folder: &Path) -> Vec<PathBuf> {
    files_ending(folder, "rs")
}

/// All files under a folder with an extension, as paths from there.
pub fn files_ending(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        // What the fuzz targets were built to is not ours, and neither are environments of Python.
        if path.is_dir() && (path.ends_with("target") || path.join("pyvenv.cfg").exists()) {
            continue;
        }
        if path.is_dir() {
            found.extend(files_ending(&path, extension));
        } else if path.extension().is_some_and(|e| e == extension) {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// A source file: its path from the root of its crate, and its code without comments, literals and tests.
#[derive(Debug)]
pub struct Source {
    pub name: String,
    pub code: String,
}

impl Source {
    /// The top module it belongs to; `main` and `lib` belong to none.
    pub fn module(&self) -> &str {
        let first = self.name.split('/').next().unwrap_or_default();
        first.strip_suffix(".rs").unwrap_or(first)
    }

    pub fn prints(&self) -> bool {
        matches!(self.module(), "cli" | "main")
    }
}

/// Where the Python package stands: a crate of its own, in Rust and in Python.
pub const BINDINGS: &str = "src/python";

/// The files of the library and the program.
pub fn all_sources() -> Vec<Source> {
    let bindings = repository(BINDINGS);
    let all = sources_of(&repository("src"), |path| !path.starts_with(&bindings));
    assert!(all.len() > 40, "only {} files were found", all.len());
    all
}

/// The Rust files of the Python package.
pub fn binding_sources() -> Vec<Source> {
    let all = sources_of(&repository(BINDINGS), |_| true);
    assert!(!all.is_empty(), "no files were found");
    all
}

fn sources_of(folder: &Path, is_wanted: impl Fn(&Path) -> bool) -> Vec<Source> {
    let read = |path: PathBuf| {
        let name = path.strip_prefix(folder).unwrap().to_string_lossy().replace('\\', "/");
        let text = std::fs::read_to_string(&path).unwrap();
        let code = if name.ends_with("tests.rs") { String::new() } else { without_tests(&code_of(&text)) };
        Source { name, code }
    };
    files_under(folder).into_iter().filter(|path| is_wanted(path)).map(read).collect()
}

/// The code with comments and the insides of literals blanked out.
pub fn code_of(text: &str) -> String {
    let mut code = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let len = match c {
            '/' if rest.starts_with("//") => rest.find('\n').unwrap_or(rest.len()),
            '/' if rest.starts_with("/*") => rest.find("*/").map_or(rest.len(), |end| end + 2),
            'r' if rest.starts_with("r\"") || rest.starts_with("r#") => raw_string(rest),
            '"' => string(rest),
            // A character, not a lifetime.
            '\'' if rest.starts_with("'\\") => {
                2 + rest[2..].char_indices().skip(1).find(|(_, c)| *c == '\'').unwrap().0 + 1
            }
            '\'' if rest.chars().nth(2) == Some('\'') => rest.char_indices().nth(3).map_or(rest.len(), |(i, _)| i),
            _ => 0,
        };
        if len == 0 {
            code.push(c);
            rest = &rest[c.len_utf8()..];
        } else {
            code.push(' ');
            rest = &rest[len..];
        }
    }
    code
}

fn string(rest: &str) -> usize {
    let mut escaped = false;
    for (i, c) in rest.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return i + 1,
            _ => {}
        }
    }
    rest.len()
}

fn raw_string(rest: &str) -> usize {
    let hashes = rest[1..].chars().take_while(|c| *c == '#').count();
    if !rest[1 + hashes..].starts_with('"') {
        return 0; // a raw identifier
    }
    let end = format!("\"{}", "#".repeat(hashes));
    rest[2 + hashes..].find(&end).map_or(rest.len(), |at| 2 + hashes + at + end.len())
}

/// The code before its test module, which stands last in a file.
pub fn without_tests(code: &str) -> String {
    let squeezed = code.find("#[cfg(test)]").filter(|at| code[*at..].contains("mod tests {"));
    squeezed.map_or(code, |at| &code[..at]).to_owned()
}
