import os
import subprocess
import sys

SCRIPT = """
from tb_embed_plugin.layout.compilation import compile_kernels, is_compiled
print(is_compiled(5000, 2), compile_kernels(5000, 2) > 0, is_compiled(5000, 2))
"""


def test_kernels_are_compiled_once_for_a_machine(tmp_path):
    environment = os.environ | {"NUMBA_CACHE_DIR": str(tmp_path)}

    def run():
        return subprocess.run(
            [sys.executable, "-c", SCRIPT], env=environment, capture_output=True, text=True, check=True
        ).stdout

    assert run().split() == ["False", "True", "True"]
    assert run().split() == ["True", "False", "True"]


NOWHERE = """
import numpy as np
from tb_embed_plugin.quality import nearest_neighbors
print(nearest_neighbors(np.arange(6.0)[:, None], 1)[0].ravel().tolist())
"""


def test_kernels_run_where_they_cannot_be_kept():
    # As where neither the package's folder nor a home can be written.
    environment = os.environ | {"NUMBA_CACHE_LOCATOR_CLASSES": "UserProvidedCacheLocator"}
    environment.pop("NUMBA_CACHE_DIR", None)
    ran = subprocess.run([sys.executable, "-c", NOWHERE], env=environment, capture_output=True, text=True, check=True)
    assert ran.stdout.startswith("[1, ")
