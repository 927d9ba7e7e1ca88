"""Facts: what rules ask of whole rows, of other rows and of other tables, one boolean per row."""

from data_contracts.facts import (
    attendance,
    behaviour,
    date_order,
    movements,
    pupils,
    sen,
    shared,
    summary,
    suspensions,
)
from data_contracts.facts.shared import Fact

_MODULES = (shared, date_order, pupils, attendance, summary, behaviour, suspensions, sen, movements)
FACTS: dict[str, Fact] = {name: fact for module in _MODULES for name, fact in module.FACTS.items()}
