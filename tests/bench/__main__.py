"""Run every measurement and print it: ``python -m tests.bench [section ...]``."""

import sys
import tempfile
from pathlib import Path

from tests.bench import acting_speed, page_speed, pixel_speed, store_speed, viewer_speed
from tests.bench.measure import show

SECTIONS = {
    "write": ("Writing and folding", store_speed.write_and_fold),
    "snapshot": ("The live snapshot", store_speed.snapshot_times),
    "pixel": ("From a commit to a pixel", pixel_speed.commit_to_pixel),
    "viewers": ("A thousand live viewers", viewer_speed.live_viewers),
    "acting": ("Acting on orders", acting_speed.acting),
    "pages": ("Each page in a browser", page_speed.page_speed),
}


def main(names: list[str]) -> None:
    """Measure the named sections, or all of them, on an embedded server of their own."""
    with tempfile.TemporaryDirectory(prefix="lifeline-bench-") as folder:
        for name in names or SECTIONS:
            title, section = SECTIONS[name]
            show(title, section(Path(folder) / "data"))


if __name__ == "__main__":
    main(sys.argv[1:])
