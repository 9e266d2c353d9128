import json
import marshal
import pickle
import shelve
from pickle import loads

import dill
import jsonpickle
import pandas


def unsafe(stream, data):
    # ruleid: penstock.python.unsafe-deserialization
    pickle.load(stream)
    # ruleid: penstock.python.unsafe-deserialization
    pickle.loads(data)
    # ruleid: penstock.python.unsafe-deserialization
    loads(data)
    # ruleid: penstock.python.unsafe-deserialization
    pickle.Unpickler(stream)
    # ruleid: penstock.python.unsafe-deserialization
    marshal.loads(data)
    # ruleid: penstock.python.unsafe-deserialization
    dill.loads(data)
    # ruleid: penstock.python.unsafe-deserialization
    jsonpickle.decode(data)
    # ruleid: penstock.python.unsafe-deserialization
    shelve.open("sessions")
    # ruleid: penstock.python.unsafe-deserialization
    pandas.read_pickle("frame.pickle")


def safe(stream, data, value):
    # ok: penstock.python.unsafe-deserialization
    json.load(stream)
    # ok: penstock.python.unsafe-deserialization
    json.loads(data)
    # ok: penstock.python.unsafe-deserialization
    pickle.dumps(value)
    # ok: penstock.python.unsafe-deserialization
    pickle.loads(pickle.dumps(value))
    # ok: penstock.python.unsafe-deserialization
    pickle.loads(b"I01\n.")
