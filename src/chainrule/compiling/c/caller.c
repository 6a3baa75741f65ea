/* The way from Python into a compiled function: arguments are found by name, their shapes checked, results made.
 *
 * One module serves all programs. A `Caller` holds the address of a function
 *
 *     void function(double **arrays, double *work, const long *sizes)
 *
 * and a description of its arguments as a row of longs, which `caller.py` writes. What it does not understand (another
 * type, a shape that does not fit) it answers with NotImplemented, and Python goes the long way, which explains.
 *
 * An array of NumPy is read as the struct that NumPy documents for its C interface; `reads` shows what is read, so
 * that Python can make sure of it before the module is used.
 */
#define PY_SSIZE_T_CLEAN
#include <Python.h>

typedef struct {
    PyObject_HEAD
    char *data;
    int rank;
    Py_ssize_t *shape, *strides;
    PyObject *base, *type;
    int flags;
} Array;

enum {
    CONTIGUOUS = 1, ALIGNED = 256,  /* flags of NumPy */
    MOST_SIZES = 64,                /* arguments, results or sizes: MOST of caller.py */
    LARGE = 20000,                  /* entries from which a call takes so long that other threads may run meanwhile */
    FEW = 256,                      /* entries of memory that are taken from the stack */
};

typedef void (*Function)(double **, double *, const long *);

typedef struct {
    PyObject_HEAD
    Function function;
    PyObject *names, *keys;     /* of arguments, of results: None for one result, a tuple for a dict, a list for a tuple */
    long *plan;
    long arguments, sizes, results;
    long *shapes, *outputs, *memory, *limits;   /* where each part of the plan begins */
} Caller;

static PyTypeObject *array_type;
static PyObject *float_type, *scalar_type, *empty, *zeros;

/* a dimension: the number of its terms, and for each a coefficient, the number of its sizes, and which they are */
static long dimension(const long **at, const long *sizes) {
    const long *p = *at;
    long total = 0;
    for (long terms = *p++; terms > 0; terms--) {
        long c = *p++;
        for (long n = *p++; n > 0; n--) c *= sizes[*p++];
        total += c;
    }
    *at = p;
    return total;
}

static long entries(const long **at, const long *sizes) {
    long total = 1;
    for (long rank = *(*at)++; rank > 0; rank--) total *= dimension(at, sizes);
    return total;
}

static int is_symbol(const long *p) { return p[0] == 1 && p[1] == 1 && p[2] == 1; }

static int read_scalar(PyObject *value, double *number) {
    if (PyFloat_Check(value)) { *number = PyFloat_AS_DOUBLE(value); return 1; }
    if (PyLong_Check(value)) {
        *number = PyLong_AsDouble(value);
        if (*number == -1.0 && PyErr_Occurred()) { PyErr_Clear(); return 0; }
        return 1;
    }
    if (Py_TYPE(value) == array_type) {
        Array *a = (Array *)value;
        if (a->rank == 0 && a->type == float_type && a->flags & ALIGNED) { *number = *(double *)a->data; return 1; }
    }
    return 0;
}

