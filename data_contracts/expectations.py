"""The one door to Great Expectations: a contract's rules compiled into a suite and run over a pandas frame.

Column rules become column expectations; rules about rows and other tables arrive as boolean columns, since
a foreign key written as "in a set of 50,000" costs seconds. Every failing row is reported, never a sample.
"""

import os
from functools import cache
from threading import Lock
from typing import Any

import numpy as np
import pandas as pd

os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")

import great_expectations as gx
from great_expectations.data_context.types.base import ProgressBarsConfig
from great_expectations.expectations import (
    ExpectColumnValuesToBeBetween,
    ExpectColumnValuesToBeInSet,
    ExpectColumnValuesToMatchRegex,
    ExpectColumnValuesToNotBeNull,
    ExpectTableRowCountToBeBetween,
)

from data_contracts.codes import code_set
from data_contracts.contract import Contract, Rule
from data_contracts.errors import Refused

_ONE_AT_A_TIME = Lock()  # the data context is shared and not made for threads


def fact_column(rule: Rule) -> str:
    """The boolean column a fact or readability rule is checked on (True: fine)."""
    return f"_fact_{rule.name}"


def compile_rule(rule: Rule) -> Any:
    """The expectation for one rule; Refused for a check this compiler does not know."""
    meta, column = {"rule": rule.name}, str(rule.column)
    match rule.check:
        case "present":
            return ExpectColumnValuesToNotBeNull(column=column, meta=meta)
        case "pattern":
            return ExpectColumnValuesToMatchRegex(column=column, regex=rule.parameters["pattern"], meta=meta)
        case "code_set":
            codes = list(code_set(rule.parameters["set"]).codes)
            return ExpectColumnValuesToBeInSet(column=column, value_set=codes, meta=meta)
        case "between":
            low, high = rule.parameters["minimum"], rule.parameters["maximum"]
            return ExpectColumnValuesToBeBetween(column=column, min_value=low, max_value=high, meta=meta)
        case "fact" | "readable" | "unique":
            return ExpectColumnValuesToBeInSet(column=fact_column(rule), value_set=[True], meta=meta)
        case "row_count":
            return ExpectTableRowCountToBeBetween(min_value=rule.parameters["minimum"], meta=meta)
    raise Refused(f"The rule {rule.name} asks for a check that can't be compiled: {rule.check}.")


@cache
def _batch_definition() -> Any:
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = ProgressBarsConfig(globally=False, metric_calculations=False)
    source = context.data_sources.add_pandas("extracts")
    return source.add_dataframe_asset("extract").add_batch_definition_whole_dataframe("whole")


def _holds_already(rule: Rule, frame: pd.DataFrame) -> bool:
    """A fact that is true of every row, and a rule about values of which there are none, hold without being
    run: each expectation costs about 20 ms whatever the number of rows."""
    column = rule.column
    if rule.computed and bool(frame[fact_column(rule)].all()):
        return True
    if rule.check not in ("code_set", "pattern", "between", "readable") or column not in frame:
        return False
    return bool(frame[column].isna().all()) and f"_unreadable_{column}" not in frame


def suite(contract: Contract) -> Any:
    """The contract as a Great Expectations suite (for documentation and for running)."""
    return gx.ExpectationSuite(
        name=contract.table, expectations=[compile_rule(rule) for rule in contract.rules]
    )


def run(contract: Contract, frame: pd.DataFrame, *, every: bool = False) -> dict[str, np.ndarray]:
    """Positions of the rows that break each rule (rules that hold are left out).

    `every`: run also the rules that are seen to hold beforehand; the answer is the same.

    `frame` has a plain 0…n-1 index, every column of the contract and a `fact_column` for every fact and
    readability rule. A row count rule that fails gives an empty array of positions. Raises RuntimeError when
    an expectation itself could not be computed: an unchecked rule must never look like a kept one.
    """
    with _ONE_AT_A_TIME:
        batch = _batch_definition().get_batch(batch_parameters={"dataframe": frame})
        asked = gx.ExpectationSuite(
            name=contract.table,
            expectations=[
                compile_rule(rule) for rule in contract.rules if every or not _holds_already(rule, frame)
            ],
        )
        results = batch.validate(asked, result_format="COMPLETE")
    broken: dict[str, np.ndarray] = {}
    for result in results.results:
        name = result.expectation_config.meta["rule"]
        if result.exception_info and result.exception_info.get("raised_exception"):
            raise RuntimeError(f"rule {name} of {contract.table} could not be computed")
        if not result.success:
            positions = result.result.get("unexpected_index_list")
            broken[name] = np.array(positions if positions is not None else [], dtype=np.int64)
    return broken
