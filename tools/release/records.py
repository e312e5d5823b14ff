"""What people say at each gate, typed; what nobody has said is unknown, and unknown forbids."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from synthcraft.graph.errors import InputError

Flag = Literal["yes", "no", "unknown"]
GateId = Literal["G0", "G1", "G2", "G3", "G4", "G5", "G6"]
_MOST = 500
"""Characters of a value: a reference or a sentence, no document."""


class Said(BaseModel):
    """Base of the records below; every field is empty or unknown until somebody fills it."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_max_length=_MOST)


class Intake(Said):
    """G0: by what right the real data are here, and what may be done with them."""

    custodian: str = ""
    legal_basis: str = ""
    ethics_ref: str = ""
    classification: str = ""
    synthesis_allowed: Flag = "unknown"
    llm_egress: Flag = "unknown"
    """Whether a language model outside may be sent anything about them."""
    derivative_models: Flag = "unknown"
    public_release: Flag = "unknown"


class Roles(Said):
    """G1: whether a person looked at what the roles of columns cannot show."""

    free_text: Flag = "unknown"
    """`yes`: reviewed. So for the two below."""
    dates: Flag = "unknown"
    geography: Flag = "unknown"
    unit: str = ""
    """Who or what a row is about."""


class PlanSigned(Said):
    """G2: whether a person stands for the plan."""

    signed: Flag = "unknown"


class NothingSaid(Said):
    """G3, G4, G5: the project, the results and the release itself say everything."""


class After(Said):
    """G6: what holds after a release."""

    contact: str = ""
    incident_route: str = ""
    withdrawal_route: str = ""
    retest: str = ""
    """When it is tested again: a date, or what sets it off."""


RECORDS: dict[GateId, type[Said]] = {
    "G0": Intake,
    "G1": Roles,
    "G2": PlanSigned,
    "G3": NothingSaid,
    "G4": NothingSaid,
    "G5": NothingSaid,
    "G6": After,
}


def checked(gate: str, words: dict[str, str]) -> tuple[GateId, dict[str, str]]:
    """A gate with what was said at it, if it asks for that.

    Raises:
        InputError: there is no such gate or field, or a flag is neither yes, no nor unknown.
    """
    found = next((name for name in RECORDS if name == gate.upper()), None)
    if found is None:
        raise InputError(f"There is no gate {gate[:20]!r}.", f"Gates are {', '.join(RECORDS)}.")
    fields = tuple(RECORDS[found].model_fields)
    if not fields or not words:
        what = f"Its fields are {', '.join(fields)}." if fields else "It follows from the project."
        raise InputError(f"Nothing can be set at {found} this way.", what)
    try:
        RECORDS[found].model_validate(words)
    except ValidationError as error:
        fault = error.errors()[0]
        name = str(fault["loc"][0])
        unknown = fault["type"] == "extra_forbidden"
        why = f"{found} has no field {name!r}" if unknown else f"{name}: {fault['msg']}"
        raise InputError(f"{why}.", f"Its fields are {', '.join(fields)}.") from None
    return found, words
