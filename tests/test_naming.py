from wasmflow.naming import Hints, listing, lookup, nearest, same, suggestion


def test_dashes_and_underscores_are_one() -> None:
    assert same("first_name", "first-name")
    assert not same("first_name", "firstname")


def test_a_name_is_found_in_any_spelling() -> None:
    assert lookup("first-name", {"first_name": 1}) == 1
    assert lookup("last-name", {"first_name": 1}) is None


def test_an_exact_spelling_wins_over_another_one() -> None:
    assert lookup("a_b", {"a-b": 1, "a_b": 2}) == 2


def test_the_nearest_name_is_near() -> None:
    assert nearest("concta", ["concat", "greet"]) == "concat"
    assert nearest("zzz", ["concat", "greet"]) is None


def test_a_suggestion_names_the_nearest_else_all() -> None:
    assert suggestion("gret", ["concat", "greet"]) == "did you mean 'greet'?"
    assert suggestion("zzz", ["concat", "greet"], noun="text") == "text has: 'concat', 'greet'"
    assert suggestion("zzz", [], noun="text") == "text has none"


def test_a_long_list_of_names_is_cut_off() -> None:
    text = listing([f"n{i}" for i in range(40)], limit=2)
    assert text == "'n0', 'n1', … (40 in all)"


def test_a_long_name_in_a_list_is_cut_off() -> None:
    assert listing(["ab", "x" * 1000]) == f"'ab', '{'x' * 79}…'"


def test_names_are_compared_as_far_as_that_is_quick() -> None:
    assert nearest("concta", [*(f"x{i}" for i in range(99)), "concat"]) == "concat"
    assert nearest("concta", [*(f"x{i}" for i in range(9999)), "concat"]) is None
    assert nearest("ab" * 999, ["ab" * 998]) is None


def test_hints_end_with_their_budget() -> None:
    hints = Hints(budget=50)
    assert hints.suggest("aple", ["apple", "pear"], noun="it") == "did you mean 'apple'?"
    assert hints.suggest("aple", ["apple", "pear"], noun="it") == ""
    assert hints.nearest("aple", ["apple"]) is None
