//! Files as other programs and other people leave them, by the command line: marks and kinds of text, numbers with a point,
//! long names, links, and files that ask for more memory than they are worth.

use crate::bench::Bench;
use crate::common::plain_file;
use serde_json::{Value, json};
use std::path::Path;
use std::process::Command;

const MARK: &[u8] = b"\xef\xbb\xbf";

/// Whole numbers with a point, as programs without integers write them.
fn with_points(value: &Value) -> Value {
    match value {
        Value::Number(number) if number.is_i64() => json!(number.as_i64().unwrap() as f64),
        Value::Array(items) => items.iter().map(with_points).collect(),
        Value::Object(fields) => fields.iter().map(|(name, value)| (name.clone(), with_points(value))).collect(),
        other => other.clone(),
    }
}

/// The same file with a mark and points, and in UTF-16.
fn write(path: &str, file: &Value) {
    std::fs::write(path, [MARK, with_points(file).to_string().as_bytes()].concat()).unwrap();
}

fn utf_16(file: &Value) -> Vec<u8> {
    std::iter::once(0xfeff).chain(file.to_string().encode_utf16()).flat_map(u16::to_le_bytes).collect()
}

/// Every JSON file that is read: chips, networks, mappings, saved runs; and packets of traces.
#[test]
fn marks_and_points_mean_nothing_in_any_file() {
    let bench = Bench::new();
    let network = "random:seed=1,neurons=64,cores=2,targets=uniform";
    let (chip, sparse, small) = (bench.path("chip.json"), bench.path("sparse.json"), bench.path("points.json"));
    let chip_file = plain_file("crossbar");
    write(&chip, &chip_file);
    write(&sparse, &sparse_file(&[("in", json!([[1, 0], [3, 1]]))]));
    let layered: Value = bench.json("small.json");
    write(&small, &layered);
    let saved = bench.path("run.json");
    bench.succeed(&["run", "-q", "--network", network, "--chip", "crossbar", "--steps", "3", "--json", &saved]);
    let run = bench.json("run.json");
    write(&saved, &run);
    let said = bench.succeed(&["check", &chip, &sparse, &small, &saved]);
    assert_eq!(said.lines().count(), 4, "{said}");
    bench.succeed(&["report", &saved]);
    let mapping = bench.path("mapping.json");
    bench.succeed(&["map", "-q", "--network", network, "--chip", "crossbar", "--save", &mapping]);
    write(&mapping, &bench.json("mapping.json"));
    bench.succeed(&["run", "-q", "--network", network, "--chip", "crossbar", "--steps", "3", "--mapping", &mapping]);
    let set = ["--set", "core.max_neurons=256.0", "--set", "core.synapse_lanes=1e0"];
    bench.succeed(&[&["run", "-q", "--network", network, "--chip", &chip, "--steps", "3"], &set[..]].concat());
    let trace = format!("trace:{}", bench.path("packets.csv"));
    std::fs::write(bench.path("packets.csv"), [MARK, b"cycle,source,destination,flits\r\n0,0,1,2\r\n"].concat())
        .unwrap();
    bench.succeed(&["noc", "-q", "--width", "2", "--height", "2", "--traffic", &trace]);
    for file in [&chip_file, &layered, &run] {
        std::fs::write(&chip, utf_16(file)).unwrap();
        let output = bench.run(&["check", &chip]);
        let said = String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap();
        assert!(said.contains("UTF-16 text") && said.contains("save it as UTF-8"), "{said}");
    }
}

#[test]
fn what_is_no_whole_number_is_none_with_a_point_either() {
    let bench = Bench::new();
    let path = bench.path("chip.json");
    for value in [json!(8.5), json!(1e300), json!(-8.0), json!(1e17), json!(9_007_199_254_740_993.0_f64)] {
        let mut chip = plain_file("crossbar");
        chip["core"]["max_neurons"] = value.clone();
        std::fs::write(&path, chip.to_string()).unwrap();
        let output = bench.run(&["check", &path]);
        let said = String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap();
        assert!(said.contains("core.max_neurons: found ") && said.contains("as an integer"), "{value}: {said}");
    }
}

