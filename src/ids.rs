//! Ids of neurons, cores, routers and the like. Each has its own type, so that a mix-up of two does not compile.
//!
//! An id is an index in 32 bits. Only this module turns ids into indices of arrays and back.

use std::fmt::Debug;
use std::hash::Hash;
use std::marker::PhantomData;
use std::ops::{Deref, DerefMut, Index, IndexMut, Range};

/// An index that belongs to one kind of object.
pub trait Id: Copy + Ord + Hash + Debug + Default {
    /// An id of no object.
    const NONE: Self;

    /// The id with a number.
    fn new(number: u32) -> Self;

    /// The id as a number.
    fn get(self) -> u32;

    /// Index in an array of all objects of this kind.
    #[inline(always)]
    fn index(self) -> usize {
        self.get() as usize
    }

    /// The id of an index. Panics if the index does not fit in 32 bits.
    #[inline]
    fn from_index(index: usize) -> Self {
        Self::new(u32::try_from(index).expect("there are fewer than 2^32 things of a kind"))
    }

    /// The id `count` places after this one.
    #[inline(always)]
    fn plus(self, count: u32) -> Self {
        Self::new(self.get() + count)
    }
}

/// Makes id types. They have the methods of [`Id`] without an import of the trait.
macro_rules! index {
    ($($(#[doc = $doc:literal])+ $name:ident),+ $(,)?) => { $(
        $(#[doc = $doc])+
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(transparent)]
        pub struct $name(u32);

        impl $name {
            /// The id with a number.
            #[inline(always)]
            pub const fn new(number: u32) -> Self {
                Self(number)
            }

            /// The id as a number.
            #[inline(always)]
            pub const fn get(self) -> u32 {
                self.0
            }

            /// Index in an array of all objects of this kind.
            #[inline(always)]
            pub fn index(self) -> usize {
                Id::index(self)
            }

            /// The id of an index. Panics if the index does not fit in 32 bits.
            #[inline]
            pub fn from_index(index: usize) -> Self {
                Id::from_index(index)
            }
        }

        impl Id for $name {
            const NONE: Self = Self(u32::MAX);

            #[inline(always)]
            fn new(number: u32) -> Self {
                Self(number)
            }

            #[inline(always)]
            fn get(self) -> u32 {
                self.0
            }
        }
    )+ };
}

index! {
    /// A neuron of a network, in the network's order.
    NeuronId,
    /// A neuron of a shard, among all that the shard's cores hold.
    LocalNeuron,
    /// A used core: its position in the mapping.
    CoreId,
    /// A site of the chip, which can hold one core: the core's id on the chip.
    SiteId,
    /// A tile of the chip: the sites at one router.
    TileId,
    /// A terminal of the network on chip: used cores in the order of [`CoreId`], and last the host.
    TerminalId,
    /// A terminal of a shard, by its position there.
    LocalTerminal,
    /// A router of the network on chip.
    RouterId,
    /// A port of a router, with the link out of it; in the order of routers, then of ports.
    LinkId,
    /// An axon: the synapses of one neuron in one core. Axons are in the order of their neurons, then of their cores.
    AxonId,
    /// An axon that neurons of a network share, whatever cores it leads to.
    SharedAxonId,
    /// A synapse, in the order of axons: that of source neurons, unless cores are shared ([`PieceId`]).
    SynapseId,
    /// A run of neurons of a core that share their parameters, in the order of cores.
    SegmentId,
    /// Synapses of one axon into one population, where populations share cores.
    PieceId,
    /// A packet in flight.
    PacketId,
}

/// Consecutive ids, the end excluded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct IdRange<I> {
    /// The first id.
    pub start: I,
    /// The id after the last one.
    pub end: I,
}

impl<I: Id> IdRange<I> {
    /// `count` ids from a first one on.
    #[inline(always)]
    pub fn from_first(first: I, count: u32) -> Self {
        Self { start: first, end: first.plus(count) }
    }

    /// Number of ids.
    #[inline(always)]
    pub fn len(self) -> usize {
        self.end.index() - self.start.index()
    }

    /// Whether it has no id.
    #[inline(always)]
    pub fn is_empty(self) -> bool {
        self.start == self.end
    }

    /// The indices of its ids.
    #[inline(always)]
    pub fn indices(self) -> Range<usize> {
        self.start.index()..self.end.index()
    }

    /// The ids in ascending order.
    #[inline(always)]
    pub fn ids(self) -> impl DoubleEndedIterator<Item = I> + ExactSizeIterator + Clone {
        // A range of `u32` has no exact size.
        self.indices().map(|index| I::new(index as u32))
    }
}

/// A vector that is indexed by ids: one by one, or by an [`IdRange`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdVec<I, T> {
    all: Vec<T>,
    id: PhantomData<I>,
}

impl<I, T> Default for IdVec<I, T> {
    fn default() -> Self {
        Vec::new().into()
    }
}

impl<I, T> From<Vec<T>> for IdVec<I, T> {
    fn from(all: Vec<T>) -> Self {
        Self { all, id: PhantomData }
    }
}

impl<I, T> FromIterator<T> for IdVec<I, T> {
    fn from_iter<A: IntoIterator<Item = T>>(items: A) -> Self {
        Vec::from_iter(items).into()
    }
}

