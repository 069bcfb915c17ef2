"""An example for each operation of the OpenAPI document: what is sent, what comes back.

All are about one little story: a record `Order`, registered under `orders-value`.
"""

from collections.abc import Mapping
from typing import Any, Final

TEXT: Final = (
    '{"type":"record","name":"Order","fields":[{"name":"id","type":"string"}]}'
)
_BREAKING: Final = (
    '{"type":"record","name":"Order","fields":[{"name":"id","type":"string"},'
    '{"name":"total","type":"long"}]}'
)
_GUID: Final = "8b8bd78e-4456-4c99-8d72-64cbe6177dae"
_CONTENT: Final = {"schemaType": "AVRO", "schema": TEXT}
_TIMES: Final = {"ts": 1764000000000, "deleted": False}
_PLACE: Final = {"subject": "orders-value", "version": 1}
_VERSION: Final = {**_PLACE, "id": 1, "guid": _GUID, **_CONTENT, **_TIMES}
_RECORD: Final = {"kind": "version", **_VERSION}
_SUBMISSION: Final = dict(_CONTENT)
_MESSAGES: Final = [
    "{errorType:'READER_FIELD_MISSING_DEFAULT_VALUE', description:'The field 'total' at"
    " path '/fields/1' in the new schema has no default value and is missing in the old"
    " schema', additionalInfo:'total'}",
    "{oldSchemaVersion: 1}",
    f"{{oldSchema: '{TEXT}'}}",
    "{validateFields: 'false', compatibility: 'BACKWARD'}",
]
_STATE: Final = "2d810cc523b4c9e53737c62061c95c501ca0117064fffcab8e0b6a9887cd2df0"
_DESIRED: Final = {
    "owner": "example.com/shop#contracts",
    "contracts": [
        {"subject": "orders-value", "name": "Order", "schema": TEXT, "level": "FULL"}
    ],
}
_ACTION: Final = {"subject": "orders-value", "verdict": "compatible"}
_ACTIONS: Final = [
    {"action": "own", **_ACTION, "after": "example.com/shop#contracts"},
    {"action": "configure", **_ACTION, "after": {"compatibilityLevel": "FULL"}},
    {
        "action": "register",
        **_ACTION,
        "version": 1,
        "schemaType": "AVRO",
        "level": "FULL",
    },
]
_HELD: Final = {**_PLACE, "id": 1, "guid": _GUID, "latest": 1, "isNew": True}
_FINDING: Final = {
    "rule": "AVRO_READER_FIELD_MISSING_DEFAULT_VALUE",
    "category": "compat",
    "severity": "error",
    "subject": "orders-value",
    "format": "AVRO",
    "message": "the new schema reads field 'total', which version 1 does not write,"
    " and gives it no default",
    "path": "Order.total",
    "change": {"kind": "added", "old": None, "new": '{"name":"total","type":"long"}'},
    "location": {
        "line": 1,
        "col": 78,
        "endLine": 1,
        "endCol": 107,
        "pointer": "/fields/1",
    },
    "old_location": {"version": 1, "id": 1, "pointer": "", "line": 1},
    "checked": {"level": "BACKWARD", "direction": "BACKWARD", "against": [1]},
    "broken": [
        {
            "who": "new readers of old data",
            "consequence": "the new schema cannot read data written with version 1",
            "since_version": 1,
        }
    ],
    "why": "A reader that meets data without the field has nothing to put there.",
    "fixes": [],
    "docs_url": "docs/reference/rules.md#AVRO_READER_FIELD_MISSING_DEFAULT_VALUE",
    "fingerprint": "0d1e6a1c",
}

