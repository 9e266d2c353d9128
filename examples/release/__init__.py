"""The whole way of a release on one machine; `python -m examples.release.story` walks it."""
