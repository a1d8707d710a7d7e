"""Tokens: made, parsed, compared, refused; principals: what they may do."""

from __future__ import annotations

import hashlib
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from riskgate.core.access import tokens as access
from riskgate.core.access.tokens import Principal, RefusalCode, Scope, Token
from riskgate.core.errors import Forbidden, InvalidRequest, Unauthorized
from riskgate.schemas import patterns

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
RANDOM = bytes(range(access.TOKEN_RANDOM_BYTES))


def make_token(**changes: Any) -> tuple[Token, str]:
    arguments: dict[str, Any] = {
        "random_bytes": RANDOM,
        "scopes": [Scope.ORDERS_WRITE, Scope.ACCOUNTS_READ],
        "accounts": ["demo"],
        "operator": "alice",
        "expires_at": NOW + timedelta(days=30),
        "created_at": NOW,
    }
    return access.new_token(**(arguments | changes))


def make_principal(**changes: Any) -> Principal:
    principal = Principal(
        token_id="abcdefghijkl",
        operator="alice",
        scopes=frozenset({Scope.ORDERS_WRITE}),
        accounts=frozenset({"demo"}),
    )
    return replace(principal, **changes)


class TestNewToken:
    def test_new_token_when_made_then_string_has_the_documented_form(self) -> None:
        token, text = make_token()

        assert re.fullmatch(r"rg_[a-z0-9]{12}_[A-Za-z0-9_-]{43}", text)
        assert access.parse_token(text) == token.token_id
        assert token.token_hash == hashlib.sha256(text.encode()).hexdigest()

    def test_new_token_when_made_then_secret_is_nowhere_in_the_token(self) -> None:
        token, text = make_token()

        secret = text.removeprefix(f"rg_{token.token_id}_")
        assert secret not in repr(token)
        assert token.token_hash not in repr(token)

    def test_new_token_when_any_random_byte_differs_then_token_differs(self) -> None:
        # The last four bits of the id's 8 bytes are dropped; every bit of the secret's 32 counts.
        texts = {
            make_token(random_bytes=bytes(b ^ (i == k) * 0x80 for k, b in enumerate(RANDOM)))[1] for i in range(40)
        }

        assert len(texts) == 40
        assert make_token()[1] not in texts

    @pytest.mark.parametrize("length", [0, 32, 39, 41])
    def test_new_token_when_too_little_randomness_then_error(self, length: int) -> None:
        with pytest.raises(ValueError, match="random bytes"):
            make_token(random_bytes=bytes(length))

    @pytest.mark.parametrize(
        "changes",
        [
            {"scopes": []},
            {"scopes": ["orders:write", "root"]},
            {"accounts": []},
            {"accounts": ["*", "demo"]},
            {"accounts": ["demo,other"]},
            {"accounts": ["demo/*"]},
            {"accounts": ["d*"]},
            {"accounts": ["d?mo"]},
            {"accounts": ["${aws:username}"]},
            {"accounts": ["demo\n"]},
            {"accounts": [""]},
            {"accounts": [f"a{i}" for i in range(access.ACCOUNTS_MAX + 1)]},
            {"operator": ""},
            {"operator": "alice bob"},
            {"expires_at": NOW},
            {"expires_at": NOW - timedelta(seconds=1)},
            {"expires_at": NOW + timedelta(days=90, seconds=1)},
            {"strategies": []},
            {"strategies": ["*", "trend"]},
            {"strategies": ["trend,carry"]},
            {"strategies": ["trend "]},
            {"strategies": ["Trend"]},
            {"strategies": [f"s{i}" for i in range(access.STRATEGIES_MAX + 1)]},
            {"strategies": ["trend"], "scopes": ["orders:write", "admin"]},
            {"cidrs": ["10.0.0.1/8"]},
            {"cidrs": ["example"]},
            {"cidrs": [f"10.0.{i}.0/24" for i in range(access.CIDRS_MAX + 1)]},
        ],
        ids=str,
    )
    def test_new_token_when_grant_is_wrong_then_invalid_request(self, changes: dict[str, Any]) -> None:
        with pytest.raises(InvalidRequest) as caught:
            make_token(**changes)

        assert caught.value.code == "TOKEN_REQUEST_INVALID"

    def test_new_token_when_lifetime_is_the_longest_then_made(self) -> None:
        token, _ = make_token(expires_at=NOW + access.TOKEN_LIFETIME_MAX, created_at=NOW)

        assert token.expires_at - token.created_at == timedelta(days=90)

    def test_account_ids_when_compared_then_equal_to_the_http_contract(self) -> None:
        assert f"^{access._ACCOUNT_ID.pattern}$" == patterns.ACCOUNT_ID_PATTERN


