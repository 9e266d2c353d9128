"""Installs Penstock from the checkout that this file is in into a new venv: no build, all hashed.

Usage: python -I action_install.py VENV
"""

import subprocess
import sys
import sysconfig
import venv
from pathlib import Path


def main() -> None:
    """Make the venv, install the locked requirements, and point it at this checkout."""
    home = Path(__file__).resolve().parent.parent
    target = Path(sys.argv[1])
    venv.create(target, with_pip=True)
    python = target / "bin" / "python"
    locked = home / "requirements" / "penstock.txt"
    subprocess.run(
        [python, "-I", "-m", "pip", "install", "-q", "--require-hashes", "-r", locked], check=True
    )
    site = Path(sysconfig.get_path("purelib", vars={"base": str(target)}))
    (site / "penstock.pth").write_text(f"{home}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