_RESOURCE: Final = {
    "resourceName": "orders",
    "resourceNamespace": "lkc-1",
    "resourceId": "6f1c1f0e-8f55-4c2c-9c1f-3f0b1c3b7a10",
    "resourceType": "topic",
}
_BOUND: Final = {
    "subject": "orders-value",
    "associationType": "value",
    "lifecycle": "WEAK",
    "frozen": False,
}
_ASSOCIATION: Final = {
    "subject": "orders-value",
    "guid": "0d8a5a63-1f5c-5d57-93a5-6ad5a7a2a7a2",
    **_RESOURCE,
    "associationType": "value",
    "lifecycle": "WEAK",
    "frozen": False,
    "createTs": 1764000000000,
    "updateTs": 1764000000000,
}
_WISHES: Final = {
    **_RESOURCE,
    "associations": [{"subject": "orders-value", "associationType": "value"}],
}
_ASSOCIATED: Final = {**_RESOURCE, "associations": [_BOUND]}
_KEK_FACTS: Final = {
    "name": "orders-kek",
    "kmsType": "aws-kms",
    "kmsKeyId": "arn:aws:kms:eu-central-1:111122223333:key/4f0c",
}
_KEK: Final = {**_KEK_FACTS, "shared": False, **_TIMES}
_DEK_FACTS: Final = {
    "version": 1,
    "algorithm": "AES256_GCM",
    "encryptedKeyMaterial": "YSBrZXkgdGhhdCB0aGUgY2xpZW50IGhhcyBlbmNyeXB0ZWQ=",
}
_DEK: Final = {
    "kekName": "orders-kek",
    "subject": "orders-value",
    **_DEK_FACTS,
    **_TIMES,
}

PARAMETERS: Final[Mapping[str, str]] = {
    "subject": "orders-value",
    "version": "latest",
    "schema_id": "1",
    "context": ".sales",
    "guid": _GUID,
    "namespace": "-",
    "name": "orders",
    "resource_id": _RESOURCE["resourceId"],
    "kek": "orders-kek",
}
"""Of the path parameters, by name."""

REQUESTS: Final[Mapping[str, Any]] = {
    "register": _SUBMISSION,
    "findRegistered": _SUBMISSION,
    "testAgainstVersion": {"schema": _BREAKING},
    "testAgainstHistory": {"schema": _BREAKING},
    "amendVersion": {
        "tagsToAdd": [
            {
                "schemaEntity": {"entityPath": "Order.id", "entityType": "sr_field"},
                "tags": ["PII"],
            }
        ]
    },
    "updateGlobalConfig": {"compatibility": "FULL"},
    "updateConfig": {"compatibility": "BACKWARD_TRANSITIVE"},
    "updateGlobalMode": {"mode": "READONLY"},
    "updateMode": {"mode": "IMPORT"},
    "check": [{"subject": "orders-value", "schema": _BREAKING}],
    "updatePolicies": {"policies": ["WIRE_JSON"]},
    "batchGetSubjects": {"subjects": ["orders-value"]},
    "plan": _DESIRED,
    "apply": {**_DESIRED, "token": _STATE},
    "importRecords": [_RECORD],
    "createAssociations": _WISHES,
    "putAssociations": _WISHES,
    "batchGetAssociations": {
        "requests": [{"resourceName": "orders", "resourceNamespace": "lkc-1"}]
    },
    "batchMutateAssociations": {
        "requests": [
            {
                **_RESOURCE,
                "associations": [
                    {
                        "opType": "CREATE",
                        "subject": "orders-value",
                        "associationType": "value",
                    }
                ],
            }
        ]
    },
    "createKek": _KEK_FACTS,
    "updateKek": {"doc": "Wraps the keys of orders."},
    "createDek": {"subject": "orders-value", **_DEK_FACTS},
    "createDekOfSubject": _DEK_FACTS,
}

