"""The part of an exported extension that is the same for every model: arguments from dictionaries, memory, and threads."""

C_TAIL = r"""
static PyObject *words[INPUTS + 1];
static void *kept; /* memory of a call that is over, for the next one; calls at the same time have their own */
static size_t kept_size;

/* -- parts of the sequences, in threads that wait from call to call -------------------------------------------------------- */

typedef struct {
    long T, B, first, count;
    const void **given;
    real *memory;
    double loss;
} Part;

static size_t rounded(size_t count) { return (count + 15) / 16 * 16; }

/* Numbers that a part needs: its quantities, and copies of its data and gradients. */
static size_t part_size(long T, long count) {
    size_t size = workspace(T, count);
    for (int i = 0; i < INPUTS; i++) size += rounded(extents[i].batch < 0 ? 0 : numbers_of(i, T, count));
    for (int i = 0; i < OUTPUTS; i++) size += rounded(numbers_of(i, T, count));
    return size;
}

static void work(Part *part) {
    if (part->count == part->B) {
        part->loss = gradients(part->T, part->B, part->memory, part->given);
        return;
    }
    const void *given[ARRAYS];
    real *memory = part->memory;
    for (int i = 0; i < INPUTS; i++) {
        given[i] = part->given[i];
        if (extents[i].batch < 0 || !given[i]) continue;
        size_t rows = extents[i].batch ? part->T + extents[i].constant[0] : 1;
        size_t inner = numbers_of(i, part->T, 1) / rows;
        for (size_t r = 0; r < rows; r++)
            memcpy(memory + r * part->count * inner, (const real *)given[i] + (r * part->B + part->first) * inner,
                   part->count * inner * sizeof(real));
        given[i] = memory;
        memory += rounded(rows * part->count * inner);
    }
    for (int i = 0; i < OUTPUTS; i++) {
        given[INPUTS + i] = part->given[INPUTS + i];
        if (!part->first) continue;
        part->given[INPUTS + i] = given[INPUTS + i] = memory;
        memory += rounded(numbers_of(i, part->T, 1));
    }
    part->loss = gradients(part->T, part->count, memory, given);
}

enum { MOST_THREADS = 64 };
static pthread_mutex_t busy = PTHREAD_MUTEX_INITIALIZER, lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t begun = PTHREAD_COND_INITIALIZER, done = PTHREAD_COND_INITIALIZER;
static Part *parts;
static long wanted, taken, finished, workers;

static void take_parts(void) { /* with the lock held */
    while (taken < wanted) {
        Part *mine = &parts[taken++];
        pthread_mutex_unlock(&lock);
        work(mine);
        pthread_mutex_lock(&lock);
        if (++finished == wanted) pthread_cond_broadcast(&done);
    }
}

static void *worker(void *unused) {
    pthread_mutex_lock(&lock);
    for (;;) {
        take_parts();
        pthread_cond_wait(&begun, &lock);
    }
    return unused;
}

static void after_fork(void) { /* a forked process has none of the threads */
    pthread_mutex_init(&busy, NULL), pthread_mutex_init(&lock, NULL);
    pthread_cond_init(&begun, NULL), pthread_cond_init(&done, NULL);
    workers = wanted = taken = finished = 0;
}

static void in_threads(Part *all, long count) {
    if (count == 1 || pthread_mutex_trylock(&busy)) { /* another call has the threads */
        for (long p = 0; p < count; p++) work(&all[p]);
        return;
    }
    pthread_mutex_lock(&lock);
    for (; workers < count - 1; workers++) {
        pthread_t made;
        if (pthread_create(&made, NULL, worker, NULL)) break;
        pthread_detach(made);
    }
    parts = all, wanted = count, taken = finished = 0;
    pthread_cond_broadcast(&begun);
    take_parts();
    while (finished < wanted) pthread_cond_wait(&done, &lock);
    wanted = taken = 0;
    pthread_mutex_unlock(&lock);
    pthread_mutex_unlock(&busy);
}

static double all_sequences(long T, long B, long threads, real *memory, const void **given) {
    if (threads < 2 || B < threads) return gradients(T, B, memory, given);
    Part all[MOST_THREADS];
    const void *outputs[MOST_THREADS][ARRAYS];
    size_t size = part_size(T, (B + threads - 1) / threads);
    for (long p = 0; p < threads; p++) {
        long first = B * p / threads;
        memcpy(outputs[p], given, sizeof outputs[p]);
        all[p] = (Part){T, B, first, B * (p + 1) / threads - first, outputs[p], memory + p * size, 0};
    }
    in_threads(all, threads);
    double loss = all[0].loss;
    for (long p = 1; p < threads; p++) {
        loss += all[p].loss;
        for (int i = 0; i < OUTPUTS; i++) {
            real *total = (real *)given[INPUTS + i];
            const real *more = outputs[p][INPUTS + i];
            for (size_t k = 0, count = numbers_of(i, T, 1); k < count; k++) total[k] += more[k];
        }
    }
    return loss;
}

/* -- the call -------------------------------------------------------------------------------------------------------------- */

/* Whether an array is of these sizes; finds T and B where they are not known yet, and B = 1 where there is no axis of sequences. */
static int fits(int i, PyArrayObject *array, long *T, long *B, int *alone) {
    const Extent *e = &extents[i];
    int axis = 0, count = PyArray_NDIM(array), missing = count != e->count;
    if (PyArray_TYPE(array) != NUMBERS || !PyArray_ISCARRAY_RO(array)) return 0;
    if (missing && (count != e->count - 1 || e->batch < 0 || (*B >= 0 && !*alone))) return 0;
    if (missing) *alone = 1, *B = 1;
    else if (e->batch >= 0 && *alone) return 0;
    for (int k = 0; k < e->count; k++) {
        if (k == e->batch) {
            if (missing) continue;
            if (*B < 0) *B = PyArray_DIM(array, axis);
            if (PyArray_DIM(array, axis++) != *B) return 0;
            continue;
        }
        if (e->steps[k] && *T < 0) *T = PyArray_DIM(array, axis) - e->constant[k];
        if (PyArray_DIM(array, axis++) != e->constant[k] + (e->steps[k] ? *T : 0)) return 0;
    }
    return 1;
}

enum { SMALL = 4096 };
static PyObject *spare[2][OUTPUTS]; /* small gradients of the last calls: whoever calls again has mostly dropped those before the last */

/* An array for a gradient; one that nobody but this file holds is taken again. */
static PyObject *output(int i, PyArrayObject *like) {
    static char turn[OUTPUTS];
    int small = PyArray_SIZE(like) <= SMALL;
    for (int k = 0; small && k < 2; k++) {
        PyArrayObject *old = (PyArrayObject *)spare[k][i];
        if (old && Py_REFCNT(old) == 1 && PyArray_SAMESHAPE(old, like) && PyArray_TYPE(old) == NUMBERS && PyArray_ISCARRAY(old))
            return Py_NewRef(old);
    }
    PyObject *array = PyArray_EMPTY(PyArray_NDIM(like), PyArray_DIMS(like), NUMBERS, 0);
    if (array && small) {
        turn[i] ^= 1;
        Py_XSETREF(spare[(int)turn[i]][i], Py_NewRef(array));
    }
    return array;
}

/* run(params, data, threads) -> (loss, gradients), or None where these are not dictionaries of arrays of the sizes that this was
   compiled for, or the loss is no finite number. */
static PyObject *run(PyObject *self, PyObject *const *args, Py_ssize_t count) {
    PyObject *found[ARRAYS] = {0}, *result = NULL, *gradient = NULL;
    const void *given[ARRAYS];
    long T = -1, B = -1;
    int alone = 0;
    if (count != 3) return PyErr_Format(PyExc_TypeError, "params, data and a number of threads are wanted");
    long threads = PyLong_AsLong(args[2]);
    if (PyErr_Occurred()) return NULL;
    if (!PyDict_CheckExact(args[0]) || !PyDict_CheckExact(args[1])) Py_RETURN_NONE;
    for (int i = 0; i < INPUTS; i++) {
        PyObject *array = PyDict_GetItemWithError(args[i < OUTPUTS ? 0 : 1], words[i]);
        given[i] = NULL;
        if (i >= NEEDED && (!array || array == Py_None)) continue;
        if (!array || !PyArray_CheckExact(array) || !fits(i, (PyArrayObject *)array, &T, &B, &alone)) goto other;
        Py_INCREF(array);
        found[i] = array;
        given[i] = PyArray_DATA((PyArrayObject *)array);
    }
    if (STEPS_ALONE) {
        PyObject *steps = PyDict_GetItemWithError(args[1], words[INPUTS]);
        if (!steps || !PyLong_Check(steps)) goto other;
        T = PyLong_AsLong(steps);
    } else if (T < 0) T = 1;
    if (B < 0) B = 1;
    if (T < 1 || B < 1) goto other;
    gradient = PyDict_New();
    if (!gradient) goto failed;
    for (int i = 0; i < OUTPUTS; i++) {
        PyObject *array = output(i, (PyArrayObject *)found[i]);
        if (!array) goto failed;
        found[INPUTS + i] = array;
        given[INPUTS + i] = PyArray_DATA((PyArrayObject *)array);
        if (PyDict_SetItem(gradient, words[i], array)) goto failed;
    }
    if (threads > MOST_THREADS) threads = MOST_THREADS;
    size_t size = threads < 2 || B < threads ? workspace(T, B) : threads * part_size(T, (B + threads - 1) / threads);
    size_t have = 0;
    size = size * sizeof(real) + 64;
    void *memory = kept;
    if (memory) have = kept_size, kept = NULL;
    if (have < size) {
        free(memory);
        have = (size + 63) / 64 * 64;
        memory = aligned_alloc(64, have);
        if (!memory) { PyErr_NoMemory(); goto failed; }
    }
    double loss;
    if (size < 1 << 16) loss = all_sequences(T, B, 1, memory, given);
    else {
        Py_BEGIN_ALLOW_THREADS
        loss = all_sequences(T, B, threads, memory, given);
        Py_END_ALLOW_THREADS
    }
    if (kept) free(memory);
    else kept = memory, kept_size = have;
    if (!isfinite(loss)) goto other;
    PyObject *number = PyFloat_FromDouble(loss);
    result = number ? PyTuple_Pack(2, number, gradient) : NULL;
    Py_XDECREF(number);
    goto failed;
other:
    if (!PyErr_Occurred()) result = Py_NewRef(Py_None);
failed:
    Py_XDECREF(gradient);
    for (int i = 0; i < ARRAYS; i++) Py_XDECREF(found[i]);
    return result;
}

static PyMethodDef methods[] = {{"run", (PyCFunction)(void (*)(void))run, METH_FASTCALL, "loss and gradients"}, {NULL, NULL, 0, NULL}};
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "MODULE", NULL, -1, methods, NULL, NULL, NULL, NULL};
PyMODINIT_FUNC PyInit_MODULE(void) {
    import_array();
    for (int i = 0; i <= INPUTS; i++) {
        words[i] = PyUnicode_InternFromString(spelled[i]);
        if (!words[i]) return NULL;
    }
    pthread_atfork(NULL, NULL, after_fork);
    return PyModule_Create(&module);
}
"""