class TestParseToken:
    @pytest.mark.parametrize(
        "text",
        [
            "",
            "rg_",
            "rg_abcdefghijkl",
            f"rg_abcdefghijkl_{'a' * 42}",
            f"rg_abcdefghijkl_{'a' * 44}",
            f"rg_ABCDEFGHIJKL_{'a' * 43}",
            f"RG_abcdefghijkl_{'a' * 43}",
            f"rg_abcdefghijkl_{'a' * 42}+",
            f"rg_abcdefghijkl_{'a' * 43}\n",
            f" rg_abcdefghijkl_{'a' * 43}",
            f"rg_abcdefghijk\u0661_{'a' * 43}",
            "rg_" + "a" * 10_240,
        ],
        ids=range(12),
    )
    def test_parse_token_when_malformed_then_none(self, text: str) -> None:
        assert access.parse_token(text) is None


class TestMatchesHash:
    def test_matches_hash_when_any_character_differs_then_false(self) -> None:
        token, text = make_token()

        assert access.matches_hash(text, token.token_hash)
        for i, character in enumerate(text):
            other = "A" if character != "A" else "B"
            assert not access.matches_hash(text[:i] + other + text[i + 1 :], token.token_hash)

    def test_matches_hash_when_hash_is_of_an_unknown_token_then_nothing_matches(self) -> None:
        assert not access.matches_hash(make_token()[1], access.UNKNOWN_TOKEN_HASH)


class TestCheckToken:
    def test_check_token_when_all_is_well_then_none(self) -> None:
        assert access.check_token(make_token()[0], "198.51.100.7", NOW) is None

    @pytest.mark.parametrize(("seconds", "expected"), [(-1, None), (0, RefusalCode.EXPIRED), (1, RefusalCode.EXPIRED)])
    def test_check_token_when_at_its_expiry_then_expired(self, seconds: int, expected: RefusalCode | None) -> None:
        token, _ = make_token()

        assert access.check_token(token, "198.51.100.7", token.expires_at + timedelta(seconds=seconds)) == expected

    def test_check_token_when_revoked_then_revoked(self) -> None:
        token = replace(make_token()[0], revoked=True)

        assert access.check_token(token, "198.51.100.7", NOW) == RefusalCode.REVOKED

    @pytest.mark.parametrize(
        ("cidrs", "source_ip", "permitted"),
        [
            ([], "198.51.100.7", True),
            ([], "", True),
            (["198.51.100.0/24"], "198.51.100.7", True),
            (["198.51.100.0/24"], "198.51.101.7", False),
            (["198.51.100.7/32", "203.0.113.0/24"], "203.0.113.255", True),
            (["198.51.100.0/24"], "::ffff:198.51.100.7", True),
            (["2001:db8::/32"], "2001:db8::1", True),
            (["2001:db8::/32"], "2001:db9::1", False),
            (["2001:db8::/32"], "198.51.100.7", False),
            (["0.0.0.0/0"], "2001:db8::1", False),
            (["198.51.100.0/24"], "", False),
            (["198.51.100.0/24"], "198.51.100.7, 203.0.113.1", False),
            (["198.51.100.0/24"], "198.51.100.007", False),
        ],
    )
    def test_check_token_when_source_address_is_given_then_only_its_networks_pass(
        self, cidrs: list[str], source_ip: str, permitted: bool
    ) -> None:
        token, _ = make_token(cidrs=cidrs)

        expected = None if permitted else RefusalCode.SOURCE_NOT_PERMITTED
        assert access.check_token(token, source_ip, NOW) == expected

    def test_check_token_when_stored_network_is_unreadable_then_refused(self) -> None:
        token = replace(make_token()[0], cidrs=("everything",))

        assert access.check_token(token, "198.51.100.7", NOW) == RefusalCode.SOURCE_NOT_PERMITTED


