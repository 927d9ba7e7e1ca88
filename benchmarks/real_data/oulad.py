"""Open University enrolments as of a day in the course, from its tables: who will fail?

A submission record is much like attendance: what was due so far, what came, how late, how good.
"""

from pathlib import Path

import numpy as np
import pandas as pd

AS_OF_DAY = 100


def enrolments(folder: Path) -> pd.DataFrame:
    """One row per enrolment with what was known on day 100: background, registration, submissions so far."""
    info = pd.read_csv(folder / "studentInfo.csv", dtype={"id_student": str})
    registered = pd.read_csv(folder / "studentRegistration.csv", dtype={"id_student": str})
    keys = ["code_module", "code_presentation", "id_student"]
    rows = info.merge(registered[[*keys, "date_registration"]], on=keys, how="left")
    rows = rows.merge(_submissions(folder, rows[keys]), on=keys, how="left")
    rows["fail"] = (rows["final_result"] == "Fail").astype(int).astype(str)
    rows["imd"] = rows["imd_band"].str.extract(r"^(\d+)", expand=False)
    rows["age"] = rows["age_band"].map({"0-35": 0, "35-55": 1, "55<=": 2})
    rows["education"] = rows["highest_education"].map(
        {
            "No Formal quals": 0, "Lower Than A Level": 1, "A Level or Equivalent": 2,
            "HE Qualification": 3, "Post Graduate Qualification": 4,
        }
    )  # fmt: skip
    return rows


def _submissions(folder: Path, enrolled: pd.DataFrame) -> pd.DataFrame:
    """Per enrolment: share of due work handed in, days late, marks, the latest of each."""
    due = pd.read_csv(folder / "assessments.csv")
    due = due[due["date"] <= AS_OF_DAY]
    sent = pd.read_csv(folder / "studentAssessment.csv", dtype={"id_student": str})
    sent = sent[sent["date_submitted"] <= AS_OF_DAY]
    every = enrolled.merge(due, on=["code_module", "code_presentation"])
    every = every.merge(sent, on=["id_assessment", "id_student"], how="left").sort_values("date")
    every["came"] = every["score"].notna().astype(float)
    every["late"] = every["date_submitted"] - every["date"]
    every["score"] = pd.to_numeric(every["score"], errors="coerce")
    every["weighted"] = every["weight"] * every["score"]
    grouped = every.groupby(["code_module", "code_presentation", "id_student"])
    table = grouped.agg(
        handed_in=("came", "mean"), missed=("came", lambda came: float((came == 0).sum())),
        last_came=("came", "last"), mean_late=("late", "mean"), most_late=("late", "max"),
        mean_score=("score", "mean"), lowest_score=("score", "min"), banked=("is_banked", "sum"),
    )  # fmt: skip
    table["last_score"] = grouped["score"].last()
    first = grouped["score"].first()
    table["score_change"] = np.where(table["last_score"].notna(), table["last_score"] - first, np.nan)
    return table.reset_index()
