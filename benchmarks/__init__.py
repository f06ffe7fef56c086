"""Side by side with peers: how good, how coherent, how honest, how fast and how lean the layouts are.

    python -m benchmarks.series       trains the networks whose activations are measured, and keeps them
    python -m benchmarks.coherence    quality, coherence and honesty
    python -m benchmarks.layout       speed and memory

Run them from the repository's root, with the extras `tensorflow` and `benchmark` installed; each has --help and --quick.
"""
