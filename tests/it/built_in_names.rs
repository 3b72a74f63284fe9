//! Names mean what the program carries, files are given by their paths, and reports say which are the user's own.

use crate::bench::text;
use crate::common::{repository, text_of};
use serde_json::{Value, json};
use std::path::Path;
use std::process::{Command, Output};

/// A working folder of its own.
struct Place(tempfile::TempDir);

impl Place {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self, name: &str) -> std::path::PathBuf {
        self.0.path().join(name)
    }

    fn write(&self, name: &str, contents: &str) {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, contents).unwrap();
    }

    /// Runs a command in the folder.
    fn run(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_spikemesh"));
        command.args(arguments).current_dir(self.0.path()).env("SPIKEMESH_CACHE", self.path("cache"));
        command.env_remove("SPIKEMESH_DATA").env_remove("RUST_LOG").output().unwrap()
    }

    fn succeed(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        assert_eq!(output.status.code(), Some(0), "{arguments:?}: {}", text(&output.stderr));
        text(&output.stdout)
    }

    fn fail(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {}", text(&output.stdout));
        text(&output.stderr)
    }

    fn json(&self, name: &str) -> Value {
        serde_json::from_str(&std::fs::read_to_string(self.path(name)).unwrap()).unwrap()
    }
}

/// Loihi with another energy of a synapse.
fn dearer() -> String {
    text_of("hw_models/loihi.json").replacen("\"35.5 pJ\"", "\"99 pJ\"", 1)
}

#[test]
fn what_lies_in_the_working_folder_is_not_taken_for_what_is_built_in() {
    let (place, bare) = (Place::new(), Place::new());
    place.write("hw_models/loihi.json", &dearer());
    place.write("networks/digits-mlp.json", &text_of("networks/fashion-mlp.json"));
    std::fs::create_dir_all(place.path("digits-mlp")).unwrap();
    std::fs::create_dir_all(place.path("digits")).unwrap();
    let run = ["run", "--network=digits-mlp", "--quiet", "--samples", "5"];
    let map = ["map", "--network=digits-mlp", "--quiet"];
    let compare = ["compare", "--quiet", "--chips", "loihi", "--samples", "5"];
    for command in [&run[..], &map, &compare, &["chips", "loihi"], &["networks"]] {
        assert_eq!(place.succeed(command), bare.succeed(command), "{command:?}");
    }
    place.succeed(&[&run[..], &["--json", "run.json"]].concat());
    assert_eq!(place.json("run.json")["origins"], json!([]));
    // A trained network of a built-in name is not the built-in network.
    place.write("digits-mlp/network.json", "{}");
    assert_eq!(place.succeed(&run), bare.succeed(&run));
}

#[test]
fn a_report_names_every_file_that_is_not_built_in() {
    let place = Place::new();
    place.write("hw_models/loihi.json", &dearer());
    place.write("same.json", &text_of("hw_models/loihi.json"));
    place.write("networks/mine.json", &text_of("networks/digits-mlp.json"));
    let files = ["--chip", "./hw_models/loihi.json", "--network", "networks/mine.json"];
    let run = [&["run", "--quiet", "--samples", "5", "--json", "run.json", "--html", "run.html"], &files[..]].concat();
    let said = place.succeed(&run);
    let first = said.lines().next().unwrap();
    assert!(first.starts_with("chip loihi from ./hw_models/loihi.json (digest "), "{first}");
    assert!(said.replace('\n', " ").contains("differs from the built-in in 1 value"), "{said}");
    assert!(said.contains("network mine from networks/mine.json (digest "), "{said}");
    let origins = place.json("run.json")["origins"].clone();
    assert_eq!((&origins[0]["what"], &origins[0]["differs_from_built_in"]), (&json!("chip"), &json!(1)));
    assert_eq!(
        (&origins[1]["file"], &origins[1]["differs_from_built_in"]),
        (&json!("networks/mine.json"), &Value::Null)
    );
    let digest = origins[0]["digest"].as_str().unwrap().to_owned();
    assert!(digest.len() == 16 && said.contains(&digest), "{said}");
    let page = std::fs::read_to_string(place.path("run.html")).unwrap();
    assert!(page.contains("./hw_models/loihi.json") && page.contains(&digest));
    // A saved report keeps it; priced with the built-in chip, it is of that.
    assert_eq!(place.succeed(&["report", "--quiet", "run.json"]), said);
    let refused = place.fail(&["report", "run.json", "--calibration", "davies2018"]);
    assert!(refused.contains("./hw_models/loihi.json: name its file with --chip"), "{refused}");
    let anew = place.succeed(&["report", "run.json", "--chip", "loihi"]);
    assert!(!anew.contains("./hw_models") && anew.contains("network mine from"), "{anew}");
    // The file's layout is nothing, and a copy is called one.
    let said = place.succeed(&["run", "--network=digits-mlp", "--quiet", "--samples", "5", "--chip", "same.json"]);
    assert!(said.lines().next().unwrap().starts_with("chip same from same.json (digest "), "{said}");
    let map = place.succeed(&[&["map", "--quiet", "--json", "map.json", "--html", "map.html"], &files[..]].concat());
    assert!(map.starts_with("chip loihi from ./hw_models/loihi.json"), "{map}");
    assert_eq!(place.json("map.json")["origins"], origins);
    assert!(std::fs::read_to_string(place.path("map.html")).unwrap().contains(&digest));
    let noc = ["noc", "--quiet", "--rate", "0.02", "--cycles", "500", "--warmup", "100", "--chip"];
    let noc = place.succeed(&[&noc[..], &["./hw_models/loihi.json"]].concat());
    assert!(noc.replace('\n', " ").contains("./hw_models/loihi.json") && noc.contains(&digest), "{noc}");
}

