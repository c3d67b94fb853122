"""Who may ask."""

from __future__ import annotations

import asyncio
from base64 import b64encode

import pytest

from tests.triggers.doors import host, signature, trigger, typed
from tests.triggers.http.asking import Answer, app, ask
from wasmflow.host.host import Host
from wasmflow.triggers.http.app import App
from wasmflow.triggers.http.auth import MOST_WAITING
from wasmflow.triggers.http.passwords import PasswordHash
from wasmflow.triggers.http.plan import plan
from wasmflow.triggers.http.server import check

#: Of "open sesame", and cheap.
HASH = "scrypt:16:1:1:c2FsdHNhbHQ:AiFC4XJqRe3MzfSOVs-Rd9XgWGHWQVzL"
TOKEN = "t0k3n-t0k3n-t0k3n"
AUTH = f"{{basic: {{jane: pass:word, 'zoë': '{HASH}'}}, bearer: {{ci: {TOKEN}}}, realm: 'a \"b\"'}}"


def who() -> Host:
    """A component that says who asks."""
    return host(who=typed(signature("who", "user: string", "output: string"), lambda user: user))


def server(auth: str = AUTH) -> App:
    routes = (
        "/: {component: who, inputs: {user: user}, response: {body: output}}, "
        "/open: {component: who, inputs: {user: user}, auth: none}, "
        "/own: {component: who, inputs: {user: user}, auth: {basic: {bob: builder-1}}, "
        "response: {body: output}}"
    )
    return app(who(), f"{{kind: http, auth: {auth}, components: true, routes: {{{routes}}}}}")


async def asked(authorization: str | None, path: str = "/", served: App | None = None) -> Answer:
    headers = {} if authorization is None else {"authorization": authorization}
    return await ask(served or server(), "GET", path, headers=headers)


def said(answer: Answer) -> str:
    return answer.body.decode()


def basic(name: str, password: str) -> str:
    return "Basic " + b64encode(f"{name}:{password}".encode()).decode()


@pytest.mark.parametrize(
    ("authorization", "user"),
    [
        (basic("jane", "pass:word"), "jane"),
        (basic("jane", "pass:word").replace("Basic", "bAsIc "), "jane"),
        (basic("zoë", "open sesame"), "zoë"),
        (f"Bearer {TOKEN}", "ci"),
        (f"bearer  {TOKEN}", "ci"),
    ],
)
async def test_whoever_is_known_may_ask_under_his_name(authorization: str, user: str) -> None:
    answer = await asked(authorization)
    assert (answer.status, said(answer)) == (200, user)


@pytest.mark.parametrize(
    "authorization",
    [
        None, "", "Basic", "Basic !!!", "Basic " + b64encode(b"\xff:x").decode(), "Digest x",
        "Basic " + b64encode(b"jane").decode(), basic("jane", ""), basic("jane", "wrong"),
        basic("jane", "pass:wor"), basic("nobody", "pass:word"), basic("", ""), basic("zoë", "wrong"),
        basic("zoë", HASH), basic("ci", TOKEN), basic("bob", "builder-1"), "Bearer", "Bearer x",
        f"Bearer {TOKEN}x", "Bearer pass:word", "Bearer \xff",
    ],
)  # fmt: skip
async def test_nobody_else_may(authorization: str | None) -> None:
    answer = await asked(authorization)
    assert (answer.status, answer.headers["content-type"]) == (401, "application/problem+json")


async def test_it_is_said_how_to_say_who_asks() -> None:
    answer = await asked(None, "/own")
    assert answer.headers["www-authenticate"] == 'Basic realm="wasmflow", charset="UTF-8"'
    assert answer.json["detail"] == "say who asks, in the header authorization"
    assert (await asked(None)).headers["www-authenticate"] == r'Bearer realm="a \"b\""'


async def test_a_route_may_be_open_or_have_users_of_its_own() -> None:
    assert (await asked(None, "/open")).status == 200
    assert said(await asked(basic("bob", "builder-1"), "/own")) == "bob"
    assert (await asked(basic("jane", "pass:word"), "/own")).status == 401


@pytest.mark.parametrize(
    ("path", "status"), [("/openapi.json", 401), ("/", 401), ("/health/ready", 200)]
)
async def test_what_a_server_has_by_itself_is_closed_but_for_its_health(
    path: str, status: int
) -> None:
    assert (await asked(None, path)).status == status


# --- hashes -----------------------------------------------------------------------------------


