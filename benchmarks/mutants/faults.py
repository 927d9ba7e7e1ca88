"""Small faults in a piece of Python: what could be wrong with each comparison, constant, guard, filter and return."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass

OTHER_WAY: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In,
}  # fmt: skip
GUARDING = ("check", "require", "guard", "refuse", "same_site", "forbid", "to_take_away")
"""How functions are called that raise where something must not be."""
FILTERING = ("where", "filter", "filter_by", "having")
LONGEST_WORD = 40
EMPTY = {
    "bool": "False", "str": "''", "int": "0", "float": "0.0", "list": "[]", "tuple": "()", "dict": "{}",
    "set": "set()", "frozenset": "frozenset()",
}  # fmt: skip
ANNOTATIONS = ("annotation", "returns", "decorator_list", "bases", "type_params")


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault: where it stands, what is there, and what stands there instead. Offsets count bytes."""

    file: str
    function: str
    kind: str
    line: int
    start: int
    end: int
    was: str
    becomes: str

    @property
    def change(self) -> str:
        """The fault in words a person finds again, whatever line it has moved to."""
        return f"{self.was} -> {self.becomes}"

    def applied(self, source: bytes) -> bytes:
        """The file with this fault in it."""
        return source[: self.start] + self.becomes.encode() + source[self.end :]


@dataclass(frozen=True, slots=True)
class _Place:
    """A node with those above it, nearest last."""

    node: ast.AST
    above: tuple[ast.AST, ...]

    @property
    def parent(self) -> ast.AST:
        return self.above[-1]

    def function(self) -> ast.FunctionDef | ast.AsyncFunctionDef | None:
        held = [node for node in self.above if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
        return held[-1] if held else None

    def name(self) -> str:
        named = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
        return ".".join(node.name for node in self.above if isinstance(node, named)) or "(module)"


Found = tuple[str, ast.expr | ast.stmt, str]
"""Kind, the node that is replaced, and the text that takes its place."""


def faults(file: str, source: bytes) -> list[Fault]:
    """Every fault this file could have, in the order of its text."""
    starts, text = [0], source.decode()
    for line in source.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    made = []
    for place in _places(ast.parse(text), ()):
        for kind, node, becomes in _of(place):
            start = starts[node.lineno - 1] + node.col_offset
            end = starts[(node.end_lineno or node.lineno) - 1] + (node.end_col_offset or 0)
            was = " ".join(source[start:end].decode().split())
            made.append(Fault(file, place.name(), kind, node.lineno, start, end, was, becomes))
    return sorted(dict.fromkeys(made), key=lambda fault: (fault.start, fault.end, fault.becomes))


def _places(node: ast.AST, above: tuple[ast.AST, ...]) -> Iterator[_Place]:
    """Everything that does something: types, decorators, docstrings, messages and assertions don't count."""
    for name, value in ast.iter_fields(node):
        if name in ANNOTATIONS:
            continue
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST) and not _silent(child):
                yield _Place(child, (*above, node))
                yield from _places(child, (*above, node))


def _silent(node: ast.AST) -> bool:
    said = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    typed = (
        isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name) and node.value.id == "Literal"
    )
    return (
        said
        or typed
        or isinstance(node, ast.Raise | ast.Assert | ast.JoinedStr | ast.Import | ast.ImportFrom)
    )


def _of(place: _Place) -> Iterator[Found]:
    yield from _comparisons(place.node)
    yield from _constants(place)
    yield from _guards(place.node)
    yield from _filters(place.node)
    yield from _returns(place)


def _comparisons(node: ast.AST) -> Iterator[Found]:
    if isinstance(node, ast.Compare):
        for number, operator in enumerate(node.ops):
            swapped = [*node.ops[:number], OTHER_WAY[type(operator)](), *node.ops[number + 1 :]]
            yield "comparison", node, _text(ast.Compare(node.left, swapped, node.comparators))
    elif isinstance(node, ast.BoolOp):
        other = ast.Or() if isinstance(node.op, ast.And) else ast.And()
        yield "comparison", node, _text(ast.BoolOp(other, node.values))
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not | ast.Invert):
        yield "comparison", node, _text(node.operand)


