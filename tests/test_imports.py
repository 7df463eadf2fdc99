"""imports: nothing heavy before it is needed, and every name that is offered exists."""

from __future__ import annotations

import ast
import importlib
import subprocess
import sys
from pathlib import Path

import pytest

import darknet
from conftest import ENGINE_MODULES, ROOT

HEAVY = (
    "numpy", "torch", "openvino", "onnx", "onnxruntime", "safetensors", "matplotlib", "PIL",
    "rich", "requests", "filelock", "numba",
)  # fmt: skip
PACKAGE = Path(darknet.__file__).parent
SOURCES = {
    ".".join(("darknet", *path.relative_to(PACKAGE).with_suffix("").parts)).removesuffix(
        ".__init__"
    ): path
    for path in sorted(PACKAGE.rglob("*.py"))
}
LOWER_HALF = (
    "errors",
    "files",
    "cfg",
    "options",
    "tree",
    "names",
    "vocabulary",
    "manifest",
    "labelled",
    "layers",
    "network",
    "table",
    "sections",
)


def heavy_after(code: str) -> list[str]:
    """The heavy modules that a fresh interpreter has once it ran `code`."""
    ask = f"import sys; print('\\n' + ' '.join(m for m in {HEAVY!r} if m in sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", f"{code}\n{ask}"], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()[-1].split()


def command(*arguments: str) -> str:
    return f"from darknet.cli import main; assert main({list(arguments)!r}) == 0"


def test_what_is_heavy_is_seen():
    assert heavy_after("import numpy, PIL") == ["numpy", "PIL"]


def test_importing_darknet_imports_nothing_heavy():
    assert heavy_after("import darknet; darknet.__version__, darknet.CfgError, dir(darknet)") == []


@pytest.mark.parametrize("module", LOWER_HALF)
def test_the_lower_half_imports_nothing_heavy(module):
    assert heavy_after(f"import darknet.{module}") == []


@pytest.mark.parametrize("name", ["Cfg", "Data", "Network"])
def test_reading_a_cfg_imports_nothing_heavy(name):
    assert heavy_after(f"import darknet; darknet.{name}") == []


@pytest.mark.parametrize(
    "arguments",
    [
        ("--help",),
        ("--version",),
        ("summary", "cfg/tiny.cfg"),
        ("summary", "--json", "cfg/tiny.cfg"),
        ("summary", "--help"),
        ("classify", "--help"),
        ("ops", "cfg/tiny.cfg"),
        ("export", "--help"),
        ("denormalize", "--help"),
        ("import", "--help"),
        ("pull", "--help"),
        ("cache", "--help"),
        ("cache", "list"),
        ("models",),
        ("models", "--compare", "--json"),
        ("models", "tiny"),
        ("speed", "--help"),
        ("visualize", "--help"),
        ("classifier", "valid", "--help"),
        ("help",),
        ("help", "convolutional"),
    ],
    ids=" ".join,
)
def test_a_light_command_imports_nothing_heavy(arguments):
    assert heavy_after(command(*arguments)) == []


def test_a_refused_cfg_imports_nothing_heavy():
    code = "from darknet.cli import main; assert main(['summary', 'no.cfg']) == 2"
    assert heavy_after(code) == []


def test_every_name_that_darknet_offers_exists():
    assert len(set(darknet.__all__)) == len(darknet.__all__)
    for name in darknet.__all__:
        assert getattr(darknet, name) is not None, name
    assert dir(darknet) == sorted(darknet.__all__)


def test_every_error_is_offered():
    from darknet import errors

    found = {name for name in vars(errors) if name.endswith("Error")}
    assert found <= set(darknet.__all__)
    assert all(issubclass(getattr(errors, name), errors.DarknetError) for name in found)


def test_a_name_that_darknet_lacks_is_an_attribute_error():
    with pytest.raises(AttributeError, match="module 'darknet' has no attribute 'laod'"):
        _ = darknet.laod


@pytest.mark.parametrize("module", SOURCES)
def test_every_module_has_a_docstring_and_so_does_every_class_and_public_function(module):
    tree = ast.parse(SOURCES[module].read_text(encoding="utf-8"))
    assert ast.get_docstring(tree)
    for node in tree.body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef) and not node.name.startswith("_"):
            assert ast.get_docstring(node), f"{module}.{node.name}"


@pytest.mark.parametrize("module", [name for name in SOURCES if not name.endswith("__main__")])
def test_every_name_that_a_module_offers_exists(module):
    try:
        found = importlib.import_module(module)
    except ModuleNotFoundError as missing:
        if missing.name not in {*ENGINE_MODULES.values(), "onnx", "numba"}:
            raise
        pytest.skip(f"{missing.name} is not installed")
    offered = getattr(found, "__all__", ())
    assert len(set(offered)) == len(offered)
    assert [name for name in offered if not hasattr(found, name)] == []


def test_the_package_says_that_it_is_typed():
    assert (PACKAGE / "py.typed").exists()
