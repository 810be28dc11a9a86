"""Named stages: each step of a plan becomes a relation of its own name, so that it is computed once and can be read in the SQL."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import ibis
import ibis.expr.operations as ops
import ibis.expr.types as ir


@dataclass
class Stages:
    """Collects the steps of one plan in their order; a later step reads an earlier one as a table of its name.

    Without names an engine would be handed the steps pasted into each other, and those read twice computed twice.
    """

    steps: dict[str, ir.Table] = field(default_factory=dict)

    def put(self, name: str, step: ir.Table) -> ir.Table:
        """Name a step; what is given back stands for it in later steps."""
        self.steps[name] = step
        return ibis.table(step.schema(), name=name)


def needed(steps: Mapping[str, ir.Table], last: ir.Table) -> list[str]:
    """The steps that an expression reads, directly or through others, in their order."""
    wanted = _reads(last)
    for name in reversed(list(steps)):
        if name in wanted:
            wanted |= _reads(steps[name])
    return [name for name in steps if name in wanted]


def _reads(expression: ir.Table) -> set[str]:
    return {str(node.name) for node in expression.op().find(ops.UnboundTable)}
