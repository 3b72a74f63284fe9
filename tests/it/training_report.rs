//! The report of a training and its final table, as a user meets them.

use crate::bench::Bench;
use crate::common::plain_file;
use serde_json::{Value, json};
use std::path::Path;

fn read(folder: &str) -> (Value, String) {
    let text = |name: &str| std::fs::read_to_string(Path::new(folder).join(name)).unwrap();
    (serde_json::from_str(&text("report.json")).unwrap(), text("report.html"))
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| panic!("not a number: {value}"))
}

/// Every figure of the report for machines stands in the page, as the page writes it.
fn page_has_figures(report: &Value, page: &str) {
    let mut seen = 0;
    let mut has = |cell: String| {
        seen += 1;
        assert!(page.contains(&format!("<td>{cell}</td>")), "the page lacks {cell}");
    };
    let score = |fields: &Value| match fields.get("accuracy") {
        Some(share) => format!("{:.2} %", 100.0 * number(share)),
        None => format!("{:.5}, {:.2} dB", number(&fields["mse"]), number(&fields["psnr_db"])),
    };
    for point in report["points"].as_array().unwrap() {
        for name in ["spiking", "twin", "spiking_biases_kept"] {
            has(score(&point[name]));
        }
        has(format!("{:.3}", number(&point["spikes_per_neuron"])));
        has(format!("{:.3}", number(&point["operations_ratio"])));
        for layer in point["layers"].as_array().unwrap() {
            for name in ["cosine", "correlation", "spike_rate"] {
                has(layer[name].as_f64().map_or("–".into(), |value| format!("{value:.4}")));
            }
        }
    }
    report["final"]["networks"].as_array().unwrap().iter().for_each(|row| has(score(row)));
    assert!(seen > 50);
}

fn is_self_contained(page: &str) {
    assert!(page.contains("prefers-color-scheme: dark") && page.contains("width=device-width"));
    assert!(!page.contains("<script src") && !page.contains("src=\"http") && !page.contains("href=\"http"));
    // Four of the numbers of time steps, three of the epochs.
    assert_eq!(page.matches("<div class=\"chart curve\"").count(), 7);
}

#[test]
fn a_report_has_the_figures_of_run_and_the_page_has_those_of_the_report() {
    let bench = Bench::new();
    let out = bench.path("trained");
    let options = ["--network=digits-mlp", "--epochs=2", "--report-samples=40", "--quiet", "--out", &out];
    let said = bench.succeed(&[&["train", "--report"][..], &options].concat());
    let (report, page) = read(&out);
    assert_eq!(report["schema"], "spikemesh.training/1");
    assert_eq!((&report["part"], &report["samples"]), (&json!("validation"), &json!(40)));
    page_has_figures(&report, &page);
    is_self_contained(&page);
    let points = report["points"].as_array().unwrap();
    let steps: Vec<_> = points.iter().map(|point| point["time_steps"].as_u64().unwrap()).collect();
    assert_eq!(steps, [1, 2, 4, 8, 16]);
    assert_eq!(points[2]["spiking"], points[2]["spiking_biases_kept"], "the exported network");
    assert!(points.iter().all(|point| point["twin"] == points[0]["twin"]), "the twin does not depend on T");

    // The test part's figures, by the chip.
    let file = bench.path("run.json");
    let run = |chip: &str, samples: &str| -> Value {
        bench.succeed(&["run", "--network", &out, "--chip", chip, "--samples", samples, "--json", &file]);
        serde_json::from_str(&std::fs::read_to_string(&file).unwrap()).unwrap()
    };
    let [_, integer] = &report["final"]["networks"].as_array().unwrap()[..] else { panic!("{report}") };
    assert_eq!(integer["modelled_energy_pj"], run("loihi", "10")["per_inference"]["energy_pj"]["mean"]);
    // Without gating a chip's neurons go on firing after their T steps; operations are the network's own.
    let mut gated = plain_file("loihi");
    gated["gating"] = json!("window");
    let chip = bench.path("gated.json");
    std::fs::write(&chip, gated.to_string()).unwrap();
    let ungated = run("loihi", "40");
    assert_eq!(number(&integer["network_synaptic_operations"]), number(&ungated["network_synaptic_operations"]));
    let all = run(&chip, "40");
    assert_eq!((&report["final"]["part"], &integer["accuracy"]), (&json!("test"), &all["accuracy"]));
    assert_eq!(number(&integer["network_synaptic_operations"]), number(&all["network_synaptic_operations"]));
    let accuracy = format!("{:.2} %", 100.0 * number(&integer["accuracy"]));
    assert!(said.lines().any(|line| line.contains("integer") && line.contains(&accuracy)), "{said}");

    // Samples by class and answer: the right ones are the accuracy, the others are listed.
    let confusion: Vec<Vec<u64>> = serde_json::from_value(report["final"]["confusion"].clone()).unwrap();
    let right: u64 = (0..confusion.len()).map(|class| confusion[class][class]).sum();
    assert_eq!(confusion.iter().flatten().sum::<u64>(), 40);
    assert_eq!(right as f64 / 40.0, number(&integer["accuracy"]));
    let mistakes = report["final"]["mistakes"].as_array().unwrap();
    assert_eq!(mistakes.len() as u64, 40 - right);
    assert!(mistakes.iter().all(|mistake| mistake["class"] != mistake["spiking"]));
    assert_eq!(page.matches("<img src=\"data:image/png;base64,").count(), mistakes.len());

    // Without a training: the same figures.
    let again = bench.path("again");
    bench.succeed(&[
        "train",
        "--report-only",
        "--network",
        &out,
        "--report-samples=40",
        "--threads=3",
        "--out",
        &again,
    ]);
    let (other, _) = read(&again);
    assert_eq!((&other["points"], &other["final"]), (&report["points"], &report["final"]));

    // What was before a fine tuning stands beside what is; a chip that is too small is no error.
    let fine = ["--fine-tune", "--network", &out, "--epochs=1", "--chip=odin", "--report-samples=40"];
    let said = bench.succeed(&[&["train", "--report", "--out", &bench.path("fine")][..], &fine].concat());
    let (report, _) = read(&bench.path("fine"));
    let rows = report["final"]["networks"].as_array().unwrap();
    assert_eq!((&rows[2]["network"], &rows[2]["accuracy"]), (&json!("integer network before"), &integer["accuracy"]));
    assert_eq!(rows[2]["modelled_energy_pj"], Value::Null);
    assert!(said.contains("note: no energy of the integer network: the network does not fit on odin"), "{said}");
}

