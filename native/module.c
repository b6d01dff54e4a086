/* The Python module `captcha_model._native`.
 *
 * Results go into arrays of the caller; only texts are returned, as tuples of ids.
 */

#include "arguments.h"

#define REVISION 3 /* Of the functions below; `captcha_model._utils.native` names the one it knows. */
#define MAX_AREA 4000000 /* Pixels of an image; larger sums might not fit. */

/* Return a list of tuples of ids. */
static PyObject *list_of_texts(const size_t *starts, const size_t *ends, const size_t *ids,
                               size_t count)
{
    PyObject *list = PyList_New((Py_ssize_t)count);
    for (size_t k = 0; list != NULL && k < count; k++) {
        size_t length = ends[k] - starts[k];
        PyObject *text = PyTuple_New((Py_ssize_t)length);
        for (size_t i = 0; text != NULL && i < length; i++) {
            PyObject *id = PyLong_FromSize_t(ids[starts[k] + i]);
            if (id == NULL || PyTuple_SetItem(text, (Py_ssize_t)i, id) < 0) {
                Py_CLEAR(text);
            }
        }
        if (text == NULL || PyList_SetItem(list, (Py_ssize_t)k, text) < 0) {
            Py_CLEAR(list);
        }
    }
    return list;
}

static PyObject *log_softmax(PyObject *self, PyObject *arguments)
{
    PyObject *logits, *out;
    double temperature;
    Views views = {.count = 0};
    (void)self;
    if (!PyArg_ParseTuple(arguments, "OdO:log_softmax", &logits, &temperature, &out)) {
        return NULL;
    }
    const Py_buffer *x = view_of(&views, logits, "fd", 2, 0);
    const Py_buffer *y = x ? view_of(&views, out, "d", 2, 1) : NULL;
    PyObject *result = NULL;
    if (y != NULL && has_shape(y, (size_t[]){size_of(x, 0), size_of(x, 1)})) {
        Py_BEGIN_ALLOW_THREADS
        core_log_softmax(x->buf, is_kind(x, 'f'), size_of(x, 0), size_of(x, 1), temperature,
                         y->buf);
        Py_END_ALLOW_THREADS
        result = none_or_error(0);
    }
    release(&views);
    return result;
}

static PyObject *best_paths(PyObject *self, PyObject *scores)
{
    Views views = {.count = 0};
    PyObject *result = NULL;
    (void)self;
    const Py_buffer *x = view_of(&views, scores, "fd", 3, 0);
    if (x != NULL) {
        size_t count = size_of(x, 0), steps = size_of(x, 1), classes = size_of(x, 2);
        /* The product of all three is the size of an array, unless there are no classes. */
        size_t *ids = classes ? core_allocate(count * steps, sizeof *ids) : NULL;
        size_t *starts = core_allocate(count, sizeof *starts);
        size_t *ends = core_allocate(count, sizeof *ends);
        if (classes == 0) {
            PyErr_SetString(PyExc_ValueError, "Needs at least one class.");
        } else if (ids == NULL || starts == NULL || ends == NULL) {
            PyErr_NoMemory();
        } else {
            Py_BEGIN_ALLOW_THREADS
            core_best_paths(x->buf, is_kind(x, 'f'), count, steps, classes, ids, ends);
            for (size_t n = 0; n < count; n++) {
                starts[n] = n * steps;
                ends[n] += starts[n];
            }
            Py_END_ALLOW_THREADS
            result = list_of_texts(starts, ends, ids, count);
        }
        free(ids);
        free(starts);
        free(ends);
    }
    release(&views);
    return result;
}

