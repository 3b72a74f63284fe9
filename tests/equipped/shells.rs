//! What the program says to a shell, to readers of manual pages, and to a terminal.

use crate::bench::{Bench, text};
use std::process::{Command, Stdio};

/// What bash offers for the last of some words.
fn offered(script: &str, words: &[&str]) -> Vec<String> {
    let line = words.iter().map(|word| format!("'{word}'")).collect::<Vec<_>>().join(" ");
    let last = words.len() - 1;
    let before = words[last - 1];
    let code = format!(
        "source {script}\nCOMP_WORDS=({line})\nCOMP_CWORD={last}\n\
         _spikemesh spikemesh '{}' '{before}'\nprintf '%s\\n' \"${{COMPREPLY[@]}}\"",
        words[last]
    );
    let output = Command::new("bash").args(["-c", &code]).output().unwrap();
    assert!(output.stderr.is_empty(), "{}", text(&output.stderr));
    text(&output.stdout).lines().map(|line| line.trim().to_owned()).filter(|line| !line.is_empty()).collect()
}

pub fn bash_completes_commands_options_and_names() {
    let bench = Bench::new();
    let script = bench.path("spikemesh.bash");
    std::fs::write(&script, bench.succeed(&["completions", "bash"])).unwrap();
    let checked = Command::new("bash").args(["-n", &script]).output().unwrap();
    assert!(checked.status.success() && checked.stderr.is_empty(), "{checked:?}");
    assert_eq!(offered(&script, &["spikemesh", "ru"]), ["run"]);
    assert_eq!(offered(&script, &["spikemesh", "run", "--part"]), ["--partitioner"]);
    assert_eq!(offered(&script, &["spikemesh", "run", "--chip", "truen"]), ["truenorth"]);
    assert_eq!(offered(&script, &["spikemesh", "map", "--network", "fashion-s"]), ["fashion-saccades"]);
    assert_eq!(offered(&script, &["spikemesh", "chips", "loihi_"]), ["loihi_nahuku32"]);
    // A file of the user: bash falls back to names of files where nothing is offered.
    assert_eq!(offered(&script, &["spikemesh", "run", "--chip", "./my"]), [""; 0]);
    assert!(std::fs::read_to_string(&script).unwrap().contains("-o default spikemesh"));
}

pub fn manual_pages_are_laid_out_without_a_warning() {
    let bench = Bench::new();
    let folder = bench.path("man");
    bench.succeed(&["man", "--dir", &folder]);
    for entry in std::fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        let output =
            Command::new("groff").args(["-man", "-Tutf8", "-ww", "-rLL=80n", "-P-cbou"]).arg(&path).output().unwrap();
        assert!(output.status.success() && output.stderr.is_empty(), "{}: {}", path.display(), text(&output.stderr));
        let page = text(&output.stdout);
        assert!(page.contains("SYNOPSIS") && page.contains("DESCRIPTION"), "{page}");
    }
}

/// What a command prints on a terminal of that many columns.
fn on_terminal(bench: &Bench, columns: usize, command: &str) -> String {
    let program = env!("CARGO_BIN_EXE_spikemesh");
    let line = format!("stty cols {columns} rows 24; exec {program} {command}");
    let mut script = Command::new("script");
    script.args(["-qec", &line, "/dev/null"]).stdin(Stdio::null()).current_dir(bench.path("."));
    script.env("SPIKEMESH_CACHE", bench.path("cache")).env("TERM", "xterm").env_remove("COLUMNS");
    text(&script.output().unwrap().stdout)
}

/// The text without escape sequences, cut where the cursor goes back to the beginning of a line.
fn drawn(text: &str) -> Vec<String> {
    let mut plain = String::new();
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        if c == '\u{1b}' {
            rest.next();
            while rest.next().is_some_and(|c| !c.is_ascii_alphabetic()) {}
            plain.push('\n');
        } else {
            plain.push(if c == '\r' { '\n' } else { c });
        }
    }
    plain.lines().map(str::to_owned).collect()
}

pub fn progress_stays_on_its_line() {
    let bench = Bench::new();
    let small = bench.path("small.json");
    for columns in [80, 60, 40] {
        let train = format!("train --network {small} --epochs 40 --overwrite --out c{columns}");
        let commands = [train.as_str(), "noc --rate 0.05,0.1,0.2 --cycles 20000", "run --network digits-mlp"];
        for command in commands {
            let shown = on_terminal(&bench, columns, command);
            let lines = drawn(&shown);
            let bars: Vec<&String> = lines.iter().filter(|line| line.contains('%') && line.contains("left")).collect();
            assert!(!bars.is_empty(), "{command}: no bar: {shown:?}");
            let wide: Vec<&&String> = bars.iter().filter(|line| line.chars().count() > columns).collect();
            assert!(wide.is_empty(), "{command} in {columns}: {wide:#?}");
            // Rates have no more digits than people read.
            let is_long = |word: &str| {
                word.split_once('.').is_some_and(|(_, rest)| rest.chars().take_while(char::is_ascii_digit).count() > 4)
            };
            assert!(bars.iter().all(|line| !line.split(' ').any(is_long)), "{bars:#?}");
        }
    }
    // An error is on lines of its own: the bar is cleared before it.
    let shown = on_terminal(&bench, 80, &format!("train --network {small} --epochs 400 --learning-rate 1 --out d"));
    let error = drawn(&shown).into_iter().find(|line| line.contains("error:"));
    if let Some(error) = error {
        assert!(error.starts_with("error:"), "{error}");
    }
}