/// A sparse network of sources with such spikes, or a file of them, and four neurons.
fn sparse_file(sources: &[(&str, Value)]) -> Value {
    let source = |(name, spikes): &(&str, Value)| {
        let field = if spikes.is_string() { "spikes_file" } else { "spikes" };
        json!({"name": name, "size": 4096, field: spikes})
    };
    let mut populations: Vec<Value> = sources.iter().map(source).collect();
    let neuron = json!({"model": "if", "reset": "zero", "fraction_bits": 0, "membrane_bits": 24});
    populations.push(json!({"name": "e", "size": 4, "threshold": 64, "neuron": neuron}));
    json!({
        "format": "spikemesh.sparse/1", "description": "sources", "time_steps": 6, "populations": populations,
        "projections": [{"from": sources[0].0, "to": "e", "edges": [[0, 1, 30, 1]]}],
    })
}

/// What a command says in so many kilobytes of address space; nothing where no shell can set that.
fn within(bench: &Bench, kilobytes: u64, arguments: &[&str]) -> Option<(i32, String)> {
    let script = format!("ulimit -v {kilobytes} || exit 77; exec \"$0\" \"$@\"");
    let mut command = Command::new("sh");
    command.args(["-c", &script, env!("CARGO_BIN_EXE_spikemesh")]).args(arguments);
    let output = command.env("SPIKEMESH_CACHE", bench.path("cache")).output().ok()?;
    let code = output.status.code().unwrap_or(-1);
    if code == 77 {
        println!("not checked: no limit on the address space here");
        return None;
    }
    let said = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    Some((code, said))
}

/// A small file that names a large one many times: all spikes together are bounded, before they are read.
#[test]
fn spikes_of_all_sources_are_bounded_together() {
    let bench = Bench::new();
    let all = (1..=1024u32).flat_map(|step| (0..4096u32).map(move |neuron| [step, neuron]));
    let bytes: Vec<u8> = all.flatten().flat_map(u32::to_le_bytes).collect();
    std::fs::write(bench.path("spikes.bin"), bytes).unwrap();
    let names: Vec<String> = (0..40).map(|index| format!("s{index}")).collect();
    let sources = |count: usize| -> Vec<(&str, Value)> {
        names[..count].iter().map(|name| (name.as_str(), json!("spikes.bin"))).collect()
    };
    let (bomb, most) = (bench.path("bomb.json"), bench.path("most.json"));
    std::fs::write(&bomb, sparse_file(&sources(40)).to_string()).unwrap();
    std::fs::write(&most, sparse_file(&sources(4)).to_string()).unwrap();
    let Some((code, said)) = within(&bench, 500_000, &["check", &bomb]) else { return };
    assert_eq!(code, 2, "{said}");
    let wanted = "populations[4].spikes_file: 4194304 spikes, and 16777216 of the sources before; all sources together have at \
                  most 16777216";
    assert!(
        said.contains(wanted) && said.contains("populations[39].spikes_file: ") && !said.contains("populations[3]"),
        "{said}"
    );
    assert_eq!(within(&bench, 800_000, &["check", &most]).unwrap().0, 0);
    let random = ["run", "-q", "--network", &most, "--spikes", "random:rate=1,steps=9000"];
    let said = bench.fail(&random);
    assert!(said.contains("makes some 36864000 spikes for the 4096 neurons of \"s0\", at most 33554432"), "{said}");
}

