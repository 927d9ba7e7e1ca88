"""Commands for the model: train, evaluate, compare, promote, roll back, watch, score, explain."""

from pathlib import Path
from typing import Annotated, Any

import typer

from service.app.cli.options import (
    DEFAULT_HOME,
    Backend,
    BackendOption,
    ByOption,
    HomeOption,
    JsonOption,
    SchedulerOption,
    SeedOption,
    TermOption,
    WorkersOption,
)
from service.app.cli.output import EXIT_HELD, emit, progress_on_terminal
from service.core.permissions import SYSTEM_ADMINISTRATOR

models = typer.Typer(help="Models for a data team's own programs.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add this module's commands and group to the command line."""
    for command in (train, refit, evaluate, card, compare, promote, rollback, monitor, score, explain):
        app.command()(command)
    app.command("rule-list")(rule_list)
    app.add_typer(models, name="models")


ModelArgument = Annotated[str | None, typer.Argument(help="Model id. Default: the newest.")]


def train(
    home: HomeOption = DEFAULT_HOME,
    seed: SeedOption = 7,
    config: Annotated[Path | None, typer.Option(help="TOML with outcomes, windows, gates.")] = None,
    by: ByOption = SYSTEM_ADMINISTRATOR,
    as_json: JsonOption = False,
) -> None:
    """Train a model on all loaded terms, test it on later ones, certify its explanations and save it."""
    from service.app.journeys import train_model

    with progress_on_terminal() as progress:
        outcome = train_model(home, seed=seed, config=config, by=by, progress=progress)
    emit(outcome, outcome["lines"], as_json=as_json)


def refit(
    model: Annotated[str | None, typer.Argument(help="Model id. Default: the one in use.")] = None,
    base_only: Annotated[
        bool,
        typer.Option(
            "--base-only", help="Leave the table as it is; renew only the base rate, overall and by school."
        ),
    ] = False,
    by: ByOption = SYSTEM_ADMINISTRATOR,
    home: HomeOption = DEFAULT_HOME,
    as_json: JsonOption = False,
) -> None:
    """Bring a model up to date on newer terms, with its own settings. It isn't used until it is promoted."""
    from service.app.journeys import refit_model

    with progress_on_terminal() as progress:
        outcome = refit_model(home, model, base_only=base_only, by=by, progress=progress)
    emit(outcome, outcome["lines"], as_json=as_json)


def evaluate(
    model: ModelArgument = None, home: HomeOption = DEFAULT_HOME, as_json: JsonOption = False
) -> None:
    """Print how a model did on terms it had not seen, beside the simple rules it has to beat."""
    from service.app.journeys import model_report

    outcome = model_report(home, model)
    emit(outcome, outcome["lines"], as_json=as_json)


def card(
    out: Annotated[Path, typer.Argument(help="The HTML page to write; print it to PDF from any browser.")],
    model: Annotated[str | None, typer.Option(help="Model id. Default: the one in use.")] = None,
    answers: Annotated[
        Path | None, typer.Option(help='TOML of your own answers: 17 = "…". Then no item may be empty.')
    ] = None,
    home: HomeOption = DEFAULT_HOME,
    as_json: JsonOption = False,
) -> None:
    """Write the model card with the whole printed table, gates and pictures as one page that prints."""
    from service.app.journeys import write_card

    outcome = write_card(home, out, model, answers)
    left = ", ".join(outcome["open"])
    lines = [f"Wrote {out}.", *([f"Items for the school or trust to answer: {left}."] if left else [])]
    emit(outcome, lines, as_json=as_json)


def compare(
    model: ModelArgument = None,
    term: TermOption = None,
    home: HomeOption = DEFAULT_HOME,
    as_json: JsonOption = False,
) -> None:
    """Say who would enter and leave the lists if another model were in use, and why. Stores nothing."""
    from service.app.journeys import compare_models

    outcome = compare_models(home, model, term)
    emit(outcome, outcome["lines"], as_json=as_json)


def monitor(
    term: TermOption = None,
    pause: Annotated[bool, typer.Option("--pause", help="Pause the schools that should wait.")] = False,
    home: HomeOption = DEFAULT_HOME,
    as_json: JsonOption = False,
) -> None:
    """Say whether indicators, figures or the outcome's rate have moved since training. Exit 12: wait."""
    from service.app.journeys import monitor as run

    with progress_on_terminal() as progress:
        outcome = run(home, term, pause=pause, progress=progress)
    emit(outcome, outcome["lines"], as_json=as_json)
    raise typer.Exit(EXIT_HELD if outcome["waiting"] else 0)


def rule_list(
    term: TermOption = None,
    rule: Annotated[str, typer.Option(help="Which rule of belong.toml.")] = "abc",
    home: HomeOption = DEFAULT_HOME,
    as_json: JsonOption = False,
) -> None:
    """Without a model: whom a simple points rule would suggest for a support review."""
    from service.app.journeys import plain_list

    outcome = plain_list(home, term, rule)
    emit(outcome, outcome["lines"], as_json=as_json)


def promote(
    by: Annotated[str, typer.Option("--by", help="The person who decides; recorded.")],
    reason: Annotated[str, typer.Option(help="Why this model.")],
    model: ModelArgument = None,
    home: HomeOption = DEFAULT_HOME,
    as_json: JsonOption = False,
) -> None:
    """Put a trained model into use. A named person decides; the gates must have passed."""
    from service.app.journeys import promote_model

    outcome = promote_model(home, model, by=by, reason=reason)
    emit(outcome, [f"{outcome['model_id']} is now in use (promoted by {by})."], as_json=as_json)


def rollback(
    by: Annotated[str, typer.Option("--by", help="The person who decides; recorded.")],
    reason: Annotated[str, typer.Option(help="Why the model is withdrawn.")],
    home: HomeOption = DEFAULT_HOME,
    as_json: JsonOption = False,
) -> None:
    """Withdraw the model in use and return to the one before it."""
    from service.app.journeys import rollback_model

    outcome = rollback_model(home, by=by, reason=reason)
    emit(outcome, [_rolled_back(outcome["model_id"])], as_json=as_json)


def _rolled_back(model_id: str | None) -> str:
    return (
        f"{model_id} is in use again."
        if model_id
        else "The model has been withdrawn. No model is in use now."
    )


@models.command("export")
def export(
    out: Annotated[Path, typer.Argument(help="A new folder for model.json, model.joblib and manifest.json.")],
    model: Annotated[str | None, typer.Option(help="Model id. Default: the one in use.")] = None,
    home: HomeOption = DEFAULT_HOME,
    as_json: JsonOption = False,
) -> None:
    """Write a model for your own programs, after checking that both files hold the same numbers."""
    from service.app.journeys import export_model

    outcome = export_model(home, model, out)
    emit(
        outcome, [f"Wrote {', '.join(outcome['files'])} of {outcome['model_id']} to {out}."], as_json=as_json
    )


def score(
    term: TermOption = None,
    school: Annotated[list[str] | None, typer.Option(help="URN; repeat for several. Default: all.")] = None,
    by: ByOption = SYSTEM_ADMINISTRATOR,
    anyway: Annotated[
        str, typer.Option(help="Why it is scored although the data has drifted; recorded.")
    ] = "",
    workers: WorkersOption = 1,
    backend: BackendOption = Backend.loky,
    scheduler: SchedulerOption = None,
    out: Annotated[
        Path | None, typer.Option(help="Also write flags with reasons and counts to a folder.")
    ] = None,
    home: HomeOption = DEFAULT_HOME,
    as_json: JsonOption = False,
) -> None:
    """Score a term with the model in use and publish the suggestions for support reviews."""
    from service.app.journeys import score_term, write_scores

    with progress_on_terminal() as progress:
        outcome = score_term(
            home,
            term,
            schools=school,
            by=by,
            anyway=anyway,
            workers=workers,
            backend=backend.value,
            scheduler=scheduler,
            progress=progress,
        )
    lines = [
        f"{row['school']} {row['term']}: suggested for a support review: {row['flags']} ({row['new']} new); "
        f"not enough information: {row['abstained']}"
        for row in outcome["schools"]
    ]
    lines += [f"{urn} needs a person's decision; see: belong monitor" for urn in outcome["waiting"]]
    if out is not None:
        written = write_scores(home, outcome["term"], [row["school"] for row in outcome["schools"]], out)
        outcome, lines = {**outcome, **written}, [*lines, *(f"wrote {path}" for path in written["files"])]
    emit(outcome, lines, as_json=as_json)


def explain(
    pupil_id: Annotated[str, typer.Argument(help="The pupil's pseudonymous id.")],
    term: TermOption = None,
    everything: Annotated[
        bool, typer.Option("--all", help="Every contribution, not only the largest.")
    ] = False,
    shap: Annotated[
        Path | None, typer.Option(help="Write a shap.Explanation (.pkl) or shap's plot (.png).")
    ] = None,
    since: Annotated[
        str | None, typer.Option(help="An earlier term: also say what changed since then.")
    ] = None,
    by_family: Annotated[
        bool, typer.Option("--families", help="Also the sum of each family of indicators.")
    ] = False,
    home: HomeOption = DEFAULT_HOME,
    as_json: JsonOption = False,
) -> None:
    """Say exactly which indicators changed one pupil's figure, and by how much."""
    from service.app.journeys import explain_pupil, export_shap, pupil_changes, pupil_families

    if shap is not None:
        export_shap(home, pupil_id, term, shap)
    body = explain_pupil(home, pupil_id, term, everything=everything)
    lines = [f"{one['contribution']:+.3f}  {one['label']}: {_said(one)}" for one in body["themes"]]
    lines += [f"   .    Going well: {one['sentence']}" for one in body["well"]]
    if everything:
        lines += [f"{one['contribution']:+.3f}  {one['label']}: {one['sentence']}" for one in body["reasons"]]
    if by_family:
        body["families"] = pupil_families(home, pupil_id, term)
        lines.append("By family:")
        lines += [f"{part:+.3f}  {family.replace('_', ' ')}" for family, part in body["families"].items()]
    if since is not None:
        body["changes"] = pupil_changes(home, pupil_id, since, term)
        lines.append(f"What changed since {since}:")
        lines += [f"{_moved(one['moved'])}  {one['sentence']}" for one in body["changes"]]
    emit(body, [f"{pupil_id} at {body['as_of']}", *lines], as_json=as_json)


def _said(theme: dict[str, Any]) -> str:
    return " ".join(one["sentence"] for one in theme["said"])


def _moved(change: float | None) -> str:
    """A change in log-odds; under two models none can be told."""
    return "   ." if change is None else f"{change:+.3f}"
