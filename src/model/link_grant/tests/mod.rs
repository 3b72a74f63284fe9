//! Every time, every flit and every end as on the fabric of the event engine.

mod cases;
mod check;

use cases::Draw;
use check::check;
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

prop_compose! {
    fn draws()(
        (topology, width, height, cores) in (0usize..4, 1u32..6, 1u32..5, 1u8..4),
        (buffer, interval, head_delay, staged) in (1u16..6, 1u32..5, 0u32..4, any::<bool>()),
        (multicast, most_flits, longest) in (any::<bool>(), 1u16..6, prop_oneof![Just(1u32), 2u32..5, 5u32..70]),
        (packets, gap) in (1u32..40, prop_oneof![1u64..4, 4u64..400]),
        (wait, hot, late) in (prop_oneof![Just(0u64), 1u64..20, 20u64..2000], 0u64..60, 0u64..4),
        seed in any::<u64>(),
    ) -> Draw {
        let most_flits = if multicast { 1 } else { most_flits };
        Draw {
            topology, width, height, cores, buffer, interval, head_delay, staged, multicast, most_flits, longest,
            packets, gap, wait, hot, late, seed,
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 300, failure_persistence: None, rng_seed: RngSeed::Fixed(1), ..ProptestConfig::default()
    })]

    #[test]
    fn every_time_is_that_of_the_event_engine(draw in draws()) {
        check(draw);
    }
}
