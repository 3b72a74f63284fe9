//! Arrays of memristive cells and the drivers of their rows, as PUMA's simulator has them (32 nm; arrays of 32, 64, 128 and
//! 256 rows and columns).
//!
//! ```text
//! time of a read    1 ns for each row
//! power of a read   1.2 mW for 256 x 256 cells, with the number of cells
//! area              0.0001 mm2 for 256 x 256 cells, with the number of cells
//! driver of a row   3.50625 uW while the array is read, 0.167 um2; without what it leaks
//! ```
//!
//! It is a model, not a measurement, and nothing of it is scaled with node and voltage. Cells of more bits are not told
//! apart: PUMA has the same figures for them.

use super::{PartError, outside};

/// Cells of the largest array of the model, and what it takes: power of a read (mW), area (mm2).
const CELLS: f64 = 256.0 * 256.0;
const ARRAY: (f64, f64) = (1.2, 1e-4);
/// Time of a read for each row (ns).
const ROW_NS: f64 = 1.0;
/// A row's driver: power while the array is read (mW), area (mm2).
const DRIVER: (f64, f64) = (3.506_25e-3, 1.67e-7);

/// An array of cells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CellArray {
    rows: u32,
    columns: u32,
}

impl CellArray {
    /// An array of 8 to 4,096 rows and columns.
    ///
    /// # Errors
    /// Another number of rows or columns.
    pub fn new(rows: u32, columns: u32) -> Result<Self, PartError> {
        let rows = PartError::unless("rows of an array", rows, 8..=4096)?;
        Ok(Self { rows, columns: PartError::unless("columns of an array", columns, 8..=4096)? })
    }

    fn cells(&self) -> f64 {
        f64::from(self.rows) * f64::from(self.columns) / CELLS
    }

    /// Time of a read (ns).
    pub fn time_ns(&self) -> f64 {
        ROW_NS * f64::from(self.rows)
    }

    /// Energy of a read of all rows and columns (pJ), without their drivers and converters.
    pub fn energy_pj(&self) -> f64 {
        ARRAY.0 * self.cells() * self.time_ns()
    }

    /// Area (mm2).
    pub fn area_mm2(&self) -> f64 {
        ARRAY.1 * self.cells()
    }

    /// In which ways its figures are extrapolated.
    pub fn beyond(&self) -> Vec<String> {
        let size = |found, of: &str| outside("an array", found, 32..=256, of);
        [size(self.rows, " rows"), size(self.columns, " columns")].into_iter().flatten().collect()
    }
}

/// The driver of a row of an array.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RowDriver(CellArray);

impl RowDriver {
    /// That of a row of an array.
    pub fn of(array: CellArray) -> Self {
        Self(array)
    }

    /// Energy of a row that is driven in a read (pJ).
    pub fn energy_pj(&self) -> f64 {
        DRIVER.0 * self.0.time_ns()
    }

    /// Area (mm2).
    pub fn area_mm2(&self) -> f64 {
        DRIVER.1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrays_have_the_figures_of_the_published_sizes() {
        // Power (mW), time (ns) and area (mm2) by rows and columns.
        let published = [(32, 0.01875, 1.5625e-6), (64, 0.075, 6.25e-6), (128, 0.3, 2.5e-5), (256, 1.2, 1e-4)];
        for (size, power, area) in published {
            let array = CellArray::new(size, size).unwrap();
            assert!((array.energy_pj() - power * f64::from(size)).abs() < 1e-9, "{size}");
            assert!((array.area_mm2() - area).abs() < 1e-15 && array.beyond().is_empty());
            assert!((RowDriver::of(array).energy_pj() - 0.003_506_25 * f64::from(size)).abs() < 1e-12);
        }
    }

    #[test]
    fn what_is_beyond_the_model_is_said() {
        assert_eq!(
            CellArray::new(512, 64).unwrap().beyond(),
            ["an array of 512 rows, outside the 32 to 256 rows of its fit"]
        );
        let problem = CellArray::new(4, 64).unwrap_err();
        assert_eq!(problem.to_string(), "rows of an array: found 4, allowed: 8 to 4096");
    }
}
