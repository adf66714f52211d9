"""What is kept in memory stays bounded, and no thread is left without an answer."""

from concurrent.futures import ThreadPoolExecutor

from opswheel.interfaces.kept import Kept


def test_the_oldest_leaves_first_so_that_a_server_does_not_grow():
    kept = Kept[int, str](2)
    for number in (1, 2, 3):
        kept.put(number, str(number))
    assert [kept.get(n) for n in (1, 2, 3)] == [None, "2", "3"]


def test_a_value_is_made_once_while_it_is_kept():
    made: list[int] = []

    def make() -> str:
        made.append(1)
        return "read"

    kept = Kept[str, str](2)
    assert [kept.of("a", make), kept.of("a", make)] == ["read", "read"]
    assert len(made) == 1


def test_fifty_people_on_a_memory_for_two_all_get_their_own_answer():
    kept = Kept[int, int](2)

    def ask(number: int) -> bool:
        return kept.of(number % 7, lambda: number % 7) == number % 7

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(ask, range(5_000)))
