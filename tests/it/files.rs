//! What is written: nothing is replaced unasked, one writer at a time, no mixture passes as whole, and whoever is asked to end
//! leaves nothing half.

use crate::bench::{Bench, text};
use serde_json::{Value, json};
use spikemesh::json::Document;
use spikemesh::net::{self, Network};
use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

/// A run that would take hours.
const ENDLESS: &str = "random:seed=7,neurons=1024,cores=16,targets=local8";

fn program(bench: &Bench, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_spikemesh"));
    command
        .args(arguments)
        .env("SPIKEMESH_CACHE", bench.path("cache"))
        .env_remove("RUST_LOG")
        .env_remove("SPIKEMESH_DATA");
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

fn said(output: &Output) -> String {
    format!("{:?}: {}{}", output.status, text(&output.stdout), text(&output.stderr))
}

/// Names in a folder, sorted.
fn names(folder: &str) -> Vec<String> {
    let mut names: Vec<String> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

fn train<'a>(network: &'a str, out: &'a str, seed: &'a str) -> Vec<&'a str> {
    vec!["train", "--quiet", "--network", network, "--threads=1", "--epochs=2", "--out", out, "--seed", seed]
}

/// Every option that names a report, with the rest of a command that is soon done.
fn reports() -> Vec<(Vec<&'static str>, &'static str)> {
    let run = vec!["run", "--network=digits-mlp", "--quiet", "--samples=1"];
    let noc = vec!["noc", "--quiet", "--rate=0.05", "--cycles=200", "--warmup=20", "--width=2", "--height=2"];
    let compare = vec!["compare", "--quiet", "--samples=1"];
    let mut all = vec![
        (run.clone(), "--json"),
        (run.clone(), "--html"),
        (noc.clone(), "--json"),
        (noc.clone(), "--csv"),
        (noc, "--html"),
        (compare.clone(), "--json"),
        (compare.clone(), "--csv"),
        (compare, "--html"),
        (vec!["map", "--network=digits-mlp", "--quiet"], "--json"),
        (vec!["map", "--network=digits-mlp", "--quiet"], "--html"),
        (vec!["validate", "--quiet", "odin"], "--json"),
    ];
    for format in crate::traced::FORMATS {
        all.push(([&run[..], &["--trace", format]].concat(), "--trace"));
    }
    all
}

