//! The constants that priced a run, what their figures are of, and what they leave out.

use super::{About, Fact, Head, Place, Remark, Summary, To};
use crate::hw::Scope;
use crate::json::{Cursor, Object};
use crate::report::energy::{Coverage, Unit, Unpriced};
use crate::report::saved::{Fields, Form, Record, Usual, Word, fields};
use crate::report::table::{label, number};
use crate::stats::Op;
use serde_json::{Value, json};

/// What may have no price: operations, and static power.
const TERMS: [&str; Op::COUNT + 1] = {
    let (mut terms, mut index) = (["static"; Op::COUNT + 1], 0);
    while index < Op::COUNT {
        terms[index] = Op::NAMES[index];
        index += 1;
    }
    terms
};

impl Record for Unpriced {
    fields!(Unpriced { term = Word(&TERMS), unit = Word(Unit::NAMES), count, note });
}

/// Fields that stand for themselves.
struct Others;

impl Others {
    fields!(Summary { pricing.unpriced as "unpriced", pricing.notes as "pricing_notes" });
}

pub(super) struct Section;

impl super::Section for Section {
    fn names(into: &mut Vec<&'static str>) {
        into.push("calibration");
        Others::names(into);
    }

    fn put(s: &Summary, into: &mut Fields) {
        into.insert("calibration".into(), calibration(s));
        Others::put(s, into);
    }

    fn take(object: &Object<'_>, s: &mut Summary) -> bool {
        let calibration = object.need("calibration").and_then(|cursor| read(&cursor));
        let whole = Others::take(object, s) && calibration.is_some();
        calibration.map(|(known, scope)| (s.pricing.calibration, s.pricing.scope) = (known, scope));
        whole
    }

    fn lines(s: &Summary) -> Vec<(Head, String)> {
        let (name, description) = &s.pricing.calibration;
        let all_in = s.pricing.scope.operating_point().map(|point| {
            format!(
                "all-in: a synaptic operation's figure holds its share of all that the chip draws, static power too; it \
                 holds at this operating point only: {point}"
            )
        });
        let timed = &s.times.calibration;
        let times = (timed != name).then(|| format!("times: those of {timed}, with which the run was made"));
        let lines = std::iter::once(format!("constants: {description}")).chain(all_in).chain(times);
        lines.map(|line| (Head::Constants, line)).collect()
    }

    fn facts(s: &Summary) -> Vec<Fact> {
        let (name, description) = &s.pricing.calibration;
        vec![(Place::Constants, "constants", format!("{name}: {description}"))]
    }

    fn notes(s: &Summary) -> Vec<String> {
        s.pricing.notes.clone()
    }

    fn remarks(s: &Summary, to: To) -> Vec<Remark> {
        if s.pricing.unpriced.is_empty() {
            return Vec::new();
        }
        let term = |u: &Unpriced| match u.count {
            n if n > 0 && to == To::Text => format!("{} ({})", label(u.term), number(n as f64 / s.samples as f64)),
            _ => label(u.term),
        };
        let terms = s.pricing.unpriced.iter().map(term).collect::<Vec<_>>().join(", ");
        let bound = if s.pricing.coverage.total == Coverage::Partial { ", which is a lower bound (≥)" } else { "" };
        let counts = if to == To::Text { "; counts are per inference" } else { "" };
        let text = format!("{terms}: no published cost, so not in the energy{bound}{counts}");
        vec![Remark::new(About::Trust, "unpriced", text)]
    }
}

/// The constants, what their figures are of, and, where they are all-in, the point at which they hold.
fn calibration(s: &Summary) -> Value {
    let (name, description) = &s.pricing.calibration;
    let mut fields = json!({"name": name, "description": description, "scope": s.pricing.scope.name()});
    if let Some(point) = s.pricing.scope.operating_point() {
        fields["operating_point"] = json!(point);
    }
    fields
}

fn read(cursor: &Cursor<'_>) -> Option<((String, String), Scope)> {
    let object = cursor.object(&["name", "description", "scope", "operating_point"])?;
    let (name, description) = (Usual.take("name", &object), Usual.take("description", &object));
    let scope = read_scope(&object);
    Some(((name?, description?), scope?))
}

/// Reports of the time before scopes were told are per term.
fn read_scope(object: &Object<'_>) -> Option<Scope> {
    let all_in = object.get("scope").map_or(Some(0), |c| c.choice(Scope::NAMES))? == 1;
    if !all_in {
        object.get("operating_point").iter().for_each(|c| c.problem("only with scope \"all_in\""));
        return Some(Scope::PerTerm);
    }
    Some(Scope::AllIn { operating_point: Usual.take("operating_point", object)? })
}