/* Search with an automaton, or without one where it is NULL. */
static PyObject *search(const Py_buffer *rows, Py_ssize_t width, double negligible, double nearly,
                        const Automaton *automaton)
{
    Texts found;
    int failed;
    if (width < 1) {
        PyErr_SetString(PyExc_ValueError, "Needs a width of at least 1.");
        return NULL;
    }
    Py_BEGIN_ALLOW_THREADS
    failed = core_beam_search(rows->buf, size_of(rows, 0), size_of(rows, 1), (size_t)width,
                              negligible, nearly, automaton, &found);
    Py_END_ALLOW_THREADS
    if (failed) {
        return PyErr_NoMemory();
    }
    PyObject *texts = list_of_texts(found.starts, found.starts + 1, found.ids, found.count);
    core_free_texts(&found);
    return texts;
}

/* View the probabilities (T, C) of an image, with at least one class. */
static const Py_buffer *view_of_image(Views *views, PyObject *probabilities)
{
    const Py_buffer *x = view_of(views, probabilities, "d", 2, 0);
    if (x != NULL && size_of(x, 1) < 1) {
        PyErr_SetString(PyExc_ValueError, "Needs at least one class.");
        return NULL;
    }
    return x;
}

static PyObject *beam_search(PyObject *self, PyObject *arguments)
{
    PyObject *probabilities, *result = NULL;
    Py_ssize_t width;
    double negligible;
    Views views = {.count = 0};
    (void)self;
    if (!PyArg_ParseTuple(arguments, "Ond:beam_search", &probabilities, &width, &negligible)) {
        return NULL;
    }
    const Py_buffer *x = view_of_image(&views, probabilities);
    if (x != NULL) {
        result = search(x, width, negligible, 0.0, NULL);
    }
    release(&views);
    return result;
}

static PyObject *allowed_search(PyObject *self, PyObject *arguments)
{
    PyObject *probabilities, *edges, *members, *accepting, *result = NULL;
    Py_ssize_t width;
    double negligible, nearly;
    Views views = {.count = 0};
    void *copied[2] = {NULL, NULL};
    Automaton automaton;
    (void)self;
    if (!PyArg_ParseTuple(arguments, "OnddOOO:allowed_search", &probabilities, &width, &negligible,
                          &nearly, &edges, &members, &accepting)) {
        return NULL;
    }
    const Py_buffer *x = view_of_image(&views, probabilities);
    if (x != NULL && take_automaton(&views, edges, members, accepting, size_of(x, 1), copied,
                                    &automaton) == 0) {
        result = search(x, width, negligible, nearly, &automaton);
    }
    free(copied[0]);
    free(copied[1]);
    release(&views);
    return result;
}

static PyObject *log_partition(PyObject *self, PyObject *arguments)
{
    PyObject *images, *edges, *members, *accepting, *out, *result = NULL;
    Views views = {.count = 0};
    void *copied[2] = {NULL, NULL};
    Automaton automaton;
    (void)self;
    if (!PyArg_ParseTuple(arguments, "OOOOO:log_partition", &images, &edges, &members, &accepting,
                          &out)) {
        return NULL;
    }
    const Py_buffer *x = view_of(&views, images, "d", 3, 0);
    const Py_buffer *y = x ? view_of(&views, out, "d", 1, 1) : NULL;
    if (y != NULL && size_of(x, 2) < 1) {
        PyErr_SetString(PyExc_ValueError, "Needs at least one class.");
    } else if (y != NULL && has_shape(y, (size_t[]){size_of(x, 0)}) &&
               take_automaton(&views, edges, members, accepting, size_of(x, 2), copied,
                              &automaton) == 0) {
        int failed;
        Py_BEGIN_ALLOW_THREADS
        failed = core_log_partition(x->buf, size_of(x, 0), size_of(x, 1), &automaton, y->buf);
        Py_END_ALLOW_THREADS
        result = none_or_error(failed);
    }
    free(copied[0]);
    free(copied[1]);
    release(&views);
    return result;
}

/* View images (N, T, C) with the ids and the lengths of their texts and the cases of classes, if
 * any, which are copied. */
