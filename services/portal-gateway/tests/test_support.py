"""Support cases through the public API."""

from flask.testing import FlaskClient

from shared.testing import answers_problem


def test_a_case_is_opened_answered_closed_and_reopened(client: FlaskClient, sign_in) -> None:
    headers = sign_in()
    words = {"type": "question", "subject": "Slow evenings", "message": "Since Monday."}

    case = client.post("/api/v1/tickets", json=words, headers=headers)
    url = f"/api/v1/tickets/{case.json['id']}"
    reply = client.post(f"{url}/messages", json={"body": "Still slow."}, headers=headers)
    closed = client.post(f"{url}/closures", headers=headers)
    reopened = client.post(f"{url}/reopenings", headers=headers)

    assert (case.status_code, case.json["label"]) == (201, "With us")
    assert [message["body"] for message in reply.json["messages"]] == ["Since Monday.", "Still slow."]
    assert [closed.json["label"], reopened.json["label"]] == ["Solved", "With us"]
    assert [each["subject"] for each in client.get("/api/v1/tickets", headers=headers).json["items"]] == [
        "Slow evenings"
    ]


def test_the_cases_of_others_do_not_exist(client: FlaskClient, sign_in) -> None:
    words = {"subject": "Mine", "message": "Private."}
    case = client.post("/api/v1/tickets", json=words, headers=sign_in()).json
    stranger = sign_in("requestonly")

    answers_problem(client.get(f"/api/v1/tickets/{case['id']}", headers=stranger), 404, "not_found")
    answer = client.post(f"/api/v1/tickets/{case['id']}/messages", json={"body": "x"}, headers=stranger)
    answers_problem(answer, 404, "not_found")
    assert client.get("/api/v1/tickets", headers=stranger).json["items"] == []


def test_words_come_in_the_language_asked_for(client: FlaskClient, sign_in) -> None:
    words = {"subject": "Mine", "message": "Private."}
    headers = sign_in()
    client.post("/api/v1/tickets", json=words, headers=headers)

    german = client.get("/api/v1/tickets", headers={**headers, "Accept-Language": "de"})

    assert german.headers["Content-Language"] == "de"
    assert german.json["items"][0]["label"] != "With us"
