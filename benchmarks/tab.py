"""How quick the tab is, beside what the same browser does without it; ratios, measured in turns in one headless Chromium.

    tween      frames a second while 100,000 points move between two steps, against bare WebGL drawing as many points of the
               same size
    first      from the change to the tab to the first frame of 20 steps x 10,000 points, against the built-in Projector's
               first PCA of one snapshot of 10,000 x 200
    script     JavaScript delivered at first load, gzipped
    tasks      the longest task of the page's thread while 10,000 points play
    answers    the reply to neighbors at 10,000 points x 200, median

examples:
  python -m benchmarks.tab
  python -m benchmarks.tab --parts script tasks
  python -m benchmarks.tab --quick                 few points, to see whether it runs; nothing is written
"""

import argparse
import contextlib
import gzip
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.report import Column, log, print_table, write_json
from tb_embed_plugin.store import LayoutWriter, ProbeSet, SeriesWriter, open_series

PARTS = ("tween", "first", "script", "tasks", "answers")
_ROUNDS = 3
_SECONDS = 6.0
_WAIT = 300_000
_FRAME = 'iframe[src*="name=training_evolution"]'

_FLAGS = [
    "--no-sandbox",
    "--use-gl=angle",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
]

_COLUMNS = [
    Column("part"),
    Column("what"),
    Column("ours", ".2f"),
    Column("other", ".2f"),
    Column("target"),
    Column("verdict"),
]

# What the tab draws: it may be asked for frames more often than it finds time to draw.
_NOTE_DRAWING = """
window.nDrawn = 0;
const { drawElements } = WebGL2RenderingContext.prototype;
WebGL2RenderingContext.prototype.drawElements = function (...how) {
  window.nDrawn++;
  return drawElements.apply(this, how);
};"""

_COUNT_DRAWN = """(_, milliseconds) => new Promise((resolve) => {
  const before = window.nDrawn;
  const start = performance.now();
  const tick = (now) => {
    if (now - start < milliseconds) requestAnimationFrame(tick);
    else resolve((window.nDrawn - before) / ((now - start) / 1000));
  };
  requestAnimationFrame(tick);
})"""

_BARE_WEBGL = """([n_points, milliseconds, width, height, size]) => new Promise((resolve) => {
  const canvas = document.body.appendChild(document.createElement("canvas"));
  Object.assign(canvas, {width, height});
  const gl = canvas.getContext("webgl2");
  const shader = (type, source) => {
    const made = gl.createShader(type);
    gl.shaderSource(made, source);
    gl.compileShader(made);
    return made;
  };
  const program = gl.createProgram();
  gl.attachShader(program, shader(gl.VERTEX_SHADER,
    "#version 300 es\\nin vec2 p; in vec2 q; uniform float mixed; uniform float size;" +
    "void main() { gl_Position = vec4(mix(p, q, mixed), 0, 1); gl_PointSize = size; }"));
  gl.attachShader(program, shader(gl.FRAGMENT_SHADER,
    "#version 300 es\\nprecision mediump float; out vec4 c; void main() {" +
    "if (length(gl_PointCoord - 0.5) > 0.5) discard; c = vec4(0.2, 0.4, 0.8, 1); }"));
  gl.linkProgram(program);
  gl.useProgram(program);
  for (const name of ["p", "q"]) {
    gl.bindBuffer(gl.ARRAY_BUFFER, gl.createBuffer());
    const values = Float32Array.from({length: 2 * n_points}, () => 1.6 * (Math.random() - 0.5));
    gl.bufferData(gl.ARRAY_BUFFER, values, gl.STATIC_DRAW);
    const place = gl.getAttribLocation(program, name);
    gl.enableVertexAttribArray(place);
    gl.vertexAttribPointer(place, 2, gl.FLOAT, false, 0, 0);
  }
  gl.uniform1f(gl.getUniformLocation(program, "size"), size);
  const mixed = gl.getUniformLocation(program, "mixed");
  let frames = 0;
  const start = performance.now();
  const tick = (now) => {
    gl.uniform1f(mixed, (now % 1000) / 1000);
    gl.clear(gl.COLOR_BUFFER_BIT);
    gl.drawArrays(gl.POINTS, 0, n_points);
    frames++;
    if (now - start < milliseconds) requestAnimationFrame(tick);
    else {
      canvas.remove();
      resolve(frames / ((now - start) / 1000));
    }
  };
  requestAnimationFrame(tick);
})"""

_WATCH_TASKS = """() => {
  window.longest = 0;
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) window.longest = Math.max(window.longest, entry.duration);
  }).observe({entryTypes: ["longtask"]});
}"""


