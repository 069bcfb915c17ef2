"""What holds of the policies for any two versions."""

from hypothesis import event, given, settings

from registry.domain.formats.protobuf.policies import MAX_VIOLATIONS, POLICIES
from registry.domain.formats.protobuf.policy_ranges import Numbers
from registry.domain.rules import Severity
from tests.strategies.protobuf_versions import versions
from tests.suites.policy_cases import schema


@settings(max_examples=50)
@given(versions())
def test_given_the_same_text_when_held_to_any_policy_then_nothing_is_broken(pair):
    same, again = schema(pair[0]), schema(pair[0])

    for policy in POLICIES.values():
        assert policy.against_latest(same, again) == ()
        assert policy.against_all(same, None, again) == ()


@settings(max_examples=50)
@given(versions())
def test_given_two_versions_when_a_policy_holds_then_so_do_the_weaker_ones(pair):
    new, old = schema(pair[0]), schema(pair[1])

    is_broken = {
        name: bool(policy.against_latest(new, old)) for name, policy in POLICIES.items()
    }

    event(str(is_broken))
    assert is_broken["WIRE"] <= is_broken["WIRE_JSON"] <= is_broken["FILE"]


@settings(max_examples=50)
@given(versions())
def test_given_two_versions_when_told_then_each_message_fills_its_templates(pair):
    new, old = schema(pair[0]), schema(pair[1])

    for policy in POLICIES.values():
        found = (*policy.against_latest(new, old), *policy.against_all(new, None, old))
        for each in found:
            assert each.rule.severity is Severity.ERROR
            assert "{" not in each.message("the new schema", "version 1")
            assert each.wire("new", "old").startswith(f'{{errorType:"{each.rule.id}", ')


def test_given_more_breaks_than_anyone_reads_when_told_then_there_is_a_limit():
    fields = "".join(f"  int32 f{n} = {n};\n" for n in range(1, MAX_VIOLATIONS + 100))
    new = schema('syntax = "proto3";\nmessage M {}\n')
    old = schema(f'syntax = "proto3";\nmessage M {{\n{fields}}}\n')

    assert len(POLICIES["WIRE"].against_latest(new, old)) == MAX_VIOLATIONS


def test_given_ranges_when_others_are_taken_out_then_what_is_left_is_in_order():
    wide = Numbers([range(20, 31), range(1, 11), range(8, 12)])

    left = list(wide.minus(Numbers([range(3, 5), range(9, 25)])))

    assert left == [range(1, 3), range(5, 9), range(25, 31)]
    assert [n for n in (0, 1, 11, 12, 19, 20, 30, 31) if n in wide] == [1, 11, 20, 30]


def test_given_an_option_of_the_file_when_it_changes_then_both_statements_are_found():
    text = 'syntax = "proto3";\noption java_package = "{}";\n'
    new, old = schema(text.format("b")), schema(text.format("a"))

    (found,) = POLICIES["FILE"].against_latest(new, old)

    assert new.fragment(found.reader_spot) == 'option java_package = "b";'
    assert old.fragment(found.writer_spot) == 'option java_package = "a";'
    assert new.place(found.reader_spot).line == 2


def test_given_an_option_of_the_file_is_gone_when_told_then_one_statement_is_found():
    text = 'syntax = "proto3";\noption java_package = "a";\n'
    new, old = schema('syntax = "proto3";\n'), schema(text)

    (found,) = POLICIES["FILE"].against_latest(new, old)

    assert new.fragment(found.reader_spot) is None
    assert old.fragment(found.writer_spot) == 'option java_package = "a";'
