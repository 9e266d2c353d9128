"""Whether a `for_each` clearly goes through something by the values that Trivy takes."""

import time
from collections.abc import Mapping
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.stages.config.hcl_made import Folder, Names, holds

VALUES = {
    "var.yes": "true",
    "var.no": "false",
    "var.env": '"dev"',
    "var.nothing": "null",
    "var.empty": "[]",
    "var.some": '[{ a = "x" }, { a = "y" }]',
    "var.map": "{\n a = 1\n b = 2\n}",
    "local.some": "var.some",
    "local.none": "var.empty",
    "local.joined": "concat(var.empty, [\n { a = 1 },\n])",
    "local.round": "local.round",
}


def clearly(expression: str, **more: Folder) -> bool:
    return holds(expression, "", Names({"": Folder(values=VALUES)} | more))


@pytest.mark.parametrize(
    "expression",
    [
        '["a"]', "[1]", 'toset(["a"])', "{ a = {} }", "[\n  {\n a = 1\n }\n]",
        "{\n a = 1\n b = 2 }", "merge(var.empty, var.map)",
        "var.some", "local.some", "local.joined", "var.map", "[var.env]",
        "{ for k, v in local.some : k => v }", "[for x in var.some : x]", "try(var.some, [])",
        "var.yes ? [1] : []", "!var.no ? [1] : []", "var.no ? [] : [1]", "(var.yes) ? [1] : []",
        'var.yes && !var.no ? ["x"] : []', "var.no || var.yes ? [1] : []",
        "var.no ? [] : var.yes ? [2] : []", "var.unset == null ? [1] : [2]",
        'var.env == "dev" ? [1] : []', 'var.env != "prod" ? [1] : []',
        "length(var.some) > 0 ? [1] : []", "length(var.map) != 0 ? [1] : []",
        "var.nothing == null ? [1] : []", "var.some != null ? var.some : []",
    ],
)  # fmt: skip
def test_what_is_clearly_something(expression: str) -> None:
    assert clearly(expression)


@pytest.mark.parametrize(
    "expression",
    [
        "", "[]", "{}", "null", "toset([])", "var.empty", "var.nothing", "local.none",
        "local.round",
        "var.unset", "each.value.x", "module.a.names", "data.a.b.c", "var.some[0]", "var.some.*.a",
        "[data.a.b.c]", '["${data.a.b}"]', "[null]", "{ a = null }", "[var.nothing]",
        "[[for x in data.a.b : x]]", "[var.yes ? null : 1]", "{ a = var.yes ? null : 2 }",
        "var.no ? [1] : []", "var.yes ? [] : [1]", "!var.yes ? [1] : []", "var.unset ? [1] : []",
        'var.env == "prod" ? [1] : []', "length(var.empty) > 0 ? [1] : []",
        "length(var.some) == 0 ? [1] : []", "length(var.some) > 5 ? [1] : []",
        "var.yes && var.unset ? [1] : []", 'var.yes == "true" ? [] : [1]',
        "var.some != var.map ? [] : [1]", "[for x in var.some : x if x.a == var.env]",
        "[for x in var.some : null]", "{ for k, v in var.some : k => null }", "flatten([[]])",
        'compact([""])', 'setsubtract(["a"], ["a"])', "concat(var.empty)", "coalescelist([], [1])",
        "[", "a(", "[for", "?:", "x ? y", "((((", '"a"',
    ],
)  # fmt: skip
def test_what_is_nothing_or_in_doubt(expression: str) -> None:
    assert not clearly(expression)


def test_a_module_has_the_values_that_it_is_called_with() -> None:
    caller = Folder(values={"var.rules": "[1]", "var.none": "[]"})
    inside = Folder(values={"var.rules": "[]", "var.kept": "[2]"})
    names = Names({"app": caller, "net": inside})
    assert not holds("var.rules", "net", names)
    inside.calls.append(("app", {"rules": "var.rules"}))
    assert holds("var.rules", "net", names)
    assert holds("var.kept", "net", names)
    inside.calls.append(("app", {"rules": "var.none"}))
    assert not holds("var.rules", "net", names)
    assert holds("var.kept", "net", names)


