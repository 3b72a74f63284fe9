//! The command line as a whole: help, width, colours, hints, completions, manual pages, and files that are standard output.

use crate::bench::{Bench, text};
use serde_json::Value;
use std::path::Path;
use std::process::{Command, Output};

/// Runs a command with variables of the environment.
fn with(bench: &Bench, variables: &[(&str, &str)], arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_spikemesh"));
    command.args(arguments).env("SPIKEMESH_CACHE", bench.path("cache")).current_dir(bench.path("."));
    for name in ["COLUMNS", "NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "FORCE_COLOR", "RUST_LOG", "SPIKEMESH_DATA"] {
        command.env_remove(name);
    }
    command.envs(variables.iter().copied()).output().unwrap()
}

/// The commands that help lists.
fn commands(bench: &Bench) -> Vec<String> {
    let help = bench.succeed(&["--help"]);
    let list = help.lines().skip_while(|line| *line != "Commands:").skip(1).take_while(|line| !line.is_empty());
    let names = list.filter(|line| line.starts_with("  ") && !line.starts_with("   "));
    let names: Vec<String> = names.filter_map(|line| line.split_whitespace().next()).map(str::to_owned).collect();
    assert!(names.len() > 12 && names.contains(&"man".to_owned()), "{names:?}");
    names.into_iter().filter(|name| name != "help").collect()
}

fn columns(line: &str) -> usize {
    line.chars().count()
}

#[test]
fn help_has_headings_and_examples_that_can_be_copied() {
    let bench = Bench::new();
    for command in commands(&bench) {
        for (flag, width) in [("-h", "80"), ("--help", "80"), ("--help", "40"), ("-h", "40")] {
            let output = with(&bench, &[("COLUMNS", width)], &[&command, flag]);
            let help = text(&output.stdout);
            assert!(output.status.success() && output.stderr.is_empty(), "{command} {flag}");
            let headings: Vec<&str> =
                help.lines().filter(|line| line.ends_with(':') && line.starts_with(char::is_uppercase)).collect();
            let place = |heading: &str| headings.iter().position(|found| *found == heading);
            let (global, examples) = (place("Global options:"), place("Examples:"));
            assert!(global.is_some() && global < examples, "{command} {flag}: {headings:?}");
            assert_eq!(place("Options:"), None, "{command} has options without a heading");
            let options = &headings[..global.unwrap_or(0)];
            assert!(options.iter().all(|heading| *heading != "Global options:"), "{command}");
            let examples: Vec<&str> = help.lines().filter(|line| line.starts_with("  spikemesh ")).collect();
            assert!(!examples.is_empty(), "{command} {flag}");
            for example in examples {
                assert!(columns(example) <= 84, "{command}: {example}");
                assert!(!example.trim_end().ends_with('\\'), "{example}");
            }
            let prose = |line: &&str| !line.starts_with("  ") && !line.starts_with("Usage:") && line.contains(' ');
            let most = width.parse::<usize>().unwrap();
            let long: Vec<&str> = help.lines().filter(prose).filter(|line| columns(line) > most).collect();
            assert!(long.is_empty(), "{command} {flag} in {width} columns: {long:?}");
        }
        let short = text(&with(&bench, &[("COLUMNS", "80")], &[&command, "-h"]).stdout);
        let long = text(&with(&bench, &[("COLUMNS", "80")], &[&command, "--help"]).stdout);
        assert!(short.lines().count() <= 75, "{command} -h has {} lines", short.lines().count());
        assert!(short.len() <= long.len() + 60, "{command}");
        // The same text, by another way.
        assert_eq!(text(&with(&bench, &[("COLUMNS", "80")], &["help", &command]).stdout), long);
    }
}

#[test]
fn results_fit_the_columns_that_are_given() {
    let bench = Bench::new();
    let results: [&[&str]; 6] = [
        &["run", "--quiet", "--network", "digits-mlp", "--samples", "2"],
        &["map", "--quiet", "--network", "digits-mlp"],
        &["noc", "--quiet", "--rate", "0.02,0.04", "--cycles", "300"],
        &["compare", "--quiet", "--network", "digits-mlp", "--chips", "loihi,sram_mesh", "--samples", "2"],
        &["chips", "loihi"],
        &["validate", "break-even"],
    ];
    for arguments in results {
        for width in [40, 60, 80, 120] {
            let output = with(&bench, &[("COLUMNS", &width.to_string())], arguments);
            let shown = text(&output.stdout);
            assert!(output.status.success(), "{arguments:?}: {}", text(&output.stderr));
            assert!(shown.lines().all(|line| !line.ends_with(' ')), "{shown}");
            // Only a word that does not fit, such as an address, is longer; tables of many columns take 60.
            let fits = |line: &&str| columns(line) <= width || line.trim().split(' ').count() == 1 || width == 40;
            let long: Vec<&str> = shown.lines().filter(|line| !fits(line)).collect();
            let is_word = |line: &&str| line.split_whitespace().count() <= 2;
            assert!(long.iter().all(is_word), "{arguments:?} in {width}: {long:#?}");
        }
        let piped = with(&bench, &[], arguments);
        let given = with(&bench, &[("COLUMNS", "80")], arguments);
        let stable = |output: &Output| text(&output.stdout).replace(|c: char| c.is_ascii_digit(), "");
        assert_eq!(stable(&piped), stable(&given), "without a terminal there are 80 columns");
    }
}

