//! What can be traced, as a user names it.

use super::Kind;

macro_rules! signals {
    ($($(#[doc = $doc:literal])* $variant:ident = $name:literal: $($kind:ident),+;)+) => {
        /// Kinds of records that are traced together.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Signal { $($(#[doc = $doc])* $variant),+ }

        impl Signal {
            /// All signals, in order.
            pub const ALL: &'static [Signal] = &[$(Signal::$variant),+];
            /// Names of all signals, in order.
            pub const NAMES: &'static [&'static str] = &[$($name),+];

            /// Its kinds of records.
            pub fn kinds(self) -> &'static [Kind] {
                match self { $(Self::$variant => &[$(Kind::$kind),+]),+ }
            }
        }
    };
}

signals! {
    /// Neurons fire.
    Spikes = "spikes": Spike;
    /// Membranes change.
    Membranes = "membranes": Membrane;
    /// Packets leave a core or the host, and reach a core.
    Packets = "packets": Sent, Delivered;
    /// Flits leave a router.
    Hops = "hops": Hop;
    /// Buffers of routers fill and empty.
    Buffers = "buffers": Filled, Freed;
    /// Time steps and their barriers.
    Steps = "steps": Step, Barrier;
    /// Cores work.
    Cores = "cores": Receive, Soma;
    /// Counts of each step, and their energy.
    Energy = "energy": Counted;
}

impl Signal {
    /// Signals that are traced where nothing else is said: all but membranes, of which there are most.
    pub fn usual() -> Vec<Signal> {
        Self::ALL.iter().copied().filter(|signal| *signal != Self::Membranes).collect()
    }

    /// The signal of a name.
    pub fn named(name: &str) -> Option<Self> {
        Self::NAMES.iter().position(|known| *known == name).map(|at| Self::ALL[at])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_belongs_to_one_signal() {
        for kind in Kind::ALL {
            assert_eq!(Signal::ALL.iter().filter(|signal| signal.kinds().contains(kind)).count(), 1, "{kind:?}");
        }
        assert_eq!(Signal::named("hops"), Some(Signal::Hops));
        assert_eq!(Signal::named("hop"), None);
    }
}