_WASTED_MS = 300
_WASTE_TIME = f"() => setTimeout(() => {{ const end = performance.now() + {_WASTED_MS}; while (performance.now() < end); }})"


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=list(PARTS))
    parser.add_argument("--quick", action="store_true", help="a hundredth of the points, one round; nothing is written")
    options = parser.parse_args(arguments)
    share = 100 if options.quick else 1
    rows: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory() as folder:
        log("writing layouts")
        _write_series(Path(folder) / "large", 100_000 // share, 2, 4)
        _write_series(Path(folder) / "usual", 10_000 // share, 20, 200)
        with _serve(folder) as address, _open_browser() as browser:
            bench = TabBenchmark(browser, address, 1 if options.quick else _ROUNDS)
            for part in options.parts:
                log(part)
                rows.append(getattr(bench, f"measure_{part}")(n_points=(100_000 if part == "tween" else 10_000) // share))
    print_table(rows, _COLUMNS)
    if not options.quick:
        print(write_json("tab", rows=rows))
    return 0


class TabBenchmark:
    """The parts, in one browser on one TensorBoard."""

    def __init__(self, browser: Any, address: str, n_rounds: int) -> None:
        self._browser = browser
        self._address = address
        self._n_rounds = n_rounds

    def measure_tween(self, *, n_points: int) -> dict[str, Any]:
        page = self._open_page()
        # Where WebGL is done in software the tab would choose its other renderer.
        page.add_init_script('localStorage.setItem("training_evolution.renderer", "webgl")')
        page.add_init_script(_NOTE_DRAWING)
        tab = self._open_tab(page, "large")
        canvas = tab.locator("canvas[data-renderer]").first
        box = canvas.bounding_box()
        size = float(canvas.get_attribute("data-point-size"))
        tab.get_by_label("Loop").check()
        tab.get_by_role("button", name="Play").click()
        bare = self._open_page()
        bare.goto(f"{self._address}/data/logdir")
        ours, others = [], []
        for _ in range(self._n_rounds):
            page.bring_to_front()
            ours.append(tab.locator("body").evaluate(_COUNT_DRAWN, _SECONDS * 1000))
            bare.bring_to_front()
            others.append(bare.evaluate(_BARE_WEBGL, [n_points, _SECONDS * 1000, box["width"], box["height"], size]))
        mine, other = statistics.median(ours), statistics.median(others)
        return _row("tween", "frames/s", mine, other, "ratio of at least 0.8", mine / other >= 0.8)

    def measure_first(self, *, n_points: int) -> dict[str, Any]:
        ours, others = [], []
        for _ in range(self._n_rounds):
            ours.append(self._time_to("training_evolution", _find_first_frame))
            others.append(self._time_to("projector", _find_projection))
        mine, other = statistics.median(ours), statistics.median(others)
        return _row("first", f"seconds, {n_points:,} points", mine, other, "sooner", mine < other)

    def measure_script(self, **_: Any) -> dict[str, Any]:
        page = self._open_page()
        scripts: dict[str, int] = {}

        def note(response: Any) -> None:
            if "/training_evolution/static/" in response.url and response.url.endswith(".js"):
                scripts[response.url] = len(gzip.compress(response.body()))

        page.on("response", note)
        self._open_tab(page, "usual")
        size = sum(scripts.values()) / 1000
        return _row("script", "kB gzipped", size, None, "under 120", 0 < size < 120)

    def measure_tasks(self, *, n_points: int) -> dict[str, Any]:
        page = self._open_page()
        tab = self._open_tab(page, "usual")
        tab.get_by_label("Loop").check()
        tab.locator("body").evaluate(_WATCH_TASKS)
        tab.get_by_role("button", name="Play").click()
        page.wait_for_timeout(2000 * _SECONDS)
        longest = tab.locator("body").evaluate("() => window.longest")
        # No news is good news only from a watch that works.
        tab.locator("body").evaluate(_WASTE_TIME)
        page.wait_for_timeout(500)
        if tab.locator("body").evaluate("() => window.longest") < _WASTED_MS:
            raise RuntimeError("The browser does not tell of long tasks.")
        return _row("tasks", f"longest task while playing {n_points:,}, ms", longest, None, "at most 200", longest <= 200)

    def measure_answers(self, *, n_points: int) -> dict[str, Any]:
        query = "run=usual&tag=probe&step=0&layout=tsne&point="
        seconds = []
        for point in range(21):
            start = time.perf_counter()
            url = f"{self._address}/data/plugin/training_evolution/neighbors?{query}{point}"
            with urllib.request.urlopen(url, timeout=60) as response:
                response.read()
            seconds.append(time.perf_counter() - start)
        median = 1000 * statistics.median(seconds)
        return _row("answers", f"neighbors of {n_points:,} x 200, ms, median", median, None, "under 50", median < 50)

    def _open_page(self) -> Any:
        page = self._browser.new_context(viewport={"width": 1280, "height": 800}).new_page()
        page.set_default_timeout(_WAIT)
        return page

    def _open_tab(self, page: Any, run: str) -> Any:
        page.goto(f"{self._address}/#training_evolution&p.training_evolution.run={run}&p.training_evolution.tag=probe")
        tab = page.frame_locator(_FRAME)
        tab.locator('[data-state="ready"]').wait_for()
        tab.locator('canvas[data-frames-loaded]:not([data-frames-loaded="0"])').first.wait_for()
        return tab

    def _time_to(self, tab: str, find: Callable[[Any], Any]) -> float:
        """Seconds from the change to a tab until what `find` locates on the page is there."""
        page = self._open_page()
        # A light tab of TensorBoard's first: what is measured begins with the change, which is what a click makes.
        page.goto(f"{self._address}/#timeseries&p.training_evolution.run=usual&p.training_evolution.tag=probe")
        page.get_by_role("tab", name="TRAINING EVOLUTION").wait_for()
        # Whatever it loads beside.
        page.wait_for_timeout(3000)
        sign = find(page)
        start = time.perf_counter()
        page.evaluate("tab => { location.hash = location.hash.replace('timeseries', tab) }", tab)
        sign.wait_for()
        seconds = time.perf_counter() - start
        page.context.close()
        return seconds


def _find_first_frame(page: Any) -> Any:
    drawn = 'canvas[data-renderer][data-frames-loaded]:not([data-frames-loaded="0"])'
    return page.frame_locator(_FRAME).locator(drawn).first


def _find_projection(page: Any) -> Any:
    # It puts a frame of its own into that of its tab.
    projector = page.frame_locator('iframe[src*="name=projector"]').frame_locator("iframe")
    return projector.get_by_text("Total variance described").first


def _row(part: str, what: str, ours: float, other: float | None, target: str, has_passed: bool) -> dict[str, Any]:
    log(f"{part}: {ours:.2f} against {other}")
    return {
        "part": part,
        "what": what,
        "ours": ours,
        "other": other,
        "target": target,
        "verdict": "pass" if has_passed else "FAIL",
    }


def _write_series(run_dir: Path, n_points: int, n_steps: int, n_features: int) -> None:
    """A series of ten clusters that drift, with the layout a tab would show, and what the Projector shows of it."""
    rng = np.random.default_rng(0)
    labels = rng.integers(10, size=n_points)
    centers = rng.normal(size=(10, n_features))
    with SeriesWriter(run_dir, "probe", ProbeSet(n_points=n_points, labels=labels)) as writer:
        for step in range(n_steps):
            snapshot = centers[labels] * (1 + step / n_steps) + rng.normal(size=(n_points, n_features))
            writer.write_snapshot(step, snapshot.astype(np.float32))
    _write_projector(run_dir, snapshot.astype(np.float32))
    positions = centers[labels, :2] * 5 + rng.normal(size=(n_points, 2))
    with LayoutWriter(open_series(str(run_dir)).path, "tsne") as layout:
        for step in range(n_steps):
            positions = positions + 0.2 * rng.normal(size=positions.shape)
            layout.write_frame(step, positions.astype(np.float32), {})
        layout.commit(method="tsne", n_dims=2, parameters={}, quality={})


def _write_projector(run_dir: Path, snapshot: Any) -> None:
    if len(snapshot) > 10_000:
        return
    (run_dir / "snapshot.bytes").write_bytes(snapshot.tobytes())
    n_points, n_features = snapshot.shape
    shape = f"tensor_shape: {n_points} tensor_shape: {n_features}"
    config = f'embeddings {{ tensor_name: "probe" tensor_path: "snapshot.bytes" {shape} }}\n'
    (run_dir / "projector_config.pbtxt").write_text(config)


@contextlib.contextmanager
def _serve(log_dir: str) -> Iterator[str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "tensorboard.main", "--logdir", log_dir, "--port", str(port), "--host", "127.0.0.1"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=os.sep)
    address = f"http://127.0.0.1:{port}"
    try:
        deadline = time.monotonic() + 300
        while time.monotonic() < deadline:
            with contextlib.suppress(OSError), urllib.request.urlopen(address, timeout=30):
                break
            time.sleep(0.5)
        yield address
    finally:
        process.terminate()
        process.wait(60)


@contextlib.contextmanager
def _open_browser() -> Iterator[Any]:
    from playwright import sync_api

    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=_FLAGS)
        yield browser
        browser.close()


if __name__ == "__main__":
    raise SystemExit(main())
