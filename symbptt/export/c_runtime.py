"""Parts of an exported C module that are the same for every model: the matrix kernel, the extension, and how it is compiled."""

C_HEAD = r"""
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <tgmath.h>

typedef REAL real;
enum { LANES = 64 / sizeof(real) };
typedef real wide __attribute__((vector_size(64), aligned(8), may_alias));

/* ROWS rows of C[:, j .. j + VECTORS * LANES] += scale * A B, sums kept in registers. */
#define PANEL(NAME, ROWS, VECTORS)                                                                                              \
    static inline __attribute__((always_inline)) void NAME(long K, real scale, const real *A, long ai, long ak, const real *B,   \
                                                           long bk, real *C, long ci) {                                         \
        wide sums[ROWS][VECTORS];                                                                                               \
        for (int r = 0; r < ROWS; r++) for (int v = 0; v < VECTORS; v++) sums[r][v] = (wide){0};                                \
        for (long k = 0; k < K; k++) {                                                                                          \
            wide b[VECTORS];                                                                                                    \
            for (int v = 0; v < VECTORS; v++) b[v] = *(const wide *)(B + k * bk + v * LANES);                                   \
            for (int r = 0; r < ROWS; r++) {                                                                                    \
                real a = A[r * ai + k * ak];                                                                                    \
                for (int v = 0; v < VECTORS; v++) sums[r][v] += a * b[v];                                                       \
            }                                                                                                                   \
        }                                                                                                                       \
        for (int r = 0; r < ROWS; r++) for (int v = 0; v < VECTORS; v++) *(wide *)(C + r * ci + v * LANES) += scale * sums[r][v]; \
    }
PANEL(panel_8_2, 8, 2)
PANEL(panel_4_4, 4, 4)
PANEL(panel_8_1, 8, 1)
PANEL(panel_1_8, 1, 8)
PANEL(panel_1_4, 1, 4)
PANEL(panel_1_2, 1, 2)
PANEL(panel_1_1, 1, 1)

/* C[i, j] += scale * sum_k A[i, k] B[k, j]; the columns of B and of C lie next to each other. */
#define ROWS_OF(PANEL) for (long i = 0; i < M; i++) PANEL(K, scale, A + i * ai, ai, ak, B + j, bk, C + i * ci + j, ci);
static inline __attribute__((always_inline)) void gemm(long M, long N, long K, real scale, const real *A, long ai, long ak,
                                                       const real *B, long bk, real *C, long ci) {
    long j = 0;
    if (M >= 8) {
        for (; j + 2 * LANES <= N; j += 2 * LANES) {
            long i = 0;
            for (; i + 8 <= M; i += 8) panel_8_2(K, scale, A + i * ai, ai, ak, B + j, bk, C + i * ci + j, ci);
            for (; i < M; i++) panel_1_2(K, scale, A + i * ai, ai, ak, B + j, bk, C + i * ci + j, ci);
        }
        for (; j + LANES <= N; j += LANES) {
            long i = 0;
            for (; i + 8 <= M; i += 8) panel_8_1(K, scale, A + i * ai, ai, ak, B + j, bk, C + i * ci + j, ci);
            for (; i < M; i++) panel_1_1(K, scale, A + i * ai, ai, ak, B + j, bk, C + i * ci + j, ci);
        }
    } else {
        for (; j + 8 * LANES <= N; j += 8 * LANES) ROWS_OF(panel_1_8)
        for (; j + 4 * LANES <= N; j += 4 * LANES) ROWS_OF(panel_1_4)
        for (; j + LANES <= N; j += LANES) ROWS_OF(panel_1_1)
    }
    long rest = N - j;
    if (rest == 0) return;
    for (long i = 0; i < M; i++) {
        real sums[LANES];
        for (long c = 0; c < rest; c++) sums[c] = 0;
        for (long k = 0; k < K; k++) {
            real a = A[i * ai + k * ak];
            for (long c = 0; c < rest; c++) sums[c] += a * B[k * bk + j + c];
        }
        for (long c = 0; c < rest; c++) C[i * ci + j + c] += scale * sums[c];
    }
}

static void transpose(const real *A, long rows, long columns, real *B) {
    for (long i = 0; i < rows; i++) for (long j = 0; j < columns; j++) B[j * rows + i] = A[i * columns + j];
}
"""