static int take_lattices(Views *views, PyObject *images, PyObject *ids, PyObject *lengths,
                         PyObject *cases, size_t **copied, Lattices *out)
{
    const Py_buffer *x = view_of(views, images, "d", 3, 0);
    const Py_buffer *texts = x ? view_of(views, ids, "l", 2, 0) : NULL;
    const Py_buffer *sizes = texts ? view_of(views, lengths, "l", 1, 0) : NULL;
    if (sizes == NULL || !has_shape(sizes, (size_t[]){size_of(texts, 0)})) {
        return -1;
    }
    if (size_of(x, 2) < 1 || (size_of(x, 0) != 1 && size_of(x, 0) != size_of(texts, 0))) {
        PyErr_SetString(PyExc_ValueError, "Needs an image for each text, with at least one class.");
        return -1;
    }
    size_t longest = size_of(texts, 1);
    copied[0] = copy_of(texts, size_of(x, 2));
    copied[1] = copied[0] ? copy_of(sizes, longest + 1) : NULL;
    if (copied[1] == NULL) {
        return -1;
    }
    if (cases != NULL) {
        const Py_buffer *pairs = view_of(views, cases, "l", 2, 0);
        if (pairs == NULL || !has_shape(pairs, (size_t[]){size_of(x, 2), 2})) {
            return -1;
        }
        copied[2] = copy_of(pairs, size_of(x, 2));
        if (copied[2] == NULL) {
            return -1;
        }
    }
    *out = (Lattices){x->buf,  size_of(x, 0), size_of(texts, 0), size_of(x, 1), size_of(x, 2),
                      longest, copied[0],     copied[1],         copied[2]};
    return 0;
}

static void free_all(size_t **copied)
{
    for (int i = 0; i < 3; i++) {
        free(copied[i]);
    }
}

static PyObject *log_probability(PyObject *self, PyObject *arguments)
{
    PyObject *images, *ids, *lengths, *out, *result = NULL;
    Views views = {.count = 0};
    size_t *copied[3] = {NULL, NULL, NULL};
    Lattices lattices;
    (void)self;
    if (!PyArg_ParseTuple(arguments, "OOOO:log_probability", &images, &ids, &lengths, &out)) {
        return NULL;
    }
    if (take_lattices(&views, images, ids, lengths, NULL, copied, &lattices) == 0) {
        const Py_buffer *y = view_of(&views, out, "d", 1, 1);
        if (y != NULL && has_shape(y, &lattices.count)) {
            int failed;
            Py_BEGIN_ALLOW_THREADS
            failed = core_log_probability(&lattices, y->buf);
            Py_END_ALLOW_THREADS
            result = none_or_error(failed);
        }
    }
    free_all(copied);
    release(&views);
    return result;
}

static PyObject *case_log_probability(PyObject *self, PyObject *arguments)
{
    PyObject *images, *ids, *lengths, *cases, *out, *exact, *result = NULL;
    Views views = {.count = 0};
    size_t *copied[3] = {NULL, NULL, NULL};
    Lattices lattices;
    (void)self;
    if (!PyArg_ParseTuple(arguments, "OOOOOO:case_log_probability", &images, &ids, &lengths, &cases,
                          &out, &exact)) {
        return NULL;
    }
    if (take_lattices(&views, images, ids, lengths, cases, copied, &lattices) == 0) {
        const Py_buffer *y = view_of(&views, out, "d", 1, 1);
        const Py_buffer *z = y ? view_of(&views, exact, "B", 1, 1) : NULL;
        if (z != NULL && has_shape(y, &lattices.count) && has_shape(z, &lattices.count)) {
            int failed;
            Py_BEGIN_ALLOW_THREADS
            failed = core_case_log_probability(&lattices, y->buf, z->buf);
            Py_END_ALLOW_THREADS
            result = none_or_error(failed);
        }
    }
    free_all(copied);
    release(&views);
    return result;
}

