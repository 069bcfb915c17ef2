"""The registry's part of the `wirepact` command: a table that costs nothing to read.

The command finds it by this module's name; both distributions may be installed alone.
"""

from collections.abc import Mapping
from typing import Final

COMMANDS: Final[Mapping[str, tuple[str, str]]] = {
    "access": ("registry.cli.access:access", "Grant roles, and explain who may."),
    "apply": ("registry.cli.applying:apply", "Make a registry hold contracts."),
    "breaking": ("registry.cli.check:breaking", "Tell what a change breaks."),
    "check": ("registry.cli.check:check", "Check contracts before they are merged."),
    "config": ("registry.cli.config:config", "Show or change what a subject says."),
    "db": ("registry.cli.db:db", "Look after the database: level, backup, trash."),
    "delete": ("registry.cli.delete:delete", "Delete a version or a subject."),
    "derive": ("registry.cli.beginning:derive", "Derive a schema from messages."),
    "diff": ("registry.cli.diff:diff", "Show what is different between schemas."),
    "explain": ("registry.cli.explain:explain", "Tell all about a rule."),
    "export": ("registry.cli.export:export", "Write all of a registry into a file."),
    "get": ("registry.cli.get:get", "Show a schema."),
    "import": ("registry.cli.move_in:import_", "Bring in a file or another registry."),
    "lint": ("registry.cli.lint:lint", "Look at contracts: lint and policies."),
    "lock": ("registry.cli.lock:lock", "Write down what a registry has now."),
    "init": ("registry.cli.beginning:init", "Begin a project with contracts."),
    "mode": ("registry.cli.mode:mode", "Show or change what may be written."),
    "new": ("registry.cli.beginning:new", "Begin a contract."),
    "plan": ("registry.cli.plan:plan", "Say what `apply` would do."),
    "pull": ("registry.cli.pull:pull", "Write contracts as a registry has them."),
    "push": ("registry.cli.applying:push", "Make a registry hold one contract."),
    "register": ("registry.cli.register:register", "Register a schema."),
    "render": ("registry.cli.render:render", "Write contracts for other tools."),
    "restore": ("registry.cli.restore:restore", "Restore what was deleted."),
    "schema": ("registry.cli.schema:schema", "Print the schema of JSON reports."),
    "serve": ("registry.cli.serve:serve", "Start a registry."),
    "subjects": ("registry.cli.subjects:subjects", "List the subjects of a registry."),
    "test": ("registry.cli.trying:test", "Try the examples of contracts."),
    "token": ("registry.cli.token:token", "Make, list and revoke tokens."),
    "user": ("registry.cli.user:user", "Add, list and remove accounts."),
    "waive": ("registry.cli.waive:waive", "Accept a finding until a day."),
}
"""Name to where the command is defined, and one line about it."""
