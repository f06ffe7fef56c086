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
