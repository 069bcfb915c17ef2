"""protoc's complaints become faults with places in the text."""

import pytest

from registry.compiler.protoc import faults_in
from registry.domain.formats.protobuf.compiling import ROOT, Fault

TEXTS = {ROOT: 'syntax = "proto3";\n\tint x;\n  größe y;\n'}


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        pytest.param(
            f"{ROOT}:1:9: Expected x.", Fault(ROOT, 1, 9, "Expected x."), id="plain"
        ),
        pytest.param(f"{ROOT}:2:9: No.", Fault(ROOT, 2, 2, "No."), id="after-a-tab"),
        pytest.param(
            f"{ROOT}:3:11: No.", Fault(ROOT, 3, 9, "No."), id="after-two-byte-letters"
        ),
        pytest.param(
            "a/b.proto: File not found.",
            Fault("a/b.proto", 0, 0, "File not found."),
            id="without-a-place",
        ),
        pytest.param(f"{ROOT}:9:1: End.", Fault(ROOT, 9, 1, "End."), id="past-the-end"),
        pytest.param("strange", Fault("", 0, 0, "strange"), id="in-another-form"),
    ],
)
def test_given_a_complaint_when_read_then_its_place_is_a_character(
    line: str, fault: Fault
):
    assert [*faults_in(line, TEXTS)] == [fault]


@pytest.mark.parametrize(
    "line",
    [
        f"{ROOT}:1:1: warning: Import a.proto is unused.",
        "WARNING: All log messages before absl::InitializeLog() is called are",
        "W0000 00:00:1795597182.250355   15763 parser.cc:659] No edition",
    ],
)
def test_given_no_complaint_about_the_text_when_read_then_there_is_no_fault(line: str):
    assert [*faults_in(line, TEXTS)] == []
