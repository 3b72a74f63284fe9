//! Systematic damage to JSON files: every field removed, renamed, doubled and given values that it may not have.
//!
//! What is harmless by the format's own rules (an optional field left out, say) its schema says; of files without a schema it
//! is listed in [`Rules`] and skipped. Everything else must be refused, and so must damage that a schema cannot see.

use serde_json::{Value, json};

/// What a format allows. Entries are ends of paths like `/mesh/host_tile/*`, where `*` is any list index or name
/// that a user chose.
#[derive(Clone, Copy, Default)]
pub struct Rules {
    /// Fields that may be left out.
    pub optional: &'static [&'static str],
    /// Fields that may be `null`.
    pub nullable: &'static [&'static str],
    /// Numbers that may be 0, or times that may be `0 ns`.
    pub zero: &'static [&'static str],
    pub negative: &'static [&'static str],
    pub fraction: &'static [&'static str],
    pub huge: &'static [&'static str],
    /// Lists and objects that may be empty.
    pub empty: &'static [&'static str],
    /// Lists that may be a single number instead.
    pub scalar: &'static [&'static str],
    /// Lists of a fixed length.
    pub fixed: &'static [&'static str],
    /// Texts that must be one of some words.
    pub word: &'static [&'static str],
    pub time: &'static [&'static str],
    pub energy: &'static [&'static str],
    pub power: &'static [&'static str],
    /// Objects whose field names are the user's.
    pub named: &'static [&'static str],
    /// A time that is no whole number of ticks.
    pub between_ticks: &'static str,
}

/// Nothing but damage to any value; the schema says what is harmless.
pub const NO_RULES: Rules = Rules {
    optional: &[],
    nullable: &[],
    zero: &[],
    negative: &[],
    fraction: &[],
    huge: &[],
    empty: &[],
    scalar: &[],
    fixed: &[],
    word: &[],
    time: &[],
    energy: &[],
    power: &[],
    named: &[],
    between_ticks: "",
};

/// A damaged text and what was done to it.
pub struct Damaged {
    pub what: String,
    pub text: String,
    /// Whether a schema may not see it.
    pub unseen: bool,
}

fn listed(list: &[&str], pattern: &str) -> bool {
    list.iter().any(|end| pattern.ends_with(end))
}

/// A place in a file: its JSON pointer, and the pointer with indices and users' names as `*`.
struct Place {
    pointer: String,
    pattern: String,
}

fn places(value: &Value, rules: &Rules) -> Vec<Place> {
    fn visit(value: &Value, pointer: String, pattern: String, rules: &Rules, found: &mut Vec<Place>) {
        match value {
            Value::Object(map) => {
                for (name, inner) in map {
                    let known = if listed(rules.named, &pattern) { "*" } else { name };
                    let pointer = format!("{pointer}/{}", name.replace('~', "~0").replace('/', "~1"));
                    visit(inner, pointer, format!("{pattern}/{known}"), rules, found);
                }
            }
            Value::Array(items) => {
                // Three of a long list are as good as all.
                for (index, inner) in items.iter().enumerate().take(3) {
                    visit(inner, format!("{pointer}/{index}"), format!("{pattern}/*"), rules, found);
                }
            }
            _ => {}
        }
        found.push(Place { pointer, pattern });
    }
    let mut found = Vec::new();
    visit(value, String::new(), String::new(), rules, &mut found);
    found
}

/// Values that a place may not have, and whether a schema may not see that.
fn wrong_values(value: &Value, pattern: &str, rules: &Rules) -> Vec<(Value, bool)> {
    let is = |list| listed(list, pattern);
    let (mut wrong, mut unseen) = (Vec::new(), Vec::new());
    if !is(rules.nullable) {
        wrong.push(Value::Null);
    }
    match value {
        Value::Number(_) => {
            wrong.extend([json!("7"), json!(true), json!([]), json!({})]);
            let cases: [(&[&str], Value); 4] = [
                (rules.zero, json!(0)),
                (rules.negative, json!(-1)),
                (rules.fraction, json!(1.5)),
                (rules.huge, json!(1_000_000_000_000_000_000u64)),
            ];
            wrong.extend(cases.into_iter().filter(|(list, _)| !is(list)).map(|(_, value)| value));
            if !is(rules.huge) {
                wrong.push(json!(1e18));
            }
        }
        Value::String(_) => {
            wrong.extend([json!(7), json!(true), json!([]), json!({}), json!(""), json!("  ")]);
            if is(rules.word) {
                unseen.extend([json!("bogus"), json!("Mesh")]);
            }
            let quantity = |unit: &str, other: &str| {
                let texts = ["-1", "1e3", "99999999999999999999", ".", "1.", "one"];
                let mut all: Vec<Value> = texts.iter().map(|number| json!(format!("{number} {unit}"))).collect();
                all.extend([json!(format!("1{unit}")), json!(format!("1 {other}")), json!("1"), json!("1 parsec")]);
                all
            };
            if is(rules.time) {
                unseen.extend(quantity("ns", "pJ"));
                wrong.push(json!("0.0000001 ns"));
                if !is(rules.zero) {
                    wrong.push(json!("0 ns"));
                }
                if pattern != "/tick" {
                    unseen.push(json!(rules.between_ticks));
                }
                unseen.push(json!("2000000 s"));
            }
            if is(rules.energy) {
                unseen.extend(quantity("pJ", "ns"));
            }
            if is(rules.power) {
                unseen.extend(quantity("mW", "pJ"));
            }
        }
        Value::Bool(_) => wrong.extend([json!(0), json!("false"), json!([])]),
        Value::Array(_) => {
            wrong.extend([json!("x"), json!({}), json!(true)]);
            if !is(rules.scalar) {
                wrong.push(json!(7));
            }
            if !is(rules.empty) {
                wrong.push(json!([]));
            }
        }
        Value::Object(_) => {
            wrong.extend([json!("x"), json!([]), json!(7), json!(false)]);
            if !is(rules.empty) {
                wrong.push(json!({}));
            }
        }
        Value::Null => wrong.extend([json!("x"), json!([]), json!(-1), json!(false)]),
    }
    wrong.into_iter().map(|value| (value, false)).chain(unseen.into_iter().map(|value| (value, true))).collect()
}

