"""Names of templates: a program fills in what lies under them, and writes what is meant."""

from typing import Final

_ENDINGS: Final = (
    ".ctmpl", ".erb", ".gotmpl", ".hbs", ".in", ".j2", ".jinja", ".jinja2", ".mustache",
    ".template", ".tftpl", ".tmpl", ".tpl",
)  # fmt: skip


def filled(path: str) -> str:
    """Return the name of the file that a template is for; any other name as it is."""
    return path.rpartition(".")[0] if path.lower().endswith(_ENDINGS) else path
