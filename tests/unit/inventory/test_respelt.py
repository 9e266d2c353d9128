"""What semgrep passes by is spelt as it looks into it, and nothing else is."""

import pytest

from pipeline.inventory.respelt import respelt


@pytest.mark.parametrize(
    ("written", "spelt"),
    [
        (b"export namespace A.B {\n", b"       namespace A.B {\n"),
        (b"export\nnamespace A\n{\n", b"      \nnamespace A\n{\n"),
        (b"module A {\n", b"namespace A {\n"),
        (b"  export module A {\n", b"         namespace A {\n"),
        (b"export = { a() {} };\n", b"export  default  { a() {} };\n"),
        (b"export=a\n", b"export default a\n"),
    ],
)
def test_typescript_is_spelt_as_semgrep_sees_it(written: bytes, spelt: bytes) -> None:
    assert respelt("typescript", written) == spelt
    assert respelt("javascript", written) == written


@pytest.mark.parametrize(
    "text",
    [
        b"declare module 'a' {\n",
        b"module.exports = {}; if (module) { a() }\n",
        b"export const a = { module: 1 };\n",
        b"export declare namespace A { }\n",
        b"export default namespace;\n",
        b"myexport = 1\na.export = 2\n  exports = 3\nexport == 4\n",
    ],
)
def test_other_typescript_stays_as_it_is(text: bytes) -> None:
    assert respelt("typescript", text) == text


def test_python_begins_with_its_first_letter() -> None:
    assert respelt("python", "\ufeffeval(x)\n".encode()) == b"eval(x)\n"
    assert respelt("go", "\ufeffx".encode()) == "\ufeffx".encode()
    assert respelt(None, "\ufeffx".encode()) == "\ufeffx".encode()
