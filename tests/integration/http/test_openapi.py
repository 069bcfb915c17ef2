"""The OpenAPI document: true, complete, and of the routes that there are."""

import json

import jsonschema_rs
import pytest

from registry.http import media
from tests.services.in_process import InProcess

METHODS = frozenset({"get", "put", "post", "delete"})


def operations(document):
    for item in document["paths"].values():
        yield from (each for method, each in item.items() if method in METHODS)


NEVER_DONE = {"createExporter", "testKek"}
"""What is refused, whatever is sent."""


@pytest.fixture
def document(registry: InProcess):
    return registry.get("/openapi").json()


def test_every_operation_has_a_name_of_its_own_a_tag_and_a_summary(document):
    found = [*operations(document)]
    names = [operation["operationId"] for operation in found]

    assert len(names) > 30
    assert len(set(names)) == len(names)
    assert all(each["tags"] and each["summary"] for each in found)


def test_every_operation_has_examples_that_fit_their_schemas(document):
    for operation in operations(document):
        bodies = [*operation["responses"].values()]
        # What was done, and what is refused; only 204 is without a body.
        assert len(bodies) == (1 if operation["operationId"] in NEVER_DONE else 2)
        assert all("content" in each for each in bodies) is (
            "204" not in operation["responses"]
        )
        bodies = [each for each in bodies if "content" in each]
        if "requestBody" in operation:
            bodies.append(operation["requestBody"])
        for body in bodies:
            for content in body["content"].values():
                schema = {**content["schema"], "components": document["components"]}
                validator = jsonschema_rs.Draft202012Validator(schema)
                validator.validate(content["example"])


def test_every_error_is_there_in_each_media_type_that_may_be_asked_for(document):
    expected = {each.decode() for each in media.CONFLUENT_API.media_types}

    for operation in operations(document):
        assert operation["responses"]["default"]["content"].keys() == expected


def test_every_path_parameter_has_an_example(document):
    for operation in operations(document):
        for parameter in operation["parameters"]:
            assert parameter["description"]
            assert parameter["in"] != "path" or parameter["example"]


def test_every_reference_leads_somewhere(document):
    text = json.dumps(document)
    schemas = document["components"]["schemas"]

    names = {part.split('"')[0] for part in text.split("#/components/schemas/")[1:]}

    assert names <= schemas.keys()


def test_the_document_is_plain_json_from_this_server_alone(registry: InProcess):
    answer = registry.get("/openapi")

    assert answer.headers["content-type"] == "application/json"
    assert answer.json()["openapi"].startswith("3.1")
    assert "cdn" not in answer.text


def test_options_names_every_method_of_a_path(registry: InProcess, document):
    for template, item in document["paths"].items():
        answer = registry.request("OPTIONS", template.replace("{", "").replace("}", ""))

        named = {each.lower() for each in answer.headers["allow"].split(", ")}
        assert answer.status_code == 204
        assert named - {"options", "head"} == item.keys() & METHODS
