//! Names that a format cannot hold as they are, made into names that it can: no two of them the same.

use std::collections::{HashMap, HashSet};

#[derive(Debug, Default)]
pub(super) struct TakenNames {
    taken: HashSet<String>,
}

impl TakenNames {
    pub(super) fn with(taken: impl IntoIterator<Item = String>) -> Self {
        Self { taken: taken.into_iter().collect() }
    }

    /// Gives each name a unique spelling, in their order. A name that needs no other spelling keeps its own; where
    /// several would be spelled alike, the later ones get a number, as in `l_1`, `l_1_2`.
    pub(super) fn spell<S: AsRef<str>>(&mut self, names: &[S], spelling: impl Fn(&str) -> String) -> Vec<String> {
        let wanted: Vec<String> = names.iter().map(|name| spelling(name.as_ref())).collect();
        let mut given: Vec<Option<String>> = vec![None; wanted.len()];
        // First who needs nothing else, then who comes first.
        for exact in [true, false] {
            for ((name, wanted), given) in names.iter().zip(&wanted).zip(&mut given) {
                if given.is_none() && (name.as_ref() == wanted || !exact) && self.taken.insert(wanted.clone()) {
                    *given = Some(wanted.clone());
                }
            }
        }
        let mut next: HashMap<&str, u64> = HashMap::new();
        let mut number = |wanted| {
            let number = next.entry(wanted).or_insert(1);
            loop {
                *number += 1;
                let name = format!("{wanted}_{number}");
                if self.taken.insert(name.clone()) {
                    return name;
                }
            }
        };
        given.into_iter().zip(&wanted).map(|(given, wanted)| given.unwrap_or_else(|| number(wanted))).collect()
    }
}

/// A name of letters, digits and `_`, which readers of waveforms take for nothing else. Letters beyond ASCII stay where
/// the format has them; else, and for other characters beyond ASCII, there is their number, as in `u5c42`.
pub(super) fn identifier(name: &str, unicode: bool) -> String {
    let mut safe = String::new();
    // A number is set apart from what is around it.
    let mut apart = false;
    for c in name.chars() {
        let stays = c.is_ascii_alphanumeric() || (unicode && !c.is_ascii() && c.is_alphanumeric());
        let numbered = !stays && !c.is_ascii();
        if (apart || numbered || !stays) && !safe.is_empty() && !safe.ends_with('_') {
            safe.push('_');
        }
        match (stays, numbered) {
            (true, _) => safe.push(c),
            (false, true) => safe += &format!("u{:x}", u32::from(c)),
            (false, false) => {}
        }
        apart = numbered;
    }
    let safe = safe.trim_end_matches('_');
    if safe.is_empty() { "unnamed".to_owned() } else { safe.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn spelled(names: &[&str]) -> Vec<String> {
        TakenNames::default().spell(names, |name| identifier(name, false))
    }

    #[test]
    fn identifiers_have_no_blanks_and_signs() {
        let names = ["router (1, 0)", "out east", "a  b", "3", "((", "hidden_1", "_a_"];
        let expected = ["router_1_0", "out_east", "a_b", "3", "unnamed", "hidden_1", "a"];
        assert_eq!(names.map(|name| identifier(name, false)), expected);
        assert_eq!(names.map(|name| identifier(name, true)), expected);
        let beyond = ["层1", "隐藏 层", "cachée", "🧠", "été"];
        let numbers = ["u5c42_1", "u9690_u85cf_u5c42", "cach_ue9_e", "u1f9e0", "ue9_t_ue9"];
        assert_eq!(beyond.map(|name| identifier(name, false)), numbers);
        assert_eq!(beyond.map(|name| identifier(name, true)), ["层1", "隐藏_层", "cachée", "u1f9e0", "été"]);
    }

    #[test]
    fn names_that_fall_together_are_numbered() {
        assert_eq!(spelled(&["l.1", "l_1"]), ["l_1_2", "l_1"]);
        assert_eq!(spelled(&["l.1", "l 1", "l-1"]), ["l_1", "l_1_2", "l_1_3"]);
        // A number is never one that another has as its own name.
        assert_eq!(spelled(&["a.b", "a b", "a_b_2", "(a b)"]), ["a_b", "a_b_3", "a_b_2", "a_b_4"]);
        assert_eq!(spelled(&["(", ")"]), ["unnamed", "unnamed_2"]);
        let mut names = TakenNames::with(["host".to_owned()]);
        assert_eq!(names.spell(&["host", "step"], |name| identifier(name, false)), ["host_2", "step"]);
    }

    proptest! {
        #[test]
        fn no_two_names_are_spelled_alike(names in prop::collection::hash_set("[ab_ .2层é]{0,4}", 0..40)) {
            let names: Vec<String> = names.into_iter().collect();
            for unicode in [false, true] {
                let spelled = TakenNames::default().spell(&names, |name| identifier(name, unicode));
                prop_assert_eq!(spelled.iter().collect::<HashSet<_>>().len(), names.len());
                let is_word = |c: char| c == '_' || c.is_ascii_alphanumeric() || (unicode && c.is_alphanumeric());
                prop_assert!(spelled.iter().all(|name| !name.is_empty() && name.chars().all(is_word)));
            }
        }
    }
}
