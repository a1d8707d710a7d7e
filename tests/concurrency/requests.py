"""Random requests to DynamoDB: mostly sound, often refused, now and then wrong in one place."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

type Request = tuple[str, dict[str, Any]]

_NUMBERS = ["0", "1", "-1", "2.50", "1E2", "0.1", "12345678901234567890123456789012345678", "-0", "1e-5", "007"]
_WRONG_NUMBERS = ["x", "", "1e126", "1e-131", "123456789012345678901234567890123456789"]
_TEXTS = ["", "a", "ab", "b", "é", "10"]
_NAMES = ["x", "y", "l", "m", "z"]
#: What stands in an expression for a name that must not stand there itself.
_ALIASES = {"#s": "status", "#x": "x", "#m": "m"}
_PATHS = ["x", "y", "z", "l", "m", "l[0]", "l[1]", "m.x", "m.l[0]", "#s", "#x", "#m.x"]
_UNLIKELY_PATHS = ["sk", "pk", "m.x.y", "m.l.x", "l[9]", "l.x", "absent.x"]
_NESTED = {
    "l": {"L": [{"N": "1"}, {"S": "a"}]},
    "m": {"M": {"x": {"N": "1"}, "l": {"L": [{"S": "a"}]}}},
}
_WRONG_PATHS = ["status", "l[", "x..y", "9x", "_x", "#undefined"]


@st.composite
def sequences(draw: st.DrawFn, prefix: str, run: str) -> list[Request]:
    """Return requests that follow each other, on a few items of this run alone."""
    maker = _Maker(draw, prefix, run)
    return [maker.put_whole(), *(maker.request() for _ in range(draw(st.integers(1, 7))))]


def settled(key: dict[str, Any]) -> dict[str, Any]:
    """Return a key whose number is written in one way."""
    return {name: {"N": "1"} if value == {"N": "1.0"} else value for name, value in key.items()}


class _Maker:
    def __init__(self, draw: st.DrawFn, prefix: str, run: str) -> None:
        self.draw, self.prefix, self.run = draw, prefix, run
        self.values: dict[str, Any] = {}
        self.names: dict[str, str] = {}

    def one_of(self, *options: Any) -> Any:
        return self.draw(st.sampled_from(options))

    def chance(self, of: int) -> bool:
        """Tell whether something happens that happens once in so many times."""
        return bool(self.draw(st.integers(1, of)) == of)

    def request(self) -> Request:
        kind = self.one_of("put", "put", "update", "update", "update", "delete", "get", "query", "transact", "batch")
        return getattr(self, f"_{kind}")()  # type: ignore[no-any-return]

    def put_whole(self) -> Request:
        """Put an item that has something everywhere."""
        self.start()
        table = self.table()
        whole = {"x": {"N": "5"}, "y": {"S": "ab"}, "z": {"SS": ["a", "b"]}, "status": {"NS": ["1", "2"]}}
        return "put_item", {"TableName": table, "Item": self.item(table) | whole | _NESTED}

    def table(self) -> str:
        return f"{self.prefix}-{self.one_of('text', 'number')}"

    def key(self, table: str) -> dict[str, Any]:
        partition = {"S": f"{self.run}{self.one_of('a', 'b')}"}
        number = {"N": self.one_of("1", "1.0", "-2", "10")}
        text = {"S": self.one_of("1", "10", "2")}
        sort = number if table.endswith("number") else text
        if self.chance(25):
            wrong = [{"S": ""}, {"BOOL": True}, text, number, {"N": "x"}, {"NULL": True}, {"S": "a" * 1025}]
            sort = self.one_of(*wrong)
        key = {"pk": partition, "sk": sort}
        if self.chance(40):
            del key[self.one_of("pk", "sk")]
        return key

    def value(self, depth: int = 0) -> dict[str, Any]:
        kinds = ["S", "N", "N", "BOOL", "NULL", "B", "SS", "NS", "BS"] + (["L", "M"] if depth < 2 else [])
        kind = self.one_of(*kinds)
        if self.chance(40):
            wrong_number = {"N": self.one_of(*_WRONG_NUMBERS)}
            return self.one_of(
                {}, {"SS": []}, {"NS": ["1", "1.0"]}, {"S": "a", "N": "1"}, {"NULL": False}, wrong_number
            )  # type: ignore[no-any-return]
        made: Any = {
            "S": lambda: self.one_of(*_TEXTS),
            "N": lambda: self.one_of(*_NUMBERS),
            "BOOL": lambda: self.one_of(True, False),
            "NULL": lambda: True,
            "B": lambda: self.one_of(b"", b"a", b"ab"),
            "SS": lambda: self.one_of(["a"], ["a", "b"], ["ab", ""]),
            "NS": lambda: self.one_of(["1"], ["1.0", "2"], ["3", "-1"]),
            "BS": lambda: self.one_of([b"a"], [b"a", b"b"]),
            "L": lambda: [self.value(depth + 1) for _ in range(self.draw(st.integers(0, 3)))],
            "M": lambda: {name: self.value(depth + 1) for name in self.one_of([], ["x"], ["x", "l"])},
        }[kind]()
        return {kind: made}

    def item(self, table: str) -> dict[str, Any]:
        names = self.draw(st.lists(st.sampled_from([*_NAMES, "status"]), max_size=4, unique=True))
        item = self.key(table) | {name: self.value() for name in names}
        if self.chance(4):
            item |= _NESTED
        return item

    def path(self) -> str:
        path: str = self.one_of(*_PATHS)
        if self.chance(10):
            path = self.one_of(*_UNLIKELY_PATHS)
        if self.chance(80):
            path = self.one_of(*_WRONG_PATHS)
        self.names |= {alias: name for alias, name in _ALIASES.items() if path.split(".")[0] == alias}
        return path

    def placeholder(self, value: dict[str, Any] | None = None) -> str:
        name = f":v{len(self.values)}"
        if self.chance(80):
            return name
        self.values[name] = value if value is not None else self.value()
        return name

    def operand(self) -> str:
        kind = self.one_of("path", "path", "value", "value", "size")
        if kind == "size":
            return f"size({self.path()})"
        return self.path() if kind == "path" else self.placeholder()

    def condition(self, depth: int = 0) -> str:
        kind = self.one_of("compare", "function", "function", "between", "in", *(["and", "or", "not"] * (depth < 2)))
        if kind in {"and", "or"}:
            word = self.one_of(kind, kind.upper())
            return f"{self._closed(depth)} {word} {self._closed(depth)}"
        if kind == "not":
            return f"NOT {self._closed(depth)}"
        if kind == "compare":
            return f"{self.operand()} {self.one_of('=', '<>', '<', '<=', '>', '>=')} {self.operand()}"
        if kind == "between":
            return f"{self.operand()} BETWEEN {self.operand()} AND {self.operand()}"
        if kind == "in":
            return f"{self.operand()} IN ({', '.join(self.operand() for _ in range(self.draw(st.integers(1, 3))))})"
        function = self.one_of(
            "attribute_exists", "attribute_not_exists", "attribute_type", "begins_with", "contains", "contains"
        )
        if function in {"attribute_exists", "attribute_not_exists"}:
            return f"{function}({self.path()})"
        if function == "attribute_type":
            return f"{function}({self.path()}, {self.placeholder({'S': self.one_of('S', 'N', 'L', 'M', 'SS', 'X')})})"
        return f"{function}({self.path()}, {self.placeholder()})"

    def _closed(self, depth: int) -> str:
        condition = self.condition(depth + 1)
        return f"({condition})" if self.chance(2) else condition

    def update(self) -> str:
        clauses = []
        for clause in self.draw(st.lists(st.sampled_from(["SET", "SET", "REMOVE", "ADD", "DELETE"]), min_size=1)):
            if clause in {one.split()[0] for one in clauses} and not self.chance(20):
                continue
            steps = [self._step(clause) for _ in range(self.draw(st.integers(1, 2)))]
            clauses.append(f"{clause} {', '.join(steps)}")
        return " ".join(clauses)

    def _step(self, clause: str) -> str:
        path = self.path()
        if clause == "REMOVE":
            return path
        if clause == "ADD":
            return f"{path} {self.placeholder(self.one_of(None, {'N': '2'}, {'N': '2'}, {'SS': ['q']}, {'NS': ['1']}))}"
        if clause == "DELETE":
            return f"{path} {self.placeholder(self.one_of(None, {'SS': ['a']}, {'SS': ['a', 'b']}, {'NS': ['1']}))}"
        return f"{path} = {self._result()}"

    def _result(self) -> str:
        kind = self.one_of("value", "value", "path", "sum", "default", "append")
        number = self.placeholder
        if kind == "value":
            return self.placeholder()
        if kind == "path":
            return self.path()
        if kind == "sum":
            left = self.one_of(self.path, lambda: f"if_not_exists({self.path()}, {number({'N': '0'})})")()
            return f"{left} {self.one_of('+', '-')} {number(self.one_of({'N': '3'}, {'N': '0.10'}, None))}"
        if kind == "default":
            return f"if_not_exists({self.path()}, {self.operand_of_update()})"
        return f"list_append({self.path()}, {self.placeholder(self.one_of({'L': [{'N': '1'}]}, None))})"

    def operand_of_update(self) -> str:
        return self.path() if self.chance(3) else self.placeholder()

    def start(self) -> None:
        """Begin a request: its names and values are its own."""
        self.values, self.names = {}, {}

    def finish(self, request: dict[str, Any]) -> dict[str, Any]:
        """Give a request the names and values it uses; now and then one more."""
        if self.chance(60):
            self.values[":unused"] = {"N": "1"}
        if self.chance(60):
            self.names["#unused"] = "x"
        if self.values:
            request["ExpressionAttributeValues"] = self.values
        if self.names:
            request["ExpressionAttributeNames"] = self.names
        return request

    def _conditioned(self, request: dict[str, Any]) -> dict[str, Any]:
        if self.chance(2):
            request["ConditionExpression"] = self.condition()
        return self.finish(request)

    def _write(self, kind: str) -> dict[str, Any]:
        """Return one write, without what is not an action's."""
        self.start()
        table = self.table()
        if kind == "put":
            return self._conditioned({"TableName": table, "Item": self.item(table)})
        request: dict[str, Any] = {"TableName": table, "Key": self.key(table)}
        if kind == "update":
            request["UpdateExpression"] = self.update()
        if kind == "check":
            request["ConditionExpression"] = self.condition()
            return self.finish(request)
        return self._conditioned(request)

    def _put(self) -> Request:
        return "put_item", self._write("put") | {"ReturnValues": self.one_of("NONE", "ALL_OLD")}

    def _delete(self) -> Request:
        return "delete_item", self._write("delete") | {"ReturnValues": self.one_of("NONE", "ALL_OLD")}

    def _update(self) -> Request:
        shown = self.one_of("NONE", "ALL_OLD", "ALL_NEW", "UPDATED_OLD", "UPDATED_NEW")
        return "update_item", self._write("update") | {"ReturnValues": shown}

    def _get(self) -> Request:
        self.start()
        table = self.table()
        request: dict[str, Any] = {"TableName": table, "Key": self.key(table), "ConsistentRead": True}
        if self.chance(2):
            request["ProjectionExpression"] = ", ".join(self.path() for _ in range(self.draw(st.integers(1, 3))))
        if self.names:
            request["ExpressionAttributeNames"] = self.names
        return "get_item", request

    def _query(self) -> Request:
        self.start()
        table = self.table()
        key = self.key(table)
        condition, is_bounded = f"pk = {self.placeholder(key.get('pk'))}", self.chance(2)
        if is_bounded:
            condition += f" AND {self._sort_condition(table)}"
        request: dict[str, Any] = {"TableName": table, "KeyConditionExpression": condition, "ConsistentRead": True}
        if self.chance(3):
            request["FilterExpression"] = self.condition()
        # Pages that end on a bound: another test has those, the engine is known to differ.
        if not is_bounded and self.chance(3):
            request["Limit"] = self.one_of(1, 2, 3)
        if self.chance(2):
            request["ScanIndexForward"] = self.one_of(True, False)
        if not is_bounded and self.chance(4):
            request["ExclusiveStartKey"] = key
        return "query", self.finish(request)

    def _sort_condition(self, table: str) -> str:
        def bound() -> str:
            return self.placeholder(self.key(table).get("sk"))

        operator = self.one_of("=", "<", "<=", ">", ">=", "BETWEEN", "begins_with")
        if operator == "BETWEEN":
            return f"sk BETWEEN {bound()} AND {bound()}"
        if operator == "begins_with":
            return f"begins_with(sk, {self.placeholder({'S': '1'})})"
        return f"sk {operator} {bound()}"

    def _transact(self) -> Request:
        kinds = {"Put": "put", "Update": "update", "Delete": "delete", "ConditionCheck": "check"}
        actions, keys = [], set[str]()
        for kind in self.draw(st.lists(st.sampled_from(sorted(kinds)), min_size=1, max_size=3)):
            body = self._write(kinds[kind])
            if self.chance(3):
                body["ReturnValuesOnConditionCheckFailure"] = "ALL_OLD"
            # Twice the same item: the engine looks at the conditions first. Another test has that.
            key = body.get("Key") or {name: body["Item"].get(name) for name in ("pk", "sk")}
            if str((body["TableName"], settled(key))) not in keys:
                actions.append({kind: body})
            keys.add(str((body["TableName"], settled(key))))
        return "transact_write_items", {"TransactItems": actions}

    def _batch(self) -> Request:
        table = self.table()
        keys = [self.key(table) for _ in range(self.draw(st.integers(1, 3)))]
        if {"N": "1"} in (sorts := [key.get("sk") for key in keys]) and {"N": "1.0"} in sorts:
            keys = keys[:1]  # one item twice: the engine does not see it
        if self.chance(2):
            return "batch_get_item", {"RequestItems": {table: {"Keys": keys, "ConsistentRead": True}}}
        writes = [
            self.one_of({"PutRequest": {"Item": self.item(table)}}, {"DeleteRequest": {"Key": key}}) for key in keys
        ]
        return "batch_write_item", {"RequestItems": {table: writes}}
