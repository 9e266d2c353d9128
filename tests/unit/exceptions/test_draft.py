"""An exception's file finds its schema where gate.yaml finds its own."""

import pytest

from pipeline.exceptions.draft import schema_of

LINE = "# yaml-language-server: $schema={}gate-policy-v1.schema.json\n"


@pytest.mark.parametrize(
    ("gate", "folder"),
    [
        ("schemas/", "../schemas/"),
        ("./schemas/", "../schemas/"),
        ("../pipeline/schemas/", "../../pipeline/schemas/"),
        ("https://schemas.example.com/", "https://schemas.example.com/"),
        ("/srv/schemas/", "/srv/schemas/"),
        ("", "../"),
    ],
)
def test_it_is_named_as_seen_from_one_folder_below(gate: str, folder: str) -> None:
    text = LINE.format(gate) + "apiVersion: penstock/v1\n"
    assert schema_of(text.encode()) == f"{folder}exception-v1.schema.json"


def test_without_that_line_it_is_where_policy_init_puts_it() -> None:
    assert schema_of(b"apiVersion: penstock/v1\n") == "../schemas/exception-v1.schema.json"
