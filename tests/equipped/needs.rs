//! What a test needs beyond Rust, and whether it is here.

use std::path::PathBuf;
use std::process::Command;
use std::sync::LazyLock;

/// Something that a machine may lack.
#[derive(Clone, Copy, Debug)]
pub enum Need {
    /// A folder or file below `data` of the third-party data, which is beside the repository or where `SPIKEMESH_SHARED` says.
    Data(&'static str),
    /// Chromium.
    Browser,
    /// A program on the path.
    Program(&'static str),
    /// A Python, named by `SPIKEMESH_PYTHON` or `python3`, with the modules that a script of `tests/readers` imports.
    Reader(&'static str),
    /// Fashion-MNIST, as Debian's `dataset-fashion-mnist` installs it or where `SPIKEMESH_DATA` says.
    FashionMnist,
}

impl Need {
    /// What is missing, if it is.
    pub fn missing(self) -> Option<String> {
        match self {
            Self::Data(folder) => (!data(folder).exists()).then(|| format!("data/{folder} of SPIKEMESH_SHARED")),
            Self::Browser => BROWSER.is_none().then(|| "Chromium".to_owned()),
            Self::Program(name) => (!runs(name, "-h")).then(|| name.to_owned()),
            Self::Reader(script) => (!reads(script)).then(|| format!("SPIKEMESH_PYTHON with modules of {script}")),
            Self::FashionMnist => (!*FASHION_MNIST).then(|| "Fashion-MNIST".to_owned()),
        }
    }
}

/// The browser.
static BROWSER: LazyLock<Option<&'static str>> = LazyLock::new(|| {
    ["chromium", "chromium-browser", "google-chrome"].into_iter().find(|name| runs(name, "--version"))
});

static FASHION_MNIST: LazyLock<bool> = LazyLock::new(|| spikemesh::data::load("fashion-mnist", &[]).is_ok());

/// The name of the browser's program.
pub fn browser() -> &'static str {
    BROWSER.expect("a browser")
}

/// A folder or file of third-party data.
pub fn data(folder: &str) -> PathBuf {
    let shared = std::env::var_os("SPIKEMESH_SHARED");
    shared.map_or_else(|| crate::common::repository("../shared"), PathBuf::from).join("data").join(folder)
}

/// The Python that has the readers' modules.
pub fn python() -> String {
    std::env::var("SPIKEMESH_PYTHON").unwrap_or("python3".into())
}

fn runs(program: &str, argument: &str) -> bool {
    Command::new(program).arg(argument).output().is_ok()
}

/// Whether a reader finds its modules: without a file it says how it is used, and 77 where a module is missing.
fn reads(script: &str) -> bool {
    let script = crate::common::repository("tests/readers").join(script);
    let output = Command::new(python()).arg(script).output();
    output.is_ok_and(|output| output.status.code() != Some(77))
}