#[test]
fn words_of_tables_are_not_broken() {
    let bench = Bench::new();
    let run = ["run", "--quiet", "--network", "digits-mlp", "--samples", "2"];
    for width in ["60", "80"] {
        let shown = text(&with(&bench, &[("COLUMNS", width)], &run).stdout);
        for word in ["energy", "latency", "synaptic", "operations", "neurons", "packets", "spikes", "mean", "dense2"] {
            assert!(shown.contains(word), "{word} in {width}: {shown}");
        }
    }
}

#[test]
fn colours_follow_one_rule() {
    let bench = Bench::new();
    let run = ["run", "--quiet", "--network", "digits-mlp", "--samples", "2"];
    let forced = text(&with(&bench, &[("CLICOLOR_FORCE", "1")], &run).stdout);
    assert!(forced.contains("\u{1b}[32mequal the integer reference\u{1b}[0m"), "{forced:?}");
    let whole = [&["run", "--verbose"], &run[2..]].concat();
    let forced = text(&with(&bench, &[("CLICOLOR_FORCE", "1")], &whole).stdout);
    assert!(forced.contains("\u{1b}[1mPer inference\u{1b}[0m"), "{forced:?}");
    let wrong: [&[&str]; 3] = [&["run", "--chip", "lohi"], &["rnu"], &["train"]];
    for arguments in wrong {
        let said = text(&with(&bench, &[("FORCE_COLOR", "1")], arguments).stderr);
        assert!(said.starts_with("\u{1b}[1m\u{1b}[31merror:\u{1b}[0m "), "{said:?}");
    }
    assert!(text(&with(&bench, &[("CLICOLOR_FORCE", "1")], &["-h"]).stdout).contains("\u{1b}[1m"));
    let plain: [&[(&str, &str)]; 4] =
        [&[], &[("NO_COLOR", "1"), ("CLICOLOR_FORCE", "1")], &[("CLICOLOR_FORCE", "0")], &[("CLICOLOR", "1")]];
    let commands: [&[&str]; 5] = [&run, &["run", "--chip", "lohi"], &["train"], &["-h"], &["rnu"]];
    for variables in plain {
        for command in commands {
            let output = with(&bench, variables, command);
            assert!(!text(&output.stdout).contains('\u{1b}'), "{variables:?} {command:?}");
            assert!(!text(&output.stderr).contains('\u{1b}'), "{variables:?} {command:?}");
        }
    }
}

