//! Events that are not sorted by time: late events are moved to their place; those of another time span are not.
//!
//! A clock that wraps, or a second recording in the same file, makes the time jump back by most of what has passed, and
//! all later events continue from there: sorting would overlap the two spans.

use super::Event;

/// A jump back of this much (us) is that of a clock of 31 or 32 bits, whatever follows: more than 17 minutes.
const CLOCK_US: u64 = 1 << 30;
/// Less than this (us) is no other time span, however short the recording is.
const LEAST_US: u64 = 1000;
/// Fewer events than this between two jumps may be a coincidence, unless there are only jumps.
const STRETCH: usize = 32;

/// Late events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Late {
    /// Number of late events.
    pub events: u64,
    /// Largest delay (us).
    pub most_us: u64,
}

/// Sorts events by time, those of equal time in file order; reports what was out of order, or why it cannot be sorted.
pub(super) fn sort(events: &mut [Event]) -> Result<Option<Late>, String> {
    let (mut latest, mut late) = (0, Late { events: 0, most_us: 0 });
    for event in events.iter() {
        latest = latest.max(event.t_us);
        late.events += u64::from(event.t_us < latest);
        late.most_us = late.most_us.max(latest - event.t_us);
    }
    if late.events == 0 {
        return Ok(None);
    }
    if let Some(at) = restart(events) {
        let [before, after] = [events[at - 1].t_us, events[at].t_us];
        return Err(format!(
            "the time goes back by {} us at event {at}, from {before} us to {after} us, and goes on from there: a clock that \
             wrapped or began again, or two recordings in one file, which is not sorted; add what the clock lost to all later \
             times, or make them two files",
            before - after
        ));
    }
    events.sort_by_key(|event| event.t_us);
    Ok(Some(late))
}

/// The first event of another time span, if any.
fn restart(events: &[Event]) -> Option<usize> {
    let back = |at: &usize| events[at - 1].t_us.saturating_sub(events[*at].t_us);
    let falls = || (1..events.len()).filter(|at| back(at) > 0);
    if let Some(at) = falls().find(|at| back(at) >= CLOCK_US) {
        return Some(at);
    }
    let times = || events.iter().map(|event| event.t_us);
    let span = times().max().zip(times().min()).map_or(0, |(last, first)| last - first);
    let jumps = || falls().filter(|at| back(at) > (span / 2).max(LEAST_US));
    let (first, count) = (jumps().next()?, jumps().count());
    // A few misplaced events are late, however large the delay.
    if misplaced(events) <= (events.len() / 100).max(1) {
        return None;
    }
    let long = events.len() / count >= STRETCH;
    (long || falls().count() == count).then_some(first)
}

/// Number of events that have to be removed so that the rest is sorted.
fn misplaced(events: &[Event]) -> usize {
    // The last time of the best sequence of each length: patience sorting.
    let mut ends: Vec<u64> = Vec::new();
    for Event { t_us, .. } in events {
        let place = ends.partition_point(|end| end <= t_us);
        match ends.get_mut(place) {
            Some(end) => *end = *t_us,
            None => ends.push(*t_us),
        }
    }
    events.len() - ends.len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(times: &[u64]) -> Vec<Event> {
        // The row of an event is its original position.
        times.iter().enumerate().map(|(y, t_us)| Event { t_us: *t_us, x: 0, y: y as u16, on: true }).collect()
    }

    #[test]
    fn late_events_are_put_in_their_place() {
        for (times, late, most_us) in [
            (vec![0, 10, 20, 15, 30], 1, 5),
            // Reversed.
            ((0..20).rev().map(|i| 5000 * i).collect(), 19, 95_000),
            (vec![9, 5, 0], 2, 9),
            // One event far out of place: at the beginning, in the middle and at the end.
            (vec![900, 0, 100, 200, 300, 400, 500], 6, 900),
            (vec![0, 100, 900, 200, 300, 400, 500], 4, 700),
            (vec![100, 200, 300, 400, 900, 0], 1, 900),
        ] {
            let mut events = at(&times);
            assert_eq!(sort(&mut events), Ok(Some(Late { events: late, most_us })), "{times:?}");
            assert!(events.is_sorted_by_key(|event| event.t_us));
        }
        // No order at all.
        let mut events = at(&(0..300).map(|i| crate::rng::mix(i) % 1000).collect::<Vec<_>>());
        assert!(sort(&mut events).unwrap().is_some_and(|late| late.events > 250));
        assert!(events.is_sorted_by_key(|event| event.t_us));
        let mut same = at(&[5, 7, 5, 7, 5]);
        sort(&mut same).unwrap();
        assert_eq!(same.iter().map(|event| event.y).collect::<Vec<_>>(), [0, 2, 4, 1, 3]);
        assert_eq!(sort(&mut at(&[1, 1, 2])), Ok(None));
        assert_eq!(sort(&mut []), Ok(None));
    }

    #[test]
    fn a_clock_that_wraps_is_refused() {
        let long = |wrap: u64| (0..400u64).map(|i| (i * 700 + 60_000) % wrap).collect::<Vec<_>>();
        for (times, first) in [
            // A clock of 16 bits, one of 32 bits that wraps before the last event, and two recordings in one file.
            (long(1 << 16), 8),
            (vec![(1 << 32) - 30, (1 << 32) - 20, (1 << 32) - 5, 4], 3),
            (vec![0, 1000, 2000, 0, 1000, 2000], 3),
            // With some disorder as well.
            ([&long(1 << 17)[..100], &[0], &long(1 << 17)[..100]].concat(), 100),
        ] {
            let mut events = at(&times);
            let error = sort(&mut events).unwrap_err();
            assert!(error.contains(&format!("at event {first}, ")) && error.contains("clock that wrapped"), "{error}");
            assert_eq!(events, at(&times), "nothing is moved");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]
        /// For any times, sorted events are the original events, in order.
        #[test]
        fn nothing_is_lost(times in prop::collection::vec(0u64..50, 0..40)) {
            let mut events = at(&times);
            let done = sort(&mut events);
            let mut wanted = times.clone();
            if done.is_ok() {
                wanted.sort_unstable();
            }
            prop_assert_eq!(events.iter().map(|event| event.t_us).collect::<Vec<_>>(), wanted);
        }
    }
}
