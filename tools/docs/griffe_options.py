"""A griffe extension that lists the options of a function one by one if its source has `**options: Unpack[Options]`.

Griffe's own extension for this adds a second list of parameters, without descriptions.
"""

from __future__ import annotations

from typing import Any

import griffe

# Defaults of `UserPool` and `Auth`, which `cognito_async._client.config` fills in; all others are `None`.
DEFAULTS = {"retry": "RetryPolicy()", "timeout": "30.0", "max_connections": "100"}


class ListedOptions(griffe.Extension):
    """Replaces `**options` by the keys of its `TypedDict`."""

    def on_function(self, *, func: griffe.Function, **_: Any) -> None:
        """Replace the options of one function. Griffe calls this for each function, after it has loaded all modules."""
        for parameter in list(func.parameters):
            annotation = parameter.annotation
            is_unpacked = isinstance(annotation, griffe.ExprSubscript) and annotation.canonical_name == "Unpack"
            if parameter.kind is griffe.ParameterKind.var_keyword and is_unpacked:
                options = func.modules_collection[annotation.slice.canonical_path]
                del func.parameters[parameter.name]
                for name, attribute in options.all_members.items():
                    if attribute.is_attribute and name not in func.parameters:
                        func.parameters.add(_keyword(name, attribute, "Pool" in options.name))


def _keyword(name: str, attribute: Any, has_defaults: bool) -> griffe.Parameter:
    return griffe.Parameter(
        name,
        annotation=attribute.annotation,
        kind=griffe.ParameterKind.keyword_only,
        default=DEFAULTS.get(name, "None") if has_defaults else "...",
    )
