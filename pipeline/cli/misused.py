"""Says of a wrong command line what was wrong, and what to type instead."""

import difflib
from collections.abc import Iterator

from typer._click.exceptions import ClickException, MissingParameter, NoSuchOption
from typer._click.exceptions import UsageError as Misused

from pipeline.errors import UsageError


def told(error: ClickException) -> UsageError:
    """Turn an error of the command line's parser into one of ours."""
    if not isinstance(error, Misused):
        return UsageError(_plain(error))
    return UsageError(_what(error), hint="\n".join(_help(error)))


def _what(error: Misused) -> str:
    match error:
        case NoSuchOption():
            return f"there is no option {error.option_name}"
        case MissingParameter() if error.param is not None and error.ctx is not None:
            return f"{error.param.get_error_hint(error.ctx)} is missing"
        case _:
            return _plain(error)


def _plain(error: ClickException) -> str:
    message = error.format_message()
    return f"{message[:1].lower()}{message[1:]}".removesuffix(".")


def _help(error: Misused) -> Iterator[str]:
    """Yield what may have been meant, how the command is called, and where the rest stands."""
    if isinstance(error, NoSuchOption):
        close = difflib.get_close_matches(error.option_name.lstrip("-"), _options(error), n=1)
        if close:
            yield f"did you mean --{close[0]}?"
    if error.ctx is None:
        yield "`penstock COMMAND --help` says how it is called"
        return
    yield error.ctx.get_usage().replace("Usage:", "usage:", 1)
    yield f"`{error.ctx.command_path} --help` says what each of them is"


def _options(error: Misused) -> list[str]:
    """Return the long options of the command, without their dashes."""
    if error.ctx is None:
        return []
    named = (name for one in error.ctx.command.params for name in one.opts)
    return sorted(name.removeprefix("--") for name in named if name.startswith("--"))