#[test]
fn an_autoencoder_is_reported_by_its_errors_and_shown() {
    let bench = Bench::new();
    let (file, out) = (bench.path("auto.json"), bench.path("out"));
    let dense = |outputs: u32| json!({"kind": "dense", "outputs": outputs});
    let network = json!({
        "format": "spikemesh.network/1", "description": "an autoencoder", "dataset": "digits",
        "input": {"shape": [1, 8, 8]}, "layers": [{"kind": "flatten"}, dense(24), dense(12), dense(64)],
        "neuron": {"model": "if", "threshold": 1.0, "reset": "subtract"}, "time_steps": 6, "target": "input",
        "training": {"epochs": 2, "batch": 32, "learning_rate": 0.003}
    });
    std::fs::write(&file, network.to_string()).unwrap();
    bench.succeed(&["train", "--report", "--network", &file, "--report-samples=30", "--out", &out, "--quiet"]);
    let (report, page) = read(&out);
    page_has_figures(&report, &page);
    is_self_contained(&page);
    let steps: Vec<_> = report["points"].as_array().unwrap().iter().map(|p| p["time_steps"].as_u64()).collect();
    assert_eq!(steps, [1, 2, 4, 6, 8, 16].map(Some));
    assert_eq!(page.matches("<img src=\"data:image/png;base64,").count(), 30);
    assert_eq!(report["final"]["confusion"], json!([]));
    let spiking = &report["points"][3]["spiking"];
    assert!((number(&spiking["psnr_db"]) + 10.0 * number(&spiking["mse"]).log10()).abs() < 1e-9);
}

#[test]
fn a_report_of_what_is_not_trained_is_refused() {
    let bench = Bench::new();
    let out = bench.path("none");
    let refused = |arguments: &[&str], why: &str| {
        let output = bench.run(&[&["train", "--out", &out], arguments].concat());
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{said}");
        assert!(said.contains(why), "{said}");
        assert!(!Path::new(&out).exists());
    };
    let small = bench.path("small.json");
    refused(&["--report-only", "--network", &small], "which has no trained weights");
    refused(&["--report-only", "--network=digits-mlp", "--epochs=3"], "cannot be used with");
    refused(&["--network=digits-mlp", "--chip=nowhere"], "unknown chip \"nowhere\"");
}
