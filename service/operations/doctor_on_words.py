"""What the doctor says of texts that earlier releases stored and this one would not."""

from collections.abc import Iterator

from service.core.deployment import Deployment
from service.operations.doctor_on_files import Finding
from service.rights import retention, stored

CORRECT = "Make a backup, then run: belong correct-records --home ..."


def stored_words(deployment: Deployment) -> Iterator[Finding]:
    """Sentences about children, safeguarding categories, and types counted as concerns that nobody mapped."""
    found = stored(retention.keeper(deployment))
    for school, one in found.items():
        if one.sentences or one.concerns:
            message = (
                f"school {school}: {one.sentences} texts stored are sentences about children, and {one.concerns} "
                "records are safeguarding concerns; neither may be stored"
            )
            yield Finding("stored texts", "wrong", message, CORRECT)
        if one.new or one.answered:
            message = (
                f"school {school}: {len(one.new)} types of incident count as other concerns though nobody has said "
                f"what they are ({sum(one.new.values())} records); {one.answered} records have an answer by now"
            )
            advice = f"Answer with: belong types list --school {school}, belong types set. {CORRECT}"
            yield Finding("types of incident", "warning", message, advice)
    if not found:
        yield Finding("stored texts", "ok", "no sentences, no safeguarding concerns, every type is mapped")
