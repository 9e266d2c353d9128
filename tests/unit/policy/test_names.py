import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.model.versions import key, lowest_above
from pipeline.policy.artifact import repository
from pipeline.policy.globs import matcher, matches, says_nothing
from pipeline.policy.purl import normalised, unversioned, version_of


@pytest.mark.parametrize(
    ("glob", "path", "fits"),
    [
        ("app/*.py", "app/a.py", True),
        ("app/*.py", "app/b/a.py", False),
        ("app/**", "app/b/a.py", True),
        ("app/**", "application/a.py", False),
        ("**/test_*.py", "test_a.py", True),
        ("**/test_*.py", "a/b/test_a.py", True),
        ("**/test_*.py", "a/b/my_test_a.py", False),
        ("a?c", "abc", True),
        ("a?c", "a/c", False),
        ("a.c", "abc", False),
        ("a[b]c", "abc", False),
        ("a[b]c", "a[b]c", True),
        ("requests|urllib3", "requests", False),
        ("*.py", "a.py\n", False),
        ("a", "a\n", False),
    ],
)
def test_a_glob_covers_whole_paths(glob: str, path: str, *, fits: bool) -> None:
    assert matches(glob, path) is fits
    assert matcher(["nothing", glob])(path) is fits


@given(
    st.lists(st.text("ab/.*?", min_size=1, max_size=6), min_size=1, max_size=4),
    st.text("ab/.*?\n", max_size=6),
)
def test_many_globs_asked_at_once_answer_as_each_alone(globs: list[str], path: str) -> None:
    assert matcher(globs)(path) is any(matches(glob, path) for glob in globs)


@pytest.mark.parametrize("glob", ["*", "**", "**/*", "?", "./**", "*/*"])
def test_a_glob_of_nothing_but_wildcards_is_known(glob: str) -> None:
    assert says_nothing(glob)
    assert not says_nothing(f"app/{glob}")


@pytest.mark.parametrize(
    ("purl", "spelling"),
    [
        ("pkg:pypi/Django_REST.framework@3.0", "pkg:pypi/django-rest-framework@3.0"),
        ("pkg:pypi/x@1!2.0", "pkg:pypi/x@1%212.0"),
        ("pkg:pypi/x@1%212.0", "pkg:pypi/x@1%212.0"),
        ("pkg:pypi/x@1.0+local", "pkg:pypi/x@1.0%2Blocal"),
        ("pkg:pypi/x@1.0?file_name=x.whl", "pkg:pypi/x@1.0"),
        ("pkg:pypi/x@1.0#sub/path", "pkg:pypi/x@1.0"),
        ("pkg://pypi/x@1.0", "pkg:pypi/x@1.0"),
        ("pkg:npm/@Scope/Name@1.0", "pkg:npm/%40scope/name@1.0"),
        ("pkg:npm/%40scope/name@1.0", "pkg:npm/%40scope/name@1.0"),
        ("pkg:npm/%40scope/name", "pkg:npm/%40scope/name"),
        ("pkg:npm/@scope/name", "pkg:npm/%40scope/name"),
        ("pkg:maven/org.Apache/Log4j@2", "pkg:maven/org.Apache/Log4j@2"),
        (
            "pkg:deb/debian/openssl@3.0?distro=debian-12&arch=amd64&foo=1",
            "pkg:deb/debian/openssl@3.0?arch=amd64&distro=debian-12",
        ),
        ("pkg:rpm/redhat/x@1?epoch=1", "pkg:rpm/redhat/x@1?epoch=1"),
    ],
)
def test_a_purl_has_one_spelling(purl: str, spelling: str) -> None:
    assert normalised(purl) == spelling
    assert normalised(spelling) == spelling


@pytest.mark.parametrize(
    "purl", ["", "x", "pkg:", "pkg:pypi", "pkg:pypi/", "pypi/x@1", "http://x/y"]
)
def test_what_is_no_purl_is_refused(purl: str) -> None:
    with pytest.raises(ValueError, match="no package URL"):
        normalised(purl)


def test_the_version_and_the_package_can_be_taken_apart() -> None:
    assert version_of("pkg:npm/%40scope/name@1.0?x=y") == "1.0"
    assert version_of("pkg:npm/@scope/name") == ""
    assert unversioned("pkg:npm/@scope/name@1.0?arch=x") == "pkg:npm/%40scope/name"


@given(
    st.text(st.characters(codec="utf-8", exclude_characters="/@?#\0"), min_size=1),
    st.text(min_size=1),
)
def test_spelling_a_purl_twice_changes_nothing(name: str, version: str) -> None:
    from urllib.parse import quote

    once = normalised(f"pkg:generic/{quote(name, safe='')}@{quote(version, safe='')}")
    assert normalised(once) == once
    assert version_of(once) == version


@pytest.mark.parametrize(
    ("ref", "name"),
    [
        ("ghcr.io/acme/api:1@sha256:abc", "ghcr.io/acme/api"),
        ("localhost:5000/api", "localhost:5000/api"),
        ("localhost:5000/api:2", "localhost:5000/api"),
        ("oci:build/image@sha256:abc", "oci:build/image"),
        ("archive:out/image.tar", "archive:out/image.tar"),
        ("debian:12", "debian"),
    ],
)
def test_a_reference_names_a_repository(ref: str, name: str) -> None:
    assert repository(ref) == name


def test_versions_are_ordered_well_enough_to_suggest_one() -> None:
    ordered = ["1.0rc1", "1.0", "1.0.post1", "1.0.1", "1.2", "1.10", "2.0a1", "2.0", "1!0.1"]
    assert sorted(sorted(ordered), key=key) == ordered
    assert key("1.0") == key("1") == key("v1.0.0")
    assert lowest_above("1.1", ["3.0", "1.10", "1.0"]) == "1.10"
    assert lowest_above("9", ["3.0", "1.10"]) == "3.0"
    assert lowest_above("9", []) is None
