//! Guesses at what a wrong word was meant to be.

/// `; did you mean "x"?` for the allowed word nearest to a wrong one, or nothing.
pub fn did_you_mean(word: &str, allowed: &[&str]) -> String {
    nearest(word, allowed).map_or(String::new(), |near| format!("; did you mean \"{near}\"?"))
}

pub(super) fn suggest(word: &str, allowed: &[&str]) -> String {
    format!("; known: {}{}", allowed.join(", "), did_you_mean(word, allowed))
}

/// The allowed word within a third of its length in edits of a wrong one.
pub fn nearest<'w>(word: &str, allowed: &[&'w str]) -> Option<&'w str> {
    let distance = |candidate: &&str| edits(word, candidate);
    let best = allowed.iter().min_by_key(|c| distance(c))?;
    (distance(best) <= best.len().div_ceil(3)).then_some(*best)
}

/// Levenshtein distance, on the first 64 characters of each word.
fn edits(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().take(64).collect(), b.chars().take(64).collect());
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let substitute = diagonal + usize::from(x != y);
            diagonal = row[j + 1];
            row[j + 1] = substitute.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edit_distance() {
        assert_eq!(edits("kitten", "sitting"), 3);
        assert_eq!(nearest("lif2", &["if", "lif"]), Some("lif"));
        assert_eq!(nearest("zzzzzz", &["if", "lif"]), None);
    }
}
