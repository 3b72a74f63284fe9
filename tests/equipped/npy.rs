//! Arrays of integers in `.npy` files, by the definition of the format.

use std::path::Path;

/// The rows of a two-dimensional .npy file of integers of one or four bytes, in C or Fortran order.
pub fn npy_rows(path: &Path) -> Vec<Vec<i32>> {
    let bytes = std::fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let length = usize::from(u16::from_le_bytes([bytes[8], bytes[9]]));
    let header = std::str::from_utf8(&bytes[10..10 + length]).unwrap();
    let shape = header.split_once('(').unwrap().1.split_once(')').unwrap().0;
    let sizes: Vec<usize> = shape.split(',').map(|size| size.trim().parse().unwrap()).collect();
    let data = &bytes[10 + length..];
    let all: Vec<i32> = match header.contains("i4") {
        true => data.chunks_exact(4).map(|b| i32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect(),
        false => data.iter().map(|byte| i32::from(*byte)).collect(),
    };
    assert_eq!(all.len(), sizes[0] * sizes[1], "{header}");
    let is_fortran = header.contains("'fortran_order': True");
    let at = |row: usize, column: usize| if is_fortran { column * sizes[0] + row } else { row * sizes[1] + column };
    (0..sizes[0]).map(|row| (0..sizes[1]).map(|column| all[at(row, column)]).collect()).collect()
}
