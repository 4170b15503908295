"""Writes protos/gen from protos/earshot: official stubs for the services, betterproto2 clients for the gateway.

Official stubs are made of the Open Inference Protocol as well, which the classifier serves.

`python -m protos.generate [OUTPUT]` (default protos/gen). Run by `make protos`; a test runs it into an empty folder
and compares.
"""

import os
import subprocess
import sys
from pathlib import Path

import grpc_tools

PROTOS = Path(__file__).resolve().parent
OPEN_INFERENCE = "inference/grpc_predict_v2.proto"
SERVICE_INIT = '"""Generated from protos/earshot by `make protos`. Never edited."""\n'
INFERENCE_INIT = '"""Generated from protos/third_party/inference by `make protos`. Never edited."""\n'


def sources() -> list[str]:
    """Every contract, relative to the protos folder, in a stable order."""
    return sorted(str(path.relative_to(PROTOS)) for path in (PROTOS / "earshot").rglob("*.proto"))


def includes() -> list[str]:
    """Where protoc looks for imports."""
    return [f"-I{PROTOS}", f"-I{PROTOS / 'third_party'}", f"-I{Path(grpc_tools.__file__).parent / '_proto'}"]


def generate(output: Path) -> None:
    """Generates everything below `output`. Raises SystemExit when a compiler refuses."""
    output.mkdir(parents=True, exist_ok=True)
    client = output / "earshot_client"
    client.mkdir(exist_ok=True)
    _official(output)
    _betterproto2(client)


def _official(output: Path) -> None:
    outputs = [f"--{plugin}_out={output}" for plugin in ("python", "grpc_python", "mypy", "mypy_grpc")]
    _run([*includes(), *outputs, *sources(), OPEN_INFERENCE])
    (output / OPEN_INFERENCE).with_name("__init__.py").write_text(INFERENCE_INIT, encoding="utf-8")
    for folder in {(output / source).parent for source in sources()}:
        for package in (folder, folder.parent, output / "earshot"):
            (package / "__init__.py").write_text(SERVICE_INIT, encoding="utf-8")


def _betterproto2(client: Path) -> None:
    options = [f"--python_betterproto2_out={client}", "--python_betterproto2_opt=client_generation=async"]
    _run([*includes(), *options, *sources()])


def _run(arguments: list[str]) -> None:
    """Plugins, and the ruff that one of them calls, are programs of this environment, so its folder leads the PATH.

    ruff takes its line length from the project it is called in, hence the working folder.
    """
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    environment = {**os.environ, "PATH": path}
    command = [sys.executable, "-m", "grpc_tools.protoc", *arguments]
    if subprocess.run(command, cwd=PROTOS, env=environment, capture_output=True, check=False).returncode:
        raise SystemExit("protoc refused the contracts: run it by hand to see why: " + " ".join(command))


if __name__ == "__main__":
    generate(Path(sys.argv[1]).resolve() if len(sys.argv) > 1 else PROTOS / "gen")
