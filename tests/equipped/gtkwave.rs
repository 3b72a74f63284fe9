//! Save files of waveforms in GTKWave itself, on a screen that only it sees: it finds every signal, shows the whole run, and
//! draws something. A picture of each window stays in the folder that `SPIKEMESH_PICTURES` names, if it does.

use crate::bench::Bench;
use serde_json::json;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Command;

/// What GTKWave shows.
#[derive(Debug, Default)]
struct Shown {
    /// Full names of the signals that it found, in their order.
    signals: Vec<String>,
    /// The last time in the window, and in the dump.
    until: u64,
    end: u64,
    /// Pixels of the window by colour.
    colours: BTreeMap<[u8; 3], usize>,
}

/// Opens a save file, which names its dump, in a folder that neither is in.
fn open(bench: &Bench, save: &str, screen: u32, picture: &str) -> Shown {
    let (script, said, pixels) = (bench.path("look.tcl"), bench.path("said"), bench.path("window.ppm"));
    // GTKWave runs this again and again. The window is drawn a few times after the dump is loaded.
    let look = format!(
        "if {{![info exists ::looks]}} {{set ::looks 0}}\n\
         if {{[gtkwave::getMaxTime] > 0}} {{incr ::looks}}\n\
         if {{$::looks == 5}} {{\n\
           set out [open {{{said}}} w]\n\
           fconfigure $out -encoding utf-8\n\
           puts $out [gtkwave::getWindowEndTime]\n\
           puts $out [gtkwave::getMaxTime]\n\
           foreach signal [gtkwave::getDisplayedSignals] {{puts $out $signal}}\n\
           close $out\n\
           exec import -window root {{{picture}}} 2>@1\n\
           exec convert {{{picture}}} -depth 8 {{{pixels}}} 2>@1\n\
           exit\n\
         }}\n",
    );
    std::fs::write(&script, look).unwrap();
    let _ = std::fs::remove_file(&said);
    // Fonts and settings of this machine's user change nothing.
    let output = Command::new("timeout")
        .args(["120", "xvfb-run", "-a", "-n", &screen.to_string(), "-s", "-screen 0 1400x1000x24"])
        .args(["gtkwave", "-R", &script, "-P", "400", save])
        .env("HOME", bench.path(""))
        .env("GDK_BACKEND", "x11")
        .current_dir("/")
        .output()
        .unwrap();
    let told = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    let said = std::fs::read_to_string(said).unwrap_or_else(|error| panic!("{error}: {told}"));
    let mut lines = said.lines();
    let mut time = || lines.next().and_then(|line| line.parse().ok()).unwrap_or_else(|| panic!("no time: {told}"));
    let (until, end) = (time(), time());
    Shown { until, end, signals: lines.map(str::to_owned).collect(), colours: colours(&pixels) }
}

/// Pixels of a picture (binary PPM) by colour.
fn colours(path: &str) -> BTreeMap<[u8; 3], usize> {
    let bytes = std::fs::read(path).unwrap();
    let pixels = 1400 * 1000 * 3;
    assert!(bytes.starts_with(b"P6") && bytes.len() > pixels, "{path}: {} bytes", bytes.len());
    let mut colours = BTreeMap::new();
    for pixel in bytes[bytes.len() - pixels..].chunks_exact(3) {
        *colours.entry([pixel[0], pixel[1], pixel[2]]).or_default() += 1;
    }
    colours
}

/// Signals that a save file names, in their order.
fn named(save: &str) -> Vec<String> {
    let lines = save.lines().filter(|line| !line.starts_with(['[', '@', '-', '*']));
    lines.map(|line| line.rsplit_once("} ").map_or(line, |(_, name)| name).to_owned()).collect()
}