/* Compute `neighbours`, or `case_neighbours` with the cases of classes as one argument more. */
static PyObject *any_neighbours(PyObject *arguments, int in_any_case)
{
    PyObject *images, *ids, *lengths, *out[7], *cases = NULL, *result = NULL;
    Views views = {.count = 0};
    size_t *copied[3] = {NULL, NULL, NULL};
    Lattices lattices;
    int parsed =
        in_any_case ? PyArg_ParseTuple(arguments, "OOOOOOOOOOO:case_neighbours", &images, &ids,
                                       &lengths, &cases, &out[0], &out[1], &out[2], &out[3],
                                       &out[4], &out[5], &out[6])
                    : PyArg_ParseTuple(arguments, "OOOOOOOOOO:neighbours", &images, &ids, &lengths,
                                       &out[0], &out[1], &out[2], &out[3], &out[4], &out[5],
                                       &out[6]);
    if (!parsed) {
        return NULL;
    }
    if (take_lattices(&views, images, ids, lengths, cases, copied, &lattices) == 0) {
        size_t count = lattices.count, longest = lattices.longest, classes = lattices.classes;
        const size_t shapes[7][3] = {{count},
                                     {count, longest, classes},
                                     {count, longest + 1, classes},
                                     {count, longest},
                                     {count, longest},
                                     {count, longest},
                                     {count}};
        const int axes[7] = {1, 3, 3, 2, 2, 2, 1};
        void *arrays[7];
        int taken = 0;
        for (; taken < 7; taken++) {
            const Py_buffer *y =
                view_of(&views, out[taken], taken == 6 ? "B" : "d", axes[taken], 1);
            if (y == NULL || !has_shape(y, shapes[taken])) {
                break;
            }
            arrays[taken] = y->buf;
        }
        if (taken == 7 && lattices.images != count) {
            PyErr_SetString(PyExc_ValueError, "Needs an image for each text.");
        } else if (taken == 7) {
            Edits edits = {arrays[0], arrays[1], arrays[2], arrays[3],
                           arrays[4], arrays[5], arrays[6]};
            int failed;
            Py_BEGIN_ALLOW_THREADS
            failed = in_any_case ? core_case_neighbours(&lattices, &edits)
                                 : core_neighbours(&lattices, &edits);
            Py_END_ALLOW_THREADS
            result = none_or_error(failed);
        }
    }
    free_all(copied);
    release(&views);
    return result;
}

static PyObject *neighbours(PyObject *self, PyObject *arguments)
{
    (void)self;
    return any_neighbours(arguments, 0);
}

static PyObject *case_neighbours(PyObject *self, PyObject *arguments)
{
    (void)self;
    return any_neighbours(arguments, 1);
}

static PyObject *in_positions(PyObject *self, PyObject *arguments)
{
    PyObject *substitutions, *ids, *own, *best, *confidences, *result = NULL;
    Views views = {.count = 0};
    (void)self;
    if (!PyArg_ParseTuple(arguments, "OOOOO:in_positions", &substitutions, &ids, &own, &best,
                          &confidences)) {
        return NULL;
    }
    const Py_buffer *x = view_of(&views, substitutions, "d", 3, 0);
    const Py_buffer *texts = x ? view_of(&views, ids, "l", 2, 0) : NULL;
    const Py_buffer *a = texts ? view_of(&views, own, "d", 2, 1) : NULL;
    const Py_buffer *b = a ? view_of(&views, best, "l", 3, 1) : NULL;
    const Py_buffer *c = b ? view_of(&views, confidences, "d", 3, 1) : NULL;
    if (c != NULL) {
        size_t count = size_of(x, 0), longest = size_of(x, 1), classes = size_of(x, 2);
        size_t kept = size_of(b, 2);
        const size_t shape[3] = {count, longest, kept};
        if (classes < 1) {
            PyErr_SetString(PyExc_ValueError, "Needs at least one class.");
        } else if (has_shape(texts, shape) && has_shape(a, shape) && has_shape(b, shape) &&
                   has_shape(c, shape)) {
            size_t *copied = copy_of(texts, classes);
            if (copied != NULL) {
                int failed;
                Py_BEGIN_ALLOW_THREADS
                failed = core_in_positions(x->buf, copied, count, longest, classes, kept, a->buf,
                                           b->buf, c->buf);
                Py_END_ALLOW_THREADS
                result = none_or_error(failed);
            }
            free(copied);
        }
    }
    release(&views);
    return result;
}

