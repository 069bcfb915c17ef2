"""Building functions out of source: what is done for each message has no loops over it.

A name of a schema enters the source as the literal of a text only, and everything else
by a name of ours in the functions' globals.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from wirepact.codecs.avro_model import Node, Types, definition, is_record, kind_of

# Python allows twenty nested blocks, and reading an array takes two.
MOST_NESTED = 4
MOST_LEVELS = 16
MOST_BRANCHES = 8

_NESTING = frozenset({"record", "error", "array", "map"})


class Source:
    """Lines of Python, and the values that they refer to."""

    def __init__(self, names: Mapping[str, Any]) -> None:
        self.names = dict(names)
        self._lines: list[str] = []
        self._last: list[str] = []
        self._indent = 0
        self._made = 0

    def add(self, *lines: str) -> None:
        self._lines.extend("    " * self._indent + line for line in lines)

    @contextmanager
    def block(self, head: str) -> Iterator[None]:
        self.add(head)
        self._indent += 1
        yield
        self._indent -= 1

    def fresh(self) -> str:
        """Return a name that nobody has."""
        self._made += 1
        return f"v{self._made}"

    def constant(self, value: Any) -> str:
        """Return a name for a value."""
        name = f"c{self.fresh()}"
        self.names[name] = value
        return name

    def table(self, functions: Sequence[str]) -> str:
        """Return a name for a tuple of functions, which need not be written yet."""
        name = f"t{self.fresh()}"
        self._last.append(f"{name} = ({''.join(f'{each}, ' for each in functions)})")
        return name

    def compiled(self) -> dict[str, Any]:
        """Return the functions that the source defines, beside the names."""
        code = compile("\n".join([*self._lines, *self._last]), "<avro>", "exec")
        exec(code, self.names)  # noqa: S102 - of our own making; see above
        return self.names


class Functions:
    """Which types are written out in place, and which are functions of their own."""

    def __init__(self, root: Node, types: Types) -> None:
        self._types = types
        self._uses = _uses(root, types)
        self._named: dict[int, str] = {}
        self._waiting: list[tuple[str, Node]] = []

    def of(self, node: Node) -> str:
        """Return the name of a type's function; it is to be written if it is new."""
        node = definition(node, self._types)
        name = self._named.get(id(node))
        if name is None:
            name = self._named[id(node)] = f"f{len(self._named)}"
            self._waiting.append((name, node))
        return name

    def is_apart(self, node: Node, nested: int, level: int) -> bool:
        """Say whether a type is better not written out where it is used."""
        is_far_in = nested >= MOST_NESTED or level >= MOST_LEVELS
        if is_far_in and (isinstance(node, list) or kind_of(node) in _NESTING):
            return True
        return is_record(node) and self._uses.get(node["name"]) != 1

    def write_all(self, write: Callable[[str, Node], None]) -> None:
        while self._waiting:
            write(*self._waiting.pop())


def _uses(root: Node, types: Types) -> dict[str, int]:
    """Count the places of each record; from inside itself is counted twice."""
    uses: dict[str, int] = {}
    waiting = [root]
    while waiting:
        node = definition(waiting.pop(), types)
        if is_record(node):
            name = node["name"]
            uses[name] = uses.get(name, 0) + 1
            if uses[name] == 1:
                waiting.extend(field["type"] for field in node["fields"])
        elif isinstance(node, list):
            waiting.extend(node)
        elif kind_of(node) == "array":
            waiting.append(node["items"])
        elif kind_of(node) == "map":
            waiting.append(node["values"])
    return uses