C_TAIL = r"""
static void *pool; /* memory of a call that is over, for the next one; calls at the same time have their own */
static size_t pooled;

static PyObject *run(PyObject *self, PyObject *const *args, Py_ssize_t count) {
    Py_buffer views[ARRAYS];
    const void *pointers[ARRAYS];
    long T = PyLong_AsLong(args[0]);
    if (count != ARRAYS + 1 || (T == -1 && PyErr_Occurred())) return PyErr_Format(PyExc_TypeError, "%d arguments are wanted", ARRAYS + 1);
    int taken = 0;
    for (; taken < ARRAYS; taken++) {
        if (args[taken + 1] == Py_None) { views[taken].obj = NULL; pointers[taken] = NULL; continue; }
        int flags = PyBUF_C_CONTIGUOUS | (taken >= INPUTS ? PyBUF_WRITABLE : 0);
        if (PyObject_GetBuffer(args[taken + 1], &views[taken], flags)) goto failed;
        if (views[taken].itemsize != sizeof(real)) {
            PyErr_SetString(PyExc_TypeError, "an array of another number type");
            taken++;
            goto failed;
        }
        pointers[taken] = views[taken].buf;
    }
    size_t size = workspace(T) * sizeof(real) + 64;
    size_t have = 0;
    void *memory = pool;
    if (memory) { have = pooled; pool = NULL; }
    if (have < size) {
        free(memory);
        have = size;
        memory = aligned_alloc(64, (size + 63) / 64 * 64);
        if (!memory) { PyErr_NoMemory(); goto failed; }
    }
    double loss;
    Py_BEGIN_ALLOW_THREADS
    loss = gradients(T, memory, pointers);
    Py_END_ALLOW_THREADS
    if (pool) free(memory);
    else { pool = memory; pooled = have; }
    for (int i = 0; i < taken; i++) if (views[i].obj) PyBuffer_Release(&views[i]);
    return PyFloat_FromDouble(loss);
failed:
    for (int i = 0; i < taken; i++) if (views[i].obj) PyBuffer_Release(&views[i]);
    return NULL;
}

static PyMethodDef methods[] = {{"run", (PyCFunction)(void (*)(void))run, METH_FASTCALL, "loss and gradients"}, {NULL, NULL, 0, NULL}};
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "MODULE", NULL, -1, methods, NULL, NULL, NULL, NULL};
PyMODINIT_FUNC PyInit_MODULE(void) { return PyModule_Create(&module); }
"""

