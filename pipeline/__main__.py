"""`python -I -m pipeline`: the command, where no script is installed."""

from pipeline.cli.app import main

main()
