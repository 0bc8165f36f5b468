"""C that every exported extension has: vectors, elementwise functions, and products of matrices.

Nothing here needs a vector library of the system: `exp` and `tanh` are polynomials that the compiler makes vectors of (the argument reduced
by the logarithm of 2 in two parts, after Cody and Waite 1980), and a product of matrices keeps a block of its result in registers and what
it reads in the caches (after Goto and van de Geijn 2008). NaN goes through everything.
"""

C_HEAD = r"""
#define PY_SSIZE_T_CLEAN
#define NPY_NO_DEPRECATED_API NPY_1_7_API_VERSION
#include <Python.h>
#include <numpy/arrayobject.h>
#include <math.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#undef I /* of <complex.h> */

typedef REAL real;
#if defined(__AVX512F__)
enum { BYTES = 64, TALL = 8 };
#elif defined(__AVX__)
enum { BYTES = 32, TALL = 4 };
#else
enum { BYTES = 16, TALL = 4 };
#endif
enum { LANES = BYTES / sizeof(real), DEEP = 256, HIGH = 64 }; /* numbers in a vector; sizes of a block that the caches hold */
typedef real wide __attribute__((vector_size(BYTES), aligned(sizeof(real)), may_alias));
#define INLINE static inline __attribute__((always_inline))

/* -- elementwise functions ------------------------------------------------------------------------------------------------- */

#if DOUBLE
typedef int64_t whole;
typedef uint64_t natural;
#define OFFSET 1022
#define MANTISSA 52
#define MAGIC 6755399441055744.0 /* 1.5 * 2^52: added to a number it leaves it rounded in the low bits */
#define LN2_HIGH 0x1.62e42fefa3800p-1
#define LN2_LOW 0x1.ef35793c76730p-45
#define MOST 709.78271289338397
#define LEAST -707.0
#define SURE 20.0 /* tanh is 1 from here on */
#else
typedef int32_t whole;
typedef uint32_t natural;
#define OFFSET 126
#define MANTISSA 23
#define MAGIC 12582912.0f
#define LN2_HIGH 0x1.62e400p-1f
#define LN2_LOW 0x1.7f7d1cp-20f
#define MOST 88.72283f
#define LEAST -86.0f
#define SURE 10.0f
#endif

/* e and half of 2^n with exp(x) = 2^n (1 + e), the Taylor polynomial of exp - 1 within ln(2)/2 */
INLINE real reduced(real x, real *half) {
    real shifted = x * (real)1.4426950408889634 + (real)MAGIC;
    real n = shifted - (real)MAGIC;
    real r = (x - n * (real)LN2_HIGH) - n * (real)LN2_LOW;
    natural bits;
    memcpy(&bits, &shifted, sizeof bits);
    bits = (bits + OFFSET) << MANTISSA;
    memcpy(half, &bits, sizeof bits);
#if DOUBLE
    real high = (real)(1 / 479001600.0) + r * (real)(1 / 6227020800.0);
    high = (real)(1 / 39916800.0) + r * high;
    high = (real)(1 / 3628800.0) + r * high;
    high = (real)(1 / 362880.0) + r * high;
    high = (real)(1 / 40320.0) + r * high;
    high = (real)(1 / 5040.0) + r * high;
#else
    real high = (real)(1 / 5040.0);
#endif
    high = (real)(1 / 720.0) + r * high;
    high = (real)(1 / 120.0) + r * high;
    high = (real)(1 / 24.0) + r * high;
    high = (real)(1 / 6.0) + r * high;
    high = (real)0.5 + r * high;
    return r + r * r * high;
}
INLINE real exponential(real x) {
    real half, inside = x > (real)MOST ? (real)MOST : x;
    inside = inside < (real)LEAST ? (real)LEAST : inside;
    real e = reduced(inside, &half);
    real value = (half + half * e) * 2;
    value = x > (real)MOST ? (real)INFINITY : value;
    return x < (real)LEAST ? (real)0 : value;
}
INLINE real hyperbolic_tangent(real x) {
    real half, size = x < 0 ? -x : x;
    size = size > (real)SURE ? (real)SURE : size;
    real e = reduced(2 * size, &half);
    real less = 2 * (half * e) + (2 * half - 1); /* exp(2 |x|) - 1 */
    real value = less / (less + 2);
    return x < 0 ? -value : value;
}
INLINE real sigmoid(real x) { return 1 / (1 + exponential(-x)); }
INLINE real absolute(real x) { return x < 0 ? -x : x; }
INLINE real softplus(real x) { return (x < 0 ? (real)0 : x) + (real)log1p(exponential(-absolute(x))); }

/* -- products of matrices -------------------------------------------------------------------------------------------------- */

/* R rows and V vectors of columns of C = I + scale A B, sums kept in registers; I may be 0, or C. The columns of B come in strips of
   LANES, `strip` numbers apart. With PART only `rest` of the columns of one strip are there. */
#define KERNEL(NAME, R, V, PART)                                                                                                    \
    INLINE void NAME(long K, real scale, const real *A, long ai, long ak, const real *B, long bk, long strip, const real *I, long ii, \
                     real *C, long ci, long rest) {                                                                                 \
        wide sums[R][V];                                                                                                            \
        for (int r = 0; r < R; r++) for (int v = 0; v < V; v++) sums[r][v] = (wide){0};                                             \
        for (long k = 0; k < K; k++) {                                                                                              \
            wide b[V];                                                                                                              \
            for (int v = 0; v < V; v++) b[v] = *(const wide *)(B + k * bk + v * strip);                                             \
            for (int r = 0; r < R; r++) {                                                                                           \
                real a = A[r * ai + k * ak];                                                                                        \
                for (int v = 0; v < V; v++) sums[r][v] += a * b[v];                                                                 \
            }                                                                                                                       \
        }                                                                                                                           \
        for (int r = 0; r < R; r++) for (int v = 0; v < V; v++) {                                                                   \
            real *c = C + r * ci + v * LANES;                                                                                       \
            if (PART) {                                                                                                             \
                for (long l = 0; l < rest; l++) c[l] = (I ? I[r * ii + l] : 0) + scale * sums[r][v][l];                             \
            } else {                                                                                                                \
                wide value = scale * sums[r][v];                                                                                    \
                if (I) value += *(const wide *)(I + r * ii + v * LANES);                                                            \
                *(wide *)c = value;                                                                                                 \
            }                                                                                                                       \
        }                                                                                                                           \
    }
KERNEL(tall_2, TALL, 2, 0)
KERNEL(tall_1, TALL, 1, 0)
KERNEL(tall_part, TALL, 1, 1)
KERNEL(two_4, 2, 4, 0)
KERNEL(two_1, 2, 1, 0)
KERNEL(two_part, 2, 1, 1)
KERNEL(one_8, 1, 8, 0)
KERNEL(one_4, 1, 4, 0)
KERNEL(one_1, 1, 1, 0)
KERNEL(one_part, 1, 1, 1)

#define OVER(NAME, V)                                                                                                      \
    for (; v + V <= strips; v += V)                                                                                        \
        for (long r = i; r < end; r += high)                                                                               \
            NAME(K, scale, A + r * ai, ai, ak, B + v * strip, bk, strip, I ? I + r * ii + v * LANES : 0, ii, C + r * ci + v * LANES, ci, 0);
#define LEFT(NAME)                                                                                                         \
    if (rest)                                                                                                              \
        for (long r = i; r < end; r += high)                                                                               \
            NAME(K, scale, A + r * ai, ai, ak, last, lk, 0, I ? I + r * ii + v * LANES : 0, ii, C + r * ci + v * LANES, ci, rest);

static __attribute__((noinline)) void block(long M, long N, long K, real scale, const real *A, long ai, long ak, const real *B, long bk,
                                            long strip, const real *last, long lk, const real *I, long ii, real *C, long ci) {
    long strips = N / LANES, rest = N % LANES, i = 0, high = TALL, end = M - M % TALL, v = 0;
    if (end) { OVER(tall_2, 2) OVER(tall_1, 1) LEFT(tall_part) }
    i = end, high = 2, end = M - M % 2, v = 0;
    if (i < end) { OVER(two_4, 4) OVER(two_1, 1) LEFT(two_part) }
    i = end, high = 1, end = M, v = 0;
    if (i < end) { OVER(one_8, 8) OVER(one_4, 4) OVER(one_1, 1) LEFT(one_part) }
}

/* C[i, j] = I[i, j] + scale * sum_k A[i, k] B[k, j]. B is packed in strips of LANES columns (bk = LANES), or has its columns next to
   each other (strip = LANES). Rows of I are `ii` apart: 0 for one row that is added to all. */
static void gemm(long M, long N, long K, real scale, const real *A, long ai, long ak, const real *B, long bk, long strip, const real *I,
                 long ii, real *C, long ci) {
    real copy[DEEP * LANES] __attribute__((aligned(64)));
    long rest = N % LANES;
    for (long k = 0; k < K || k == 0; k += DEEP) {
        long deep = K - k < DEEP ? K - k : DEEP;
        const real *last = B + N / LANES * strip + k * bk;
        long lk = bk;
        if (rest && bk != LANES) {
            for (long d = 0; d < deep; d++)
                for (long l = 0; l < LANES; l++) copy[d * LANES + l] = l < rest ? last[d * bk + l] : 0;
            last = copy, lk = LANES;
        }
        const real *from = k ? C : I;
        long fi = k ? ci : ii;
        for (long m = 0; m < M; m += HIGH) {
            long some = M - m < HIGH ? M - m : HIGH;
            block(some, N, deep, scale, A + m * ai + k * ak, ai, ak, B + k * bk, bk, strip, last, lk, from ? from + m * fi : 0, fi,
                  C + m * ci, ci);
        }
    }
}

/* A matrix of K rows and N columns in strips of LANES columns, 0 where there are none. */
static void pack(const real *A, long ai, long aj, long K, long N, real *B) {
    for (long j = 0; j < N; j += LANES, B += K * LANES) {
        long columns = N - j < LANES ? N - j : LANES;
        if (aj == 1 && columns == LANES) {
            for (long k = 0; k < K; k++) *(wide *)(B + k * LANES) = *(const wide *)(A + k * ai + j);
            continue;
        }
        if (columns < LANES) memset(B, 0, K * LANES * sizeof(real));
        for (long l = 0; l < columns; l++)
            for (long k = 0; k < K; k++) B[k * LANES + l] = A[k * ai + (j + l) * aj];
    }
}
"""
