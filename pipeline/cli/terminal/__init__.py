"""How the console is written to: colours, columns, folding, progress, errors with a caret."""
