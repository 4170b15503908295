"""Keeps the contracts as they were released: `make protos-baseline NAME=v1.2.0` writes protos/baselines/v1.2.0.binpb.

A baseline is a FileDescriptorSet without comments. Tests hold today's contracts against every one that is kept, so that
clients and servers of those releases still understand ours.
"""

import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

from protos.generate import PROTOS, includes, sources

BASELINES: Final = PROTOS / "baselines"


def descriptor_set() -> bytes:
    """Today's contracts with all they import. Raises CalledProcessError when protoc refuses them."""
    with tempfile.TemporaryDirectory() as folder:
        output = Path(folder) / "contracts.binpb"
        options = ["--include_imports", f"--descriptor_set_out={output}"]
        command = [sys.executable, "-m", "grpc_tools.protoc", *includes(), *options, *sources()]
        subprocess.run(command, cwd=PROTOS, check=True)
        return output.read_bytes()


def main() -> None:
    """Writes a baseline under the name that is given; one that is there is never replaced."""
    (name,) = sys.argv[1:]
    with (BASELINES / f"{name}.binpb").open("xb") as file:
        file.write(descriptor_set())


if __name__ == "__main__":
    main()