/* Results, once arrays, sizes and scalars are known. */
static PyObject *compute(Caller *self, double **arrays, const long *sizes, long volume) {
    PyObject *made[MOST_SIZES] = {0}, *answer = NULL;
    double numbers[MOST_SIZES];
    const long *p = self->outputs;
    long work = 0;
    for (long k = 0; k < self->results; k++) {
        PyObject *make = *p++ ? zeros : empty;
        const long *start = p;
        long rank = *p;
        if (rank == 0) { p++; arrays[self->arguments + k] = &numbers[k]; continue; }
        volume += entries(&p, sizes);
        const long *q = start + 1;
        PyObject *shape = PyTuple_New(rank);
        if (!shape) goto done;
        for (long t = 0; t < rank; t++) PyTuple_SET_ITEM(shape, t, PyLong_FromLong(dimension(&q, sizes)));
        made[k] = PyObject_CallOneArg(make, shape);
        Py_DECREF(shape);
        if (!made[k]) goto done;
        arrays[self->arguments + k] = (double *)((Array *)made[k])->data;
    }
    p = self->memory;
    for (long n = *p++; n > 0; n--) work += entries(&p, sizes);
    double few[FEW], *memory = few;
    if (work > FEW && !(memory = malloc(work * sizeof(double)))) { PyErr_NoMemory(); goto done; }
    if (volume + work > LARGE) {
        Py_BEGIN_ALLOW_THREADS
        self->function(arrays, memory, sizes);
        Py_END_ALLOW_THREADS
    } else
        self->function(arrays, memory, sizes);
    if (memory != few) free(memory);
    for (long k = 0; k < self->results; k++)
        if (!made[k]) {
            PyObject *number = PyFloat_FromDouble(numbers[k]);
            if (!number) goto done;
            made[k] = PyObject_CallOneArg(scalar_type, number);
            Py_DECREF(number);
            if (!made[k]) goto done;
        }
    if (self->keys == Py_None) {
        answer = made[0];
        made[0] = NULL;
    } else if (PyList_CheckExact(self->keys)) {
        answer = PyTuple_New(self->results);
        for (long k = 0; answer && k < self->results; k++) {
            PyTuple_SET_ITEM(answer, k, made[k]);
            made[k] = NULL;
        }
    } else {
        answer = PyDict_New();
        for (long k = 0; answer && k < self->results; k++)
            if (PyDict_SetItem(answer, PyTuple_GET_ITEM(self->keys, k), made[k])) Py_CLEAR(answer);
    }
done:
    for (long k = 0; k < self->results; k++) Py_XDECREF(made[k]);
    return answer;
}

/* The arguments by position; NotImplemented where one is no contiguous array of doubles of the right shape. */
static PyObject *run(Caller *self, PyObject *const *given, int limited) {
    double *arrays[2 * MOST_SIZES], numbers[MOST_SIZES];
    long sizes[MOST_SIZES] = {0}, volume = 0, simple = 1;
    char known[MOST_SIZES] = {0};
    const long *p = self->shapes;
    for (long k = 0; k < self->arguments; k++) {
        PyObject *value = given[k];
        long rank = *p++;
        if (rank == -1) {   /* a size */
            long size = PyLong_Check(value) ? PyLong_AsLong(value) : -1;
            if (size < 0) { PyErr_Clear(); Py_RETURN_NOTIMPLEMENTED; }
            if (known[*p] && sizes[*p] != size) Py_RETURN_NOTIMPLEMENTED;
            known[*p] = 1;
            sizes[*p++] = size;
            continue;
        }
        if (rank == 0) {
            if (!read_scalar(value, &numbers[k])) Py_RETURN_NOTIMPLEMENTED;
            arrays[k] = &numbers[k];
            continue;
        }
        Array *a = (Array *)value;
        if (Py_TYPE(value) != array_type || a->type != float_type || a->rank != rank
            || (a->flags & (CONTIGUOUS | ALIGNED)) != (CONTIGUOUS | ALIGNED)) Py_RETURN_NOTIMPLEMENTED;
        for (long t = 0; t < rank; t++) {
            if (is_symbol(p)) {
                if (!known[p[3]]) { known[p[3]] = 1; sizes[p[3]] = a->shape[t]; }
                else if (sizes[p[3]] != a->shape[t]) Py_RETURN_NOTIMPLEMENTED;
                p += 4;
            } else {
                simple = 0;
                dimension(&p, sizes);
            }
        }
        arrays[k] = (double *)a->data;
        long count = 1;
        for (long t = 0; t < rank; t++) count *= a->shape[t];
        volume += count;
    }
    for (long t = 0; t < self->sizes; t++) if (!known[t]) Py_RETURN_NOTIMPLEMENTED;
    p = self->shapes;
    for (long k = 0; k < self->arguments && !simple; k++) {  /* sizes that are sums or products of others */
        long rank = *p++;
        if (rank == -1) p++;
        for (long t = 0; t < rank; t++)
            if (dimension(&p, sizes) != ((Array *)given[k])->shape[t]) Py_RETURN_NOTIMPLEMENTED;
    }
    p = self->limits;
    for (long n = *p++; limited && n > 0; n--) {
        long limit = *p++;
        if (entries(&p, sizes) > limit) Py_RETURN_NOTIMPLEMENTED;
    }
    return compute(self, arrays, sizes, volume);
}

