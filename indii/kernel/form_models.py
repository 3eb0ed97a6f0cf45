"""Forms as Pydantic models: every field is read, and all that is wrong is said at once.

A model's validators are the rules that commands enforce anyway; commands still decide, because a
form is not the only way to them.
"""

from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, ValidationError
from pydantic_core import PydanticCustomError

from indii.kernel.errors import IndiiError, InvalidForm

MAX_TEXT = 20_000


class FormModel(BaseModel):
    """What a form sends, by field name; what it does not name is left out."""

    model_config = ConfigDict(frozen=True, extra="ignore", str_max_length=MAX_TEXT)


Form = TypeVar("Form", bound=FormModel)


@contextmanager
def field_error() -> Generator[None]:
    """Turn a refusal inside a validator into that field's error."""
    try:
        yield
    except IndiiError as error:
        raise PydanticCustomError("refused", "{refusal}", {"refusal": error}) from error


def reads(rule: Callable[[str], Any]) -> BeforeValidator:
    """Read a field's text with a rule before its type is checked."""

    def read(value: Any) -> Any:
        with field_error():
            return rule(value) if isinstance(value, str) else value

    return BeforeValidator(read)


def follows(rule: Callable[[Any], Any]) -> AfterValidator:
    """Hold a field to a rule that returns what is kept."""

    def check(value: Any) -> Any:
        with field_error():
            return rule(value)

    return AfterValidator(check)


def _is_ticked(text: str) -> bool:
    return text == "yes"


Ticked = Annotated[bool, reads(_is_ticked)]
"""A box: its field says `yes`, or is not sent at all."""


def read_form(model: type[Form], form: Mapping[str, Any]) -> Form:
    """Return the form as its model.

    Raises:
        IndiiError: the rule's own, where one field cannot be taken.
        InvalidForm: with a sentence for each of several.
    """
    try:
        return model.model_validate(dict(form))
    except ValidationError as error:
        refusals = _refusals(error)
        if len(refusals) == 1:
            raise next(iter(refusals.values())) from error
        raise InvalidForm({name: found.message for name, found in refusals.items()}) from error


def _refusals(error: ValidationError) -> dict[str, IndiiError]:
    """Return the first refusal of each field, in the model's order."""
    found: dict[str, IndiiError] = {}
    for entry in error.errors(include_url=False, include_input=False):
        place = str(entry["loc"][0]) if entry["loc"] else "form"
        refusal = (entry.get("ctx") or {}).get("refusal")
        if not isinstance(refusal, IndiiError):
            refusal = IndiiError("This could not be read. Check it and try again.", field=place)
        found.setdefault(refusal.field or place, _on(refusal, place))
    return found


def _on(refusal: IndiiError, place: str) -> IndiiError:
    """Return the refusal, which stands at the field it was made for."""
    refusal.field = refusal.field or place
    return refusal
