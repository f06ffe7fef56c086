"""Texts for the demos, by class: a CSV file in the layout class, title, text, or the docstrings of installed packages."""

import argparse
import ast
import csv
import importlib.util
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

AG_NEWS = ("World", "Sports", "Business", "Sci/Tech")
PACKAGES = ("numpy", "scipy", "sklearn", "keras")

_WORD = re.compile(r"[a-z]{2,}")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Texts:
    """Texts as words.

    Attributes:
        titles: One line to show of each text.
        words: Its words, title included: lower case, letters only.
        labels: int64, shape (n_texts,); index into `class_names`.
        class_names: Names of the classes.
    """

    titles: list[str]
    words: list[list[str]]
    labels: NDArray[np.int64]
    class_names: list[str]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds --data, --class-names and --per-class."""
    parser.add_argument(
        "--data",
        metavar="FILE.csv",
        help="rows of class (1 and on), title, text, as AG News and DBpedia have them "
        f"(default: docstrings of {', '.join(PACKAGES)}; a package is a class)",
    )
    parser.add_argument("--class-names", metavar="NAME,NAME", help="names for the classes (default for four: AG News')")
    parser.add_argument("--per-class", type=int, default=2000, help="texts of each class at most (default: 2000)")


def load(options: argparse.Namespace) -> tuple[str, Texts]:
    """Returns the data's name and the texts; of each class the first that there are."""
    if options.data is None:
        return "docstrings", _load_docstrings(options.per_class)
    return Path(options.data).stem, _load_csv(options.data, options.per_class, options.class_names)


def count_words(texts: Texts) -> Counter[str]:
    return Counter(word for words in texts.words for word in words)


def _load_csv(path: str, per_class: int, class_names: str | None) -> Texts:
    titles, words, labels = [], [], []
    room: Counter[int] = Counter()
    with open(path, newline="", encoding="utf-8") as file:
        for label, title, text in csv.reader(file):
            room[int(label)] += 1
            if room[int(label)] <= per_class:
                titles.append(title)
                # AG News has a backslash where its source had the end of a line.
                words.append(_WORD.findall(f"{title} {text}".replace("\\", " ").lower()))
                labels.append(int(label) - 1)
    n_classes = max(labels) + 1
    names = class_names.split(",") if class_names else AG_NEWS if n_classes == len(AG_NEWS) else range(1, n_classes + 1)
    return Texts(titles=titles, words=words, labels=np.array(labels), class_names=[str(name) for name in names])


def _load_docstrings(per_class: int) -> Texts:
    titles, words, labels = [], [], []
    for label, package in enumerate(PACKAGES):
        for name, docstring in islice(_read_docstrings(package), per_class):
            titles.append(name)
            # Its own name would give a package away.
            words.append([word for word in _WORD.findall(docstring.lower()) if word not in PACKAGES])
            labels.append(label)
    return Texts(titles=titles, words=words, labels=np.array(labels), class_names=list(PACKAGES))


def _read_docstrings(package: str) -> Iterator[tuple[str, str]]:
    """Yields name and docstring of what a package defines, read from its sources: nothing is imported."""
    spec = importlib.util.find_spec(package)
    if spec is None or spec.origin is None:
        raise SystemExit(f"The package {package} is not installed. Give texts of your own: --data FILE.csv.")
    seen = set()
    for path in sorted(Path(spec.origin).parent.rglob("*.py")):
        if "tests" in path.parts:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.ClassDef):
                docstring = ast.get_docstring(node)
                # A sentence says little; copies say nothing new.
                if docstring and len(docstring) > 200 and docstring not in seen:
                    seen.add(docstring)
                    yield f"{path.stem}.{node.name}", docstring


def main_classes(texts: Texts, vocabulary: list[str]) -> list[str]:
    """The class in which each word is most at home: where it has more than half of its uses, else "any".

    Classes are weighed equally, however much text each has.
    """
    index = {word: i for i, word in enumerate(vocabulary)}
    uses = np.zeros((len(texts.class_names), len(vocabulary)))
    for label, words in zip(texts.labels, texts.words, strict=True):
        for word in words:
            if word in index:
                uses[label, index[word]] += 1
    uses /= np.maximum(1, uses.sum(axis=1, keepdims=True))
    share = uses / uses.sum(axis=0)
    return [texts.class_names[best] if top > 0.5 else "any" for best, top in zip(share.argmax(0), share.max(0), strict=True)]
