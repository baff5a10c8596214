"""The check of a CEL expression before the library sees it: names, types, and a bound on what it can cost.

The library (PyPI `common-expression-language`) evaluates fast and cannot be bounded: a long sum crashes the process,
nested `map` calls do not end (docs/decisions.md). So only a part of CEL is allowed, whose cost is known from its text:

    facts of the event, literals, && || ! ?: == != < <= > >= in + - * / %, lists of literals,
    startsWith endsWith contains size, string int double, and exists / all over one list, not within each other

Each sign of the text costs 1; the inside of `exists` and `all` costs as often as the list can be long. Nothing else
repeats, nothing grows: what passes here ends, within microseconds.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from storage.rules.mistakes import ExpressionError
from storage.rules.tokens import Token, tokens, value_of
from storage.rules.types import BOOL, DOUBLE, INT, LONGEST_LIST, NULL, TEXT, Type, joined

MOST_CHARACTERS = 4000
MOST_COST = 2000
MOST_DEEP = 60
_KEYWORDS = {"true": BOOL, "false": BOOL, "null": NULL}
_ORDERED = {"<", "<=", ">", ">="}
_TURNED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "=="}


class Bound(NamedTuple):
    """Comparison of a fact with a literal, `fact sign literal`."""

    fact: str
    sign: str
    literal: int | float | str


@dataclass(frozen=True, slots=True)
class Checked:
    """Expression that may run. `names`: the facts that it asks for. `guards`: by fact, the texts of which it must be
    one for the whole to be true; `bounds`: comparisons of a fact that must hold too. Whoever looks at these first
    mostly need not run it at all."""

    text: str
    names: tuple[str, ...]
    guards: Mapping[str, frozenset[str]]
    bounds: tuple["Bound", ...]
    cost: int


@dataclass(slots=True)
class _Part:
    """Part of an expression. `fact`: it is this fact alone; `literals`: texts that it is, where it is nothing else;
    `number`: the number that it is."""

    type: Type
    token: Token
    fact: str = ""
    literals: tuple[str, ...] = ()
    guards: dict[str, frozenset[str]] = field(default_factory=dict)
    number: int | float | None = None
    bounds: tuple[Bound, ...] = ()


def check(text: str, facts: Mapping[str, Type]) -> Checked:
    """Check an expression that must be true or false. Raises ExpressionError with the first mistake."""
    if len(text) > MOST_CHARACTERS:
        raise ExpressionError(
            f"longer than {MOST_CHARACTERS} characters", f"长度超过 {MOST_CHARACTERS} 个字符", 1, MOST_CHARACTERS
        )
    parser = _Parser(list(tokens(text)), facts)
    whole = parser.expression()
    if parser.now.kind != "end":
        raise _wrong(parser.now, f"{parser.now.shown} was not expected here", f"此处不应出现 {parser.now.shown}")
    if whole.type != BOOL:
        raise _wrong(
            whole.token,
            f"a rule must be true or false; this is {whole.type.words.en}",
            f"规则的结果必须为真或假，此处为{whole.type.words.zh}",
        )
    return Checked(text, tuple(sorted(parser.used)), whole.guards, whole.bounds, parser.cost)


class _Parser:
    """Recursive descent over the tokens; each method reads one level and returns its type."""

    def __init__(self, words: list[Token], facts: Mapping[str, Type]) -> None:
        self._words = words
        self._facts = facts
        self._place = 0
        self._deep = 0
        self._bound: dict[str, Type] = {}  # the name within `exists` or `all`
        self.used: set[str] = set()
        self.cost = 0

    @property
    def now(self) -> Token:
        return self._words[self._place]

    def expression(self) -> _Part:
        """Read `a ? b : c`, or what is inside of it."""
        self._enter()
        first = self._chain(self._all_of, {"||"}, self._of_bools)
        if self._takes("?"):
            self._must_be(first, BOOL)
            then = self.expression()
            self._expect(":")
            other = self.expression()
            both = joined(then.type, other.type)
            if both is None:
                raise _mixed(other.token, then.type, other.type)
            first = _Part(both, first.token)
        self._deep -= 1
        return first

    def _all_of(self) -> _Part:
        return self._chain(self._relation, {"&&"}, self._of_bools)

    def _relation(self) -> _Part:
        left = self._sum()
        while self.now.text in {*_ORDERED, "==", "!=", "in"} and self.now.kind in {"sign", "name"}:
            sign = self._next()
            right = self._sum()
            left = _compared(left, sign, right)
        return left

    def _sum(self) -> _Part:
        return self._chain(self._product, {"+", "-"}, _calculated)

    def _product(self) -> _Part:
        return self._chain(self._unary, {"*", "/", "%"}, _calculated)

    def _unary(self) -> _Part:
        if self.now.kind == "sign" and self.now.text in {"!", "-"}:
            self._enter()
            sign = self._next()
            inner = self._unary()
            self._deep -= 1
            if sign.text == "!":
                self._must_be(inner, BOOL)
            elif not inner.type.is_number:
                raise _wrong(sign, f"- before {inner.type.words.en}", f"- 后面是{inner.type.words.zh}")
            minus = -inner.number if sign.text == "-" and inner.number is not None else None
            return _Part(inner.type, sign, number=minus)
        return self._member()

    def _member(self) -> _Part:
        part = self._primary()
        while self._takes("."):
            method = self._next()
            if method.kind != "name":
                raise _wrong(method, f"{method.shown} was not expected here", f"此处不应出现 {method.shown}")
            if not self._takes("("):
                raise _wrong(method, "facts have no parts: write its name alone", "字段没有下级，请直接写字段名")
            part = self._called(part, method)
        return part

    def _called(self, part: _Part, method: Token) -> _Part:
        match method.text:
            case "startsWith" | "endsWith" | "contains":
                self._must_be(part, TEXT)
                self._must_be(self.expression(), TEXT)
                self._expect(")")
                return _Part(BOOL, part.token)
            case "size":
                self._expect(")")
                return self._size(part)
            case "exists" | "all":
                return self._over(part, method)
        raise _wrong(
            method,
            f"there is no {method.text}(); there are startsWith, endsWith, contains, size, exists, all",
            f"没有 {method.text}()，可用：startsWith、endsWith、contains、size、exists、all",
        )

    def _over(self, part: _Part, method: Token) -> _Part:
        """Read `list.exists(name, condition)`. One within another would cost the product of both lists."""
        if part.type.of is None:
            raise _wrong(part.token, f"{method.text}() needs a list", f"{method.text}() 只能用于列表")
        if self._bound:
            raise _wrong(
                method,
                f"{method.text}() within another exists() or all() is not allowed: it may take too long",
                f"exists() 或 all() 中不能再用 {method.text}()：可能耗时过长",
            )
        name = self._next()
        if name.kind != "name" or name.text in _KEYWORDS:
            raise _wrong(name, "a name was expected here", "此处应为名称")
        self._expect(",")
        before = self.cost
        self._bound = {name.text: part.type.of}
        self._must_be(self.expression(), BOOL)
        self._bound = {}
        self.cost += (self.cost - before) * (LONGEST_LIST - 1)
        self._check_cost(method)
        self._expect(")")
        return _Part(BOOL, part.token)

    def _primary(self) -> _Part:
        token = self._next()
        if token.kind == "number":
            is_whole = self._sized(token).text.isdigit()
            number = int(token.text) if is_whole else float(token.text)
            return _Part(INT if is_whole else DOUBLE, token, number=number)
        if token.kind == "text":
            return _Part(TEXT, token, literals=(value_of(token),))
        if token.kind == "name":
            return self._named(token)
        if token.text == "(":
            inner = self.expression()
            self._expect(")")
            return inner
        if token.text == "[":
            return self._list(token)
        raise _wrong(token, f"{token.shown} was not expected here", f"此处不应出现 {token.shown}")

    def _sized(self, token: Token) -> Token:
        if len(token.text) > 18:
            raise _wrong(token, "a number with too many digits", "数字位数过多")
        return token

    def _named(self, token: Token) -> _Part:
        name = token.text
        if name in _KEYWORDS:
            return _Part(_KEYWORDS[name], token)
        if self._takes("("):
            return self._function(token)
        known = self._bound.get(name) or self._facts.get(name)
        if known is None:
            names = ", ".join(sorted(self._facts))
            raise _wrong(token, f"there is no {name}; there are {names}", f"没有 {name}，可用：{names}")
        if name not in self._bound:
            self.used.add(name)
        return _Part(known, token, fact=name)

    def _function(self, token: Token) -> _Part:
        inner = self.expression()
        self._expect(")")
        match token.text:
            case "size":
                return self._size(inner)
            case "double" | "int" if inner.type.is_number:
                return _Part(DOUBLE if token.text == "double" else INT, token)
            case "string" if inner.type.is_number or inner.type.is_text:
                return _Part(TEXT, token)
            case "double" | "int" | "string":
                raise _wrong(
                    token,
                    f"{token.text}() of {inner.type.words.en} is not allowed",
                    f"{token.text}() 不能用于{inner.type.words.zh}",
                )
        raise _wrong(
            token,
            f"there is no {token.text}(); there are size, string, int, double",
            f"没有 {token.text}()，可用：size、string、int、double",
        )

    def _size(self, part: _Part) -> _Part:
        if not part.type.is_text and part.type.of is None:
            raise _wrong(part.token, f"size() of {part.type.words.en}", f"size() 不能用于{part.type.words.zh}")
        return _Part(INT, part.token)

    def _list(self, token: Token) -> _Part:
        kind: Type | None = None
        literals: list[str] = []
        while not self._takes("]"):
            part = self.expression()
            if part.fact or (part.type.is_text and not part.literals):
                raise _wrong(part.token, "a list holds literals alone", "列表中只能写固定值")
            both = part.type if kind is None else joined(kind, part.type)
            if both is None or both.of is not None:
                raise _mixed(part.token, kind or TEXT, part.type)
            kind = both
            literals += part.literals
            if self.now.text != "]":
                self._expect(",")
        return _Part(Type.listed(kind or TEXT), token, literals=tuple(literals))

    def _chain(
        self, level: Callable[[], _Part], signs: set[str], combined: Callable[[_Part, Token, _Part], _Part]
    ) -> _Part:
        """Read `a sign b sign c`. The library nests what stands in a row, so that the row has a bound too."""
        part, long = level(), 0
        while self.now.kind == "sign" and self.now.text in signs:
            long += 1
            if self._deep + long > MOST_DEEP:
                raise _wrong(self.now, f"more than {MOST_DEEP} in a row or within each other", f"层数超过 {MOST_DEEP}")
            sign = self._next()
            part = combined(part, sign, level())
        return part

    def _of_bools(self, left: _Part, sign: Token, right: _Part) -> _Part:
        self._must_be(left, BOOL)
        self._must_be(right, BOOL)
        if sign.text == "||":
            return _Part(BOOL, left.token)
        guards = dict(left.guards)
        for name, texts in right.guards.items():
            guards[name] = guards[name] & texts if name in guards else texts
        return _Part(BOOL, left.token, guards=guards, bounds=(*left.bounds, *right.bounds))

    def _must_be(self, part: _Part, wanted: Type) -> None:
        if joined(part.type, wanted) is None:
            raise _wrong(
                part.token,
                f"{wanted.words.en} was expected here, and this is {part.type.words.en}",
                f"此处应为{wanted.words.zh}，实际为{part.type.words.zh}",
            )

    def _enter(self) -> None:
        self._deep += 1
        if self._deep > MOST_DEEP:
            raise _wrong(self.now, f"more than {MOST_DEEP} in a row or within each other", f"层数超过 {MOST_DEEP}")

    def _next(self) -> Token:
        token = self.now
        if token.kind == "end":
            raise _wrong(token, "the expression ends too early", "表达式不完整")
        self._place += 1
        self.cost += 1
        self._check_cost(token)
        return token

    def _check_cost(self, token: Token) -> None:
        if self.cost > MOST_COST:
            raise _wrong(
                token,
                f"too much for one rule: its cost is above {MOST_COST}; make two of it",
                f"规则过于复杂：代价超过 {MOST_COST}，请拆成两条",
            )

    def _takes(self, sign: str) -> bool:
        if self.now.kind == "sign" and self.now.text == sign:
            self._next()
            return True
        return False

    def _expect(self, sign: str) -> None:
        if not self._takes(sign):
            raise _wrong(
                self.now,
                f"{sign!r} was expected here, and this is {self.now.shown}",
                f"此处应为 {sign!r}，实际为 {self.now.shown}",
            )


def _compared(left: _Part, sign: Token, right: _Part) -> _Part:
    """Compare two parts, or find one in a list."""
    if sign.text == "in":
        if right.type.of is None or joined(left.type, right.type.of) is None:
            raise _mixed(right.token, Type.listed(left.type) if left.type.of is None else left.type, right.type)
        _check_words(left, right)
        return _guarded(left, right)
    if joined(left.type, right.type) is None or left.type.of is not None:
        raise _mixed(right.token, left.type, right.type)
    if sign.text in _ORDERED and {left.type, right.type} & {BOOL, NULL}:
        raise _wrong(sign, f"{sign.text} of {left.type.words.en}", f"{left.type.words.zh}不能用 {sign.text} 比较")
    _check_words(left, right)
    _check_words(right, left)
    if sign.text == "==" and not (left.number or right.number):
        return _guarded(*((left, right) if left.fact else (right, left)))
    return _Part(BOOL, left.token, bounds=_bounds(left, sign.text, right))


def _bounds(left: _Part, sign: str, right: _Part) -> tuple[Bound, ...]:
    """Return the comparison as a bound, where it is one of a fact with a literal."""
    if sign == "!=":
        return ()
    for fact, said, turned in ((left, right, sign), (right, left, _TURNED[sign])):
        literal = said.literals[0] if len(said.literals) == 1 and said.type.is_text else said.number
        if fact.fact and literal is not None:
            return (Bound(fact.fact, turned, literal),)
    return ()


def _guarded(fact: _Part, said: _Part) -> _Part:
    is_guard = bool(fact.fact) and bool(said.literals) and not said.fact and fact.type.is_text
    return _Part(BOOL, fact.token, guards={fact.fact: frozenset(said.literals)} if is_guard else {})


def _check_words(fact: _Part, said: _Part) -> None:
    """Refuse a word that a fact never is: `verdict == "failed"` would be false for ever."""
    if not fact.fact or not fact.type.among:
        return
    for literal in said.literals:
        if literal not in fact.type.among:
            names = ", ".join(sorted(filter(None, fact.type.among)))
            raise _wrong(
                said.token, f"{fact.fact} is never {literal!r}; it is one of {names}",
                f"{fact.fact} 不会是 {literal!r}，可用：{names}",
            )  # fmt: skip


def _calculated(left: _Part, sign: Token, right: _Part) -> _Part:
    is_text = left.type.is_text and right.type.is_text and sign.text == "+"
    if is_text:
        return _Part(TEXT, left.token)
    if not (left.type.is_number and right.type.is_number):
        raise _mixed(right.token if left.type.is_number else left.token, left.type, right.type)
    if left.type.is_whole != right.type.is_whole:
        raise _wrong(
            sign,
            f"{sign.text} between a whole number and one with decimals: write 2.0, or double(...)",
            f"{sign.text} 两边一个是整数一个是小数：请写成 2.0，或用 double(...)",
        )
    if sign.text == "%" and not left.type.is_whole:
        raise _wrong(sign, "% of a number with decimals", "小数不能用 %")
    return _Part(INT if left.type.is_whole else DOUBLE, left.token)


def _mixed(token: Token, left: Type, right: Type) -> ExpressionError:
    return _wrong(
        token,
        f"{left.words.en} and {right.words.en} do not go together",
        f"{left.words.zh}与{right.words.zh}不能一起使用",
    )


def _wrong(token: Token, english: str, chinese: str) -> ExpressionError:
    return ExpressionError(english, chinese, token.line, token.column)
