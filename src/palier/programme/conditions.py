"""Conditions and choices: from what a row says (`if:`, `use:`) to tests on facts.

A condition names a fact and the values that fit: one word, a list of words, `{not: …}`, for numbers a range, for `plan`
also `from premium` (premium and all that extend it). Conditions of one mapping must all hold; of a list of mappings, one.
"""

from __future__ import annotations

from collections.abc import Mapping as Map
from dataclasses import dataclass

from palier.core.programme import Choice, Condition, Fact, When
from palier.programme import schema_promises, values
from palier.programme.codes import Code
from palier.programme.forms import ASSUMED, take_assumed
from palier.programme.problems import said
from palier.programme.reading import Mention, Reading, Written, known_words
from palier.programme.scalars import scalar
from palier.programme.yamltext import Mapping, Node, Scalar, Sequence

OTHERWISE = "otherwise"
_FROM = "from "


@dataclass(frozen=True, slots=True)
class Conditions:
    """Reads the conditions of one programme, whose facts and plans are known by now."""

    facts: Map[str, Fact]
    lineages: Map[str, tuple[str, ...]]
    """Each plan with itself and all that it extends."""
    reading: Reading

    def when(self, written: Written | None) -> When:
        """The alternatives of an `if:`; empty (always) where there is none."""
        if written is None:
            return ()
        node, path = written.node, written.path
        if isinstance(node, Sequence):
            if not node.items:
                self._empty(path)
            alternatives = []
            for index, item in enumerate(node.items, start=1):
                at = f"{path}[{index}]"
                self.reading.remember(at, item)
                alternatives.append(self._all_of(item, at))
            return tuple(alternatives)
        return (self._all_of(node, path),)

    def row(self, written: Written) -> When:
        """The alternatives of a coverage row; `otherwise` always fits."""
        node = written.node
        if isinstance(node, Scalar) and node.text == OTHERWISE:
            return ()
        return self.when(written)

    def _all_of(self, node: Node, path: str) -> tuple[Condition, ...]:
        if not isinstance(node, Mapping):
            self.reading.wrong_shape(
                node,
                path,
                en="conditions such as `{kind: defect}`",
                fr="des conditions comme `{kind: defect}`",
            )
            return ()
        take_assumed(node, path, self.reading)
        pairs = [(key, item) for key, item in node.pairs if key.text != ASSUMED]
        if not pairs:
            self._empty(path)
        found = []
        for key, item in pairs:
            at = f"{path}.{key.text}"
            self.reading.remember(at, item, key)
            condition = self._condition(key, item, at)
            if condition is not None:
                found.append(condition)
        return tuple(found)

    def _empty(self, path: str) -> None:
        self.reading.error(
            Code.EMPTY,
            path,
            said(en="no condition stands here", fr="aucune condition ne figure ici"),
            said(
                en="the last row of the table says `if: otherwise`",
                fr="la dernière ligne du tableau dit `if: otherwise`",
            ),
        )

    def _condition(self, key: Scalar, node: Node, path: str) -> Condition | None:
        fact = self.facts.get(key.text)
        if fact is None:
            self.reading.error(
                Code.UNKNOWN_FACT,
                path,
                said(en=f"unknown fact '{key.text}'", fr=f"le fait « {key.text} » n’existe pas"),
                known_words(key.text, self.facts),
                at=key.place,
            )
            return None
        negated = isinstance(node, Mapping)
        if isinstance(node, Mapping):
            inner = node.get("not")
            if inner is None or len(node.pairs) != 1:
                self.reading.wrong_shape(
                    node,
                    path,
                    en="a value, a list of values, or `{not: …}`",
                    fr="une valeur, une liste, ou `{not: …}`",
                )
                return None
            node, path = inner, f"{path}.not"
            self.reading.remember(path, node)
        if fact.number:
            return self._number(fact, node, path, negated=negated)
        return self._words(fact, node, path, negated=negated)

    def _number(self, fact: Fact, node: Node, path: str, *, negated: bool) -> Condition | None:
        text = scalar(
            node,
            path,
            self.reading,
            en="a number or a range such as `1..5`",
            fr="un nombre ou un intervalle comme `1..5`",
        )
        if text is None:
            return None
        try:
            low, high = values.bounds(text)
        except ValueError:
            self.reading.error(
                Code.WORD_ON_NUMBER,
                path,
                said(
                    en=f"'{fact.id}' is a number, '{text}' is not one, nor a range",
                    fr=f"« {fact.id} » est un nombre ; « {text} » n’en est pas un, ni un intervalle",
                ),
                said(en="write `0`, `1..5` or `16..`", fr="écrivez `0`, `1..5` ou `16..`"),
            )
            return None
        return Condition(fact=fact.id, low=low, high=high, negated=negated)

    def _words(self, fact: Fact, node: Node, path: str, *, negated: bool) -> Condition | None:
        items = node.items if isinstance(node, Sequence) else (node,)
        found: dict[str, None] = {}
        sound = bool(items)
        if not items:
            self._empty(path)
        for item in items:
            text = scalar(item, path, self.reading, en="a word", fr="un mot")
            meant = None if text is None else self._meant(fact, text, item, path)
            if meant is None:
                sound = False
                continue
            if any(one in found for one in meant):
                self.reading.error(
                    Code.REPEATED,
                    path,
                    said(
                        en=f"'{text}' stands in the list already", fr=f"« {text} » figure déjà dans la liste"
                    ),
                    at=item.place,
                )
                sound = False
            found |= dict.fromkeys(meant)
        return Condition(fact=fact.id, values=tuple(found), negated=negated) if sound else None

    def _meant(self, fact: Fact, text: str, node: Node, path: str) -> tuple[str, ...] | None:
        """The values that one word stands for; None, with a problem noted, when it is none of them."""
        if fact.id == "plan" and text.startswith(_FROM):
            base = text.removeprefix(_FROM).strip()
            self.reading.mentions.append(Mention(table="plans", id=base, path=path))
            return tuple(plan for plan, lineage in self.lineages.items() if base in lineage)
        if text in fact.values:
            return (text,)
        if ".." in text:
            self.reading.error(
                Code.RANGE_ON_WORDS,
                path,
                said(
                    en=f"'{fact.id}' is a word, not a number: no range fits it",
                    fr=f"« {fact.id} » est un mot, non un nombre : aucun intervalle n’y convient",
                ),
                said(en="list the words: `[a, b]`", fr="énumérez les mots : `[a, b]`"),
                at=node.place,
            )
            return None
        self.reading.error(
            Code.IMPOSSIBLE_VALUE,
            path,
            said(en=f"'{fact.id}' can never be '{text}'", fr=f"« {fact.id} » ne vaut jamais « {text} »"),
            known_words(text, fact.values),
            at=node.place,
        )
        return None

    def choices(self, written: Written | None, table: str) -> tuple[Choice, ...]:
        """The lines of an ordered list of choices, or the one choice written alone. Ids are checked with all others."""
        if written is None:
            return ()
        node, path = written.node, written.path
        if not isinstance(node, Sequence):
            text = scalar(
                node,
                path,
                self.reading,
                en=f"an id of `{table}` or a list of choices",
                fr=f"un identifiant de « {table} » ou une liste de choix",
            )
            return () if text is None else self._use(text, (), path, table, last=True)
        found: list[Choice] = []
        ended = broken = False
        for index, item in enumerate(node.items, start=1):
            at = f"{path}[{index}]"
            self.reading.remember(at, item)
            if ended:
                self.reading.error(
                    Code.UNREACHABLE_ROW,
                    at,
                    said(en="nothing after `else` is ever reached", fr="rien n’est atteint après `else`"),
                )
                break
            if not isinstance(item, Mapping) or set(item.keys()) - {ASSUMED} not in ({"if", "use"}, {"else"}):
                self.reading.wrong_shape(
                    item,
                    at,
                    en="`{if: conditions, use: id}` or `{else: id}`",
                    fr="`{if: conditions, use: identifiant}` ou `{else: identifiant}`",
                )
                broken = True
                continue
            ended = item.get("else") is not None
            found.extend(self._line(item, at, table))
        if not ended and not broken:
            self.reading.error(
                Code.NO_ELSE,
                path,
                said(en="the list does not end in `else`", fr="la liste ne finit pas par `else`"),
                said(en="add a last line `{else: …}`", fr="ajoutez une dernière ligne `{else: …}`")
                if table != "targets"
                else said(
                    en="add a last line `{else: …}`; `{else: none}` promises nothing",
                    fr="ajoutez une dernière ligne `{else: …}` ; `{else: none}` ne promet rien",
                ),
            )
        return tuple(found)

    def _line(self, node: Mapping, path: str, table: str) -> tuple[Choice, ...]:
        """One line of a list of choices."""
        take_assumed(node, path, self.reading)
        for key, item in node.pairs:
            self.reading.remember(f"{path}.{key.text}", item, key)
        by_name = {key.text: Written(node=item, path=f"{path}.{key.text}") for key, item in node.pairs}
        when = self.when(by_name.get("if"))
        target = by_name.get("use") or by_name["else"]
        text = scalar(target.node, target.path, self.reading, en="an id", fr="un identifiant")
        if text is None:
            return ()
        return self._use(text, when, target.path, table, last="else" in by_name)

    def _use(self, text: str, when: When, path: str, table: str, *, last: bool) -> tuple[Choice, ...]:
        if last and table == "targets" and text == schema_promises.NO_PROMISE:
            return ()
        self.reading.mentions.append(Mention(table=table, id=text, path=path))
        return (Choice(when=when, use=text),)
