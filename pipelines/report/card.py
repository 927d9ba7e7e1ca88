"""The model card, laid out by the items of TRIPOD+AI, and the check that none is left empty.

What only the deploying school or trust can say (who is responsible, which impact assessment) is asked for by
name and not made up: such items are listed as open until `complete` is given the answers.
"""

from collections.abc import Mapping
from typing import Any

from data_contracts.errors import Refused
from model.additive import AdditiveModel

ITEMS: dict[str, str] = {
    "1": "Title", "2": "Summary", "3a": "Background and setting", "3b": "Intended purpose and users",
    "3c": "Known inequalities", "4": "Objectives", "5a": "Sources of data", "5b": "Dates of data",
    "6a": "Setting of the study", "6b": "Who takes part", "6c": "Support given meanwhile",
    "7": "Preparation of data", "8a": "Outcome", "8b": "Who decides the outcome", "8c": "Blinding",
    "9a": "Choice of indicators", "9b": "Definition of indicators", "9c": "Who records the indicators",
    "10": "Number of pupils and events", "11": "Missing values", "12a": "Use of data in the analysis",
    "12b": "Handling of indicators", "12c": "Type of model and fitting", "12d": "Differences between schools",
    "12e": "Measures", "12f": "Updating", "12g": "How figures are computed", "13": "Class imbalance",
    "14": "Fairness", "15": "What the model gives out", "16": "Differences between training and testing",
    "17": "Ethics", "18a": "Funding", "18b": "Interests", "18c": "Protocol", "18d": "Registration",
    "18e": "Data availability", "18f": "Code availability", "19": "Involvement of pupils and families",
    "20": "Flow and description of pupils", "21": "Events in each part", "22": "The full model",
    "23a": "Performance", "23b": "Performance by school", "24": "Results of updating",
    "25": "Interpretation", "26": "Limits", "27a": "Poor or missing input", "27b": "What users must know",
    "27c": "Next steps",
}  # fmt: skip

OPEN = ("3c", "6c", "17", "18a", "18b", "18c", "18d", "19")


def make_card(model: AdditiveModel, manifest: Mapping[str, Any], report: Mapping[str, Any]) -> dict[str, Any]:
    """The card with every item that follows from the training filled, and the others named as open."""
    texts = {**_origin(manifest), **_method(model, manifest), **_results(manifest, report), **_use(manifest)}
    items = [{"item": key, "title": title, "text": texts.get(key, "")} for key, title in ITEMS.items()]
    return {"model_id": manifest["model_id"], "synthetic": manifest["synthetic"], "items": items,
            "open": open_items({"items": items})}  # fmt: skip


def open_items(card: Mapping[str, Any]) -> list[str]:
    """Items without a text."""
    return [one["item"] for one in card["items"] if not one["text"].strip()]


def complete(card: Mapping[str, Any], answers: Mapping[str, str]) -> dict[str, Any]:
    """The card with a deployment's own answers; raises Refused for unknown items and while any is empty."""
    unknown = sorted(set(answers) - set(ITEMS))
    if unknown:
        raise Refused(f"The model card has no items {', '.join(unknown)}.")
    items = [{**one, "text": answers.get(one["item"], one["text"])} for one in card["items"]]
    missing = open_items({"items": items})
    if missing:
        named = ", ".join(f"{item} ({ITEMS[item]})" for item in missing)
        raise Refused(f"The model card is not complete: {named}.", hint="Give each item a text.")
    return {**card, "items": items, "open": []}


def _origin(manifest: Mapping[str, Any]) -> dict[str, str]:
    made = "a synthetic trust; nothing here says anything about real pupils" if manifest["synthetic"] else (
        "the termly records of the schools named"
    )  # fmt: skip
    terms, rows = manifest["terms"], manifest["rows"]
    parts = "; ".join(
        f"{name}: {part['rows']} pupil-terms, {part['events']} with the outcome"
        for name, part in rows.items()
    )
    return {
        "1": f"Development and testing of model {manifest['model_id']}: {manifest['outcome']['name'].lower()}.",
        "2": f"An additive model of {len(manifest['indicators'])} indicators, learned from {made}.",
        "3a": "Suspensions lose learning and are often followed by further ones; earlier support may help.",
        "3b": "To suggest pupils for a support review to inclusion leads, once a term. Never for sanctions, "
        "admissions or moves, and never without a person's decision.",
        "4": "To rank pupils by the chance of the outcome in the next term, with reasons that add up exactly.",
        "5a": f"Extracts of the schools' management information systems: {made}.",
        "5b": f"Learned from {_span(terms['train'])}, calibrated on {_span(terms['calibrate'])}, tested on "
        f"{_span(terms['test'])}.",
        "6a": f"{len(manifest['schools'])} schools; phase: {manifest['phase'] or 'not told apart'}.",
        "6b": "Pupils on roll at the as-of date, except those the rules of population leave out.",
        "10": f"{parts}. Fewer events than the settings ask for are refused.",
        "20": f"{parts}.",
        "21": f"{parts}.",
    }