/// The arguments that write a report to a file.
fn to(arguments: &[&'static str], option: &'static str, file: &str) -> Vec<String> {
    let mut all: Vec<String> = arguments.iter().map(|word| (*word).to_owned()).collect();
    if option == "--trace" {
        let format = all.pop().unwrap();
        all.push(format!("{format}={file}"));
    } else {
        all.extend([option.to_owned(), file.to_owned()]);
    }
    all
}

#[test]
fn a_report_replaces_a_report_of_its_kind_and_nothing_else() {
    let bench = Bench::new();
    let file = bench.path("file");
    let words = |all: &[String]| all.iter().map(String::as_str).collect::<Vec<_>>().join(" ");
    let go = |all: &[String]| bench.run(&all.iter().map(String::as_str).collect::<Vec<_>>());
    let mut written: Vec<(String, Vec<u8>)> = vec![
        ("a chip".into(), fs::read(crate::common::repository("hw_models/loihi.json")).unwrap()),
        ("a network".into(), fs::read(bench.path("small.json")).unwrap()),
        ("a mapping".into(), {
            bench.succeed(&["map", "--network=digits-mlp", "--quiet", "--save", &bench.path("mapping.json")]);
            fs::read(bench.path("mapping.json")).unwrap()
        }),
        ("notes".into(), b"my notes\n".to_vec()),
    ];
    if cfg!(feature = "nir") {
        bench.succeed(&["export", "--out", &bench.path("graph.nir")]);
        written.push(("a graph".into(), fs::read(bench.path("graph.nir")).unwrap()));
    }
    for (arguments, option) in reports() {
        let all = to(&arguments, option, &file);
        // Over what is empty, and over itself.
        fs::write(&file, "").unwrap();
        for _ in 0..2 {
            let output = go(&all);
            assert!(output.status.success(), "{}: {}", words(&all), said(&output));
        }
        written.push((words(&all), fs::read(&file).unwrap()));
    }
    for (arguments, option) in reports() {
        let all = to(&arguments, option, &file);
        // Each of the inputs, and some of the other reports.
        let others: Vec<_> = written.iter().filter(|(other, _)| *other != words(&all)).collect();
        let step = if others.len() > 5 { 4 } else { 1 };
        for (what, bytes) in others[..5].iter().chain(others[5..].iter().step_by(step)) {
            fs::write(&file, bytes).unwrap();
            let output = go(&all);
            let message = said(&output);
            assert_eq!(output.status.code(), Some(2), "{} over {what}: {message}", words(&all));
            assert!(message.contains(&file) && message.contains("--overwrite"), "{message}");
            assert!(fs::read(&file).unwrap() == *bytes, "{} over {what}", words(&all));
        }
        let output = go(&[&all[..], &["--overwrite".to_owned()]].concat());
        assert!(output.status.success(), "{}: {}", words(&all), said(&output));
    }
    assert!(names(&bench.path(".")).iter().all(|name| !name.contains(".spikemesh-")));
}

#[cfg(feature = "nir")]
#[test]
fn what_other_commands_read_is_not_replaced_unasked() {
    let bench = Bench::new();
    let (network, out, graph, mapping) =
        (bench.path("small.json"), bench.path("out"), bench.path("g.nir"), bench.path("m.json"));
    let imported = bench.path("imported");
    let commands: [Vec<&str>; 4] = [
        train(&network, &out, "1"),
        vec!["export", "--out", &graph],
        vec!["import", &graph, "--out", &imported, "--reset=subtract", "--quiet"],
        vec!["map", "--network=digits-mlp", "--quiet", "--save", &mapping],
    ];
    for command in &commands {
        bench.succeed(command);
        let refused = bench.fail(command);
        assert!(refused.contains("--overwrite"), "{refused}");
        bench.succeed(&[&command[..], &["--overwrite"]].concat());
    }
    // A folder with a network that no training has left, and one with what an import was killed in.
    let mine = bench.path("mine");
    fs::create_dir(&mine).unwrap();
    fs::copy(&network, Path::new(&mine).join("network.json")).unwrap();
    for more in [&[][..], &["--resume"]] {
        let refused = bench.fail(&[&train(&network, &mine, "1")[..], more].concat());
        assert!(refused.contains("network.json") && refused.contains("--overwrite"), "{refused}");
    }
    fs::rename(Path::new(&mine).join("network.json"), Path::new(&mine).join("edges-0-1.bin")).unwrap();
    let refused = bench.fail(&["import", &graph, "--out", &mine, "--quiet"]);
    assert!(refused.contains("edges-0-1.bin") && refused.contains("--overwrite"), "{refused}");
    // Its own file is not a report's place either, and two outputs have two places.
    let own = Path::new(&out).join("history.json").display().to_string();
    let refused = bench.fail(&[&train(&network, &out, "1")[..], &["--overwrite", "--json", &own]].concat());
    assert!(refused.contains("is what --out writes"), "{refused}");
    for same in [bench.path("./r"), bench.path("out/../r")] {
        let refused =
            bench.fail(&["run", "--network=digits-mlp", "--samples=1", "--json", &bench.path("r"), "--html", &same]);
        assert!(refused.contains("is what --json writes"), "{refused}");
    }
    bench.succeed(&[
        "run",
        "--network=digits-mlp",
        "--quiet",
        "--samples=1",
        "--json",
        "/dev/null",
        "--html",
        "/dev/null",
    ]);
    let out = bench.succeed(&["run", "--network=digits-mlp", "--quiet", "--samples=1", "--json", "-"]);
    assert_eq!(serde_json::from_str::<Value>(&out).unwrap()["schema"], "spikemesh.run/1");
    assert!(!Path::new("-").exists());
}

#[cfg(unix)]
#[test]
fn what_a_shell_gives_for_a_file_is_written_through() {
    let bench = Bench::new();
    let spikemesh = env!("CARGO_BIN_EXE_spikemesh");
    let shell = |script: &str| {
        let output = Command::new("bash").args(["-c", script]).current_dir(bench.path(".")).output().unwrap();
        assert!(output.status.success(), "{script}: {}", said(&output));
        text(&output.stdout)
    };
    let run = format!("{spikemesh} run --network digits-mlp --quiet --samples=1");
    let is_report =
        |text: &str| assert!(text.trim_start().starts_with("{\n  \"schema\": \"spikemesh.run/1\""), "{text:.200}");
    is_report(&shell(&format!("{run} --json >(cat > through.json) > /dev/null; sleep 1; cat through.json")));
    is_report(&shell(&format!("{run} --json /dev/fd/3 3> three.json > /dev/null; cat three.json")));
    // The report for people and that for machines, one after the other in one file.
    let both = shell(&format!("{run} --json /dev/stdout > both.txt; cat both.txt"));
    assert!(both.starts_with("digits-mlp on loihi"), "{both:.200}");
    is_report(&both[both.find("{\n").unwrap()..]);
}

#[test]
fn of_two_trainings_into_one_folder_one_is_refused() {
    let bench = Bench::new();
    let network = bench.path("small.json");
    let files = ["checkpoint.safetensors", "history.json", "network.json", "weights.safetensors"];
    let all = |folder: &str| files.map(|name| fs::read(Path::new(folder).join(name)).unwrap());
    let alone = ["1", "2"].map(|seed| {
        let out = bench.path(&format!("alone{seed}"));
        bench.succeed(&train(&network, &out, seed));
        all(&out)
    });
    for number in 0..8 {
        let out = bench.path(&format!("both{number}"));
        let started = ["1", "2"].map(|seed| program(&bench, &train(&network, &out, seed)).spawn().unwrap());
        let done = started.map(|child| child.wait_with_output().unwrap());
        let codes = [done[0].status.code(), done[1].status.code()];
        let winner = usize::from(codes[1] == Some(0));
        assert!(codes.contains(&Some(0)) && codes.contains(&Some(2)), "{} {}", said(&done[0]), said(&done[1]));
        assert!(said(&done[1 - winner]).contains(&out), "{}", said(&done[1 - winner]));
        assert!(all(&out) == alone[winner], "the folder is not of one training alone");
        assert_eq!(names(&out), files);
    }
}

#[cfg(feature = "nir")]
#[test]
fn weights_of_another_training_are_refused_everywhere() {
    let bench = Bench::new();
    let (network, one, two) = (bench.path("small.json"), bench.path("one"), bench.path("two"));
    bench.succeed(&train(&network, &one, "1"));
    bench.succeed(&train(&network, &two, "2"));
    let weights = |folder: &str| Path::new(folder).join("weights.safetensors");
    fs::copy(weights(&two), weights(&one)).unwrap();
    let (graph, fine) = (bench.path("g.nir"), bench.path("fine"));
    let commands: [&[&str]; 6] = [
        &["check", &one],
        &["run", "--network", &one],
        &["map", "--network", &one],
        &["export", "--network", &one, "--out", &graph],
        &["compare", "--network", &one],
        &["train", "--fine-tune", "--network", &one, "--out", &fine],
    ];
    for command in commands {
        let refused = bench.fail(command);
        assert!(refused.contains("weights.safetensors") && refused.contains("SHA-256"), "{refused}");
    }
    // A file of an earlier version has no digest, and is judged by what it says of its weights.
    let without = |folder: &str| {
        let path = Path::new(folder).join("network.json");
        let mut file: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
        assert!(file["trained"].as_object_mut().unwrap().remove("weights_sha256").is_some());
        fs::write(path, file.to_string()).unwrap();
        file["trained"]["validation_accuracy"].clone()
    };
    assert_ne!(without(&one), without(&two), "this test needs two accuracies");
    for command in [&["check", &one][..], &["run", "--network", &one], &["export", "--network", &one, "--out", &graph]]
    {
        let refused = bench.fail(command);
        assert!(refused.contains("its weights are not those that its file was written with"), "{refused}");
    }
    assert!(bench.succeed(&["check", &two]).contains("has no digest of its weights"));
    assert!(bench.succeed(&["run", "--network", &two, "--samples=1"]).contains("has no digest of its weights"));
}

#[test]
fn weights_of_another_training_in_the_cache_are_not_used() {
    let bench = Bench::new();
    let network = bench.path("small.json");
    let run = |seed: &str, json: &str| {
        let output =
            bench.run(&["run", "--network", &network, "--seed", seed, "--samples=20", "--json", &bench.path(json)]);
        assert!(output.status.success(), "{}", said(&output));
        said(&output)
    };
    run("1", "first.json");
    run("2", "second.json");
    let kept = names(&bench.path("cache"));
    assert_eq!(kept.len(), 2);
    let weights = |name: &str| Path::new(&bench.path("cache")).join(name).join("weights.safetensors");
    fs::copy(weights(&kept[0]), weights(&kept[1])).unwrap();
    let again = run("1", "first-again.json") + &run("2", "second-again.json");
    assert!(again.contains("the kept network is damaged") && again.contains("SHA-256"), "{again}");
    assert_eq!(bench.report("first.json"), bench.report("first-again.json"));
    assert_eq!(bench.report("second.json"), bench.report("second-again.json"));
}

#[cfg(unix)]
#[test]
fn a_cache_that_others_can_write_to_is_not_used() {
    use std::os::unix::fs::PermissionsExt;
    let bench = Bench::new();
    let network = bench.path("small.json");
    let run = ["run", "--network", &network, "--samples=1"];
    bench.succeed(&run);
    fs::set_permissions(bench.path("cache"), fs::Permissions::from_mode(0o777)).unwrap();
    let output = bench.run(&run);
    assert!(output.status.success() && said(&output).contains("every user can write to"), "{}", said(&output));
    // Nowhere to keep anything: nothing is kept, and nothing is found.
    let scratch = bench.path("scratch");
    fs::create_dir(&scratch).unwrap();
    let nowhere = |arguments: &[&str]| {
        let mut command = program(&bench, arguments);
        command.env_remove("SPIKEMESH_CACHE").env_remove("HOME").env_remove("XDG_CACHE_HOME").env("TMPDIR", &scratch);
        let output = command.output().unwrap();
        assert!(output.status.success() && said(&output).contains("nothing is kept between runs"), "{}", said(&output));
    };
    nowhere(&run);
    nowhere(&["compare", "--network", &network, "--samples=1"]);
    assert!(names(&scratch).is_empty());
}

#[test]
fn stale_temporary_files_go_and_others_stay() {
    let bench = Bench::new();
    let (network, out) = (bench.path("small.json"), bench.path("out"));
    bench.succeed(&train(&network, &out, "1"));
    let there = names(&out);
    let stale = [".network.json.spikemesh-4194304-1", ".checkpoint.safetensors.spikemesh-1-99", ".spikemesh.lock"];
    stale.iter().for_each(|name| fs::write(Path::new(&out).join(name), "half").unwrap());
    fs::write(Path::new(&out).join(".mine"), "").unwrap();
    // Nothing is left to do, and it is tidied up all the same.
    bench.succeed(&[&train(&network, &out, "1")[..], &["--resume"]].concat());
    assert_eq!(names(&out), [&[".mine".to_owned()][..], &there].concat());
    fs::write(bench.path(".r.json.spikemesh-4194304-1"), "half").unwrap();
    bench.succeed(&["run", "--network=digits-mlp", "--quiet", "--samples=1", "--json", &bench.path("r.json")]);
    assert!(names(&bench.path(".")).iter().all(|name| !name.contains(".spikemesh-")));
}

#[test]
fn files_of_sparse_networks_belong_together() {
    let bench = Bench::new();
    let spikes: Vec<Value> = (1..=100).map(|step| json!([step, step % 3])).collect();
    let file = json!({
        "format": "spikemesh.sparse/1", "description": "d", "time_steps": 120,
        "populations": [
            {"name": "in", "size": 3, "spikes": spikes},
            {"name": "out", "size": 2, "neuron": {"model": "if", "reset": "zero", "fraction_bits": 0, "membrane_bits": 16}, "threshold": 4},
        ],
        "projections": [{"from": "in", "to": "out", "edges": [[0, 0, 3, 1], [1, 1, 2, 1], [2, 0, 1, 1]]}],
    });
    let document = Document::parse("net.json", &file.to_string()).unwrap();
    let Ok(Network::Sparse(network)) = net::read(document, "net", Path::new(".")) else { panic!("it is sparse") };
    let folder = bench.path("saved");
    net::save(&network, Path::new(&folder), &[]).unwrap();
    assert_eq!(names(&folder), ["edges-0-1.bin", "network.json", "spikes-0.bin"]);
    crate::common::keeps_schema(2, &bench.json("saved/network.json"));
    bench.succeed(&["check", &folder]);
    for name in ["edges-0-1.bin", "spikes-0.bin"] {
        let path = Path::new(&folder).join(name);
        let before = fs::read(&path).unwrap();
        // Another network's: sound by itself.
        fs::write(&path, &before[..before.len() - if name.starts_with('e') { 12 } else { 8 }]).unwrap();
        let refused = bench.fail(&["check", &folder]);
        assert!(refused.contains(name) && refused.contains("SHA-256"), "{refused}");
        fs::write(&path, before).unwrap();
    }
    // What is saved over it leaves no file of it.
    let mut other = (*network).clone();
    other.graph.populations[0].source = Some(vec![(1, 0)]);
    net::save(&other, Path::new(&folder), &[]).unwrap();
    assert_eq!(names(&folder), ["edges-0-1.bin", "network.json"]);
    // A digest is one, and of a file.
    let mut file = bench.json("saved/network.json");
    file["projections"][0]["edges_sha256"] = json!("abc");
    fs::write(Path::new(&folder).join("network.json"), file.to_string()).unwrap();
    assert!(bench.fail(&["check", &folder]).contains("edges_sha256: found \"abc\""));
}

#[cfg(feature = "nir")]
#[test]
fn the_graph_of_an_imported_network_belongs_to_it() {
    let bench = Bench::new();
    let (file, out) = (bench.path("d.nir"), bench.path("m"));
    bench.succeed(&["export", "--network", "digits-mlp", "--out", &file]);
    bench.succeed(&["import", &file, "--out", &out]);
    bench.succeed(&["check", &out]);
    crate::common::keeps_schema(2, &bench.json("m/network.json"));
    // The graph of another import, as a kill between two renames would leave it.
    let source = Path::new(&out).join("source.nir");
    bench.succeed(&["export", "--overwrite", "--network", "digits-mlp", "--values", "real", "--out", &file]);
    fs::copy(&file, &source).unwrap();
    let refused = bench.fail(&["check", &out]);
    assert!(refused.contains("imported.file: ") && refused.contains("source.nir: not the file that"), "{refused}");
    // Without one the network is still there.
    fs::remove_file(&source).unwrap();
    bench.succeed(&["check", &out]);
}

/// Writes a data set of own images as IDX files.
fn own_data(folder: &Path) {
    fs::create_dir_all(folder).unwrap();
    for (stem, count) in [("train", 120u32), ("t10k", 24)] {
        let mut images = vec![0, 0, 8, 3];
        [count, 8, 8].iter().for_each(|size| images.extend(size.to_be_bytes()));
        images.extend((0..count * 64).map(|i| if (i / 64) % 10 == i % 10 { 255u8 } else { 0 }));
        let mut labels = vec![0, 0, 8, 1];
        labels.extend(count.to_be_bytes());
        labels.extend((0..count).map(|i| (i % 10) as u8));
        fs::write(folder.join(format!("{stem}-images-idx3-ubyte")), images).unwrap();
        fs::write(folder.join(format!("{stem}-labels-idx1-ubyte")), labels).unwrap();
    }
}

#[test]
fn the_data_of_a_training_is_found_from_anywhere() {
    let bench = Bench::new();
    own_data(Path::new(&bench.path("a/mydata")));
    fs::create_dir(bench.path("b")).unwrap();
    let network = bench.path("small.json");
    let within = |folder: &str, arguments: &[&str]| {
        let output = program(&bench, arguments).current_dir(bench.path(folder)).output().unwrap();
        (output.status.code(), said(&output))
    };
    let (code, out) =
        within("a", &["train", "--quiet", "--network", &network, "--data", "mydata", "--epochs=2", "--out", "t"]);
    assert_eq!(code, Some(0), "{out}");
    let commands: [&[&str]; 4] = [
        &["run", "--network", "../a/t", "--samples=5"],
        &["map", "--network", "../a/t", "--profile=5"],
        &["compare", "--network", "../a/t", "--samples=5"],
        &["train", "--report-only", "--network", "../a/t", "--out", "report"],
    ];
    for command in commands {
        let (code, out) = within("b", command);
        assert_eq!(code, Some(0), "{command:?}: {out}");
    }
    // Moved together, it is found by its name where the training was.
    fs::rename(bench.path("a"), bench.path("c")).unwrap();
    assert_eq!(within("c", &["run", "--network", "t", "--samples=5"]).0, Some(0));
    let (code, out) = within("b", &["run", "--network", "../c/t", "--samples=5"]);
    assert_eq!(code, Some(2), "{out}");
    assert!(
        out.contains("trained on the folder ")
            && out.contains("/a/mydata, which is not here")
            && out.contains("--data"),
        "{out}"
    );
    assert_eq!(within("b", &["run", "--network", "../c/t", "--data", "../c/mydata", "--samples=5"]).0, Some(0));
}

#[cfg(unix)]
mod signals {
    use super::*;
    use std::io::{BufRead, BufReader, Read};
    use std::process::Child;
    use std::time::Duration;

    fn send(child: &Child, signal: &str) {
        assert!(Command::new("kill").args([signal, &child.id().to_string()]).status().unwrap().success());
    }

    /// Starts an endless run through a shell that sets something first, and waits until it is simulating.
    fn endless(bench: &Bench, first: &str) -> Child {
        let (json, trace) = (bench.path("cut.json"), bench.path("cut.csv"));
        let run = format!(
            "{first} exec {} run --verbose --network {ENDLESS} --steps 1000000 --threads 1 --json {json} --trace csv={trace} \
             --trace-filter signal=steps",
            env!("CARGO_BIN_EXE_spikemesh")
        );
        let mut command = Command::new("bash");
        command.args(["-c", &run]).env_remove("RUST_LOG").stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut stderr = BufReader::new(child.stderr.take().unwrap());
        assert!(stderr.by_ref().lines().any(|line| line.unwrap().contains("built")));
        std::thread::spawn(move || std::io::copy(&mut stderr, &mut std::io::sink()));
        std::thread::sleep(Duration::from_millis(300));
        child
    }

    fn ended_with_a_report(bench: &Bench, child: Child, what: &str) {
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(1), "{what}: {}", said(&output));
        let report = bench.json("cut.json");
        assert_eq!(report["interrupted"]["of"], 1_000_000, "{what}");
        assert!(report["interrupted"]["done"].as_u64().unwrap() > 0, "{what}");
        assert_eq!(names(&bench.path(".")), ["cut.csv", "cut.json", "small.json"], "{what}");
        fs::remove_file(bench.path("cut.csv")).unwrap();
    }

    /// Whether these tests run under `nohup`, which has all programs ignore a hang-up.
    fn hang_ups_are_ignored() -> bool {
        let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
        let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
        ignored.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).is_some_and(|mask| mask & 1 == 1)
    }

    #[test]
    fn whoever_asks_to_end_gets_what_is_done() {
        let bench = Bench::new();
        let signals: &[&str] =
            if hang_ups_are_ignored() { &["-INT", "-TERM", "-XCPU"] } else { &["-INT", "-TERM", "-XCPU", "-HUP"] };
        for signal in signals {
            let child = endless(&bench, "");
            send(&child, signal);
            // As `timeout` does, which sends it to the process and to its group.
            send(&child, signal);
            ended_with_a_report(&bench, child, signal);
        }
        let child = endless(&bench, "ulimit -S -t 1;");
        ended_with_a_report(&bench, child, "a limit of processor time");
    }

    #[test]
    fn who_was_told_to_ignore_a_hang_up_goes_on() {
        let bench = Bench::new();
        let child = endless(&bench, "trap '' HUP;");
        send(&child, "-HUP");
        std::thread::sleep(Duration::from_millis(300));
        send(&child, "-TERM");
        ended_with_a_report(&bench, child, "TERM after HUP");
        let said = bench.json("cut.json")["interrupted"]["done"].as_u64().unwrap();
        assert!(said > 0);
    }

    #[test]
    fn a_second_wish_ends_at_once_and_leaves_nothing_half() {
        let bench = Bench::new();
        // In a long search for a mapping, which `run` does not break off: the first wish ends it.
        let json = bench.path("cut.json");
        let search = ["run", "--verbose", "--network", "fashion-cnn", "--placer=annealing", "--partitioner=multilevel"];
        let more = ["--budget=1000000000000", "--json", &json];
        let mut child = program(&bench, &[&search[..], &more].concat()).spawn().unwrap();
        std::thread::sleep(Duration::from_millis(1500));
        send(&child, "-TERM");
        let status = child.wait().unwrap();
        // The search itself would take weeks. Where the data is not here the command has failed before.
        assert!(matches!(status.code(), Some(143 | 2)), "{status:?}");
        assert_eq!(names(&bench.path(".")), ["small.json"]);
    }

    #[test]
    fn a_search_for_a_mapping_gives_its_best() {
        let bench = Bench::new();
        let (json, saved) = (bench.path("m.json"), bench.path("saved.json"));
        let search = ["map", "--network", "fashion-mlp", "--placer=annealing", "--budget=1000000000000"];
        let child = program(&bench, &[&search[..], &["--json", &json, "--save", &saved]].concat()).spawn().unwrap();
        std::thread::sleep(Duration::from_millis(2500));
        send(&child, "-TERM");
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(1), "{}", said(&output));
        assert!(said(&output).contains("interrupted: "), "{}", said(&output));
        assert_eq!(bench.json("m.json")["interrupted"], true);
        bench.succeed(&["map", "--quiet", "--network", "fashion-mlp", "--load", &saved]);
    }

    #[test]
    fn a_file_that_may_not_grow_is_an_error() {
        let bench = Bench::new();
        let trace = bench.path("large.csv");
        let script = format!(
            "ulimit -f 16; exec {} run --quiet --samples=2 --trace csv={trace}",
            env!("CARGO_BIN_EXE_spikemesh")
        );
        let output = Command::new("bash").args(["-c", &script]).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{}", said(&output));
        assert!(said(&output).contains("large.csv") && said(&output).contains("too large"), "{}", said(&output));
        assert_eq!(names(&bench.path(".")), ["small.json"]);
    }

    #[test]
    fn a_stopped_training_says_how_it_goes_on() {
        let bench = Bench::new();
        let (network, out) = (bench.path("small.json"), bench.path("my out"));
        let command = ["train", "--network", &network, "--epochs=10000", "--threads=1", "--out", &out];
        let mut child = program(&bench, &command).spawn().unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        while !lines.next().unwrap().unwrap().starts_with("epoch   3") {}
        send(&child, "-TERM");
        lines.by_ref().for_each(drop);
        assert_eq!(child.wait().unwrap().code(), Some(2));
        let file = format!("{out}/network.json");
        for command in
            [&["run", "--network", &out][..], &["check", &out], &["check", &file], &["map", "--network", &out]]
        {
            let refused = bench.fail(command);
            let how = format!("spikemesh train --network {network} --epochs=10000 --threads=1 --out '{out}' --resume");
            assert!(
                refused.contains("its training stopped after epoch ") && refused.contains(" of 10000"),
                "{refused}"
            );
            assert!(refused.contains(&how), "{refused}");
        }
        fs::create_dir(bench.path("empty")).unwrap();
        assert!(bench.fail(&["run", "--network", &bench.path("empty")]).contains("no network.json in this folder"));
    }
}
