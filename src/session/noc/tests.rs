//! Requests that are refused, with all that is wrong with them, and a report as the command has it.

use super::*;
use crate::noc::Unwatched;
use crate::report::{NocReport, noc_json};
use crate::session::{Error, catalog};
use std::sync::Arc;

fn problems(request: &NocRequest) -> Vec<String> {
    match request.job() {
        Err(Error::Noc { problems }) => problems.iter().map(ToString::to_string).collect(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn all_problems_are_reported_at_once_by_field() {
    let request =
        NocRequest { width: Some(0), vcs: Some(33), rate: Some(NocRates::All(vec![2.0])), ..NocRequest::default() };
    let expected = [
        "width: found 0, allowed 1 to 4096",
        "vcs: found 33, allowed 1 to 32",
        "rate: found 2, allowed 0 to 1 flit per node and cycle",
    ];
    assert_eq!(problems(&request), expected);
    let chip = Some(NocChip::Named("loihi".into()));
    let request = NocRequest { chip, topology: Some("ring".into()), width: Some(4), ..NocRequest::default() };
    assert_eq!(problems(&request).len(), 2);
    let request = NocRequest { set: vec![("mesh.width".into(), "4".into())], ..NocRequest::default() };
    assert_eq!(problems(&request), ["set: changes a chip: name it with chip"]);
    let request = NocRequest { chip: Some(NocChip::Named("loihii".into())), ..NocRequest::default() };
    assert!(problems(&request)[0].starts_with("unknown chip \"loihii\""));
}

#[test]
fn a_loaded_chip_is_the_one_of_its_name() {
    let of =
        |chip| NocRequest { chip: Some(chip), cycles: 500, warmup: 100, threads: Some(1), ..NocRequest::default() };
    let named = of(NocChip::Named("loihi".into())).job().unwrap().run(&Unwatched).unwrap();
    let chip = Arc::new(catalog::chip("loihi").unwrap());
    let loaded = of(NocChip::Loaded(chip)).job().unwrap().run(&Unwatched).unwrap();
    let json = |report: &NocReport| {
        let mut report = noc_json(report);
        report["wall_seconds"] = 0.into();
        report
    };
    let named = json(&named);
    assert_eq!(named, json(&loaded));
    let changes = [("mesh.width", "4")];
    let found = NocChip::found("loihi", &changes, &catalog::chip_with("loihi", &changes).unwrap());
    let found = of(found).job().unwrap();
    let set = vec![("mesh.width".to_owned(), "4".to_owned())];
    let changed = NocRequest { set, ..of(NocChip::Named("loihi".into())) }.job().unwrap();
    assert_eq!(found.chip_read(), changed.chip_read());
    let [found, changed] = [found, changed].map(|job| json(&job.run(&Unwatched).unwrap()));
    assert_eq!(found, changed);
    assert_eq!(found["setup"]["chip"], "loihi, mesh.width set to 4");
    assert!(named["packets"].as_u64() > Some(0));
}

#[test]
fn reports_are_made_again_of_their_request_and_what_was_measured() {
    let rate = Some(NocRates::Text("0.05,0.2".into()));
    let request = NocRequest { rate, width: Some(4), cycles: 500, warmup: 100, ..NocRequest::default() };
    let report = request.job().unwrap().run(&Unwatched).unwrap();
    let (request, measured) = (serde_json::to_string(&request).unwrap(), NocJob::measured(&report));
    let request: NocRequest = serde_json::from_str(&request).unwrap();
    let read = |text: &str| request.job().unwrap().report_of(text);
    let again = read(&measured).unwrap();
    assert_eq!(noc_json(&again), noc_json(&report));
    assert_eq!(again.link_table(&again.points[0]), report.link_table(&report.points[0]));
    let other = NocRequest { width: Some(5), ..request.clone() };
    assert!(other.job().unwrap().report_of(&measured).is_err());
    let rates = NocRequest { rate: Some(NocRates::All(vec![0.05, 0.3])), ..request.clone() };
    assert!(rates.job().unwrap().report_of(&measured).is_err());
    // Cut or changed anywhere, it is an error or another report, and no panic.
    for cut in (0..measured.len()).step_by(61) {
        assert!(read(&measured[..cut]).is_err(), "{cut}");
    }
    for wrong in ["99999999999999999999", "-1", "null", "1e300", "4503599627370497000"] {
        for at in measured.match_indices(|c: char| c.is_ascii_digit()).step_by(37).map(|(at, _)| at) {
            let changed = format!("{}{wrong}{}", &measured[..at], &measured[at + 1..]);
            if let Ok(report) = read(&changed) {
                let tables = (report.point_table(), report.shown().map(|point| report.link_table(point)));
                let _ = (tables, noc_json(&report), report.notes(), crate::report::noc_text(&report, 80));
            }
        }
    }
}

#[test]
fn events_end_a_sweep() {
    let rate = Some(NocRates::Text("0.05,0.1".into()));
    let request = NocRequest { rate, max_events: Some(1), ..NocRequest::default() };
    let error = request.job().unwrap().run(&Unwatched).unwrap_err();
    assert!(matches!(error, Error::NocInterrupted { done: 0, of: 2, what: "rates" }), "{error}");
}