ANSWERS: Final[Mapping[str, Any]] = {
    "getRoot": {},
    "postRoot": {},
    "getClusterId": {
        "scope": {
            "path": [],
            "clusters": {"kafka-cluster": "", "schema-registry-cluster": "wirepact"},
        }
    },
    "getServerVersion": {"version": "0.1.0"},
    "getDeployment": {"attributes": []},
    "listAssociations": [_ASSOCIATION],
    "listAssociationsOfResource": [_ASSOCIATION],
    "listAssociationsOfSubject": [_ASSOCIATION],
    "createAssociations": _ASSOCIATED,
    "putAssociations": _ASSOCIATED,
    "batchGetAssociations": {"results": [{"result": _ASSOCIATED}]},
    "batchMutateAssociations": {"results": [{"result": _ASSOCIATED}]},
    "listKeks": ["orders-kek"],
    "createKek": _KEK,
    "getKek": _KEK,
    "updateKek": {**_KEK, "doc": "Wraps the keys of orders."},
    "listDekSubjects": ["orders-value"],
    "createDek": _DEK,
    "createDekOfSubject": _DEK,
    "getDek": _DEK,
    "listDekVersions": [1],
    "getDekVersion": _DEK,
    "listExporters": [],
    "listSubjects": ["orders-key", "orders-value"],
    "register": {"id": 1, "version": 1, "guid": _GUID, **_CONTENT, **_TIMES},
    "findRegistered": _VERSION,
    "getLatestWithMetadata": {
        **_VERSION,
        "metadata": {"properties": {"application.version": "2"}},
    },
    "listVersions": [1],
    "getVersion": _VERSION,
    "getVersionText": TEXT,
    "listReferrers": [2],
    "amendVersion": {
        "id": 2,
        "version": 2,
        "guid": "5a4fcb5c-6d2c-8a5e-2f3d-4f3a4d6f4a6e",
        "schemaType": "AVRO",
        "metadata": {"properties": {"confluent:version": "2"}},
        "schema": TEXT.replace(
            '"type":"string"}', '"type":"string","confluent:tags":["PII"]}'
        ),
        **_TIMES,
    },
    "deleteSubject": [1],
    "deleteVersion": 1,
    "getSchema": {**_PLACE, "guid": _GUID, **_CONTENT, **_TIMES},
    "getSchemaText": TEXT,
    "getSchemaByGuid": {"guid": _GUID, **_CONTENT, **_TIMES},
    "listIdsOfGuid": [{"context": ".", "id": 1}],
    "listContexts": [".", ".sales"],
    "deleteContext": None,
    "listSubjectsOfSchema": ["orders-value"],
    "listVersionsOfSchema": [_PLACE],
    "listSchemaTypes": ["AVRO"],
    "listSchemas": [_VERSION],
    "testAgainstVersion": {"is_compatible": False, "messages": _MESSAGES},
    "testAgainstHistory": {"is_compatible": False, "messages": _MESSAGES},
    "getGlobalConfig": {"compatibilityLevel": "BACKWARD"},
    "updateGlobalConfig": {"compatibility": "FULL"},
    "deleteGlobalConfig": {"compatibilityLevel": "FULL"},
    "getConfig": {"compatibilityLevel": "BACKWARD_TRANSITIVE"},
    "updateConfig": {"compatibility": "BACKWARD_TRANSITIVE"},
    "deleteConfig": {"compatibilityLevel": "BACKWARD_TRANSITIVE"},
    "getGlobalMode": {"mode": "READWRITE"},
    "getMode": {"mode": "READWRITE"},
    "updateGlobalMode": {"mode": "READONLY"},
    "updateMode": {"mode": "IMPORT"},
    "deleteGlobalMode": {"mode": "READONLY"},
    "deleteMode": {"mode": "IMPORT"},
    "check": [
        {
            "subject": "orders-value",
            "verdict": "incompatible",
            "level": "BACKWARD",
            "messages": _MESSAGES,
            "findings": [_FINDING],
        }
    ],
    "describeSchema": {
        "id": 1,
        "guid": _GUID,
        "schemaType": "AVRO",
        "uses": [_PLACE],
        "types": [{"name": "Order", "index": []}],
    },
    "getPolicies": {"policies": ["WIRE_JSON"]},
    "updatePolicies": {"policies": ["WIRE_JSON"]},
    "deletePolicies": {"policies": ["WIRE_JSON"]},
    "listTrash": {
        "retentionDays": 30,
        "versions": [
            {
                **_PLACE,
                "id": 1,
                "schemaType": "AVRO",
                "deletedTs": 1764000000000,
                "purgeTs": 1766592000000,
                "referrers": [
                    {"subject": "bills-value", "version": 3, "id": 7, "deleted": True}
                ],
            }
        ],
    },
    "restoreVersion": _VERSION,
    "restoreSubject": {"subject": "orders-value", "versions": [1, 2]},
    "batchGetSubjects": {
        "subjects": [
            {
                "subject": "orders-value",
                "level": "BACKWARD",
                "config": None,
                "policies": [],
                "owner": "example.com/shop#contracts",
                "versions": [_VERSION],
            }
        ],
        "references": [],
        "left": 0,
    },
    "exportRecords": {"records": [_RECORD], "next": None},
    "plan": {
        "token": _STATE,
        "accepted": True,
        "actions": _ACTIONS,
        "schemas": [{**_HELD, "id": 0}],
    },
    "apply": {"actions": _ACTIONS, "schemas": [_HELD]},
    "importRecords": {"written": 1, "unchanged": 0, "refused": []},
    "getLiveness": {"status": "live"},
    "getReadiness": {"status": "ready"},
    "getMetrics": 'wirepact_http_requests_total{method="GET",route="/",'
    'status="2xx"} 1.0\n',
}