/// Stands before the name of a field that is given twice, until the file is a text: a `Value` cannot hold it.
const TWICE: &str = "the second of ";

/// All the damage that is done to one value at a time.
pub fn values(text: &str, rules: &Rules) -> Vec<Damaged> {
    let file: Value = serde_json::from_str(text).unwrap();
    let mut all = Vec::new();
    for Place { pointer, pattern } in places(&file, rules) {
        let value = file.pointer(&pointer).unwrap();
        let mut note =
            |what: String, file: &Value, unseen: bool| all.push(Damaged { what, text: file.to_string(), unseen });
        for (wrong, unseen) in wrong_values(value, &pattern, rules) {
            let mut file = file.clone();
            let what = format!("{pointer} is {wrong}");
            *file.pointer_mut(&pointer).unwrap() = wrong;
            note(what, &file, unseen);
        }
        if let Value::Array(items) = value
            && listed(rules.fixed, &pattern)
        {
            let mut shorter = file.clone();
            *shorter.pointer_mut(&pointer).unwrap() = json!(items[1..]);
            note(format!("{pointer} is shorter"), &shorter, true);
            let longer: Vec<_> = items.iter().chain(items.last()).collect();
            let mut file = file.clone();
            *file.pointer_mut(&pointer).unwrap() = json!(longer);
            note(format!("{pointer} is longer"), &file, true);
        }
        if let Value::Object(map) = value {
            fields(&file, &pointer, &pattern, map, rules, &mut all);
        }
    }
    all
}

fn fields(
    file: &Value,
    pointer: &str,
    pattern: &str,
    map: &serde_json::Map<String, Value>,
    rules: &Rules,
    all: &mut Vec<Damaged>,
) {
    let named = listed(rules.named, pattern);
    let mut with = |what: String, map: serde_json::Map<String, Value>, unseen: bool| {
        let mut file = file.clone();
        *file.pointer_mut(pointer).unwrap() = Value::Object(map);
        all.push(Damaged { what, text: file.to_string().replace(TWICE, ""), unseen });
    };
    if !named {
        let mut more = map.clone();
        more.insert("extra".into(), json!(1));
        with(format!("{pointer} has an unknown field"), more, false);
    }
    for (name, value) in map {
        // A name that the file uses elsewhere is needed; the file's own references say which.
        let (own, user) = (format!("{pattern}/{name}"), format!("{pattern}/*"));
        let optional = listed(rules.optional, if named { &user } else { &own });
        let needed = !optional && (!named || is_referred_to(file, name));
        let mut less = map.clone();
        less.remove(name);
        if needed {
            with(format!("{pointer}/{name} is missing"), less.clone(), named);
        }
        if needed || !named {
            less.insert(format!("{name}_"), value.clone());
            with(format!("{pointer}/{name} is renamed"), less, named);
        }
        let mut doubled = serde_json::Map::new();
        for (n, v) in map {
            doubled.insert(n.clone(), v.clone());
            if n == name {
                doubled.insert(format!("{TWICE}{n}"), v.clone());
            }
        }
        with(format!("{pointer}/{name} is given twice"), doubled, true);
    }
}

/// Whether a text of the file is this name.
fn is_referred_to(value: &Value, name: &str) -> bool {
    match value {
        Value::String(text) => text == name,
        Value::Array(items) => items.iter().any(|v| is_referred_to(v, name)),
        Value::Object(map) => map.values().any(|v| is_referred_to(v, name)),
        _ => false,
    }
}

/// The text cut off at many places; what is left is never valid, since the last brace is missing.
pub fn truncated(text: &str) -> Vec<Damaged> {
    let whole = text.trim_end();
    let cuts = (0..40).map(|i| whole.len() * i / 40);
    let cut = |at: usize| {
        let at = (0..=at).rev().find(|i| whole.is_char_boundary(*i)).unwrap_or(0);
        Damaged { what: format!("cut after {at} bytes"), text: whole[..at].to_owned(), unseen: true }
    };
    cuts.map(cut).collect()
}

/// One edit after another, each on its own, by JSON pointer; fields that are not there are added.
pub fn edited(text: &str, edits: &[(&str, Value)]) -> Vec<Damaged> {
    let edit = |(pointer, value): &(&str, Value)| {
        let mut file: Value = serde_json::from_str(text).unwrap();
        let (parent, name) = pointer.rsplit_once('/').unwrap();
        match file.pointer_mut(parent).unwrap_or_else(|| panic!("nothing at {parent}")) {
            Value::Object(map) => {
                map.insert(name.into(), value.clone());
            }
            Value::Array(items) => items[name.parse::<usize>().unwrap()] = value.clone(),
            _ => panic!("{parent} has no fields"),
        }
        Damaged { what: format!("{pointer} set to {value:.60}"), text: file.to_string(), unseen: true }
    };
    edits.iter().map(edit).collect()
}