/* arguments by name, in a dict, and within the limits */
static PyObject *by_name(Caller *self, PyObject *values) {
    PyObject *given[MOST_SIZES];
    if (!PyDict_CheckExact(values) || PyDict_GET_SIZE(values) != self->arguments) Py_RETURN_NOTIMPLEMENTED;
    for (long k = 0; k < self->arguments; k++)
        if (!(given[k] = PyDict_GetItemWithError(values, PyTuple_GET_ITEM(self->names, k)))) {
            if (PyErr_Occurred()) return NULL;
            Py_RETURN_NOTIMPLEMENTED;
        }
    return run(self, given, 1);
}

/* arguments by position, in a tuple */
static PyObject *by_place(Caller *self, PyObject *values) {
    if (!PyTuple_CheckExact(values) || PyTuple_GET_SIZE(values) != self->arguments) Py_RETURN_NOTIMPLEMENTED;
    return run(self, &PyTuple_GET_ITEM(values, 0), 0);
}

static void forget(Caller *self) {
    Py_XDECREF(self->names);
    Py_XDECREF(self->keys);
    free(self->plan);
    Py_TYPE(self)->tp_free((PyObject *)self);
}

static PyMethodDef caller_methods[] = {
    {"by_name", (PyCFunction)by_name, METH_O, "The results for a dict of arguments; NotImplemented if they do not fit."},
    {"by_place", (PyCFunction)by_place, METH_O, "The results for a tuple of arguments; NotImplemented if they do not fit."},
    {0}
};

static PyTypeObject caller_type = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "chainrule_caller.Caller", .tp_basicsize = sizeof(Caller), .tp_flags = Py_TPFLAGS_DEFAULT,
    .tp_dealloc = (destructor)forget, .tp_methods = caller_methods,
};

/* the value that was passed under a name, most likely at `place` */
static PyObject *passed(PyObject *name, PyObject *names, PyObject *const *values, long place) {
    long n = PyTuple_GET_SIZE(names);
    if (place < n && PyTuple_GET_ITEM(names, place) == name) return values[place];
    for (long k = 0; k < n; k++)
        if (PyUnicode_Compare(PyTuple_GET_ITEM(names, k), name) == 0) return values[k];
    return NULL;
}

/* arguments as a call passes them: values, and a tuple of their names */
static PyObject *by_keyword(Caller *self, PyObject *const *values, PyObject *names) {
    PyObject *given[MOST_SIZES];
    if (!names || PyTuple_GET_SIZE(names) != self->arguments) Py_RETURN_NOTIMPLEMENTED;
    for (long k = 0; k < self->arguments; k++)
        if (!(given[k] = passed(PyTuple_GET_ITEM(self->names, k), names, values, k))) Py_RETURN_NOTIMPLEMENTED;
    return run(self, given, 1);
}

/* A call of a program: answered by its `_quick`, where that is a Caller and can, else by its method `_slow`. */
static PyObject *quick_name, *slow_name;

static PyObject *call_program(PyObject *self, PyObject *const *values, Py_ssize_t places, PyObject *names) {
    if (places == 0) {
        PyObject *quick = PyObject_GetAttr(self, quick_name);
        if (!quick) return NULL;
        PyObject *found = Py_TYPE(quick) == &caller_type ? by_keyword((Caller *)quick, values, names) : Py_NewRef(Py_NotImplemented);
        Py_DECREF(quick);
        if (found != Py_NotImplemented) return found;
        Py_DECREF(found);
    }
    PyObject *slow = PyObject_GetAttr(self, slow_name);
    if (!slow) return NULL;
    PyObject *found = PyObject_Vectorcall(slow, values, places, names);
    Py_DECREF(slow);
    return found;
}

