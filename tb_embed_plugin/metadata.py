"""Names and versions that every part of the package agrees on. Imports nothing."""

from typing import Final

PLUGIN_NAME: Final = "training_evolution"
"""Names the routes, the side-file folder and the marker summaries."""

TAB_NAME: Final = "Training Evolution"

FORMAT_VERSION: Final = 1
"""Version of the on-disk format. A reader refuses what a newer version has written."""

VERSION: Final = "0.1.0"
"""Version of the package; `setup.py` reads it from here."""
