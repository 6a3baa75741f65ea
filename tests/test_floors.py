"""The house: a module imports from its own folder and from lower floors only, and at its top."""

import ast
from importlib.util import find_spec, resolve_name
from functools import cache
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[1] / "src" / "chainrule"
FLOORS = {
    0: ["core"],
    1: ["ops"],
    2: ["calculus", "simplify", "matrix", "syntax", "compiling", "numeric", "show"],
    3: ["derivation"],
    4: ["checking", "catalogue", "training"],
    5: ["exercises", "explain"],
    6: ["cli", "web", "__init__", "__main__"],
}
FLOOR = {name: floor for floor, names in FLOORS.items() for name in names}
DOORS = set(FLOORS[6])  # they load the engine when it is first asked for
OPTIONAL = {"jax", "torch", "matplotlib", "scipy", "contourpy"}  # imported where they are used, if they are there


def is_lazy(node):
    """Whether a statement names a module that is loaded later: `steps = lazy(__package__, ".steps")`."""
    return isinstance(node, ast.Assign) and isinstance(node.value, ast.Call) and ast.unparse(node.value.func) == "lazy"


@cache
def parsed(file):
    return ast.parse(file.read_text(encoding="utf-8"))


def imported(node, file):
    """The absolute names of the modules that an import statement brings in, or names to be loaded later."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    folder = ("chainrule", *file.relative_to(SOURCE).parts[:-1])
    if is_lazy(node):
        return [resolve_name(ast.literal_eval(node.value.args[1]), ".".join(folder))]
    base = ".".join([*folder[: len(folder) - node.level + 1], node.module or ""] if node.level else [node.module])
    return [f"{base.rstrip('.')}.{alias.name}" for alias in node.names]


@pytest.mark.parametrize("file", sorted(SOURCE.rglob("*.py")), ids=lambda file: str(file.relative_to(SOURCE)))
def test_imports_point_down_and_stand_at_the_top(file):
    tree = parsed(file)
    home = file.relative_to(SOURCE).parts[0].removesuffix(".py")
    for node in ast.walk(tree):
        if isinstance(node, (ast.Import, ast.ImportFrom)) or is_lazy(node):
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


@pytest.mark.parametrize("file", sorted(SOURCE.rglob("*.py")), ids=lambda file: str(file.relative_to(SOURCE)))
def test_what_is_loaded_later_is_there_and_named_at_the_top(file):
    tree = ast.parse(file.read_text(encoding="utf-8"))
    calls = [n for n in ast.walk(tree) if isinstance(n, ast.Call) and ast.unparse(n.func).rpartition(".")[2] in ("lazy", "Lazy")]
    stated = [node for node in tree.body if is_lazy(node)]
    assert len(calls) == len(stated), "lazy(…) is assigned to a name, at the top"
    for node in stated:
        package, name = node.value.args
        assert ast.unparse(package) == "__package__" and find_spec(*imported(node, file))


# ---------------------------------------------------------------- what every module keeps to

FILES = sorted(SOURCE.rglob("*.py"))
VAGUE = {"utils", "util", "common", "helpers", "misc", "base", "tools"}
LONGEST = 500  # lines; from 400 on a file has probably two ideas
# Parts of one machine that are many files behind one door, each reached from outside through few names.
PARTS = {
    "checking/backward", "checking/causes", "checking/formulas", "checking/subjects", "checking/working", "compiling/c", "compiling/rows", "compiling/structured", "derivation/breaks", "derivation/objects", "explain/convexity",
    "explain/critical", "explain/curvature", "explain/descent", "explain/diagnosis", "explain/forecast", "explain/gallery", "explain/models", "explain/network",
    "syntax/frameworks", "syntax/latex",
    "syntax/tracing",
}  # fmt: skip


def test_every_folder_has_its_floor_and_only_the_large_machines_have_parts():
    folders = {path.parent.relative_to(SOURCE).as_posix() for path in FILES} - {"."}
    assert {folder for folder in folders if "/" in folder} == PARTS
    assert {folder for folder in folders if "/" not in folder} <= set(FLOOR)
    assert {path.stem for path in SOURCE.glob("*.py")} <= DOORS


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(SOURCE)))
def test_a_module_says_what_it_is_and_is_one_idea(file):
    text = file.read_text(encoding="utf-8")
    tree = parsed(file)
    assert (ast.get_docstring(tree) or "").strip(), "a module opens with what it is"
    assert file.stem not in VAGUE
    assert len(text.splitlines()) <= LONGEST
    calls = {node.func.id for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)}
    runs = {"exec"} if file.parent.name == "compiling" else set()  # of the programs that are written there
    assert not calls & {"print", "eval", "exec", "breakpoint"} - runs
    assert not [word for word in ("TODO", "FIXME", "XXX") if word in text]


@pytest.mark.parametrize("part", sorted(PARTS))
def test_a_part_is_entered_by_its_door(part):
    """Other machines import what the part's `__init__` offers, and nothing from behind it."""
    machine, name = part.split("/")
    behind = {path.stem for path in (SOURCE / part).glob("*.py")} - {"__init__"}
    for file in FILES:
        if file.relative_to(SOURCE).parts[0] != machine:
            for node in ast.walk(parsed(file)):
                if isinstance(node, (ast.Import, ast.ImportFrom)):
                    for path in [brought.split(".") for brought in imported(node, file)]:
                        entered = path[:3] == ["chainrule", machine, name] and len(path) > 4 and path[3] in behind
                        assert not entered, f"{file.relative_to(SOURCE)}, line {node.lineno}: {'.'.join(path)}"
