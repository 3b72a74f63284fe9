//! The program in a folder of a test's own.

use serde_json::{Value, json};
use std::process::{Command, Output};

/// A folder of a test's own, with a small network in it that trains in about a second.
pub struct Bench {
    folder: tempfile::TempDir,
}

impl Bench {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let network = json!({
            "format": "spikemesh.network/1",
            "description": "small",
            "dataset": "digits",
            "input": {"shape": [1, 8, 8]},
            "layers": [{"kind": "flatten"}, {"kind": "dense", "outputs": 32}, {"kind": "dense", "outputs": 10}],
            "neuron": {"model": "if", "threshold": 1.0, "reset": "subtract"},
            "time_steps": 4,
            "training": {"epochs": 3, "batch": 64, "learning_rate": 0.01},
        });
        std::fs::write(folder.path().join("small.json"), network.to_string()).unwrap();
        Self { folder }
    }

    pub fn path(&self, name: &str) -> String {
        self.folder.path().join(name).display().to_string()
    }

    /// The path of a chip that is a shipped one with another of its calibrations as default.
    pub fn chip_of(&self, name: &str, base: &str, calibration: &str) -> String {
        let path = self.path(&format!("{name}.json"));
        let file = json!({"format": "spikemesh.chip/1", "extends": base, "default_calibration": calibration});
        std::fs::write(&path, file.to_string()).unwrap();
        path
    }

    /// Runs a command on lines so long that sentences are on one line.
    pub fn run(&self, arguments: &[&str]) -> Output {
        self.run_at("100", arguments)
    }

    /// Runs a command on lines of a number of columns.
    pub fn run_at(&self, columns: &str, arguments: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_spikemesh"));
        command.args(arguments).env("SPIKEMESH_CACHE", self.path("cache")).env_remove("RUST_LOG");
        command.env("COLUMNS", columns);
        for variable in ["NO_COLOR", "CLICOLOR_FORCE", "FORCE_COLOR"] {
            command.env_remove(variable);
        }
        command.env_remove("SPIKEMESH_DATA").output().unwrap()
    }

    /// Runs a command that must succeed, and gives its standard output.
    pub fn succeed(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        assert_eq!(output.status.code(), Some(0), "{arguments:?}: {}", text(&output.stderr));
        text(&output.stdout)
    }

    /// Runs a command that must fail with exit code 2, and gives its message.
    pub fn fail(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        let message = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {message}");
        assert!(output.stdout.is_empty() && !message.contains("panicked"), "{arguments:?}: {message}");
        message
    }

    pub fn json(&self, name: &str) -> Value {
        serde_json::from_slice(&std::fs::read(self.folder.path().join(name)).unwrap()).unwrap()
    }

    /// The report without what may differ between equal runs.
    pub fn report(&self, name: &str) -> Value {
        let mut report = self.json(name);
        let fields = report.as_object_mut().unwrap();
        for name in ["wall_seconds", "threads", "host"] {
            assert!(fields.remove(name).is_some());
        }
        report
    }
}

pub fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
