"""Where Trivy is to look for secrets in an image."""

import re

import pytest

from pipeline.oci import places
from pipeline.stages.image.secrets import SETTINGS

PATHS = re.compile(r"^    path: (.+)$", re.MULTILINE)
ALLOWED = [re.compile(one) for one in PATHS.findall(SETTINGS.decode())]
PYTHON = "usr/local/lib/python3.12/site-packages"


def is_allowed(path: str) -> bool:
    """Say whether Trivy passes over a path: it searches for these rules in it, with a slash."""
    return any(one.search(f"/{path}") for one in ALLOWED)


@pytest.mark.parametrize(
    "path",
    [
        f"{PYTHON}/acme/attestation.py",
        "app/site-packages/acme_latest/settings.py",
        f"{PYTHON}/acme/contest/settings.py",
        "usr/src/wordpress/wp-content/plugins/acme/config.php",
        "usr/src/wordpress/wp-content/themes/acme/functions.php",
        "usr/src/wordpress/wp-config.php",
    ],
)
def test_what_only_sounds_like_a_test_or_a_program_s_own_file_is_looked_at(path: str) -> None:
    assert not is_allowed(path)
    assert places.is_asked(path.replace(".php", ".db").replace(".py", ".db"))


@pytest.mark.parametrize(
    "path",
    [
        f"{PYTHON}/acme/tests/data/key.pem",
        f"{PYTHON}/acme/test_keys.py",
        f"{PYTHON}/tests/key.pem",
        f"{PYTHON}/acme/examples/settings.py",
        f"{PYTHON}/acme/unit_test/settings.py",
        "usr/src/wordpress/wp-includes/x.php",
        "usr/src/wordpress/wp-content/themes/twentytwentyfive/x.php",
        "usr/src/wordpress/wp-content/plugins/akismet/x.php",
    ],
)
def test_tests_of_packages_and_wordpress_itself_are_not(path: str) -> None:
    assert is_allowed(path)
    assert not places.is_asked(path)
