//! Why a network on chip is none.

use thiserror::Error;

/// Most virtual channels of all inputs of a router together: their state is kept in bits of a word.
pub const MAX_CHANNELS: u32 = 64;

/// Why a network on chip is none.
#[doc(hidden)]
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum NocError {
    /// There is no topology of this name.
    #[error("no topology is called {name}; there are {known}")]
    UnknownTopology {
        /// The name asked for.
        name: String,
        /// What there is.
        known: String,
    },
    /// A topology does not have this rule.
    #[error("a {topology} cannot be routed by {rule}; it can by {known}")]
    RoutingRule {
        /// The rule.
        rule: &'static str,
        /// The topology.
        topology: &'static str,
        /// Its rules.
        known: String,
    },
    /// Only a chip file can list links.
    #[error("links are listed in a chip file")]
    Listed,
    /// A tree that is none, or too large.
    #[error(
        "a tree of arity {arity} and {levels} levels has {routers} routers; expected an arity of 2 to 32, at least one level and at most 4096 routers"
    )]
    Tree {
        /// Routers below each.
        arity: u32,
        /// Levels of routers.
        levels: u32,
        /// How many it would have.
        routers: u64,
    },
    /// A table says nothing of a packet that comes by.
    #[error("no way leads on from {at} for packets from {from} to {to}")]
    NoWay {
        /// Where they are stuck.
        at: String,
        /// Where they come from.
        from: String,
        /// Where they go.
        to: String,
    },
    /// A table sends packets round in a circle.
    #[error("packets to {to} go round in a circle: {circle}")]
    Round {
        /// Where they go.
        to: String,
        /// The routers that they come by.
        circle: String,
    },
    /// None, or too many routers.
    #[error("{routers} routers, expected 1 to {most}")]
    Routers {
        /// How many it would have.
        routers: u64,
        /// Most that are possible.
        most: u32,
    },
    /// A router has too many virtual channels in all.
    #[error(
        "{ports} ports to other routers, {cores} to cores and one to the host, with {virtual_channels} virtual \
         channels each, make {} channels of a router, expected at most {MAX_CHANNELS}",
        (u32::from(*ports) + u32::from(*cores) + 1) * u32::from(*virtual_channels)
    )]
    Channels {
        /// Ports to other routers.
        ports: u8,
        /// Ports to cores.
        cores: u16,
        /// Virtual channels of each.
        virtual_channels: u8,
    },
    /// The virtual channels cannot be shared out evenly among classes.
    #[error("{virtual_channels} virtual channels cannot be shared out evenly among {classes} classes")]
    Classes {
        /// Virtual channels.
        virtual_channels: u8,
        /// Classes.
        classes: u8,
    },
    /// Replicated packets of several flits are not modelled.
    #[error("multicast needs packets of one flit, found {packet_flits}")]
    Multicast {
        /// Flits of a packet.
        packet_flits: u16,
    },
    /// Packets could wait for each other in a circle.
    #[error("packets can wait for each other in a circle: {cycle}{remedy}")]
    Deadlock {
        /// Channels that wait for each other.
        cycle: String,
        /// What would help.
        remedy: &'static str,
    },
}