class TestRequire:
    def test_require_when_scope_is_missing_then_forbidden(self) -> None:
        with pytest.raises(Forbidden) as caught:
            make_principal().require(Scope.ADMIN, "demo")

        assert (caught.value.code, caught.value.status) == ("SCOPE_MISSING", 403)

    def test_require_when_scope_is_admin_then_no_other_scope_is_implied(self) -> None:
        with pytest.raises(Forbidden):
            make_principal(scopes=frozenset({Scope.ADMIN})).require(Scope.ORDERS_WRITE)

    def test_require_when_account_is_another_then_forbidden(self) -> None:
        with pytest.raises(Forbidden) as caught:
            make_principal().require(Scope.ORDERS_WRITE, "other")

        assert (caught.value.code, caught.value.status) == ("ACCOUNT_NOT_PERMITTED", 403)

    @given(
        scopes=st.frozensets(st.sampled_from(list(Scope))),
        accounts=st.frozensets(st.sampled_from(["demo", "other", "third", "*"])),
        scope=st.sampled_from(list(Scope)),
        account_id=st.one_of(st.none(), st.sampled_from(["demo", "other", "DEMO", "demo ", "", "dem", "**"])),
    )
    def test_require_when_anything_then_passes_only_with_scope_and_account(
        self, scopes: frozenset[str], accounts: frozenset[str], scope: Scope, account_id: str | None
    ) -> None:
        principal = make_principal(scopes=scopes, accounts=accounts)

        may = scope in scopes and (account_id is None or account_id in accounts or "*" in accounts)
        if may:
            principal.require(scope, account_id)
        else:
            with pytest.raises(Forbidden):
                principal.require(scope, account_id)

    @pytest.mark.parametrize("account_id", ["*", "", "DEMO", "demo "])
    def test_require_when_account_is_no_listed_id_then_refused_to_a_limited_token(self, account_id: str) -> None:
        with pytest.raises(Forbidden):
            make_principal().require(Scope.ORDERS_WRITE, account_id)


class TestContext:
    @pytest.mark.parametrize("cidrs", [(), ("198.51.100.0/24",), ("198.51.100.0/24", "2001:db8::/32")])
    @pytest.mark.parametrize("accounts", [{"*"}, {"demo"}, {"demo", "a.b-c_d"}])
    def test_context_when_written_and_read_then_the_same_principal(
        self, accounts: set[str], cidrs: tuple[str, ...]
    ) -> None:
        principal = make_principal(scopes=frozenset(Scope), accounts=frozenset(accounts), cidrs=cidrs)

        context = access.to_context(principal)

        assert all(type(value) is str and value for value in context.values())
        assert access.from_context(context, "198.51.100.7") == principal

    @pytest.mark.parametrize("part", ["token_id", "operator", "scopes", "accounts", "cidrs"])
    @pytest.mark.parametrize("value", [None, "", 7, ["orders:write"]])
    def test_context_when_a_part_is_missing_then_unauthorized(self, part: str, value: object) -> None:
        context: dict[str, object] = {**access.to_context(make_principal()), part: value}

        with pytest.raises(Unauthorized):
            access.from_context(context, "198.51.100.7")

    def test_context_when_reused_from_another_address_then_unauthorized(self) -> None:
        context = access.to_context(make_principal(cidrs=("198.51.100.0/24",)))

        with pytest.raises(Unauthorized) as caught:
            access.from_context(context, "203.0.113.1")

        assert caught.value.code == RefusalCode.SOURCE_NOT_PERMITTED
