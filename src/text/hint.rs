//! Suggestions for misspelt words.

/// `; did you mean "x"?` for the allowed word nearest to a wrong one, or nothing.
pub fn did_you_mean(word: &str, allowed: &[&str]) -> String {
    nearest(word, allowed).map_or(String::new(), |near| format!("; did you mean \"{near}\"?"))
}

/// What is wrong with a word: `allowed: a, b; did you mean "a"?`.
pub fn allowed(word: &str, known: &[&str]) -> String {
    format!("allowed: {}{}", known.join(", "), did_you_mean(word, known))
}

/// The same with the word: `found "c", allowed: a, b`.
pub fn unknown(word: &str, known: &[&str]) -> String {
    format!("found \"{word}\", {}", allowed(word, known))
}

pub(crate) fn suggest(word: &str, allowed: &[&str]) -> String {
    format!("; known: {}{}", allowed.join(", "), did_you_mean(word, allowed))
}

/// The nearest allowed word, if its edit distance is at most a third of its length; two letters in the wrong order are one
/// edit. Only the first 64 characters count.
pub fn nearest<'w>(word: &str, allowed: &[&'w str]) -> Option<&'w str> {
    let short = |word: &str| word.chars().take(64).collect::<String>();
    let distance = |candidate: &&str| strsim::osa_distance(&short(word), &short(candidate));
    let best = allowed.iter().min_by_key(|c| distance(c))?;
    (distance(best) <= best.len().div_ceil(3)).then_some(*best)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_words_are_found() {
        assert_eq!(nearest("lif2", &["if", "lif"]), Some("lif"));
        assert_eq!(nearest("zzzzzz", &["if", "lif"]), None);
        assert_eq!(nearest("rnu", &["run", "report"]), Some("run"));
        assert_eq!(unknown("unifrom", &["uniform"]), "found \"unifrom\", allowed: uniform; did you mean \"uniform\"?");
    }
}