#[cfg(unix)]
#[test]
fn a_link_out_of_the_folder_is_not_followed() {
    let bench = Bench::new();
    let folder = bench.path("net");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(bench.path("secret.bin"), b"password").unwrap();
    let inside = [1u32, 0].iter().flat_map(|value| value.to_le_bytes()).collect::<Vec<u8>>();
    std::fs::write(Path::new(&folder).join("real.bin"), inside).unwrap();
    std::os::unix::fs::symlink("../secret.bin", Path::new(&folder).join("out.bin")).unwrap();
    std::os::unix::fs::symlink("real.bin", Path::new(&folder).join("in.bin")).unwrap();
    let path = format!("{folder}/network.json");
    let mut file = sparse_file(&[("s", json!("out.bin"))]);
    file["projections"].as_array_mut().unwrap().push(json!({"from": "s", "to": "e", "edges_file": "out.bin"}));
    std::fs::write(&path, file.to_string()).unwrap();
    let said = bench.fail(&["run", "-q", "--network", &path]);
    assert!(
        said.contains("populations[0].spikes_file: ") && said.contains("a link that leads out of its folder"),
        "{said}"
    );
    std::fs::write(&path, sparse_file(&[("s", json!("in.bin"))]).to_string()).unwrap();
    bench.succeed(&["run", "-q", "--network", &path]);
    let mut file = sparse_file(&[("s", json!("in.bin"))]);
    file["projections"].as_array_mut().unwrap().push(json!({"from": "s", "to": "e", "edges_file": "out.bin"}));
    std::fs::write(&path, file.to_string()).unwrap();
    let said = bench.fail(&["run", "-q", "--network", &path]);
    assert!(said.contains("projections[1].edges_file: ") && said.contains("a link that leads out"), "{said}");
}

#[test]
fn names_and_texts_have_a_length() {
    let bench = Bench::new();
    let path = bench.path("file.json");
    let said = |file: &Value| {
        std::fs::write(&path, file.to_string()).unwrap();
        let output = bench.run(&["check", &path]);
        String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap()
    };
    // Characters, not bytes.
    let (long, longest) = ("ä".repeat(201), "ä".repeat(200));
    let mut network = sparse_file(&[(&long, json!([]))]);
    network["description"] = json!("x".repeat(10_001));
    let text = said(&network);
    assert!(text.contains("populations[0].name: a text of 201 characters, expected at most 200"), "{text}");
    assert!(text.contains("description: a text of 10001 characters, expected at most 10000"), "{text}");
    assert!(!said(&sparse_file(&[(&longest, json!([]))])).contains("characters"));
    let mut chip = plain_file("crossbar");
    let table = chip["calibrations"].as_object().unwrap().values().next().unwrap().clone();
    chip["calibrations"][&long] = table;
    chip["sources"][&long] = json!("a source");
    let text = said(&chip);
    assert_eq!(text.matches("a text of 201 characters, expected at most 200").count(), 2, "{text}");
    let mut layered: Value = bench.json("small.json");
    layered["layers"][1]["add"] = json!("x".repeat(1_000_000));
    let text = said(&layered);
    assert!(text.contains("layers[1].add: a text of 1000000 characters") && text.len() < 1000, "{} bytes", text.len());
}

/// A network whose training takes more than there is, and one that fits.
#[test]
fn a_training_says_what_memory_it_needs() {
    let bench = Bench::new();
    let (path, out) = (bench.path("large.json"), bench.path("out"));
    let mut network: Value = bench.json("small.json");
    network["layers"][1]["outputs"] = json!(1 << 18);
    std::fs::write(&path, network.to_string()).unwrap();
    // 2^18 neurons with 64 inputs and 10 outputs at 48 bytes, and 64 samples of them at 12 + 5 x 4.
    let Some((code, said)) = within(&bench, 1_000_000, &["train", "--network", &path, "--out", &out]) else { return };
    assert_eq!(code, 2, "{said}");
    assert!(said.contains("training large needs about 1.5 GB of memory, "), "{said}");
    // What is available depends on what threads have set aside.
    assert!(["1.0 GB are", "0.9 GB are", "0.8 GB are"].iter().any(|left| said.contains(left)), "{said}");
    assert!(!Path::new(&out).exists());
    let small = bench.path("small.json");
    assert_eq!(within(&bench, 2_000_000, &["train", "-q", "--network", &small, "--out", &out]).unwrap().0, 0);
}
