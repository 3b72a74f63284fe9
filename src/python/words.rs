//! Reports name options of the command line. Here they are arguments and methods of Python.

/// Options that reports name, and whether a value follows.
const OPTIONS: &[(&str, Follows)] = &[
    ("csv", Follows::Method),
    ("json", Follows::Method),
    ("html", Follows::Method),
    ("allow-mixed", Follows::Nothing),
    ("common-terms", Follows::Nothing),
    ("max-events", Follows::Nothing),
    ("max-seconds", Follows::Nothing),
    ("cores", Follows::Value),
    ("cycles", Follows::Value),
    ("partitioner", Follows::Value),
    ("placer", Follows::Value),
    ("share-cores", Follows::Value),
    ("set", Follows::Change),
];

/// What an option is in Python.
#[derive(Clone, Copy)]
enum Follows {
    /// A method.
    Method,
    /// An argument by itself.
    Nothing,
    /// An argument with the next word as its value.
    Value,
    /// An argument whose value is a dictionary with one entry.
    Change,
}

/// A text with the options that it names as arguments and methods.
pub(crate) fn in_python(text: &str) -> String {
    let mut parts = text.split("--");
    let mut told = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let name = part.split(|c: char| !c.is_ascii_lowercase() && c != '-').next().unwrap_or_default();
        // What is quoted is a command with its options.
        let quoted = told.rsplit(['\n', '>', '"']).next().is_some_and(|before| before.contains("spikemesh "));
        match OPTIONS.iter().find(|(option, _)| *option == name && !quoted) {
            Some((_, follows)) => told += &argument(name, *follows, &part[name.len()..]),
            None => told += &format!("--{part}"),
        }
    }
    told
}

fn argument(name: &str, follows: Follows, rest: &str) -> String {
    let name = name.replace('-', "_");
    let value = rest.trim_start();
    // A full stop or a bracket may follow, and is not of the value.
    let end = value.find(|c: char| c.is_whitespace() || matches!(c, ',' | ')' | ';' | '<')).unwrap_or(value.len());
    let word = value[..end].trim_end_matches('.');
    let after = &value[word.len()..];
    match follows {
        Follows::Method => format!("{name}(){rest}"),
        Follows::Value if !word.is_empty() => format!("{name}={}{after}", literal(word)),
        Follows::Change => match word.split_once('=') {
            Some((path, value)) => format!("{name}={{\"{path}\": {}}}{after}", literal(value)),
            None => format!("{name}{rest}"),
        },
        _ => format!("{name}{rest}"),
    }
}

/// A value as it is written in Python.
fn literal(word: &str) -> String {
    if word.parse::<f64>().is_ok() { word.to_owned() } else { format!("\"{word}\"") }
}
