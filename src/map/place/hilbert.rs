//! Cores in their order along a Hilbert curve: neighbours in the order are neighbours on the mesh.

use super::super::search::{Sites, along_hilbert};
use super::CoreSeats;
use crate::hw::Noc;

/// Takes the curve's order where it is better.
pub(super) fn improve(sites: &mut Sites<'_>, seats: &CoreSeats<'_>, noc: &Noc) {
    let each = u32::from(noc.cores_per_tile);
    let along = along_hilbert(noc).into_iter().flat_map(|tile| (0..each).map(move |core| tile * each + core));
    sites.put_if_better(seats.first(sites.site().len() as u32, along));
}
