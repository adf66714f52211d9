"""When a statement needs no running: the tables without whose rows its answer has none.

Most shops load a third of the reports there are, and planning a statement takes the engine longer than running it on a
small shop. So an expression over a report nobody loaded is answered without asking the engine.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import ibis.expr.types as ir

Conditions = frozenset[frozenset[str]]
"""Sets of table names: if all tables of one of the sets are empty, so is the answer."""

_NEVER: Conditions = frozenset()
_ADDS_NO_ROWS = ("Filter", "Project", "Sort", "Distinct", "Limit", "DropColumns", "DropNull", "FillNull", "TableUnnest")
_NEEDS_BOTH = ("inner", "cross", "semi")
_NEEDS_THE_FIRST = ("left", "anti")


def empty_if(expression: ir.Table) -> Conditions:
    """The conditions under which an expression has no rows; what is not understood is taken to have some."""
    return _of(expression.op(), {})


def is_empty(conditions: Iterable[Collection[str]], empty: Collection[str]) -> bool:
    """Whether one of the conditions holds, given the tables known to be empty."""
    return any(all(name in empty for name in names) for names in conditions)


def _of(op: Any, known: dict[Any, Conditions]) -> Conditions:
    if op not in known:
        known[op] = _least(_found(op, known))
    return known[op]


def _found(op: Any, known: dict[Any, Conditions]) -> Conditions:
    kind = type(op).__name__
    if kind == "UnboundTable":
        return frozenset({frozenset({op.name})})
    if kind in _ADDS_NO_ROWS or (kind == "Aggregate" and op.groups):
        return _of(op.parent, known)
    if kind in ("JoinReference", "SelfReference", "JoinTable"):
        return _of(op.parent, known)
    if kind == "Union":
        left, right = _of(op.left, known), _of(op.right, known)
        return frozenset(a | b for a in left for b in right)
    if kind == "JoinChain":
        return _join(op, known)
    return _NEVER


def _join(op: Any, known: dict[Any, Conditions]) -> Conditions:
    found = _of(op.first, known)
    for link in op.rest:
        if link.how in _NEEDS_BOTH:
            found |= _of(link.table, known)
        elif link.how not in _NEEDS_THE_FIRST:
            return _NEVER
    return found


def _least(conditions: Conditions) -> Conditions:
    """Without the conditions another one implies."""
    return frozenset(c for c in conditions if not any(other < c for other in conditions))