static PyObject *best_edits(PyObject *self, PyObject *arguments)
{
    PyObject *given[6], *result = NULL;
    Views views = {.count = 0};
    (void)self;
    if (!PyArg_ParseTuple(arguments, "OOOOOO:best_edits", &given[0], &given[1], &given[2],
                          &given[3], &given[4], &given[5])) {
        return NULL;
    }
    static const char *const kinds[6] = {"d", "d", "d", "l", "l", "d"};
    static const int axes[6] = {3, 3, 2, 2, 2, 2};
    const Py_buffer *x[6];
    for (int i = 0; i < 6; i++) {
        x[i] = view_of(&views, given[i], kinds[i], axes[i], i >= 4);
        if (x[i] == NULL) {
            release(&views);
            return NULL;
        }
    }
    size_t count = size_of(x[0], 0), longest = size_of(x[0], 1), classes = size_of(x[0], 2);
    if (classes < 1) {
        PyErr_SetString(PyExc_ValueError, "Needs at least one class.");
    } else if (has_shape(x[1], (size_t[]){count, longest + 1, classes}) &&
               has_shape(x[2], (size_t[]){count, longest}) &&
               has_shape(x[3], (size_t[]){count, longest}) &&
               has_shape(x[4], (size_t[]){2, count}) && has_shape(x[5], (size_t[]){2, count})) {
        size_t *copied = copy_of(x[3], classes);
        if (copied != NULL) {
            Py_BEGIN_ALLOW_THREADS
            core_best_edits(x[0]->buf, x[1]->buf, x[2]->buf, copied, count, longest, classes,
                            x[4]->buf, x[5]->buf);
            Py_END_ALLOW_THREADS
            result = none_or_error(0);
        }
        free(copied);
    }
    release(&views);
    return result;
}

static PyObject *image_sums(PyObject *self, PyObject *arguments)
{
    PyObject *pixels, *ranks, *out, *result = NULL;
    Views views = {.count = 0};
    (void)self;
    if (!PyArg_ParseTuple(arguments, "OOO:image_sums", &pixels, &ranks, &out)) {
        return NULL;
    }
    const Py_buffer *x = view_of(&views, pixels, "B", 4, 0);
    const Py_buffer *chosen = x ? view_of(&views, ranks, "l", 1, 0) : NULL;
    const Py_buffer *y = chosen ? view_of(&views, out, "l", 2, 1) : NULL;
    if (y != NULL && has_shape(chosen, (size_t[]){RANKS}) &&
        has_shape(y, (size_t[]){size_of(x, 0), SUMS})) {
        if (size_of(x, 3) != 1 && size_of(x, 3) != 3) {
            PyErr_Format(PyExc_ValueError, "Needs 1 or 3 channels. Received: %zu", size_of(x, 3));
        } else if (size_of(x, 2) > 0 && size_of(x, 1) > MAX_AREA / size_of(x, 2)) {
            PyErr_Format(PyExc_ValueError, "Needs at most %d pixels.", MAX_AREA);
        } else {
            size_t *copied = copy_of(chosen, MAX_AREA);
            if (copied != NULL) {
                int failed;
                Py_BEGIN_ALLOW_THREADS
                failed = core_image_sums(x->buf, size_of(x, 0), size_of(x, 1), size_of(x, 2),
                                         size_of(x, 3), copied, y->buf);
                Py_END_ALLOW_THREADS
                result = none_or_error(failed);
            }
            free(copied);
        }
    }
    release(&views);
    return result;
}

