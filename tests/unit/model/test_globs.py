import pytest

from pipeline.model.globs import compiled, translate


@pytest.mark.parametrize(
    ("glob", "path", "matches"),
    [
        ("docs/**", "docs/a.md", True),
        ("docs/**", "docs/deep/er/a.md", True),
        ("docs/**", "docs2/a.md", False),
        ("docs/**", "other/docs/a.md", False),
        ("**/docs/**", "docs/a.md", True),
        ("**/docs/**", "x/y/docs/a.md", True),
        ("*.py", "a.py", True),
        ("*.py", "app/a.py", False),
        ("**/*.py", "a.py", True),
        ("**/*.py", "app/deep/a.py", True),
        ("app/?.py", "app/a.py", True),
        ("app/?.py", "app/ab.py", False),
        ("app/[ab].py", "app/a.py", True),
        ("app/[!ab].py", "app/c.py", True),
        ("app/[!ab].py", "app/a.py", False),
        ("a[!x]b", "a/b", False),
        ("./docs/**", "docs/a.md", True),
        ("docs", "docs/a.md", False),
        ("a.py", "axpy", False),
        ("a[b", "a[b", True),
        ("[z-a]", "[z-a]", True),
        ("a+b(c).py", "a+b(c).py", True),
        ("docs/**", "docs/new\\x0aline", True),
    ],
)
def test_a_glob_matches_the_whole_path(glob: str, path: str, *, matches: bool) -> None:
    assert (translate(glob).fullmatch(path) is not None) == matches


def test_the_first_glob_as_written_is_named() -> None:
    globs = compiled(("docs/**", "**/*.md"))
    assert globs.first("docs/a.md") == "docs/**"
    assert globs.first("README.md") == "**/*.md"
    assert globs.first("app.py") is None