/// What is wrong with what GTKWave shows of a save file.
fn wrong(save: &str, shown: &Shown) -> Vec<String> {
    let named = named(save);
    let mut wrong = Vec::new();
    if shown.signals != named {
        let missing: Vec<_> = named.iter().filter(|name| !shown.signals.contains(name)).take(5).collect();
        wrong.push(format!("{} of {} signals; unknown: {missing:?}", shown.signals.len(), named.len()));
    }
    // The window ends with the run, and not much later.
    if shown.end == 0 || shown.until < shown.end || shown.until > shown.end + shown.end / 10 {
        wrong.push(format!("the window ends at {}, the run at {}", shown.until, shown.end));
    }
    // Waves are drawn on black; green is spikes, red what waits, yellow what works.
    let drawn = |is: fn([u8; 3]) -> bool| -> usize {
        shown.colours.iter().filter(|(colour, _)| is(**colour)).map(|(_, count)| count).sum()
    };
    let parts = [
        ("black", drawn(|c| c == [0, 0, 0]), 200_000),
        ("green", drawn(|[r, g, b]| g > 180 && r < 90 && b < 90), 1_000),
        ("red", drawn(|[r, g, b]| r > 180 && g < 90 && b < 90), 500),
        ("yellow", drawn(|[r, g, b]| r > 180 && g > 180 && b < 90), 1_000),
    ];
    wrong.extend(parts.iter().filter(|(_, found, least)| found < least).map(|(colour, found, least)| {
        format!("{found} {colour} pixels, expected {least}: little or nothing is drawn")
    }));
    wrong
}

/// Where the picture of a case goes.
fn picture(bench: &Bench, name: &str) -> String {
    let folder = std::env::var_os("SPIKEMESH_PICTURES").map_or_else(|| PathBuf::from(bench.path("")), PathBuf::from);
    std::fs::create_dir_all(&folder).unwrap();
    folder.join(format!("gtkwave-{name}.png")).display().to_string()
}

/// Traces a run to a dump, and gives the path and the text of its save file.
fn traced(bench: &Bench, dump: (&str, &str), more: &[&str]) -> (String, String) {
    let (format, name) = dump;
    let trace = format!("{format}={}", bench.path(&format!("{name}.{format}")));
    bench.succeed(&[&["run", "--quiet", "--trace", &trace], more].concat());
    let save = bench.path(&format!("{name}.gtkw"));
    let text = std::fs::read_to_string(&save).unwrap();
    (save, text)
}

pub fn every_signal_of_a_save_file_is_shown() {
    let bench = Bench::new();
    let samples = ["--samples", "2", "--trace-samples", "all"];
    let digits = [&["--network", "digits-mlp"][..], &samples[..]].concat();
    let random = ["--network", "random:seed=1,neurons=1024,cores=16", "--steps", "60"];
    let free = [&["--chip", "event_mesh"][..], &digits].concat();
    // A layer whose name has a blank and letters beyond ASCII, which FST keeps.
    let neuron = json!({"model": "if", "reset": "zero"});
    let names = json!({"format": "spikemesh.sparse/1", "description": "names", "time_steps": 12,
        "populations": [{"name": "隐藏 1", "size": 40, "threshold": 2, "bias": 1, "neuron": neuron},
                        {"name": "{é}", "size": 40, "threshold": 3, "bias": 1, "neuron": neuron}],
        "projections": [{"from": "隐藏 1", "to": "{é}", "edges": (0..40).map(|n| [n, 39 - n, 2, 1]).collect::<Vec<_>>()}]});
    let file = bench.path("names.json");
    std::fs::write(&file, names.to_string()).unwrap();
    let named = ["--network", &file, "--set", "core.max_neurons=8"];
    let cases: [(&str, &str, &[&str]); 5] = [
        ("vcd", "default", &samples),
        ("fst", "digits", &digits),
        ("vcd", "random", &random),
        ("fst", "free", &free),
        ("fst", "names", &named),
    ];
    for (format, name, options) in cases {
        let (save, text) = traced(&bench, (format, name), options);
        let shown = open(&bench, &save, 120, &picture(&bench, &format!("{name}-{format}")));
        assert_eq!(wrong(&text, &shown), Vec::<String>::new(), "{name}.{format}");
    }
}

/// The test above sees what is wrong: a signal that there is not, and a window in which nothing is.
pub fn what_gtkwave_does_not_find_is_seen() {
    let bench = Bench::new();
    let (save, text) = traced(&bench, ("vcd", "run"), &["--network", "digits-mlp", "--samples", "1"]);
    let no_such = text.replace("loihi.core_0.soma", "loihi.core_0.soul");
    std::fs::write(&save, &no_such).unwrap();
    let found = wrong(&no_such, &open(&bench, &save, 160, &bench.path("no-such.png")));
    assert!(found.len() == 1 && found[0].contains("loihi.core_0.soul"), "{found:?}");
    let empty: String = text.lines().filter(|line| line.starts_with('[')).map(|line| format!("{line}\n")).collect();
    std::fs::write(&save, &empty).unwrap();
    let found = wrong(&empty, &open(&bench, &save, 160, &bench.path("empty.png")));
    assert!(found.iter().any(|what| what.contains("green pixels")), "{found:?}");
}
