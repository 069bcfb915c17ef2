"""`/compatibility`: would a schema be accepted?"""

from collections.abc import Callable

from litestar import post
from litestar.params import JSONBody

from registry.application import comparison
from registry.application.compatibility import Verdict
from registry.domain.errors import InvalidSchemaError
from registry.domain.model import Subject
from registry.http import parameters
from registry.http.authorisation import READS
from registry.http.confluent.bodies import CompatibilityBody, SubmissionBody
from registry.http.handling import PortsController
from registry.http.media import CONFLUENT
from registry.http.parameters import (
    Normalize,
    SubjectName,
    Verbose,
    VersionText,
    flag,
)
from registry.http.threads import in_thread


class CompatibilityController(PortsController):
    path = "/compatibility/subjects/{subject:segment}/versions"
    tags = ("Compatibility",)

    @post(
        "/{version:segment}",
        operation_id="testAgainstVersion",
        opt=READS,
        summary="Hold a schema against one version",
        status_code=200,
        media_type=CONFLUENT,
    )
    @in_thread
    def test_against_version(
        self,
        subject: SubjectName,
        version: VersionText,
        data: JSONBody[SubmissionBody],
        normalize: Normalize = "",
        verbose: Verbose = "",
    ) -> CompatibilityBody:
        wanted = parameters.version(version)

        def verdict() -> Verdict:
            submission = data.to_submission(flag(normalize) if normalize else None)
            within = Subject.parse(subject)
            return comparison.against_version(self.ports, within, wanted, submission)

        return _answer(verdict, is_verbose=flag(verbose))

    @post(
        operation_id="testAgainstHistory",
        opt=READS,
        summary="Hold a schema against what registration would hold it against",
        status_code=200,
        media_type=CONFLUENT,
    )
    @in_thread
    def test_against_history(
        self,
        subject: SubjectName,
        data: JSONBody[SubmissionBody],
        normalize: Normalize = "",
        verbose: Verbose = "",
    ) -> CompatibilityBody:
        def verdict() -> Verdict:
            submission = data.to_submission(flag(normalize) if normalize else None)
            return comparison.against_history(
                self.ports, Subject.parse(subject), submission
            )

        return _answer(verdict, is_verbose=flag(verbose))


def _answer(verdict: Callable[[], Verdict], *, is_verbose: bool) -> CompatibilityBody:
    try:
        found = verdict()
    except InvalidSchemaError as error:
        if not is_verbose:
            raise
        # Who asks for details is told that an invalid schema is not compatible.
        return CompatibilityBody(is_compatible=False, messages=(str(error),))
    messages = found.messages if is_verbose else None
    return CompatibilityBody(is_compatible=found.is_compatible, messages=messages)
