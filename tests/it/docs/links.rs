//! Links of README and guide: each leads to a file, or to a heading, that is there.

use super::{blocks, pages};
use std::path::Path;

/// The anchor of a heading, as forges and rustdoc make it.
fn anchor(heading: &str) -> String {
    let keep = |c: char| match c {
        ' ' => Some('-'),
        c if c.is_alphanumeric() || c == '-' || c == '_' => Some(c.to_ascii_lowercase()),
        _ => None,
    };
    heading.trim().chars().filter_map(keep).collect()
}

/// A text without its blocks of code and code spans.
fn prose(text: &str) -> String {
    let mut inside = false;
    let mut kept = String::new();
    for line in text.lines() {
        if line.starts_with("```") {
            inside = !inside;
        } else if !inside {
            let outside = line.split('`').step_by(2).collect::<Vec<_>>().join("`");
            kept += &(outside + "\n");
        }
    }
    kept
}

fn anchors(text: &str) -> Vec<String> {
    let mut inside = false;
    let headings = text.lines().filter(|line| {
        inside ^= line.starts_with("```");
        !inside && line.starts_with('#')
    });
    headings.map(|line| anchor(line.trim_start_matches('#'))).collect()
}

/// Where the links of a text lead: in line, and in definitions of references.
fn targets(text: &str) -> Vec<String> {
    let prose = prose(text);
    let in_line = prose.split("](").skip(1).filter_map(|rest| rest.split_once(')')).map(|(target, _)| target);
    let defined = prose.lines().filter(|line| line.starts_with('[')).filter_map(|line| line.split_once("]: "));
    in_line.chain(defined.map(|(_, target)| target)).map(str::to_owned).collect()
}

/// Labels of references that a text uses, and those that it defines.
fn labels(text: &str) -> (Vec<String>, Vec<String>) {
    let prose = prose(text);
    let used = prose.split("][").skip(1).filter_map(|rest| rest.split_once(']')).map(|(label, _)| label.to_owned());
    let defined = prose.lines().filter_map(|line| line.strip_prefix('[')?.split_once("]: "));
    (used.collect(), defined.map(|(label, _)| label.to_owned()).collect())
}

#[test]
fn links_lead_somewhere() {
    let mut wrong = Vec::new();
    for page in pages() {
        let text = std::fs::read_to_string(&page).unwrap();
        for target in targets(&text) {
            if target.starts_with("https://") || target.starts_with("crate::") {
                continue;
            }
            let (file, place) = target.split_once('#').map_or((target.as_str(), None), |(f, p)| (f, Some(p)));
            let path = if file.is_empty() { page.clone() } else { page.parent().unwrap().join(file) };
            let found = path.exists();
            let lands = |place: &str| anchors(&std::fs::read_to_string(&path).unwrap()).iter().any(|a| a == place);
            if !found || place.is_some_and(|place| !lands(place)) {
                wrong.push(format!("{}: {target}", page.display()));
            }
        }
        let (used, defined) = labels(&text);
        let undefined = used.iter().filter(|label| !defined.contains(label));
        wrong.extend(undefined.map(|label| format!("{}: [{label}] is not defined", page.display())));
        let unused = defined.iter().filter(|label| !used.contains(label) && !text.contains(&format!("[{label}]")));
        wrong.extend(unused.map(|label| format!("{}: [{label}] is not used", page.display())));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn paths_in_texts_are_there() {
    let folders = ["src/", "tests/", "benches/", "hw_models/", "networks/", ".ci/"];
    let mut wrong = Vec::new();
    for page in pages() {
        let text = std::fs::read_to_string(&page).unwrap();
        let in_blocks: String = blocks::of(&text).iter().map(|block| block.text()).collect();
        for span in text.split('`').skip(1).step_by(2).filter(|span| !in_blocks.contains(span)) {
            let path = span.split([' ', '*', '{', 'N', '…']).next().unwrap_or_default();
            let is_path = folders.iter().any(|folder| path.starts_with(folder));
            if is_path && !Path::new(env!("CARGO_MANIFEST_DIR")).join(path).exists() {
                wrong.push(format!("{}: {span}", page.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