#[test]
fn wrong_words_are_told_with_what_was_meant() {
    let bench = Bench::new();
    let saved = bench.path("run.json");
    bench.succeed(&["run", "--quiet", "--network", "digits-mlp", "--samples", "1", "--json", &saved]);
    let cases: &[(&[&str], &str)] = &[
        (&["rnu"], "did you mean \"run\"?"),
        (&["run", &saved], "it is a saved run: spikemesh report "),
        (&["run", "loihi"], "did you mean --chip loihi?"),
        (&["run", "--placer", "anealing"], "did you mean \"annealing\"?"),
        (&["map", "--partitioner", "multi-level"], "did you mean \"multilevel\"?"),
        (&["map", "--objective", "hop"], "did you mean \"hops\"?"),
        (&["noc", "--traffic", "unifrom"], "did you mean \"uniform\"?"),
        (&["noc", "--topology", "tours"], "did you mean \"torus\"?"),
        (&["noc", "--routing", "yz"], "allowed: xy, yx"),
        (&["run", "--calibration", "silicon-fit"], "did you mean \"silicon_fit\"?"),
        (&["run", "--trace", "vdc=x"], "--trace: found \"vdc\", allowed: "),
        (&["run", "--trace", "csv=x", "--trace-filter", "layre=x"], "did you mean \"layer\"?"),
        (&["run", "--trace", "csv=x", "--trace-filter", "signal=spike"], "did you mean \"spikes\"?"),
        (&["run", "--network", "digits-mlp", "--trace", "csv=x", "--trace-filter", "layer=dens1"], "\"dense1\"?"),
        (&["run", "--data", "digit"], "did you mean \"digits\"?"),
        (&["run", "--network", "digits-mpl"], "did you mean \"digits-mlp\"?"),
        (&["train", "--rule", "tandm", "--out", "x"], "did you mean \"tandem\"?"),
        (&["train", "--loss", "mes", "--out", "x"], "did you mean \"mse\"?"),
        (&["compare", "--set", "placer=liner"], "did you mean \"linear\"?"),
        (&["compare", "--pareto", "acuracy"], "did you mean \"accuracy\"?"),
        (&["compare", "--shard", "3/2", "--journal", "x"], "--shard: found \"3/2\", expected I/N"),
        (&["validate", "odim"], "did you mean \"odin\"?"),
        (&["check", "--schema", "chips"], "did you mean \"chip\"?"),
        (&["completions", "bsh"], "did you mean \"bash\"?"),
        (&["man", "rnu"], "did you mean \"run\"?"),
        (&["run", "--max-seconds", "-1"], "--max-seconds: found \"-1\", allowed: numbers above 0"),
        (&["run", "--threads", "-2"], "--threads: found \"-2\", allowed: whole numbers from 1 to 1024"),
    ];
    for (arguments, part) in cases {
        let said = bench.fail(arguments);
        let told = said.lines().any(|line| line.starts_with("error: ") && line.contains(part));
        assert!(told, "{arguments:?}: {said}");
    }
}

/// Every reader that is given a file of another kind says what it is and what reads it.
#[test]
fn files_of_another_kind_are_named() {
    let bench = Bench::new();
    let [run, mapping, chip, network] = ["run.json", "mapping.json", "chip.json", "small.json"].map(|n| bench.path(n));
    bench.succeed(&["run", "--quiet", "--network", "digits-mlp", "--samples", "1", "--json", &run]);
    bench.succeed(&["map", "--quiet", "--network", "digits-mlp", "--save", &mapping]);
    std::fs::copy(crate::common::repository("hw_models/loihi.json"), &chip).unwrap();
    let files = [(&run, "a saved run"), (&mapping, "a mapping"), (&chip, "a chip"), (&network, "a network")];
    let readers: [(&[&str], &str); 6] = [
        (&["run", "--network", "digits-mlp", "--mapping"], "a mapping"),
        (&["run", "--chip"], "a chip"),
        (&["chips"], "a chip"),
        (&["noc", "--chip"], "a chip"),
        (&["map", "--network"], "a network"),
        (&["report"], "a saved run"),
    ];
    for (reader, expected) in readers {
        for (file, what) in files.iter().filter(|(_, what)| *what != expected) {
            let said = bench.fail(&[reader, &[file.as_str()]].concat());
            assert!(said.contains(&format!("expected {expected}; it is {what}; to read it: spikemesh ")), "{said}");
            let errors = said.lines().filter(|line| line.contains(file.as_str())).count();
            assert_eq!(errors, 1, "{said}");
        }
    }
    let said = bench.fail(&["report", &run, "--chip", "crossbar"]);
    assert!(
        said.contains("was priced with silicon_fit, which crossbar does not have") && said.contains("--calibration")
    );
    assert!(bench.succeed(&["check", "loihi"]).contains("loihi: a valid chip of 128 cores"));
    assert!(bench.succeed(&["check", "digits-cnn"]).contains("a valid "));
}

#[test]
fn data_of_another_shape_is_refused_before_a_training_is_announced() {
    let bench = Bench::new();
    let network = std::fs::read_to_string(bench.path("small.json")).unwrap().replace("[1,8,8]", "[1,9,9]");
    std::fs::write(bench.path("other.json"), network).unwrap();
    let said = bench.fail(&["run", "--network", &bench.path("other.json")]);
    assert!(said.contains("9") && !said.contains("training "), "{said}");
}

