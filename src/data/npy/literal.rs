//! The subset of Python's literals that headers of `.npy` files need: texts, numbers, lists, tuples and dictionaries.
//!
//! Linear in the length of the text, with bounded nesting.

/// Deepest nesting of brackets; a list of records with records in a dictionary has six.
const MAX_NESTING: usize = 16;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Literal {
    Text(String),
    Whole(u64),
    Flag(bool),
    Nothing,
    List(Vec<Literal>),
    Dict(Vec<(Literal, Literal)>),
}

impl Literal {
    pub(super) fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    pub(super) fn list(&self) -> Option<&[Self]> {
        match self {
            Self::List(items) => Some(items),
            _ => None,
        }
    }

    /// The value of a key; `None` if this is no dictionary.
    pub(super) fn get(&self, key: &str) -> Option<&Self> {
        match self {
            Self::Dict(pairs) => pairs.iter().find(|(name, _)| name.text() == Some(key)).map(|(_, value)| value),
            _ => None,
        }
    }
}

/// Parses a text of one value, with spaces around it.
pub(super) fn parse(text: &str) -> Result<Literal, String> {
    let mut reader = LiteralReader { rest: text };
    let value = reader.value(0)?;
    match reader.skip() {
        None => Ok(value),
        Some(more) => Err(format!("\"{more}\" after its end")),
    }
}

struct LiteralReader<'a> {
    rest: &'a str,
}

impl LiteralReader<'_> {
    /// The next character that is not a space.
    fn skip(&mut self) -> Option<char> {
        self.rest = self.rest.trim_start();
        self.rest.chars().next()
    }

    /// Consumes a character if it is the next.
    fn take(&mut self, wanted: char) -> bool {
        let found = self.skip() == Some(wanted);
        if found {
            self.rest = &self.rest[wanted.len_utf8()..];
        }
        found
    }

    fn value(&mut self, depth: usize) -> Result<Literal, String> {
        if depth > MAX_NESTING {
            return Err(format!("brackets within brackets, more than {MAX_NESTING} deep"));
        }
        let first = self.skip().ok_or("ends too early")?;
        match first {
            '(' => self.items(')', depth),
            '[' => self.items(']', depth),
            '{' => self.pairs(depth),
            '\'' | '"' => self.quoted(first),
            '0'..='9' => self.number(),
            _ => self.word(),
        }
    }

    fn items(&mut self, end: char, depth: usize) -> Result<Literal, String> {
        self.rest = &self.rest[1..];
        let mut items = Vec::new();
        while !self.take(end) {
            items.push(self.value(depth + 1)?);
            if !self.take(',') && self.skip() != Some(end) {
                return Err(format!("no \"{end}\" or comma after an entry"));
            }
        }
        Ok(Literal::List(items))
    }

    fn pairs(&mut self, depth: usize) -> Result<Literal, String> {
        self.rest = &self.rest[1..];
        let mut pairs = Vec::new();
        while !self.take('}') {
            let key = self.value(depth + 1)?;
            if !self.take(':') {
                return Err("no colon after a key".into());
            }
            pairs.push((key, self.value(depth + 1)?));
            if !self.take(',') && self.skip() != Some('}') {
                return Err("no \"}\" or comma after an entry".into());
            }
        }
        Ok(Literal::Dict(pairs))
    }

    fn quoted(&mut self, quote: char) -> Result<Literal, String> {
        let (mut text, mut escaped) = (String::new(), false);
        for (at, c) in self.rest.char_indices().skip(1) {
            match c {
                _ if escaped => {
                    text.push(c);
                    escaped = false;
                }
                '\\' => escaped = true,
                _ if c == quote => {
                    self.rest = &self.rest[at + 1..];
                    return Ok(Literal::Text(text));
                }
                _ => text.push(c),
            }
        }
        Err("a text without its end".into())
    }

    fn number(&mut self) -> Result<Literal, String> {
        let len = self.rest.bytes().take_while(u8::is_ascii_digit).count();
        let (digits, rest) = self.rest.split_at(len);
        // Python 2 wrote an L after long numbers.
        self.rest = rest.strip_prefix('L').unwrap_or(rest);
        digits.parse().map(Literal::Whole).map_err(|_| format!("the number {digits} is too large"))
    }

    fn word(&mut self) -> Result<Literal, String> {
        let len = self.rest.bytes().take_while(u8::is_ascii_alphabetic).count();
        let (word, rest) = self.rest.split_at(len);
        let value = match word {
            "True" => Literal::Flag(true),
            "False" => Literal::Flag(false),
            "None" => Literal::Nothing,
            _ => {
                let found: String = self.rest.chars().take(len.max(1)).collect();
                return Err(format!("\"{found}\", expected a text, a number, a list or a dictionary"));
            }
        };
        self.rest = rest;
        Ok(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literals_are_read_as_python_reads_them() {
        let text = |text: &str| Literal::Text(text.into());
        let found =
            parse("{'a': (1, 2L,), \"b\": [(('t', 'it\\'s'), '<i4')], 'c': True, 'd': None, 'e': ()}\n").unwrap();
        assert_eq!(found.get("a"), Some(&Literal::List(vec![Literal::Whole(1), Literal::Whole(2)])));
        let titled = Literal::List(vec![text("t"), text("it's")]);
        assert_eq!(found.get("b"), Some(&Literal::List(vec![Literal::List(vec![titled, text("<i4")])])));
        assert_eq!((found.get("c"), found.get("d")), (Some(&Literal::Flag(true)), Some(&Literal::Nothing)));
        assert_eq!((found.get("e").and_then(Literal::list), found.get("f")), (Some(&[][..]), None));
        for wrong in ["", "{", "{'a'}", "{'a' 1}", "(1 2)", "'a", "1 1", "-1", "é", "[", "99999999999999999999", "nan"]
        {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
        for open in ["(", "[", "{1:", "([", "('"] {
            assert!(parse(&open.repeat(4000)).is_err(), "{open}");
        }
    }
}
