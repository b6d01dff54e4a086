/* What every function of the module does with its arguments: arrays, through the buffer protocol.
 *
 * They must be in C order; their types and sizes are checked before anything is computed. Ids are
 * copied while the interpreter is held, so that no other thread changes an index after its check.
 */

#ifndef CAPTCHA_MODEL_ARGUMENTS_H
#define CAPTCHA_MODEL_ARGUMENTS_H

#define PY_SSIZE_T_CLEAN
#ifndef Py_LIMITED_API
#define Py_LIMITED_API 0x030B0000
#endif
#include <Python.h>

#include <stdlib.h>
#include <string.h>

#include "core.h"

#define MAX_VIEWS 11

/* Views of arrays, which are released together. */
typedef struct {
    Py_buffer views[MAX_VIEWS];
    int count;
} Views;

static inline void release(Views *views)
{
    while (views->count > 0) {
        PyBuffer_Release(&views->views[--views->count]);
    }
}

/* Whether a buffer's numbers are of a kind: d double, f float, l int64, B byte. */
static inline int is_kind(const Py_buffer *view, char kind)
{
    const char *format = view->format == NULL ? "B" : view->format;
    if (format[0] == '\0' || format[1] != '\0') {
        return 0;
    }
    if (kind == 'l') {
        return (format[0] == 'l' || format[0] == 'q') && view->itemsize == sizeof(int64_t);
    }
    return format[0] == kind;
}

/* View an array of some kinds; NULL, with an exception, if it is not one of them. */
static inline const Py_buffer *view_of(Views *views, PyObject *array, const char *kinds, int axes,
                                       int writable)
{
    Py_buffer *view = &views->views[views->count];
    int flags = PyBUF_C_CONTIGUOUS | PyBUF_FORMAT | (writable ? PyBUF_WRITABLE : 0);
    if (PyObject_GetBuffer(array, view, flags) < 0) {
        return NULL;
    }
    views->count++;
    int known = 0;
    for (const char *kind = kinds; *kind != '\0'; kind++) {
        known |= is_kind(view, *kind);
    }
    if (!known || view->ndim != axes || (uintptr_t)view->buf % (uintptr_t)view->itemsize != 0) {
        PyErr_Format(PyExc_ValueError,
                     "Needs an array of %d axes of type %s. Received: %d axes of type %s", axes,
                     kinds, view->ndim, view->format == NULL ? "B" : view->format);
        return NULL;
    }
    return view;
}

static inline size_t size_of(const Py_buffer *view, int axis)
{
    return (size_t)view->shape[axis];
}

/* Check that an array has a shape; if not, set an exception. */
static inline int has_shape(const Py_buffer *view, const size_t *shape)
{
    for (int axis = 0; axis < view->ndim; axis++) {
        if (size_of(view, axis) != shape[axis]) {
            PyErr_Format(PyExc_ValueError, "Axis %d must have size %zu. Received: %zu", axis,
                         shape[axis], size_of(view, axis));
            return 0;
        }
    }
    return 1;
}

/* Copy non-negative integers below a limit; NULL, with an exception, if one is not. */
static inline size_t *copy_of(const Py_buffer *view, size_t limit)
{
    size_t count = (size_t)(view->len / view->itemsize);
    const int64_t *values = view->buf;
    size_t *copied = core_allocate(count, sizeof *copied);
    if (copied == NULL) {
        PyErr_NoMemory();
        return NULL;
    }
    for (size_t i = 0; i < count; i++) {
        int64_t value = values[i];
        if (value < 0 || (uint64_t)value >= limit) {
            PyErr_Format(PyExc_ValueError, "Must be from 0 to below %zu. Received: %lld", limit,
                         (long long)value);
            free(copied);
            return NULL;
        }
        copied[i] = (size_t)value;
    }
    return copied;
}

/* Return None, or an error if memory was short. */
static inline PyObject *none_or_error(int failed)
{
    if (failed) {
        return PyErr_NoMemory();
    }
    Py_RETURN_NONE;
}

/* Copy the arrays of an automaton: edges (E, 3) and sets of classes (R, C) are used as indices, and
 * must stay what they were when they were checked. An exception, and -1, if they are malformed.
 * `copied` are two arrays to free. */
static inline int take_automaton(Views *views, PyObject *edges, PyObject *members,
                                 PyObject *accepting, size_t classes, void **copied,
                                 Automaton *out)
{
    const Py_buffer *triples = view_of(views, edges, "l", 2, 0);
    const Py_buffer *sets = triples ? view_of(views, members, "B", 2, 0) : NULL;
    const Py_buffer *ends = sets ? view_of(views, accepting, "B", 1, 0) : NULL;
    if (ends == NULL || !has_shape(triples, (size_t[]){size_of(triples, 0), 3}) ||
        !has_shape(sets, (size_t[]){size_of(sets, 0), classes})) {
        return -1;
    }
    size_t states = size_of(ends, 0), rows = size_of(sets, 0);
    copied[0] = copy_of(triples, states > rows ? states : rows);
    copied[1] = core_allocate((size_t)sets->len, 1);
    if (copied[0] == NULL || copied[1] == NULL) {
        return copied[0] == NULL ? -1 : (PyErr_NoMemory(), -1);
    }
    memcpy(copied[1], sets->buf, (size_t)sets->len);
    *out = (Automaton){states,    size_of(triples, 0), rows,     classes,
                       copied[0], copied[1],           ends->buf};
    int wrong = core_check_automaton(out);
    if (wrong > 0) {
        PyErr_SetString(PyExc_ValueError,
                        "Needs a deterministic automaton with its edges in the order of their "
                        "states.");
    } else if (wrong < 0) {
        PyErr_NoMemory();
    }
    return wrong ? -1 : 0;
}

#endif
