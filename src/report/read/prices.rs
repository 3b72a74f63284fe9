//! What a saved report says of constants: the pricing, the times of the run, citations.

use super::{LARGEST, NOT_OF_CONSTANTS, all, count, energy, optional, owned};
use crate::hw::{Kind, Scope};
use crate::json::{Cursor, Object};
use crate::report::energy::{Unit, Unpriced};
use crate::report::price::{Citation, Coverages, Pricing};
use crate::report::summary::Quantity;
use crate::report::tally::{BarrierTime, OpTime, Times};
use crate::stats::Op;

fn read_kind(cursor: &Cursor<'_>) -> Option<Kind> {
    cursor.choice(Kind::NAMES).map(|i| Kind::ALL[i])
}

pub(super) fn read_times(cursor: &Cursor<'_>) -> Option<Times> {
    let object = cursor.object(&["name", "times", "barrier"])?;
    let calibration = object.need("name").and_then(|c| owned(&c));
    let operations = object.need("times").and_then(|c| {
        all(&c, |c| {
            let object = c.object(&["operation", "ticks", "kind", "source"])?;
            let op = object.need("operation").and_then(|c| c.choice(Op::NAMES)).map(|i| Op::ALL[i]);
            let ticks = object.need("ticks").and_then(|c| c.unsigned(0..=u32::MAX));
            let kind = object.need("kind").and_then(|c| read_kind(&c));
            let source = object.need("source").and_then(|c| owned(&c));
            Some(OpTime { op: op?, ticks: ticks?, kind: kind?, source: source? })
        })
    });
    let barrier = optional(&object, "barrier", |c| {
        let object = c.object(&["ticks", "kind", "source"])?;
        let (ticks, kind) = (count(&object, "ticks"), object.need("kind").and_then(|c| read_kind(&c)));
        let source = object.need("source").and_then(|c| owned(&c));
        Some(BarrierTime { ticks: ticks?, kind: kind?, source: source? })
    });
    Some(Times { calibration: calibration?, operations: operations?, barrier: barrier? })
}

/// The pricing, as far as it has fields of its own.
pub(super) fn read_pricing(root: &Object<'_>) -> Option<Pricing> {
    let calibration = root.need("calibration").and_then(|c| {
        let object = c.object(&["name", "description", "scope", "operating_point"])?;
        let (name, description) = (object.need("name"), object.need("description"));
        let (name, description) = (name.and_then(|c| owned(&c)), description.and_then(|c| owned(&c)));
        let scope = read_scope(&object);
        Some(((name?, description?), scope?))
    });
    let breakdown_pj = root.need("energy_breakdown_pj").and_then(|c| {
        let object = c.object(Unit::NAMES)?;
        let list: Vec<_> = Unit::NAMES.iter().map(|name| Some((*name, energy(&object, name)?))).collect();
        list.into_iter().collect::<Option<Vec<_>>>()
    });
    let range_pj = root.need("energy_range_pj").and_then(|c| {
        let pair = c.list(2..=2)?;
        if pair.iter().all(Cursor::is_null) {
            return Some((0.0, 0.0));
        }
        let (low, high) = (pair[0].number(0.0..=LARGEST), pair[1].number(0.0..=LARGEST));
        Some((low?, high?))
    });
    let average_power_mw = energy(root, "average_power_mw");
    let unpriced = root.need("unpriced").and_then(|c| all(&c, read_unpriced));
    let notes = root.need("pricing_notes").and_then(|c| all(&c, owned));
    let (calibration, scope) = calibration?;
    Some(Pricing {
        calibration,
        scope,
        energy_pj: Quantity::default(),
        breakdown_pj: breakdown_pj?,
        range_pj: range_pj?,
        layers_pj: Vec::new(),
        average_power_mw: average_power_mw?,
        unpriced: unpriced?,
        sources: Vec::new(),
        notes: notes?,
        // Follows from the counts.
        coverage: Coverages::default(),
    })
}

/// Reports of the time before scopes were told are per term.
fn read_scope(object: &Object<'_>) -> Option<Scope> {
    let all_in = object.get("scope").map_or(Some(0), |c| c.choice(Scope::NAMES))? == 1;
    if !all_in {
        object.get("operating_point").iter().for_each(|c| c.problem("only with scope \"all_in\""));
        return Some(Scope::PerTerm);
    }
    Some(Scope::AllIn { operating_point: object.need("operating_point").and_then(|c| owned(&c))? })
}

fn read_unpriced(cursor: &Cursor<'_>) -> Option<Unpriced> {
    let object = cursor.object(&["term", "unit", "count", "note"])?;
    let terms: Vec<&'static str> = Op::NAMES.iter().copied().chain(["static"]).collect();
    let term = object.need("term").and_then(|c| c.choice(&terms));
    let unit = object.need("unit").and_then(|c| c.choice(Unit::NAMES));
    let (count, note) = (count(&object, "count"), optional(&object, "note", owned));
    Some(Unpriced { term: terms[term?], unit: Unit::NAMES[unit?], count: count?, note: note? })
}

pub(super) fn read_source(cursor: &Cursor<'_>) -> Option<Citation> {
    let object = cursor.object(&["what", "kind", "source"])?;
    let kinds: Vec<&str> = Kind::NAMES.iter().chain(NOT_OF_CONSTANTS).copied().collect();
    let what = object.need("what").and_then(|c| owned(&c));
    let kind = object.need("kind").and_then(|c| c.choice(&kinds)).map(|i| kinds[i].to_owned());
    let source = object.need("source").and_then(|c| owned(&c));
    Some((what?, kind?, source?))
}