impl<I: Id, T> IdVec<I, T> {
    /// `count` items of the same value.
    pub fn filled(value: T, count: usize) -> Self
    where
        T: Clone,
    {
        vec![value; count].into()
    }

    /// The items, in order.
    pub fn into_vec(self) -> Vec<T> {
        self.all
    }

    /// Removes all items.
    pub fn clear(&mut self) {
        self.all.clear();
    }

    /// Adds an item, and gives its id.
    pub fn push(&mut self, item: T) -> I {
        self.all.push(item);
        I::from_index(self.all.len() - 1)
    }

    /// The item of an id, if there is one.
    #[inline(always)]
    pub fn get(&self, id: I) -> Option<&T> {
        self.all.get(id.index())
    }

    /// The items of consecutive ids, if all are there.
    #[inline(always)]
    pub fn slice(&self, range: IdRange<I>) -> Option<&[T]> {
        self.all.get(range.indices())
    }

    /// All ids.
    pub fn ids(&self) -> impl DoubleEndedIterator<Item = I> + ExactSizeIterator + Clone + use<I, T> {
        IdRange { start: I::default(), end: I::from_index(self.all.len()) }.ids()
    }

    /// All items with their ids.
    pub fn with_ids(&self) -> impl DoubleEndedIterator<Item = (I, &T)> {
        self.ids().zip(&self.all)
    }
}

impl<I, T> Deref for IdVec<I, T> {
    type Target = [T];

    #[inline(always)]
    fn deref(&self) -> &[T] {
        &self.all
    }
}

impl<I, T> DerefMut for IdVec<I, T> {
    #[inline(always)]
    fn deref_mut(&mut self) -> &mut [T] {
        &mut self.all
    }
}

impl<I: Id, T> Index<I> for IdVec<I, T> {
    type Output = T;

    #[inline(always)]
    fn index(&self, id: I) -> &T {
        &self.all[id.index()]
    }
}

impl<I: Id, T> IndexMut<I> for IdVec<I, T> {
    #[inline(always)]
    fn index_mut(&mut self, id: I) -> &mut T {
        &mut self.all[id.index()]
    }
}

impl<I: Id, T> Index<IdRange<I>> for IdVec<I, T> {
    type Output = [T];

    #[inline(always)]
    fn index(&self, range: IdRange<I>) -> &[T] {
        &self.all[range.indices()]
    }
}

impl<I: Id, T> IndexMut<IdRange<I>> for IdVec<I, T> {
    #[inline(always)]
    fn index_mut(&mut self, range: IdRange<I>) -> &mut [T] {
        &mut self.all[range.indices()]
    }
}

/// For each id of one kind, consecutive ids of another: the row pointers of a matrix in compressed rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offsets<I, J> {
    /// The start of each row, and the end of the last one.
    starts: IdVec<I, J>,
}

impl<I: Id, J: Id> Offsets<I, J> {
    /// An empty list of rows, with room for `rows`.
    pub fn with_capacity(rows: usize) -> Self {
        let mut starts = Vec::with_capacity(rows + 1);
        starts.push(J::default());
        Self { starts: starts.into() }
    }

    /// Adds a row that ends before an id of the other kind, which the next row begins with.
    pub fn push(&mut self, end: J) {
        self.starts.push(end);
    }

    /// The ids that belong to an id.
    #[inline(always)]
    pub fn row(&self, id: I) -> IdRange<J> {
        IdRange { start: self.starts[id], end: self.starts[id.plus(1)] }
    }

    /// The ids that belong to a range of ids.
    pub fn rows(&self, range: IdRange<I>) -> IdRange<J> {
        IdRange { start: self.starts[range.start], end: self.starts[range.end] }
    }

    /// The start of each row, and last the end of all.
    pub fn starts(&self) -> &[J] {
        &self.starts
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_index_what_is_theirs() {
        let mut names: IdVec<CoreId, &str> = IdVec::default();
        let [a, b] = ["a", "b"].map(|name| names.push(name));
        assert_eq!((names[a], names.get(b), names.get(CoreId::new(2))), ("a", Some(&"b"), None));
        let both = IdRange { start: a, end: CoreId::new(2) };
        assert_eq!(
            (&names[both], both.len(), names.slice(IdRange { end: CoreId::new(3), ..both })),
            (&["a", "b"][..], 2, None)
        );
        assert!(names.ids().eq(both.ids()) && IdRange::from_first(b, 0).is_empty());
        assert!(names.with_ids().rev().eq([(b, &"b"), (a, &"a")]));
    }

    #[test]
    fn rows_lie_side_by_side() {
        let mut axons: Offsets<NeuronId, AxonId> = Offsets::with_capacity(2);
        [3, 3, 7].into_iter().for_each(|end| axons.push(AxonId::new(end)));
        let lengths = [0, 1, 2].map(NeuronId::new).map(|neuron| axons.row(neuron).len());
        assert_eq!(lengths, [3, 0, 4]);
        let all = IdRange::from_first(NeuronId::new(0), 3);
        assert_eq!((axons.rows(all).indices(), axons.starts().len()), (0..7, 4));
    }
}
