"""What every demo does around its training: options, a folder for the run, layouts, TensorBoard."""

import argparse
import os
import sys
from pathlib import Path

from tb_embed_plugin.cli import main as tb_embed


def make_parser(script: str, description: str | None) -> argparse.ArgumentParser:
    """A parser of the options that all demos have."""
    parser = argparse.ArgumentParser(prog=f"demo/run {Path(script).stem}", description=description)
    parser.add_argument(
        "--logdir", default="logs", help="where runs are written; each gets a folder of its own (default: logs)"
    )
    parser.add_argument("--no-serve", action="store_true", help="stop before starting TensorBoard")
    parser.add_argument("--port", type=int, default=6006, help="TensorBoard's port (default: 6006)")
    return parser


def say(text: str) -> None:
    print(f"\n== {text}", flush=True)


def next_run(options: argparse.Namespace, name: str) -> Path:
    """A folder that no earlier run has used: digits-1, digits-2 and so on."""
    number = 1
    while (Path(options.logdir) / f"{name}-{number}").exists():
        number += 1
    return Path(options.logdir) / f"{name}-{number}"


def lay_out(run: Path, *layout_options: str) -> None:
    """Does what `tb-embed layout LOGDIR --run RUN …` does on the command line.

    Raises:
        SystemExit: It failed; it has said why.
    """
    arguments = ["layout", str(run.parent), "--run", run.name, *layout_options]
    say(f"tb-embed {' '.join(arguments)}")
    if status := tb_embed(arguments):
        raise SystemExit(status)


def serve(options: argparse.Namespace) -> None:
    """Becomes TensorBoard, unless that is not wanted."""
    command = [str(Path(sys.executable).parent / "tensorboard"), "--logdir", options.logdir, "--port", str(options.port)]
    if options.no_serve:
        say(f"Done. To look at it: {' '.join(command)}")
        return
    say(f"Open http://localhost:{options.port}/#training_evolution and press play (Ctrl-C ends)")
    os.execv(command[0], command)
