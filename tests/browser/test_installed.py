"""The wheel at work where there is no TensorFlow, run from elsewhere than the repository."""

import subprocess
import sys

from tests.browser.conftest import open_tab, projector_entries, tensorboard_for
from tests.conftest import run


def test_installed_wheel_shows_its_tab_without_tensorflow(wheel, log_dir, page, tmp_path):
    run(sys.executable, "-m", "venv", tmp_path / "venv")
    python = tmp_path / "venv" / "bin" / "python"
    run(python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", wheel)
    missing = subprocess.run([python, "-c", "import tensorflow"], capture_output=True, check=False, cwd=tmp_path)
    assert missing.returncode != 0
    run(tmp_path / "venv" / "bin" / "tb-embed", "layout", log_dir, "--name", "fresh", "--iterations", "20", cwd=tmp_path)
    with tensorboard_for(page, "--logdir", str(log_dir), python=str(python), cwd=tmp_path) as address:
        assert projector_entries(address) == {"conv (newest snapshot)": 300 * 8, "fc1 (newest snapshot)": 300 * 32}
        frame = open_tab(page, address)
        assert "fresh" in frame.get_by_label("Layout").inner_text()