WRAPPER = '''
_COMPILED = {{}}  # sizes and number type -> the compiled function, or None where there is no compiler
THREADS = int(os.environ.get("SYMBPTT_THREADS", "1"))  # sequences side by side are split among so many


def loss_and_gradients(params, data):
    """The loss, and its derivative by every parameter, from the compiled function; by NumPy where there is no compiler."""
    if THREADS > 1 and BATCH:
        sizes, batched = _read(params, data)[2::2]
        if batched and sizes[{batch}] >= THREADS:
            return _in_threads(params, data, sizes[{batch}])
    return _in_one_thread(params, data)


def _in_threads(params, data, count):
    """The sum over parts of the sequences, each part in a thread of its own."""
    cuts = [count * k // THREADS for k in range(THREADS + 1)]
    given = {{name: np.asarray(data[name]) for name in DATA + STATES if data.get(name) is not None}}

    def part(k):
        chosen = slice(cuts[k], cuts[k + 1])
        return _in_one_thread(params, {{n: a[:, chosen] if SHAPES[n].index("B") else a[chosen] for n, a in given.items()}})

    with ThreadPoolExecutor(THREADS) as pool:
        found = list(pool.map(part, range(THREADS)))
    total = found[0][1]
    for _, gradients in found[1:]:
        for name, gradient in gradients.items():
            total[name] += gradient
    return sum(value for value, _ in found), total


def _in_one_thread(params, data):
    arrays, states, sizes, dtype, batched = _read(params, data)
    key = {key}, dtype
    try:
        run = _COMPILED[key]
    except KeyError:
        run = _COMPILED[key] = _compiled({key_names}, dtype)
    if run is None:
        return _numpy_loss_and_gradients(params, data)
    inputs = [a if a.flags.c_contiguous else np.ascontiguousarray(a) for a in arrays]
    inputs += [s if s is None or s.flags.c_contiguous else np.ascontiguousarray(s) for s in states]
    outputs = [np.empty(a.shape, dtype) for a in arrays[:{count}]]
    value = run({last}, *inputs, *outputs)
    if not np.isfinite(value):
        _explain(params, data)
    return value, dict(zip(PARAMETERS, outputs))


def _compiled(sizes, dtype):
    """The extension for these sizes: from the cache, or compiled into it."""
    compiler = os.environ.get("CC") or shutil.which("cc") or shutil.which("gcc")
    if not compiler:
        warnings.warn("no C compiler was found (cc, gcc, or the variable CC); NumPy is used", RuntimeWarning, stacklevel=3)
        return None
    flags = ["-O3", "-march=native", "-ffast-math", "-fno-associative-math", "-fopenmp-simd", "-shared", "-fPIC", "-w"]
    lines = [f"#define REAL {{'double' if dtype == np.float64 else 'float'}}"]
    defined = "enum {{ " + ", ".join(f"{{name}} = {{size}}" for name, size in sizes.items()) + " }};"
    text = "\\n".join(lines) + C_SOURCE.replace("/* SIZES */", defined)
    tag = hashlib.sha256("\\n".join([text, compiler, *flags, sys.version, platform.machine(), platform.node()]).encode()).hexdigest()[:20]
    name = f"gradients_{{tag}}"
    text = text.replace("MODULE", name)
    for folder in _folders():
        try:
            path = _built(folder, name, text, compiler, flags)
        except OSError as error:
            problem = f"{{folder}}: {{error.strerror}}"
            continue
        spec = importlib.util.spec_from_file_location(name, path)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module.run
    raise OSError(f"the compiled function cannot be kept anywhere ({{problem}}); set SYMBPTT_CACHE to a folder that can be written")


def _folders():
    """Where compiled functions are kept: one's own cache, else a folder of this process alone."""
    given = os.environ.get("SYMBPTT_CACHE")
    home = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    yield given or os.path.join(home, "symbptt")
    if not given:
        yield tempfile.mkdtemp(prefix="symbptt-")


def _built(folder, name, text, compiler, flags):
    os.makedirs(folder, mode=0o700, exist_ok=True)
    path = os.path.join(folder, name + ".so")
    if os.path.exists(path) and os.stat(path).st_uid == os.getuid():
        return path
    with tempfile.TemporaryDirectory(dir=folder) as work:
        source, target = os.path.join(work, name + ".c"), os.path.join(work, name + ".so")
        with open(source, "w", encoding="utf-8") as file:
            file.write(text)
        command = [*compiler.split(), *flags, "-I" + sysconfig.get_paths()["include"], source, "-o", target, "-lm"]
        try:
            done = subprocess.run(command, capture_output=True, text=True)
        except FileNotFoundError:
            raise RuntimeError(f"the C compiler `{{compiler}}` was not found; set CC, or use the numpy backend") from None
        if done.returncode:
            raise RuntimeError(f"the C compiler failed; the numpy backend needs none:\\n{{done.stderr[-2000:]}}")
        os.replace(target, path)
    return path
'''
