"""What scikit-learn asks of an estimator besides its own work: parameters by name, a short text, tags."""

import inspect
from typing import Any, Self

from sfdfa_codegen.codegen.errors import ConfigError


class ParameterError(ConfigError, ValueError):
    """A parameter that is none, or a value that it may not have."""


class Parameters:
    """Parameters are the arguments of `__init__`, kept in attributes of the same names."""

    @classmethod
    def _defaults(cls) -> dict[str, Any]:
        arguments = inspect.signature(cls.__init__).parameters.values()
        return {argument.name: argument.default for argument in arguments if argument.name != "self"}

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """All parameters by name. deep: nothing here holds another estimator, so it makes no difference."""
        return {name: getattr(self, name) for name in self._defaults()}

    def set_params(self, **params: Any) -> Self:
        """Change parameters, for the next `fit`. Raises ParameterError for a name that is none."""
        known = self._defaults()
        for name in params:
            if name not in known:
                raise ParameterError(f"there is no parameter {name!r}; there are {', '.join(known)}")
        for name, value in params.items():
            setattr(self, name, value)
        return self

    def __repr__(self) -> str:
        defaults = self._defaults()
        changed = [f"{name}={value!r}" for name, value in self.get_params().items() if value != defaults[name]]
        return f"{type(self).__name__}({', '.join(changed)})"

    def __sklearn_tags__(self) -> Any:
        """Asked for by scikit-learn 1.6 and later, which is there then."""
        from sklearn.utils import ClassifierTags, InputTags, Tags, TargetTags

        return Tags(
            estimator_type="classifier",
            target_tags=TargetTags(required=True),
            classifier_tags=ClassifierTags(),
            input_tags=InputTags(),
        )
