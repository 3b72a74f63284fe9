//! What a page shows of an output, compared with the output, and brought up to date.

use strsim::normalized_levenshtein;

/// Stands for any lines, or within a line for any text.
const ANY: &str = "…";

/// Least likeness of two lines that show the same thing, apart from digits.
const ALIKE: f64 = 0.6;

/// Whether a sequence fits a pattern in which some items stand for any number of items.
fn fits<P, T>(pattern: &[P], items: &[T], is_any: impl Fn(&P) -> bool, same: impl Fn(&P, &T) -> bool) -> bool {
    let mut reached = vec![false; items.len() + 1];
    reached[0] = true;
    for part in pattern {
        if is_any(part) {
            let first = reached.iter().position(|at| *at).unwrap_or(reached.len());
            reached[first..].fill(true);
        } else {
            for i in (0..items.len()).rev() {
                reached[i + 1] = reached[i] && same(part, &items[i]);
            }
            reached[0] = false;
        }
    }
    reached[items.len()]
}

fn line_fits(shown: &str, line: &str) -> bool {
    let (shown, line): (Vec<char>, Vec<char>) = (shown.trim_end().chars().collect(), line.chars().collect());
    fits(&shown, &line, |c| *c == '…', |a, b| a == b)
}

fn all_fit(shown: &[String], output: &[String]) -> bool {
    fits(shown, output, |line| line == ANY, |a, b| line_fits(a, b))
}

/// Says how an output differs from what is shown of it, if it does.
pub fn differs(shown: &[String], output: &[String]) -> Option<String> {
    if all_fit(shown, output) {
        return None;
    }
    let missing = |line: &&String| *line != ANY && !output.iter().any(|there| line_fits(line, there));
    let first = shown.iter().find(missing).map_or("its lines are others, or in another order", String::as_str);
    Some(format!("shown: {first}\nprinted:\n{}", output.join("\n")))
}

/// What a page shows of the output now: elisions stand where they stood.
pub fn rewritten(shown: &[String], output: &[String]) -> Vec<String> {
    let place = aligned(shown, output);
    let mut now = Vec::new();
    let mut next = 0;
    for (s, segment) in segments(shown).into_iter().enumerate() {
        let is_first = s == 0 && shown.first().is_none_or(|line| line != ANY);
        let is_last = segment.end == shown.len();
        let found: Vec<usize> = segment.clone().filter_map(|i| place[i]).collect();
        let (from, to) = match (found.first(), found.last()) {
            (Some(from), Some(to)) => (*from, *to + 1),
            // Nothing like it is printed any more: of the beginning as many lines stay.
            _ if is_first => (0, segment.len().min(output.len())),
            _ => (next, next),
        };
        let from = if is_first { 0 } else { from.max(next) };
        let to = if is_last { output.len() } else { to.max(from) };
        if !is_first && now.last().is_none_or(|line| line != ANY) {
            now.push(ANY.to_owned());
        }
        for (i, line) in output[from..to].iter().enumerate() {
            let old = segment.clone().find(|old| place[*old] == Some(from + i));
            now.push(old.map_or_else(|| line.clone(), |old| with_elisions(&shown[old], line)));
        }
        next = to;
    }
    if shown.last().is_some_and(|line| line == ANY) && now.last().is_none_or(|line| line != ANY) {
        now.push(ANY.to_owned());
    }
    now
}

/// Runs of lines between elisions.
fn segments(shown: &[String]) -> Vec<std::ops::Range<usize>> {
    let mut found = Vec::new();
    let mut start = 0;
    for i in 0..=shown.len() {
        if i == shown.len() || shown[i] == ANY {
            if i > start {
                found.push(start..i);
            }
            start = i + 1;
        }
    }
    found
}

/// Where each shown line is in the output, in order: the assignment whose lines are most alike.
fn aligned(shown: &[String], output: &[String]) -> Vec<Option<usize>> {
    let like = |a: usize, b: usize| {
        let likeness = normalized_levenshtein(&masked(&shown[a]), &masked(&output[b]));
        if shown[a] == ANY || likeness < ALIKE { 0.0 } else { likeness + f64::from(line_fits(&shown[a], &output[b])) }
    };
    let (rows, columns) = (shown.len(), output.len());
    let mut best = vec![vec![0.0_f64; columns + 1]; rows + 1];
    let mut alike = vec![vec![0.0_f64; columns]; rows];
    for a in (0..rows).rev() {
        for b in (0..columns).rev() {
            alike[a][b] = like(a, b);
            best[a][b] = (best[a + 1][b + 1] + alike[a][b]).max(best[a + 1][b]).max(best[a][b + 1]);
        }
    }
    let mut place = vec![None; rows];
    let (mut a, mut b) = (0, 0);
    while a < rows && b < columns {
        if alike[a][b] > 0.0 && best[a][b] == best[a + 1][b + 1] + alike[a][b] {
            place[a] = Some(b);
            (a, b) = (a + 1, b + 1);
        } else if best[a][b] == best[a + 1][b] {
            a += 1;
        } else {
            b += 1;
        }
    }
    place
}

fn masked(line: &str) -> String {
    line.chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).collect()
}

/// A line with what stood for any text in an older one, as far as both begin and end alike.
fn with_elisions(old: &str, now: &str) -> String {
    if line_fits(old, now) {
        return old.to_owned();
    }
    let Some((before, after)) = old.split_once(ANY) else { return now.to_owned() };
    match now.strip_prefix(before).and_then(|rest| rest.strip_suffix(after)) {
        Some(_) => old.to_owned(),
        None if now.starts_with(before) && after.is_empty() => old.to_owned(),
        None => now.to_owned(),
    }
}

#[cfg(test)]
fn lines(text: &str) -> Vec<String> {
    text.split('|').map(str::to_owned).collect()
}

#[test]
fn elisions_stand_for_anything() {
    let output = lines("a 1|b 2|c 3|d 4");
    for shown in ["a 1|b 2|c 3|d 4", "…", "a 1|…", "…|c …|d 4", "a …|…|d 4", "a 1|…|b 2|c 3|d 4"] {
        assert_eq!(differs(&lines(shown), &output), None, "{shown}");
    }
    for shown in ["a 1", "…|c 3", "a 1|c 3|…", "a 2|…", "…|d 4|…|c 3"] {
        assert!(differs(&lines(shown), &output).is_some(), "{shown}");
    }
}

#[test]
fn outputs_are_brought_up_to_date_within_their_elisions() {
    let output = lines("title of it|energy 12 nJ|latency 3 us|new line|accuracy 98 %|end of all");
    let now = |shown: &str| rewritten(&lines(shown), &output).join("|");
    assert_eq!(now("title of it|energy 11 nJ|…"), "title of it|energy 12 nJ|…");
    assert_eq!(now("…|accuracy 97 %|…"), "…|accuracy 98 %|…");
    assert_eq!(now("title|…|accuracy … %|end of all"), "title of it|…|accuracy … %|end of all");
    assert_eq!(now("title of it|latency 4 us|accuracy 98 %|end of all"), output.join("|"));
}
