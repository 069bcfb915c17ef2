"""What a subject that stands for another one means."""

from registry.domain.model import Subject


def target_of(alias: str, subject: Subject) -> Subject:
    """Return the subject that is meant where one with an alias is named.

    Args:
        alias: As the config of the subject has it; without a context, it is in the
            subject's own.

    """
    if alias.startswith(":."):
        return Subject.parse(alias)
    return Subject(alias, subject.context)