class Counting:
    """Counts how often passwords are compared with hashes."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.count = 0
        self.fits = PasswordHash.fits
        counting = self

        def fits(known: PasswordHash, password: str) -> bool:
            counting.count += 1
            return counting.fits(known, password)

        monkeypatch.setattr(PasswordHash, "fits", fits)


async def test_a_hashed_password_that_was_right_is_not_computed_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    counting, served = Counting(monkeypatch), server()
    for _ in range(3):
        assert (await asked(basic("zoë", "open sesame"), served=served)).status == 200
    assert counting.count == 1
    for _ in range(2):
        assert (await asked(basic("zoë", "wrong"), served=served)).status == 401
    assert counting.count == 3


async def test_what_a_browser_asks_at_once_costs_one_computation(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    counting, served = Counting(monkeypatch), server()
    asking = (asked(basic("zoë", "open sesame"), served=served) for _ in range(MOST_WAITING))
    assert {answer.status for answer in await asyncio.gather(*asking)} == {200}
    assert counting.count == 1


async def test_a_name_that_there_is_not_costs_as_much(monkeypatch: pytest.MonkeyPatch) -> None:
    counting = Counting(monkeypatch)
    assert (await asked(basic("nobody", "open sesame"))).status == 401
    assert counting.count == 1


async def test_too_many_wrong_passwords_wait_for_nobody_and_hold_up_nobody_who_is_known(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    served = server()
    assert (await asked(basic("zoë", "open sesame"), served=served)).status == 200
    monkeypatch.setattr(PasswordHash, "fits", lambda *_: False)
    wrong = [
        asyncio.create_task(asked(basic("zoë", f"{n}"), served=served))
        for n in range(MOST_WAITING + 5)
    ]
    await asyncio.sleep(0)
    assert (await asked(basic("zoë", "open sesame"), served=served)).status == 200
    statuses = [answer.status for answer in await asyncio.gather(*wrong)]
    assert (statuses.count(401), statuses.count(503)) == (MOST_WAITING, 5)


# --- what is wrong ----------------------------------------------------------------------------


def told(auth: str, **variables: str) -> list[str]:
    at = trigger(f"{{kind: http, auth: {auth}}}", **variables)
    return [str(problem).removeprefix("flow.yaml:4:") for problem in check(at, who())]


def test_secrets_in_variables_and_hashes_in_the_manifest_are_fine() -> None:
    auth = f"{{basic: {{a: '${{A}}', b: '{HASH}'}}, bearer: {{c: $C}}}}"
    assert told(auth, A="long enough", C=TOKEN) == []


@pytest.mark.parametrize(
    ("auth", "problem"),
    [
        ("{}", "24: nobody may ask. Hint: write basic: {NAME: PASSWORD} or bearer: {NAME: TOKEN}"),
        ("{basic: {a: $E}}", "36: there is no secret for 'a'. Hint: a variable that it stands for"),
        ("{bearer: {a: $E}}", "37: there is no secret for 'a'"),
        ("{basic: {'a:b': $S}}", "40: 'a:b' cannot be the name of a user"),
        ("{basic: {a: 'scrypt:1'}}", "36: this is no hash that can be compared, for 'a'"),
        (f"{{bearer: {{a: '{HASH}'}}}}", "37: tokens are not hashed, as that of 'a'"),
        (
            "{basic: {a: $C}}",
            "36: this has control characters, which no password has, as that of 'a'",
        ),
        ("{bearer: {a: $B}}", "37: this has characters that no token has, as that of 'a'"),
        (
            '{basic: {a: $S}, realm: "a\\nb"}',
            "24: the realm has characters that no header can have",
        ),
    ],
)
def test_what_is_wrong_is_told_with_its_place(auth: str, problem: str) -> None:
    found = told(auth, E="", S="long enough", B="with a space in it", C="long enough\n")
    assert len(found) == 1
    assert found[0].startswith(problem)


@pytest.mark.parametrize(
    ("auth", "warning"),
    [
        ("{basic: {a: written-here}}", "the secret of 'a' stands in the manifest"),
        ("{bearer: {a: written-here-in-full}}", "the secret of 'a' stands in the manifest"),
        ("{basic: {a: $S}}", "this is a short secret for 'a'. Hint: take 8 characters or more"),
    ],
)
def test_what_is_unwise_is_a_warning(auth: str, warning: str) -> None:
    found = told(auth, S="short")
    assert len(found) == 1
    assert f"warning: {warning}" in found[0]


def test_the_description_of_the_api_says_how_to_ask() -> None:
    at = trigger(f"{{kind: http, auth: {AUTH}, components: true, routes: {{GET /: who}}}}")
    operations = [each for route in plan(at, who()).routes for each in route.operations]
    assert {operation.auth for operation in operations} == {("basic", "bearer")}