def _constants(place: _Place) -> Iterator[Found]:
    node = place.node
    if isinstance(node, ast.Constant):
        value = node.value
        if isinstance(value, bool):
            yield "constant", node, repr(not value)
        elif isinstance(value, int | float):
            yield "constant", node, repr(value + 1)
        elif isinstance(value, str) and _is_word(value) and _decides(place):
            yield "constant", node, repr(f"{value}_")
    elif isinstance(node, ast.Set | ast.Tuple | ast.List) and len(node.elts) > 1 and _is_a_set(place):
        for left_out in node.elts:
            kept = [one for one in node.elts if one is not left_out]
            yield "constant", node, _text(ast.Set(kept) if isinstance(node, ast.Set) else ast.Tuple(kept))


def _is_word(value: str) -> bool:
    return bool(value) and len(value) <= LONGEST_WORD and not any(sign.isspace() for sign in value)


def _decides(place: _Place) -> bool:
    """A word something is compared with or looked up by: the name of a column elsewhere only breaks what reads it."""
    parent = place.parent
    if isinstance(parent, ast.Call):
        name = parent.func.attr if isinstance(parent.func, ast.Attribute) else getattr(parent.func, "id", "")
        return name in ("get", "getattr", "startswith", "endswith")
    return isinstance(parent, ast.Compare) or (isinstance(parent, ast.Dict) and place.node in parent.values)


def _is_a_set(place: _Place) -> bool:
    """A row of names in which one could be missing, and no pair or record of things that belong together."""
    node, parent = place.node, place.parent
    if isinstance(node, ast.Set):
        return True
    if not isinstance(getattr(node, "ctx", None), ast.Load):
        return False
    target = parent.targets[0] if isinstance(parent, ast.Assign) else None
    named = isinstance(target, ast.Name) and target.id != "__all__"
    return named or isinstance(parent, ast.Dict | ast.Compare)


def _guards(node: ast.AST) -> Iterator[Found]:
    if isinstance(node, ast.If) and not node.orelse and len(node.body) == 1:
        if isinstance(node.body[0], ast.Raise | ast.Return | ast.Continue):
            yield "guard", node.test, "False"
    elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
        called = node.value.func
        name = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")
        if name.lstrip("_").startswith(GUARDING):
            yield "guard", node, "None"


def _filters(node: ast.AST) -> Iterator[Found]:
    if isinstance(node, ast.comprehension):
        for condition in node.ifs:
            yield "filter", condition, "True"
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in FILTERING:
        for left_out in node.args:
            kept = [one for one in node.args if one is not left_out]
            left = ast.Call(node.func, kept, node.keywords) if kept or node.keywords else node.func.value
            yield "filter", node, _text(left)
    elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitAnd | ast.BitOr) and _masks(node):
        yield "filter", node, _text(node.left)
        yield "filter", node, _text(node.right)
    elif isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Load) and _is_mask(node.slice):
        yield "filter", node, _text(node.value)


def _masks(node: ast.BinOp) -> bool:
    return any(_is_mask(side) for side in (node.left, node.right))


def _is_mask(node: ast.AST) -> bool:
    """A condition on rows, as far as its text tells."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitAnd | ast.BitOr):
        return _masks(node)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Invert):
        return True
    asked = ("isna", "notna", "isin", "between", "duplicated", "is_null", "in_", "not_in", "is_", "is_not")
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        return node.func.attr in asked
    return isinstance(node, ast.Compare)


def _returns(place: _Place) -> Iterator[Found]:
    node, function = place.node, place.function()
    if not isinstance(node, ast.Return) or node.value is None or function is None or function.returns is None:
        return
    kind = ast.unparse(function.returns)
    if kind == "bool":
        yield "return", node.value, _text(ast.UnaryOp(ast.Not(), node.value))
        return
    empty = "None" if kind.endswith("| None") else EMPTY.get(kind.split("[")[0])
    if empty is not None and ast.unparse(node.value) != empty:
        yield "return", node.value, empty


def _text(node: ast.expr) -> str:
    return f"({ast.unparse(node)})"