@pytest.mark.parametrize("expression", ["[var.x]", "var.x == null ? [] : [1]", "var.x"])
def test_what_one_call_of_a_module_leaves_in_doubt_is_in_doubt(expression: str) -> None:
    calls: list[tuple[str, Mapping[str, str]]] = [("", {"x": "{ a = 1 }"}), ("", {"x": "null"})]
    assert not holds(expression, "net", Names({"net": Folder(calls=[*calls])}))
    assert not holds(expression, "net", Names({"net": Folder(calls=calls[::-1])}))
    assert holds(expression, "net", Names({"net": Folder(calls=calls[:1])}))


def test_names_that_branch_without_end_are_in_doubt() -> None:
    values = {f"local.a{n}": f"concat(local.a{n + 1}, local.a{n + 1})" for n in range(25)}
    names = Names({"": Folder(values=values)}, left=10_000)
    assert not holds("local.a0", "", names)
    assert names.left < 0
    assert not holds("[1]", "", names)


@pytest.mark.parametrize("word", ["-", "a.", "(", "[", "a ? ", "\n", "a ? b : ", "!", "a || "])
def test_a_long_expression_is_looked_at_in_its_time(word: str) -> None:
    begun = time.process_time()
    assert not clearly(word * 100_000)
    assert time.process_time() - begun < 5


class Meant(NamedTuple):
    """An expression, and what Terraform makes of it."""

    text: str
    value: list[int]


LISTS = [[], [1], [1, 2]]
TRUTHS = st.sampled_from(
    [
        ("true", True), ("var.yes", True), ("var.no", False), ("!var.yes", False),
        ('var.env == "dev"', True), ('var.env != "dev"', False), ("length(var.l0) > 0", False),
        ("length(var.l2) > 0", True), ("var.yes && var.no", False), ("var.no || var.yes", True),
    ]
)  # fmt: skip


def _more(inner: st.SearchStrategy[Meant]) -> st.SearchStrategy[Meant]:
    two = st.tuples(inner, inner)
    return st.one_of(
        inner.map(lambda a: Meant(f"({a.text})", a.value)),
        inner.map(lambda a: Meant(f"tolist({a.text})", a.value)),
        inner.map(lambda a: Meant(f"[for x in {a.text} : x]", a.value)),
        inner.map(
            lambda a: Meant(f"[for x in {a.text} : x if x > 1]", [x for x in a.value if x > 1])
        ),
        two.map(lambda p: Meant(f"concat({p[0].text}, {p[1].text})", p[0].value + p[1].value)),
        st.tuples(two, TRUTHS)
        .map(
            lambda p: Meant(
                f"{p[1][0]} ? {p[0][0].text} : {p[0][1].text}", p[0][0 if p[1][1] else 1].value
            )
        )
        .map(lambda a: Meant(f"({a.text})", a.value)),
    )


EXPRESSIONS = st.recursive(
    st.sampled_from(LISTS).flatmap(
        lambda v: st.sampled_from([Meant(str(v), v), Meant(f"var.l{len(v)}", v)])
    ),
    _more,
    max_leaves=8,
)


@given(EXPRESSIONS)
def test_what_is_called_something_is_something(meant: Meant) -> None:
    lists = {f"var.l{len(one)}": str(one) for one in LISTS}
    assert not holds(meant.text, "", Names({"": Folder(values=VALUES | lists)})) or meant.value


@given(st.text(alphabet='ab1"{}=\n$[](),?:.!&|', max_size=60))
def test_any_text_is_looked_at(text: str) -> None:
    names = Names({"": Folder(values={"var.a": text, "local.b": f"[{text}]"})})
    assert holds(text, "", names) in {True, False}
    assert holds("local.b", "", names) in {True, False}
