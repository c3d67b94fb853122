from wasmflow.errors import ProblemsError
from wasmflow.problem import MOST_TOLD, NOWHERE, Place, Problem, first_of, in_order


def test_a_problem_reads_as_place_message_and_hint() -> None:
    problem = Problem("no output 'text'", "wasmflow inspect text.wasm", Place("shop.yaml", 14, 9))
    assert str(problem) == "shop.yaml:14:9: no output 'text'. Hint: wasmflow inspect text.wasm"


def test_a_place_leaves_out_what_it_does_not_know() -> None:
    assert str(Place("shop.yaml", 14)) == "shop.yaml:14"
    assert str(Place("shop.yaml")) == "shop.yaml"
    assert str(Problem("odd")) == "odd"


def test_a_place_is_given_once() -> None:
    first, second = Place("a.yaml", 1), Place("b.yaml", 2)
    assert Problem("odd").at(first).place == first
    assert Problem("odd", place=first).at(second).place == first
    assert Problem("odd").place == NOWHERE


def test_problems_are_sorted_by_place_and_said_once() -> None:
    late, early = Problem("b", place=Place("f", 10, 1)), Problem("a", place=Place("f", 9, 20))
    assert in_order([late, early, late]) == [early, late]
    assert ProblemsError([late, early]).problems == (early, late)


def test_a_warning_says_so() -> None:
    assert str(Problem("odd", warning=True)) == "warning: odd"


def test_no_more_problems_are_told_than_somebody_reads() -> None:
    problems = [Problem("odd", place=Place("f", line)) for line in range(1, 2 * MOST_TOLD)]
    *told, last = first_of(reversed(problems))
    assert told == problems[:MOST_TOLD]
    assert str(last).startswith(f"f:{MOST_TOLD + 1}: there are more problems from here on")
    assert first_of(told) == told