def _method(model: AdditiveModel, manifest: Mapping[str, Any]) -> dict[str, str]:
    left_out = ", ".join(manifest["left_out"]) or "none"
    return {
        "7": "Extracts are checked against contracts; rows that break a rule are set apart. Facts count from "
        "the day they became known.",
        "8a": f"{manifest['outcome']['name']}, at any school of the deployment, not cancelled or overturned.",
        "8b": "The headteacher alone may suspend: the outcome is an adult's decision and is audited as such.",
        "8c": "Outcomes were recorded by the schools without knowledge of this model's figures in training.",
        "9a": f"All declared indicators that vary; left out: {left_out}. Sex, ethnicity, free school meals, "
        "care and first language are never inputs.",
        "9b": "; ".join(f"{one['label']} ({one['unit']})" for one in manifest["indicators"]) + ".",
        "9c": "School staff, in the course of their work; recording practice differs between schools.",
        "11": "Missing values have a cell of their own in every table; nothing is imputed.",
        "12a": "By term: learn, calibrate one term later, test one term later still.",
        "12b": f"Each indicator is cut into at most {max(axis.cells for axis in model.grid.axes)} cells.",
        "12c": f"Candidates {', '.join(one['name'] for one in manifest['candidates'])}; chosen: "
        f"{manifest['chosen']}. Where a direction is certain the table has it. Calibrated on the later term by one "
        "shift and one slope for each family of indicators.",
        "12d": f"One offset per school, shrunken (spread {manifest['offset_spread']:.3f}); a school not "
        "learned from has none.",
        "12e": "Average precision, AUC, precision, recall and lift at the support places, calibration, Brier "
        "score, with intervals by cluster; beside simple points rules.",
        "12f": "Base renewed or table learned again on newer terms, judged by the same gates, promoted by a named "
        "person; every earlier model can be brought back.",
        "12g": "Base plus one look-up per indicator plus the school's offset, confirmed by shap to 1e-9.",
        "13": "The rows learned from are not reweighted; for the calibration's slopes pupils not suspended in the last "
        "year count three times, and expected equals observed events all the same.",
        "15": "Log-odds, probability, counts of similar past pupils, reasons and strengths, or a refusal.",
        "22": "The printed table: every cell of every indicator and every school's offset.",
        "18e": "The records stay with the schools; hashes of them are in the manifest.",
        "18f": "The program's own repository, at the library versions in the manifest.",
    }


def _results(manifest: Mapping[str, Any], report: Mapping[str, Any]) -> dict[str, str]:
    test = report["test"]
    everyone, fresh, lists = test["all"], test["no_earlier_suspension"], test["list"]["model"]
    audited = report.get("audit")
    groups = "Not audited: no characteristics were given." if not audited else "; ".join(
        f"{name}: {table['finding']}" for name, table in audited["groups"].items()
    )  # fmt: skip
    return {
        "14": groups,
        "16": "The test term follows the training terms at the same schools; see the validation with pupils "
        "and with schools left out." + _leavers(report.get("leavers")),
        "23a": f"All pupils: average precision {everyone['model']['average_precision']:.3f}, AUC "
        f"{everyone['model']['auc']:.3f}. Pupils not suspended in the last year: "
        f"{_three(fresh['model']['average_precision'])} and {_three(fresh['model']['auc'])}. Lists of "
        f"{lists['flags']:.0f}: precision {lists['precision']:.2f}, recall {lists['recall']:.2f}. "
        f"Calibration slope {test['calibration']['slope']:.2f}.",
        "23b": "; ".join(
            f"{one['school']}: {one['events']:.0f} observed, {one['expected']:.1f} expected"
            if one["events"] >= 10
            else f"{one['school']}: fewer than 10 events"
            for one in test["schools"]
        ),
        "24": _updated(manifest),
    }


def _updated(manifest: Mapping[str, Any]) -> str:
    lineage = manifest["lineage"]
    if "rebase_of" in lineage:
        table = lineage["table"]
        return (
            f"The table of {table['model_id']}, learned from {_span(table['terms'])}, as it was; the base and the "
            "schools' offsets renewed on later terms."
        )
    earlier = lineage.get("refit_of")
    return f"The mixture of {earlier}, learned again on later terms." if earlier else "Not yet updated."


def _leavers(found: Mapping[str, Any] | None) -> str:
    """The paragraph on pupils whose outcome was not seen, and what weighting for them changes."""
    said = " Pupils who left before three quarters of the window were seen have no outcome and are left out."
    if not found or "not_possible" in found:
        return said
    plain, weighted = found["unweighted"], found["weighted"]
    return said + (
        f" Weighted for the {found['left']} who left: average precision {weighted['average_precision']:.3f} "
        f"({plain['average_precision']:.3f} without), observed over expected "
        f"{weighted['observed_over_expected']:.2f} ({plain['observed_over_expected']:.2f})."
    )


def _use(manifest: Mapping[str, Any]) -> dict[str, str]:
    return {
        "25": "Reasons are associations in the records, not causes; most pupils on a list are not suspended.",
        "26": (
            "Synthetic data prove the machinery, not the worth of the model. "
            if manifest["synthetic"]
            else ""
        )
        + "Unrecorded behaviour, unofficial exclusions and support outside school can't be seen.",
        "27a": "Too few sessions, a missing feed or mostly unknown values: no figure is given, and why is said.",
        "27b": "Readers need to know the pupil and the school; a flag lives one term and asks for a decision.",
        "27c": "Test on each school's own later terms; watch what happens to pupils who were flagged.",
    }


def _span(terms: list[str]) -> str:
    return terms[0] if len(terms) == 1 else f"{terms[0]} to {terms[-1]}"


def _three(value: float | None) -> str:
    return "not known" if value is None else f"{value:.3f}"
