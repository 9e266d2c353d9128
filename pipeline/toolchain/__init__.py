"""Tools: found, verified and started here, and nowhere else."""

import sys

# None means that there is no such module. Else httpx loads its own command line, with all that
# draws it: half of the time that it takes.
sys.modules.setdefault("httpx._main", None)  # type: ignore[arg-type]