/// Everything that is written can be written to standard output; what people read then goes to standard error.
#[test]
fn every_output_can_be_standard_output() {
    let bench = Bench::new();
    let (saved, graph) = (bench.path("run.json"), bench.path("g.nir"));
    let run = ["run", "--network", "digits-mlp", "--samples", "1"];
    bench.succeed(&[&run[..], &["--json", &saved]].concat());
    let out = bench.path("trained");
    let small = bench.path("small.json");
    let (page, object) = ("<!DOCTYPE html>", "{\n");
    let mut cases: Vec<(Vec<&str>, &str)> = vec![
        ([&run[..], &["--json", "-"]].concat(), object),
        ([&run[..], &["--html", "-"]].concat(), page),
        ([&run[..], &["--trace", "csv=-"]].concat(), "sample,tick,"),
        ([&run[..], &["--trace", "vcd=-"]].concat(), "$"),
        ([&run[..], &["--trace", "dot=-"]].concat(), "digraph"),
        ([&run[..], &["--trace", "noxim=-"]].concat(), "%"),
        ([&run[..], &["--trace", "perfetto=-"]].concat(), ""),
        ([&run[..], &["--trace", "fst=-"]].concat(), ""),
        (vec!["report", &saved, "--json", "-"], object),
        (vec!["map", "--network", "digits-mlp", "--save", "-"], object),
        (vec!["map", "--network", "digits-mlp", "--json", "-"], object),
        (vec!["map", "--network", "digits-mlp", "--html", "-"], page),
        (vec!["compare", "--network", "digits-mlp", "--samples", "1", "--json", "-"], object),
        (vec!["compare", "--network", "digits-mlp", "--samples", "1", "--csv", "-"], "number,chip,"),
        (vec!["compare", "--network", "digits-mlp", "--samples", "1", "--html", "-"], page),
        (vec!["noc", "--cycles", "200", "--json", "-"], object),
        (vec!["noc", "--cycles", "200", "--csv", "-"], "rate,"),
        (vec!["noc", "--cycles", "200", "--html", "-"], page),
        (vec!["validate", "break-even", "--json", "-"], object),
        (vec!["train", "--network", &small, "--epochs", "1", "--out", &out, "--json", "-"], object),
    ];
    let imported = bench.path("imported");
    if cfg!(feature = "nir") {
        bench.succeed(&["export", "--network", "digits-mlp", "--out", &graph]);
        cases.push((vec!["export", "--network", "digits-mlp", "--out", "-"], "\u{fffd}HDF"));
        cases.push((vec!["import", &graph, "--out", &imported, "--json", "-"], object));
        cases.push(([&run[..], &["--trace", "nir=-"]].concat(), "\u{fffd}HDF"));
    }
    for (arguments, begins) in cases {
        let output = with(&bench, &[], &arguments);
        let (shown, said) = (text(&output.stdout), text(&output.stderr));
        assert!(output.status.success(), "{arguments:?}: {said}");
        assert!(
            shown.starts_with(begins) && !shown.is_empty(),
            "{arguments:?}: {}",
            shown.chars().take(200).collect::<String>()
        );
        assert!(!said.is_empty(), "{arguments:?}: what people read is gone");
        if begins == object {
            assert!(serde_json::from_str::<Value>(&shown).is_ok(), "{arguments:?}: {shown}");
        }
        assert!(!Path::new(&bench.path("-")).exists(), "{arguments:?} wrote a file called -");
    }
}

#[test]
fn shells_get_scripts_and_readers_pages() {
    let bench = Bench::new();
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script = bench.succeed(&["completions", shell]);
        assert!(["compare", "partitioner"].iter().all(|word| script.contains(word)), "{shell}");
        // The library gives these shells no values.
        let has_values = !["powershell", "elvish"].contains(&shell);
        let words = ["truenorth", "fashion-cnn-large"];
        assert!(words.iter().all(|word| script.contains(word) == has_values), "{shell}");
        assert!(!script.contains('\u{a0}'), "{shell}");
    }
    let folder = bench.path("pages");
    assert!(bench.succeed(&["man", "--dir", &folder]).contains("pages"));
    let commands = commands(&bench);
    for name in std::iter::once("spikemesh".to_owned()).chain(commands.iter().map(|name| format!("spikemesh-{name}"))) {
        let page = std::fs::read_to_string(Path::new(&folder).join(format!("{name}.1"))).unwrap();
        let head = format!(".TH {name} 1  \"{name} ");
        assert!(page.contains(&head) && page.contains(".SH EXAMPLES") && !page.contains('\u{a0}'), "{name}: {page}");
        // Lines of examples stay lines.
        assert!(page.contains("\n.nf\n"), "{name}");
    }
    let run = bench.succeed(&["man", "run"]);
    assert_eq!(run, std::fs::read_to_string(Path::new(&folder).join("spikemesh-run.1")).unwrap());
    assert!(bench.succeed(&["version"]).starts_with("spikemesh "));
    assert_eq!(bench.succeed(&["version"]), bench.succeed(&["--version"]));
}
