"""What the public headers declare."""

import pathlib
import re

HEADERS = pathlib.Path(__file__).resolve().parents[2] / "runtime" / "include" / "hinge"


def declared(*headers):
    """The names of the functions of these headers."""
    names = set()
    for header in headers:
        text = (HEADERS / header).read_text()
        text = re.sub(r"/\*.*?\*/|^#.*?[^\\]$|\btypedef\b[^;{]*;", "", text, flags=re.S | re.M)
        names |= set(re.findall(r"\b(hinge_\w+)\(", text))
    assert len(names) > 30, names
    return names