static PyMethodDef call_method = {
    "__call__", (PyCFunction)(void (*)(void))call_program, METH_FASTCALL | METH_KEYWORDS,
    "The outputs at these values of the parameters, as NumPy arrays.",
};

/* calls(class): a method for its `__call__`, which needs no frame of Python */
static PyObject *calls(PyObject *module, PyObject *class) {
    if (!PyType_Check(class)) {
        PyErr_SetString(PyExc_TypeError, "a class is needed");
        return NULL;
    }
    return PyDescr_NewMethod((PyTypeObject *)class, &call_method);
}

static const long *past_shape(const long *p, const long *sizes) { entries(&p, sizes); return p; }

/* caller(address, names, keys, number of sizes, plan) */
static PyObject *caller(PyObject *module, PyObject *args) {
    unsigned long long address;
    PyObject *names, *keys;
    Py_buffer plan;
    long sizes, ones[MOST_SIZES];
    if (!PyArg_ParseTuple(args, "KO!Oly*", &address, &PyTuple_Type, &names, &keys, &sizes, &plan)) return NULL;
    long *numbers = malloc(plan.len + 1);
    Caller *self = numbers ? PyObject_New(Caller, &caller_type) : NULL;
    if (!self) {
        PyBuffer_Release(&plan);
        free(numbers);
        return PyErr_NoMemory();
    }
    self->plan = memcpy(numbers, plan.buf, plan.len);
    PyBuffer_Release(&plan);
    for (int i = 0; i < MOST_SIZES; i++) ones[i] = 1;
    self->names = Py_NewRef(names);
    self->keys = Py_NewRef(keys);
    self->function = (Function)(uintptr_t)address;
    self->arguments = PyTuple_GET_SIZE(names);
    self->results = keys == Py_None ? 1 : PySequence_Size(keys);
    self->sizes = sizes;
    const long *p = self->shapes = self->plan;
    for (long k = 0; k < self->arguments; k++) p = *p == -1 ? p + 2 : past_shape(p, ones);
    self->outputs = (long *)p;
    for (long k = 0; k < self->results; k++) p = past_shape(p + 1, ones);
    self->memory = (long *)p;
    for (long n = *p++; n > 0; n--) p = past_shape(p, ones);
    self->limits = (long *)p;
    return (PyObject *)self;
}

/* what `run` reads of an array */
static PyObject *reads(PyObject *module, PyObject *value) {
    Array *a = (Array *)value;
    if (Py_TYPE(value) != array_type || a->rank != 2) Py_RETURN_NONE;
    unsigned long long address = (uintptr_t)a->data;
    return Py_BuildValue("(KinnOi)", address, a->rank, a->shape[0], a->shape[1], a->type, a->flags);
}

/* use(type of arrays, type of their numbers, type of scalars, numpy.empty, numpy.zeros) */
static PyObject *use(PyObject *module, PyObject *args) {
    PyObject *type;
    if (!PyArg_ParseTuple(args, "OOOOO", &type, &float_type, &scalar_type, &empty, &zeros)) return NULL;
    array_type = (PyTypeObject *)Py_NewRef(type);
    Py_INCREF(float_type); Py_INCREF(scalar_type); Py_INCREF(empty); Py_INCREF(zeros);
    Py_RETURN_NONE;
}

static PyMethodDef methods[] = {
    {"caller", caller, METH_VARARGS, "A Caller of the function at an address."},
    {"reads", reads, METH_O, "What is read of an array: address, rank, sizes, type, flags."},
    {"calls", calls, METH_O, "A `__call__` for a class whose instances have a `_quick` and a `_slow`."},
    {"use", use, METH_VARARGS, "What NumPy calls things."},
    {0}
};

static struct PyModuleDef definition = {PyModuleDef_HEAD_INIT, "chainrule_caller", NULL, -1, methods};

PyMODINIT_FUNC PyInit_chainrule_caller(void) {
    if (PyType_Ready(&caller_type) < 0) return NULL;
    quick_name = PyUnicode_InternFromString("_quick");
    slow_name = PyUnicode_InternFromString("_slow");
    return PyModule_Create(&definition);
}
