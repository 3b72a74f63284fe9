//! Routers with one channel, the same on all kinds of processors.

use super::*;

/// Kinds of processors that this one can stand for.
fn kinds() -> Vec<pulp::Arch> {
    let mut kinds = vec![pulp::Arch::Scalar, pulp::Arch::new()];
    #[cfg(target_arch = "x86_64")]
    kinds.extend(pulp::x86::V3::try_new().map(pulp::Arch::V3));
    kinds
}

/// Flits and packets that leave routers in a cycle.
type LeftInCycle = (u64, Vec<u32>);

/// What leaves routers in every cycle, and flits by link, under packets that depend on nothing but a number.
fn course(mesh: &ClockedMesh, arch: pulp::Arch, flits: u16) -> (Vec<LeftInCycle>, Vec<u64>, bool) {
    let mut routers = Single::<SHORT>::new(mesh, flits..=flits);
    routers.arch = arch;
    let (count, mut next, mut left) = (mesh.routers(), 0, vec![0; mesh.routers()]);
    let cycle = |cycle: u64| {
        routers.begin();
        for terminal in (0..count).filter(|terminal| routers.open(*terminal) > 0).collect::<Vec<_>>() {
            let draw = crate::rng::mix((cycle << 20) | terminal as u64);
            if left[terminal] == 0 && cycle < 200 && draw.is_multiple_of(4) {
                let router = (draw >> 32) as u32 % count as u32;
                routers.inject(terminal, 0, Some(SentPacket { router, flits, id: next }));
                (left[terminal], next) = (flits - 1, next + 1);
            } else if left[terminal] > 0 {
                routers.inject(terminal, 0, None);
                left[terminal] -= 1;
            }
        }
        let mut out = Ejected::default();
        routers.cycle(&mut out);
        (out.flits, out.tails)
    };
    let left = (0..2_000).map(cycle).collect();
    (left, routers.link_flits(), routers.is_empty())
}

#[test]
fn all_kinds_of_processors_do_the_same() {
    for (staged, flits) in [(false, 1), (false, 5), (true, 1), (true, 3)] {
        let mesh = ClockedMesh {
            width: 11,
            height: 9,
            y_first: staged,
            vcs: 1,
            buffer: 4,
            head_delay: staged.into(),
            staged,
            link: 3,
            link_credit: 3,
            eject: 3,
            eject_credit: 6,
            inject: 2,
            inject_credit: 2,
        };
        let all: Vec<_> = kinds().into_iter().map(|arch| course(&mesh, arch, flits)).collect();
        let (ejected, links, is_empty) = &all[0];
        assert!(*is_empty && links.iter().sum::<u64>() > 10_000);
        let tails: usize = ejected.iter().map(|(_, tails)| tails.len()).sum();
        assert_eq!(ejected.iter().map(|(flits, _)| flits).sum::<u64>(), tails as u64 * u64::from(flits));
        assert!(all.iter().all(|one| *one == all[0]), "{flits} flits");
    }
}
