//! Where the system gives no more threads, every command goes on with its own, to the same bytes; only the writer of a trace
//! cannot do without one, and says so.

use serde_json::Value;
use std::fs::{Permissions, copy, create_dir, read, set_permissions};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// Somebody who runs nothing else.
const USER: u32 = 65_533;

/// A folder that this user may use, with the program in it; `None` where this test may not become him.
fn place() -> Option<(tempfile::TempDir, PathBuf)> {
    let folder = tempfile::tempdir().unwrap();
    let open = |path: &Path| set_permissions(path, Permissions::from_mode(0o777)).unwrap();
    open(folder.path());
    let program = folder.path().join("spikemesh");
    copy(env!("CARGO_BIN_EXE_spikemesh"), &program).unwrap();
    open(&program);
    for name in ["many", "one"] {
        create_dir(folder.path().join(name)).unwrap();
        open(&folder.path().join(name));
    }
    let tried = Command::new("prlimit").args(["--nproc=1:1", "true"]).uid(USER).gid(USER).output();
    tried.is_ok_and(|output| output.status.success()).then_some((folder, program))
}

/// Runs a command in a folder, with one thread for the whole user where that is asked for.
fn run(program: &Path, folder: &str, limited: bool, arguments: &[&str]) -> Output {
    let mut command = if limited { Command::new("prlimit") } else { Command::new(program) };
    if limited {
        command.arg("--nproc=1:1").arg(program).uid(USER).gid(USER);
    }
    let folder = program.parent().unwrap().join(folder);
    command.args(arguments).current_dir(&folder).env("SPIKEMESH_CACHE", folder.join("cache"));
    command.env("HOME", &folder).output().unwrap()
}

/// A report without what may differ.
fn report(path: &Path) -> Value {
    let mut report: Value = serde_json::from_slice(&read(path).unwrap()).unwrap();
    fn clear(value: &mut Value) {
        if let Some(fields) = value.as_object_mut() {
            fields.retain(|name, _| !["threads", "wall_seconds", "host"].contains(&name.as_str()));
            fields.values_mut().for_each(clear);
        }
        value.as_array_mut().into_iter().flatten().for_each(clear);
    }
    clear(&mut report);
    report
}

#[test]
fn commands_go_on_without_more_threads() {
    let Some((folder, program)) = place() else {
        return eprintln!("not checked: this test is not run by root, or there is no prlimit");
    };
    let random = ["--network", "random:seed=1,neurons=256,cores=4"];
    let commands: [Vec<&str>; 4] = [
        vec!["run", "--network=digits-mlp", "--samples", "20", "--json", "out.json"],
        vec!["noc", "--overwrite", "--rate", "0.02..0.1:4", "--cycles", "300", "--json", "out.json"],
        [&["run", "--overwrite", "--steps", "30", "--shards", "8", "--json", "out.json"], &random[..]].concat(),
        vec!["compare", "--overwrite", "--chips", "loihi,sram_mesh", "--samples", "4", "--json", "out.json"],
    ];
    for command in &commands {
        let found = [("many", true, "8"), ("one", false, "1")].map(|(place, limited, threads)| {
            let arguments = [&command[..], &["--quiet", "--threads", threads]].concat();
            let output = run(&program, place, limited, &arguments);
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            assert_eq!(output.status.code(), Some(0), "{command:?}, {threads} threads: {said}");
            report(&folder.path().join(place).join("out.json"))
        });
        assert_eq!(found[0], found[1], "{command:?}");
    }
    let train = ["train", "--network", "digits-mlp", "--epochs", "1", "--out", "net", "--threads", "8"];
    for (place, limited) in [("many", true), ("one", false)] {
        let output = run(&program, place, limited, &train);
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    }
    let weights = |place: &str| read(folder.path().join(place).join("net/weights.safetensors")).unwrap();
    assert_eq!(weights("many"), weights("one"));
    let output =
        run(&program, "many", true, &["run", "--network=digits-mlp", "--samples", "2", "--trace", "csv=out.csv"]);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.code() == Some(2) && said.contains("the system gives none"), "{said}");
    assert!(!folder.path().join("many/out.csv").exists());
}
