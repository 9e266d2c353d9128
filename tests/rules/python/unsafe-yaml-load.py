import ruamel.yaml
import yaml
from yaml import CLoader, Loader, SafeLoader, load


def unsafe(stream):
    # ruleid: penstock.python.unsafe-yaml-load
    yaml.load(stream)
    # ruleid: penstock.python.unsafe-yaml-load
    yaml.load(stream, Loader=yaml.Loader)
    # ruleid: penstock.python.unsafe-yaml-load
    yaml.load(stream, Loader=yaml.FullLoader)
    # ruleid: penstock.python.unsafe-yaml-load
    yaml.load(stream, yaml.UnsafeLoader)
    # ruleid: penstock.python.unsafe-yaml-load
    load(stream, Loader=Loader)
    # ruleid: penstock.python.unsafe-yaml-load
    load(stream, Loader=CLoader)
    # ruleid: penstock.python.unsafe-yaml-load
    yaml.unsafe_load(stream)
    # ruleid: penstock.python.unsafe-yaml-load
    list(yaml.load_all(stream))
    # ruleid: penstock.python.unsafe-yaml-load
    ruamel.yaml.YAML(typ="unsafe")


class OwnLoader(yaml.SafeLoader):
    pass


def safe(stream):
    # ok: penstock.python.unsafe-yaml-load
    yaml.safe_load(stream)
    # ok: penstock.python.unsafe-yaml-load
    yaml.load(stream, Loader=yaml.SafeLoader)
    # ok: penstock.python.unsafe-yaml-load
    yaml.load(stream, Loader=yaml.CSafeLoader)
    # ok: penstock.python.unsafe-yaml-load
    load(stream, SafeLoader)
    # ok: penstock.python.unsafe-yaml-load
    yaml.load(stream, Loader=OwnLoader)
    # ok: penstock.python.unsafe-yaml-load
    ruamel.yaml.YAML(typ="safe")
