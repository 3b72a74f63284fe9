//! Vectors of numbers with a fused multiply-add: the processor's, or the same bits by other means.

use pulp::Simd;

pub(super) trait Fused: Copy {
    /// A vector of numbers.
    type Vector: Copy;
    const LANES: usize;

    fn splat(self, value: f32) -> Self::Vector;
    /// `x` times `y` plus `sum`, rounded once.
    fn fused(self, x: Self::Vector, y: Self::Vector, sum: Self::Vector) -> Self::Vector;
    /// `a` plus `b`.
    fn add(self, a: Self::Vector, b: Self::Vector) -> Self::Vector;
    /// A slice as vectors, without a rest that does not fill one.
    fn vectors(values: &[f32]) -> &[Self::Vector];
    /// The same for writing.
    fn vectors_mut(values: &mut [f32]) -> &mut [Self::Vector];
    fn values(vectors: &[Self::Vector]) -> &[f32];
}

/// Code that is compiled for several kinds of processors.
pub(super) trait Compiled {
    /// Runs with these instructions.
    fn run<F: Fused>(self, instructions: F);
}

/// Runs with the widest instructions that this processor has.
pub(super) fn on_this_processor(work: impl Compiled) {
    #[cfg(target_arch = "x86_64")]
    {
        use pulp::x86::{V3, V4};
        if let Some(simd) = V4::try_new() {
            return Simd::vectorize(simd, Vectorised(work));
        }
        if let Some(simd) = V3::try_new() {
            return Simd::vectorize(simd, Vectorised(work));
        }
    }
    work.run(Arrays);
}

/// Work that the library compiles for its own instructions.
#[cfg(target_arch = "x86_64")]
struct Vectorised<R>(R);

#[cfg(target_arch = "x86_64")]
impl<R: Compiled> pulp::WithSimd for Vectorised<R> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        self.0.run(Hardware(simd));
    }
}

/// Instructions of a processor with a fused multiply-add.
#[derive(Clone, Copy)]
struct Hardware<S>(S);

impl<S: Simd> Fused for Hardware<S> {
    type Vector = S::f32s;
    const LANES: usize = S::F32_LANES;

    #[inline(always)]
    fn splat(self, value: f32) -> S::f32s {
        self.0.splat_f32s(value)
    }

    #[inline(always)]
    fn fused(self, x: S::f32s, y: S::f32s, sum: S::f32s) -> S::f32s {
        self.0.mul_add_f32s(x, y, sum)
    }

    #[inline(always)]
    fn add(self, a: S::f32s, b: S::f32s) -> S::f32s {
        self.0.add_f32s(a, b)
    }

    #[inline(always)]
    fn vectors(values: &[f32]) -> &[S::f32s] {
        S::as_simd_f32s(values).0
    }

    #[inline(always)]
    fn vectors_mut(values: &mut [f32]) -> &mut [S::f32s] {
        S::as_mut_simd_f32s(values).0
    }

    #[inline(always)]
    fn values(vectors: &[S::f32s]) -> &[f32] {
        pulp::bytemuck::cast_slice(vectors)
    }
}

/// Arrays, for any processor.
#[derive(Clone, Copy)]
pub(super) struct Arrays;

impl Fused for Arrays {
    type Vector = [f32; 4];
    const LANES: usize = 4;

    #[inline(always)]
    fn splat(self, value: f32) -> [f32; 4] {
        [value; 4]
    }

    #[inline(always)]
    fn fused(self, x: [f32; 4], y: [f32; 4], sum: [f32; 4]) -> [f32; 4] {
        // There the compiler has an instruction for it, and uses it for several lanes at once.
        let one = if cfg!(target_arch = "aarch64") { f32::mul_add } else { multiply_add };
        std::array::from_fn(|lane| one(x[lane], y[lane], sum[lane]))
    }

    #[inline(always)]
    fn add(self, a: [f32; 4], b: [f32; 4]) -> [f32; 4] {
        std::array::from_fn(|lane| a[lane] + b[lane])
    }

    #[inline(always)]
    fn vectors(values: &[f32]) -> &[[f32; 4]] {
        values.as_chunks().0
    }

    #[inline(always)]
    fn vectors_mut(values: &mut [f32]) -> &mut [[f32; 4]] {
        values.as_chunks_mut().0
    }

    #[inline(always)]
    fn values(vectors: &[[f32; 4]]) -> &[f32] {
        vectors.as_flattened()
    }
}

/// `x` times `y` plus `sum`, rounded once, without an instruction for it and without branches.
///
/// The product of two numbers of 24 bits is exact in double precision. Their sum there is rounded to odd, so that
/// rounding it a second time, to single precision, gives what one rounding gives: 53 bits are more than twice 24 and two.
/// S. Boldo and G. Melquiond, "Emulation of a FMA and correctly rounded sums", IEEE Trans. Comput. 57(4), 2008.
#[inline(always)]
pub(super) fn multiply_add(x: f32, y: f32, sum: f32) -> f32 {
    let (product, other) = (f64::from(x) * f64::from(y), f64::from(sum));
    let nearest = product + other;
    // The exact rounding error of the sum (D. Knuth, The Art of Computer Programming 2, 4.2.2, theorem B).
    let part = nearest - product;
    let lost = (product - (nearest - part)) + (other - part);
    // One step away from zero if the exact sum is farther from it, one step towards it otherwise; only from even.
    let bits = nearest.to_bits();
    let away = (lost > 0.0) == (nearest > 0.0);
    let step = if away { 1 } else { u64::MAX };
    let moves = lost.abs() > 0.0 && bits & 1 == 0;
    f64::from_bits(bits.wrapping_add(if moves { step } else { 0 })) as f32
}
