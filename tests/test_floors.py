"""The house: a module imports from its own folder and from lower floors only, and at its top."""

import ast
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[1] / "src" / "chainrule"
FLOORS = {
    0: ["core"],
    1: ["ops"],
    2: ["calculus", "simplify", "matrix", "syntax", "compile", "numeric"],
    3: ["derivation"],
    4: ["check", "explain", "exercises", "catalogue"],
    5: ["show"],
    6: ["cli", "web", "__init__", "__main__"],
}
FLOOR = {name: floor for floor, names in FLOORS.items() for name in names}
DOORS = set(FLOORS[6])  # they load the engine when it is first asked for
OPTIONAL = {"jax", "torch", "matplotlib"}  # imported where they are used, if they are there


def imported(node, file):
    """The absolute names of the modules that an import statement brings in."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    folder = ("chainrule", *file.relative_to(SOURCE).parts[:-1])
    base = ".".join([*folder[: len(folder) - node.level + 1], node.module or ""] if node.level else [node.module])
    return [f"{base.rstrip('.')}.{alias.name}" for alias in node.names]


@pytest.mark.parametrize("file", sorted(SOURCE.rglob("*.py")), ids=lambda file: str(file.relative_to(SOURCE)))
def test_imports_point_down_and_stand_at_the_top(file):
    tree = ast.parse(file.read_text(encoding="utf-8"))
    home = file.relative_to(SOURCE).parts[0].removesuffix(".py")
    for node in ast.walk(tree):
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            for name in imported(node, file):
                parts = name.split(".")
                if parts[0] == "chainrule" and len(parts) > 1:
                    other = parts[1] if parts[1] in FLOOR else "__init__"
                    down = other == home or FLOOR[other] < FLOOR[home] or {other, home} <= DOORS
                    assert down, f"line {node.lineno}: {home} imports {name}"
                at_top = node in tree.body or parts[0] in OPTIONAL or home in DOORS or only_for_types(tree, node)
                assert at_top, f"line {node.lineno}: {name} is imported inside a function"


def only_for_types(tree, node):
    """Whether an import stands under `if TYPE_CHECKING:`."""
    guards = [top for top in tree.body if isinstance(top, ast.If) and ast.unparse(top.test).endswith("TYPE_CHECKING")]
    return any(node in guard.body for guard in guards)