static PyObject *two_colours(PyObject *self, PyObject *arguments)
{
    PyObject *pixels, *out, *result = NULL;
    Views views = {.count = 0};
    (void)self;
    if (!PyArg_ParseTuple(arguments, "OO:two_colours", &pixels, &out)) {
        return NULL;
    }
    const Py_buffer *x = view_of(&views, pixels, "B", 4, 0);
    const Py_buffer *y = x ? view_of(&views, out, "B", 1, 1) : NULL;
    if (y != NULL && has_shape(y, (size_t[]){size_of(x, 0)})) {
        Py_BEGIN_ALLOW_THREADS
        core_two_colours(x->buf, size_of(x, 0), size_of(x, 1) * size_of(x, 2), size_of(x, 3),
                         y->buf);
        Py_END_ALLOW_THREADS
        result = none_or_error(0);
    }
    release(&views);
    return result;
}

static PyObject *ink_box(PyObject *self, PyObject *arguments)
{
    PyObject *pixels, *out, *result = NULL;
    int contrast;
    Py_ssize_t step;
    Views views = {.count = 0};
    (void)self;
    if (!PyArg_ParseTuple(arguments, "OniO:ink_box", &pixels, &step, &contrast, &out)) {
        return NULL;
    }
    const Py_buffer *x = view_of(&views, pixels, "B", 3, 0);
    const Py_buffer *y = x ? view_of(&views, out, "l", 1, 1) : NULL;
    if (y != NULL && has_shape(y, (size_t[]){4})) {
        if (size_of(x, 2) != 1 && size_of(x, 2) != 3) {
            PyErr_Format(PyExc_ValueError, "Needs 1 or 3 channels. Received: %zu", size_of(x, 2));
        } else if (step < 1) {
            PyErr_SetString(PyExc_ValueError, "Needs a step of at least 1.");
        } else if (contrast < 0 || contrast > 255) {
            PyErr_Format(PyExc_ValueError, "Needs levels from 0 to 255. Received: %d", contrast);
        } else {
            Py_BEGIN_ALLOW_THREADS
            core_ink_box(x->buf, size_of(x, 0), size_of(x, 1), size_of(x, 2), (size_t)step,
                         contrast, y->buf);
            Py_END_ALLOW_THREADS
            result = none_or_error(0);
        }
    }
    release(&views);
    return result;
}

static PyMethodDef methods[] = {
    {"log_softmax", log_softmax, METH_VARARGS, NULL},
    {"best_paths", best_paths, METH_O, NULL},
    {"beam_search", beam_search, METH_VARARGS, NULL},
    {"allowed_search", allowed_search, METH_VARARGS, NULL},
    {"log_partition", log_partition, METH_VARARGS, NULL},
    {"log_probability", log_probability, METH_VARARGS, NULL},
    {"neighbours", neighbours, METH_VARARGS, NULL},
    {"case_log_probability", case_log_probability, METH_VARARGS, NULL},
    {"case_neighbours", case_neighbours, METH_VARARGS, NULL},
    {"in_positions", in_positions, METH_VARARGS, NULL},
    {"best_edits", best_edits, METH_VARARGS, NULL},
    {"image_sums", image_sums, METH_VARARGS, NULL},
    {"two_colours", two_colours, METH_VARARGS, NULL},
    {"ink_box", ink_box, METH_VARARGS, NULL},
    {NULL, NULL, 0, NULL},
};

static int fill_module(PyObject *module)
{
    return PyModule_AddIntConstant(module, "REVISION", REVISION);
}

static PyModuleDef_Slot slots[] = {{Py_mod_exec, fill_module}, {0, NULL}};

static struct PyModuleDef definition = {
    .m_base = PyModuleDef_HEAD_INIT,
    .m_name = "captcha_model._native",
    .m_doc = "The compiled core; `captcha_model._utils.native` says what its functions do.",
    .m_methods = methods,
    .m_slots = slots,
};

PyMODINIT_FUNC PyInit__native(void)
{
    return PyModuleDef_Init(&definition);
}
