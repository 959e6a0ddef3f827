"""Values that many lines share, by number: each is kept once, and forgotten with the last line that has it."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

import numpy as np
import numpy.typing as npt

T = TypeVar("T", bound=Hashable)
Numbers = npt.NDArray[np.uint32]
Mask = npt.NDArray[np.bool_]

_UNKNOWN, _ASKED = 2, 3  # 1: yes, 0: no


class Pool(Generic[T]):
    """``add`` counts a use, ``release`` takes uses back. A number may come to mean another value once it is unused.

    ``cost``: bytes that a value takes, roughly; ``text``: what words are looked for in, kept beside it.
    """

    def __init__(self, cost: Callable[[T], int], text: Callable[[T], str] | None = None) -> None:
        self.bytes = 0
        self._cost, self._text = cost, text
        self._texts: list[str] = []
        self._values: list[T | None] = []
        self._numbers: dict[T, int] = {}
        self._uses: list[int] = []
        self._free: list[int] = []
        self._verdicts: list[Verdicts[T]] = []

    def __len__(self) -> int:
        return len(self._numbers)

    def __getitem__(self, number: int) -> T:
        value = self._values[number]
        if value is None:
            raise IndexError(number)
        return value

    def add(self, value: T) -> int:
        number = self._numbers.get(value)
        if number is not None:
            self._uses[number] += 1
            return number
        self.bytes += self._cost(value)
        if self._free:
            number = self._free.pop()
            self._values[number], self._uses[number] = value, 1
        else:
            number = len(self._values)
            self._values.append(value)
            self._uses.append(1)
        self._numbers[value] = number
        if self._text is not None:
            text = self._text(value)
            if number == len(self._texts):
                self._texts.append(text)
            else:
                self._texts[number] = text
        for verdicts in self._verdicts:
            verdicts.forget(number)
        return number

    def release(self, numbers: Numbers) -> None:
        found, counts = np.unique(numbers, return_counts=True)
        for number, count in zip(found.tolist(), counts.tolist(), strict=True):
            self.release_one(number, count)

    def release_one(self, number: int, count: int = 1) -> None:
        """Take back so many uses of one value."""
        self._uses[number] -= count
        value = self._values[number]
        if self._uses[number] <= 0 and value is not None:
            self.bytes -= self._cost(value)
            self._values[number] = None
            if self._text is not None:
                self._texts[number] = ""
            del self._numbers[value]
            self._free.append(number)

    def judged(self, test: Callable[[T], bool]) -> Verdicts[T]:
        """What ``test`` says of each value, found out once; ``drop`` it when it is no longer needed."""
        values = self._values

        def judge(numbers: list[int]) -> list[bool]:
            return [value is not None and test(value) for value in [values[number] for number in numbers]]

        return self._judged_by(judge)

    def searched(self, word: str) -> Verdicts[T]:
        """The same for the question whether ``word`` is in its text: some ten million of them a second."""
        texts = self._texts
        return self._judged_by(lambda numbers: [word in texts[number] for number in numbers])

    def _judged_by(self, judge: Callable[[list[int]], list[bool]]) -> Verdicts[T]:
        verdicts: Verdicts[T] = Verdicts(self._values, judge)
        self._verdicts.append(verdicts)
        return verdicts

    def drop(self, verdicts: Verdicts[T]) -> None:
        if verdicts in self._verdicts:
            self._verdicts.remove(verdicts)


class Verdicts(Generic[T]):
    """A test's answers, by the numbers of a pool."""

    def __init__(self, values: list[T | None], judge: Callable[[list[int]], list[bool]]) -> None:
        self._values, self._judge = values, judge
        self._answers = np.full(max(16, len(values)), _UNKNOWN, np.uint8)

    def forget(self, number: int) -> None:
        """This number means another value now."""
        if number < len(self._answers):
            self._answers[number] = _UNKNOWN

    def of(self, numbers: Numbers) -> Mask:
        """The answer for each of ``numbers``."""
        if len(self._answers) < len(self._values):
            more = np.full(len(self._values) * 2 - len(self._answers), _UNKNOWN, np.uint8)
            self._answers = np.concatenate([self._answers, more])
        answers = self._answers.take(numbers)
        if len(answers) and answers.max() == _UNKNOWN:
            self._answers[numbers[answers == _UNKNOWN]] = _ASKED  # each once, and faster than by sorting them
            new = np.flatnonzero(self._answers == _ASKED)
            self._answers[new] = self._judge(new.tolist())
            answers = self._answers.take(numbers)
        return answers.view(np.bool_)
