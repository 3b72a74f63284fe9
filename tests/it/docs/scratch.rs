//! The folder in which the blocks of a page run.

use crate::bench::text;
use std::path::Path;
use std::process::Command;

pub struct Scratch {
    folder: tempfile::TempDir,
    programs: tempfile::TempDir,
}

impl Scratch {
    pub fn new() -> Self {
        let (folder, programs) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let program = Path::new(env!("CARGO_BIN_EXE_spikemesh"));
        std::os::unix::fs::symlink(program, programs.path().join("spikemesh")).unwrap();
        Self { folder, programs }
    }

    /// Writes a file, and has it checked if asked.
    pub fn write(&mut self, name: &str, contents: &str, checked: bool, problem: &mut impl FnMut(String)) {
        let path = self.folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, contents).unwrap();
        if checked && name.ends_with(".json") {
            self.run(&format!("spikemesh check '{name}'"), 0, problem);
        }
    }

    /// Runs a command. Returns the lines that it prints, without what differs from run to run.
    pub fn run(&mut self, command: &str, expected: i32, problem: &mut impl FnMut(String)) -> Vec<String> {
        let command = command.replace("cargo run --release -- ", "spikemesh ");
        let path = std::env::var("PATH").unwrap_or_default();
        let mut shell = Command::new("sh");
        shell.arg("-c").arg(format!("exec 2>&1\n{command}")).current_dir(self.folder.path());
        shell.env("PATH", format!("{}:{path}", self.programs.path().display()));
        shell.env("SPIKEMESH_CACHE", self.programs.path().join("cache")).env("COLUMNS", "80");
        for name in ["SPIKEMESH_DATA", "RUST_LOG", "NO_COLOR", "CLICOLOR_FORCE"] {
            shell.env_remove(name);
        }
        let output = shell.output().unwrap();
        let printed = text(&output.stdout);
        if output.status.code() != Some(expected) {
            let code = output.status.code();
            problem(format!("$ {command}\nexit code {code:?}, expected {expected}:\n{printed}"));
        }
        // How far a command is, once a minute where there is no terminal, is no part of its output.
        let is_progress = |line: &&str| line.contains(" %), ") && line.ends_with(" left");
        printed.lines().filter(|line| !is_progress(line)).map(|line| self.steady(line)).collect()
    }

    /// A line without blanks at its end, paths of the folder, and times that were measured.
    fn steady(&self, line: &str) -> String {
        let line = line.trim_end().replace(&self.folder.path().display().to_string(), "…");
        if line.starts_with("epoch ")
            && let Some((before, unit)) = line.rsplit_once(' ')
            && matches!(unit, "s" | "ms" | "min")
            && let Some((before, _)) = before.rsplit_once(' ')
        {
            return format!("{before} …");
        }
        line
    }
}
