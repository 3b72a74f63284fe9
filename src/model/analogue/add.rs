//! The rows of a step, added for the instructions of this processor.

use super::cells::Cells;
use crate::ids::NeuronId;
use crate::model::Tables;

/// Rows to be added to sums by column; compiled once for any processor and once for those with vectors of 256 bits.
pub(super) struct DrivenRows<'a> {
    pub(super) tables: &'a Tables,
    pub(super) cells: &'a Cells,
    pub(super) fired: &'a [NeuronId],
    pub(super) sums: &'a mut [i64],
    pub(super) variances: &'a mut [u64],
}

impl pulp::WithSimd for DrivenRows<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: pulp::Simd>(self, _: S) {
        let Self { tables, cells, fired, sums, variances } = self;
        for source in fired {
            for axon in tables.axons.row(*source).ids() {
                let columns = cells.columns(tables.cores[tables.destinations[axon]].places());
                let pairs = cells.row[axon]..cells.row[axon] + columns.len();
                let weights = &cells.weight[pairs.clone()];
                sums[columns.clone()].iter_mut().zip(weights).for_each(|(sum, weight)| *sum += i64::from(*weight));
                if let Some(noise) = cells.variance.get(pairs) {
                    let sums = &mut variances[columns];
                    sums.iter_mut().zip(noise).for_each(|(sum, variance)| *sum += u64::from(*variance));
                }
            }
        }
    }
}
