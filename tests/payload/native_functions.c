/* An extension module with functions of every calling convention, a type that can be changed and
   one that can't. Built by conftest.py for each Python. */
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <structmember.h>

static PyObject *
nothing(PyObject *self, PyObject *none)
{
    return PyLong_FromLong(none == NULL ? 0 : -1);
}

static PyObject *
one(PyObject *self, PyObject *value)
{
    Py_INCREF(value);
    return value;
}

static PyObject *
many(PyObject *self, PyObject *arguments)
{
    Py_INCREF(arguments);
    return arguments;
}

static PyObject *
keywords(PyObject *self, PyObject *arguments, PyObject *names)
{
    return Py_BuildValue("(OO)", arguments, names == NULL ? Py_None : names);
}

static PyObject *
fast(PyObject *self, PyObject *const *arguments, Py_ssize_t count)
{
    PyObject *list = PyList_New(0);
    for (Py_ssize_t i = 0; list != NULL && i < count; i++) {
        if (PyList_Append(list, arguments[i]) < 0) {
            Py_CLEAR(list);
        }
    }
    return list;
}

static PyObject *
fast_keywords(PyObject *self, PyObject *const *arguments, Py_ssize_t count, PyObject *names)
{
    Py_ssize_t all = count + (names == NULL ? 0 : PyTuple_GET_SIZE(names));
    PyObject *list = fast(self, arguments, all);
    if (list == NULL) {
        return NULL;
    }
    return Py_BuildValue("(NO)", list, names == NULL ? Py_None : names);
}

static PyObject *
call(PyObject *self, PyObject *callable)
{
    return PyObject_CallObject(callable, NULL);
}

#if PY_VERSION_HEX >= 0x03090000
static PyObject *
defining(PyObject *self, PyTypeObject *class, PyObject *const *arguments, Py_ssize_t count, PyObject *names)
{
    return Py_BuildValue("(On)", class, count);
}
#endif

#define METHODS \
    {"nothing", nothing, METH_NOARGS, "nothing($self, /)\n--\n\nTake nothing."}, \
    {"one", one, METH_O, "one($self, value, /)\n--\n\nReturn it."}, \
    {"many", many, METH_VARARGS, "many(*values)\n\nReturn them."}, \
    {"keywords", (PyCFunction)(void (*)(void))keywords, METH_VARARGS | METH_KEYWORDS, NULL}, \
    {"fast", (PyCFunction)(void (*)(void))fast, METH_FASTCALL, NULL}, \
    {"fast_keywords", (PyCFunction)(void (*)(void))fast_keywords, METH_FASTCALL | METH_KEYWORDS, \
     "fast_keywords($self, /, *values, **named)\n--\n\n"}, \
    {"call", call, METH_O, NULL},

static PyMethodDef functions[] = {METHODS {NULL}};

static PyMethodDef methods[] = {
    METHODS
#if PY_VERSION_HEX >= 0x03090000
    {"defining", (PyCFunction)(void (*)(void))defining, METH_METHOD | METH_FASTCALL | METH_KEYWORDS, NULL},
#endif
    {"of_class", one, METH_O | METH_CLASS, NULL},
    {"of_nobody", one, METH_O | METH_STATIC, NULL},
    {"__getitem__", one, METH_O | METH_COEXIST, NULL},
    {NULL}};

static PyObject *
answer(PyObject *self, void *unused)
{
    return PyLong_FromLong(42);
}

static PyGetSetDef attributes[] = {{"answer", answer, NULL, NULL, NULL}, {NULL}};

static PyType_Slot slots[] = {
    {Py_tp_methods, methods}, {Py_tp_getset, attributes}, {Py_mp_subscript, one}, {0, NULL}};

static PyType_Spec changeable = {
    "native_functions.Changeable", sizeof(PyObject), 0, Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE, slots};

static PyTypeObject fixed = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "native_functions.Fixed",
    .tp_basicsize = sizeof(PyObject),
    .tp_flags = Py_TPFLAGS_DEFAULT,
    .tp_methods = methods,
    .tp_new = PyType_GenericNew,
};

/* More functions than there are stubs for: many_0 to many_299. */
#define MANY 300
static PyMethodDef definitions[MANY];
static char names[MANY][16];

static int
execute(PyObject *module)
{
    PyObject *type = PyType_FromSpec(&changeable);
    if (type == NULL || PyModule_AddObject(module, "Changeable", type) < 0 || PyType_Ready(&fixed) < 0) {
        return -1;
    }
    Py_INCREF(&fixed);
    if (PyModule_AddObject(module, "Fixed", (PyObject *)&fixed) < 0) {
        return -1;
    }
    PyObject *name = PyUnicode_FromString("native_functions");
    for (int i = 0; name != NULL && i < MANY; i++) {
        sprintf(names[i], "many_%d", i);
        definitions[i] = (PyMethodDef){names[i], one, METH_O, NULL};
        PyObject *function = PyCFunction_NewEx(&definitions[i], module, name);
        if (function == NULL || PyModule_AddObject(module, names[i], function) < 0) {
            return -1;
        }
    }
    Py_XDECREF(name);
    return name == NULL ? -1 : 0;
}

static PyModuleDef_Slot module_slots[] = {{Py_mod_exec, execute}, {0, NULL}};

static PyModuleDef definition = {
    PyModuleDef_HEAD_INIT, "native_functions", NULL, 0, functions, module_slots, NULL, NULL, NULL};

PyMODINIT_FUNC
PyInit_native_functions(void)
{
    return PyModuleDef_Init(&definition);
}