WRAPPER = '''
_COMPILED = {{}}  # sizes and number type -> the compiled function, or None where there is no compiler
THREADS = int(os.environ.get("SYMBPTT_THREADS", "1"))  # sequences side by side are split among so many


def _not_yet(params, data, threads):
    """Nothing was compiled yet."""


_run = _not_yet  # the compiled function that was called last


def loss_and_gradients(params, data):
    """The loss, and its derivative by every parameter, from the compiled function; by NumPy where there is no compiler."""
    found = _run(params, data, THREADS)
    return _of_other_sizes(params, data) if found is None else found


def _of_other_sizes(params, data):
    """As `loss_and_gradients`, where the sizes, the number type or the kind of the arguments are not those of the call before."""
    global _run
    arrays, states, sizes, dtype, batched = _read(params, data)
    if dtype not in (np.float32, np.float64) or 0 in sizes:
        return _numpy_loss_and_gradients(params, data)
    key = {key}, dtype
    if key not in _COMPILED:
        _COMPILED[key] = _compiled({key_names}, dtype)
    run = _COMPILED[key]
    if run is None:
        return _numpy_loss_and_gradients(params, data)
    given = {{name: np.require(a, dtype, "CA") for name, a in zip(PARAMETERS + DATA, arrays)}}
    given |= {{name: None if a is None else np.require(a, dtype, "CA") for name, a in zip(STATES, states)}}
    given |= {{"{last}": sizes[0]}} if STEPS_ALONE else {{}}
    _run = run
    found = run(given, given, THREADS)
    if found is not None:
        return found
    with np.errstate(all="ignore"):  # it says what is wrong, or is right where C has overflowed
        return _numpy_loss_and_gradients(params, data)


def _compiled(sizes, dtype):
    """The extension for these sizes: from the cache, or compiled into it."""
    compiler = os.environ.get("CC", "").strip() or shutil.which("cc") or shutil.which("gcc")
    if not compiler:
        warnings.warn("no C compiler was found (cc, gcc, or the variable CC); NumPy is used", RuntimeWarning, stacklevel=4)
        return None
    flags = ["-O3", "-march=native", "-fno-math-errno", "-fno-trapping-math", "-fno-signed-zeros", "-ffp-contract=fast", "-fopenmp-simd"]
    flags += ["-pthread", "-shared", "-fPIC", "-w", "-I" + sysconfig.get_paths()["include"], "-I" + np.get_include()]
    flags += ["-undefined", "dynamic_lookup"] if sys.platform == "darwin" else []
    double = int(dtype == np.float64)
    word = "double" if double else "float"
    text = f"#define REAL {{word}}\\n#define DOUBLE {{double}}\\n#define NUMBERS NPY_{{word.upper()}}"
    defined = "enum {{ " + ", ".join(f"{{name}} = {{size}}" for name, size in sizes.items()) + " }};" if sizes else ""
    text += C_SOURCE.replace("/* SIZES */", defined)
    known = [text, compiler, *flags, sys.version, np.__version__, platform.machine(), platform.node()]
    name = f"gradients_{{hashlib.sha256(chr(10).join(known).encode()).hexdigest()[:20]}}"
    text = text.replace("MODULE", name)
    for folder in _folders():
        try:
            path = _built(folder, name, text, compiler, flags)
        except OSError as error:
            problem = f"{{folder}}: {{'it is no folder' if isinstance(error, FileExistsError) else error.strerror or error}}"
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
        try:
            alone = tempfile.mkdtemp(prefix="symbptt-")
        except OSError:
            return
        yield alone


def _built(folder, name, text, compiler, flags):
    """The path of the extension. Raises OSError where it cannot be kept there, RuntimeError where the compiler fails."""
    os.makedirs(folder, mode=0o700, exist_ok=True)
    kept = _kept(folder, name)
    if kept:
        return kept
    with tempfile.TemporaryDirectory(dir=folder, ignore_cleanup_errors=True) as work:
        source, target = os.path.join(work, name + ".c"), os.path.join(work, name + ".so")
        with open(source, "w", encoding="utf-8") as file:
            file.write(text)
        try:
            command = [*compiler.split(), *flags, source, "-o", target, "-lm"]
            done = subprocess.run(command, capture_output=True, text=True, env={{**os.environ, "TMPDIR": work, "LC_ALL": "C"}})
        except FileNotFoundError:
            raise RuntimeError(f"the C compiler `{{compiler}}` was not found; set CC, or use the numpy backend") from None
        except OSError as error:
            raise RuntimeError(f"the C compiler `{{compiler}}` cannot be run: {{error.strerror}}; set CC") from None
        if "No space left on device" in done.stderr:
            raise OSError(28, "No space left on device", target)
        if done.returncode or not os.path.exists(target):
            raise RuntimeError(f"the C compiler failed; the numpy backend needs none:\\n{{done.stderr[-2000:]}}")
        path = os.path.join(folder, f"{{name}}_{{_digest(target)}}.so")
        os.replace(target, path)
    return path


def _kept(folder, name):
    """The path of an extension that is there as a whole: to load a file that was cut off would end the process."""
    for entry in os.listdir(folder):
        path = os.path.join(folder, entry)
        try:
            if entry.startswith(name + "_") and entry.endswith(".so") and os.stat(path).st_uid == os.getuid():
                if entry == f"{{name}}_{{_digest(path)}}.so":
                    return path
                os.unlink(path)
        except FileNotFoundError:  # another process was first
            continue
    return None


def _digest(path):
    with open(path, "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()[:20]
'''