#[test]
fn a_comparison_names_files_and_tells_a_copy_from_the_built_in() {
    let place = Place::new();
    place.write("hw_models/loihi.json", &dearer());
    let options = ["compare", "--quiet", "--samples", "5", "--chips", "loihi,./hw_models/loihi.json"];
    let files = ["--json", "all.json", "--html", "all.html", "--csv", "all.csv", "--journal", "j"];
    let said = place.succeed(&[&options[..], &files].concat());
    assert!(said.starts_with("chip loihi from ./hw_models/loihi.json (digest "), "{said}");
    let all = place.json("all.json");
    assert_eq!(all["chips"], json!(["loihi", "./hw_models/loihi.json"]));
    assert_eq!(all["origins"][0]["differs_from_built_in"], 1);
    let energy = |row: usize| all["rows"][row]["figures"]["energy_pj"].as_f64().unwrap();
    assert!(energy(1) > 1.5 * energy(0));
    assert!(std::fs::read_to_string(place.path("all.html")).unwrap().contains("differs from the built-in in 1 value"));
    // A merged journal still says so.
    assert_eq!(place.succeed(&["compare", "--merge", "j"]), said);
}

#[test]
fn a_file_that_is_meant_by_a_name_is_named_in_the_error() {
    let place = Place::new();
    place.write("hw_models/mine.json", &dearer());
    place.write("networks/mine.json", &text_of("networks/digits-mlp.json"));
    place.write("mychip", &dearer());
    std::fs::create_dir_all(place.path("empty")).unwrap();
    for (arguments, part) in [
        (["run", "--chip", "mine"], "for the file in hw_models: hw_models/mine.json"),
        (["run", "--network", "mine"], "for the file in networks: networks/mine.json"),
        (["run", "--chip", "mychip"], "for the file mychip: ./mychip"),
        (["run", "--network", "empty"], "the folder empty has no network.json"),
        (["run", "--chip", "empty"], "the folder empty is no chip"),
        (["compare", "--chips", "mine"], "for the file in hw_models: hw_models/mine.json"),
        (["run", "--chip", "loihj"], "did you mean \"loihi\"?"),
    ] {
        let message = place.fail(&arguments);
        assert!(message.contains(part), "{arguments:?}: {message}");
    }
    assert!(
        place
            .succeed(&["run", "--network=digits-mlp", "--quiet", "--samples", "2", "--chip", "./mychip"])
            .starts_with("chip mychip from")
    );
}

/// What the program tells a user to type does what it says.
#[test]
fn a_trained_folder_of_a_built_in_name_is_told_by_its_path() {
    let place = Place::new();
    let train = ["train", "--quiet", "--network", "digits-mlp", "--epochs", "1", "--out", "digits-mlp"];
    let said = place.succeed(&train);
    assert!(said.contains("spikemesh run --network ./digits-mlp"), "{said}");
    let own = place.succeed(&["run", "--quiet", "--samples", "5", "--network", "./digits-mlp"]);
    assert!(own.starts_with("network digits-mlp from ./digits-mlp (digest "), "{own}");
    let built_in = place.succeed(&["run", "--quiet", "--samples", "5", "--network", "digits-mlp"]);
    assert!(built_in.starts_with("digits-mlp on loihi"), "{built_in}");
    // Another name needs no path: what is in the folder says what it is.
    std::fs::rename(place.path("digits-mlp"), place.path("mine")).unwrap();
    let own = place.succeed(&["run", "--quiet", "--samples", "5", "--network", "mine"]);
    assert!(own.starts_with("network mine from mine (digest "), "{own}");
}

#[test]
fn data_of_a_folder_is_named_with_its_digest() {
    let place = Place::new();
    // Eight images of 8 x 8 values in two classes, as four .npy files.
    let npy = |shape: &str, values: &[u8]| {
        let mut header = format!("{{'descr': '|u1', 'fortran_order': False, 'shape': {shape}, }}");
        while (10 + header.len() + 1) % 64 != 0 {
            header.push(' ');
        }
        header.push('\n');
        let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
        bytes.extend((header.len() as u16).to_le_bytes());
        bytes.extend(header.bytes());
        bytes.extend(values);
        bytes
    };
    let images: Vec<u8> = (0..40 * 64u32).map(|i| ((i / 64 % 10) * 20 + i % 7) as u8).collect();
    let labels: Vec<u8> = (0..40).map(|i| i % 10).collect();
    std::fs::create_dir_all(place.path("mine")).unwrap();
    for part in ["train", "test"] {
        std::fs::write(place.path(&format!("mine/{part}_images.npy")), npy("(40, 8, 8)", &images)).unwrap();
        std::fs::write(place.path(&format!("mine/{part}_labels.npy")), npy("(40,)", &labels)).unwrap();
    }
    place.write("net.json", &text_of("networks/digits-mlp.json").replace("\"digits\"", "\"mine\""));
    let train = ["train", "--quiet", "--network", "net.json", "--epochs", "1", "--batch", "8", "--out", "t"];
    let said = place.succeed(&train);
    assert!(said.contains("data mine from mine (digest "), "{said}");
    // The trained folder has the whole path of its data.
    let said = place.succeed(&["run", "--quiet", "--network", "t", "--json", "run.json"]);
    assert!(said.contains("data mine from ") && said.contains("/mine (digest "), "{said}");
    let origins = place.json("run.json")["origins"].clone();
    assert_eq!((&origins[0]["what"], &origins[1]["what"]), (&json!("network"), &json!("data")));
    assert!(Path::new(&repository("hw_models")).is_dir());
}
